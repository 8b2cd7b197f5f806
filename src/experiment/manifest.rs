//! `manifest.json`: what was run, and the knee that was found.

use super::description::Description;
use super::{Precision, files, knees};
use crate::error::{Diagnostic, Error, Result};
use crate::stats::{Knee, Modes};
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
    /// When a cell has enough replications, if that depends on what they measure; absent if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    /// Cells that did not reach that precision; absent if there are none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub imprecise: usize,
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
    /// Cells whose replications split into two modes of throughput; absent if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metastable: Vec<Metastable>,
    /// The validated scenario with all defaults, as TOML.
    pub scenario: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
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
    /// Where throughput, on its way up, bends most (Kneedle).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curvature: Option<Place>,
    /// The knee of the lifetime curve, where the load decides how many frames a process has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<LifetimeKnee>,
}

/// A load that was found, with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The load.
    pub load: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end of its interval.
    pub high: f64,
}

/// The knee of the lifetime curve: the load at which there are the most references between faults for each frame of a process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LifetimeKnee {
    /// The load.
    pub place: Place,
    /// Frames for each process there.
    pub frames: f64,
    /// Mean references between faults there.
    pub lifetime: f64,
    /// Frames for each process at every load of the curve, in increasing order of the load.
    pub frames_per_process: Vec<f64>,
}

/// A cell whose replications split into two modes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metastable {
    /// Its axes and their values.
    pub at: BTreeMap<String, String>,
    /// The modes of throughput.
    pub modes: Modes,
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
            precision: sweep.precision,
            imprecise: 0,
            load_axis: knees::load_axis(&sweep.axes).map(|axis| sweep.axes[axis].key.clone()),
            axes: sweep.axes.clone(),
            runs: 0,
            failed: 0,
            not_stationary: 0,
            knees: Vec::new(),
            metastable: Vec::new(),
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
