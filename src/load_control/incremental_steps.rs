//! Incremental steps.
//!
//! *Idea.* The level goes on in the direction in which it last went while performance rises, and turns round when performance falls; the
//! step grows with the change of performance.
//!
//! *Paper.* H.-U. Heiss and R. Wagner, "Adaptive load control in transaction processing systems", VLDB 1991.
//!
//! *Deviation.* Performance is useful CPU time per time, which a system measures with less noise than the jobs it finishes. A step is at
//! least one process, since a level that stands still would learn nothing, and at most `largest`. As in the paper, a level that is far above what is
//! active is brought back to it: otherwise the direction would mean nothing.
//!
//! *Cost.* A few operations a period.

use super::level::Level;
use super::meter::Meter;
use super::{Action, Controller, ControllerEntry, Observation, Parameter};
use crate::units::{ProcessId, Span};

pub(crate) static ENTRY: ControllerEntry = ControllerEntry::of(
    "incremental-steps",
    "the level goes on while throughput rises, and turns round when it falls",
    "Heiss and Wagner 1991, VLDB",
    Span(10_000_000_000),
    &[
        Parameter::number("gain", (0.0, 1e6), 20.0, "processes for each whole of CPU utilisation gained or lost (β)"),
        Parameter::number("largest", (1.0, 1e6), 3.0, "longest step, in processes"),
        Parameter::count("slack", (0, 100_000), Some(2), "how far the level may be above what is active (δ)"),
        Parameter::level("initial", Some(1), "processes that may be active at first"),
    ],
    |settings, site| {
        Box::new(IncrementalSteps {
            gain: settings.number("gain"),
            largest: settings.number("largest"),
            slack: f64::from(settings.count("slack")),
            level: Level::new(settings.count("initial"), site),
            up: true,
            before: None,
            meter: Meter::default(),
        })
    },
);

struct IncrementalSteps {
    gain: f64,
    largest: f64,
    slack: f64,
    level: Level,
    up: bool,
    before: Option<f64>,
    meter: Meter,
}

impl Controller for IncrementalSteps {
    fn decide(&mut self, seen: &Observation<'_>, actions: &mut Vec<Action>) {
        let performance = self.meter.read(seen).utilisation;
        let change = performance - self.before.unwrap_or(performance);
        self.before = Some(performance);
        if change < 0.0 {
            self.up = !self.up;
        }
        let step = (self.gain * change.abs()).clamp(1.0, self.largest);
        let was = self.level.aim();
        self.level.set(if self.up { was + step } else { was - step });
        if self.level.aim() == was {
            // At an end of the range.
            self.up = !self.up;
        }
        if self.level.aim() > f64::from(seen.active) + self.slack && seen.waiting == 0 {
            self.level.set(f64::from(seen.active) + self.slack);
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
