//! The knee criterion.
//!
//! *Idea.* Each active process has the memory at which its lifetime curve L(m) is touched by a ray from the origin: there a frame
//! buys most time between faults, and L/m is largest. What the memory is enough for is active, the rest waits.
//!
//! *Paper.* P. J. Denning and K. C. Kahn, "An L = S criterion for optimal multiprogramming", SIGMETRICS 1976; P. J. Denning,
//! K. C. Kahn, J. Leroudier, D. Potier and R. Suri, "Optimal multiprogramming", Acta Informatica 7, 1976.
//!
//! *Deviation.* The curve is not known beforehand. For each level the CPU time, the faults and the frames a process had are added up, and
//! the level with the largest L/m is held; its neighbours are visited until each has been seen for a set share of the time that the best
//! has, so a knee that moves is found again. What was added up fades, in a time that the scenario sets.
//!
//! *Cost.* A few numbers for each level.

use super::level::Level;
use super::meter::Meter;
use super::{Action, Controller, ControllerEntry, Observation, Parameter};
use crate::units::{ProcessId, Span};

pub(crate) static ENTRY: ControllerEntry = ControllerEntry::of(
    "knee",
    "as many are active as have memory up to the knees of their lifetime curves",
    "Denning and Kahn 1976, SIGMETRICS; Denning et al. 1976, Acta Informatica 7",
    Span(10_000_000_000),
    &[
        Parameter::share(
            "explore",
            0.1,
            "a knee that moves would not be found",
            "time at a neighbour over time at the best",
        ),
        Parameter::time("memory", Span(1), Span(10_000_000_000_000), "after this time a measurement counts for 1/e"),
        Parameter::level("initial", Some(1), "processes that may be active at first"),
    ],
    |settings, site| {
        Box::new(KneeCriterion {
            explore: settings.number("explore"),
            memory: settings.time("memory").0 as f64,
            level: Level::new(settings.count("initial"), site),
            meter: Meter::default(),
            measured: vec![Measured::default(); site.processes as usize + 1],
            settling: true,
        })
    },
);

/// What has been measured at a level.
#[derive(Clone, Copy, Debug, Default)]
struct Measured {
    time: f64,
    user: f64,
    faults: f64,
    /// Frames of an active process, times time.
    frames: f64,
}

impl Measured {
    /// L/m; 0 where nothing is known. Without faults there is no knee: memory is enough, and would be for more processes.
    fn slope(&self) -> f64 {
        let slope = self.user / self.faults / (self.frames / self.time);
        if slope.is_finite() && self.faults >= 1.0 { slope } else { 0.0 }
    }
}

struct KneeCriterion {
    explore: f64,
    memory: f64,
    level: Level,
    meter: Meter,
    measured: Vec<Measured>,
    /// The level has just changed, or the machine begun: what was measured belongs to no level.
    settling: bool,
}

impl Controller for KneeCriterion {
    fn decide(&mut self, seen: &Observation<'_>, actions: &mut Vec<Action>) {
        let rates = self.meter.read(seen);
        let now = self.level.bound() as usize;
        let fading = libm::exp(-rates.elapsed / self.memory);
        for level in &mut self.measured {
            for sum in [&mut level.time, &mut level.user, &mut level.faults, &mut level.frames] {
                *sum *= fading;
            }
        }
        if self.settling {
            self.settling = false;
            return self.level.enforce(seen, actions);
        }
        if seen.active as usize == now {
            let at = &mut self.measured[now];
            at.time += rates.elapsed;
            at.user += rates.user;
            at.faults += rates.faults;
            at.frames += rates.elapsed * f64::from(seen.frames - seen.free) / f64::from(seen.active.max(1));
        }
        let best = (1..self.measured.len())
            .max_by(|&a, &b| self.measured[a].slope().total_cmp(&self.measured[b].slope()).then(b.cmp(&a)));
        let best = match best {
            Some(best) if self.measured[best].slope() > 0.0 => best,
            _ => now,
        };
        // Where nothing is known yet, any time is enough.
        let enough = (self.explore * self.measured[best].time).max(f64::MIN_POSITIVE);
        let neighbours = [best + 1, best.saturating_sub(1)];
        let unknown = neighbours.into_iter().find(|&n| {
            (1..self.measured.len()).contains(&n)
                && (n < now || seen.waiting > 0 || n == now)
                && self.measured[n].time < enough
        });
        let next = unknown.unwrap_or(best);
        self.settling = next != now;
        self.level.set(next as f64);
        self.level.enforce(seen, actions);
    }

    fn admits(&mut self, _candidate: ProcessId, seen: &Observation<'_>) -> bool {
        self.level.admits(seen)
    }

    fn level(&self) -> Option<f64> {
        Some(self.level.aim())
    }
}
