//! CAR: CLOCK with adaptive replacement.
//!
//! *Idea.* ARC with two clocks in place of its two LRU lists: a hit only sets a bit. A page of T1 whose bit is set when the hand comes
//! to it moves to T2; ghosts B1 and B2 move the target p as in ARC.
//!
//! *Paper.* S. Bansal and D. S. Modha, "CAR: clock with adaptive replacement", FAST 2004, figure 2.
//!
//! *Deviation.* The bit is clear on load, whatever the faulting reference did to it, as the paper says. p is a real number. As with
//! ARC, a clock that is empty while frames are in transit lends its turn to the other one, and the ghosts are cut back after each load.
//!
//! *Cost.* Nothing for a hit beyond the accessed bit; amortised O(1) for a fault. 14 bytes a frame; at most c ghosts of 12 bytes,
//! and 4 bytes for each page number seen.

use super::order::{Ghosts, Lists};
use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry =
    PolicyEntry::of::<Car>("car", "ARC with two clocks in place of its LRU lists", "Bansal and Modha, FAST 2004");

const T1: usize = 0;
const T2: usize = 1;
const B1: usize = 0;
const B2: usize = 1;

/// CAR: the front of each clock is where its hand points.
#[derive(Debug)]
pub struct Car {
    frames: usize,
    clocks: Lists,
    ghosts: Ghosts,
    pages: Vec<PageId>,
    /// Target length of T1.
    p: f64,
}

impl Policy for Car {
    fn loaded(&mut self, frame: FrameId, page: PageId, view: &mut dyn FrameView) {
        view.take_accessed(frame);
        let (b1, b2) = (self.ghosts.len(B1) as f64, self.ghosts.len(B2) as f64);
        let clock = match self.ghosts.list_of(page) {
            None => T1,
            Some(B1) => {
                self.p = (self.p + (b2 / b1).max(1.0)).min(self.frames as f64);
                T2
            }
            Some(_) => {
                self.p = (self.p - (b1 / b2).max(1.0)).max(0.0);
                T2
            }
        };
        self.ghosts.remove(page);
        self.pages[frame.0 as usize] = page;
        self.clocks.push_back(clock, frame.0);
        while self.clocks.len(T1) + self.ghosts.len(B1) > self.frames && self.ghosts.pop_front(B1).is_some() {}
        while self.clocks.total() + self.ghosts.len(B1) + self.ghosts.len(B2) > 2 * self.frames
            && self.ghosts.pop_front(B2).is_some()
        {}
    }

    fn victim(&mut self, incoming: PageId, view: &mut dyn FrameView) -> Option<FrameId> {
        let frame = loop {
            let first = self.clocks.len(T1) as f64 >= self.p.max(1.0);
            let clock = if first || self.clocks.len(T2) == 0 { T1 } else { T2 };
            let frame = self.clocks.front(clock)?;
            if !view.take_accessed(FrameId(frame)) {
                self.clocks.remove(frame);
                self.ghosts.push_back(if clock == T1 { B1 } else { B2 }, self.pages[frame as usize], ());
                break frame;
            }
            self.clocks.move_to_back(T2, frame);
        };
        if self.ghosts.list_of(incoming).is_none() {
            let (t1, t2) = (self.clocks.len(T1), self.clocks.len(T2));
            let (b1, b2) = (self.ghosts.len(B1), self.ghosts.len(B2));
            if t1 + b1 >= self.frames {
                self.ghosts.pop_front(B1);
            } else if t1 + t2 + b1 + b2 >= 2 * self.frames {
                self.ghosts.pop_front(B2);
            }
        }
        Some(FrameId(frame))
    }

    fn removed(&mut self, frame: FrameId) {
        self.clocks.remove(frame.0);
    }

    fn len(&self) -> usize {
        self.clocks.total()
    }

    fn validate(&self) {
        self.clocks.validate();
        self.ghosts.validate();
        let (t1, b1, b2) = (self.clocks.len(T1), self.ghosts.len(B1), self.ghosts.len(B2));
        assert!(t1 + b1 <= self.frames, "|T1| + |B1| is {t1} + {b1} of {}", self.frames);
        assert!(self.clocks.total() + b1 + b2 <= 2 * self.frames, "more than 2c pages");
        assert!((0.0..=self.frames as f64).contains(&self.p), "p is {}", self.p);
    }
}

impl Replacement for Car {
    const OBSERVES: Observes = Observes::AccessedBits;

    fn new(pool: Pool) -> Car {
        Car {
            frames: pool.frames as usize,
            clocks: Lists::new(2, pool.frames),
            ghosts: Ghosts::new(2),
            pages: vec![PageId(0); pool.frames as usize],
            p: 0.0,
        }
    }
}
