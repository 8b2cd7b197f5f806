//! `knee plot`: the plots of a finished sweep, a run or a plan, from their files alone.

use super::arguments::PlotRequest;
use super::output::Output;
use super::plan::PLAN;
use knee::error::Result;
use knee::experiment::plan::Answer;
use knee::experiment::{files, run_files};
use knee::report;

/// Draws the plots into the folder, and says what was drawn.
pub fn execute(request: &PlotRequest, out: &mut Output) -> Result<()> {
    let has = |name: &str| request.dir.join(name).exists();
    let files = if has(run_files::RUN) && !has(files::MANIFEST) {
        report::plot_run(&request.dir)?
    } else if has(PLAN) && !has(files::MANIFEST) {
        report::plot_plan(&Answer::read(&request.dir.join(PLAN))?, &request.dir)?.to_vec()
    } else {
        report::plot(&report::load(&request.dir)?, &request.dir)?
    };
    out.write(|out| files.iter().try_for_each(|file| writeln!(out, "{}", file.display())))
}
