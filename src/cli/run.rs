//! `knee run`: one run.

use super::arguments::RunRequest;
use super::export::{self, RunResult};
use super::interrupt;
use super::output::Output;
use knee::error::{Error, Result};
use knee::experiment::{AtomicFile, run_seed};
use knee::machine;
use knee::metrics::Series;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Runs the scenario's machine once and prints what was measured.
pub fn execute(request: &RunRequest, out: &mut Output) -> Result<()> {
    let plan = request.scenario.plan(&[])?;
    // Opened before the run, so that a file that cannot be written is not found out after it.
    let series = request.series.as_deref().map(SeriesFile::create).transpose()?;
    let stop = interrupt::flag(true);
    let seed = run_seed(plan.control.seed, 0);
    let report = machine::run(&plan.config, seed, &stop)?;
    if let Some(file) = series {
        file.write(&report.series)?;
    }
    let result = RunResult { name: &plan.name, seed, report: &report };
    out.write(|out| export::exporter(request.format).run(&result, out))
}

/// Where the time series goes. Pipes and terminals are written to; only a file can be replaced.
enum SeriesFile {
    Whole(AtomicFile),
    Stream(File),
}

impl SeriesFile {
    fn create(path: &Path) -> Result<SeriesFile> {
        if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            let file = OpenOptions::new().write(true).open(path);
            return file.map(SeriesFile::Stream).map_err(|source| Error::Write { path: path.to_path_buf(), source });
        }
        AtomicFile::create(path).map(SeriesFile::Whole)
    }

    fn write(self, series: &Series) -> Result<()> {
        let failed = |source| Error::Write { path: PathBuf::from("the time series"), source };
        match self {
            SeriesFile::Whole(mut file) => {
                series_to_csv(series, &mut file).map_err(failed)?;
                file.commit().map(drop)
            }
            SeriesFile::Stream(mut file) => series_to_csv(series, &mut file).map_err(failed),
        }
    }
}

/// One row for each interval; `time_s` is its end.
fn series_to_csv(series: &Series, file: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(file);
    csv.write_record(["time_s"].into_iter().chain(series.columns.iter().map(|(name, _)| name.as_str())))?;
    for (row, time) in series.time.iter().enumerate() {
        let values = series.columns.iter().map(|(_, values)| values.get(row));
        let values = values.map(|value| value.map(f64::to_string).unwrap_or_default());
        csv.write_record([time.to_string()].into_iter().chain(values))?;
    }
    csv.flush()
}
