//! Counters with their identities, and what a run reports.

mod counters;
mod latency;
mod occupancy;
mod pressure;
mod report;

pub use counters::{
    ACTIVITIES, Activity, ClassCounters, Counters, CpuTime, Level, MachineSize, Station, VIOLATIONS, Violation, mean,
};
pub use latency::Latencies;
pub use occupancy::Occupancy;
pub use pressure::{Pressure, PressureGroup, PressureLine};
pub use report::{METRICS, Metric, RunReport, Series};
