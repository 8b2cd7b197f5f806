//! `manifest.json`: what was run, and the knee that was found.

use super::description::Description;
use super::{files, knees};
use crate::error::{Diagnostic, Error, Result};
use crate::stats::Knee;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Everything about a sweep that is not a number for each run or cell. No wall-clock time and no number of threads: the
/// same scenario and seed give the same bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of knee.
    pub version: String,
    /// Name of the scenario.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Content address of the whole scenario.
    pub scenario_hash: String,
    /// The scenario's seed.
    pub seed: u64,
    /// Replications of each cell.
    pub replications: u32,
    /// Confidence of all the intervals.
    pub confidence: f64,
    /// What was swept.
    pub axes: Vec<AxisRecord>,
    /// Key of the axis along which the knee is sought.
    pub load_axis: Option<String>,
    /// Number of runs.
    pub runs: u64,
    /// Runs that could not be finished.
    pub failed: u64,
    /// Runs that had not settled.
    pub not_stationary: u64,
    /// The knee for each combination of values of the other axes.
    pub knees: Vec<KneeRecord>,
    /// The validated scenario with all defaults, as TOML.
    pub scenario: String,
}

/// One axis of a sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AxisRecord {
    /// The swept key, as a dotted path.
    pub key: String,
    /// Its values, as text.
    pub values: Vec<String>,
}

/// The knee along the load axis, with the other axes held.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KneeRecord {
    /// The other axes and their values.
    pub at: BTreeMap<String, String>,
    /// The knee, if one was found.
    pub knee: Option<Knee>,
}

impl Manifest {
    /// The manifest of a sweep of which nothing has been counted yet.
    pub(super) fn new(sweep: &Description) -> Manifest {
        Manifest {
            version: sweep.version.clone(),
            name: sweep.name.clone(),
            title: sweep.title.clone(),
            scenario_hash: sweep.scenario_hash.clone(),
            seed: sweep.seed,
            replications: sweep.replications,
            confidence: sweep.confidence,
            load_axis: knees::load_axis(&sweep.axes).map(|axis| sweep.axes[axis].key.clone()),
            axes: sweep.axes.clone(),
            runs: 0,
            failed: 0,
            not_stationary: 0,
            knees: Vec::new(),
            scenario: sweep.scenario.clone(),
        }
    }

    /// Reads the manifest of the sweep in a folder.
    pub fn read(dir: &Path) -> Result<Manifest> {
        let path = dir.join(files::MANIFEST);
        let text = std::fs::read_to_string(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        serde_json::from_str(&text).map_err(|error| {
            Error::Data(Diagnostic {
                origin: format!("{}:{}:{}", path.display(), error.line(), error.column()),
                key: String::new(),
                problem: format!("this is not a manifest of knee: {error}"),
                help: None,
            })
        })
    }

    /// The file's content.
    pub(super) fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("a manifest has no keys that are not text");
        json.push('\n');
        json
    }
}
