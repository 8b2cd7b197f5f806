//! WSClock.
//!
//! *Idea.* A hand passes over the frames of all processes, as with CLOCK, but a page leaves only if it is not in its owner's working set: at a page
//! that was used, the hand clears the use bit and notes the owner's virtual time; a page that was not used since then leaves if that was more than a window of
//! its owner's virtual time ago. So a working-set policy costs no more than CLOCK.
//!
//! *Paper.* R. W. Carr and J. L. Hennessy, "WSClock: a simple and effective algorithm for virtual memory management", SOSP 1981.
//!
//! *Deviation.* A page that may leave and is dirty is written out, and the hand goes on, as in the paper; but it is unmapped meanwhile, as every page that is evicted here,
//! so that a reference to it is a fault that takes it back without a read. If a lap of the hand finds nothing and no write is begun, memory is
//! overcommitted: the paper has a task deactivated; until somebody does that (load control), the page leaves that has not been used longest in terms of its owner's
//! window, and this is counted.
//!
//! *Cost.* Nothing for a hit beyond the accessed bit; for a fault a few steps of the hand, a whole lap where memory is overcommitted. 20 bytes a frame.

use super::order::FrameList;
use super::{FrameView, Observes, Occasion, Owner, PageId, Policy, PolicyEntry, Pool, Replacement, Setting, Takes};
use crate::units::{FrameId, Virtual};

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<WsClock>(
    "wsclock",
    "a hand passes over the frames; a page leaves if its process has not used it for a window of its virtual time",
    "Carr and Hennessy 1981, SOSP",
)
.taking(Takes::Window)
.in_fixed_memory();

/// WSClock: the front of the circle is where the hand points.
#[derive(Debug)]
pub struct WsClock {
    setting: Setting,
    circle: FrameList,
    /// Owner of each frame's page, and when, in its virtual time, the hand saw last that it was used.
    seen: Vec<(Owner, Virtual)>,
    /// Dirty pages that may leave, to be written out.
    writes: Vec<FrameId>,
    forced: u64,
}

impl Policy for WsClock {
    fn loaded(&mut self, frame: FrameId, _page: PageId, view: &mut dyn FrameView) {
        let owner = view.owner(frame);
        self.seen[frame.0 as usize] = (owner, view.owner_now(owner));
        self.circle.push_back(frame);
    }

    fn victim(&mut self, _incoming: PageId, view: &mut dyn FrameView) -> Option<FrameId> {
        let mut oldest: Option<(u128, u128, FrameId)> = None;
        for _ in 0..self.circle.len() {
            let frame = self.circle.front()?;
            let (owner, used) = self.seen[frame.0 as usize];
            let now = view.owner_now(owner);
            let window = self.setting.window(owner);
            if view.take_accessed(frame) {
                self.seen[frame.0 as usize] = (owner, now);
            } else if now.saturating_since(used) > window || !view.is_active(owner) {
                self.circle.remove(frame);
                if !view.is_dirty(frame) {
                    return Some(frame);
                }
                self.writes.push(frame);
                continue;
            }
            let age = u128::from(now.saturating_since(self.seen[frame.0 as usize].1).0);
            let window = u128::from(window.0);
            if oldest.is_none_or(|(most, of, _)| age * of > most * window) {
                oldest = Some((age, window, frame));
            }
            self.circle.rotate();
        }
        if !self.writes.is_empty() {
            return None;
        }
        let (.., frame) = oldest?;
        self.circle.remove(frame);
        self.forced += 1;
        Some(frame)
    }

    fn removed(&mut self, frame: FrameId) {
        self.circle.remove(frame);
    }

    fn len(&self) -> usize {
        self.circle.len() + self.writes.len()
    }

    fn release(&mut self, _owner: Owner, why: Occasion, _view: &mut dyn FrameView, leaving: &mut Vec<FrameId>) {
        if why == Occasion::Replacement {
            leaving.append(&mut self.writes);
        }
    }

    fn forced(&self) -> u64 {
        self.forced
    }

    fn validate(&self) {
        self.circle.validate();
    }
}

impl Replacement for WsClock {
    const OBSERVES: Observes = Observes::AccessedBits;
    const RELEASES: bool = true;

    fn new(pool: Pool) -> WsClock {
        WsClock {
            setting: pool.setting,
            circle: FrameList::new(pool.frames),
            seen: vec![(Owner(0), Virtual::ZERO); pool.frames as usize],
            writes: Vec::new(),
            forced: 0,
        }
    }
}
