//! `sweep.json`: what the runs in a folder are runs of.

use super::cells::Cells;
use super::{Address, AtomicFile, AxisRecord, Manifest, Precision, Shard, files};
use crate::error::{Diagnostic, Error, Result};
use crate::scenario::Plan;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a sweep's results are made from, besides its runs. It stands beside the journal, so that shards can be put together
/// by somebody who has neither the scenario nor the files that it names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Description {
    pub version: String,
    pub name: String,
    pub title: String,
    /// Content address of the whole scenario.
    pub scenario_hash: String,
    pub seed: u64,
    pub replications: u32,
    pub confidence: f64,
    /// When a cell has enough replications, if that depends on what they measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    pub axes: Vec<AxisRecord>,
    /// Which part of the sweep is in this folder.
    pub shard: Option<Shard>,
    /// Cells that are the same as an earlier one, whose runs stand for theirs: number of the cell, and of the earlier one.
    pub twins: BTreeMap<usize, usize>,
    /// The validated scenario with all defaults, as TOML.
    pub scenario: String,
}

impl Description {
    pub fn of(plan: &Plan, shard: Option<Shard>, cells: &Cells) -> Result<Description> {
        let axes = plan.axes.iter().map(|axis| AxisRecord { key: axis.key.clone(), values: axis.values.clone() });
        Ok(Description {
            version: env!("CARGO_PKG_VERSION").into(),
            name: plan.name.clone(),
            title: plan.title.clone(),
            scenario_hash: Address::of(&plan.effective).to_string(),
            seed: plan.control.seed,
            replications: plan.control.replications,
            confidence: plan.control.confidence,
            precision: Precision::of(&plan.control),
            axes: axes.collect(),
            shard,
            twins: cells.twins()?,
            scenario: plan.effective.clone(),
        })
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.axes.iter().map(|axis| axis.values.len()).product()
    }

    /// A cell's value on each axis.
    pub fn coordinates(&self, cell: usize) -> Vec<String> {
        let mut rest = cell;
        let values = self.axes.iter().rev().map(|axis| {
            let value = &axis.values[rest % axis.values.len()];
            rest /= axis.values.len();
            value.clone()
        });
        let mut values: Vec<String> = values.collect();
        values.reverse();
        values
    }

    /// A cell in words: `worker.count = 3, machine.cpus = 2`.
    pub fn words(&self, cell: usize) -> String {
        let values = self.coordinates(cell);
        let pairs: Vec<String> =
            self.axes.iter().zip(values).map(|(axis, value)| format!("{} = {value}", axis.key)).collect();
        if pairs.is_empty() { "the only cell".into() } else { pairs.join(", ") }
    }

    /// What describes the runs in a folder: of an unfinished sweep or a shard, or of finished results.
    pub fn read(dir: &Path) -> Result<Description> {
        let path = dir.join(files::SWEEP);
        match std::fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| {
                Error::Data(Diagnostic {
                    origin: format!("{}:{}:{}", path.display(), error.line(), error.column()),
                    key: String::new(),
                    problem: format!("this is not the description of a sweep of this version of knee: {error}"),
                    help: None,
                })
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && dir.join(files::MANIFEST).exists() => {
                Manifest::read(dir).map(Description::from)
            }
            Err(source) => Err(Error::Read { path, source }),
        }
    }

    /// Puts it into a folder.
    pub fn write(&self, dir: &Path) -> Result<PathBuf> {
        let mut json = serde_json::to_string_pretty(self).expect("a description has no keys that are not text");
        json.push('\n');
        AtomicFile::replace(&dir.join(files::SWEEP), json.as_bytes())
    }
}

impl From<Manifest> for Description {
    /// Finished results have a row for every cell, so there are no twins to know of.
    fn from(manifest: Manifest) -> Description {
        Description {
            version: manifest.version,
            name: manifest.name,
            title: manifest.title,
            scenario_hash: manifest.scenario_hash,
            seed: manifest.seed,
            replications: manifest.replications,
            confidence: manifest.confidence,
            precision: manifest.precision,
            axes: manifest.axes,
            shard: None,
            twins: BTreeMap::new(),
            scenario: manifest.scenario,
        }
    }
}
