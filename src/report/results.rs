//! The results of a sweep, as read from its folder.

use crate::error::{Diagnostic, Error, Result};
use crate::experiment::{KneeRecord, LifetimeKnee, Manifest, Place, files};
use crate::metrics::METRICS;
use crate::stats::{Estimate, Knee, Modes};
use std::collections::BTreeMap;
use std::path::Path;

/// A finished sweep.
#[derive(Clone, Debug)]
pub struct Results {
    /// What was run.
    pub manifest: Manifest,
    /// One for each cell, in the order of the file.
    pub rows: Vec<Row>,
}

/// The summary of one cell.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its value on each axis, as text.
    pub coordinates: Vec<String>,
    /// Runs that finished.
    pub runs: usize,
    /// Whether all its runs finished and had settled.
    pub converged: bool,
    /// Mean and interval by metric; one that has no value is absent.
    pub values: BTreeMap<String, Estimate>,
}

/// One curve of a sweep: the cells along its first axis of numbers, the other axes held.
#[derive(Clone, Debug)]
pub struct Curve {
    /// The values of the other axes; empty if there are none.
    pub label: String,
    /// In order of the load.
    pub points: Vec<Point>,
    /// The knee, if one was found.
    pub knee: Option<Knee>,
    /// Where throughput bends most on its way up.
    pub curvature: Option<Place>,
    /// The knee of the lifetime curve.
    pub lifetime: Option<LifetimeKnee>,
}

/// A place on a curve.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// The load, or the number of the cell where the axis has no numbers.
    pub load: f64,
    /// Index of the row.
    pub row: usize,
}

/// Reads the results in a folder.
///
/// # Errors
/// [`Error::Read`] if a file cannot be read, [`Error::Data`] with file, line and column if it is not what it should be.
pub fn load(dir: &Path) -> Result<Results> {
    let manifest = Manifest::read(dir)?;
    let path = dir.join(files::SUMMARY);
    let text = std::fs::read_to_string(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
    let rows = rows(&text, &manifest).map_err(|(line, key, problem)| {
        Error::Data(Diagnostic {
            origin: format!("{}:{line}", path.display()),
            key,
            problem,
            help: Some("the file was changed or belongs to another version; run the sweep again".to_owned()),
        })
    })?;
    Ok(Results { manifest, rows })
}

type Problem = (u64, String, String);

fn rows(text: &str, manifest: &Manifest) -> std::result::Result<Vec<Row>, Problem> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let unreadable = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        (line, String::new(), format!("it is not a CSV row: {error}"))
    };
    let header = reader.headers().map_err(|error| unreadable(&error))?.clone();
    let place = |name: &str| header.iter().position(|column| column == name);
    let needed = |name: &str| place(name).ok_or_else(|| (1, name.to_owned(), "the column is missing".to_owned()));
    let axes = manifest.axes.iter().map(|axis| needed(&axis.key)).collect::<std::result::Result<Vec<_>, _>>()?;
    let (runs, converged) = (needed("runs")?, needed("converged")?);
    let metrics: Vec<(String, usize, Option<usize>)> = header
        .iter()
        .enumerate()
        .filter(|(at, name)| *at > converged && !name.ends_with("_half"))
        .map(|(at, name)| (name.to_owned(), at, place(&format!("{name}_half"))))
        .collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |at: usize| record.get(at).unwrap_or_default();
        let number = |at: usize| -> std::result::Result<Option<f64>, Problem> {
            let text = field(at);
            if text.is_empty() {
                return Ok(None);
            }
            let wrong =
                || (line, header[at].to_owned(), format!("found {text:?}; a finite number or nothing is allowed"));
            text.parse::<f64>().ok().filter(|value| value.is_finite()).map(Some).ok_or_else(wrong)
        };
        let n = number(runs)?.unwrap_or(0.0) as usize;
        let mut values = BTreeMap::new();
        for (name, at, half) in &metrics {
            if let Some(mean) = number(*at)? {
                let half_width = half.map_or(Ok(None), number)?;
                values.insert(name.clone(), Estimate { mean, half_width, n });
            }
        }
        rows.push(Row {
            coordinates: axes.iter().map(|&at| field(at).to_owned()).collect(),
            runs: n,
            converged: field(converged) == "true",
            values,
        });
    }
    Ok(rows)
}

impl Results {
    /// The number of the axis along which the load grows; `None` if no axis has numbers.
    pub fn load_axis(&self) -> Option<usize> {
        let key = self.manifest.load_axis.as_ref()?;
        self.manifest.axes.iter().position(|axis| axis.key == *key)
    }

    /// The name of the horizontal axis.
    pub fn load_title(&self) -> String {
        match self.load_axis().or_else(|| (!self.manifest.axes.is_empty()).then_some(0)) {
            Some(axis) => match self.manifest.axes[axis].key.strip_prefix("process.") {
                Some(key) if key.ends_with(".count") => {
                    format!("number of {} processes, N", key.trim_end_matches(".count"))
                }
                _ => self.manifest.axes[axis].key.clone(),
            },
            None => "cell".to_owned(),
        }
    }

    /// The curves, in order of their first cell.
    pub fn curves(&self) -> Vec<Curve> {
        let axis = self.load_axis();
        let mut curves: Vec<Curve> = Vec::new();
        for (row, cell) in self.rows.iter().enumerate() {
            let others: Vec<&str> = cell
                .coordinates
                .iter()
                .enumerate()
                .filter(|(number, _)| axis.is_some_and(|axis| axis != *number))
                .map(|(_, value)| value.as_str())
                .collect();
            let label = others.join(", ");
            let load = axis.and_then(|axis| cell.coordinates[axis].parse().ok()).unwrap_or(row as f64);
            let curve = match curves.iter().position(|curve| curve.label == label) {
                Some(curve) => curve,
                None => {
                    let record = self.record(&others);
                    curves.push(Curve {
                        label,
                        points: Vec::new(),
                        knee: record.and_then(|record| record.knee.clone()),
                        curvature: record.and_then(|record| record.curvature),
                        lifetime: record.and_then(|record| record.lifetime.clone()),
                    });
                    curves.len() - 1
                }
            };
            curves[curve].points.push(Point { load, row });
        }
        for curve in &mut curves {
            curve.points.sort_by(|a, b| a.load.total_cmp(&b.load));
        }
        curves
    }

    /// What was found with these values of the other axes, in their order.
    fn record(&self, others: &[&str]) -> Option<&KneeRecord> {
        let axis = self.load_axis()?;
        let keys: Vec<&String> =
            self.manifest.axes.iter().enumerate().filter(|(n, _)| *n != axis).map(|(_, a)| &a.key).collect();
        self.manifest.knees.iter().find(|record| {
            keys.iter().zip(others).all(|(key, value)| record.at.get(*key).is_some_and(|at| at == value))
        })
    }

    /// The two modes of throughput into which the replications of a row split, if they do.
    pub fn modes(&self, row: usize) -> Option<Modes> {
        let at = &self.rows[row].coordinates;
        let axes = || self.manifest.axes.iter().zip(at);
        let here = self
            .manifest
            .metastable
            .iter()
            .find(|split| axes().all(|(axis, value)| split.at.get(&axis.key).is_some_and(|at| at == value)));
        here.map(|split| split.modes)
    }

    /// The estimate of a metric in a row.
    pub fn estimate(&self, row: usize, metric: &str) -> Option<Estimate> {
        self.rows[row].values.get(metric).copied()
    }

    /// Title and unit of a metric, as for an axis: `throughput, jobs/s`.
    pub fn metric_title(metric: &str) -> String {
        match METRICS.iter().find(|known| known.name == metric) {
            Some(known) if known.unit.is_empty() => known.title.to_owned(),
            Some(known) => format!("{}, {}", known.title, known.unit),
            None => metric.to_owned(),
        }
    }
}
