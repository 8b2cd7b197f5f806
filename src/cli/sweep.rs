//! `knee sweep`: every cell of the sweep in all replications, then the knee.

use super::arguments::{Format, SweepRequest};
use super::output::{Output, say};
use super::progress::Progress;
use super::{export, interrupt};
use knee::error::{Error, Result};
use knee::experiment::{self, Finished, OnExisting, Options, Outcome};
use knee::scenario::Plan;
use knee::{machine, report};
use std::path::{Path, PathBuf};

/// Runs the sweep, writes its files, and prints the summary.
pub fn execute(request: &SweepRequest, quiet: bool, out: &mut Output) -> Result<()> {
    let replications = request.replications.map(|replications| format!("run.replications={replications}"));
    let plan = request.scenario.plan(replications.as_slice())?;
    if plan.axes.is_empty() {
        return Err(nothing_to_sweep(&request.scenario.scenario, &plan));
    }
    let dir = request.out.clone().unwrap_or_else(|| Path::new("out").join(&plan.name));
    let existing = match (request.resume, request.force) {
        (true, _) => OnExisting::Resume,
        (_, true) => OnExisting::Force,
        _ => OnExisting::Replace,
    };
    let options = Options { out: &dir, threads: request.threads, existing };
    let stop = interrupt::flag(quiet);
    let progress = Progress::new(&plan.name, quiet);
    let outcome = experiment::sweep(&plan, &options, machine::run, &stop, &progress);
    progress.end();
    match outcome? {
        Outcome::Finished(finished) => {
            let files = conclude(request, &dir, &finished, out)?;
            if request.format == Format::Table {
                out.write(|out| files.iter().try_for_each(|file| writeln!(out, "{}", file.display())))?;
            }
            complain_of_failed(&finished, &dir)
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

/// Prints the summary and draws the plots; returns all files that were written.
fn conclude(request: &SweepRequest, dir: &Path, finished: &Finished, out: &mut Output) -> Result<Vec<PathBuf>> {
    let results = report::load(dir)?;
    let mut files = finished.files.clone();
    // Before anything is printed: a reader that goes away must not cost the plots.
    if !request.no_plots {
        files.extend(report::plot(&results, dir)?);
    }
    out.write(|out| export::exporter(request.format).sweep(&results, dir, out))?;
    Ok(files)
}

/// A sweep of which some run failed is complete, but the caller must hear of it.
fn complain_of_failed(finished: &Finished, dir: &Path) -> Result<()> {
    if finished.failed == 0 {
        return Ok(());
    }
    let runs = dir.join(experiment::files::RUNS);
    Err(Error::Stuck(format!(
        "{} of {} runs could not be finished; the column status of {} says why",
        finished.failed,
        finished.runs,
        runs.display()
    )))
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
