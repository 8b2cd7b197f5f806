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
    /// Whether every file of results has it; else only those in which some run has a value.
    pub always: bool,
}

macro_rules! metrics {
    (
        $($name:literal, $title:literal, $unit:literal, $summary:literal;)*
        @ $($of_device:literal, $device_title:literal, $device_unit:literal, $device_summary:literal;)*
    ) => {
        /// Every machine-wide metric, in the order of the files. Per-class metrics have the same meaning and the class's
        /// name before theirs: `worker.throughput`.
        pub static METRICS: &[Metric] = &[
            $(Metric { name: $name, title: $title, unit: $unit, summary: $summary, always: true },)*
            $(Metric {
                name: $of_device,
                title: $device_title,
                unit: $device_unit,
                summary: $device_summary,
                always: false,
            },)*
        ];
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
    // Metrics of particular policies and devices follow: a file has them if some run has a value.
    @
    "releases_per_second", "releases", "1/s", "pages that left a variable partition without a fault that asked for a frame, per second";
    "forced_per_second", "forced replacements", "1/s", "pages that were replaced although the policy saw them in use: memory was overcommitted; per second";
    "zero_fill_faults_per_second", "zero-fill faults", "1/s", "faults on pages that were filled with zeros, per second; like what follows, where address spaces are made of regions";
    "copy_faults_per_second", "copy-on-write faults", "1/s", "first writes to shared pages that got a copy, per second";
    "resident_faults_per_second", "already-resident faults", "1/s", "faults on pages that were in memory for a sharer, per second";
    "rescued_faults_per_second", "rescued faults", "1/s", "faults on pages that were being written out, per second";
    "in_flight_faults_per_second", "in-flight faults", "1/s", "major faults on pages that were being read for a sharer, per second";
    "file_faults_per_second", "file faults", "1/s", "major faults on pages in files, per second";
    "swap_faults_per_second", "swap faults", "1/s", "major faults on pages in swap space, per second";
    "shared_frames", "shared frames", "frames", "mean number of frames that hold pages of memory objects";
    "rss", "resident set size", "frames", "of a class: mean number of pages its processes have mapped, shared ones counted by each";
    "pss", "proportional set size", "frames", "of a class: the same, a page that k processes map counted as 1/k, mean over the observations";
    "working_set", "working set", "pages", "of a class: mean number of distinct pages in a window of references; like what follows, where run.locality asks for it";
    "run_length", "run length", "pages", "of a class: mean number of pages of a working set that lie side by side";
    "sequential_run", "sequential run", "refs", "of a class: mean number of references in a row, each to the page after that of the one before";
    "reuse_distance_mean", "reuse distance", "pages", "of a class: mean number of distinct pages from one reference to a page to the next, which is counted too";
    "reuse_distance_p50", "reuse distance, median", "pages", "median of the same";
    "reuse_distance_p90", "reuse distance, 90th percentile", "pages", "90th percentile of the same";
    "startup_mean", "start-up time", "s", "of a class: mean time from the start of a job in a new address space to its first executed reference";
    "violations_outside_per_second", "references outside", "1/s", "references to addresses that belong to no region, per second";
    "violations_read_per_second", "refused reads", "1/s", "reads of what must not be read, per second";
    "violations_write_per_second", "refused writes", "1/s", "writes to what must not be written, per second";
    "violations_execute_per_second", "refused fetches", "1/s", "instruction fetches from what must not be executed, per second";
    "violations_kernel_per_second", "refused kernel references", "1/s", "references of user mode to the kernel's pages, per second";
    "swap_full_per_second", "swap full", "1/s", "pages that were not evicted because swap space was full, per second";
    "page_table_frames", "page tables", "frames", "frames of page tables, where they are charged";
    "kernel_frames", "kernel", "frames", "frames of the kernel's range";
    "background_reclaim_per_second", "background reclaim", "1/s", "pages evicted by the page daemon per second; like what follows, where there is one";
    "direct_reclaim_per_second", "direct reclaim", "1/s", "pages evicted per second by processes that found no free frame above the reserve";
    "pages_cleaned_per_second", "pages cleaned", "1/s", "pages written out per second that stayed in memory";
    "scanned_per_second", "frames scanned", "1/s", "frames looked at per second, to find those to evict or to clean";
    "daemon_cpu", "page daemon CPU", "", "share of the CPUs' time that the page daemon uses";
    "allocation_stalls_per_second", "allocation stalls", "1/s", "faults per second that waited for a frame to become free";
    "allocation_stall_mean", "allocation stall", "s", "mean time that such a fault waited for it";
    "allocation_stall_p50", "allocation stall, median", "s", "median of the same";
    "allocation_stall_p95", "allocation stall, 95th percentile", "s", "95th percentile of the same";
    "allocation_stall_p99", "allocation stall, 99th percentile", "s", "99th percentile of the same";
    "read_ahead_per_second", "pages read ahead", "1/s", "neighbours per second that page-ins brought along";
    "read_ahead_hits_per_second", "read-ahead hits", "1/s", "of these, pages per second that were referenced in time: found in memory, or waited for on their way";
    "read_ahead_accuracy", "read-ahead accuracy", "", "pages read ahead that were referenced, over those that were or that left memory before";
    "read_ahead_frames", "frames of read-ahead", "frames", "mean number of frames whose page was read ahead and not referenced";
    "pages_per_request", "pages per request", "pages", "mean number of pages that a request to the paging device moves";
    "paging_latency_mean", "paging request", "s", "mean time of a request at the paging device; like what follows, for devices that are more than a queue";
    "paging_latency_p50", "paging request, median", "s", "median of the same";
    "paging_latency_p95", "paging request, 95th percentile", "s", "95th percentile of the same";
    "paging_latency_p99", "paging request, 99th percentile", "s", "99th percentile of the same";
    "paging_bytes_per_second", "paging traffic", "B/s", "bytes read from and written to the paging device per second";
    "write_amplification", "write amplification", "", "pages that flash programmed over pages that the machine wrote to it";
    "tier_hit_rate", "tier hit rate", "", "share of the pages read that a tier held";
    "tier_pages", "pages in the tier", "pages", "mean number of pages that a tier holds, over the observations";
    "tier_frames", "frames of the tier", "frames", "mean number of page frames that compressed pages take";
    "throttled_requests", "throttled requests", "", "share of the requests that a rate limit held back";
    "first_area_share", "share of the first swap areas", "", "share of the pages moved by swap areas of the highest priority";
    "anatomy_queue", "queue", "s", "part of the mean paging request: waiting for the device";
    "anatomy_throttle", "throttle", "s", "part of the mean paging request: held back by a rate limit";
    "anatomy_contention", "contention", "s", "part of the mean paging request: waiting inside the device, for a die, a channel, a buffer";
    "anatomy_controller", "controller", "s", "part of the mean paging request: controller and protocol";
    "anatomy_seek", "seek", "s", "part of the mean paging request: moving the arm";
    "anatomy_switch", "switch", "s", "part of the mean paging request: changing heads or cylinders within a transfer";
    "anatomy_rotation", "rotation", "s", "part of the mean paging request: waiting for the sector to come round";
    "anatomy_media", "media", "s", "part of the mean paging request: sensing or programming the cells";
    "anatomy_transfer", "transfer", "s", "part of the mean paging request: moving the data";
    "anatomy_compute", "compute", "s", "part of the mean paging request: compression, page migration";
    "anatomy_network", "network", "s", "part of the mean paging request: latency of a network";
    "anatomy_service", "service", "s", "part of the mean paging request: service that has no finer parts";
    "psi_memory_some", "memory pressure, some", "", "share of time in which some process is stalled on memory, as Linux weighs it over the CPUs";
    "psi_memory_full", "memory pressure, full", "", "share of time in which no process that is not idle does anything but wait for memory";
    "active_processes", "active processes", "", "mean number of processes that load control lets be active";
    "suspended_processes", "suspended processes", "", "mean number of processes that wait for load control to admit them";
    "admission_level", "admission level", "", "mean number of active processes that load control aims at, over the observations";
    "suspensions_per_second", "suspensions", "1/s", "active processes suspended per second";
    "suspension_time", "suspension", "s", "mean time from a suspension, or an admission put off, until the process can run again";
    "jobs_killed_per_second", "jobs killed", "1/s", "jobs ended by force per second: by load control, for a protection fault, or because swap space was full; they count in no throughput";
    "fairness", "fairness", "", "Jain's index of the processes' progress: 1 if all alike, 1/n if one has all";
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
