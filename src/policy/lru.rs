//! Least recently used.
//!
//! *Idea.* The page whose last reference is longest ago leaves; the recent past stands for the near future. A stack algorithm:
//! more frames never mean more faults.
//!
//! *Paper.* L. A. Belady, IBM Systems Journal 5(2), 1966; R. L. Mattson, J. Gecsei, D. R. Slutz and I. L. Traiger, "Evaluation
//! techniques for storage hierarchies", IBM Systems Journal 9(2), 1970.
//!
//! *Deviation.* None in what it does; the way is unusual. Nothing is moved on a hit. The frames queue by their last *known*
//! reference time, and at a fault the front is asked again: if its time has moved it goes back to its new place, and the first
//! whose time stands is exactly the least recently used page.
//!
//! *Cost.* A time stamp for a hit when walking, nothing when leaping; for a fault as many questions as there were pages
//! referenced since they were last asked about, amortised over the faults in between; 20 bytes a frame.

use super::order::RecencyQueue;
use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<Lru>(
    "lru",
    "the page whose last reference is longest ago leaves",
    "Mattson, Gecsei, Slutz and Traiger 1970, IBM Systems Journal 9(2)",
);

/// Exact least recently used, lazily.
#[derive(Debug)]
pub struct Lru {
    queue: RecencyQueue,
}

impl Policy for Lru {
    fn loaded(&mut self, frame: FrameId, _page: PageId, view: &mut dyn FrameView) {
        self.queue.push(frame, view.now());
    }

    fn victim(&mut self, _incoming: PageId, view: &mut dyn FrameView) -> Option<FrameId> {
        loop {
            let (frame, known) = self.queue.pop()?;
            let last = view.last_reference(frame, known);
            if last == known {
                return Some(frame);
            }
            self.queue.push(frame, last);
        }
    }

    fn removed(&mut self, frame: FrameId) {
        self.queue.remove(frame);
    }

    fn len(&self) -> usize {
        self.queue.len()
    }
}

impl Replacement for Lru {
    const OBSERVES: Observes = Observes::LastReference;

    fn new(pool: Pool) -> Lru {
        Lru { queue: RecencyQueue::new(pool.frames) }
    }
}
