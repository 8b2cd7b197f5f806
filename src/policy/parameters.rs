//! What some policies are told besides the number of frames: windows of virtual time.

use super::Owner;
use crate::units::Span;
use std::sync::Arc;

/// A length of a process's virtual time, as a person gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The same time for every process.
    Time(Span),
    /// So many references of a process, each of them its reference time long.
    References(u64),
}

impl Window {
    /// The time it is for a process that makes one reference in `reference_time`; at least a nanosecond.
    pub fn span(self, reference_time: Span) -> Span {
        match self {
            Window::Time(span) => Span(span.0.max(1)),
            Window::References(count) => Span(count.saturating_mul(reference_time.0).max(1)),
        }
    }
}

/// The parameters of a policy, as a scenario gives them; each policy reads those that it [takes](super::Takes).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameters {
    /// Window of the working set, or critical interval between faults.
    pub window: Window,
    /// Share of the window from which on a page's age is enough for it to be replaced at a fault, in (0, 1].
    pub damping: f64,
    /// References that the pool has seen, within which those to a page count as one.
    pub correlated_period: u64,
}

impl Parameters {
    /// Window where nothing else is said, in references.
    pub const WINDOW: u64 = 10_000;
    /// Critical interval between faults where nothing else is said, in references.
    pub const INTERVAL: u64 = 1_000;
    /// Damping where nothing else is said.
    pub const DAMPING: f64 = 0.5;
}

impl Default for Parameters {
    fn default() -> Parameters {
        Parameters {
            window: Window::References(Parameters::WINDOW),
            damping: Parameters::DAMPING,
            correlated_period: 0,
        }
    }
}

/// The parameters as the policy of a pool has them.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The window of each process, by its number.
    pub windows: Arc<[Span]>,
    /// See [`Parameters::damping`].
    pub damping: f64,
    /// See [`Parameters::correlated_period`].
    pub correlated_period: u64,
}

impl Setting {
    /// The same window for every owner.
    pub fn of(window: Span) -> Setting {
        Setting { windows: Arc::new([window]), damping: Parameters::DAMPING, correlated_period: 0 }
    }

    /// The window of an owner; what is beyond the list has the last one.
    #[inline]
    pub fn window(&self, owner: Owner) -> Span {
        self.windows.get(owner.0 as usize).or(self.windows.last()).copied().unwrap_or(Span::MAX)
    }
}

impl Default for Setting {
    /// A nanosecond for each reference, as where there is no time.
    fn default() -> Setting {
        Setting::of(Span(Parameters::WINDOW))
    }
}
