//! `knee sweep`: every cell of the sweep in all replications, then the knee.

use super::arguments::{Format, SweepRequest};
use super::output::{Output, say};
use super::progress::Progress;
use super::{cluster, export, interrupt, status};
use knee::error::{Error, Result};
use knee::experiment::{self, Finished, OnExisting, Options, Outcome};
use knee::scenario::Plan;
use knee::{machine, report};
use std::num::NonZeroUsize;
use std::path::Path;

/// Most cells of which a table and plots are made: beyond that nobody could read them.
const MOST_SHOWN: usize = 2000;

/// Runs the sweep, writes its files, and prints the summary.
pub fn execute(request: &SweepRequest, quiet: bool, out: &mut Output) -> Result<()> {
    // Validating the cells is the larger part of the work where runs are small, and so obeys --threads too.
    let threads = rayon::ThreadPoolBuilder::new().num_threads(request.threads.map_or(0, NonZeroUsize::get)).build();
    let threads = threads.map_err(|error| Error::Usage(format!("cannot start the threads: {error}")))?;
    let replications = request.replications.map(|replications| format!("run.replications={replications}"));
    let plan = threads.install(|| request.scenario.plan(replications.as_slice()))?;
    drop(threads);
    if plan.axes.is_empty() {
        return Err(nothing_to_sweep(&request.scenario.scenario, &plan));
    }
    let whole = || Path::new("out").join(&plan.name);
    let dir = match (&request.out, request.shard) {
        (Some(dir), _) => dir.clone(),
        (None, None) => whole(),
        (None, Some(shard)) => experiment::shards_folder(&whole()).join(shard.folder()),
    };
    if request.status {
        return status::print(&plan, &dir, request.format, out);
    }
    if request.cluster.on.is_some() {
        return cluster::execute(request, &plan, &dir, quiet, out);
    }
    let existing = match (request.resume || request.retry_failed || request.shard.is_some(), request.force) {
        (_, true) => OnExisting::Force,
        (true, _) => OnExisting::Resume,
        _ => OnExisting::Replace,
    };
    let retry_failed = request.retry_failed;
    let options = Options { out: &dir, threads: request.threads, existing, retry_failed, shard: request.shard };
    let stop = interrupt::flag(quiet);
    let progress = Progress::new(&plan.name, quiet);
    let outcome = experiment::sweep(&plan, &options, machine::run, &stop, &progress);
    progress.end();
    match outcome? {
        Outcome::Finished(finished) => {
            conclude(&dir, &finished, request.format, extras(request), out)?;
            complain_of_failed(&finished, &dir)
        }
        Outcome::ShardDone { runs } => {
            let shard = request.shard.map(|shard| shard.to_string()).unwrap_or_default();
            out.text(&format!("shard {shard}: all {runs} runs are done, in {}", dir.display()))
        }
        Outcome::Interrupted { done, total } => {
            if !quiet {
                say(format!(
                    "{done} of {total} runs are finished and kept in {}; the same command with --resume goes on",
                    dir.display()
                ));
            }
            Err(Error::Interrupted)
        }
    }
}

/// What is made of results besides the CSV files.
#[derive(Clone, Copy, Debug)]
pub struct Extras {
    pub plots: bool,
    #[cfg(feature = "parquet")]
    pub parquet: bool,
}

/// What the command line asks for.
pub fn extras(request: &SweepRequest) -> Extras {
    Extras {
        plots: !request.no_plots,
        #[cfg(feature = "parquet")]
        parquet: request.parquet,
    }
}

/// Draws the plots and prints the summary of results that are in place, and the names of all files.
pub fn conclude(dir: &Path, finished: &Finished, format: Format, extras: Extras, out: &mut Output) -> Result<()> {
    let mut files = finished.files.clone();
    let shown = finished.cells <= MOST_SHOWN;
    let plots = extras.plots && shown;
    #[cfg(feature = "parquet")]
    if extras.parquet {
        files.extend(report::parquet(dir)?);
    }
    if format == Format::Table && !shown {
        out.text(&format!(
            "{} runs in {} cells; no table and no plots of more than {MOST_SHOWN} cells (`knee plot {}` draws them)",
            finished.runs,
            finished.cells,
            dir.display()
        ))?;
    } else if format == Format::Csv && !plots {
        out.write(|out| export::summary(dir, out))?;
    } else {
        let results = report::load(dir)?;
        // Before anything is printed: a reader that goes away must not cost the plots.
        if plots {
            files.extend(report::plot(&results, dir)?);
        }
        out.write(|out| export::exporter(format).sweep(&results, dir, out))?;
    }
    match format {
        Format::Table => out.write(|out| files.iter().try_for_each(|file| writeln!(out, "{}", file.display()))),
        _ => Ok(()),
    }
}

/// A sweep of which some run failed is complete, but the caller must hear of it.
pub fn complain_of_failed(finished: &Finished, dir: &Path) -> Result<()> {
    let runs = dir.join(experiment::files::RUNS);
    let why = format!("the column status of {} says why", runs.display());
    match (finished.failed, finished.defects) {
        (0, _) => Ok(()),
        (failed, 0) => Err(Error::Stuck(format!("{failed} of {} runs could not be finished; {why}", finished.runs))),
        (failed, defects) => Err(Error::Defect(format!(
            "{failed} of {} runs could not be finished, {defects} of them by a defect of knee: please report it; {why}",
            finished.runs
        ))),
    }
}

fn nothing_to_sweep(scenario: &Path, plan: &Plan) -> Error {
    let class = plan.config.classes.first().map_or("worker", |class| class.name.as_str());
    let scenario = scenario.display();
    Error::Usage(format!(
        "{scenario} has no [sweep], so there is nothing to vary\n    \
         help: add to it, for instance\n\n        \
         [sweep]\n        \"process.{class}.count\" = \"1..24\"\n\n    \
         or give the same by --set 'sweep.process.{class}.count=\"1..24\"', or run it once: knee run {scenario}"
    ))
}
