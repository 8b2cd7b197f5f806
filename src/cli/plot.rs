//! `knee plot`: the plots of a finished sweep, from its files alone.

use super::arguments::PlotRequest;
use super::output::Output;
use knee::error::Result;
use knee::report;

/// Draws the plots into the folder of the sweep, and says what was drawn.
pub fn execute(request: &PlotRequest, out: &mut Output) -> Result<()> {
    let results = report::load(&request.dir)?;
    let files = report::plot(&results, &request.dir)?;
    out.write(|out| files.iter().try_for_each(|file| writeln!(out, "{}", file.display())))
}
