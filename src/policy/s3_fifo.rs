//! S3-FIFO: three FIFO queues.
//!
//! *Idea.* Most pages are referenced once, so new ones enter a small queue S and leave soon unless they are referenced twice more;
//! those that are, and those that come back while their identity is remembered (G), enter the main queue M, where a page survives
//! as many rounds as it was referenced, at most three.
//!
//! *Paper.* J. Yang, Y. Zhang, Z. Qiu, Y. Yue and K. V. Rashmi, "FIFO queues are all you need for cache eviction", SOSP 2023,
//! algorithm 1.
//!
//! *Deviation.* S has a tenth of the frames and G as many entries as M, nine tenths, both rounded down; a page moves to M after two
//! further references, as in the authors' simulator. Until the first page leaves, new pages go
//! to M once S is full, as in that simulator (were they all to go to S, a loop of somewhat more pages than
//! frames would never get a page into M). The simulator admits nothing to an S of less than two pages; ours works there.
//!
//! *Cost.* A byte counted up for a hit; amortised O(1) for a fault. 15 bytes a frame; 0.9c ghosts of 12 bytes and 4 bytes for each
//! page number seen.

use super::order::{Ghosts, Lists};
use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::prefetch::prefetch;
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<S3Fifo>(
    "s3-fifo",
    "a small FIFO queue for new pages, a main one for those referenced again, a third of pages that left",
    "Yang, Zhang, Qiu, Yue and Rashmi, SOSP 2023",
);

const S: usize = 0;
const M: usize = 1;
const G: usize = 0;
/// Ghosts whose fault is being served.
const COMING: usize = 1;
const MOST: u8 = 3;
const TO_MAIN: u8 = 2;

/// S3-FIFO: the front of each queue is its oldest page.
#[derive(Debug)]
pub struct S3Fifo {
    /// Length at which the small queue gives the victim.
    small: usize,
    remembered: usize,
    resident: Lists,
    ghosts: Ghosts,
    pages: Vec<PageId>,
    counts: Vec<u8>,
    /// No page has left yet.
    filling: bool,
}

impl S3Fifo {
    fn evict_small(&mut self) -> Option<FrameId> {
        while let Some(frame) = self.resident.pop_front(S) {
            if self.counts[frame as usize] < TO_MAIN {
                self.ghosts.push_back(G, self.pages[frame as usize], ());
                if self.ghosts.len(G) > self.remembered {
                    self.ghosts.pop_front(G);
                }
                return Some(FrameId(frame));
            }
            self.counts[frame as usize] = 0;
            self.resident.push_back(M, frame);
        }
        None
    }

    fn evict_main(&mut self) -> Option<FrameId> {
        while let Some(frame) = self.resident.front(M) {
            let count = &mut self.counts[frame as usize];
            if *count == 0 {
                self.resident.remove(frame);
                return Some(FrameId(frame));
            }
            *count -= 1;
            self.resident.move_to_back(M, frame);
        }
        None
    }
}

impl Policy for S3Fifo {
    fn loaded(&mut self, frame: FrameId, page: PageId, _view: &mut dyn FrameView) {
        let again = self.ghosts.remove(page).is_some();
        self.pages[frame.0 as usize] = page;
        self.counts[frame.0 as usize] = 0;
        let straight = self.filling && self.resident.len(S) >= self.small;
        self.resident.push_back(if again || straight { M } else { S }, frame.0);
    }

    fn victim(&mut self, incoming: PageId, _view: &mut dyn FrameView) -> Option<FrameId> {
        self.filling = false;
        // Looked up first: making room may push it off the end.
        if self.ghosts.list_of(incoming) == Some(G) {
            self.ghosts.remove(incoming);
            self.ghosts.push_back(COMING, incoming, ());
        }
        let small = if self.resident.len(S) >= self.small.max(1) { self.evict_small() } else { None };
        small.or_else(|| self.evict_main()).or_else(|| self.evict_small())
    }

    fn removed(&mut self, frame: FrameId) {
        self.resident.remove(frame.0);
    }

    fn len(&self) -> usize {
        self.resident.total()
    }

    fn validate(&self) {
        self.resident.validate();
        self.ghosts.validate();
        assert!(self.ghosts.len(G) <= self.remembered, "{} ghosts", self.ghosts.len(G));
        assert!(self.counts.iter().all(|&count| count <= MOST), "a count above {MOST}");
    }
}

impl Replacement for S3Fifo {
    const OBSERVES: Observes = Observes::EveryReference;

    fn new(pool: Pool) -> S3Fifo {
        let frames = pool.frames as usize;
        S3Fifo {
            small: frames / 10,
            remembered: frames * 9 / 10,
            resident: Lists::new(2, pool.frames),
            ghosts: Ghosts::new(2),
            pages: vec![PageId(0); frames],
            counts: vec![0; frames],
            filling: true,
        }
    }

    #[inline]
    fn hit(&mut self, frame: FrameId) {
        let count = &mut self.counts[frame.0 as usize];
        *count = (*count + 1).min(MOST);
    }

    #[inline]
    fn prefetch(&self, frame: Option<FrameId>, page: PageId) {
        match frame {
            Some(frame) => prefetch(&self.counts, frame.0 as usize),
            None => self.ghosts.prefetch(page),
        }
    }
}
