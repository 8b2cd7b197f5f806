//! For people.

use super::{Exporter, RunResult};
use crate::cli::catalogue::Catalogue;
use knee::report::{self, Results};
use std::io::{Result, Write};
use std::path::Path;

/// Cells of a sweep up to which its summary has a ranking.
const MOST_RANKED: usize = 500;

/// Aligned text.
pub struct Table;

impl Exporter for Table {
    fn run(&self, result: &RunResult, out: &mut dyn Write) -> Result<()> {
        write!(out, "{}", report::run_table(result.report))
    }

    fn sweep(&self, results: &Results, dir: &Path, out: &mut dyn Write) -> Result<()> {
        let words =
            results.manifest.axes.iter().any(|axis| axis.values.iter().any(|value| value.parse::<f64>().is_err()));
        // Where words are compared, which of them is best is what was asked; of a large sweep `knee compare` tells it.
        let ranking = match words && results.rows.len() <= MOST_RANKED {
            true => report::compare(dir, None, None).map(|comparison| report::ranking(&comparison)).unwrap_or_default(),
            false => String::new(),
        };
        let parts = [report::table(results), report::sentence(results), ranking, report::terminal_curve(results)];
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
