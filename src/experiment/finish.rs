//! Puts the results of a complete sweep in place.

use super::description::Description;
use super::journal::{RowReader, line};
use super::knees::{self, Samples};
use super::ledger::Ledger;
use super::row::{Measured, Row, number};
use super::{AtomicFile, Finished, Manifest, Metastable, files};
use crate::error::{Error, Result};
use crate::stats;
use rayon::prelude::*;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Places of throughput and lifetime among the metrics: the machine's come first.
const THROUGHPUT: usize = 0;
const LIFETIME: usize = 8;

/// Cells that are read back together, each piece of them by a thread. It bounds the memory that this takes.
const LOT: usize = 512;
const PIECE: usize = 32;

/// Writes `runs.csv`, `summary.csv` and `manifest.json` from the journal, lot by lot, then removes the journal.
pub(super) fn write(sweep: &Description, ledger: &Ledger, dir: &Path) -> Result<Finished> {
    let metrics: Vec<usize> = (0..ledger.columns.metrics.len()).filter(|metric| ledger.keeps(*metric)).collect();
    let mut runs = Table::create(&dir.join(files::RUNS))?;
    let mut summary = Table::create(&dir.join(files::SUMMARY))?;
    runs.write(&line(ledger.columns.header(|metric| ledger.keeps(metric))))?;
    summary.write(&line(summary_header(ledger, &metrics)))?;

    let mut finished = Finished { cells: sweep.cells(), ..Finished::default() };
    let samples = Samples::of(ledger.cells().most());
    let mut metastable = Vec::new();
    let mut put = |pieces: Vec<Piece>| -> Result<()> {
        for piece in pieces {
            runs.write(&piece.runs)?;
            summary.write(&piece.summary)?;
            metastable.extend(piece.metastable);
            finished.add(&piece.counts);
        }
        Ok(())
    };
    // A lot is written while the next is read back and summed up.
    let mut ready = Vec::new();
    for begin in (0..sweep.cells()).step_by(LOT) {
        let lot: Vec<usize> = (begin..sweep.cells().min(begin + LOT)).collect();
        let pieces = lot.par_chunks(PIECE).map(|piece| Piece::of(piece, sweep, ledger, &metrics, &samples));
        let last = std::mem::take(&mut ready);
        let (next, written) = rayon::join(|| pieces.collect::<Result<Vec<Piece>>>(), || put(last));
        written?;
        ready = next?;
    }
    put(ready)?;

    let mut manifest = Manifest::new(sweep);
    manifest.runs = finished.runs;
    manifest.failed = finished.failed;
    manifest.not_stationary = finished.not_stationary;
    manifest.imprecise = finished.imprecise;
    manifest.knees = knees::find(sweep, &samples)?;
    manifest.metastable = metastable;

    finished.files.push(runs.commit()?);
    finished.files.push(summary.commit()?);
    finished.files.push(AtomicFile::replace(&dir.join(files::MANIFEST), manifest.to_json().as_bytes())?);
    ledger.discard()?;
    Ok(finished)
}

/// The results of some cells, ready to be written.
#[derive(Default)]
struct Piece {
    runs: Vec<u8>,
    summary: Vec<u8>,
    metastable: Vec<Metastable>,
    counts: Finished,
}

impl Piece {
    fn of(
        cells: &[usize],
        sweep: &Description,
        ledger: &Ledger,
        metrics: &[usize],
        samples: &Samples,
    ) -> Result<Piece> {
        let mut reader = ledger.reader()?;
        let mut piece = Piece::default();
        for cell in cells {
            let rows = piece.cell(*cell, &mut reader, sweep, ledger, metrics)?;
            let throughput = values(&rows, THROUGHPUT);
            piece.metastable.extend(knees::metastable(sweep, *cell, &throughput));
            samples.set(*cell, &throughput, &values(&rows, LIFETIME))?;
        }
        Ok(piece)
    }

    /// Adds a cell; returns its rows.
    fn cell(
        &mut self,
        cell: usize,
        reader: &mut RowReader,
        sweep: &Description,
        ledger: &Ledger,
        metrics: &[usize],
    ) -> Result<Vec<Row>> {
        let coordinates = sweep.coordinates(cell);
        let standing = ledger.tally.standing(cell)?;
        let rows = (0..standing.needed).map(|replication| ledger.row(reader, cell, replication));
        let rows: Vec<Row> = rows.collect::<Result<_>>()?;
        for row in &rows {
            self.runs.extend(line(row.fields(&ledger.columns, &coordinates, |metric| ledger.keeps(metric))));
        }
        let failed = rows.iter().filter(|row| row.outcome.is_err()).count();
        let not_stationary = measured(&rows).filter(|measured| !measured.stationary).count();
        self.counts.runs += rows.len() as u64;
        self.counts.failed += failed as u64;
        self.counts.defects += rows.iter().filter(|row| row.is_defect()).count() as u64;
        self.counts.not_stationary += not_stationary as u64;

        let mut fields = coordinates;
        fields.push((rows.len() - failed).to_string());
        fields.push((failed == 0 && not_stationary == 0 && standing.reached).to_string());
        self.counts.imprecise += usize::from(!standing.reached);
        for metric in metrics {
            let estimate = stats::estimate(&values(&rows, *metric), sweep.confidence);
            fields.push(number(estimate.as_ref().map(|estimate| estimate.mean)));
            fields.push(number(estimate.and_then(|estimate| estimate.half_width)));
        }
        self.summary.extend(line(fields));
        Ok(rows)
    }
}

impl Finished {
    fn add(&mut self, other: &Finished) {
        self.runs += other.runs;
        self.failed += other.failed;
        self.defects += other.defects;
        self.not_stationary += other.not_stationary;
        self.imprecise += other.imprecise;
    }
}

fn summary_header(ledger: &Ledger, metrics: &[usize]) -> Vec<String> {
    let mut header = ledger.columns.axes.clone();
    header.extend(["runs".to_owned(), "converged".to_owned()]);
    for metric in metrics {
        let name = &ledger.columns.metrics[*metric];
        header.extend([name.clone(), format!("{name}_half")]);
    }
    header
}

fn measured(rows: &[Row]) -> impl Iterator<Item = &Measured> {
    rows.iter().filter_map(|row| row.outcome.as_ref().ok())
}

/// The values of a metric in the runs that have one.
fn values(rows: &[Row], metric: usize) -> Vec<f64> {
    measured(rows).filter_map(|measured| measured.values[metric]).collect()
}

/// A CSV file that takes its place when it is complete.
struct Table {
    path: PathBuf,
    file: AtomicFile,
}

impl Table {
    fn create(path: &Path) -> Result<Table> {
        Ok(Table { path: path.to_path_buf(), file: AtomicFile::create(path)? })
    }

    fn write(&mut self, lines: &[u8]) -> Result<()> {
        self.file.write_all(lines).map_err(|source| Error::Write { path: self.path.clone(), source })
    }

    fn commit(self) -> Result<PathBuf> {
        self.file.commit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::METRICS;

    #[test]
    fn metrics_are_where_they_are_looked_for() {
        assert_eq!(METRICS[THROUGHPUT].name, "throughput");
        assert_eq!(METRICS[LIFETIME].name, "lifetime");
    }
}
