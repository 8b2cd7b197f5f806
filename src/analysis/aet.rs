//! AET: the fault curve of LRU from reuse times alone, without any stack (Hu, Wang, Zhou, Luo and Sun, *Fast miss ratio
//! curve modeling*, USENIX ATC 2016).
//!
//! A page in an LRU stack moves down whenever a reference goes beyond its position. At a position it has reached after x
//! references, that has probability P(x), the share of references with a reuse time longer than x. So the average eviction
//! time T of a memory of c frames satisfies c = ∫_0^T P(x) dx, and the fault ratio is P(T). First references have an
//! infinite reuse time.
//!
//! It is Denning and Schwartz's s(T) = Σ m(x) read backwards, and as good as references are alike over time: on a
//! loop the cliff is where it belongs, with phases it is smoothed.

use super::working_set::WorkingSets;

/// The estimated fault curve.
#[derive(Clone, Debug)]
pub struct AetCurve {
    /// `(frames, fault ratio)`, both ends of every bin of reuse times, frames increasing.
    points: Vec<(f64, f64)>,
}

impl AetCurve {
    /// From the reuse times of a string.
    pub fn of(sets: &WorkingSets) -> AetCurve {
        let references = sets.references().max(1) as f64;
        let mut points = vec![(0.0, 1.0)];
        let (mut frames, mut edge_before, mut beyond_before) = (0.0, 0, references);
        for edge in sets.intervals().edges().skip(1) {
            let beyond = (sets.first_references() + sets.intervals().cut(edge).beyond) as f64;
            // Within a bin the tail falls evenly; the bin of one interval is a step that begins at it.
            let mean = if edge - edge_before == 1 { beyond_before } else { (beyond_before + beyond) / 2.0 };
            frames += (edge - edge_before) as f64 * mean / references;
            points.push((frames, beyond / references));
            (edge_before, beyond_before) = (edge, beyond);
        }
        AetCurve { points }
    }

    /// The fault ratio of LRU with this many frames, first references included.
    pub fn fault_ratio(&self, frames: f64) -> f64 {
        let after = self.points.partition_point(|&(c, _)| c < frames);
        let Some(&(c1, r1)) = self.points.get(after) else {
            return self.points.last().map_or(0.0, |&(_, ratio)| ratio);
        };
        let Some(&(c0, r0)) = after.checked_sub(1).and_then(|before| self.points.get(before)) else { return r1 };
        if c1 > c0 { r0 + (r1 - r0) * (frames - c0) / (c1 - c0) } else { r1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::irm::che_lru;
    use crate::rng::Streams;

    #[test]
    fn a_loop_has_its_cliff() {
        let curve = AetCurve::of(&WorkingSets::of((0..100_000).map(|t| t % 50)));
        assert!(curve.fault_ratio(49.0) > 0.99 && curve.fault_ratio(50.0) < 0.01);
    }

    #[test]
    fn independent_references_follow_che() {
        let mut stream = Streams::new(6).named("references");
        let string: Vec<u32> = (0..300_000).map(|_| (200.0 * stream.unit() * stream.unit()) as u32).collect();
        let mut probabilities = vec![0.0; 200];
        string.iter().for_each(|&page| probabilities[page as usize] += 1.0 / string.len() as f64);
        let curve = AetCurve::of(&WorkingSets::of(string));
        for frames in [10, 50, 100, 150, 190] {
            let (found, che) = (curve.fault_ratio(frames as f64), che_lru(&probabilities, frames));
            assert!((found - che).abs() < 0.01, "{frames}: {found} {che}");
        }
    }
}
