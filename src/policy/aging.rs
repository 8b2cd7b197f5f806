//! Aging: a register of accessed bits for each page, an approximation of LRU.
//!
//! *Idea.* Every interval each page's eight-bit register is shifted to the right and its accessed bit put in front. The page with the
//! smallest register was referenced longest ago, as far as eight intervals can tell, and leaves.
//!
//! *Paper.* A. S. Tanenbaum, "Modern Operating Systems", section 3.4.7; the shift register is that of the Multics
//! paging experiment (Corbató 1968), there with k bits.
//!
//! *Deviation.* An interval ends after every c/8 victims (at least 1) and not by a timer, so that the policy does not depend on the
//! speed of the machine. A page begins with its highest bit set. Among equal registers the page that
//! has been among them longest leaves.
//!
//! *Cost.* Nothing for a hit beyond the accessed bit; at most 256 steps for a fault, and c questions once every c/8 faults. 14
//! bytes a frame.

use super::order::Lists;
use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<Aging>(
    "aging",
    "the page with the smallest shift register of accessed bits leaves",
    "Tanenbaum, Modern Operating Systems, section 3.4.7; Corbató 1968",
);

const NEWEST_BIT: usize = 0x80;
const REGISTERS: usize = 0x100;

/// Aging: a list for each value of the register.
#[derive(Debug)]
pub struct Aging {
    registers: Lists,
    interval: u32,
    /// Victims left in this interval.
    left: u32,
    /// Scratch: all frames in order.
    order: Vec<u32>,
}

impl Aging {
    fn shift(&mut self, view: &mut dyn FrameView) {
        self.order.clear();
        for register in 0..REGISTERS {
            self.order.extend(self.registers.iter(register));
        }
        for &frame in &self.order {
            let register = self.registers.list_of(frame).expect("every frame has a register");
            let newest = if view.take_accessed(FrameId(frame)) { NEWEST_BIT } else { 0 };
            self.registers.move_to_back(register >> 1 | newest, frame);
        }
        self.left = self.interval;
    }
}

impl Policy for Aging {
    fn loaded(&mut self, frame: FrameId, _page: PageId, view: &mut dyn FrameView) {
        // The register has the load's reference already.
        view.take_accessed(frame);
        self.registers.push_back(NEWEST_BIT, frame.0);
    }

    fn victim(&mut self, _incoming: PageId, view: &mut dyn FrameView) -> Option<FrameId> {
        if self.left == 0 {
            self.shift(view);
        }
        let frame = (0..REGISTERS).find_map(|register| self.registers.pop_front(register))?;
        self.left -= 1;
        Some(FrameId(frame))
    }

    fn removed(&mut self, frame: FrameId) {
        self.registers.remove(frame.0);
    }

    fn len(&self) -> usize {
        self.registers.total()
    }

    fn validate(&self) {
        self.registers.validate();
        assert!(self.left <= self.interval, "{} victims left in the interval", self.left);
    }
}

impl Replacement for Aging {
    const OBSERVES: Observes = Observes::AccessedBits;

    fn new(pool: Pool) -> Aging {
        let interval = (pool.frames / 8).max(1);
        Aging { registers: Lists::new(REGISTERS, pool.frames), interval, left: interval, order: Vec::new() }
    }
}
