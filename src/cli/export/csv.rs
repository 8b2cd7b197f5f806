//! For spreadsheets and scripts.

use super::{Exporter, RunResult, unit};
use crate::cli::catalogue::Catalogue;
use csv::Writer;
use knee::report::Results;
use std::io::{Result, Write};
use std::path::Path;

/// Comma-separated values with a header.
pub struct Csv;

impl Exporter for Csv {
    fn run(&self, result: &RunResult, out: &mut dyn Write) -> Result<()> {
        let mut csv = Writer::from_writer(out);
        csv.write_record(["metric", "value", "unit"])?;
        for (name, value) in &result.report.values {
            csv.write_record([name, &value.to_string(), unit(name)])?;
        }
        csv.flush()
    }

    fn sweep(&self, _: &Results, dir: &Path, out: &mut dyn Write) -> Result<()> {
        super::summary(dir, out)
    }

    fn catalogues(&self, catalogues: &[Catalogue], out: &mut dyn Write) -> Result<()> {
        let mut csv = Writer::from_writer(out);
        csv.write_record(["topic", "name", "summary", "reference"])?;
        for catalogue in catalogues {
            for entry in &catalogue.entries {
                csv.write_record([catalogue.topic, entry.name, &entry.summary, &entry.reference])?;
            }
        }
        csv.flush()
    }
}
