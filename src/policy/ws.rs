//! Working set, WS(T).
//!
//! *Idea.* A process's working set is the set of pages that it used in the last T of its own virtual time. These pages are in
//! memory, and no others: the partition grows and shrinks with the locality of the program, and a page that has not been used for T leaves
//! without any fault that asks for its frame.
//!
//! *Paper.* P. J. Denning, "The working set model for program behavior", Communications of the ACM 11(5), 1968; P. J. Denning and
//! S. C. Schwartz, "Properties of the working-set model", Communications of the ACM 15(3), 1972.
//!
//! *Deviation.* None while memory suffices: a page leaves at the very moment at which its last use is T ago, and the faults are those of the
//! one-pass analysis. Where the working sets do not fit, the paper has a process suspended; until somebody does that (load control), the page
//! that is oldest in terms of its owner's window leaves, and this is counted as overcommitment.
//!
//! *Cost.* Nothing for a hit but a time stamp when walking; O(log c) for a fault and for each page whose last known use is T ago. A forced replacement looks at
//! the oldest page of every process. 24 bytes a frame.

use super::windows::WorkingSets;
use super::{FrameView, Observes, Occasion, Owner, PageId, Policy, PolicyEntry, Pool, Replacement, Takes};
use crate::units::{FrameId, Virtual};

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<Ws>(
    "ws",
    "a page leaves when its process has not used it for a window of its virtual time",
    "Denning 1968, Communications of the ACM 11(5)",
)
.taking(Takes::Window);

/// The working-set policy.
#[derive(Debug)]
pub struct Ws {
    sets: WorkingSets,
}

impl Policy for Ws {
    fn loaded(&mut self, frame: FrameId, _page: PageId, view: &mut dyn FrameView) {
        self.sets.loaded(frame, view);
    }

    fn victim(&mut self, _incoming: PageId, view: &mut dyn FrameView) -> Option<FrameId> {
        self.sets.force(view)
    }

    fn removed(&mut self, frame: FrameId) {
        self.sets.queues.remove(frame);
    }

    fn len(&self) -> usize {
        self.sets.queues.len()
    }

    fn expiry(&mut self, owner: Owner) -> Virtual {
        self.sets.expiry(owner)
    }

    fn release(&mut self, owner: Owner, _why: Occasion, view: &mut dyn FrameView, leaving: &mut Vec<FrameId>) {
        self.sets.expire(owner, view, leaving);
    }

    fn forced(&self) -> u64 {
        self.sets.forced
    }

    fn working_set(&self, owner: Owner) -> Option<u32> {
        Some(self.sets.queues.members(owner))
    }

    fn validate(&self) {
        self.sets.queues.validate();
    }
}

impl Replacement for Ws {
    const OBSERVES: Observes = Observes::LastUse;
    const RELEASES: bool = true;

    fn new(pool: Pool) -> Ws {
        Ws { sets: WorkingSets::new(pool.frames, pool.setting) }
    }
}
