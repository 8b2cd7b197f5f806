//! Experiments: a sweep is every cell of a plan in every replication, run in parallel, recorded as it goes.
//!
//! What is on disk, and what an interruption leaves there, is described in `docs/results.md`. The shape of the code
//! follows from three demands: the same bytes whatever the number of threads (rows are put in order at the end, seeds
//! depend on nothing but the scenario), nothing finished is ever lost (the journal), and memory that grows neither with
//! the results nor with the number of cells (the journal is indexed, not held, and the index is in columns of which only
//! the short ones are in memory; one curve at a time is there for its knees).

mod atomic;
mod cells;
mod description;
mod directory;
mod engine;
mod event_log;
mod finish;
mod journal;
mod knees;
mod ledger;
mod lock;
mod manifest;
mod merge;
pub mod plan;
mod precision;
mod row;
mod run_log;
mod seed;
mod shard;
mod status;
mod tally;

pub use crate::scenario::Address;
pub use atomic::AtomicFile;
pub use engine::{Finished, Observer, OnExisting, Options, Outcome, sweep};
pub use event_log::EventLog;
pub use lock::Lock;
pub use manifest::{AxisRecord, KneeRecord, LifetimeKnee, Manifest, Metastable, Place};
pub use merge::merge;
pub use precision::{Precision, Standing};
pub use run_log::{RunRecord, run_files, series_to_csv, write_run};
pub use seed::run_seed;
pub use shard::Shard;
pub use status::{Status, shards_folder, status};

/// Names of the files of a sweep.
pub mod files {
    /// The journal of a sweep that has not finished.
    pub const JOURNAL: &str = "runs.partial.csv";
    /// What the runs in a journal are runs of.
    pub const SWEEP: &str = "sweep.json";
    /// The journal of a merge.
    pub const MERGE: &str = "merge.partial.csv";
    /// Says who is writing.
    pub const LOCK: &str = "sweep.lock";
    /// One row for each run.
    pub const RUNS: &str = "runs.csv";
    /// One row for each cell.
    pub const SUMMARY: &str = "summary.csv";
    /// What was run, and the knee that was found.
    pub const MANIFEST: &str = "manifest.json";
}

#[cfg(test)]
mod tests;
