//! The L = S criterion.
//!
//! *Idea.* As many processes are active as leave the mean CPU time between two page faults, L, no shorter than the mean time S that the
//! paging device needs for one. With L < S the device is asked for more than it can do, whatever the CPU does.
//!
//! *Paper.* P. J. Denning, K. C. Kahn, J. Leroudier, D. Potier and R. Suri, "Optimal multiprogramming", Acta Informatica 7, 1976;
//! L = u·S, with u the CPU utilisation that is wanted, in P. J. Denning, "Working sets past and present", IEEE TSE 6(1), 1980.
//!
//! *Deviation.* The criterion is a constraint, not a rule how to meet it. Here the level falls by one a period while L < u·S, and rises by one if
//! L would still be long enough with one process more: with n instead of n + 1 sharing memory, L is taken to be ((n + 1)/n)^k times as
//! long (Belady and Kuehner's lifetime function m^k, k = 2).
//!
//! *Cost.* A power a period.

use super::level::Level;
use super::meter::{Meter, Smoothed};
use super::{Action, Controller, ControllerEntry, Observation, Parameter};
use crate::units::{ProcessId, Span};

pub(crate) static ENTRY: ControllerEntry = ControllerEntry::of(
    "l-equals-s",
    "as many are active as leave the time between faults no shorter than a page transfer",
    "Denning, Kahn, Leroudier, Potier and Suri 1976, Acta Informatica 7",
    Span(10_000_000_000),
    &[
        Parameter::share("utilisation", 1.0, "any load would do", "u of L ≥ u·S: the CPU utilisation that is wanted"),
        Parameter::number("exponent", (0.0, 10.0), 2.0, "k of the lifetime function m^k, to foresee one process more"),
        Parameter::share("smoothing", 0.5, "nothing that is measured would count", "weight of a new measurement"),
        Parameter::level("initial", Some(1), "processes that may be active at first"),
    ],
    |settings, site| {
        Box::new(LEqualsS {
            utilisation: settings.number("utilisation"),
            exponent: settings.number("exponent"),
            level: Level::new(settings.count("initial"), site),
            meter: Meter::default(),
            lifetime: Smoothed::new(settings.number("smoothing")),
        })
    },
);

struct LEqualsS {
    utilisation: f64,
    exponent: f64,
    level: Level,
    meter: Meter,
    /// L over S.
    lifetime: Smoothed,
}

impl Controller for LEqualsS {
    fn decide(&mut self, seen: &Observation<'_>, actions: &mut Vec<Action>) {
        let rates = self.meter.read(seen);
        // Without faults, or where not one could be served, one process more can do no harm that is known of.
        let ratio = rates.user / rates.faults / rates.service;
        let ratio = self.lifetime.add(if ratio.is_finite() { ratio } else { f64::from(u32::MAX) });
        let before = self.level.bound();
        let now = f64::from(before);
        if ratio < self.utilisation {
            self.level.set(now - 1.0);
        } else if seen.waiting > 0 && ratio * libm::pow(now / (now + 1.0), self.exponent) >= self.utilisation {
            self.level.set(now + 1.0);
        }
        if self.level.bound() != before {
            self.lifetime.forget();
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
