//! Rates over the last period, from counts that only grow.

use super::Observation;
use crate::units::Instant;

/// The counts at the end of the last period.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Meter {
    at: Instant,
    user: u128,
    busy: u128,
    served: (u64, u128),
    major: u64,
}

/// What was measured over a period.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rates {
    /// Length of the period, in nanoseconds.
    pub elapsed: f64,
    /// Share of the CPUs' time spent on useful work.
    pub utilisation: f64,
    /// Share of the paging device's servers that was busy.
    pub paging: f64,
    /// CPU time on the processes' own references, in nanoseconds.
    pub user: f64,
    /// Page faults that had to read.
    pub faults: f64,
    /// Mean service time of a request at the paging device, in nanoseconds; NaN if none was served.
    pub service: f64,
}

impl Meter {
    /// The rates since the last reading.
    pub fn read(&mut self, seen: &Observation<'_>) -> Rates {
        let elapsed = (seen.now - self.at).0 as f64;
        let user = (seen.user - self.user) as f64;
        let (requests, served) = (seen.paging_served.0 - self.served.0, seen.paging_served.1 - self.served.1);
        let rates = Rates {
            elapsed,
            utilisation: user / (elapsed * f64::from(seen.cpus)),
            paging: (seen.paging_busy - self.busy) as f64 / (elapsed * seen.paging_servers as f64),
            user,
            faults: (seen.major_faults - self.major) as f64,
            service: served as f64 / requests as f64,
        };
        *self = Meter {
            at: seen.now,
            user: seen.user,
            busy: seen.paging_busy,
            served: seen.paging_served,
            major: seen.major_faults,
        };
        rates
    }
}

/// An exponentially smoothed quantity; it begins with the first value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Smoothed {
    weight: f64,
    value: Option<f64>,
}

impl Smoothed {
    /// Of which a new value makes up so much.
    pub fn new(weight: f64) -> Smoothed {
        Smoothed { weight, value: None }
    }

    pub fn add(&mut self, value: f64) -> f64 {
        let smoothed = self.value.map_or(value, |old| old + self.weight * (value - old));
        self.value = Some(smoothed);
        smoothed
    }

    /// What comes is measured under other conditions.
    pub fn forget(&mut self) {
        self.value = None;
    }
}
