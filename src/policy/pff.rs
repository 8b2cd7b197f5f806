//! Page fault frequency, PFF(P).
//!
//! *Idea.* A process that faults often needs more memory, one that faults seldom has too much. If the virtual time since its last fault is
//! longer than 1/P, the process gives up at a fault all pages that it has not used since that was last done, and their frames; else it just gets one frame
//! more.
//!
//! *Paper.* W. W. Chu and H. Opderbeck, "The page fault frequency replacement algorithm", AFIPS Fall Joint Computer Conference 1972.
//!
//! *Deviation.* None in the rule; use bits are cleared when pages are released. Where the partitions do not fit, the paper has a process suspended; until somebody does
//! that (load control), the page that was loaded longest ago leaves, and this is counted as overcommitment.
//!
//! *Cost.* Nothing for a hit beyond the accessed bit; for a fault after more than 1/P a question about every page of the process, else O(1). 20 bytes a frame.

use super::order::{FrameList, OwnerLists};
use super::{FrameView, Observes, Occasion, Owner, PageId, Policy, PolicyEntry, Pool, Replacement, Setting, Takes};
use crate::units::{FrameId, Virtual};

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<Pff>(
    "pff",
    "a process that has not faulted for an interval gives up, at its next fault, what it has not used (page fault frequency)",
    "Chu and Opderbeck 1972, AFIPS FJCC",
)
.taking(Takes::Interval);

/// Page fault frequency.
#[derive(Debug)]
pub struct Pff {
    setting: Setting,
    partitions: OwnerLists,
    /// All frames in order of loading.
    order: FrameList,
    /// When each owner faulted last.
    faults: Vec<Virtual>,
    forced: u64,
}

impl Policy for Pff {
    fn loaded(&mut self, frame: FrameId, _page: PageId, view: &mut dyn FrameView) {
        self.partitions.push_back(view.owner(frame), frame);
        self.order.grow(frame.0 + 1);
        self.order.push_back(frame);
    }

    fn victim(&mut self, _incoming: PageId, _view: &mut dyn FrameView) -> Option<FrameId> {
        let frame = self.order.pop_front()?;
        self.partitions.remove(frame);
        self.forced += 1;
        Some(frame)
    }

    fn removed(&mut self, frame: FrameId) {
        self.partitions.remove(frame);
        self.order.remove(frame);
    }

    fn len(&self) -> usize {
        self.order.len()
    }

    fn release(&mut self, owner: Owner, why: Occasion, view: &mut dyn FrameView, leaving: &mut Vec<FrameId>) {
        if why != Occasion::Fault {
            return;
        }
        let now = view.owner_now(owner);
        if self.faults.len() <= owner.0 as usize {
            self.faults.resize(owner.0 as usize + 1, Virtual::ZERO);
        }
        let last = std::mem::replace(&mut self.faults[owner.0 as usize], now);
        if now.saturating_since(last) <= self.setting.window(owner) {
            return;
        }
        let mut at = self.partitions.front(owner);
        while let Some(frame) = at {
            at = self.partitions.next(frame);
            if !view.take_accessed(frame) {
                self.partitions.remove(frame);
                self.order.remove(frame);
                leaving.push(frame);
            }
        }
    }

    fn forced(&self) -> u64 {
        self.forced
    }

    fn working_set(&self, owner: Owner) -> Option<u32> {
        Some(self.partitions.members(owner))
    }

    fn validate(&self) {
        self.partitions.validate();
        self.order.validate();
        assert_eq!(self.partitions.len(), self.order.len(), "partitions and order disagree");
    }
}

impl Replacement for Pff {
    const OBSERVES: Observes = Observes::AccessedBits;
    const RELEASES: bool = true;

    fn new(pool: Pool) -> Pff {
        Pff {
            setting: pool.setting,
            partitions: OwnerLists::new(pool.frames),
            order: FrameList::new(pool.frames),
            faults: Vec::new(),
            forced: 0,
        }
    }
}
