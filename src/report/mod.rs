//! STUB, to be dropped: the signatures that the reports promise.
#![allow(missing_docs)]

use crate::error::{Error, Result};
use crate::metrics::RunReport;
use std::path::{Path, PathBuf};

pub struct Results(String);

pub fn load(dir: &Path) -> Result<Results> {
    let path = dir.join("summary.csv");
    std::fs::read_to_string(&path).map(Results).map_err(|source| Error::Read { path, source })
}

pub fn table(results: &Results) -> String {
    results.0.clone()
}

pub fn terminal_curve(_: &Results) -> String {
    "(curve)\n".into()
}

pub fn plot(_: &Results, dir: &Path) -> Result<Vec<PathBuf>> {
    Ok(vec![dir.join("throughput.svg")])
}

pub fn sentence(_: &Results) -> String {
    "The knee is somewhere.".into()
}

pub fn run_table(report: &RunReport) -> String {
    report.values.iter().map(|(name, value)| format!("{name} {value}\n")).collect()
}
