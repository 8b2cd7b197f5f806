//! `knee merge`: the shards of a sweep become one.

use super::arguments::MergeRequest;
use super::output::Output;
use super::sweep::{Extras, complain_of_failed, conclude};
use knee::error::Result;
use knee::experiment;

/// Puts shards together, and prints the summary.
pub fn execute(request: &MergeRequest, out: &mut Output) -> Result<()> {
    let finished = experiment::merge(&request.dirs, &request.out, request.force)?;
    let extras = Extras {
        plots: !request.no_plots,
        #[cfg(feature = "parquet")]
        parquet: request.parquet,
    };
    conclude(&request.out, &finished, request.format, extras, out)?;
    complain_of_failed(&finished, &request.out)
}
