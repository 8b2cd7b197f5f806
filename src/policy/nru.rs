//! NRU: not recently used.
//!
//! *Idea.* Pages fall into four classes: neither referenced nor dirty, dirty only, referenced only, both. A page of the lowest class
//! that has any leaves. From time to time all accessed bits are cleared.
//!
//! *Paper.* A. S. Tanenbaum, "Modern Operating Systems", section 3.4.2.
//!
//! *Deviation.* The bits are cleared after every c/4 victims (at least 1) and not by a timer, so that the policy does not depend on
//! the speed of the machine. Within a class the page that has been in it longest leaves, not a random one. A page is classed when
//! it is first looked at after the bits were cleared, and again before it leaves.
//!
//! *Cost.* Nothing for a hit beyond the accessed bit; amortised O(1) for a fault: a few questions, and c of them once every c/4
//! faults. 10 bytes a frame.

use super::order::Lists;
use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<Nru>(
    "nru",
    "a page of the lowest class leaves: unreferenced and clean, dirty, referenced, both",
    "Tanenbaum, Modern Operating Systems, section 3.4.2",
);

/// Not looked at yet in this interval.
const UNKNOWN: usize = 0;
const DIRTY: usize = 1;
const REFERENCED: usize = 2;
const BOTH: usize = 3;

/// NRU: the front of each class has been in it longest.
#[derive(Debug)]
pub struct Nru {
    classes: Lists,
    interval: u32,
    /// Victims left until the bits are cleared.
    left: u32,
}

impl Nru {
    /// Looks at the front page of a class; the page if it belongs there still, otherwise it has moved.
    fn look(&mut self, class: usize, view: &mut dyn FrameView) -> Option<FrameId> {
        let number = self.classes.front(class)?;
        let frame = FrameId(number);
        let referenced = class >= REFERENCED || view.take_accessed(frame);
        let now = match (referenced, view.is_dirty(frame)) {
            (false, false) => UNKNOWN,
            (false, true) => DIRTY,
            (true, false) => REFERENCED,
            (true, true) => BOTH,
        };
        if now == class {
            return Some(frame);
        }
        self.classes.move_to_back(now, number);
        None
    }

    fn clear_bits(&mut self, view: &mut dyn FrameView) {
        for class in [DIRTY, REFERENCED, BOTH] {
            while let Some(frame) = self.classes.front(class) {
                self.classes.move_to_back(UNKNOWN, frame);
            }
        }
        for frame in self.classes.iter(UNKNOWN) {
            view.take_accessed(FrameId(frame));
        }
        self.left = self.interval;
    }
}

impl Policy for Nru {
    fn loaded(&mut self, frame: FrameId, _page: PageId, _view: &mut dyn FrameView) {
        self.classes.push_back(UNKNOWN, frame.0);
    }

    fn victim(&mut self, _incoming: PageId, view: &mut dyn FrameView) -> Option<FrameId> {
        if self.left == 0 {
            self.clear_bits(view);
        }
        for class in [UNKNOWN, DIRTY, REFERENCED, BOTH] {
            while self.classes.len(class) > 0 {
                if let Some(frame) = self.look(class, view) {
                    self.classes.remove(frame.0);
                    self.left -= 1;
                    return Some(frame);
                }
            }
        }
        None
    }

    fn removed(&mut self, frame: FrameId) {
        self.classes.remove(frame.0);
    }

    fn len(&self) -> usize {
        self.classes.total()
    }

    fn validate(&self) {
        self.classes.validate();
        assert!(self.left <= self.interval, "{} victims until the bits are cleared", self.left);
    }
}

impl Replacement for Nru {
    const OBSERVES: Observes = Observes::AccessedBits;

    fn new(pool: Pool) -> Nru {
        let interval = (pool.frames / 4).max(1);
        Nru { classes: Lists::new(4, pool.frames), interval, left: interval }
    }
}
