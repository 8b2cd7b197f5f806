//! The knee of a throughput curve, with an interval.

use super::estimate;
use crate::rng::Streams;
use serde::{Deserialize, Serialize};

/// Where a throughput curve has its maximum.
///
/// Definition: the knee is the load with the largest mean throughput. Its interval is a percentile bootstrap over replications:
/// replications are run with common random numbers, so the same replications are drawn again for every load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Knee {
    /// The load.
    pub load: f64,
    /// Its place among the loads, from 0.
    pub index: usize,
    /// Lower end of the interval of the load.
    pub low: f64,
    /// Upper end of the interval of the load.
    pub high: f64,
    /// Mean throughput there.
    pub throughput: f64,
    /// Whether throughput at the last load is less than 90 % of the maximum, beyond both intervals.
    pub collapses: bool,
    /// The first load after the knee at which mean throughput is less than 90 % of the maximum.
    pub collapse_load: Option<f64>,
}

/// Below this share of the maximum throughput has collapsed.
const COLLAPSED: f64 = 0.9;
const RESAMPLES: usize = 1_000;

/// The knee of a curve, given the replications' throughput at each load (loads ascending). `None` without values.
pub fn find_knee(loads: &[f64], throughput: &[Vec<f64>], confidence: f64) -> Option<Knee> {
    let means: Vec<f64> =
        throughput.iter().map(|values| estimate(values, confidence).map(|e| e.mean)).collect::<Option<_>>()?;
    let index = peak(&means)?;
    let (low, high) = place_interval(throughput, confidence, peak).unwrap_or((index, index));
    let limit = COLLAPSED * means[index];
    let last = estimate(&throughput[throughput.len() - 1], confidence)?;
    let best = estimate(&throughput[index], confidence)?;
    let apart = last.mean + last.half_width.unwrap_or(0.0) < best.mean - best.half_width.unwrap_or(0.0);
    let collapse = (index + 1..means.len()).find(|&i| means[i] < limit);
    Some(Knee {
        load: loads[index],
        index,
        low: loads[low.min(index)],
        high: loads[high.max(index)],
        throughput: means[index],
        collapses: last.mean < limit && apart,
        collapse_load: collapse.map(|i| loads[i]),
    })
}

/// The place of the largest value, the first of equals.
fn peak(values: &[f64]) -> Option<usize> {
    (0..values.len()).reduce(|best, i| if values[i] > values[best] { i } else { best })
}

/// The interval of a place that is picked from the means of several samples (the load with the largest one, say): the percentile bootstrap
/// over replications, which belong together, so that the same ones are drawn again for all samples. `None` if there is a sample without values,
/// or a place is never found.
pub fn place_interval(
    samples: &[Vec<f64>],
    confidence: f64,
    pick: impl Fn(&[f64]) -> Option<usize>,
) -> Option<(usize, usize)> {
    let replications = samples.iter().map(Vec::len).min().filter(|replications| *replications > 0)?;
    let mut stream = Streams::new(0).named("bootstrap");
    let mut places: Vec<usize> = (0..RESAMPLES)
        .filter_map(|_| {
            let chosen: Vec<usize> = (0..replications).map(|_| stream.below(replications as u64) as usize).collect();
            let mean = |values: &Vec<f64>| chosen.iter().map(|&i| values[i]).sum::<f64>() / replications as f64;
            pick(&samples.iter().map(mean).collect::<Vec<_>>())
        })
        .collect();
    places.sort_unstable();
    let last = places.len().checked_sub(1)?;
    let tail = ((1.0 - confidence) / 2.0 * places.len() as f64) as usize;
    Some((places[tail], places[last - tail]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    fn noisy(curve: &[f64], replications: usize, noise: f64, stream: &mut Stream) -> Vec<Vec<f64>> {
        curve.iter().map(|y| (0..replications).map(|_| y + noise * stream.normal()).collect()).collect()
    }

    #[test]
    fn the_peak_is_found_and_its_interval_holds_it() {
        let loads: Vec<f64> = (1..=20).map(f64::from).collect();
        // A parabola with its top at 8.
        let curve: Vec<f64> = loads.iter().map(|n| 10.0 - 0.05 * (n - 8.0) * (n - 8.0)).collect();
        let mut stream = Streams::new(1).named("test");
        let mut held = 0;
        for _ in 0..100 {
            let knee = find_knee(&loads, &noisy(&curve, 10, 0.1, &mut stream), 0.95).unwrap();
            assert!((knee.load - 8.0).abs() <= 2.0 && knee.collapses);
            held += usize::from(knee.low <= 8.0 && 8.0 <= knee.high);
        }
        assert!(held >= 90, "the interval held the top {held} times of 100");
    }

    #[test]
    fn a_rising_curve_does_not_collapse() {
        let knee = find_knee(&[1.0, 2.0, 3.0], &[vec![1.0; 3], vec![2.0; 3], vec![3.0; 3]], 0.95).unwrap();
        assert_eq!((knee.load, knee.collapses, knee.collapse_load), (3.0, false, None));
        assert_eq!(find_knee(&[], &[], 0.95), None);
    }
}
