//! One run as a row of `runs.csv` and of the journal, which have the same columns.

use super::Address;
use crate::error::{Diagnostic, Error};
use crate::metrics::{METRICS, RunReport};
use crate::scenario::Plan;
use csv::StringRecord;
use std::collections::HashMap;
use std::path::Path;

const OK: &str = "ok";

/// How the reason of a run begins that broke a law, and of one that panicked.
const BROKEN: &str = "law violated";
pub(super) const PANICKED: &str = "the run panicked";

/// The columns that every file of runs has; those of the axes come after the first.
const FIXED: [&str; 7] = ["cell", "replication", "seed", "status", "warmup_s", "measured_s", "stationary"];

/// The columns that a sweep's rows can have: known before the first run, so that the journal can have a header.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Columns {
    pub axes: Vec<String>,
    /// The machine's metrics, then each class's.
    pub metrics: Vec<String>,
}

/// A finished run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub cell: Address,
    pub replication: u32,
    pub seed: u64,
    /// What was measured, or why the run could not be finished.
    pub outcome: std::result::Result<Measured, String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measured {
    pub warmup: f64,
    pub measured: f64,
    pub stationary: bool,
    /// In the order of [`Columns::metrics`].
    pub values: Vec<Option<f64>>,
}

impl Columns {
    pub fn of(plan: &Plan) -> Columns {
        let machine = METRICS.iter().map(|metric| metric.name.to_owned());
        let classes = plan.config.classes.iter();
        let classes = classes.flat_map(|class| METRICS.iter().map(|metric| format!("{}.{}", class.name, metric.name)));
        Columns {
            axes: plan.axes.iter().map(|axis| axis.key.clone()).collect(),
            metrics: machine.chain(classes).collect(),
        }
    }

    /// From a header with these axes; `None` if it is none.
    pub fn of_header(header: &StringRecord, axes: &[String]) -> Option<Columns> {
        let metrics = header.iter().skip(1 + axes.len() + FIXED.len() - 1).map(str::to_owned).collect();
        let columns = Columns { axes: axes.to_vec(), metrics };
        header.iter().eq(columns.header(|_| true)).then_some(columns)
    }

    /// The header, with the metrics for which `keep` says so.
    pub fn header<'a>(&'a self, keep: impl Fn(usize) -> bool + 'a) -> impl Iterator<Item = &'a str> {
        let before = FIXED.into_iter().take(1).chain(self.axes.iter().map(String::as_str));
        let fixed = FIXED.into_iter().skip(1);
        let kept = self.metrics.iter().enumerate().filter(move |(i, _)| keep(*i));
        before.chain(fixed).chain(kept.map(|(_, name)| name.as_str()))
    }
}

impl Row {
    pub fn new(
        columns: &Columns,
        cell: Address,
        replication: u32,
        seed: u64,
        result: std::result::Result<RunReport, String>,
    ) -> Row {
        let outcome = match result {
            Ok(report) => Ok(Measured::new(columns, &report)),
            // The journal is read line by line, so a reason must not bring lines of its own.
            Err(reason) => Err(reason.split_whitespace().collect::<Vec<_>>().join(" ")),
        };
        Row { cell, replication, seed, outcome }
    }

    /// Whether a defect of this program is why there is no result.
    pub fn is_defect(&self) -> bool {
        self.outcome.as_ref().is_err_and(|reason| reason.starts_with(BROKEN) || reason.starts_with(PANICKED))
    }

    /// The fields, with the metrics for which `keep` says so; `coordinates` are those of the cell.
    pub fn fields(&self, columns: &Columns, coordinates: &[String], keep: impl Fn(usize) -> bool) -> Vec<String> {
        let mut fields = vec![self.cell.to_string()];
        fields.extend_from_slice(coordinates);
        fields.push(self.replication.to_string());
        fields.push(self.seed.to_string());
        match &self.outcome {
            Ok(measured) => {
                fields.push(OK.into());
                fields.push(measured.warmup.to_string());
                fields.push(measured.measured.to_string());
                fields.push(measured.stationary.to_string());
                let kept = measured.values.iter().enumerate().filter(|(i, _)| keep(*i));
                fields.extend(kept.map(|(_, value)| number(*value)));
            }
            Err(reason) => {
                fields.push(reason.clone());
                let kept = (0..columns.metrics.len()).filter(|i| keep(*i)).count();
                fields.resize(fields.len() + 3 + kept, String::new());
            }
        }
        fields
    }
}

impl Measured {
    fn new(columns: &Columns, report: &RunReport) -> Measured {
        // A number that is none would make the whole column unreadable for the tools people use.
        let value = |name: &String| report.values.get(name).copied().filter(|value| value.is_finite());
        let values: Vec<Option<f64>> = columns.metrics.iter().map(value).collect();
        debug_assert!(
            report.values.keys().all(|name| columns.metrics.contains(name)),
            "a run reports a metric that is not in METRICS"
        );
        Measured { warmup: report.warmup, measured: report.measured, stationary: report.stationary, values }
    }
}

/// A number as it stands in a file: with the fewest digits that read back as the same number, empty if there is none.
pub(super) fn number(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Where the columns are in a file that exists.
#[derive(Debug)]
pub(super) struct Layout {
    fixed: [usize; 7],
    axes: Vec<usize>,
    metrics: Vec<Option<usize>>,
}

impl Layout {
    /// From the file's header; `None` if it is not one of ours.
    pub fn find(header: &StringRecord, columns: &Columns) -> Option<Layout> {
        let places: HashMap<&str, usize> = header.iter().enumerate().map(|(at, name)| (name, at)).collect();
        let mut fixed = [0; FIXED.len()];
        for (slot, name) in fixed.iter_mut().zip(FIXED) {
            *slot = *places.get(name)?;
        }
        let position = |name: &String| places.get(name.as_str()).copied();
        // An axis that is new has no column in a file of before; then its value is that of no row.
        let axes = columns.axes.iter().filter_map(position).collect();
        Some(Layout { fixed, axes, metrics: columns.metrics.iter().map(position).collect() })
    }

    /// The places of the axes.
    pub fn axes(&self) -> impl Iterator<Item = usize> {
        self.axes.iter().copied()
    }

    /// The row of a record; `None` if it is damaged.
    pub fn parse(&self, record: &StringRecord) -> Option<Row> {
        let [cell, replication, seed, status, warmup, measured, stationary] = self.fixed;
        let outcome = match record.get(status)? {
            OK => {
                let value = |position: &Option<usize>| match position.map(|at| record.get(at)) {
                    None | Some(Some("")) => Some(None),
                    Some(field) => Some(Some(field?.parse().ok()?)),
                };
                Ok(Measured {
                    warmup: record.get(warmup)?.parse().ok()?,
                    measured: record.get(measured)?.parse().ok()?,
                    stationary: record.get(stationary)?.parse().ok()?,
                    values: self.metrics.iter().map(value).collect::<Option<_>>()?,
                })
            }
            reason => Err(reason.to_owned()),
        };
        Some(Row {
            cell: record.get(cell)?.parse().ok()?,
            replication: record.get(replication)?.parse().ok()?,
            seed: record.get(seed)?.parse().ok()?,
            outcome,
        })
    }
}

/// The error for a file with a row that cannot be what it should be, and its line where that is known.
pub(super) fn damaged(path: &Path, line: Option<u64>) -> Error {
    let line = line.map(|line| format!(":{line}")).unwrap_or_default();
    Error::Data(Diagnostic {
        origin: format!("{}{line}", path.display()),
        key: String::new(),
        problem: "there is something else than the row of a run".into(),
        help: Some("repair or remove it, or start anew with --force".into()),
    })
}
