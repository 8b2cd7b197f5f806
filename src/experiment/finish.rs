//! Puts the results of a complete sweep in place.

use super::ledger::Ledger;
use super::row::{Measured, Row, number};
use super::{AtomicFile, Finished, Manifest, files, knees};
use crate::error::{Error, Result};
use crate::scenario::Plan;
use crate::stats;
use std::fs;
use std::path::{Path, PathBuf};

/// Place of throughput among the metrics: the first of the machine's.
const THROUGHPUT: usize = 0;

/// Writes `runs.csv`, `summary.csv` and `manifest.json` from the journal, one cell at a time, then removes the journal.
pub(super) fn write(plan: &Plan, ledger: &Ledger, dir: &Path) -> Result<Finished> {
    let metrics: Vec<usize> = (0..ledger.columns.metrics.len()).filter(|metric| ledger.keeps(*metric)).collect();
    let mut runs = Table::create(&dir.join(files::RUNS))?;
    let mut summary = Table::create(&dir.join(files::SUMMARY))?;
    runs.row(ledger.columns.header(|metric| ledger.keeps(metric)))?;
    summary.row(summary_header(ledger, &metrics))?;

    let mut reader = ledger.reader()?;
    let mut finished = Finished::default();
    let mut throughput = Vec::with_capacity(plan.cells.len());
    for (cell, planned) in plan.cells.iter().enumerate() {
        let rows = (0..plan.control.replications).map(|replication| ledger.row(&mut reader, cell, replication));
        let rows: Vec<Row> = rows.collect::<Result<_>>()?;
        for row in &rows {
            runs.row(row.fields(&ledger.columns, &planned.coordinates, |metric| ledger.keeps(metric)))?;
        }
        let failed = rows.iter().filter(|row| row.outcome.is_err()).count();
        let not_stationary = measured(&rows).filter(|measured| !measured.stationary).count();
        finished.runs += rows.len() as u64;
        finished.failed += failed as u64;
        finished.not_stationary += not_stationary as u64;

        let mut fields = planned.coordinates.clone();
        fields.push((rows.len() - failed).to_string());
        fields.push((failed == 0 && not_stationary == 0).to_string());
        for metric in &metrics {
            let estimate = stats::estimate(&values(&rows, *metric), plan.control.confidence);
            fields.push(number(estimate.as_ref().map(|estimate| estimate.mean)));
            fields.push(number(estimate.and_then(|estimate| estimate.half_width)));
        }
        summary.row(fields)?;
        throughput.push(values(&rows, THROUGHPUT));
    }

    let mut manifest = Manifest::new(plan);
    manifest.runs = finished.runs;
    manifest.failed = finished.failed;
    manifest.not_stationary = finished.not_stationary;
    manifest.knees = knees::find(plan, &throughput);

    finished.files.push(runs.commit()?);
    finished.files.push(summary.commit()?);
    finished.files.push(AtomicFile::replace(&dir.join(files::MANIFEST), manifest.to_json().as_bytes())?);
    let journal = dir.join(files::JOURNAL);
    fs::remove_file(&journal).map_err(|source| Error::Write { path: journal, source })?;
    Ok(finished)
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
    writer: csv::Writer<AtomicFile>,
}

impl Table {
    fn create(path: &Path) -> Result<Table> {
        Ok(Table { path: path.to_path_buf(), writer: csv::Writer::from_writer(AtomicFile::create(path)?) })
    }

    fn row<T: AsRef<[u8]>>(&mut self, fields: impl IntoIterator<Item = T>) -> Result<()> {
        let written = self.writer.write_record(fields);
        written.map_err(|error| Error::Write { path: self.path.clone(), source: error.into() })
    }

    fn commit(self) -> Result<PathBuf> {
        let file = self.writer.into_inner();
        let file = file.map_err(|error| Error::Write { path: self.path, source: error.into_error() })?;
        file.commit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::METRICS;

    #[test]
    fn throughput_is_the_first_metric() {
        assert_eq!(METRICS[THROUGHPUT].name, "throughput");
    }
}
