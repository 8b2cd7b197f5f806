//! A squeezer: senpai.
//!
//! *Idea.* What a program needs is what it misses when it is taken away. Each process's memory limit is lowered step by step until it is stalled
//! a little now and then, and raised quickly when it is stalled more than that; what it does not need is free for others.
//!
//! *Paper.* J. Weiner et al., "TMO: transparent memory offloading in datacenters", ASPLOS 2022; senpai.py,
//! github.com/facebookincubator/senpai, whose rule and constants these are.
//!
//! *Deviation.* Each process is a control group of its own, and only active ones are squeezed. The limit is kept as a fraction of a frame, since one per cent of a small
//! process is less than one.
//!
//! *Cost.* A look at every process each period.

use super::{Action, Controller, ControllerEntry, Observation, Parameter, Sight, Standing};
use crate::units::Span;

pub(crate) static ENTRY: ControllerEntry = ControllerEntry::of(
    "senpai",
    "lowers each process's memory limit until it is stalled a little, and raises it when it is stalled more",
    "Weiner et al. 2022, ASPLOS; facebookincubator/senpai",
    Span(1_000_000_000),
    &[
        Parameter::count("interval", (1, 1_000_000), Some(6), "periods between two probes (INTERVAL)"),
        Parameter::time("pressure", Span(1), Span(10_000_000), "stalled time to aim at in an interval (PRESSURE)"),
        Parameter::fraction("max_probe", 0.01, "largest part of the limit that is taken at once (MAX_PROBE)"),
        Parameter::number(
            "max_backoff",
            (0.0, 1000.0),
            1.0,
            "largest part of the limit that is given at once (MAX_BACKOFF)",
        ),
        Parameter::number(
            "coeff_probe",
            (1.0, 1e6),
            10.0,
            "the largest probe is made at 1/COEFF_PROBE of the pressure",
        ),
        Parameter::number(
            "coeff_backoff",
            (1.0, 1e6),
            20.0,
            "the largest backoff is made at COEFF_BACKOFF times the pressure",
        ),
        Parameter::count("smallest", (1, u32::MAX), Some(16), "frames below which no limit is set (MIN_SIZE)"),
    ],
    |settings, site| {
        Box::new(Senpai {
            interval: settings.count("interval"),
            pressure: settings.time("pressure").0 as f64,
            max_probe: settings.number("max_probe"),
            max_backoff: settings.number("max_backoff"),
            coeff_probe: settings.number("coeff_probe"),
            coeff_backoff: settings.number("coeff_backoff"),
            smallest: f64::from(settings.count("smallest")),
            squeezed: vec![Squeezed::default(); site.processes as usize],
        })
    },
);

struct Senpai {
    interval: u32,
    pressure: f64,
    max_probe: f64,
    max_backoff: f64,
    coeff_probe: f64,
    coeff_backoff: f64,
    smallest: f64,
    squeezed: Vec<Squeezed>,
}

/// What is kept of a process: its limit, in frames.
#[derive(Clone, Copy, Debug, Default)]
struct Squeezed {
    limit: Option<f64>,
    /// Stalled time up to the last look, and since the limit was last changed, in nanoseconds.
    total: u64,
    integral: f64,
    grace: u32,
}

impl Controller for Senpai {
    fn decide(&mut self, seen: &Observation<'_>, actions: &mut Vec<Action>) {
        for process in seen.processes {
            let state = &mut self.squeezed[process.id.0 as usize];
            let delta = process.stalled.0 - state.total;
            state.total = process.stalled.0;
            if process.standing != Standing::Active || process.resident == 0 {
                if process.standing == Standing::Outside && state.limit.take().is_some() {
                    actions.push(Action::Limit(process.id, None));
                }
                continue;
            }
            let Some(limit) = state.limit else {
                // It begins with what the process has now.
                let limit = f64::from(process.resident).max(self.smallest);
                *state = Squeezed { limit: Some(limit), integral: 0.0, grace: self.interval, ..*state };
                actions.push(Action::Limit(process.id, Some(limit as u32)));
                continue;
            };
            state.integral += delta as f64;
            let square = |x: f64| x * x;
            let change = if state.integral > self.pressure {
                let factor = square(state.integral / self.pressure / self.coeff_backoff);
                (factor * self.max_backoff).min(self.max_backoff)
            } else if state.grace > 0 {
                state.grace -= 1;
                continue;
            } else {
                // As in senpai.py, where what is divided by is at least a microsecond.
                let factor = square(self.pressure / state.integral.max(1_000.0) / self.coeff_probe);
                -(factor * self.max_probe).min(self.max_probe)
            };
            // A machine may be smaller than the smallest limit.
            let most = f64::from(seen.frames).max(self.smallest);
            let limit = (limit * (1.0 + change)).clamp(self.smallest, most);
            *state = Squeezed { limit: Some(limit), integral: 0.0, grace: self.interval - 1, ..*state };
            actions.push(Action::Limit(process.id, Some(limit as u32)));
        }
    }

    fn sight(&self) -> Sight {
        Sight::Processes
    }
}
