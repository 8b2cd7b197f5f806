//! The knee of each curve of a sweep, one curve for each combination of the other axes, by three definitions: the maximum of
//! throughput along the load axis, the maximum curvature of its rising part, and the knee of the lifetime curve; and cells whose
//! replications split into two modes.

use super::description::Description;
use super::tally::{decoded, encoded};
use super::{AxisRecord, KneeRecord, LifetimeKnee, Metastable, Place};
use crate::column::Column;
use crate::error::Result;
use crate::scenario::magnitude;
use crate::stats;
use std::collections::BTreeMap;

/// The axis that is the load: the first with at least two values, all of them numbers.
pub(super) fn load_axis(axes: &[AxisRecord]) -> Option<usize> {
    axes.iter().position(|axis| axis.values.len() > 1 && axis.values.iter().all(|value| load(value).is_some()))
}

fn load(value: &str) -> Option<f64> {
    value.parse().ok().filter(|load: &f64| load.is_finite())
}

/// What knees are found from: of each cell, the values of throughput and of lifetime in its replications.
#[derive(Debug)]
pub(super) struct Samples {
    /// For each cell the values of one and then of the other, as [`encoded`], with room for `most` of each.
    values: Column,
    most: usize,
}

impl Samples {
    /// Of cells with this many replications at most.
    pub fn of(most: usize) -> Samples {
        Samples { values: Column::default(), most }
    }

    /// Sets those of a cell.
    pub fn set(&self, cell: usize, throughput: &[f64], lifetime: &[f64]) -> Result<()> {
        for (values, place) in [(throughput, 2 * cell), (lifetime, 2 * cell + 1)] {
            for (place, value) in (place * self.most..).zip(values) {
                self.values.set(place, encoded(Some(*value)))?;
            }
        }
        Ok(())
    }

    fn throughput(&self, cell: usize) -> Result<Vec<f64>> {
        self.get(2 * cell)
    }

    fn lifetime(&self, cell: usize) -> Result<Vec<f64>> {
        self.get(2 * cell + 1)
    }

    fn get(&self, place: usize) -> Result<Vec<f64>> {
        let places = place * self.most..(place + 1) * self.most;
        places.map(|place| Ok(decoded(self.values.get(place)?).flatten())).map_while(Result::transpose).collect()
    }
}

/// The knees of each curve, in order of the first cell of the curve.
pub(super) fn find(sweep: &Description, samples: &Samples) -> Result<Vec<KneeRecord>> {
    let Some(axis) = load_axis(&sweep.axes) else { return Ok(Vec::new()) };
    let memory = Memory::of(sweep);
    // How many cells there are from a load to the next.
    let step: usize = sweep.axes[axis + 1..].iter().map(|axis| axis.values.len()).product();
    let loads = sweep.axes[axis].values.len();
    let firsts = (0..sweep.cells()).filter(|cell| (cell / step).is_multiple_of(loads));
    let curve = |first: usize| -> Result<KneeRecord> {
        let mut at = place(sweep, &sweep.coordinates(first));
        at.remove(&sweep.axes[axis].key);
        let mut points = Vec::with_capacity(loads);
        for cell in (first..).step_by(step).take(loads) {
            let coordinates = sweep.coordinates(cell);
            let Some(load) = load(&coordinates[axis]) else { continue };
            let frames = memory.as_ref().and_then(|memory| memory.for_each_process(sweep, &coordinates));
            let (throughput, lifetime) = (samples.throughput(cell)?, samples.lifetime(cell)?);
            points.push(Point { load, frames, throughput, lifetime });
        }
        Ok(Curve { at, points }.knees(sweep.confidence))
    };
    firsts.map(curve).collect()
}

/// A cell, if its replications split into two modes of throughput.
pub(super) fn metastable(sweep: &Description, cell: usize, throughput: &[f64]) -> Option<Metastable> {
    let modes = stats::two_modes(throughput)?;
    Some(Metastable { at: place(sweep, &sweep.coordinates(cell)), modes })
}

fn place(sweep: &Description, coordinates: &[String]) -> BTreeMap<String, String> {
    sweep.axes.iter().zip(coordinates).map(|(axis, value)| (axis.key.clone(), value.clone())).collect()
}

struct Point {
    load: f64,
    /// Frames for each process.
    frames: Option<f64>,
    throughput: Vec<f64>,
    lifetime: Vec<f64>,
}

struct Curve {
    at: BTreeMap<String, String>,
    points: Vec<Point>,
}

impl Curve {
    fn knees(mut self, confidence: f64) -> KneeRecord {
        self.points.sort_by(|a, b| a.load.total_cmp(&b.load));
        // Loads at which every run failed say nothing; they still count as places on the axis.
        let with_values: Vec<usize> =
            (0..self.points.len()).filter(|&i| !self.points[i].throughput.is_empty()).collect();
        let loads: Vec<f64> = with_values.iter().map(|&i| self.points[i].load).collect();
        let throughput: Vec<Vec<f64>> = with_values.iter().map(|&i| self.points[i].throughput.clone()).collect();
        let mut knee = stats::find_knee(&loads, &throughput, confidence);
        if let Some(knee) = &mut knee {
            knee.index = with_values[knee.index];
        }
        let curvature =
            found(&loads, &throughput, confidence, |means| rising_bend(&loads, means)).map(|(_, place)| place);
        KneeRecord { lifetime: self.lifetime(confidence), at: self.at, knee, curvature }
    }

    fn lifetime(&self, confidence: f64) -> Option<LifetimeKnee> {
        let frames_per_process: Vec<f64> = self.points.iter().map(|point| point.frames).collect::<Option<_>>()?;
        let first = *frames_per_process.first()?;
        if frames_per_process.iter().all(|frames| *frames == first) {
            return None;
        }
        // A run without a fault has no lifetime.
        let with: Vec<usize> = (0..self.points.len()).filter(|&i| !self.points[i].lifetime.is_empty()).collect();
        let loads: Vec<f64> = with.iter().map(|&i| self.points[i].load).collect();
        let frames: Vec<f64> = with.iter().map(|&i| frames_per_process[i]).collect();
        let samples: Vec<Vec<f64>> = with.iter().map(|&i| self.points[i].lifetime.clone()).collect();
        let (at, place) = found(&loads, &samples, confidence, |means| steepest_ray(&frames, means))?;
        let lifetime = stats::estimate(&samples[at], confidence)?.mean;
        Some(LifetimeKnee { place, frames: frames[at], lifetime, frames_per_process })
    }
}

/// A place that is picked from the means, and its interval.
fn found(
    loads: &[f64],
    samples: &[Vec<f64>],
    confidence: f64,
    pick: impl Fn(&[f64]) -> Option<usize>,
) -> Option<(usize, Place)> {
    let means: Vec<f64> =
        samples.iter().map(|values| Some(stats::estimate(values, confidence)?.mean)).collect::<Option<_>>()?;
    let at = pick(&means)?;
    let (low, high) = stats::place_interval(samples, confidence, pick).unwrap_or((at, at));
    Some((at, Place { load: loads[at], low: loads[low.min(at)], high: loads[high.max(at)] }))
}

/// Where throughput bends most on its way to the maximum.
fn rising_bend(loads: &[f64], means: &[f64]) -> Option<usize> {
    let peak = (0..means.len()).reduce(|best, i| if means[i] > means[best] { i } else { best })?;
    stats::curvature_knee(&loads[..=peak], &means[..=peak])
}

/// Where the ray from lifetime 1 at no memory is steepest (Denning and Kahn 1975).
fn steepest_ray(frames: &[f64], lifetimes: &[f64]) -> Option<usize> {
    let slope = |i: usize| (lifetimes[i] - 1.0) / frames[i];
    (0..lifetimes.len()).filter(|&i| frames[i] > 0.0).reduce(|best, i| if slope(i) > slope(best) { i } else { best })
}

/// Memory and processes, as the scenario has them.
struct Memory {
    document: toml::Table,
    classes: Vec<String>,
}

impl Memory {
    /// `None` if the scenario cannot be read back.
    fn of(sweep: &Description) -> Option<Memory> {
        let document: toml::Table = sweep.scenario.parse().ok()?;
        let classes = document.get("process")?.as_table()?.keys().cloned().collect();
        Some(Memory { document, classes })
    }

    /// Frames of the machine over processes, at a cell.
    fn for_each_process(&self, sweep: &Description, coordinates: &[String]) -> Option<f64> {
        let swept = |key: &str| {
            let axis = sweep.axes.iter().position(|axis| axis.key == key)?;
            coordinates.get(axis).cloned()
        };
        let machine = self.document.get("machine")?.as_table()?;
        let own = |key: &str| machine.get(key)?.as_str().map(str::to_owned);
        let memory = swept("machine.memory").or_else(|| own("memory"))?;
        let page = swept("machine.page_size").or_else(|| own("page_size"))?;
        let unit = memory.trim_start_matches(|c: char| c.is_ascii_digit() || "._ ".contains(c));
        let in_pages = unit.starts_with("frame") || unit.starts_with("page");
        let frames = if in_pages { magnitude(&memory)? } else { libm::floor(magnitude(&memory)? / magnitude(&page)?) };
        let mut processes = 0.0;
        for class in &self.classes {
            let count = || {
                let class = self.document.get("process")?.as_table()?.get(class)?.as_table()?;
                class.get("count")?.as_integer().map(|count| count.to_string())
            };
            processes += swept(&format!("process.{class}.count")).or_else(count)?.parse::<f64>().ok()?;
        }
        (processes > 0.0).then(|| frames / processes)
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

    /// Throughput N(1 − (N/20)²): its top is at 20/√3 = 11.5. The lifetime function 2B/(1 + (C/m)²) of m = 400/N has its knee at m = C, here
    /// N = 400/50.
    #[test]
    fn three_definitions_find_three_knees() {
        let sweep = Description {
            axes: vec![axis("process.w.count", &["2", "4", "6", "8", "10", "12", "14", "16"])],
            scenario: "[machine]\nmemory = \"400 frames\"\npage_size = \"4 KiB\"\n[process.w]\ncount = 2\n".into(),
            confidence: 0.95,
            ..Description::default()
        };
        let samples = Samples::of(3);
        for step in 1..=8 {
            let n = 2.0 * f64::from(step);
            let m = 400.0 / n;
            let values = |value: f64| [value, value * 1.001, value * 0.999];
            let throughput = values(n * (1.0 - (n / 20.0) * (n / 20.0)));
            let lifetime = values(2e4 / (1.0 + (50.0 / m) * (50.0 / m)));
            samples.set(step as usize - 1, &throughput, &lifetime).unwrap();
        }
        let [record] = find(&sweep, &samples).unwrap().try_into().unwrap_or_else(|other| panic!("{other:?}"));
        assert_eq!(record.knee.unwrap().load, 12.0);
        let lifetime = record.lifetime.unwrap();
        assert_eq!((lifetime.place.load, lifetime.frames), (8.0, 50.0));
        assert_eq!((lifetime.place.low, lifetime.place.high), (8.0, 8.0));
        assert_eq!(lifetime.frames_per_process[0], 200.0);
        // On 2..12 the chord's slope is (7.68 - 1.98)/10 = 0.57 = 1 - 3N²/400 at N = 7.6.
        assert_eq!(record.curvature.unwrap().load, 8.0);
        assert!(metastable(&sweep, 5, &[7.0, 7.007, 6.993]).is_none());
        let found = metastable(&sweep, 5, &[7.0, 7.1, 2.0, 7.05, 2.1, 7.0, 2.05, 7.1]).unwrap();
        assert_eq!((found.at["process.w.count"].as_str(), found.modes.low_count), ("12", 3));
    }
}
