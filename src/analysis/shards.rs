//! SHARDS: the fault curve of LRU from a small sample of the pages (Waldspurger, Park, Garthwaite and Ahmad, *Efficient MRC
//! construction with SHARDS*, FAST 2015), with a fixed sampling rate.
//!
//! A page is in the sample if its hash is small; all its references are, then. Stack distances within the sample, divided by
//! the rate, estimate those of the whole. The adjusted variant (SHARDS-adj) knows how many references a sample should have
//! had and books the difference at the shortest distance, for what is over- or under-represented is mostly a few very hot pages.

use super::stack_distance::{LruCurve, StackDistances};

/// Sampling and measuring in one pass. Memory is proportional to the sampled pages.
#[derive(Clone, Debug)]
pub struct Shards {
    threshold: u64,
    salt: u64,
    stack: StackDistances,
    sampled: LruCurve,
    references: u64,
}

impl Shards {
    /// Samples pages at this rate, held to (0, 1]; another salt samples other pages.
    pub fn new(rate: f64, salt: u64) -> Shards {
        // `as` saturates: a rate of 1 takes all.
        let threshold = (rate * 2f64.powi(64)) as u64;
        Shards {
            threshold: threshold.max(1),
            salt,
            stack: StackDistances::new(),
            sampled: LruCurve::new(),
            references: 0,
        }
    }

    /// Whether the pass wants to see references to this page.
    #[inline]
    pub fn samples(&self, page: u64) -> bool {
        mix(page ^ self.salt) < self.threshold
    }

    /// The next reference: the page by its original number, from which the sample is drawn, and densely numbered. (Only the
    /// pages in the sample need the dense number; the dense numbering may be of them alone.)
    #[inline]
    pub fn reference(&mut self, page: u64, number: impl FnOnce() -> u32) {
        self.references += 1;
        if self.samples(page) {
            let distance = self.stack.reference(number());
            self.sampled.count(distance);
        }
    }

    /// The estimated curve; `adjusted` for SHARDS-adj.
    pub fn curve(&self, adjusted: bool) -> ShardsCurve {
        let rate = if self.threshold == u64::MAX { 1.0 } else { self.threshold as f64 / 2f64.powi(64) };
        let sampled = self.sampled.references() as f64;
        let expected = self.references as f64 * rate;
        let references = if adjusted { expected } else { sampled };
        let mut faults: Vec<f64> = self.sampled.all_faults().into_iter().map(|count| count as f64).collect();
        // The difference goes to distance 1, which faults in no memory but an empty one.
        faults[0] = references;
        ShardsCurve { rate, references, faults }
    }

    /// References in the sample.
    pub fn sampled_references(&self) -> u64 {
        self.sampled.references()
    }
}

/// The fault curve that a sample suggests.
#[derive(Clone, Debug)]
pub struct ShardsCurve {
    rate: f64,
    references: f64,
    /// Faults in the sample by memory in units of 1 / rate frames.
    faults: Vec<f64>,
}

impl ShardsCurve {
    /// The fault ratio of LRU with this many frames, first references included; held to [0, 1].
    pub fn fault_ratio(&self, frames: f64) -> f64 {
        if self.references <= 0.0 {
            return 0.0;
        }
        let at = (frames * self.rate).max(0.0);
        let last = self.faults.len() - 1;
        let below = (at as usize).min(last);
        let above = (below + 1).min(last);
        let faults = self.faults[below] + (self.faults[above] - self.faults[below]) * (at - below as f64).min(1.0);
        (faults / self.references).clamp(0.0, 1.0)
    }
}

/// A permutation of the 64-bit numbers that looks random (the finaliser of SplitMix64: Steele, Lea and Flood 2014).
#[inline]
pub(crate) fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;

    #[test]
    fn the_whole_as_its_own_sample_is_exact() {
        let mut stream = Streams::new(7).named("references");
        let string: Vec<u32> = (0..5000).map(|_| stream.below(100) as u32).collect();
        let exact = LruCurve::of(string.iter().copied());
        let mut shards = Shards::new(1.0, 0);
        string.iter().for_each(|&page| shards.reference(u64::from(page), || page));
        for adjusted in [false, true] {
            let curve = shards.curve(adjusted);
            for frames in 0..110 {
                let ratio = exact.faults(frames) as f64 / 5000.0;
                assert!((curve.fault_ratio(f64::from(frames)) - ratio).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_tenth_of_many_pages_is_enough() {
        let mut stream = Streams::new(8).named("references");
        let string: Vec<u32> = (0..400_000).map(|_| (20_000.0 * stream.unit() * stream.unit()) as u32).collect();
        let exact = LruCurve::of(string.iter().copied());
        let mut shards = Shards::new(0.1, 1);
        string.iter().for_each(|&page| shards.reference(u64::from(page), || page));
        let curve = shards.curve(true);
        let error =
            |frames: u32| (curve.fault_ratio(f64::from(frames)) - exact.faults(frames) as f64 / 400_000.0).abs();
        let mean = (1..=100).map(|i| error(i * 200)).sum::<f64>() / 100.0;
        assert!(mean < 0.02, "{mean}");
        assert!(shards.sampled_references() < 60_000);
    }
}
