//! Puts the shards of a sweep together.

use super::cells::Cells;
use super::description::Description;
use super::journal::{Journal, RowReader, line};
use super::ledger::Ledger;
use super::lock::Lock;
use super::row::{Columns, Row, damaged};
use super::{Address, Finished, directory, files, finish};
use crate::column::Column;
use crate::error::{Diagnostic, Error, Result};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Most missing runs that are named.
const MOST_NAMED: usize = 3;

/// Puts together what is in several folders (shards, finished or not, or whole sweeps) and writes the results to `out`, the
/// same to the last byte as those of one sweep without shards. Folders of shards may be named one by one, or by the folder
/// they are in. `force` replaces whatever results are in `out`.
///
/// # Errors
/// [`Error::Data`] if the folders do not fit together: different scenarios or versions, runs that nobody has made, or two
/// results of one run that differ. [`Error::Usage`] if `out` must not be written to.
pub fn merge(dirs: &[PathBuf], out: &Path, force: bool) -> Result<Finished> {
    let parts = parts(dirs)?;
    let Some(first) = parts.first() else {
        return Err(Error::Usage("there is nothing to merge; give the folders of the shards".into()));
    };
    fitting(&parts)?;
    let same =
        |part: &&Part| fs::canonicalize(&part.dir).ok().is_some_and(|dir| Some(dir) == fs::canonicalize(out).ok());
    if let Some(part) = parts.iter().find(same) {
        return Err(Error::Usage(format!("{} is to be merged and cannot take the result too", part.dir.display())));
    }
    let mut sweep = first.sweep.clone();
    sweep.shard = None;
    let columns = columns(&parts)?;
    let addresses = Arc::new(addresses(&parts, &columns)?);
    let cells = Cells::new(sweep.cells(), addresses, sweep.seed, sweep.replications, sweep.precision, None)?;

    fs::create_dir_all(out).map_err(|source| Error::Write { path: out.to_path_buf(), source })?;
    let _lock = Lock::take(out)?;
    let unfinished = out.join(files::JOURNAL);
    if !force {
        directory::refuse_foreign(&sweep.name, out)?;
        if unfinished.exists() && directory::has_rows(&unfinished)? {
            return Err(Error::Usage(format!(
                "{} holds an unfinished sweep; choose another folder with --out, or discard it with --force",
                out.display()
            )));
        }
    }
    // Not the name of a sweep's journal: what is left by a merge that was killed is worth nothing.
    let journal = Journal::create(&out.join(files::MERGE), &columns)?;
    let mut ledger = Ledger::new(columns, cells, journal, false);
    let collected = collect(&parts, &sweep, &mut ledger).and_then(|()| complete(&parts, &sweep, &ledger));
    if let Err(error) = collected {
        ledger.discard()?;
        return Err(error);
    }
    let finished = finish::write(&sweep, &ledger, out)?;
    if unfinished.exists() {
        fs::remove_file(&unfinished).map_err(|source| Error::Write { path: unfinished, source })?;
    }
    directory::tidy(out)?;
    Ok(finished)
}

/// One folder, and the file with its runs.
struct Part {
    dir: PathBuf,
    sweep: Description,
    runs: PathBuf,
}

impl Part {
    /// `None` if there is nothing of knee's in the folder.
    fn open(dir: &Path) -> Result<Option<Part>> {
        let journal = dir.join(files::JOURNAL);
        let runs = match (dir.join(files::SWEEP).exists(), dir.join(files::MANIFEST).exists()) {
            (true, _) if journal.exists() => journal,
            (_, true) => dir.join(files::RUNS),
            _ => return Ok(None),
        };
        if let Some(holder) = Lock::holder(dir) {
            return Err(Error::Usage(format!("{} is still being written to ({holder})", dir.display())));
        }
        Ok(Some(Part { dir: dir.to_path_buf(), sweep: Description::read(dir)?, runs }))
    }

    fn reader(&self, columns: &Columns) -> Result<RowReader> {
        RowReader::open(&self.runs, columns)?.ok_or_else(|| damaged(&self.runs, Some(1)))
    }
}

fn parts(dirs: &[PathBuf]) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for dir in dirs {
        let before = parts.len();
        match Part::open(dir)? {
            Some(part) => parts.push(part),
            None => {
                for inner in folders(dir)? {
                    parts.extend(Part::open(&inner)?);
                }
            }
        }
        if parts.len() == before {
            let problem = format!("there are no results of knee in it: no {}, no {}", files::SWEEP, files::MANIFEST);
            return Err(data(dir, problem, None));
        }
    }
    Ok(parts)
}

/// The folders in a folder, by name.
pub(super) fn folders(dir: &Path) -> Result<Vec<PathBuf>> {
    let failed = |source| Error::Read { path: dir.to_path_buf(), source };
    let mut folders = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// Whether all parts are of one sweep, by this version of knee.
fn fitting(parts: &[Part]) -> Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    let first = &parts[0];
    for part in parts {
        if part.sweep.version != version {
            let problem = format!("its runs were made by knee {}, and this is knee {version}", part.sweep.version);
            let help = "merge with the version that made the runs, and make all of them with one version";
            return Err(data(&part.dir, problem, Some(help.into())));
        }
        if part.sweep.scenario_hash != first.sweep.scenario_hash || part.sweep.name != first.sweep.name {
            let problem = format!(
                "its runs are of another sweep than those in {}: {}",
                first.dir.display(),
                difference(&first.sweep, &part.sweep)
            );
            return Err(data(&part.dir, problem, Some("merge shards of one scenario only".into())));
        }
    }
    Ok(())
}

/// Where two sweeps differ, in words.
fn difference(one: &Description, other: &Description) -> String {
    if one.name != other.name {
        return format!("that one is named \"{}\", this one \"{}\"", one.name, other.name);
    }
    let mut pairs = one.scenario.lines().zip(other.scenario.lines());
    match pairs.find(|(one, other)| one != other) {
        Some((one, other)) => format!("that one has `{one}` where this one has `{other}`"),
        None => "one scenario has more lines than the other".into(),
    }
}

/// All columns of all parts.
fn columns(parts: &[Part]) -> Result<Columns> {
    let axes: Vec<String> = parts[0].sweep.axes.iter().map(|axis| axis.key.clone()).collect();
    let mut all: Option<Columns> = None;
    for part in parts {
        let of_part = RowReader::columns(&part.runs, &axes)?.ok_or_else(|| damaged(&part.runs, Some(1)))?;
        // A journal has all columns that there can be, finished results those with values.
        if all.as_ref().is_none_or(|all| all.metrics.len() < of_part.metrics.len()) {
            all = Some(of_part);
        }
    }
    Ok(all.unwrap_or(Columns { axes, metrics: Vec::new() }))
}

/// The address of each cell, from the rows; one that nobody can have where there is no row of a cell.
fn addresses(parts: &[Part], columns: &Columns) -> Result<Column> {
    let sweep = &parts[0].sweep;
    let places: Vec<HashMap<&str, usize>> = sweep
        .axes
        .iter()
        .map(|axis| axis.values.iter().enumerate().map(|(place, value)| (value.as_str(), place)).collect())
        .collect();
    let found = Column::default();
    for part in parts {
        let mut reader = part.reader(columns)?;
        while let Some((_, row)) = reader.next()? {
            let mut cell = Some(0);
            for (places, value) in places.iter().zip(reader.coordinates()) {
                cell = cell.zip(places.get(value)).map(|(cell, place)| cell * places.len() + place);
            }
            let Some(cell) = cell else { return Err(damaged(&part.runs, Some(reader.line()))) };
            match found.get(cell)? {
                0 => found.set(cell, row.cell.number())?,
                address if address == row.cell.number() => {}
                _ => return Err(damaged(&part.runs, Some(reader.line()))),
            }
        }
    }
    // A damaged description may name cells that there are not.
    let there_are = |cell: usize| cell < sweep.cells();
    let twins = parts.iter().flat_map(|part| &part.sweep.twins);
    for (cell, first) in twins.filter(|(cell, first)| there_are(**cell) && there_are(**first)) {
        if found.get(*cell)? == 0 {
            found.set(*cell, found.get(*first)?)?;
        }
    }
    for cell in 0..sweep.cells() {
        if found.get(cell)? == 0 {
            found.set(cell, Address::of(&format!("no run of cell {cell}")).number())?;
        }
    }
    Ok(found)
}

/// Copies every run of every part once.
fn collect(parts: &[Part], sweep: &Description, ledger: &mut Ledger) -> Result<()> {
    // Of each run, by slot: what its row is, and one more than the number of the part that it came from.
    let (digests, origins) = (Column::default(), Column::default());
    for (number, part) in parts.iter().enumerate() {
        // A run that was repeated (--retry-failed) has several rows in one journal, of which the last counts.
        let last = Column::default();
        let mut reader = part.reader(&ledger.columns)?;
        while let Some((position, row)) = reader.next()? {
            let cell = ledger.cells().find(&row)?.ok_or_else(|| damaged(&part.runs, Some(reader.line())))?;
            last.set(ledger.cells().slot(cell, row.replication)?, position)?;
        }
        let mut reader = part.reader(&ledger.columns)?;
        while let Some((position, row)) = reader.next()? {
            let Some(cell) = ledger.cells().find(&row)? else { continue };
            let slot = ledger.cells().slot(cell, row.replication)?;
            if last.get(slot)? != position {
                continue;
            }
            let line = line(row.fields(&ledger.columns, &sweep.coordinates(cell), |_| true));
            let digest = u64::from_le_bytes(*blake3::hash(&line).as_bytes().first_chunk().expect("it has 32 bytes"));
            match origins.get(slot)? {
                0 => {
                    ledger.record(&row, &line)?;
                    digests.set(slot, digest)?;
                    origins.set(slot, number as u64 + 1)?;
                }
                _ if digests.get(slot)? == digest => {}
                earlier => {
                    let (earlier, run) = (&parts[earlier as usize - 1], (cell, row.replication));
                    return Err(disagreement(earlier, part, sweep, ledger, run, &row, reader.line()));
                }
            }
        }
    }
    Ok(())
}

fn disagreement(
    one: &Part,
    other: &Part,
    sweep: &Description,
    ledger: &Ledger,
    (cell, replication): (usize, u32),
    row: &Row,
    at: u64,
) -> Error {
    let columns = &ledger.columns;
    let fields = |row: &Row| row.fields(columns, &sweep.coordinates(cell), |_| true);
    let earlier = || {
        let mut reader = ledger.reader().ok()?;
        ledger.row(&mut reader, cell, replication).ok()
    };
    let difference = earlier().and_then(|earlier| {
        let pairs = fields(&earlier).into_iter().zip(fields(row));
        let (name, (one, other)) = columns.header(|_| true).zip(pairs).find(|(_, (one, other))| one != other)?;
        Some(format!(": {name} is {one:?} there and {other:?} here"))
    });
    Error::Data(Diagnostic {
        origin: format!("{}:{at}", other.runs.display()),
        key: String::new(),
        problem: format!(
            "the run of {} in replication {replication} is in {} too, with another result{}",
            sweep.words(cell),
            one.runs.display(),
            difference.unwrap_or_default()
        ),
        help: Some("one of the two is damaged or comes from another build; make that shard again with --force".into()),
    })
}

/// Whether every run is there.
fn complete(parts: &[Part], sweep: &Description, ledger: &Ledger) -> Result<()> {
    let (total, number) = ledger.tally.counts()?;
    if number == 0 {
        return Ok(());
    }
    let missing = ledger.tally.runs().filter(|run| !matches!(run, Ok((_, _, true))));
    let named = missing.take(MOST_NAMED).map(|run| {
        let (cell, replication, _) = run?;
        Ok(format!("{} in replication {replication}", sweep.words(cell)))
    });
    let named: Vec<String> = named.collect::<Result<_>>()?;
    let more = if number > named.len() as u64 { "; …" } else { "" };
    Err(Error::Data(Diagnostic {
        origin: parts.iter().map(|part| part.dir.display().to_string()).collect::<Vec<_>>().join(", "),
        key: String::new(),
        problem: format!("{number} of {total} runs are missing: {}{more}", named.join("; ")),
        help: absent(parts),
    }))
}

/// Which shards to look for.
fn absent(parts: &[Part]) -> Option<String> {
    let shards: Vec<_> = parts.iter().filter_map(|part| part.sweep.shard).collect();
    let of = shards.first()?.of();
    if shards.iter().any(|shard| shard.of() != of) {
        return None;
    }
    let absent: Vec<String> = (1..=of)
        .filter(|number| shards.iter().all(|shard| shard.number() != *number))
        .map(|number| format!("{number}/{of}"))
        .collect();
    Some(match absent.as_slice() {
        [] => "some shard has not finished; run it again, and it goes on".into(),
        absent if absent.len() <= 20 => format!("not among them: shard {}", absent.join(", ")),
        absent => format!("not among them: {} of {of} shards, the first of them {}", absent.len(), absent[0]),
    })
}

fn data(path: &Path, problem: String, help: Option<String>) -> Error {
    Error::Data(Diagnostic { origin: path.display().to_string(), key: String::new(), problem, help })
}
