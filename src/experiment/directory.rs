//! What may be done with a folder that already holds results.

use super::cells::Cells;
use super::description::Description;
use super::engine::{OnExisting, Options};
use super::journal::{Journal, RowReader, line};
use super::ledger::Ledger;
use super::row::Columns;
use super::{Manifest, files};
use crate::error::{Error, Result};
use crate::scenario::Plan;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Opens the journal of a sweep, with the finished runs that can be taken over. Refuses what would lose results.
pub(super) fn open(plan: &Plan, sweep: &Description, cells: Cells, options: &Options) -> Result<Ledger> {
    let dir = options.out;
    let columns = Columns::of(plan);
    let journal = dir.join(files::JOURNAL);
    let unfinished = journal.exists();
    if options.existing != OnExisting::Force {
        refuse_foreign(&plan.name, dir)?;
        if unfinished && has_rows(&journal)? {
            return match options.existing {
                OnExisting::Resume => {
                    let ledger = resume(&journal, columns, cells, options.retry_failed)?;
                    // There may be more cells than there were.
                    sweep.write(dir)?;
                    Ok(ledger)
                }
                _ => Err(Error::Usage(format!(
                    "{} holds an unfinished sweep; go on with it by --resume, or discard it with --force",
                    dir.display()
                ))),
            };
        }
    }
    let runs = dir.join(files::RUNS);
    // Before the journal, so that a journal with rows is never without it.
    sweep.write(dir)?;
    let mut ledger = Ledger::new(columns.clone(), cells, Journal::create(&journal, &columns)?, options.retry_failed);
    if options.existing == OnExisting::Resume && runs.exists() {
        take_over(sweep, &runs, &mut ledger)?;
    }
    ledger.opened();
    Ok(ledger)
}

/// Results under another name, or that cannot be understood, are not replaced without being told to.
pub(super) fn refuse_foreign(name: &str, dir: &Path) -> Result<()> {
    let results = [files::RUNS, files::SUMMARY, files::MANIFEST];
    if !results.iter().any(|name| dir.join(name).exists()) {
        return Ok(());
    }
    let whose = match Manifest::read(dir) {
        Ok(manifest) if manifest.name == name => return Ok(()),
        Ok(manifest) => format!("results of the scenario \"{}\"", manifest.name),
        // A sweep that was stopped just while it put its results in place.
        Err(Error::Read { .. }) if dir.join(files::JOURNAL).exists() => return Ok(()),
        Err(_) => "results that are not knee's, or are damaged".into(),
    };
    Err(Error::Usage(format!(
        "{} holds {whose}; choose another folder with --out, or replace them with --force",
        dir.display()
    )))
}

/// Whether anything would be lost with this journal: a whole line after the header. Only looks, as the sweep that
/// writes the file may still be running.
pub(super) fn has_rows(journal: &Path) -> Result<bool> {
    let failed = |source| Error::Read { path: journal.to_path_buf(), source };
    let mut reader = BufReader::new(File::open(journal).map_err(failed)?);
    let mut line = Vec::new();
    for _ in 0..2 {
        line.clear();
        reader.read_until(b'\n', &mut line).map_err(failed)?;
    }
    Ok(line.ends_with(b"\n"))
}

fn resume(path: &Path, columns: Columns, cells: Cells, retry_failed: bool) -> Result<Ledger> {
    let other = || {
        Error::Usage(format!(
            "{} is of another sweep (the scenario, the seed or the version of knee has changed); choose another \
             folder with --out, or discard it with --force",
            path.display()
        ))
    };
    let reader = RowReader::open(path, &columns)?.filter(|reader| reader.has_all(&columns));
    reader.ok_or_else(other)?;
    let mut ledger = Ledger::new(columns, cells, Journal::reopen(path)?, retry_failed);
    let mut reader = ledger.reader()?;
    let mut own = false;
    while let Some((position, row)) = reader.next()? {
        own |= ledger.cells().find(&row)?.is_some();
        ledger.note(position, &row)?;
    }
    ledger.opened();
    if own { Ok(ledger) } else { Err(other()) }
}

/// Copies what can be used of a finished sweep into the new journal.
fn take_over(sweep: &Description, runs: &Path, ledger: &mut Ledger) -> Result<()> {
    let Some(mut reader) = RowReader::open(runs, &ledger.columns)? else { return Ok(()) };
    while let Some((_, row)) = reader.next()? {
        if let Some(cell) = ledger.cells().find(&row)? {
            let line = line(row.fields(&ledger.columns, &sweep.coordinates(cell), |_| true));
            ledger.record(&row, &line)?;
        }
    }
    Ok(())
}

/// Removes what is only needed while a sweep is unfinished.
pub(super) fn tidy(dir: &Path) -> Result<()> {
    let path = dir.join(files::SWEEP);
    match fs::remove_file(&path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(Error::Write { path, source }),
        _ => Ok(()),
    }
}
