//! Least recently used.
//!
//! *Idea.* The page whose last reference is longest ago leaves; the recent past stands for the near future. A stack algorithm:
//! more frames never mean more faults.
//!
//! *Paper.* L. A. Belady, IBM Systems Journal 5(2), 1966; R. L. Mattson, J. Gecsei, D. R. Slutz and I. L. Traiger, "Evaluation
//! techniques for storage hierarchies", IBM Systems Journal 9(2), 1970.
//!
//! *Deviation.* None in what it does. When walking, a hit moves the frame to the end of a list. When leaping, nothing is moved: the
//! frames queue by their last *known* reference time, and at a fault the front is asked again: if its time has moved it goes
//! back to its new place, and the first whose time stands is exactly the least recently used page.
//!
//! *Cost.* When walking, a move in a list for a hit, O(1) for a fault, 8 bytes a frame. When leaping, nothing for a hit; for a fault
//! as many questions as there were pages referenced since they were last asked about, amortised over the faults in between; 17
//! bytes a frame where there are many, and 4 more once pages have been given back.

use super::order::{Coming, FrameList, RecencyQueue};
use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<Lru>(
    "lru",
    "the page whose last reference is longest ago leaves",
    "Mattson, Gecsei, Slutz and Traiger 1970, IBM Systems Journal 9(2)",
);

/// Exact least recently used.
#[derive(Debug)]
pub enum Lru {
    /// Every hit is seen: the list is in order, oldest first.
    Eager(FrameList),
    /// Hits are not seen: the queue is in order of what is known.
    Lazy(Box<RecencyQueue>),
}

impl Policy for Lru {
    fn loaded(&mut self, frame: FrameId, _page: PageId, view: &mut dyn FrameView) {
        match self {
            Lru::Eager(list) => list.push_back(frame),
            Lru::Lazy(queue) => queue.push(frame, view.now()),
        }
    }

    fn victim(&mut self, _incoming: PageId, view: &mut dyn FrameView) -> Option<FrameId> {
        let queue = match self {
            Lru::Eager(list) => {
                let victim = list.pop_front()?;
                // Most likely the next victim, and the one after it: what they will be asked for has until then to come.
                if let Some(next) = list.front() {
                    view.expect(next);
                    if let Some(after) = list.after(next) {
                        list.prefetch(after);
                        view.approach(after);
                    }
                }
                return Some(victim);
            }
            Lru::Lazy(queue) => queue,
        };
        loop {
            let (frame, known) = queue.pop(|frame, coming| match coming {
                Coming::Soon => view.expect(frame),
                Coming::Near => view.approach(frame),
            })?;
            let last = view.last_reference(frame, known);
            if last == known {
                return Some(frame);
            }
            queue.push(frame, last);
        }
    }

    fn removed(&mut self, frame: FrameId) {
        match self {
            Lru::Eager(list) => list.remove(frame),
            Lru::Lazy(queue) => queue.remove(frame),
        }
    }

    fn len(&self) -> usize {
        match self {
            Lru::Eager(list) => list.len(),
            Lru::Lazy(queue) => queue.len(),
        }
    }

    fn validate(&self) {
        if let Lru::Eager(list) = self {
            list.validate();
        }
    }
}

impl Replacement for Lru {
    const OBSERVES: Observes = Observes::LastReference;

    fn new(pool: Pool) -> Lru {
        if pool.sees_hits {
            Lru::Eager(FrameList::new(pool.frames))
        } else {
            Lru::Lazy(Box::new(RecencyQueue::new(pool.frames)))
        }
    }

    #[inline]
    fn hit(&mut self, frame: FrameId) {
        if let Lru::Eager(list) = self {
            list.move_to_back(frame);
        }
    }

    #[inline]
    fn prefetch(&self, frame: Option<FrameId>, _page: PageId) {
        if let (Lru::Eager(list), Some(frame)) = (self, frame) {
            list.prefetch(frame);
        }
    }

    #[inline]
    fn prefetch_more(&self, frame: FrameId) {
        if let Lru::Eager(list) = self {
            list.prefetch_neighbours(frame);
        }
    }
}
