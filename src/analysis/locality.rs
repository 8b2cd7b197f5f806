//! How local a reference string is: in time, by its working sets and reuse distances, and in space, by its runs.
//!
//! *Working set*: the distinct pages among the last T references (Denning 1968), here at every T-th reference. *Reuse distance*: the
//! position of a page in the LRU stack when it is referenced again (Mattson et al. 1970), 1 for the page just used. *Run*: pages of a
//! working set that lie side by side, as many as there are; what could be read together. *Sequential run*: references in a row, each to
//! the page after that of the one before. Cost: that of a stack distance for each reference, and sorting T pages for each window.

use super::stack_distance::{LruCurve, StackDistances};

/// Looks at a reference string as it passes by.
#[derive(Debug)]
pub struct LocalityPass {
    window: u64,
    references: u64,
    /// The pages of the window at hand, with repetitions.
    recent: Vec<u32>,
    /// Pages and runs in the windows before, and their number.
    pages: u64,
    runs: u64,
    windows: u64,
    /// The page before, and how many sequential runs have begun.
    last: Option<u32>,
    sequences: u64,
    stack: StackDistances,
    curve: LruCurve,
}

/// What was seen. A value without a base (no whole window, no page referenced twice) is not finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Locality {
    /// Mean size of the working set in pages.
    pub working_set: f64,
    /// Mean pages of a run in the working set.
    pub run_length: f64,
    /// Mean references of a sequential run; 1 if no reference goes to the page after that of the one before.
    pub sequential_run: f64,
    /// Mean reuse distance, of the references to pages that were referenced before.
    pub reuse_distance_mean: f64,
    /// Their median.
    pub reuse_distance_p50: f64,
    /// Their 90th percentile.
    pub reuse_distance_p90: f64,
}

impl LocalityPass {
    /// Nothing has passed yet; a working set is over a window of so many references (at least 1).
    pub fn new(window: u64) -> LocalityPass {
        LocalityPass {
            window,
            references: 0,
            recent: Vec::new(),
            pages: 0,
            runs: 0,
            windows: 0,
            last: None,
            sequences: 0,
            stack: StackDistances::new(),
            curve: LruCurve::new(),
        }
    }

    /// The next reference, to a page by its number in the address space.
    pub fn reference(&mut self, page: u32) {
        self.references += 1;
        self.curve.count(self.stack.reference(page));
        if self.last.and_then(|last| last.checked_add(1)) != Some(page) {
            self.sequences += 1;
        }
        self.last = Some(page);
        self.recent.push(page);
        if self.recent.len() as u64 == self.window {
            self.recent.sort_unstable();
            self.recent.dedup();
            self.windows += 1;
            self.pages += self.recent.len() as u64;
            let neighbours = self.recent.windows(2).filter(|pair| pair[0] + 1 == pair[1]).count();
            self.runs += (self.recent.len() - neighbours) as u64;
            self.recent.clear();
        }
    }

    /// The string has ended.
    pub fn finish(self) -> Locality {
        let reuses = self.references - self.curve.first_references();
        let sum: u64 = self.curve.distances().map(|(distance, count)| u64::from(distance) * count).sum();
        // The smallest distance that a share of the reuses does not exceed.
        let percentile = |per_cent: u64| {
            let rank = (reuses * per_cent).div_ceil(100).max(1);
            let mut passed = 0;
            let reached = self.curve.distances().find(|(_, count)| {
                passed += count;
                passed >= rank
            });
            reached.map_or(f64::NAN, |(distance, _)| f64::from(distance))
        };
        Locality {
            working_set: self.pages as f64 / self.windows as f64,
            run_length: self.pages as f64 / self.runs as f64,
            sequential_run: self.references as f64 / self.sequences as f64,
            reuse_distance_mean: sum as f64 / reuses as f64,
            reuse_distance_p50: percentile(50),
            reuse_distance_p90: percentile(90),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;
    use std::collections::BTreeSet;

    /// The same by looking back over the string for each number.
    fn naive(string: &[u32], window: usize) -> Locality {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let sets: Vec<BTreeSet<u32>> =
            string.chunks_exact(window).map(|chunk| chunk.iter().copied().collect()).collect();
        let sizes: Vec<f64> = sets.iter().map(|set| set.len() as f64).collect();
        let begins =
            |set: &BTreeSet<u32>| set.iter().filter(|page| **page == 0 || !set.contains(&(**page - 1))).count();
        let runs: usize = sets.iter().map(begins).sum();
        let mut reuses: Vec<f64> = Vec::new();
        for (at, page) in string.iter().enumerate() {
            if let Some(before) = string[..at].iter().rposition(|other| other == page) {
                reuses.push(string[before..at].iter().collect::<BTreeSet<_>>().len() as f64);
            }
        }
        reuses.sort_by(f64::total_cmp);
        let at = |share: f64| reuses.get(((reuses.len() as f64 * share).ceil() as usize).max(1) - 1).copied();
        let sequences = 1 + string.windows(2).filter(|pair| pair[0] + 1 != pair[1]).count();
        Locality {
            working_set: mean(&sizes),
            run_length: sizes.iter().sum::<f64>() / runs as f64,
            sequential_run: string.len() as f64 / sequences as f64,
            reuse_distance_mean: mean(&reuses),
            reuse_distance_p50: at(0.5).unwrap_or(f64::NAN),
            reuse_distance_p90: at(0.9).unwrap_or(f64::NAN),
        }
    }

    fn of(string: &[u32], window: u64) -> Locality {
        let mut pass = LocalityPass::new(window);
        string.iter().for_each(|page| pass.reference(*page));
        pass.finish()
    }

    #[test]
    fn a_string_by_hand() {
        // Windows {3, 4, 7} and {1, 3, 4}: two runs each. Sequences 3 4 | 7 | 3 4 | 1. Both reuses at distance 3.
        let local = of(&[3, 4, 7, 3, 4, 1], 3);
        assert_eq!((local.working_set, local.run_length, local.sequential_run), (3.0, 1.5, 1.5));
        assert_eq!((local.reuse_distance_mean, local.reuse_distance_p50, local.reuse_distance_p90), (3.0, 3.0, 3.0));
        let none = of(&[], 3);
        assert!(none.working_set.is_nan() && none.reuse_distance_p50.is_nan());
    }

    #[test]
    fn every_number_is_that_of_looking_back() {
        let mut stream = Streams::new(9).named("strings");
        for round in 0..200 {
            let pages = 2 + stream.below(12);
            let length = 20 + stream.below(60) as usize;
            let mut page = 0;
            let string: Vec<u32> = (0..length)
                .map(|_| {
                    page = if stream.chance(0.5) { (page + 1) % pages } else { stream.below(pages) };
                    page as u32
                })
                .collect();
            let window = 1 + stream.below(20);
            let (found, expected) = (of(&string, window), naive(&string, window as usize));
            for (name, found, expected) in [
                ("working set", found.working_set, expected.working_set),
                ("run length", found.run_length, expected.run_length),
                ("sequential run", found.sequential_run, expected.sequential_run),
                ("reuse, mean", found.reuse_distance_mean, expected.reuse_distance_mean),
                ("reuse, median", found.reuse_distance_p50, expected.reuse_distance_p50),
                ("reuse, 90 %", found.reuse_distance_p90, expected.reuse_distance_p90),
            ] {
                assert!((found - expected).abs() < 1e-9, "round {round}, {name}: {found}, not {expected}");
            }
        }
    }
}
