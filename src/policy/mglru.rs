//! MGLRU: Linux's multi-generational LRU.
//!
//! *Idea.* Pages belong to generations, a window of two to four of which exists at a time. A new page joins the youngest. When only
//! two are left, aging walks all accessed bits, brings the referenced pages to the youngest generation and opens another above it. The
//! oldest generation is emptied first; of its pages, those referenced since the walk are rescued to the youngest.
//!
//! *Paper.* Y. Zhao, "Multi-Gen LRU", Linux 6.1, 2022: Documentation/mm/multigen_lru.rst.
//!
//! *Deviation.* One type of pages, mapped ones, so that the tiers of pages accessed through file descriptors and their controller have
//! nothing to do; no min_ttl. Aging walks all frames at once and does not spare cold regions by Bloom filters.
//!
//! *Cost.* Nothing for a hit beyond the accessed bit. For a fault O(1) and what it has of an aging walk, c questions for every
//! generation emptied. 10 bytes a frame, no ghosts.

use super::order::Lists;
use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<Mglru>(
    "mglru",
    "Linux's generations of pages: the oldest is emptied, aging makes referenced pages young",
    "Zhao 2022, Linux Documentation/mm/multigen_lru.rst",
);

const FEWEST: u64 = 2;
const MOST: u64 = 4;

/// Multi-generational LRU: a list for each generation of the window, by its number modulo the window's width.
#[derive(Debug)]
pub struct Mglru {
    generations: Lists,
    oldest: u64,
    youngest: u64,
}

impl Mglru {
    fn list(generation: u64) -> usize {
        (generation % MOST) as usize
    }

    /// Makes referenced pages young and opens another generation.
    fn age(&mut self, view: &mut dyn FrameView) {
        let young = Mglru::list(self.youngest);
        for frame in self.generations.iter(young) {
            view.take_accessed(FrameId(frame));
        }
        for generation in self.oldest..self.youngest {
            let mut at = self.generations.front(Mglru::list(generation));
            while let Some(frame) = at {
                at = self.generations.next(frame);
                if view.take_accessed(FrameId(frame)) {
                    self.generations.move_to_back(young, frame);
                }
            }
        }
        self.youngest += 1;
    }
}

impl Policy for Mglru {
    fn loaded(&mut self, frame: FrameId, _page: PageId, _view: &mut dyn FrameView) {
        self.generations.push_back(Mglru::list(self.youngest), frame.0);
    }

    fn victim(&mut self, _incoming: PageId, view: &mut dyn FrameView) -> Option<FrameId> {
        loop {
            if self.generations.total() == 0 {
                return None;
            }
            if self.youngest - self.oldest < FEWEST {
                self.age(view);
            }
            let Some(frame) = self.generations.front(Mglru::list(self.oldest)) else {
                self.oldest += 1;
                continue;
            };
            if !view.take_accessed(FrameId(frame)) {
                self.generations.remove(frame);
                return Some(FrameId(frame));
            }
            self.generations.move_to_back(Mglru::list(self.youngest), frame);
        }
    }

    fn removed(&mut self, frame: FrameId) {
        self.generations.remove(frame.0);
    }

    fn len(&self) -> usize {
        self.generations.total()
    }

    fn validate(&self) {
        self.generations.validate();
        assert!(self.youngest - self.oldest < MOST, "generations {} to {}", self.oldest, self.youngest);
    }
}

impl Replacement for Mglru {
    const OBSERVES: Observes = Observes::AccessedBits;

    fn new(pool: Pool) -> Mglru {
        Mglru { generations: Lists::new(MOST as usize, pool.frames), oldest: 0, youngest: 1 }
    }
}
