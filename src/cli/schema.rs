//! `knee schema`: the JSON Schema of scenarios.

use super::output::Output;
use knee::error::Result;
use knee::scenario;

/// Prints the schema.
pub fn execute(out: &mut Output) -> Result<()> {
    out.write(|out| {
        serde_json::to_writer_pretty(&mut *out, &scenario::schema())?;
        writeln!(out)
    })
}
