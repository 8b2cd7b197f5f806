//! The knee in words.

use super::Results;
use super::number::{plain, tick};
use crate::experiment::{LifetimeKnee, Place};

/// Names the knee of each curve; empty if the sweep has no axis of numbers.
pub fn sentence(results: &Results) -> String {
    let Some(axis) = results.load_axis() else { return metastable(results) };
    let key = &results.manifest.axes[axis].key;
    let key = key.strip_prefix("process.").unwrap_or(key);
    let confidence = tick(results.manifest.confidence * 100.0);
    let mut text = String::new();
    for curve in results.curves() {
        let Some(knee) = curve.knee else {
            text += "No knee: no load has a throughput.\n";
            continue;
        };
        if !curve.label.is_empty() {
            text += &format!("{}: ", curve.label);
        }
        let last = curve.points.last().map_or(knee.load, |point| point.load);
        if knee.load == last {
            text += &format!(
                "No knee in the range: throughput is largest at its end, {key} = {} ({}); try larger values.\n",
                tick(knee.load),
                plain(knee.throughput, 4)
            );
            text += &others(curve.curvature, curve.lifetime.as_ref());
            continue;
        }
        text += &format!(
            "Knee at {key} = {} ({confidence} % interval {} to {}): throughput {}",
            tick(knee.load),
            tick(knee.low),
            tick(knee.high),
            plain(knee.throughput, 4)
        );
        text += &match (knee.collapses, knee.collapse_load) {
            (true, Some(load)) => {
                format!("; from {} on it is below 90 % of that, and it stays down: thrashing.\n", tick(load))
            }
            (false, Some(load)) => format!("; at {} it is below 90 % of that.\n", tick(load)),
            (_, None) => "; within the range it does not fall below 90 % of that.\n".to_owned(),
        };
        text += &others(curve.curvature, curve.lifetime.as_ref());
    }
    text + &metastable(results)
}

/// The knee by the two other definitions.
fn others(curvature: Option<Place>, lifetime: Option<&LifetimeKnee>) -> String {
    let at = |place: Place| match place.low == place.high {
        true => tick(place.load),
        false => format!("{} ({} to {})", tick(place.load), tick(place.low), tick(place.high)),
    };
    let mut parts = Vec::new();
    if let Some(place) = curvature {
        parts.push(format!("by maximum curvature (Kneedle) the knee is at {}", at(place)));
    }
    if let Some(knee) = lifetime {
        parts.push(format!(
            "by the lifetime curve at {}, with {} frames a process and {} references between faults",
            at(knee.place),
            plain(knee.frames, 3),
            plain(knee.lifetime, 3)
        ));
    }
    match parts.is_empty() {
        true => String::new(),
        false => {
            let line = parts.join("; ");
            format!("{}{}.\n", line[..1].to_uppercase(), &line[1..])
        }
    }
}

/// Names each cell whose replications split into two modes; empty if there is none.
fn metastable(results: &Results) -> String {
    let mut text = String::new();
    for split in &results.manifest.metastable {
        let at: Vec<String> = split
            .at
            .iter()
            .map(|(key, value)| format!("{} = {value}", key.strip_prefix("process.").unwrap_or(key)))
            .collect();
        text += &format!(
            "At {} the replications split into two modes of throughput, {} of them near {} and {} near {}: the system is \
             metastable there, and the mean is one that no run has.\n",
            at.join(", "),
            split.modes.low_count,
            plain(split.modes.low, 3),
            split.modes.high_count,
            plain(split.modes.high, 3)
        );
    }
    text
}
