//! Sequential stopping: how many replications a cell needs for its precision.
//!
//! The decision about a cell is a function of the cell's own replications in their order, so it does not depend on threads, shards or
//! interruptions: rows that were made beyond it (for a finer precision, say) are passed over.

use crate::scenario::Control;
use crate::stats::estimate;
use serde::{Deserialize, Serialize};

/// When a cell has enough replications.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Precision {
    /// Half-width of the interval of mean throughput, as a share of the mean, that is precise enough.
    pub relative: f64,
    /// Replications to begin with, and the least.
    pub least: u32,
    /// The most, whether or not the precision is reached.
    pub most: u32,
    /// Confidence of the interval.
    pub confidence: f64,
}

/// How a cell stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Replications that it needs, as far as is known: more than there are, if it has to go on.
    pub needed: u32,
    /// Whether the precision is reached with these.
    pub reached: bool,
}

impl Precision {
    /// What a scenario asks for.
    pub fn of(control: &Control) -> Option<Precision> {
        let stopping = control.stopping?;
        let (relative, most) = (stopping.precision, stopping.most);
        Some(Precision { relative, least: control.replications, most, confidence: control.confidence })
    }

    /// What a cell needs, of which these replications are done, from the first on without a gap; `None` stands for one that could not be
    /// finished, with which no precision can be reached and more runs would not help.
    ///
    /// The interval is looked at after the least number of replications, and then each time there are half as many more.
    pub fn standing(&self, done: &[Option<f64>]) -> Standing {
        let mut needed = self.least.min(self.most);
        loop {
            let Some(first) = done.get(..needed as usize) else { return Standing { needed, reached: false } };
            let values: Vec<f64> = first.iter().flatten().copied().collect();
            if values.len() < first.len() {
                return Standing { needed, reached: false };
            }
            let precise = estimate(&values, self.confidence).is_some_and(|estimate| {
                estimate.half_width.is_some_and(|half| half <= self.relative * estimate.mean.abs())
            });
            if precise || needed >= self.most {
                return Standing { needed, reached: precise };
            }
            needed = (needed + (needed / 2).max(1)).min(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;

    fn precision(relative: f64) -> Precision {
        Precision { relative, least: 4, most: 40, confidence: 0.95 }
    }

    #[test]
    fn a_cell_goes_on_until_it_is_precise_or_the_cap() {
        let values: Vec<Option<f64>> = (0..40).map(|i| Some(10.0 + f64::from(i % 2))).collect();
        // Half-width of n values that alternate by 1: about t · 0.5/√n; 2 % of 10.5 is 0.21.
        let fine = precision(0.02);
        assert_eq!(fine.standing(&[]), Standing { needed: 4, reached: false });
        assert_eq!(fine.standing(&values[..3]), Standing { needed: 4, reached: false });
        assert_eq!(fine.standing(&values[..4]), Standing { needed: 6, reached: false });
        let end = fine.standing(&values);
        // t(0.975; 27) · 0.509/√28 = 0.197; with 19, t = 2.10: 0.247.
        assert_eq!(end, Standing { needed: 28, reached: true });
        assert_eq!(precision(0.001).standing(&values), Standing { needed: 40, reached: false });
        assert_eq!(precision(0.5).standing(&values), Standing { needed: 4, reached: true });
        let failed = [Some(1.0), None, Some(1.0), Some(1.0)];
        assert_eq!(precision(0.02).standing(&failed), Standing { needed: 4, reached: false });
    }

    /// What is decided never depends on rows beyond the decision.
    #[test]
    fn only_the_first_replications_decide() {
        let mut stream = Streams::new(3).named("precision");
        for _ in 0..50 {
            let values: Vec<Option<f64>> = (0..40).map(|_| Some(5.0 + stream.normal())).collect();
            let whole = precision(0.1).standing(&values);
            let cut = precision(0.1).standing(&values[..whole.needed as usize]);
            assert_eq!(whole, cut);
        }
    }

    /// Stopping at a relative half-width makes intervals cover a little less than stated; with four replications at least, of
    /// normal means, not less than 90 % at 95 %.
    #[test]
    fn stopping_costs_little_coverage() {
        let mut stream = Streams::new(4).named("stopping");
        let (rule, truth) = (precision(0.05), 10.0);
        let covered = (0..400).filter(|_| {
            let values: Vec<Option<f64>> = (0..40).map(|_| Some(truth + stream.normal())).collect();
            let standing = rule.standing(&values);
            let used: Vec<f64> = values[..standing.needed as usize].iter().flatten().copied().collect();
            let estimate = estimate(&used, 0.95).unwrap();
            (estimate.mean - truth).abs() <= estimate.half_width.unwrap()
        });
        assert!(covered.count() >= 360);
    }
}
