//! ARC: adaptive replacement cache.
//!
//! *Idea.* Pages seen once (T1) and pages seen at least twice (T2) are kept apart, each in LRU order, with the identities of as
//! many that have left (B1, B2). A fault on a page in B1 says that T1 is too small, one in B2 that T2 is; the target p of T1 moves
//! accordingly.
//!
//! *Paper.* N. Megiddo and D. S. Modha, "ARC: a self-tuning, low overhead replacement cache", FAST 2003, figure 4.
//!
//! *Deviation.* None over a trace; p is a real number and its steps real quotients, as in the paper (integer division changes the
//! published figures). Under the timed machine frames may be in transit, so that a list may be empty when the rule asks for it:
//! then the other one gives the victim; p moves once for each fault, when the victim is asked for or, if there was a free frame,
//! at the load; and B1 and B2 are cut back to |T1| + |B1| ≤ c and 2c in all after each load.
//!
//! *Cost.* A move in a list for a hit, O(1) for a fault. 14 bytes a frame; at most c ghosts of 12 bytes, and 4 bytes for each page
//! number seen.

use super::order::{Ghosts, Lists};
use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<Arc>(
    "arc",
    "LRU lists of pages seen once and more than once, balanced by faults on pages that have left them",
    "Megiddo and Modha, FAST 2003",
);

const T1: usize = 0;
const T2: usize = 1;
const B1: usize = 0;
const B2: usize = 1;
/// Ghosts whose fault is being served: p has moved for them.
const FROM_B1: usize = 2;
const FROM_B2: usize = 3;

/// ARC: the front of each list is its least recently used page.
#[derive(Debug)]
pub struct Arc {
    frames: usize,
    resident: Lists,
    ghosts: Ghosts,
    pages: Vec<PageId>,
    /// Target length of T1.
    p: f64,
}

impl Arc {
    /// If the page is a ghost, moves p for it, once a fault; the ghost list it came from.
    fn recall(&mut self, page: PageId) -> Option<usize> {
        let from = self.ghosts.list_of(page)?;
        let (b1, b2) = (self.ghosts.len(B1) as f64, self.ghosts.len(B2) as f64);
        let coming = match from {
            B1 => {
                self.p = (self.p + (b2 / b1).max(1.0)).min(self.frames as f64);
                FROM_B1
            }
            B2 => {
                self.p = (self.p - (b1 / b2).max(1.0)).max(0.0);
                FROM_B2
            }
            served => return Some(served),
        };
        self.ghosts.remove(page);
        self.ghosts.push_back(coming, page, ());
        Some(coming)
    }

    /// The paper's REPLACE.
    fn replace(&mut self, from_b2: bool) -> Option<FrameId> {
        let t1 = self.resident.len(T1) as f64;
        let first = t1 >= 1.0 && (t1 > self.p || (from_b2 && t1 == self.p));
        let list = if first || self.resident.len(T2) == 0 { T1 } else { T2 };
        let frame = self.resident.pop_front(list)?;
        self.ghosts.push_back(if list == T1 { B1 } else { B2 }, self.pages[frame as usize], ());
        Some(FrameId(frame))
    }
}

impl Policy for Arc {
    fn loaded(&mut self, frame: FrameId, page: PageId, _view: &mut dyn FrameView) {
        let again = self.recall(page).is_some();
        self.ghosts.remove(page);
        self.pages[frame.0 as usize] = page;
        self.resident.push_back(if again { T2 } else { T1 }, frame.0);
        while self.resident.len(T1) + self.ghosts.len(B1) > self.frames && self.ghosts.pop_front(B1).is_some() {}
        while self.resident.total() + self.ghosts.len(B1) + self.ghosts.len(B2) > 2 * self.frames
            && self.ghosts.pop_front(B2).is_some()
        {}
    }

    fn victim(&mut self, incoming: PageId, _view: &mut dyn FrameView) -> Option<FrameId> {
        if let Some(from) = self.recall(incoming) {
            return self.replace(from == FROM_B2);
        }
        let (t1, b1) = (self.resident.len(T1), self.ghosts.len(B1));
        if t1 + b1 >= self.frames {
            if t1 == self.frames {
                return self.resident.pop_front(T1).map(FrameId);
            }
            self.ghosts.pop_front(B1);
        } else if self.resident.total() + b1 + self.ghosts.len(B2) >= 2 * self.frames {
            self.ghosts.pop_front(B2);
        }
        self.replace(false)
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
        let (t1, b1, b2) = (self.resident.len(T1), self.ghosts.len(B1), self.ghosts.len(B2));
        assert!(t1 + b1 <= self.frames, "|T1| + |B1| is {t1} + {b1} of {}", self.frames);
        assert!(self.resident.total() + b1 + b2 <= 2 * self.frames, "more than 2c pages");
        assert!((0.0..=self.frames as f64).contains(&self.p), "p is {}", self.p);
    }
}

impl Replacement for Arc {
    const OBSERVES: Observes = Observes::EveryReference;

    fn new(pool: Pool) -> Arc {
        Arc {
            frames: pool.frames as usize,
            resident: Lists::new(2, pool.frames),
            ghosts: Ghosts::new(4),
            pages: vec![PageId(0); pool.frames as usize],
            p: 0.0,
        }
    }

    #[inline]
    fn hit(&mut self, frame: FrameId) {
        self.resident.move_to_back(T2, frame.0);
    }

    #[inline]
    fn prefetch(&self, frame: Option<FrameId>, page: PageId) {
        match frame {
            Some(frame) => self.resident.prefetch(frame.0),
            None => self.ghosts.prefetch(page),
        }
    }

    #[inline]
    fn prefetch_more(&self, frame: FrameId) {
        self.resident.prefetch_neighbours(frame.0);
    }
}
