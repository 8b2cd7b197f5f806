//! C-LOOK: upwards only.
//!
//! *Idea.* The arm serves what it meets on its way up, then jumps back to the lowest request. All positions are treated
//! alike, at the price of one long seek for each sweep.
//!
//! *Paper.* P. H. Seaman, R. A. Lind and T. L. Wilson, "An analysis of auxiliary-storage activity", IBM Systems Journal
//! 5(3), 1966 (circular scan); compared in B. L. Worthington, G. R. Ganger and Y. N. Patt, "Scheduling algorithms for
//! modern disk drives", SIGMETRICS 1994.
//!
//! *Deviation.* A request for the very position just served waits for the next sweep, so that no stream of requests can
//! hold the arm.
//!
//! *Cost.* O(log n).

use super::{Scheduler, SchedulerEntry, SchedulerSpec, Waiting};
use crate::device::disk::mechanism::Mechanism;
use crate::units::Instant;
use std::collections::BTreeMap;

pub(super) const ENTRY: SchedulerEntry = SchedulerEntry {
    name: "c-look",
    summary: "upwards only, then back to the lowest request",
    paper: "Seaman, Lind and Wilson 1966, IBM Systems Journal 5(3)",
    may_starve: false,
    spec: SchedulerSpec::CLook,
};

/// See the module. By position, then arrival.
#[derive(Debug, Default)]
pub(super) struct CLook {
    waiting: BTreeMap<(u64, u64), Waiting>,
    /// The position after the one served last.
    next: u64,
}

impl Scheduler for CLook {
    fn push(&mut self, waiting: Waiting) {
        self.waiting.insert((waiting.request.position, waiting.sequence), waiting);
    }

    fn pop(&mut self, _now: Instant, _arm: &Mechanism) -> Option<Waiting> {
        let ahead = self.waiting.range((self.next, 0)..).next();
        let key = *ahead.or_else(|| self.waiting.first_key_value())?.0;
        self.next = key.0 + 1;
        self.waiting.remove(&key)
    }

    fn len(&self) -> usize {
        self.waiting.len()
    }
}
