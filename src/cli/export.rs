//! The formats in which results are printed: one trait, one type each.

mod csv;
mod json;
mod table;

use super::arguments::Format;
use super::catalogue::Catalogue;
use knee::metrics::RunReport;
use knee::report::Results;
use std::fs::File;
use std::io::{self, Result, Write};
use std::path::Path;

/// One run, to be printed.
pub struct RunResult<'a> {
    /// Name of the scenario.
    pub name: &'a str,
    /// Seed of the run.
    pub seed: u64,
    /// What was measured.
    pub report: &'a RunReport,
}

/// A format.
pub trait Exporter {
    /// Prints a run.
    fn run(&self, result: &RunResult, out: &mut dyn Write) -> Result<()>;
    /// Prints the summary of a finished sweep, whose files are in `dir`.
    fn sweep(&self, results: &Results, dir: &Path, out: &mut dyn Write) -> Result<()>;
    /// Prints lists of what there is.
    fn catalogues(&self, catalogues: &[Catalogue], out: &mut dyn Write) -> Result<()>;
}

/// Prints the summary of a finished sweep as it stands in its folder.
pub fn summary(dir: &Path, out: &mut dyn Write) -> Result<()> {
    io::copy(&mut File::open(dir.join(knee::experiment::files::SUMMARY))?, out).map(drop)
}

/// The exporter for a format.
pub fn exporter(format: Format) -> &'static dyn Exporter {
    match format {
        Format::Table => &table::Table,
        Format::Json => &json::Json,
        Format::Csv => &csv::Csv,
    }
}

/// Unit of a metric of the machine or of a class (`worker.throughput`).
fn unit(name: &str) -> &'static str {
    let metric = name.rsplit_once('.').map_or(name, |(_, metric)| metric);
    knee::metrics::METRICS.iter().find(|known| known.name == metric).map_or("", |known| known.unit)
}
