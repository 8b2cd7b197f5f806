//! Latency distributions, kept by part of the run so that the warm-up can be left out afterwards.

use crate::units::Span;
use hdrhistogram::Histogram;

/// Two significant digits: a bucket is at most 1 % wide.
const DIGITS: u8 = 2;

/// A histogram for each part of the run.
#[derive(Debug)]
pub struct Latencies {
    parts: Vec<Histogram<u64>>,
}

impl Latencies {
    /// For a run in so many parts.
    pub fn new(parts: usize) -> Latencies {
        let empty = Histogram::new(DIGITS).expect("two significant digits are valid");
        Latencies { parts: vec![empty; parts] }
    }

    /// Records a latency in a part of the run.
    pub fn record(&mut self, part: usize, latency: Span) {
        let part = part.min(self.parts.len() - 1);
        // The histogram grows with its largest value; it could only refuse one beyond 2^63 ns, and no run lasts 292 years.
        let _ = self.parts[part].record(latency.0);
    }

    /// Adds what another has recorded, part by part.
    pub fn merge(&mut self, other: &Latencies) {
        for (part, other) in self.parts.iter_mut().zip(&other.parts) {
            *part += other;
        }
    }

    /// The given percentiles, in seconds, over the parts from `from` on; `None` if nothing was recorded.
    pub fn percentiles<const N: usize>(&self, from: usize, percentiles: [f64; N]) -> Option<[f64; N]> {
        let mut all = Histogram::<u64>::new(DIGITS).expect("two significant digits are valid");
        for part in self.parts.iter().skip(from) {
            all += part;
        }
        (!all.is_empty()).then(|| percentiles.map(|p| all.value_at_percentile(p) as f64 / 1e9))
    }

    /// The distribution over the parts from `from` on: per cent, and the seconds that so many per cent did not exceed; empty if nothing was
    /// recorded.
    pub fn distribution(&self, from: usize) -> Vec<(f64, f64)> {
        let tail = [99.5, 99.8, 99.9, 99.95, 99.99, 100.0];
        let percents: Vec<f64> = (0..100).map(f64::from).chain(tail).collect();
        let mut all = Histogram::<u64>::new(DIGITS).expect("two significant digits are valid");
        for part in self.parts.iter().skip(from) {
            all += part;
        }
        if all.is_empty() {
            return Vec::new();
        }
        percents.into_iter().map(|percent| (percent, all.value_at_percentile(percent) as f64 / 1e9)).collect()
    }
}
