//! VMIN: the optimum among variable partitions.
//!
//! *Idea.* After each reference to a page, look ahead: if its next reference comes within the window T, the page is kept until then, else it leaves at once.
//! With T the cost of a fault over the cost of a frame for a unit of time, no policy costs less. It faults as often as the working set with the same window,
//! and holds less memory.
//!
//! *Paper.* B. G. Prieve and R. S. Fabry, "VMIN: an optimal variable-space page replacement algorithm", Communications of the ACM 19(5), 1976.
//!
//! *Deviation.* None while memory suffices. It needs each process's future in its own virtual time, whatever the others do: one recorded string each. Where memory does not suffice, the page
//! that is referenced again after the most references of its owner leaves, and this is counted as overcommitment.
//!
//! *Cost.* O(log c) for a hit and for a fault; 32 bytes a frame, and for each process 4 bytes for each reference of its string and one more for whether it is kept.

use super::order::FrameHeap;
use super::{
    Foresight, FrameView, Observes, Occasion, Owner, PageId, Policy, PolicyEntry, Pool, Replacement, Setting, Takes,
};
use crate::units::{FrameId, Span, Virtual};
use std::cmp::Reverse;

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<Vmin>(
    "vmin",
    "a page leaves at once if it is not referenced again within a window; only over recorded strings",
    "Prieve and Fabry 1976, Communications of the ACM 19(5)",
)
.taking(Takes::Window);

/// VMIN.
#[derive(Debug)]
pub struct Vmin {
    setting: Setting,
    programs: Vec<Program>,
    /// Owner of each frame's page.
    owners: Vec<Owner>,
    /// Number of the next reference to each page, among its owner's; furthest first.
    resident: FrameHeap<Reverse<u64>>,
    forced: u64,
}

/// One process: its string, and where it is in it.
#[derive(Debug, Default)]
struct Program {
    future: Foresight,
    /// Whether the page of each reference leaves at once.
    leaves: Vec<bool>,
    /// Whether any does.
    any: bool,
    next: Place,
    /// The first reference that is not known to be one after which a page is kept.
    drop: Place,
    /// The page that has to leave now.
    doomed: Option<FrameId>,
}

/// A reference to come.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// How many were before it.
    number: u64,
    position: usize,
    due: Virtual,
}

impl Program {
    /// The string begins at its beginning, with nothing in memory.
    fn begin(&mut self, at: Virtual) {
        let position = self.future.first();
        let gap = if self.future.is_empty() { Span::ZERO } else { self.future.gap(position) };
        self.next = Place { number: self.next.number, position, due: at.saturating_add(gap) };
        self.drop = self.next;
        self.doomed = None;
    }

    fn after(&self, place: Place) -> Place {
        let position = self.future.after(place.position);
        Place { number: place.number + 1, position, due: place.due.saturating_add(self.future.gap(position)) }
    }
}

impl Vmin {
    /// A reference is made to the page in a frame: the number of the next one.
    #[inline]
    fn reference(&mut self, frame: FrameId) -> Reverse<u64> {
        let owner = self.owners[frame.0 as usize];
        let Some(program) = self.programs.get_mut(owner.0 as usize) else { return Reverse(u64::MAX) };
        let place = program.next;
        program.next = program.after(place);
        if program.leaves.get(place.position).copied().unwrap_or(false) {
            program.doomed = Some(frame);
        }
        let distance = program.future.distance(place.position);
        Reverse(distance.map_or(u64::MAX, |distance| place.number + u64::from(distance)))
    }

    /// A page has left: it need not be made to.
    fn forget(&mut self, frame: FrameId) {
        if let Some(program) = self.programs.get_mut(self.owners[frame.0 as usize].0 as usize)
            && program.doomed == Some(frame)
        {
            program.doomed = None;
        }
    }
}

impl Policy for Vmin {
    fn loaded(&mut self, frame: FrameId, _page: PageId, view: &mut dyn FrameView) {
        self.owners[frame.0 as usize] = view.owner(frame);
        let next = self.reference(frame);
        self.resident.push(frame, next);
    }

    fn victim(&mut self, _incoming: PageId, _view: &mut dyn FrameView) -> Option<FrameId> {
        let (frame, _) = self.resident.pop()?;
        self.forget(frame);
        self.forced += 1;
        Some(frame)
    }

    fn removed(&mut self, frame: FrameId) {
        self.resident.remove(frame);
        self.forget(frame);
    }

    fn len(&self) -> usize {
        self.resident.len()
    }

    fn expiry(&mut self, owner: Owner) -> Virtual {
        let Some(program) = self.programs.get_mut(owner.0 as usize) else { return Virtual::NEVER };
        if program.doomed.is_some() {
            return Virtual::ZERO;
        }
        if program.drop.number < program.next.number {
            program.drop = program.next;
        }
        if !program.any {
            return Virtual::NEVER;
        }
        for _ in 0..=program.leaves.len() {
            if program.leaves.get(program.drop.position).copied().unwrap_or(false) {
                return program.drop.due;
            }
            program.drop = program.after(program.drop);
        }
        Virtual::NEVER
    }

    fn release(&mut self, owner: Owner, _why: Occasion, _view: &mut dyn FrameView, leaving: &mut Vec<FrameId>) {
        if let Some(program) = self.programs.get_mut(owner.0 as usize)
            && let Some(frame) = program.doomed.take()
        {
            self.resident.remove(frame);
            leaving.push(frame);
        }
    }

    fn forced(&self) -> u64 {
        self.forced
    }

    fn foresee(&mut self, owner: Owner, future: Foresight) {
        if self.programs.len() <= owner.0 as usize {
            self.programs.resize_with(owner.0 as usize + 1, Program::default);
        }
        let window = self.setting.window(owner);
        let distances = future.time_distances().into_iter();
        let leaves: Vec<bool> = distances.map(|distance| distance.is_none_or(|distance| distance > window)).collect();
        let any = leaves.contains(&true);
        let mut program = Program { future, leaves, any, ..Program::default() };
        program.begin(Virtual::ZERO);
        self.programs[owner.0 as usize] = program;
    }

    fn begin_anew(&mut self, owner: Owner, at: Virtual) {
        if let Some(program) = self.programs.get_mut(owner.0 as usize) {
            program.begin(at);
        }
    }

    fn validate(&self) {
        self.resident.validate();
    }
}

impl Replacement for Vmin {
    const OBSERVES: Observes = Observes::Future;
    const RELEASES: bool = true;

    fn new(pool: Pool) -> Vmin {
        Vmin {
            setting: pool.setting,
            programs: Vec::new(),
            owners: vec![Owner(0); pool.frames as usize],
            resident: FrameHeap::new(pool.frames),
            forced: 0,
        }
    }

    #[inline]
    fn hit(&mut self, frame: FrameId) {
        let next = self.reference(frame);
        self.resident.change(frame, |_| next);
    }
}
