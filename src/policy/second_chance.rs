//! Second chance: FIFO with a look at the accessed bit.
//!
//! *Idea.* The page at the front of the queue leaves unless it was referenced; then it loses its accessed bit and goes to the
//! back as if it had just been loaded. CLOCK is the same rule with a hand instead of moved entries.
//!
//! *Paper.* A. S. Tanenbaum, "Modern Operating Systems", section 3.4.4; the rule is Corbató's (Multics, 1968).
//!
//! *Deviation.* None. It names the same victims as `clock`; it is kept apart because both names are asked for, and as a test of
//! each other.
//!
//! *Cost.* Nothing for a hit beyond the accessed bit; amortised O(1) for a fault, 10 bytes a frame.

use super::order::Lists;
use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<SecondChance>(
    "second-chance",
    "FIFO, but a page referenced since it was queued is queued again",
    "Tanenbaum, Modern Operating Systems, section 3.4.4; Corbató 1968",
);

/// Second chance: the front of the queue has been in it longest.
#[derive(Debug)]
pub struct SecondChance {
    queue: Lists,
}

impl Policy for SecondChance {
    fn loaded(&mut self, frame: FrameId, _page: PageId, _view: &mut dyn FrameView) {
        self.queue.push_back(0, frame.0);
    }

    fn victim(&mut self, _incoming: PageId, view: &mut dyn FrameView) -> Option<FrameId> {
        loop {
            let frame = self.queue.pop_front(0)?;
            if !view.take_accessed(FrameId(frame)) {
                return Some(FrameId(frame));
            }
            self.queue.push_back(0, frame);
        }
    }

    fn removed(&mut self, frame: FrameId) {
        self.queue.remove(frame.0);
    }

    fn len(&self) -> usize {
        self.queue.len(0)
    }

    fn validate(&self) {
        self.queue.validate();
    }
}

impl Replacement for SecondChance {
    const OBSERVES: Observes = Observes::AccessedBits;

    fn new(pool: Pool) -> SecondChance {
        SecondChance { queue: Lists::new(1, pool.frames) }
    }
}
