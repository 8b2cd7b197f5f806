//! What a run reports: named numbers over the measured window, and time series over the whole run.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A number that every run reports, with what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Key in files (`cpu_utilisation`).
    pub name: &'static str,
    /// Title in tables and on axes (`CPU utilisation`).
    pub title: &'static str,
    /// Unit, empty for a pure number.
    pub unit: &'static str,
    /// One line for a person.
    pub summary: &'static str,
}

macro_rules! metrics {
    ($($name:literal, $title:literal, $unit:literal, $summary:literal;)*) => {
        /// Every machine-wide metric, in the order of the files. Per-class metrics have the same meaning and the class's
        /// name before theirs: `worker.throughput`.
        pub static METRICS: &[Metric] = &[$(Metric { name: $name, title: $title, unit: $unit, summary: $summary }),*];
    };
}

metrics! {
    "throughput", "throughput", "jobs/s", "jobs finished per second; where jobs never end, CPU seconds of useful work per second";
    "cpu_utilisation", "CPU utilisation", "", "share of the CPUs' time spent on the processes' own references (user time)";
    "cpu_system", "CPU system time", "", "share of the CPUs' time spent in the pager";
    "cpu_switching", "CPU switching", "", "share of the CPUs' time spent on context switches";
    "references_per_second", "references", "1/s", "page references per second, from user time and reference time";
    "faults_per_second", "faults", "1/s", "page faults, minor and major, per second";
    "major_faults_per_second", "major faults", "1/s", "page faults that waited for the paging device, per second";
    "faults_per_reference", "faults per reference", "", "page faults over page references";
    "lifetime", "lifetime", "refs", "mean number of references between page faults of a process";
    "paging_utilisation", "paging device utilisation", "", "share of the paging device's servers that is busy";
    "paging_queue", "paging device queue", "", "mean number of requests at the paging device, waiting or in service";
    "page_ins_per_second", "page-ins", "1/s", "pages read from the paging device per second";
    "page_outs_per_second", "page-outs", "1/s", "pages written to the paging device per second";
    "fault_latency_mean", "fault latency", "s", "mean time from a major fault until its process can run again";
    "fault_latency_p50", "fault latency, median", "s", "median of the same";
    "fault_latency_p95", "fault latency, 95th percentile", "s", "95th percentile of the same";
    "fault_latency_p99", "fault latency, 99th percentile", "s", "99th percentile of the same";
    "response_mean", "response time", "s", "mean time from a job's arrival to its end";
    "response_p50", "response time, median", "s", "median of the same";
    "response_p95", "response time, 95th percentile", "s", "95th percentile of the same";
    "response_p99", "response time, 99th percentile", "s", "99th percentile of the same";
    "file_utilisation", "file device utilisation", "", "share of the file device's servers that is busy";
    "file_queue", "file device queue", "", "mean number of requests at the file device, waiting or in service";
    "ready_queue", "ready queue", "", "mean number of processes that wait for a CPU";
    "frame_wait", "frame wait", "", "mean number of processes that wait for a frame to become free";
    "resident_frames", "resident frames", "frames", "mean number of frames that hold a page";
    "swap_used", "swap space in use", "pages", "mean number of swap slots in use";
    "jobs_in_system", "jobs in system", "jobs", "mean number of jobs that have arrived and not ended";
    "jobs_refused_per_second", "jobs refused", "1/s", "arrivals turned away because the queue was full, per second";
}

/// The result of one run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// Values by name: the machine's metrics ([`METRICS`]) and the classes' (`class.metric`). A metric that has no value in
    /// this run (no job ended, so there is no response time) is absent.
    pub values: BTreeMap<String, f64>,
    /// Simulated seconds at the beginning that were left out.
    pub warmup: f64,
    /// Simulated seconds that were measured.
    pub measured: f64,
    /// Whether warm-up detection found the run stationary: false marks a result that should not be trusted.
    pub stationary: bool,
    /// Observations over the whole run, for plots.
    pub series: Series,
}

/// Time series: one row for each observation interval of the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// End of each interval, in simulated seconds.
    pub time: Vec<f64>,
    /// Column name and one value for each interval.
    pub columns: Vec<(String, Vec<f64>)>,
}
