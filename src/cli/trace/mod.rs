//! `knee trace`: traces without a machine.

mod convert;
mod curve;
mod replay;
mod stats;

use super::arguments::{Format, TraceArguments, TraceCommand, TraceRequest};
use super::output::{Output, say};
use knee::error::{Error, Result};
use knee::experiment::AtomicFile;
use knee::report;
use knee::trace::{self, Columns, Options, Trace};
use std::path::{Path, PathBuf};

/// Does what was asked with the trace.
pub fn execute(request: &TraceRequest, out: &mut Output) -> Result<()> {
    match &request.command {
        TraceCommand::Replay(request) => replay::execute(request, out),
        TraceCommand::Stats(request) => stats::execute(request, out),
        TraceCommand::Curve(request) => curve::execute(request, out),
        TraceCommand::Convert(request) => convert::execute(request, out),
    }
}

impl TraceArguments {
    fn open(&self) -> Result<Trace> {
        Trace::open(&self.trace, &self.options()?)
    }

    fn is_stdin(&self) -> bool {
        self.trace == Path::new("-")
    }

    fn options(&self) -> Result<Options> {
        let format = self.trace_format.as_deref().map(format).transpose()?;
        let mut columns = Columns::default();
        for column in &self.columns {
            let (what, name) = column.split_once('=').unwrap_or((column, ""));
            let place = match what {
                "page" => &mut columns.page,
                "address" => &mut columns.address,
                "size" => &mut columns.size,
                "count" => &mut columns.count,
                "access" => &mut columns.access,
                _ => {
                    return Err(Error::Usage(format!(
                        "--column {column}: found {what:?}; allowed: page=NAME, address=NAME, size=NAME, count=NAME, access=NAME"
                    )));
                }
            };
            *place = Some(name.to_owned());
        }
        Ok(Options { format, page_size: self.page_size, skip_bad: self.skip_bad, columns })
    }

    /// Name of the trace, for titles.
    fn name(&self) -> String {
        if self.is_stdin() {
            return "standard input".to_owned();
        }
        self.trace
            .file_name()
            .map_or_else(|| self.trace.display().to_string(), |name| name.to_string_lossy().into_owned())
    }
}

fn format(name: &str) -> Result<trace::Format> {
    trace::Format::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = trace::Format::ALL.iter().map(|format| format.name()).collect();
        unknown("trace format", name, &names)
    })
}

/// The error for a name that is not among the known ones.
fn unknown(what: &str, found: &str, known: &[&str]) -> Error {
    let near = known.iter().map(|name| (strsim::damerau_levenshtein(found, name), name)).min();
    let guess = near.filter(|(distance, name)| *distance <= name.len().max(3) / 2);
    let guess = guess.map(|(_, name)| format!("; did you mean {name:?}?")).unwrap_or_default();
    Error::Usage(format!("{what}: found {found:?}; allowed: {}{guess}", known.join(", ")))
}

/// Says how many lines were passed over, if any were.
fn tell_skipped(skipped: u64) {
    if skipped > 0 {
        say(format!("note: {skipped} malformed lines were passed over"));
    }
}

/// Numbers in columns with a header, to be printed or kept.
struct Grid {
    header: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    fn csv(&self) -> Vec<u8> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        // Into memory, and all rows are as long as the header: neither can fail.
        let _ = csv.write_record(&self.header);
        for row in &self.rows {
            let _ = csv.write_record(row);
        }
        csv.into_inner().unwrap_or_default()
    }

    fn json(&self) -> serde_json::Value {
        let value = |field: &String| serde_json::from_str(field).unwrap_or_else(|_| field.as_str().into());
        let row = |row: &Vec<String>| {
            let fields = self.header.iter().zip(row).map(|(name, field)| ((*name).to_owned(), value(field)));
            serde_json::Value::Object(fields.collect())
        };
        self.rows.iter().map(row).collect()
    }

    fn table(&self) -> String {
        let header = self.header.iter().map(|name| (*name).to_owned()).collect();
        let lines: Vec<Vec<String>> = [header].into_iter().chain(self.rows.iter().cloned()).collect();
        report::columns(&lines)
    }

    /// Prints it, with a text after the table, or values beside the rows in JSON.
    fn print(&self, format: Format, text: &str, values: serde_json::Value, out: &mut Output) -> Result<()> {
        match format {
            Format::Table => out.text(&format!("{}{text}", self.table())),
            Format::Csv => out.text(&String::from_utf8_lossy(&self.csv())),
            Format::Json => {
                let mut document = values;
                document["rows"] = self.json();
                out.write(|out| {
                    serde_json::to_writer_pretty(&mut *out, &document)?;
                    writeln!(out)
                })
            }
        }
    }

    fn keep(&self, dir: &Path, name: &str) -> Result<PathBuf> {
        std::fs::create_dir_all(dir).map_err(|source| Error::Write { path: dir.to_owned(), source })?;
        AtomicFile::replace(&dir.join(name), &self.csv())
    }
}
