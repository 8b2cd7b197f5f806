//! Runs what is missing, on all threads, and records it.

use super::cells::Cells;
use super::description::Description;
use super::journal::line;
use super::ledger::Ledger;
use super::lock::Lock;
use super::row::{PANICKED, Row};
use super::{Shard, directory, finish, run_seed};
use crate::error::{Error, Result};
use crate::machine::Config;
use crate::metrics::RunReport;
use crate::scenario::Plan;
use std::fs;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long a thread waits before it looks for work again.
const WAIT: Duration = Duration::from_millis(1);

/// How a sweep is to be run. None of this changes its results.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The folder for the results; made if it is not there.
    pub out: &'a Path,
    /// Number of threads; `None` is one for each CPU of this computer.
    pub threads: Option<NonZeroUsize>,
    /// What to do where the folder holds results.
    pub existing: OnExisting,
    /// Runs that were recorded as impossible to finish are made once more.
    pub retry_failed: bool,
    /// Only this part of the sweep. Its runs stay in the journal, for [`super::merge`].
    pub shard: Option<Shard>,
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
    /// Every run of the shard was made; they are in the journal.
    ShardDone {
        /// Runs of the shard.
        runs: u64,
    },
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
    /// Number of cells.
    pub cells: usize,
    /// Number of runs.
    pub runs: u64,
    /// Runs that could not be finished; their rows say why.
    pub failed: u64,
    /// Those of them that failed by a defect of knee: a broken law, a panic.
    pub defects: u64,
    /// Runs that had not settled.
    pub not_stationary: u64,
    /// Cells that did not reach the precision that was asked for.
    pub imprecise: usize,
    /// The files that were written.
    pub files: Vec<PathBuf>,
}

/// Runs every cell of a plan, or of its shard, in every replication, and writes the results.
///
/// `run` is [`crate::machine::run`], or a stand-in for it. A run that gets stuck, breaks a law or panics is recorded with its
/// reason, and the sweep goes on; any other error ends the sweep, sets `stop` so that the other runs end too, and is
/// returned. The results are a function of the plan and of `run` alone, whatever the number of threads and however often
/// the sweep was interrupted.
pub fn sweep<R>(plan: &Plan, options: &Options, run: R, stop: &AtomicBool, observer: &dyn Observer) -> Result<Outcome>
where
    R: Fn(&Config, u64, &AtomicBool) -> Result<RunReport> + Sync,
{
    fs::create_dir_all(options.out).map_err(|source| Error::Write { path: options.out.to_path_buf(), source })?;
    let _lock = Lock::take(options.out)?;
    let cells = Cells::of(plan, options.shard)?;
    let sweep = Description::of(plan, options.shard, &cells)?;
    let ledger = directory::open(plan, &sweep, cells, options)?;
    observer.started(ledger.cells().runs(), ledger.tally.done());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads.map_or(0, NonZeroUsize::get)).build();
    let pool = pool.map_err(|error| Error::Usage(format!("cannot start the threads: {error}")))?;
    let ledger = run_missing(plan, &pool, ledger, run, stop, observer)?;
    let (runs, missing) = ledger.tally.counts()?;
    if missing > 0 {
        let done = ledger.tally.done();
        return Ok(Outcome::Interrupted { done, total: done + missing });
    }
    if options.shard.is_some() {
        return Ok(Outcome::ShardDone { runs });
    }
    let finished = pool.install(|| finish::write(&sweep, &ledger, options.out))?;
    directory::tidy(options.out)?;
    Ok(Outcome::Finished(finished))
}

fn run_missing<R>(
    plan: &Plan,
    pool: &rayon::ThreadPool,
    ledger: Ledger,
    run: R,
    stop: &AtomicBool,
    observer: &dyn Observer,
) -> Result<Ledger>
where
    R: Fn(&Config, u64, &AtomicBool) -> Result<RunReport> + Sync,
{
    let columns = ledger.columns.clone();
    let ledger = Mutex::new(ledger);
    let fatal = Mutex::new(None);
    let one = |cell: usize, replication: u32| -> Result<()> {
        let cell = plan.cells.get(cell);
        let seed = run_seed(plan.control.seed, replication);
        let result = outcome(|| run(&cell.config, seed, stop))?;
        let row = Row::new(&columns, cell.address(), replication, seed, result);
        let line = line(row.fields(&columns, &cell.coordinates, |_| true));
        lock(&ledger).record(&row, &line)?;
        observer.recorded(row.outcome.is_err());
        Ok(())
    };
    // The next run, and whether there may be one later if there is none now. A function of its own: the lock must not be held during the run.
    let next = || -> Result<_> {
        let mut ledger = lock(&ledger);
        Ok((ledger.next_missing()?, ledger.may_grow()))
    };
    // Each thread takes the next run, so the last ones, often the longest, are spread over all of them.
    let work = || -> Result<()> {
        while !stop.load(Ordering::Relaxed) {
            match next()? {
                (Some((cell, replication)), _) => one(cell, replication)?,
                // What another thread is running may ask for further replications of its cell.
                (None, true) => std::thread::sleep(WAIT),
                (None, false) => break,
            }
        }
        Ok(())
    };
    let worker = |_: rayon::BroadcastContext<'_>| {
        if let Err(error) = work() {
            stop.store(true, Ordering::Relaxed);
            if !matches!(error, Error::Interrupted) {
                lock(&fatal).get_or_insert(error);
            }
        }
    };
    pool.broadcast(worker);
    let fatal = fatal.into_inner().unwrap_or_else(PoisonError::into_inner);
    let ledger = ledger.into_inner().unwrap_or_else(PoisonError::into_inner);
    fatal.map_or(Ok(ledger), Err)
}

/// What a run measured, or why it has no result of its own. An error here is one of the whole sweep.
fn outcome(run: impl FnOnce() -> Result<RunReport>) -> Result<std::result::Result<RunReport, String>> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(report)) => Ok(Ok(report)),
        Ok(Err(Error::Stuck(reason))) => Ok(Err(reason)),
        Ok(Err(error @ Error::Law { .. })) => Ok(Err(error.to_string())),
        Ok(Err(error)) => Err(error),
        Err(panic) => {
            let said = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            Ok(Err(format!("{PANICKED}: {} (a defect of knee: please report it)", said.unwrap_or("for no reason"))))
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A panic in another thread ends the sweep anyway; it must not hide behind a second one.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
