//! `knee run`: one run.

use super::arguments::{Format, RunRequest};
use super::export::{self, RunResult};
use super::interrupt;
use super::output::Output;
use knee::error::{Error, Result};
use knee::experiment::{AtomicFile, RunRecord, run_seed, series_to_csv, write_run};
use knee::metrics::Series;
use knee::{machine, report};
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

/// Runs the scenario's machine once and prints what was measured.
pub fn execute(request: &RunRequest, out: &mut Output) -> Result<()> {
    let plan = request.scenario.plan(&[])?;
    // Opened before the run, so that a file that cannot be written is not found out after it.
    let series = request.series.as_deref().map(SeriesFile::create).transpose()?;
    let stop = interrupt::flag(true);
    let seed = run_seed(plan.control.seed, 0);
    let (report, log) = match &request.out {
        None => (machine::run(&plan.config, seed, &stop)?, None),
        Some(_) => machine::run_logged(&plan.config, seed, &stop).map(|(report, log)| (report, Some(log)))?,
    };
    if let Some(file) = series {
        file.write(&report.series)?;
    }
    let result = RunResult { name: &plan.name, seed, report: &report };
    out.write(|out| export::exporter(request.format).run(&result, out))?;
    if let (Some(dir), Some(log)) = (&request.out, &log) {
        let record = RunRecord {
            version: env!("CARGO_PKG_VERSION").into(),
            name: plan.name.clone(),
            title: plan.title.clone(),
            seed,
            warmup_s: report.warmup,
            measured_s: report.measured,
            stationary: report.stationary,
            values: report.values.clone(),
            processes: log.processes.iter().cloned().zip(log.pages.iter().copied()).collect(),
            scenario: plan.effective.clone(),
        };
        let mut files = write_run(dir, &record, &report, log)?;
        files.extend(report::plot_run(dir)?);
        if request.format == Format::Table {
            out.write(|out| files.iter().try_for_each(|file| writeln!(out, "{}", file.display())))?;
        }
    }
    Ok(())
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
