//! `knee check`: a scenario with all its defaults.

use super::arguments::CheckRequest;
use super::output::Output;
use knee::error::Result;

/// Validates the scenario and prints it as TOML that means the same.
pub fn execute(request: &CheckRequest, out: &mut Output) -> Result<()> {
    out.text(&request.scenario.plan(&[])?.effective)
}
