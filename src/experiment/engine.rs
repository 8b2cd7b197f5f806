//! Runs what is missing, on all threads, and records it.

use super::ledger::Ledger;
use super::row::Row;
use super::{Address, directory, finish, run_seed};
use crate::error::{Error, Result};
use crate::machine::Config;
use crate::metrics::RunReport;
use crate::scenario::Plan;
use rayon::prelude::*;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// How a sweep is to be run. None of this changes its results.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The folder for the results; made if it is not there.
    pub out: &'a Path,
    /// Number of threads; `None` is one for each CPU of this computer.
    pub threads: Option<NonZeroUsize>,
    /// What to do where the folder holds results.
    pub existing: OnExisting,
}

/// What to do where the folder of a sweep already holds results (the table in `docs/results.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnExisting {
    /// Replace finished results of the same scenario name once the new ones are complete; refuse everything else.
    Replace,
    /// Take over the finished runs that are runs of this sweep too, and run what is missing.
    Resume,
    /// Discard an unfinished sweep, replace any results.
    Force,
}

/// Whom to tell how a sweep is getting on. Called from many threads.
pub trait Observer: Sync {
    /// The sweep begins, with `done` of its `total` runs taken over.
    fn started(&self, _total: u64, _done: u64) {}
    /// A run is recorded.
    fn recorded(&self, _failed: bool) {}
}

/// Nobody to tell.
impl Observer for () {}

/// How a sweep ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Every run was made, and the results are in place.
    Finished(Finished),
    /// Stopped by the stop flag; the journal holds what was finished.
    Interrupted {
        /// Runs that are recorded.
        done: u64,
        /// Runs of the whole sweep.
        total: u64,
    },
}

/// A finished sweep in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// Number of runs.
    pub runs: u64,
    /// Runs that could not be finished; their rows say why.
    pub failed: u64,
    /// Runs that had not settled.
    pub not_stationary: u64,
    /// The files that were written.
    pub files: Vec<PathBuf>,
}

/// Runs every cell of a plan in every replication, and writes the results.
///
/// `run` is [`crate::machine::run`], or a stand-in for it. A run that ends in [`Error::Stuck`] is recorded with its
/// reason, and the sweep goes on; any other error ends the sweep, sets `stop` so that the other runs end too, and is
/// returned. The results are a function of the plan and of `run` alone, whatever the number of threads and however often
/// the sweep was interrupted.
pub fn sweep<R>(plan: &Plan, options: &Options, run: R, stop: &AtomicBool, observer: &dyn Observer) -> Result<Outcome>
where
    R: Fn(&Config, u64, &AtomicBool) -> Result<RunReport> + Sync,
{
    let ledger = directory::open(plan, options)?;
    let total = ledger.cells.runs();
    observer.started(total, ledger.done());
    let ledger = run_missing(plan, options, ledger, run, stop, observer)?;
    if ledger.done() < total {
        return Ok(Outcome::Interrupted { done: ledger.done(), total });
    }
    finish::write(plan, &ledger, options.out).map(Outcome::Finished)
}

fn run_missing<R>(
    plan: &Plan,
    options: &Options,
    ledger: Ledger,
    run: R,
    stop: &AtomicBool,
    observer: &dyn Observer,
) -> Result<Ledger>
where
    R: Fn(&Config, u64, &AtomicBool) -> Result<RunReport> + Sync,
{
    let missing = ledger.missing();
    let columns = ledger.columns.clone();
    let ledger = Mutex::new(ledger);
    let fatal = Mutex::new(None);
    let one = |(cell, replication): (usize, u32)| -> Result<()> {
        if stop.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
        let cell = &plan.cells[cell];
        let seed = run_seed(plan.control.seed, replication);
        let result = match run(&cell.config, seed, stop) {
            Ok(report) => Ok(report),
            Err(Error::Stuck(reason)) => Err(reason),
            Err(error) => return Err(error),
        };
        let row = Row::new(&columns, Address::of(&cell.effective), replication, seed, result);
        let fields = row.fields(&columns, &cell.coordinates, |_| true);
        lock(&ledger).record(&row, &fields)?;
        observer.recorded(row.outcome.is_err());
        Ok(())
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads.map_or(0, NonZeroUsize::get)).build();
    let pool = pool.map_err(|error| Error::Usage(format!("cannot start the threads: {error}")))?;
    let end = |error| {
        stop.store(true, Ordering::Relaxed);
        if !matches!(error, Error::Interrupted) {
            lock(&fatal).get_or_insert(error);
        }
    };
    // A bridge hands out runs in order, one at a time: the last ones, often the longest, are spread over all threads. It
    // ends early with the first error; which one that is does not matter, as `fatal` has the one to return.
    let _ = pool.install(|| missing.into_iter().par_bridge().try_for_each(|task| one(task).map_err(end)));
    let fatal = fatal.into_inner().unwrap_or_else(PoisonError::into_inner);
    let ledger = ledger.into_inner().unwrap_or_else(PoisonError::into_inner);
    fatal.map_or(Ok(ledger), Err)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A panic in another thread ends the sweep anyway; it must not hide behind a second one.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
