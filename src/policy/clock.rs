//! CLOCK: second chance with a hand.
//!
//! *Idea.* The frames stand in a circle in order of loading. At a fault the hand looks at one after the other: a page that was
//! referenced since the hand last passed keeps its frame and loses its accessed bit, the first that was not leaves.
//!
//! *Paper.* F. J. Corbató, "A paging experiment with the Multics system", MIT Project MAC report MAC-M-384, 1968.
//!
//! *Deviation.* The accessed bit is set by the faulting reference itself, as a real page table does it (the convention with
//! bit = 1 on load); a new page goes where the hand has just passed.
//!
//! *Cost.* Nothing for a hit beyond the accessed bit; amortised O(1) for a fault (each step of the hand undoes one earlier
//! setting of a bit), 8 bytes a frame.

use super::order::FrameList;
use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<Clock>(
    "clock",
    "a hand passes over the frames; a referenced page gets a second chance",
    "Corbató 1968, MIT Project MAC MAC-M-384",
);

/// CLOCK: the front of the queue is where the hand points.
#[derive(Debug)]
pub struct Clock {
    circle: FrameList,
}

impl Policy for Clock {
    fn loaded(&mut self, frame: FrameId, _page: PageId, _view: &mut dyn FrameView) {
        self.circle.push_back(frame);
    }

    fn victim(&mut self, _incoming: PageId, view: &mut dyn FrameView) -> Option<FrameId> {
        loop {
            let frame = self.circle.front()?;
            if !view.take_accessed(frame) {
                return self.circle.pop_front();
            }
            self.circle.rotate();
        }
    }

    fn removed(&mut self, frame: FrameId) {
        self.circle.remove(frame);
    }

    fn len(&self) -> usize {
        self.circle.len()
    }

    fn validate(&self) {
        self.circle.validate();
    }
}

impl Replacement for Clock {
    const OBSERVES: Observes = Observes::AccessedBits;

    fn new(pool: Pool) -> Clock {
        Clock { circle: FrameList::new(pool.frames) }
    }
}
