//! `knee sweep --status`: how far a sweep is.

use super::arguments::Format;
use super::output::Output;
use knee::error::Result;
use knee::experiment::{self, Status};
use knee::scenario::Plan;
use std::io::{self, Write};
use std::path::Path;

/// Prints the state of a sweep's folder and of its shards.
pub fn print(plan: &Plan, dir: &Path, format: Format, out: &mut Output) -> Result<()> {
    let all = experiment::status(plan, dir)?;
    out.write(|out| match format {
        Format::Table => table(&all, out),
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &all)?;
            writeln!(out)
        }
        Format::Csv => csv(&all, out),
    })
}

fn state(status: &Status) -> String {
    match (&status.writer, status.finished) {
        (Some(writer), _) => format!("running: {writer}"),
        (None, true) => "results in place".into(),
        (None, false) if status.done == 0 => "not begun".into(),
        (None, false) if status.done < status.runs => "stopped".into(),
        (None, false) => "all runs done".into(),
    }
}

fn table(all: &[Status], out: &mut dyn Write) -> io::Result<()> {
    for status in all {
        let shard = status.shard.map_or_else(String::new, |shard| format!("shard {shard}, "));
        let (dir, done, runs, state) = (status.dir.display(), status.done, status.runs, state(status));
        writeln!(out, "{dir}: {shard}{done} of {runs} runs done, {} failed; {state}", failed(status))?;
        for (reason, number) in &status.failed {
            writeln!(out, "    {number} failed: {reason}")?;
        }
    }
    let shards = || all.iter().filter(|status| status.shard.is_some());
    if let Some(of) = shards().next().and_then(|status| status.shard).map(|shard| shard.of()) {
        let same = || shards().filter(|status| status.shard.is_some_and(|shard| shard.of() == of));
        let done: u64 = same().map(|status| status.done).sum();
        // The first is the whole sweep's own folder.
        let runs = all.first().map_or(0, |status| status.runs);
        writeln!(out, "{} of {of} shards begun: {done} of {runs} runs done", same().count())?;
    }
    Ok(())
}

fn csv(all: &[Status], out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["dir", "shard", "runs", "done", "failed", "state"])?;
    for status in all {
        let shard = status.shard.map(|shard| shard.to_string()).unwrap_or_default();
        let numbers = [status.runs, status.done, failed(status)].map(|number| number.to_string());
        let fields = [status.dir.display().to_string(), shard].into_iter().chain(numbers).chain([state(status)]);
        csv.write_record(fields)?;
    }
    csv.flush()
}

fn failed(status: &Status) -> u64 {
    status.failed.values().sum()
}
