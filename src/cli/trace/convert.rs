//! `knee trace convert`.

use super::super::arguments::ConvertRequest;
use super::super::output::{Output, say};
use super::{format, tell_skipped};
use knee::error::Result;
use knee::trace::{References, convert};

/// Writes a trace in another format, and says how long it is.
pub fn execute(request: &ConvertRequest, _out: &mut Output) -> Result<()> {
    let to = format(&request.to)?;
    let mut trace = request.trace.open()?;
    let references = convert::convert(&mut trace, to, request.trace.page_size, &request.output)?;
    tell_skipped(trace.skipped());
    say(format!("{references} references, from {} to {}", trace.format().name(), to.name()));
    Ok(())
}
