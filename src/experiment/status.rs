//! How far a sweep and its shards are.

use super::cells::Cells;
use super::journal::RowReader;
use super::lock::Lock;
use super::merge::folders;
use super::row::Columns;
use super::tally::Tally;
use super::{Shard, files};
use crate::error::Result;
use crate::scenario::Plan;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is in one folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The folder.
    pub dir: PathBuf,
    /// Which part of the sweep it has; all of it if `None`.
    pub shard: Option<Shard>,
    /// Runs there are to make.
    pub runs: u64,
    /// Runs that are recorded.
    pub done: u64,
    /// Those of them that could not be finished, by reason.
    pub failed: BTreeMap<String, u64>,
    /// Whether the results are in place.
    pub finished: bool,
    /// Who is writing to it now.
    pub writer: Option<String>,
}

/// The folder with the folders of the shards of a sweep whose results belong into `out`.
pub fn shards_folder(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".shards");
    PathBuf::from(name)
}

/// The state of the folder `out` of a sweep, and of the shards in the folder beside it; nothing is changed. Runs of other
/// sweeps do not count.
pub fn status(plan: &Plan, out: &Path) -> Result<Vec<Status>> {
    let mut found = vec![of_folder(plan, out, None)?];
    let shards = shards_folder(out);
    if shards.is_dir() {
        let mut of_shards = Vec::new();
        for dir in folders(&shards)? {
            let name = dir.file_name().unwrap_or_default().to_string_lossy().replace("-of-", "/");
            if let Ok(shard) = name.parse() {
                of_shards.push(of_folder(plan, &dir, Some(shard))?);
            }
        }
        of_shards.sort_by_key(|status| status.shard.map(|shard| (shard.of(), shard.number())));
        found.extend(of_shards);
    }
    Ok(found)
}

fn of_folder(plan: &Plan, dir: &Path, shard: Option<Shard>) -> Result<Status> {
    let mut tally = Tally::new(Cells::of(plan, shard)?);
    let journal = dir.join(files::JOURNAL);
    let runs = dir.join(files::RUNS);
    let finished = !journal.exists() && runs.exists();
    // How many runs there are may depend on the throughput of those that are done.
    let metrics = if tally.cells.precision.is_some() { vec!["throughput".to_owned()] } else { Vec::new() };
    let columns = Columns { axes: Vec::new(), metrics };
    let path = if journal.exists() { journal } else { runs };
    let open = || if path.exists() { RowReader::open(&path, &columns) } else { Ok(None) };
    if let Some(mut reader) = open()? {
        while let Some((position, row)) = reader.next()? {
            if let Some(cell) = tally.cells.find(&row)? {
                tally.note(cell, position, &row)?;
            }
        }
    }
    // Of several rows of one run the last counts, so it takes a second look.
    let mut failed = BTreeMap::new();
    if let Some(mut reader) = open()? {
        while let Some((position, row)) = reader.next()? {
            let (Some(cell), Err(reason)) = (tally.cells.find(&row)?, row.outcome) else { continue };
            if tally.position(cell, row.replication)? == Some(position) {
                *failed.entry(reason).or_insert(0) += 1;
            }
        }
    }
    let (done, (runs, _)) = (tally.done(), tally.counts()?);
    let finished = finished && done == runs;
    Ok(Status { dir: dir.to_path_buf(), shard, runs, done, failed, finished, writer: Lock::holder(dir) })
}
