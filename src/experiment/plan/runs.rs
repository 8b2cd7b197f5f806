//! The runs behind a plan: each cell in its first replications, made when they are asked for and never twice.

use crate::error::{Error, Result};
use crate::experiment::{Address, run_seed};
use crate::machine::Config;
use crate::metrics::RunReport;
use crate::scenario::Cell;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What makes a run: [`crate::machine::run`], or a stand-in for it.
pub(super) type RunFn<'a> = dyn Fn(&Config, u64, &AtomicBool) -> Result<RunReport> + Sync + 'a;

/// What is kept of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    cell: String,
    replication: u32,
    seed: u64,
    /// Empty if the run was finished, else why it could not be.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stuck: String,
    pub stationary: bool,
    pub values: BTreeMap<String, f64>,
}

/// All runs so far, in memory and in a file that later plans take them from. Several searches may ask for runs at once; a run that two of
/// them ask for at the same time may be made twice, to the same effect.
pub(super) struct Runs<'a> {
    run: &'a RunFn<'a>,
    stop: &'a AtomicBool,
    pool: rayon::ThreadPool,
    seed: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kept: BTreeMap<Address, Vec<Option<Arc<Kept>>>>,
    /// How many replications of each cell have been asked for: what an earlier plan made beyond that changes no answer.
    asked: BTreeMap<Address, u32>,
    journal: Option<(PathBuf, File)>,
    /// Runs that were made, not taken over.
    made: u64,
}

impl<'a> Runs<'a> {
    /// With no runs yet, on so many threads (0 is one for each CPU).
    pub fn new(run: &'a RunFn<'a>, stop: &'a AtomicBool, threads: usize, seed: u64) -> Result<Runs<'a>> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|error| Error::Usage(format!("cannot start the threads: {error}")))?;
        Ok(Runs { run, stop, pool, seed, state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whoever panicked has not left it half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs that were made, not taken over.
    pub fn made(&self) -> u64 {
        self.state().made
    }

    /// The same question about each of several things, at once as far as there are threads; the answers in order.
    pub fn each<T: Sync, U: Send>(&self, of: &[T], ask: impl Fn(&T) -> Result<U> + Sync + Send) -> Result<Vec<U>> {
        self.pool.install(|| of.par_iter().map(ask).collect())
    }

    /// Takes over the runs in a file, and adds to it. A run is known by the content of its cell, its seed and the version of knee;
    /// lines that are something else, or torn, are passed over.
    pub fn keep_in(&self, path: &Path) -> Result<()> {
        let mut text = String::new();
        if path.exists() {
            let read = File::open(path).and_then(|mut file| file.read_to_string(&mut text));
            read.map_err(|source| Error::Read { path: path.to_owned(), source })?;
        }
        for kept in text.lines().filter_map(|line| serde_json::from_str::<Kept>(line).ok()) {
            if kept.replication < 100_000
                && kept.seed == run_seed(self.seed, kept.replication)
                && let Ok(address) = kept.cell.parse()
            {
                self.state().put(address, kept);
            }
        }
        let failed = |source| Error::Write { path: path.to_owned(), source };
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir).map_err(failed)?;
        }
        let mut file = OpenOptions::new().create(true).append(true).open(path).map_err(failed)?;
        if !text.is_empty() && !text.ends_with('\n') {
            file.write_all(b"\n").map_err(failed)?;
        }
        self.state().journal = Some((path.to_owned(), file));
        Ok(())
    }

    /// Makes what is missing of the first `count` replications of some cells, all at once on all threads.
    pub fn make(&self, cells: &[&Cell], count: u32) -> Result<()> {
        let mut missing: Vec<(Address, &Cell, u32)> = Vec::new();
        let mut state = self.state();
        for cell in cells {
            let address = Address::of(&cell.effective);
            let most = state.asked.entry(address).or_default();
            *most = count.max(*most);
            for replication in 0..count {
                let asked = missing.iter().any(|(other, _, number)| (*other, *number) == (address, replication));
                if !asked && !state.has(address, replication) {
                    missing.push((address, cell, replication));
                }
            }
        }
        drop(state);
        let (run, stop, seed) = (self.run, self.stop, self.seed);
        let one = |&(address, cell, replication): &(Address, &Cell, u32)| -> Result<(Address, Kept)> {
            if stop.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            let seed = run_seed(seed, replication);
            let cell_name = address.to_string();
            let kept = match run(&cell.config, seed, stop) {
                Ok(report) => {
                    let (stationary, values) = (report.stationary, report.values);
                    Kept { cell: cell_name, replication, seed, stuck: String::new(), stationary, values }
                }
                Err(Error::Stuck(stuck)) => {
                    Kept { cell: cell_name, replication, seed, stuck, stationary: false, values: BTreeMap::new() }
                }
                Err(error) => return Err(error),
            };
            Ok((address, kept))
        };
        // What was finished is kept, even if another run was interrupted.
        let record = |one: Result<(Address, Kept)>| one.and_then(|(address, kept)| self.state().record(address, kept));
        let results: Vec<Result<()>> =
            self.pool.install(|| missing.par_iter().with_max_len(1).map(|missing| record(one(missing))).collect());
        results.into_iter().collect()
    }

    /// The first `count` replications of a cell, as far as they have been asked for.
    pub fn of(&self, cell: &Cell, count: u32) -> Vec<Arc<Kept>> {
        let state = self.state();
        let address = Address::of(&cell.effective);
        let kept = state.kept.get(&address).map_or(&[][..], Vec::as_slice);
        let asked = state.asked.get(&address).copied().unwrap_or(0);
        kept.iter().take(count.min(asked) as usize).flatten().cloned().collect()
    }
}

impl State {
    fn put(&mut self, address: Address, kept: Kept) {
        let of_cell = self.kept.entry(address).or_default();
        let at = kept.replication as usize;
        if of_cell.len() <= at {
            of_cell.resize(at + 1, None);
        }
        of_cell[at] = Some(Arc::new(kept));
    }

    fn has(&self, address: Address, replication: u32) -> bool {
        self.kept.get(&address).and_then(|cell| cell.get(replication as usize)).is_some_and(Option::is_some)
    }

    /// Takes note of a run that has been made.
    fn record(&mut self, address: Address, kept: Kept) -> Result<()> {
        if let Some((path, file)) = &mut self.journal {
            let mut line = serde_json::to_string(&kept).expect("a run has no keys that are not text");
            line.push('\n');
            let written = file.write_all(line.as_bytes());
            written.map_err(|source| Error::Write { path: path.clone(), source })?;
        }
        self.made += 1;
        self.put(address, kept);
        Ok(())
    }
}
