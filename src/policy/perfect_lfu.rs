//! Perfect LFU: least frequently used, counted for ever.
//!
//! *Idea.* The page with the fewest references in the whole past, in memory or not, leaves. Under independent references the counts
//! become the probabilities, and this the best that can be done without the future (A0).
//!
//! *Paper.* A. V. Aho, P. J. Denning and J. D. Ullman, "Principles of optimal page replacement", JACM 18(1), 1971; the name is that of
//! L. Breslau, P. Cao, L. Fan, G. Phillips and S. Shenker, INFOCOM 1999.
//!
//! *Deviation.* None; among equal counts the least recently used page leaves. Counts never age. A stack algorithm.
//!
//! *Cost.* O(log c) for a hit and for a fault. 32 bytes a frame; 4 bytes for each page number seen: the counts of all pages
//! ever referenced.

use super::order::{FrameHeap, PageMap};
use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<PerfectLfu>(
    "lfu-perfect",
    "the page with the fewest references in the whole past leaves",
    "Aho, Denning and Ullman, JACM 18(1), 1971",
);

/// References, then the time of the last: the order of leaving.
type Use = (u32, u64);

/// Perfect LFU.
#[derive(Debug)]
pub struct PerfectLfu {
    now: u64,
    resident: FrameHeap<Use>,
    pages: Vec<PageId>,
    /// Counts of pages that have left.
    counts: PageMap,
}

impl Policy for PerfectLfu {
    fn loaded(&mut self, frame: FrameId, page: PageId, _view: &mut dyn FrameView) {
        self.now += 1;
        self.pages[frame.0 as usize] = page;
        let count = self.counts.get(page).unwrap_or(0).saturating_add(1);
        self.resident.push(frame, (count, self.now));
    }

    fn victim(&mut self, _incoming: PageId, _view: &mut dyn FrameView) -> Option<FrameId> {
        let (frame, (count, _)) = self.resident.pop()?;
        self.counts.set(self.pages[frame.0 as usize], count.min(u32::MAX - 1));
        Some(frame)
    }

    fn removed(&mut self, frame: FrameId) {
        let (count, _) = self.resident.remove(frame);
        self.counts.set(self.pages[frame.0 as usize], count.min(u32::MAX - 1));
    }

    fn len(&self) -> usize {
        self.resident.len()
    }

    fn validate(&self) {
        self.resident.validate();
    }
}

impl Replacement for PerfectLfu {
    const OBSERVES: Observes = Observes::EveryReference;

    fn new(pool: Pool) -> PerfectLfu {
        PerfectLfu {
            now: 0,
            resident: FrameHeap::new(pool.frames),
            pages: vec![PageId(0); pool.frames as usize],
            counts: PageMap::default(),
        }
    }

    #[inline]
    fn hit(&mut self, frame: FrameId) {
        self.now += 1;
        let now = self.now;
        self.resident.change(frame, |(count, _)| (count.saturating_add(1), now));
    }
}
