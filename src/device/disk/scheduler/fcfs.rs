//! FCFS: first come, first served.
//!
//! *Idea.* Requests are served in order of arrival, wherever they are. The arm crosses a third of the disk for each,
//! but no request waits longer than those before it take.
//!
//! *Paper.* The baseline of P. J. Denning, "Effects of scheduling on file memory operations", AFIPS SJCC 1967.
//!
//! *Deviation.* None.
//!
//! *Cost.* O(1).

use super::{Scheduler, SchedulerEntry, SchedulerSpec, Waiting};
use crate::device::disk::mechanism::Mechanism;
use crate::units::Instant;
use std::collections::VecDeque;

pub(super) const ENTRY: SchedulerEntry = SchedulerEntry {
    name: "fcfs",
    summary: "first come, first served",
    paper: "Denning 1967, AFIPS SJCC",
    may_starve: false,
    spec: SchedulerSpec::Fcfs,
};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Fcfs(VecDeque<Waiting>);

impl Scheduler for Fcfs {
    fn push(&mut self, waiting: Waiting) {
        self.0.push_back(waiting);
    }

    fn pop(&mut self, _now: Instant, _arm: &Mechanism) -> Option<Waiting> {
        self.0.pop_front()
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}
