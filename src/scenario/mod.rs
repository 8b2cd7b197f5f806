//! Scenarios: a TOML document becomes a validated plan, or a list of everything that is wrong with it.
//!
//! The way of a document: `tree` parses it into values that know where they stand; overrides and sweep values are put into
//! that tree; a `reader` walks each table, knows every key it looked for and writes down what it understood; `resolve`
//! reads all sections and checks how they fit together, once for the scenario and once for each cell of its sweep. The keys
//! are described in `docs/scenarios.md`.

mod address;
mod cells;
mod device;
mod distribution;
mod effective;
mod files;
mod load_control;
mod locality;
mod origin;
mod phases;
mod process;
mod quantity;
mod reader;
mod reclaim;
mod references;
mod region;
mod resolve;
mod schema;
mod sections;
mod suggest;
mod sweep;
mod tree;
mod virtual_memory;
mod weights;

pub use address::Address;
pub use cells::Cells;
pub use device::{DEVICE_KINDS, DeviceKind};
pub use quantity::magnitude;
pub use schema::schema;
pub use suggest::closest;

use crate::error::{Diagnostic, Error, Result};
use crate::machine::Config;
use cells::{Grid, plain};
use effective::{Form, Line, Text, render};
use files::Files;
use origin::Origin;
use reader::Context;
use std::path::{Path, PathBuf};
use sweep::SweepAxis;
use tree::{Node, Value, quoted};

/// Largest scenario file: a megabyte is a hundred times what a person writes.
const LARGEST: u64 = 16 << 20;

/// Most complaints that are printed at once.
const MOST_DIAGNOSTICS: usize = 50;

/// A parsed document with its overrides, not yet validated.
#[derive(Clone, Debug)]
pub struct Scenario {
    document: Node,
    folder: PathBuf,
    stem: String,
}

/// A validated scenario: what to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Name of the scenario, and of the folder of its results.
    pub name: String,
    /// One line for a person; may be empty.
    pub title: String,
    /// The machine without the sweep. A key that only the sweep sets has the first value of its axis.
    pub config: Config,
    /// How often and how to run each cell.
    pub control: Control,
    /// The axes of the sweep, in order; none without a sweep.
    pub axes: Vec<Axis>,
    /// Every combination of the axes' values, the last axis fastest; one cell without a sweep.
    pub cells: Cells,
    /// The scenario as TOML with every default filled in. Parsing it gives the same plan.
    pub effective: String,
}

/// What does not change a single run, but how many there are and what is made of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Control {
    /// Seed of the first replication's random streams.
    pub seed: u64,
    /// Independent runs of each cell.
    pub replications: u32,
    /// Confidence level of the intervals, 0.95 for 95 %.
    pub confidence: f64,
    /// Cells are run until they are precise; `None` is a fixed number of replications.
    pub stopping: Option<Stopping>,
}

/// When a cell has enough replications.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stopping {
    /// Half-width of the interval of mean throughput, as a share of the mean.
    pub precision: f64,
    /// Most replications of a cell.
    pub most: u32,
}

/// One axis of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// The key, as a full dotted path.
    pub key: String,
    /// Its values, as a person would write them.
    pub values: Vec<String>,
}

/// One combination of the axes' values.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The value on each axis, as the axis has it.
    pub coordinates: Vec<String>,
    /// The machine of this cell.
    pub config: Config,
    /// The cell alone as canonical TOML: the same machine has the same text. It holds neither the sweep nor what does not change
    /// a run (seed, replications, confidence, name, title).
    pub effective: String,
}

impl Cell {
    /// Its content address.
    pub fn address(&self) -> Address {
        Address::of(&self.effective)
    }
}

impl Scenario {
    /// Reads a scenario file. File names in it are relative to its folder.
    ///
    /// # Errors
    /// [`Error::Read`] if the file cannot be read, [`Error::Scenario`] if it is not TOML.
    pub fn load(path: &Path) -> Result<Scenario> {
        let fail = |source| Error::Read { path: path.to_owned(), source };
        let metadata = std::fs::metadata(path).map_err(fail)?;
        if metadata.is_dir() {
            return Err(fail(std::io::Error::other("it is a folder; give the scenario file")));
        }
        if metadata.len() > LARGEST {
            return Err(fail(std::io::Error::other("it is larger than 16 MiB, which no scenario is")));
        }
        let bytes = std::fs::read(path).map_err(fail)?;
        let origin = path.display().to_string();
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let (before, _) = error.as_bytes().split_at(valid);
            let document = origin::Document::new(&origin, &String::from_utf8_lossy(before));
            Error::Scenario(vec![Diagnostic {
                origin: document.at(valid).to_string(),
                key: String::new(),
                problem: "found bytes that are not UTF-8; allowed: a TOML file, which is UTF-8 text".to_owned(),
                help: None,
            }])
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Scenario::parse(&text, &origin, folder)
    }

    /// Parses a scenario. `origin` is its name in messages, and its file stem the scenario's default name; file names in it
    /// are relative to `folder`.
    ///
    /// # Errors
    /// [`Error::Scenario`] if it is not TOML.
    pub fn parse(text: &str, origin: &str, folder: &Path) -> Result<Scenario> {
        let document = tree::parse(text, origin).map_err(Error::Scenario)?;
        let stem = Path::new(origin).file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
        // A file may be called anything; a results folder may not.
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
        let stem: String = stem.trim_start_matches('.').chars().map(plain).take(100).collect();
        let stem = if stem.is_empty() { "scenario".to_owned() } else { stem };
        Ok(Scenario { document, folder: folder.to_owned(), stem })
    }

    /// Applies an override such as `machine.cpus=4`, as the command line's `--set` gives it. The value is TOML, or else
    /// plain text, so quotes are not needed. `worker.count` is short for `process.worker.count`.
    ///
    /// # Errors
    /// [`Error::Usage`] if it is no assignment, [`Error::Scenario`] if the path leads through something that is no table.
    pub fn set(&mut self, assignment: &str) -> Result<()> {
        let usage = || {
            Error::Usage(format!("--set {assignment}: found no assignment; allowed: key=value, such as machine.cpus=4"))
        };
        let (key, value) = assignment.split_once('=').ok_or_else(usage)?;
        let origin = Origin::assignment(assignment);
        let path = sweep::path(key, &self.document).map_err(|quantity::Fault { problem, help }| {
            Error::Scenario(vec![Diagnostic { origin: origin.to_string(), key: key.trim().to_owned(), problem, help }])
        })?;
        let value = tree::parse_value(value, &origin);
        self.document.assign(&path, value, &origin).map_err(|problem| {
            Error::Scenario(vec![Diagnostic { origin: origin.to_string(), key: path.join("."), problem, help: None }])
        })
    }

    /// The scenario with another sweep in place of its own, of which a key that nothing else sets keeps the first value. Each axis is
    /// a key and its values as the sweep's grammar has them; `request` is what complaints about them name as their place.
    ///
    /// # Errors
    /// [`Error::Scenario`] if the own sweep, or a key of the new one, cannot be understood.
    pub fn swept(&self, axes: &[(&str, &str)], request: &str) -> Result<Scenario> {
        let files = Files::new(&self.folder);
        let context = Context::new(&files);
        let own = sweep::axes(&context, &self.document);
        let mut document = self.base(&own, &context);
        let found = context.diagnostics.into_inner();
        if !found.is_empty() {
            return Err(Error::Scenario(shorten(found)));
        }
        if let Value::Table(entries) = &mut document.value {
            entries.retain(|entry| entry.key != "sweep");
        }
        let origin = Origin::request(request);
        for (key, values) in axes {
            let complain = |problem, help| {
                let key = (*key).to_owned();
                Error::Scenario(vec![Diagnostic { origin: origin.to_string(), key, problem, help }])
            };
            let path = sweep::path(key, &document).map_err(|fault| complain(fault.problem, fault.help))?;
            let values = tree::parse_value(values, &origin);
            let axis = ["sweep".to_owned(), path.join(".")];
            document.assign(&axis, values, &origin).map_err(|problem| complain(problem, None))?;
        }
        Ok(Scenario { document, ..self.clone() })
    }

    /// The full path of a key, `process.worker.count` for `worker.count`.
    ///
    /// # Errors
    /// [`Error::Scenario`] if it begins with nothing that is known; `request` is what the complaint names as its place.
    pub fn full_key(&self, key: &str, request: &str) -> Result<String> {
        let path = sweep::path(key, &self.document).map_err(|quantity::Fault { problem, help }| {
            Error::Scenario(vec![Diagnostic { origin: request.to_owned(), key: key.to_owned(), problem, help }])
        })?;
        Ok(path.join("."))
    }

    /// Validates everything, all cells of the sweep too.
    ///
    /// # Errors
    /// [`Error::Scenario`] with everything that is wrong.
    pub fn plan(&self) -> Result<Plan> {
        let files = Files::new(&self.folder);
        let context = Context::new(&files);
        let axes = sweep::axes(&context, &self.document);
        let base = self.base(&axes, &context);
        let resolved = resolve::resolve(&context, &base, &self.stem);
        let mut diagnostics = context.diagnostics.into_inner();

        let lines_of_sweep = (!axes.is_empty()).then(|| sweep_lines(&axes));
        let named =
            axes.iter().map(|axis| Axis { key: axis.path.join("."), values: axis.values.iter().map(plain).collect() });
        let named = named.collect();
        let cells = Grid::new(self.clone(), axes, files).validate(&mut diagnostics, MOST_DIAGNOSTICS)?;
        let complete = match (resolved.name, resolved.title, resolved.config, resolved.control) {
            (Some(name), Some(title), Some(config), Some(control)) if diagnostics.is_empty() => {
                Some((name, title, config, control))
            }
            _ => None,
        };
        let Some((name, title, config, control)) = complete else {
            return Err(Error::Scenario(shorten(diagnostics)));
        };
        let mut lines = resolved.lines;
        lines.extend(lines_of_sweep);
        Ok(Plan { name, title, config, control, axes: named, cells, effective: render(&lines, Form::Plan) })
    }

    /// The document in which a key that only the sweep sets has the first value of its axis.
    fn base(&self, axes: &[SweepAxis], context: &Context<'_>) -> Node {
        let mut base = self.document.clone();
        for axis in axes {
            if let (None, Some(first)) = (base.find(&axis.path), axis.values.first()) {
                cells::assign(&mut base, axis, first.clone(), context);
            }
        }
        base
    }
}

fn sweep_lines(axes: &[SweepAxis]) -> Line {
    let lines = axes.iter().map(|axis| {
        let values: Vec<String> = axis.values.iter().map(Node::inline).collect();
        let value = Text::Value(format!("[{}]", values.join(", ")));
        Line { key: path_text(&axis.path), plan: Some(value), cell: None }
    });
    Line { key: "sweep".to_owned(), plan: Some(Text::Section(lines.collect())), cell: None }
}

/// A path as one key, with its parts quoted where they hold dots.
fn path_text(path: &[String]) -> String {
    let parts: Vec<String> =
        path.iter().map(|part| if part.contains('.') { format!("'{part}'") } else { part.clone() }).collect();
    parts.join(".")
}

/// In order of the document, and no more than a person reads.
fn shorten(mut found: Vec<(usize, Diagnostic)>) -> Vec<Diagnostic> {
    found.sort_by_key(|(position, _)| *position);
    let mut diagnostics: Vec<Diagnostic> = found.into_iter().map(|(_, diagnostic)| diagnostic).collect();
    let more = diagnostics.len().saturating_sub(MOST_DIAGNOSTICS);
    if more > 0 {
        diagnostics.truncate(MOST_DIAGNOSTICS);
        let origin = diagnostics.last().map(|last| last.origin.clone()).unwrap_or_default();
        let problem = format!("{more} more mistakes follow");
        diagnostics.push(Diagnostic { origin, key: String::new(), problem, help: None });
    }
    if diagnostics.is_empty() {
        // Every part that could not be understood has said so; this is only in case one forgot.
        diagnostics.push(Diagnostic {
            origin: "scenario".to_owned(),
            key: String::new(),
            problem: format!("found something that could not be understood; allowed: {}", quoted("docs/scenarios.md")),
            help: None,
        });
    }
    diagnostics
}

#[cfg(test)]
mod tests;
