//! Where throughput has its peak, and up to where a requirement holds: bracketing on a few values, then bisection.

use super::judge::{Effort, Peak, Verdict, decide, leaning};
use super::range::Range;
use super::requirement::Requirement;
use super::runs::Runs;
use crate::error::Result;
use crate::stats::{estimate, rank};
use std::collections::BTreeSet;

/// Values that are tried first; a curve whose peak is narrower than the gaps between them can be missed.
const FIRST_VALUES: usize = 9;
/// Most values that are run again and again to tell which of them is the peak.
const MOST_CONTENDERS: usize = 6;
/// Differences in throughput below this share are not worth telling apart.
const ALIKE: f64 = 1e-3;
/// Most steps from a boundary to the nearest decided value.
const MOST_STEPS: usize = 12;

/// A search over one range.
pub(super) struct Search<'s, 'a> {
    pub range: &'s Range,
    pub runs: &'s Runs<'a>,
    pub effort: Effort,
    /// Every value that has been run, at least in the first replications.
    pub tried: BTreeSet<usize>,
}

/// Where throughput is largest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Top {
    pub index: usize,
    /// The first and the last value whose throughput could not be told from the largest.
    pub low: usize,
    pub high: usize,
    pub throughput: f64,
}

/// Up to where something holds, in one direction from where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// The last value at which it holds.
    pub at: usize,
    /// Whether it holds up to the end of the range.
    pub to_the_end: bool,
    /// The last value up to which it holds for sure.
    pub sure: usize,
    /// The last value at which it does not fail for sure.
    pub possible: usize,
}

impl<'s, 'a> Search<'s, 'a> {
    pub fn new(range: &'s Range, runs: &'s Runs<'a>, effort: Effort) -> Search<'s, 'a> {
        Search { range, runs, effort, tried: BTreeSet::new() }
    }

    /// Runs some values in the first replications.
    pub fn try_values(&mut self, indices: impl IntoIterator<Item = usize>) -> Result<()> {
        let new: Vec<usize> = indices.into_iter().filter(|index| self.tried.insert(*index)).collect();
        let cells: Vec<_> = new.iter().map(|&index| &self.range.cells[index]).collect();
        self.runs.make(&cells, self.effort.first)
    }

    /// Runs a few values over the whole range: evenly spaced, or in equal ratios where the range spans orders of magnitude.
    pub fn survey(&mut self) -> Result<()> {
        let (last, numbers) = (self.range.len() - 1, &self.range.numbers);
        let wide = numbers[0] > 0.0 && numbers[last] / numbers[0] > 50.0;
        let places = (0..FIRST_VALUES).map(|step| {
            let share = step as f64 / (FIRST_VALUES - 1) as f64;
            if !wide {
                return libm::round(share * last as f64) as usize;
            }
            let sought = numbers[0] * libm::pow(numbers[last] / numbers[0], share);
            numbers.partition_point(|number| *number < sought * (1.0 - 1e-9)).min(last)
        });
        let places: Vec<usize> = places.collect();
        self.try_values(places)
    }

    fn throughput(&self, index: usize, count: u32) -> Vec<f64> {
        let runs = self.runs.of(&self.range.cells[index], count);
        runs.iter().map(|run| run.values.get("throughput").copied().unwrap_or(0.0)).collect()
    }

    fn mean_throughput(&self, index: usize, count: u32) -> f64 {
        estimate(&self.throughput(index, count), 0.95).map_or(0.0, |estimate| estimate.mean)
    }

    /// The tried value at which a score is largest, the first of equals, after its neighbourhood has been searched.
    fn climb(&mut self, score: impl Fn(&Self, usize) -> Result<f64>) -> Result<usize> {
        loop {
            let mut best: Option<(usize, f64)> = None;
            for &index in &self.tried {
                let score = score(self, index)?;
                if best.is_none_or(|(_, most)| score > most) {
                    best = Some((index, score));
                }
            }
            let Some((best, _)) = best else { return Ok(0) };
            let below = self.tried.range(..best).next_back().filter(|below| best - **below > 1);
            let above = self.tried.range(best + 1..).next().filter(|above| **above - best > 1);
            let between: Vec<usize> = below
                .map(|below| (below + best) / 2)
                .into_iter()
                .chain(above.map(|above| (above + best) / 2))
                .collect();
            if between.is_empty() {
                return Ok(best);
            }
            self.try_values(between)?;
        }
    }

    /// The peak of throughput. Values that cannot be told from it are run again, up to the most replications.
    pub fn peak(&mut self) -> Result<Top> {
        let first = self.effort.first;
        let mut best = self.climb(|search, index| Ok(search.mean_throughput(index, first)))?;
        let looks = self.effort.looks();
        let confidence = self.effort.each(looks.len());
        let mut alike: Vec<usize> = Vec::new();
        for (number, &count) in looks.iter().enumerate() {
            let candidates = if number == 0 { self.tried.iter().copied().collect() } else { alike };
            let cells: Vec<_> = candidates.iter().map(|&index| &self.range.cells[index]).collect();
            self.runs.make(&cells, count)?;
            let samples: Vec<Vec<f64>> = candidates.iter().map(|&index| self.throughput(index, count)).collect();
            let ranking = rank(&samples, confidence);
            best = candidates[ranking.best];
            alike = candidates
                .iter()
                .zip(&ranking.others)
                .filter(|(_, other)| other.as_ref().is_none_or(|other| !other.significant))
                .map(|(index, _)| *index)
                .collect();
            alike.sort_by_key(|index| (index.abs_diff(best), *index));
            alike.truncate(MOST_CONTENDERS);
            alike.sort_unstable();
            let most = self.mean_throughput(best, count);
            let worth = alike.iter().any(|&index| self.mean_throughput(index, count) < (1.0 - ALIKE) * most);
            if alike.len() < 2 || !worth {
                break;
            }
        }
        let (low, high) = (alike.first().copied().unwrap_or(best), alike.last().copied().unwrap_or(best));
        let throughput = self.mean_throughput(best, self.effort.most);
        Ok(Top { index: best, low: low.min(best), high: high.max(best), throughput })
    }

    pub fn decide(&mut self, index: usize, requirement: &Requirement, peak: Option<&Peak<'_>>) -> Result<Verdict> {
        self.tried.insert(index);
        decide(self.runs, self.range, index, requirement, peak, &self.effort)
    }

    /// A value at which a requirement holds, from which its edges can be sought: the peak where throughput must be high, else the
    /// tried value with the most slack. `None` if it holds nowhere, as far as the slack has one maximum only.
    pub fn anchor(&mut self, requirement: &Requirement, peak: Option<&Peak<'_>>) -> Result<Option<usize>> {
        let first = self.effort.first;
        let best = self.climb(|search, index| leaning(search.runs, search.range, index, requirement, peak, first))?;
        Ok(self.decide(best, requirement, peak)?.leans_to_hold().then_some(best))
    }

    /// From a value at which a requirement holds up (or down) to where it no longer does.
    pub fn edge(&mut self, from: usize, up: bool, requirement: &Requirement, peak: Option<&Peak<'_>>) -> Result<Edge> {
        let end = if up { self.range.len() - 1 } else { 0 };
        let step = |index: usize| if up { index + 1 } else { index - 1 };
        let back = |index: usize| if up { index - 1 } else { index + 1 };
        // Bracketing, on what has been tried: the first value beyond that does not hold.
        let mut holds = from;
        let mut fails = None;
        let beyond: Vec<usize> = if up {
            self.tried.range(from + 1..).copied().collect()
        } else {
            self.tried.range(..from).rev().copied().collect()
        };
        for index in beyond.into_iter().chain([end]).filter(|index| *index != from) {
            if self.decide(index, requirement, peak)?.leans_to_hold() {
                holds = index;
            } else {
                fails = Some(index);
                break;
            }
        }
        // Bisection.
        while let Some(failing) = fails
            && failing.abs_diff(holds) > 1
        {
            let middle = (failing + holds) / 2;
            if self.decide(middle, requirement, peak)?.leans_to_hold() {
                holds = middle;
            } else {
                fails = Some(middle);
            }
        }
        // From there to the nearest values that are decided.
        let mut sure = holds;
        for _ in 0..MOST_STEPS {
            if sure == from || self.decide(sure, requirement, peak)? == Verdict::Holds {
                break;
            }
            sure = back(sure);
        }
        let mut possible = holds;
        if let Some(failing) = fails {
            let mut next = failing;
            for _ in 0..MOST_STEPS {
                if self.decide(next, requirement, peak)? == Verdict::Fails {
                    break;
                }
                possible = next;
                if next == end {
                    break;
                }
                next = step(next);
            }
        }
        Ok(Edge { at: holds, to_the_end: fails.is_none(), sure, possible })
    }
}
