//! The knee in words.

use super::Results;
use super::number::{plain, tick};

/// Names the knee of each curve; empty if the sweep has no axis of numbers.
pub fn sentence(results: &Results) -> String {
    let Some(axis) = results.load_axis() else { return String::new() };
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
    }
    text
}
