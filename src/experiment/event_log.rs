//! The events of a run as lines of JSON (`knee run --events`).

use crate::device::Operation;
use crate::machine::{Cause, Config, Event};
use crate::units::{Instant, ProcessId};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Writes events, one object on each line.
#[derive(Debug)]
pub struct EventLog<W: Write> {
    out: W,
    /// Of processes, then of memory objects.
    names: Vec<String>,
    processes: usize,
    /// The first thing that could not be written.
    failure: Option<io::Error>,
}

impl<W: Write> EventLog<W> {
    /// A log for the events of a machine.
    pub fn new(config: &Config, out: W) -> EventLog<W> {
        let processes =
            config.classes.iter().flat_map(|class| (0..class.count).map(|number| format!("{}#{number}", class.name)));
        let mut names: Vec<String> = processes.collect();
        let processes = names.len();
        names.extend(config.objects.iter().map(|object| object.name.clone()));
        EventLog { out, names, processes, failure: None }
    }

    /// Writes a line. What goes wrong is told at the end, by [`EventLog::finish`].
    pub fn write(&mut self, at: Instant, event: Event) {
        if self.failure.is_none() {
            let line = self.line(at, event);
            self.failure = writeln!(self.out, "{line}").err();
        }
    }

    /// What has been written to, complete.
    ///
    /// # Errors
    /// The first line that could not be written.
    pub fn finish(mut self) -> io::Result<W> {
        match self.failure {
            Some(failure) => Err(failure),
            None => self.out.flush().map(|()| self.out),
        }
    }

    fn line(&self, at: Instant, event: Event) -> Value {
        let name = |process: ProcessId| self.names.get(process.0 as usize).map_or("", String::as_str);
        let mut line = match event {
            Event::JobStart(id, arrived) => {
                json!({ "event": "job_start", "process": name(id), "arrived_ns": arrived.0 })
            }
            Event::JobEnd(id, response) => {
                json!({ "event": "job_end", "process": name(id), "response_ns": response.0 })
            }
            Event::JobKilled(id) => json!({ "event": "job_killed", "process": name(id) }),
            Event::Dispatch(id, cpu) => json!({ "event": "dispatch", "process": name(id), "cpu": cpu }),
            Event::Suspend(id) => json!({ "event": "suspend", "process": name(id) }),
            Event::Activate(id) => json!({ "event": "activate", "process": name(id) }),
            Event::Fault { process, page, write, found } => json!({
                "event": "fault", "process": name(process), "page": page.0, "write": write, "found": word(found),
            }),
            Event::FaultServed(id, latency) => {
                json!({ "event": "fault_served", "process": name(id), "latency_ns": latency.0 })
            }
            Event::Evict(owner, page) => {
                let key = if (owner.0 as usize) < self.processes { "process" } else { "object" };
                json!({ "event": "evict", key: name(owner), "page": page.0 })
            }
            Event::Request { tag, operation, file, pages } => json!({
                "event": "request", "device": device(file), "operation": direction(operation), "request": tag, "pages": pages,
            }),
            Event::RequestDone { tag, operation, file } => json!({
                "event": "request_done", "device": device(file), "operation": direction(operation), "request": tag,
            }),
        };
        line["time_ns"] = json!(at.0);
        line
    }
}

fn word(cause: Cause) -> &'static str {
    match cause {
        Cause::Rescue => "rescue",
        Cause::InFlight => "in_flight",
        Cause::ReadAhead => "read_ahead",
        Cause::Resident => "resident",
        Cause::CopyOnWrite => "copy_on_write",
        Cause::ZeroFill => "zero_fill",
        Cause::Swap => "swap",
        Cause::File => "file",
    }
}

fn device(file: bool) -> &'static str {
    if file { "file" } else { "paging" }
}

fn direction(operation: Operation) -> &'static str {
    match operation {
        Operation::Read => "read",
        Operation::Write => "write",
    }
}
