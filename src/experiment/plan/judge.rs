//! Whether a cell satisfies a requirement, decided at the stated confidence.

use super::range::Range;
use super::requirement::{Bound, Requirement};
use super::runs::{Kept, Runs};
use crate::error::{Error, Result};
use crate::stats::{Estimate, estimate};

/// How surely, and from how many runs, things are decided.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Probability that a decision is right, over all looks at it.
    pub confidence: f64,
    /// Replications of each cell to begin with.
    pub first: u32,
    /// Most replications of a cell.
    pub most: u32,
}

impl Effort {
    /// Replications at each look: doubled until there are as many as may be.
    pub fn looks(&self) -> Vec<u32> {
        let mut looks = vec![self.first];
        while let Some(&last) = looks.last().filter(|last| **last < self.most) {
            looks.push((last * 2).min(self.most));
        }
        looks
    }

    /// Confidence of each look, so that all of them together err no more often than stated (Bonferroni).
    pub fn each(&self, looks: usize) -> f64 {
        1.0 - (1.0 - self.confidence) / looks.max(1) as f64
    }
}

/// What is known of a requirement at a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Holds,
    Fails,
    /// Not decided with the most replications that may be made; the mean holds, or not.
    Undecided(bool),
}

impl Verdict {
    /// Whether it holds, by the mean where that is all there is.
    pub fn leans_to_hold(self) -> bool {
        matches!(self, Verdict::Holds | Verdict::Undecided(true))
    }
}

/// The value of a metric in each of the first replications where throughput has its peak.
pub(super) struct Peak<'a> {
    pub range: &'a Range,
    pub index: usize,
}

/// A run's value of a metric. A run in which no job ended has no response time, which satisfies no limit on it; one without faults
/// has no fault latency, which satisfies every limit.
fn value(run: &Kept, metric: &str) -> Option<f64> {
    if let Some(value) = run.values.get(metric) {
        return Some(*value);
    }
    let name = metric.rsplit_once('.').map_or(metric, |(_, name)| name);
    let any = |prefix: &str| name.starts_with(prefix);
    if any("response_") && run.values.contains_key("throughput") {
        Some(f64::INFINITY)
    } else if any("fault_latency_") || any("faults_per_reference") {
        Some(0.0)
    } else if any("lifetime") {
        Some(f64::INFINITY)
    } else {
        None
    }
}

/// By how much each of the first `count` replications of a cell is on the allowed side; minus infinity for one that could not be
/// finished. `None` if the metric has no value in some run.
pub(super) fn slacks(
    runs: &Runs<'_>,
    range: &Range,
    index: usize,
    requirement: &Requirement,
    peak: Option<&Peak<'_>>,
    count: u32,
) -> Option<Vec<f64>> {
    let own = runs.of(&range.cells[index], count);
    let peak = peak.map(|peak| runs.of(&peak.range.cells[peak.index], count));
    let mut slacks = Vec::with_capacity(own.len());
    for (number, run) in own.iter().enumerate() {
        if !run.stuck.is_empty() {
            slacks.push(f64::NEG_INFINITY);
            continue;
        }
        let bound = match requirement.bound {
            Bound::Value(bound) => bound,
            Bound::OfPeak(share) => {
                let run = peak.as_ref()?.get(number)?;
                share * value(run, &requirement.metric)?
            }
        };
        slacks.push(requirement.slack(value(run, &requirement.metric)?, bound));
    }
    Some(slacks)
}

/// Decides from the first `count` replications, which have been made.
pub(super) fn look(slacks: &[f64], confidence: f64) -> Verdict {
    if slacks.contains(&f64::NEG_INFINITY) {
        return Verdict::Fails;
    }
    if slacks.iter().all(|slack| *slack == f64::INFINITY) {
        return Verdict::Holds;
    }
    let finite: Vec<f64> = slacks.iter().copied().filter(|slack| slack.is_finite()).collect();
    let Some(Estimate { mean, half_width, .. }) = estimate(&finite, confidence) else {
        return Verdict::Undecided(false);
    };
    match half_width {
        Some(half) if mean - half > 0.0 || (half == 0.0 && mean >= 0.0) => Verdict::Holds,
        Some(half) if mean + half < 0.0 => Verdict::Fails,
        _ => Verdict::Undecided(mean >= 0.0),
    }
}

/// Decides whether a requirement holds at a cell, with as many replications as it takes.
pub(super) fn decide(
    runs: &Runs<'_>,
    range: &Range,
    index: usize,
    requirement: &Requirement,
    peak: Option<&Peak<'_>>,
    effort: &Effort,
) -> Result<Verdict> {
    let looks = effort.looks();
    let confidence = effort.each(looks.len());
    let mut verdict = Verdict::Undecided(false);
    for count in looks {
        match peak.filter(|_| requirement.of_peak()) {
            Some(peak) => runs.make(&[&range.cells[index], &peak.range.cells[peak.index]], count)?,
            None => runs.make(&[&range.cells[index]], count)?,
        }
        let slacks = slacks(runs, range, index, requirement, peak, count).ok_or_else(|| no_value(requirement))?;
        verdict = look(&slacks, confidence);
        if !matches!(verdict, Verdict::Undecided(_)) {
            return Ok(verdict);
        }
    }
    Ok(verdict)
}

fn no_value(requirement: &Requirement) -> Error {
    Error::Usage(format!(
        "--require \"{requirement}\": no run of this scenario has a value of {}; allowed: a metric that the machine has (knee run \
         prints them)",
        requirement.metric
    ))
}

/// The mean slack after the first replications, for finding the way.
pub(super) fn leaning(
    runs: &Runs<'_>,
    range: &Range,
    index: usize,
    requirement: &Requirement,
    peak: Option<&Peak<'_>>,
    count: u32,
) -> Result<f64> {
    let slacks = slacks(runs, range, index, requirement, peak, count).ok_or_else(|| no_value(requirement))?;
    Ok(slacks.iter().sum::<f64>() / slacks.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;

    #[test]
    fn looks_double_up_to_the_cap() {
        let effort = Effort { confidence: 0.95, first: 5, most: 30 };
        assert_eq!(effort.looks(), [5, 10, 20, 30]);
        assert!((effort.each(4) - 0.9875).abs() < 1e-12);
        assert_eq!(Effort { first: 8, most: 5, ..effort }.looks(), [8]);
    }

    #[test]
    fn verdicts_need_all_of_the_interval_on_one_side() {
        assert_eq!(look(&[1.0, 1.1, 0.9], 0.95), Verdict::Holds);
        assert_eq!(look(&[-1.0, -1.1, -0.9], 0.95), Verdict::Fails);
        assert_eq!(look(&[1.0, -0.9, 0.3], 0.95), Verdict::Undecided(true));
        assert_eq!(look(&[1.0, f64::NEG_INFINITY], 0.95), Verdict::Fails);
        assert_eq!(look(&[0.0, 0.0], 0.95), Verdict::Holds);
        assert_eq!(look(&[0.5], 0.95), Verdict::Undecided(true));
    }

    /// At the boundary itself a decision for one side is wrong: over all looks together no more often than stated.
    #[test]
    fn looking_again_and_again_does_not_err_more_often() {
        let mut stream = Streams::new(9).named("looks");
        let effort = Effort { confidence: 0.95, first: 5, most: 40 };
        let looks = effort.looks();
        let decided = (0..2_000).filter(|_| {
            let slacks: Vec<f64> = (0..40).map(|_| stream.normal()).collect();
            looks
                .iter()
                .any(|&n| !matches!(look(&slacks[..n as usize], effort.each(looks.len())), Verdict::Undecided(_)))
        });
        // Both sides together err in up to 5 % of the cases.
        let share = decided.count() as f64 / 2_000.0;
        assert!(share <= 0.06, "decided {share} of the cases in which nothing can be decided");
    }
}
