//! The lists that `knee list` prints.

use super::arguments::Topic;
use knee::device::PRESETS;
use knee::load_control::CONTROLLERS;
use knee::metrics::METRICS;
use knee::policy::POLICIES;
use knee::scenario::DEVICE_KINDS;

/// A list of things of one kind.
pub struct Catalogue {
    /// The word for it on the command line.
    pub topic: &'static str,
    /// The heading for people.
    pub title: &'static str,
    pub entries: Vec<Entry>,
}

/// One thing that can be chosen.
pub struct Entry {
    /// Its name in scenarios and results.
    pub name: &'static str,
    /// What it is, in one line.
    pub summary: String,
    /// Where it was published; empty if it needs no reference.
    pub reference: String,
}

/// `kind` of `[process.<class>.references]`, what it is, and where it was published.
const SOURCES: &[(&str, &str, &str)] = &[
    (
        "independent",
        "independent references: each page with a fixed probability (uniform, Zipf, geometric, hot and cold, explicit)",
        "King 1971; Aven, Coffman and Kogan 1987",
    ),
    (
        "phases",
        "a locality set that is replaced from time to time, with a micromodel for the references within it",
        "Denning and Kahn, A study of program locality and lifetime functions, SOSP 1975",
    ),
    ("scan", "every page in turn, round and round, with a stride", "the cyclic micromodel of Denning and Kahn 1975"),
    ("sawtooth", "up and down through the pages", "the sawtooth micromodel of Denning and Kahn 1975"),
    (
        "lru-stack",
        "stack distances drawn independently (walk only)",
        "Spirn and Denning, Experiments with program locality, FJCC 1972",
    ),
    ("recorded", "a recorded string of page numbers (walk only)", "trace-driven simulation; Belady 1966"),
    (
        "lifetime",
        "no pages one by one: the time between faults is a function of the memory held",
        "Belady and Kuehner 1969; Chamberlin, Fuller and Liu 1973",
    ),
];

impl Catalogue {
    /// The list for a topic.
    pub fn of(topic: Topic) -> Catalogue {
        let fixed = |entries: &[(&'static str, &str, &str)]| {
            let entry = |&(name, summary, reference): &(&'static str, &str, &str)| Entry {
                name,
                summary: summary.into(),
                reference: reference.into(),
            };
            entries.iter().map(entry).collect()
        };
        match topic {
            Topic::Policies => Catalogue { topic: "policies", title: "Replacement policies", entries: policies() },
            Topic::Sources => Catalogue { topic: "sources", title: "Reference sources", entries: fixed(SOURCES) },
            Topic::Devices => Catalogue { topic: "devices", title: "Devices", entries: devices() },
            Topic::Controllers => Catalogue { topic: "controllers", title: "Load controllers", entries: controllers() },
            Topic::Metrics => Catalogue { topic: "metrics", title: "Metrics", entries: metrics() },
        }
    }
}

fn controllers() -> Vec<Entry> {
    let entry = |entry: &&'static knee::load_control::ControllerEntry| Entry {
        name: entry.name,
        summary: entry.summary.to_owned(),
        reference: entry.paper.to_owned(),
    };
    CONTROLLERS.iter().map(entry).collect()
}

fn policies() -> Vec<Entry> {
    let entry = |name, summary: &str, observes, paper: &str| Entry {
        name,
        summary: format!("{summary} (observes {observes})"),
        reference: paper.into(),
    };
    POLICIES.iter().map(|policy| entry(policy.name, policy.summary, policy.observes, policy.paper)).collect()
}

/// Kinds, then presets.
fn devices() -> Vec<Entry> {
    let kinds = DEVICE_KINDS.iter().map(|kind| Entry {
        name: kind.name,
        summary: match kind.preset {
            Some(preset) => format!("kind: {} (begins from preset {preset})", kind.summary),
            None => format!("kind: {}", kind.summary),
        },
        reference: kind.paper.into(),
    });
    let presets = PRESETS.iter().map(|preset| Entry {
        name: preset.name,
        summary: format!("preset: {}; fitted to: {}", preset.summary, preset.fitted),
        reference: preset.source.into(),
    });
    kinds.chain(presets).collect()
}

fn metrics() -> Vec<Entry> {
    let summary = |summary: &str, unit: &str| match unit {
        "" => summary.to_owned(),
        unit => format!("{summary} [{unit}]"),
    };
    let entry = |metric: &knee::metrics::Metric| Entry {
        name: metric.name,
        summary: summary(metric.summary, metric.unit),
        reference: String::new(),
    };
    METRICS.iter().map(entry).collect()
}
