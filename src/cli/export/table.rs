//! For people.

use super::{Exporter, RunResult};
use crate::cli::catalogue::Catalogue;
use knee::report::{self, Results};
use std::io::{Result, Write};
use std::path::Path;

/// Aligned text.
pub struct Table;

impl Exporter for Table {
    fn run(&self, result: &RunResult, out: &mut dyn Write) -> Result<()> {
        write!(out, "{}", report::run_table(result.report))
    }

    fn sweep(&self, results: &Results, _: &Path, out: &mut dyn Write) -> Result<()> {
        let parts = [report::table(results), report::sentence(results), report::terminal_curve(results)];
        for part in parts.iter().filter(|part| !part.is_empty()) {
            writeln!(out, "{}\n", part.trim_end())?;
        }
        Ok(())
    }

    fn catalogues(&self, catalogues: &[Catalogue], out: &mut dyn Write) -> Result<()> {
        for (i, catalogue) in catalogues.iter().enumerate() {
            if i > 0 {
                writeln!(out)?;
            }
            writeln!(out, "{}", catalogue.title)?;
            let width = catalogue.entries.iter().map(|entry| entry.name.len()).max().unwrap_or(0);
            for entry in &catalogue.entries {
                writeln!(out, "  {:width$}  {}", entry.name, entry.summary)?;
                if !entry.reference.is_empty() {
                    writeln!(out, "  {:width$}    {}", "", entry.reference)?;
                }
            }
        }
        Ok(())
    }
}
