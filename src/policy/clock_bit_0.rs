//! CLOCK with the accessed bit clear on load.
//!
//! *Idea.* As CLOCK, but the reference that loads a page does not count: only a second one gives it a second chance. This is
//! the convention of caches, where a miss brings the object in and the bit says whether it was asked for again.
//!
//! *Paper.* Corbató 1968 for CLOCK; the convention is that of, for example, libCacheSim.
//!
//! *Deviation.* The bit that the faulting reference has set is cleared when the page comes in.
//!
//! *Cost.* That of CLOCK.

use super::clock::Clock;
use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<ClockBit0>(
    "clock-bit-0",
    "CLOCK in which the reference that loads a page does not set its accessed bit",
    "Corbató 1968, MIT Project MAC MAC-M-384",
);

/// CLOCK, bit = 0 on load.
#[derive(Debug)]
pub struct ClockBit0 {
    clock: Clock,
}

impl Policy for ClockBit0 {
    fn loaded(&mut self, frame: FrameId, page: PageId, view: &mut dyn FrameView) {
        view.take_accessed(frame);
        self.clock.loaded(frame, page, view);
    }

    fn victim(&mut self, incoming: PageId, view: &mut dyn FrameView) -> Option<FrameId> {
        self.clock.victim(incoming, view)
    }

    fn removed(&mut self, frame: FrameId) {
        self.clock.removed(frame);
    }

    fn len(&self) -> usize {
        self.clock.len()
    }

    fn validate(&self) {
        self.clock.validate();
    }
}

impl Replacement for ClockBit0 {
    const OBSERVES: Observes = Observes::AccessedBits;

    fn new(pool: Pool) -> ClockBit0 {
        ClockBit0 { clock: Clock::new(pool) }
    }
}
