//! SIEVE: a FIFO queue that a hand sifts in place.
//!
//! *Idea.* Pages stay where they were loaded. A hand moves from the oldest to the newest and takes the first page that was not
//! referenced since it last passed; survivors keep their place, so new pages are looked at soon and old popular ones rarely.
//!
//! *Paper.* Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson and K. V. Rashmi, "SIEVE is simpler than LRU: an efficient turn-key eviction
//! algorithm for web caches", NSDI 2024, section 3.
//!
//! *Deviation.* None: the bit is clear on load, whatever the faulting reference did to it. Not scan resistant, as the paper says.
//!
//! *Cost.* Nothing for a hit beyond the accessed bit; amortised O(1) for a fault, 10 bytes a frame.

use super::order::Lists;
use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<Sieve>(
    "sieve",
    "a hand sifts a FIFO queue; pages that were referenced keep their place",
    "Zhang, Yang, Yue, Vigfusson and Rashmi, NSDI 2024",
);

/// SIEVE: the front of the queue is the oldest page.
#[derive(Debug)]
pub struct Sieve {
    queue: Lists,
    /// The page to look at next; at the beginning, and after the newest, the oldest.
    hand: Option<u32>,
}

impl Policy for Sieve {
    fn loaded(&mut self, frame: FrameId, _page: PageId, view: &mut dyn FrameView) {
        view.take_accessed(frame);
        self.queue.push_back(0, frame.0);
    }

    fn victim(&mut self, _incoming: PageId, view: &mut dyn FrameView) -> Option<FrameId> {
        loop {
            let frame = self.hand.or_else(|| self.queue.front(0))?;
            self.hand = self.queue.next(frame);
            if !view.take_accessed(FrameId(frame)) {
                self.queue.remove(frame);
                return Some(FrameId(frame));
            }
        }
    }

    fn removed(&mut self, frame: FrameId) {
        if self.hand == Some(frame.0) {
            self.hand = self.queue.next(frame.0);
        }
        self.queue.remove(frame.0);
    }

    fn len(&self) -> usize {
        self.queue.len(0)
    }

    fn validate(&self) {
        self.queue.validate();
        assert!(self.hand.is_none_or(|hand| self.queue.is_on(0, hand)), "the hand points to a page that has left");
    }
}

impl Replacement for Sieve {
    const OBSERVES: Observes = Observes::AccessedBits;

    fn new(pool: Pool) -> Sieve {
        Sieve { queue: Lists::new(1, pool.frames), hand: None }
    }
}
