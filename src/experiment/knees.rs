//! The knee of each curve of a sweep: throughput along the load axis, one curve for each combination of the other axes.

use super::description::Description;
use super::{AxisRecord, KneeRecord};
use crate::stats;
use std::collections::BTreeMap;

/// The axis that is the load: the first with at least two values, all of them numbers.
pub(super) fn load_axis(axes: &[AxisRecord]) -> Option<usize> {
    axes.iter().position(|axis| axis.values.len() > 1 && axis.values.iter().all(|value| load(value).is_some()))
}

fn load(value: &str) -> Option<f64> {
    value.parse().ok().filter(|load: &f64| load.is_finite())
}

/// One knee for each curve, in order of the first cell of the curve. `throughput` holds each cell's replications.
pub(super) fn find(sweep: &Description, throughput: &[Vec<f64>]) -> Vec<KneeRecord> {
    let Some(axis) = load_axis(&sweep.axes) else { return Vec::new() };
    let mut curves: Vec<Curve> = Vec::new();
    let mut known: BTreeMap<BTreeMap<String, String>, usize> = BTreeMap::new();
    for (cell, throughput) in throughput.iter().enumerate() {
        let coordinates = sweep.coordinates(cell);
        let mut at: BTreeMap<String, String> =
            sweep.axes.iter().zip(&coordinates).map(|(axis, value)| (axis.key.clone(), value.clone())).collect();
        at.remove(&sweep.axes[axis].key);
        let curve = *known.entry(at.clone()).or_insert_with(|| {
            curves.push(Curve { at, points: Vec::new() });
            curves.len() - 1
        });
        if let Some(load) = load(&coordinates[axis]) {
            curves[curve].points.push((load, throughput));
        }
    }
    curves.into_iter().map(|curve| curve.knee(sweep.confidence)).collect()
}

struct Curve<'a> {
    at: BTreeMap<String, String>,
    points: Vec<(f64, &'a Vec<f64>)>,
}

impl Curve<'_> {
    fn knee(mut self, confidence: f64) -> KneeRecord {
        self.points.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Loads at which every run failed say nothing; they still count as places on the axis.
        let with_values: Vec<usize> = (0..self.points.len()).filter(|&i| !self.points[i].1.is_empty()).collect();
        let loads: Vec<f64> = with_values.iter().map(|&i| self.points[i].0).collect();
        let throughput: Vec<Vec<f64>> = with_values.iter().map(|&i| self.points[i].1.clone()).collect();
        let mut knee = stats::find_knee(&loads, &throughput, confidence);
        if let Some(knee) = &mut knee {
            knee.index = with_values[knee.index];
        }
        KneeRecord { at: self.at, knee }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(key: &str, values: &[&str]) -> AxisRecord {
        AxisRecord { key: key.into(), values: values.iter().map(|value| value.to_string()).collect() }
    }

    #[test]
    fn the_load_is_the_first_axis_of_numbers() {
        let policy = axis("memory.policy", &["clock", "lru"]);
        let single = axis("machine.cpus", &["1"]);
        let count = axis("process.worker.count", &["1", "2", "4"]);
        assert_eq!(load_axis(&[policy.clone(), single, count]), Some(2));
        assert_eq!(load_axis(&[policy]), None);
    }
}
