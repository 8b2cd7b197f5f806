//! Whether the replications of one cell split into two groups: a system that can stay in either of two states for as long as it is
//! watched (metastability) gives a mean that no run has.

use crate::rng::Streams;
use serde::{Deserialize, Serialize};

/// Two groups of values far apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Modes {
    /// Mean of the lower group.
    pub low: f64,
    /// Number of values in it.
    pub low_count: usize,
    /// Mean of the upper group.
    pub high: f64,
    /// Number of values in it.
    pub high_count: usize,
}

/// A split must be so improbable for a normal sample of the same size.
const LEVEL: f64 = 0.003;
/// The gap between the groups, in standard deviations within them.
const GAP: f64 = 4.0;
/// The groups' means differ by this share of the larger one at least, or nobody need care.
const WORTH: f64 = 0.1;
/// Fewest values that can be said to split: two and two.
const FEWEST: usize = 4;
const SAMPLES: usize = 4_000;

/// The two groups that some values split into, if they do.
///
/// The sorted values are cut where the sum of squares within the two parts is least (two means in one dimension). They are two modes if each part
/// has two values and a fifth of all at least; the share of the variance that the cut explains is larger than in 99.7 % of normal samples of
/// that size, cut in the same way; the gap between the parts is four standard deviations within them at least; and the means differ by 10 % or
/// more. The last two keep skewed and tiny differences from being called two states.
pub fn two_modes(values: &[f64]) -> Option<Modes> {
    let n = values.len();
    if n < FEWEST || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (cut, explained) = best_cut(&sorted)?;
    let (low, high) = sorted.split_at(cut);
    let fewest = low.len().min(high.len());
    if fewest < 2 || fewest * 5 < n {
        return None;
    }
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let squares = |part: &[f64]| part.iter().map(|value| (value - mean(part)) * (value - mean(part))).sum::<f64>();
    let within = libm::sqrt((squares(low) + squares(high)) / (n - 2) as f64);
    let gap = high[0] - low[low.len() - 1];
    let (below, above) = (mean(low), mean(high));
    let worth = (above - below) >= WORTH * above.abs().max(below.abs());
    if gap < GAP * within || !worth || explained <= critical(n) {
        return None;
    }
    Some(Modes { low: below, low_count: low.len(), high: above, high_count: high.len() })
}

/// Where to cut sorted values so that the squares within the parts are least, and the share of all squares that this explains.
fn best_cut(sorted: &[f64]) -> Option<(usize, f64)> {
    let n = sorted.len();
    let mean = sorted.iter().sum::<f64>() / n as f64;
    let total: f64 = sorted.iter().map(|value| (value - mean) * (value - mean)).sum();
    if total <= 0.0 {
        return None;
    }
    let mut below = 0.0;
    let mut best = (0, 0.0);
    for cut in 1..n {
        below += sorted[cut - 1] - mean;
        // Squares between the parts: n₁ d₁² + n₂ d₂², with n₁ d₁ = −n₂ d₂ = the sum below.
        let between = below * below * (1.0 / cut as f64 + 1.0 / (n - cut) as f64);
        if between > best.1 {
            best = (cut, between);
        }
    }
    Some((best.0, best.1 / total))
}

/// The share of variance that the best cut explains in all but 0.3 % of normal samples of `n` values.
fn critical(n: usize) -> f64 {
    let mut stream = Streams::new(n as u64).named("modes");
    let mut shares: Vec<f64> = (0..SAMPLES)
        .filter_map(|_| {
            let mut sample: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
            sample.sort_by(f64::total_cmp);
            best_cut(&sample).map(|(_, explained)| explained)
        })
        .collect();
    shares.sort_by(f64::total_cmp);
    let place = ((1.0 - LEVEL) * shares.len() as f64) as usize;
    shares.get(place.min(shares.len().saturating_sub(1))).copied().unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    fn share(samples: usize, n: usize, mut draw: impl FnMut(&mut Stream) -> f64) -> f64 {
        let mut stream = Streams::new(n as u64).named("test");
        let found =
            (0..samples).filter(|_| two_modes(&(0..n).map(|_| draw(&mut stream)).collect::<Vec<_>>()).is_some());
        found.count() as f64 / samples as f64
    }

    #[test]
    fn two_states_are_found_and_counted() {
        let modes = two_modes(&[4.9, 1.1, 5.0, 5.1, 1.0, 4.95, 1.05, 5.05]).unwrap();
        assert_eq!((modes.low_count, modes.high_count), (3, 5));
        assert!((modes.low - 1.05).abs() < 1e-9 && (modes.high - 5.0).abs() < 1e-9);
        for n in [8, 10, 20] {
            let found = share(100, n, |stream| if stream.chance(0.5) { 5.0 } else { 2.0 } + 0.1 * stream.normal());
            assert!(found > 0.85, "of {n} values {found}");
        }
    }

    #[test]
    fn one_state_is_not_split() {
        for n in [5, 10, 40] {
            let normal = share(1_000, n, |stream| 5.0 + stream.normal());
            let uniform = share(1_000, n, |stream| stream.unit());
            let exponential = share(1_000, n, |stream| stream.exponential());
            assert!(normal <= 0.01, "normal, {n}: {normal}");
            assert!(uniform <= 0.03, "uniform, {n}: {uniform}");
            assert!(exponential <= 0.04, "exponential, {n}: {exponential}");
        }
        assert_eq!(two_modes(&[1.0, 1.0, 1.0, 1.0]), None);
        assert_eq!(two_modes(&[1.0, 1.0, 1.02, 1.02]), None, "not worth a word");
        assert_eq!(two_modes(&[1.0, 5.0]), None);
    }
}
