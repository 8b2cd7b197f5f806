//! The order in which a disk serves the requests that wait: one file for each scheduler.

mod clook;
mod deadline;
mod fcfs;
mod scan;
mod sptf;
mod sstf;

pub use deadline::DeadlineSpec;

use super::geometry::Place;
use super::mechanism::Mechanism;
use crate::device::Request;
use crate::device::validate::Findings;
use crate::units::{Instant, Span};

/// A request that waits for the arm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub request: Request,
    pub arrived: Instant,
    /// Number of its arrival; breaks ties.
    pub sequence: u64,
    /// Where its first sector is.
    pub place: Place,
    /// Controller overhead and settling that come with it.
    pub overhead: Span,
}

/// Keeps the waiting requests and names the next.
pub(super) trait Scheduler: Send {
    /// A request arrives.
    fn push(&mut self, waiting: Waiting);
    /// Takes the request to serve next, the arm being free at `now`.
    fn pop(&mut self, now: Instant, arm: &Mechanism) -> Option<Waiting>;
    /// Requests that wait.
    fn len(&self) -> usize;
}

/// Which scheduler a disk has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SchedulerSpec {
    /// First come, first served.
    #[default]
    Fcfs,
    /// Shortest seek time first.
    Sstf,
    /// Up and down over the positions.
    Scan,
    /// Upwards only, then back to the lowest.
    CLook,
    /// Shortest positioning time first: seek and rotation together.
    Sptf,
    /// C-LOOK with deadlines, reads before writes.
    Deadline(DeadlineSpec),
}

impl SchedulerSpec {
    pub(super) fn validate(&self, findings: &mut Findings) {
        if let SchedulerSpec::Deadline(spec) = self {
            spec.validate(findings);
        }
    }
}

/// A scheduler as the registry knows it.
#[derive(Debug)]
pub struct SchedulerEntry {
    /// Name in scenarios and results.
    pub name: &'static str,
    /// One line for a person.
    pub summary: &'static str,
    /// Where it was published.
    pub paper: &'static str,
    /// Whether a request can wait for ever while others keep arriving.
    pub may_starve: bool,
    /// It, with its usual parameters.
    pub spec: SchedulerSpec,
}

/// Every scheduler.
pub static SCHEDULERS: &[SchedulerEntry] =
    &[fcfs::ENTRY, sstf::ENTRY, scan::ENTRY, clook::ENTRY, sptf::ENTRY, deadline::ENTRY];

/// Makes the scheduler of a specification.
pub(super) fn build(spec: &SchedulerSpec) -> Box<dyn Scheduler> {
    match spec {
        SchedulerSpec::Fcfs => Box::new(fcfs::Fcfs::default()),
        SchedulerSpec::Sstf => Box::new(sstf::Sstf::default()),
        SchedulerSpec::Scan => Box::new(scan::Scan::default()),
        SchedulerSpec::CLook => Box::new(clook::CLook::default()),
        SchedulerSpec::Sptf => Box::new(sptf::Sptf::default()),
        SchedulerSpec::Deadline(spec) => Box::new(deadline::Deadline::new(*spec)),
    }
}
