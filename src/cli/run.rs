//! `knee run`: one run.

use super::arguments::{Format, RunRequest};
use super::export::{self, RunResult};
use super::interrupt;
use super::output::Output;
use knee::error::{Error, Result};
use knee::experiment::{AtomicFile, EventLog, RunRecord, run_seed, series_to_csv, write_run};
use knee::machine::Listener;
use knee::{machine, report};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Runs the scenario's machine once and prints what was measured.
pub fn execute(request: &RunRequest, out: &mut Output) -> Result<()> {
    let plan = request.scenario.plan(&[])?;
    // Opened before the run, so that a file that cannot be written is not found out after it.
    let series = request.series.as_deref().map(Destination::create).transpose()?;
    let events = request.events.as_deref().map(Destination::create).transpose()?;
    let stop = interrupt::flag(true);
    let seed = run_seed(plan.control.seed, 0);
    let mut events = events.map(|file| EventLog::new(&plan.config, BufWriter::new(file)));
    let (report, log) = if request.out.is_some() || events.is_some() {
        let listener = events.as_mut().map(|events| Box::new(|at, event| events.write(at, event)) as Listener<'_>);
        machine::run_logged(&plan.config, seed, &stop, listener).map(|(report, log)| (report, Some(log)))?
    } else {
        (machine::run(&plan.config, seed, &stop)?, None)
    };
    if let Some(events) = events {
        let written = events.finish().and_then(|file| file.into_inner().map_err(io::IntoInnerError::into_error));
        written.map_err(failed("the events"))?.commit()?;
    }
    if let Some(mut file) = series {
        series_to_csv(&report.series, &mut file).map_err(failed("the time series"))?;
        file.commit()?;
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
            spaces: log.spaces.iter().cloned().zip(log.pages.iter().copied()).collect(),
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

fn failed(what: &'static str) -> impl Fn(io::Error) -> Error {
    move |source| Error::Write { path: PathBuf::from(what), source }
}

/// Where a time series or events go. Pipes and terminals are written to; only a file can be replaced.
enum Destination {
    Whole(AtomicFile),
    Stream(File),
}

impl Destination {
    fn create(path: &Path) -> Result<Destination> {
        if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            let file = OpenOptions::new().write(true).open(path);
            return file.map(Destination::Stream).map_err(|source| Error::Write { path: path.to_path_buf(), source });
        }
        AtomicFile::create(path).map(Destination::Whole)
    }

    fn commit(self) -> Result<()> {
        match self {
            Destination::Whole(file) => file.commit().map(drop),
            Destination::Stream(_) => Ok(()),
        }
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Destination::Whole(file) => file.write(bytes),
            Destination::Stream(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Destination::Whole(file) => file.flush(),
            Destination::Stream(file) => file.flush(),
        }
    }
}
