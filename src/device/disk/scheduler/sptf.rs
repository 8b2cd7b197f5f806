//! SPTF: shortest positioning time first.
//!
//! *Idea.* The request that the head can begin soonest, seek and rotation together, is served next. On a disk whose
//! rotation takes as long as its seeks this is the best a greedy scheduler can do; like SSTF it can neglect a request.
//!
//! *Paper.* M. Seltzer, P. Chen and J. Ousterhout, "Disk scheduling revisited", USENIX Winter 1990; D. M. Jacobson and
//! J. Wilkes, "Disk scheduling algorithms based on rotational position", HP Labs HPL-CSP-91-7, 1991.
//!
//! *Deviation.* It knows the mechanism exactly, as the disk itself does; it does not know what the read buffer holds.
//!
//! *Cost.* O(n): about ten nanoseconds for each request that waits.

use super::{Scheduler, SchedulerEntry, SchedulerSpec, Waiting};
use crate::device::disk::mechanism::Mechanism;
use crate::units::Instant;

pub(super) const ENTRY: SchedulerEntry = SchedulerEntry {
    name: "sptf",
    summary: "shortest positioning time (seek and rotation) first",
    paper: "Seltzer, Chen and Ousterhout 1990; Jacobson and Wilkes 1991",
    may_starve: true,
    spec: SchedulerSpec::Sptf,
};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Sptf(Vec<Waiting>);

impl Scheduler for Sptf {
    fn push(&mut self, waiting: Waiting) {
        self.0.push(waiting);
    }

    fn pop(&mut self, now: Instant, arm: &Mechanism) -> Option<Waiting> {
        let phase = arm.phase(now);
        let positioning = |i: &usize| {
            let waiting = &self.0[*i];
            (arm.positioning_time(&waiting.place, waiting.overhead, phase), waiting.sequence)
        };
        let best = (0..self.0.len()).min_by_key(positioning)?;
        Some(self.0.swap_remove(best))
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}
