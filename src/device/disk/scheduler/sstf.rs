//! SSTF: shortest seek time first.
//!
//! *Idea.* The request on the nearest cylinder is served next. It makes the most of the arm and neglects the edges: a
//! request far out waits for as long as others keep arriving near the arm.
//!
//! *Paper.* P. J. Denning, "Effects of scheduling on file memory operations", AFIPS SJCC 1967.
//!
//! *Deviation.* Of two equally near cylinders the one with the older request is served, and requests on one cylinder
//! are served in order of arrival.
//!
//! *Cost.* O(log n).

use super::{Scheduler, SchedulerEntry, SchedulerSpec, Waiting};
use crate::device::disk::mechanism::Mechanism;
use crate::units::Instant;
use std::collections::BTreeMap;

pub(super) const ENTRY: SchedulerEntry = SchedulerEntry {
    name: "sstf",
    summary: "shortest seek time first",
    paper: "Denning 1967, AFIPS SJCC",
    may_starve: true,
    spec: SchedulerSpec::Sstf,
};

/// See the module. By cylinder, then arrival.
#[derive(Debug, Default)]
pub(super) struct Sstf(BTreeMap<(u32, u64), Waiting>);

impl Scheduler for Sstf {
    fn push(&mut self, waiting: Waiting) {
        self.0.insert((waiting.place.cylinder, waiting.sequence), waiting);
    }

    fn pop(&mut self, _now: Instant, arm: &Mechanism) -> Option<Waiting> {
        let here = arm.cylinder();
        let above = self.0.range((here, 0)..).next().map(|(key, _)| *key);
        let below = self.0.range(..(here, 0)).next_back().map(|(key, _)| *key);
        // The newest of the cylinder below was found; its oldest is what would be served.
        let below = below.and_then(|(cylinder, _)| self.0.range((cylinder, 0)..).next().map(|(key, _)| *key));
        let key = above.into_iter().chain(below).min_by_key(|(cylinder, age)| (cylinder.abs_diff(here), *age))?;
        self.0.remove(&key)
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}
