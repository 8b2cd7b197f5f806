//! LFU: least frequently used, counted while in memory.
//!
//! *Idea.* The page with the fewest references since it was loaded leaves. Old fame would keep a page for ever, so counts age.
//!
//! *Paper.* A. V. Aho, P. J. Denning and J. D. Ullman, "Principles of optimal page replacement", JACM 18(1), 1971, for frequency as
//! the optimum under independent references; J. T. Robinson and M. V. Devarakonda, "Data cache management using frequency-based
//! replacement", SIGMETRICS 1990, section 2, for the ageing.
//!
//! *Deviation.* Of the many rules called LFU this is: counts begin at 1 at the load and are forgotten when the page leaves; among
//! equal counts the least recently used page leaves; when the mean count of the pages held exceeds 10, every count C becomes
//! ⌈C/2⌉.
//!
//! *Cost.* O(log c) for a hit and for a fault, and ageing at most O(1) a reference amortised; 28 bytes a frame, no ghosts.

use super::order::FrameHeap;
use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<Lfu>(
    "lfu",
    "the page with the fewest references since it was loaded leaves; counts age",
    "Aho, Denning and Ullman, JACM 18(1), 1971; Robinson and Devarakonda, SIGMETRICS 1990",
);

/// Mean count at which all counts are halved.
const MOST_ON_AVERAGE: u64 = 10;

/// References, then the time of the last: the order of leaving.
type Use = (u32, u64);

/// In-cache LFU.
#[derive(Debug)]
pub struct Lfu {
    now: u64,
    /// Sum of all counts.
    sum: u64,
    resident: FrameHeap<Use>,
}

impl Lfu {
    #[inline]
    fn counted(&mut self) {
        self.sum += 1;
        if self.sum > MOST_ON_AVERAGE * self.resident.len() as u64 {
            self.age();
        }
    }

    #[cold]
    fn age(&mut self) {
        let mut sum = 0;
        self.resident.change_all(|(count, last)| {
            let count = count.div_ceil(2);
            sum += u64::from(count);
            (count, last)
        });
        self.sum = sum;
    }
}

impl Policy for Lfu {
    fn loaded(&mut self, frame: FrameId, _page: PageId, _view: &mut dyn FrameView) {
        self.now += 1;
        self.resident.push(frame, (1, self.now));
        self.counted();
    }

    fn victim(&mut self, _incoming: PageId, _view: &mut dyn FrameView) -> Option<FrameId> {
        let (frame, (count, _)) = self.resident.pop()?;
        self.sum -= u64::from(count);
        Some(frame)
    }

    fn removed(&mut self, frame: FrameId) {
        let (count, _) = self.resident.remove(frame);
        self.sum -= u64::from(count);
    }

    fn len(&self) -> usize {
        self.resident.len()
    }

    fn validate(&self) {
        self.resident.validate();
        assert_eq!(
            self.resident.keys().map(|(count, _)| u64::from(count)).sum::<u64>(),
            self.sum,
            "the sum of the counts"
        );
    }
}

impl Replacement for Lfu {
    const OBSERVES: Observes = Observes::EveryReference;

    fn new(pool: Pool) -> Lfu {
        Lfu { now: 0, sum: 0, resident: FrameHeap::new(pool.frames) }
    }

    #[inline]
    fn hit(&mut self, frame: FrameId) {
        self.now += 1;
        let now = self.now;
        self.resident.change(frame, |(count, _)| (count + 1, now));
        self.counted();
    }
}
