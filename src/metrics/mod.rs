//! Counters with their identities, and what a run reports.

mod report;

pub use report::{METRICS, Metric, RunReport, Series};
