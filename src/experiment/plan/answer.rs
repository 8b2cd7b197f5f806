//! The answer to a planner's question, as data: `plan.json` is this.

use super::requirement::Requirement;
use crate::error::{Diagnostic, Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Version of knee.
    pub version: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// Content address of the scenario with its range.
    pub scenario_hash: String,
    /// Seed of the runs.
    pub seed: u64,
    /// Confidence of each decision.
    pub confidence: f64,
    /// Replications to begin with, and at most.
    pub replications: (u32, u32),
    /// The varied key.
    pub key: String,
    /// First and last value of the range, and the number of values.
    pub range: (String, String, usize),
    /// What was required.
    pub requirements: Vec<Requirement>,
    /// Whether the largest or the smallest value was sought.
    pub sought: Sought,
    /// What was found.
    pub found: Found,
    /// The peak of throughput in the range.
    pub peak: PeakFound,
    /// Where throughput has collapsed; `None` where the search was not for a load, or it has not in the range.
    pub collapse: Option<Collapse>,
    /// What limits, at the first value that does not satisfy the requirements (or the answer, where there is none such).
    pub limit: Option<Limit>,
    /// The machine at the values that matter: peak, answer, first failing, last.
    pub portraits: Vec<Portrait>,
    /// What changes would buy.
    pub remedies: Vec<Remedy>,
    /// Every value that was run: throughput and whether each requirement's mean holds, for the plot.
    pub curve: Vec<CurvePoint>,
    /// What should make a reader careful.
    pub cautions: Vec<String>,
}

impl Answer {
    /// Reads an answer that was written down.
    ///
    /// # Errors
    /// [`Error::Read`] or, with line and column, [`Error::Data`].
    pub fn read(path: &Path) -> Result<Answer> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        serde_json::from_str(&text).map_err(|error| {
            Error::Data(Diagnostic {
                origin: format!("{}:{}:{}", path.display(), error.line(), error.column()),
                key: String::new(),
                problem: format!("this is not the answer of knee plan: {error}"),
                help: None,
            })
        })
    }
}

/// Which end of the range that satisfies the requirements is the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sought {
    /// The largest value: a load.
    Largest,
    /// The smallest: a resource.
    Smallest,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Found {
    /// A value, beyond which a requirement no longer holds.
    Value {
        /// The value, as the scenario has it.
        value: String,
        /// The interval: from the last value that satisfies the requirements for sure to the last that does not fail for sure.
        low: String,
        /// Its other end.
        high: String,
        /// The requirement that fails first beyond it.
        binding: String,
        /// Its metric at the first value beyond, in words.
        observed: String,
        /// The first value beyond.
        next: String,
        /// Requirements whose decision at the answer or beyond it was not reached with the most replications.
        undecided: bool,
    },
    /// Every value of the range satisfies everything.
    All,
    /// All values up to the sought end of the range do, though not all values: the limit is beyond.
    UpToTheEnd {
        /// The last value.
        value: String,
    },
    /// No value does.
    None {
        /// Why: the requirement that holds nowhere, or two that hold in different places.
        why: String,
        /// The value that comes nearest.
        nearest: String,
    },
}

/// The peak of throughput.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeakFound {
    /// Its value of the key.
    pub value: String,
    /// The first value that could not be told from it.
    pub low: String,
    /// The last such value.
    pub high: String,
    /// Mean throughput there.
    pub throughput: f64,
    /// Half-width of its interval.
    pub half_width: Option<f64>,
    /// Whether it is the last value of the range, so that the true peak may be beyond.
    pub at_the_end: bool,
}

/// Where throughput falls below 90 % of the peak for good.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Collapse {
    /// The first value beyond the peak at which it is below.
    pub value: String,
    /// The first value at which it may be.
    pub low: String,
    /// The first value at which it is for sure.
    pub high: String,
    /// Throughput at the end of the range, as a share of the peak's.
    pub at_the_end: f64,
}

/// A resource that can be too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// Page frames: pages come back that were evicted too early.
    Frames,
    /// Requests per second of the paging device.
    DeviceOperations,
    /// Bytes per second of the paging device.
    DeviceBandwidth,
    /// The CPUs.
    Cpu,
    /// The device for files.
    FileDevice,
    /// None is busy.
    Nothing,
}

/// What limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// The resource.
    pub resource: Resource,
    /// At which value this was measured.
    pub at: String,
    /// In words, with the numbers it is concluded from.
    pub why: String,
}

/// Means of the metrics at one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Portrait {
    /// What the value is: `peak`, `answer`, `beyond`, `end`.
    pub role: String,
    /// The value.
    pub value: String,
    /// Replications behind the means.
    pub runs: usize,
    /// Whether all of them were finished and had settled.
    pub converged: bool,
    /// Mean by metric.
    pub means: BTreeMap<String, f64>,
}

/// What a change would buy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remedy {
    /// In words.
    pub change: String,
    /// The key that is changed and its new value; absent where nothing could be tried.
    pub set: Option<(String, String)>,
    /// The answer with it; `None` if no value satisfies the requirements then, or nothing could be tried.
    pub value: Option<String>,
    /// The interval of the answer, as in [`Found::Value`].
    pub interval: Option<(String, String)>,
    /// Whether the answer is the end of the range, so that it may be more.
    pub at_the_end: bool,
    /// How far the answer moves, as a share of what it was (positive is better).
    pub gain: Option<f64>,
    /// Throughput with it: at the first value that fails without it, and, where throughput collapses, at the end of the range.
    pub effects: Vec<Effect>,
    /// What else is to be said.
    pub note: String,
}

/// What a change does at one value of the key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The value.
    pub at: String,
    /// Mean throughput there without the change.
    pub before: f64,
    /// And with it, over the same replications.
    pub after: f64,
}

/// One value that was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// The value.
    pub value: String,
    /// Its magnitude, for the axis.
    pub number: f64,
    /// Mean throughput.
    pub throughput: f64,
    /// Half-width of its interval.
    pub half_width: Option<f64>,
    /// Whether all runs were finished and had settled.
    pub converged: bool,
    /// Whether every requirement holds, by its mean.
    pub satisfies: bool,
}
