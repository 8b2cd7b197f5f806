//! A fixed degree of multiprogramming.
//!
//! *Idea.* At most so many processes are active; further ones queue for admission outside memory. The bound is right for one workload, and has
//! to be found again for another.
//!
//! *Paper.* The practice of batch systems (fixed numbers of initiators or partitions, IBM OS/MFT, 1966); analysed as the
//! capacity bound of a central server by J. P. Buzen, Comm. ACM 16(9), 1973.
//!
//! *Deviation.* None.
//!
//! *Cost.* One comparison for each admission.

use super::{Action, Controller, ControllerEntry, Observation, Parameter};
use crate::units::{ProcessId, Span};

pub(crate) static ENTRY: ControllerEntry = ControllerEntry::of(
    "fixed-mpl",
    "at most so many processes are active",
    "batch systems; Buzen 1973, Comm. ACM 16(9)",
    Span(1_000_000_000),
    &[Parameter::level("level", None, "processes that may be active")],
    |settings, _| Box::new(FixedMpl { level: settings.count("level") }),
);

struct FixedMpl {
    level: u32,
}

impl Controller for FixedMpl {
    fn decide(&mut self, _seen: &Observation<'_>, _actions: &mut Vec<Action>) {}

    fn admits(&mut self, _candidate: ProcessId, seen: &Observation<'_>) -> bool {
        seen.active < self.level
    }

    fn level(&self) -> Option<f64> {
        Some(f64::from(self.level))
    }
}
