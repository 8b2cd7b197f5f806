//! SCAN: the elevator.
//!
//! *Idea.* The arm goes up, serving what it meets, turns and goes down. It travels little and comes by everywhere,
//! though more often in the middle than at the edges.
//!
//! *Paper.* P. J. Denning, "Effects of scheduling on file memory operations", AFIPS SJCC 1967; A. G. Merten, "Some
//! quantitative techniques for file organization", University of Wisconsin, 1970 (turning at the last request: LOOK).
//!
//! *Deviation.* The arm turns at the last request, not at the edge of the disk. Requests are met in order of position,
//! and one for the very position just served waits for the way back, so that no stream of requests can hold the arm.
//!
//! *Cost.* O(log n).

use super::{Scheduler, SchedulerEntry, SchedulerSpec, Waiting};
use crate::device::disk::mechanism::Mechanism;
use crate::units::Instant;
use std::collections::BTreeMap;

pub(super) const ENTRY: SchedulerEntry = SchedulerEntry {
    name: "scan",
    summary: "the elevator: up and down, turning at the last request",
    paper: "Denning 1967, AFIPS SJCC; Merten 1970",
    may_starve: false,
    spec: SchedulerSpec::Scan,
};

/// See the module. By position, then arrival.
#[derive(Debug, Default)]
pub(super) struct Scan {
    waiting: BTreeMap<(u64, u64), Waiting>,
    /// The request served last.
    last: (u64, u64),
    down: bool,
}

impl Scheduler for Scan {
    fn push(&mut self, waiting: Waiting) {
        self.waiting.insert((waiting.request.position, waiting.sequence), waiting);
    }

    fn pop(&mut self, _now: Instant, _arm: &Mechanism) -> Option<Waiting> {
        let key = match self.ahead() {
            Some(key) => key,
            None => {
                self.down = !self.down;
                // Nothing but requests for the position just served: they were met on turning.
                self.ahead().or_else(|| self.waiting.first_key_value().map(|(key, _)| *key))?
            }
        };
        self.last = key;
        self.waiting.remove(&key)
    }

    fn len(&self) -> usize {
        self.waiting.len()
    }
}

impl Scan {
    /// The next request beyond the last position, in the direction of the arm.
    fn ahead(&self) -> Option<(u64, u64)> {
        let here = self.last.0;
        if self.down {
            self.waiting.range(..(here, 0)).next_back().map(|(key, _)| *key)
        } else {
            self.waiting.range((here + 1, 0)..).next().map(|(key, _)| *key)
        }
    }
}
