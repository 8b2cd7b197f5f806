//! The 50 % criterion.
//!
//! *Idea.* As many processes are active as keep the paging device busy about half of the time. Below that it could serve more faults, so
//! more could run; above it requests queue for each other, and each fault costs more than the service it needs.
//!
//! *Paper.* J. Leroudier and D. Potier, "Principles of optimality for multiprogramming", ACM SIGMETRICS 1976; P. J. Denning,
//! K. C. Kahn, J. Leroudier, D. Potier and R. Suri, "Optimal multiprogramming", Acta Informatica 7, 1976.
//!
//! *Deviation.* "About" is a band around the target, by default 5 points each side, in which nothing is changed; outside it the level moves by
//! one process a period. Measurements taken right after a change of level are not mixed with those before it.
//!
//! *Cost.* One comparison a period.

use super::level::Level;
use super::meter::{Meter, Smoothed};
use super::{Action, Controller, ControllerEntry, Observation, Parameter};
use crate::units::{ProcessId, Span};

pub(crate) static ENTRY: ControllerEntry = ControllerEntry::of(
    "fifty-percent",
    "as many are active as keep the paging device busy half of the time",
    "Leroudier and Potier 1976, SIGMETRICS; Denning et al. 1976, Acta Informatica 7",
    Span(10_000_000_000),
    &[
        Parameter::fraction("target", 0.5, "utilisation of the paging device to aim at"),
        Parameter::fraction("band", 0.05, "deviation from the target within which nothing is changed"),
        Parameter::share("smoothing", 0.5, "nothing that is measured would count", "weight of a new measurement"),
        Parameter::level("initial", Some(1), "processes that may be active at first"),
    ],
    |settings, site| {
        Box::new(FiftyPercent {
            target: settings.number("target"),
            band: settings.number("band"),
            level: Level::new(settings.count("initial"), site),
            meter: Meter::default(),
            paging: Smoothed::new(settings.number("smoothing")),
        })
    },
);

struct FiftyPercent {
    target: f64,
    band: f64,
    level: Level,
    meter: Meter,
    paging: Smoothed,
}

impl Controller for FiftyPercent {
    fn decide(&mut self, seen: &Observation<'_>, actions: &mut Vec<Action>) {
        let paging = self.paging.add(self.meter.read(seen).paging);
        let before = self.level.bound();
        if paging > self.target + self.band {
            self.level.set(self.level.aim() - 1.0);
        } else if paging < self.target - self.band && seen.waiting > 0 {
            self.level.set(self.level.aim() + 1.0);
        }
        if self.level.bound() != before {
            self.paging.forget();
        }
        self.level.enforce(seen, actions);
    }

    fn admits(&mut self, _candidate: ProcessId, seen: &Observation<'_>) -> bool {
        self.level.admits(seen)
    }

    fn level(&self) -> Option<f64> {
        Some(self.level.aim())
    }
}
