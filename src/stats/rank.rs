//! Which of several samples has the largest mean, with error over all comparisons together.

use super::{estimate, paired_difference};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// The samples compared with the best of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// The sample with the largest mean.
    pub best: usize,
    /// Each sample's difference from the best; `None` for the best itself.
    pub others: Vec<Option<Difference>>,
}

/// How much a sample's mean is below the best one's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Mean of the paired differences, this minus best (at most 0).
    pub mean: f64,
    /// Half-width of its interval, at the confidence that the step-down procedure gives it; `None` for single values.
    pub half_width: Option<f64>,
    /// p value after Holm's correction.
    pub p: f64,
    /// Whether it is different from the best at the confidence of all comparisons together.
    pub significant: bool,
}

/// Compares samples whose values belong together pairwise (common random numbers) with the best of them.
///
/// Holm's step-down procedure (Scandinavian Journal of Statistics 6, 1979) keeps the probability of any wrong difference below 1 −
/// `confidence`, whatever the dependence: the smallest of m p values counts m-fold, the next (m − 1)-fold, and so on. The interval of the j-th
/// smallest is at confidence 1 − (1 − `confidence`)/(m − j + 1), so it excludes 0 where the difference is significant; those after the
/// first that is not have the confidence of that one. The best is chosen from the same samples, so a tie is found to be one, but the
/// difference to a near second is a little too large.
///
/// # Panics
/// Without samples, or if they differ in length.
pub fn rank(samples: &[Vec<f64>], confidence: f64) -> Ranking {
    let means: Vec<f64> =
        samples.iter().map(|values| estimate(values, confidence).map_or(f64::NEG_INFINITY, |e| e.mean)).collect();
    let best =
        (0..means.len()).reduce(|best, i| if means[i] > means[best] { i } else { best }).expect("there are samples");
    let mut p_values: Vec<(usize, f64)> = (0..samples.len())
        .filter(|&other| other != best)
        .map(|other| (other, paired_p_value(&samples[other], &samples[best])))
        .collect();
    p_values.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    let mut others = vec![None; samples.len()];
    let (comparisons, error) = (p_values.len(), 1.0 - confidence);
    let (mut largest, mut stopped) = (0.0f64, None);
    for (step, &(other, p)) in p_values.iter().enumerate() {
        let left = (comparisons - step) as f64;
        // Adjusted p values never fall from one step to the next.
        largest = largest.max((p * left).min(1.0));
        let significant = stopped.is_none() && largest <= error;
        if !significant && stopped.is_none() {
            stopped = Some(left);
        }
        let level = 1.0 - error / stopped.unwrap_or(left);
        let difference = paired_difference(&samples[other], &samples[best], level).expect("samples are of one length");
        others[other] =
            Some(Difference { mean: difference.mean, half_width: difference.half_width, p: largest, significant });
    }
    Ranking { best, others }
}

/// Two-sided p value of the paired t test; 1 for single values.
fn paired_p_value(a: &[f64], b: &[f64]) -> f64 {
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let n = differences.len();
    if n < 2 {
        return 1.0;
    }
    let mean = differences.iter().sum::<f64>() / n as f64;
    let variance = differences.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / (n - 1) as f64;
    if variance == 0.0 {
        return if mean == 0.0 { 1.0 } else { 0.0 };
    }
    let student = StudentsT::new(0.0, 1.0, (n - 1) as f64).expect("degrees of freedom are positive");
    2.0 * student.sf(mean.abs() / libm::sqrt(variance / n as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;

    /// Worked by hand: differences of -1 ± with t = mean/se; Holm multiplies the smaller p by 2.
    #[test]
    fn p_values_are_corrected_step_by_step() {
        let best = vec![10.0, 11.0, 9.0, 10.0, 10.0];
        let near: Vec<f64> = best.iter().zip([-0.5, 0.5, -1.0, 0.0, -0.5]).map(|(b, d)| b + d).collect();
        let far: Vec<f64> = best.iter().zip([-2.0, -2.5, -1.5, -2.0, -2.2]).map(|(b, d)| b + d).collect();
        let ranking = rank(&[near.clone(), best.clone(), far.clone()], 0.95);
        assert_eq!(ranking.best, 1);
        let (near_found, far_found) = (ranking.others[0].unwrap(), ranking.others[2].unwrap());
        assert!((far_found.p - 2.0 * paired_p_value(&far, &best)).abs() < 1e-12);
        assert!((near_found.p - paired_p_value(&near, &best)).abs() < 1e-12);
        assert!(far_found.significant && !near_found.significant);
        // t = -12.508 with 4 degrees of freedom, of whose distribution there is a closed form: 1 - 2p = x(3 - x²)/2, x = t/√(4 + t²).
        assert!((paired_p_value(&far, &best) - 0.000_235_023).abs() < 1e-8, "{}", paired_p_value(&far, &best));
        // The interval at 97.5 % excludes 0, the one at 95 % does not.
        assert!(far_found.mean + far_found.half_width.unwrap() < 0.0);
        assert!(near_found.mean + near_found.half_width.unwrap() > 0.0);
    }

    /// Ten samples with one mean: something is found different from the best hardly more often than stated, though the best is chosen
    /// from the data.
    #[test]
    fn equals_are_not_told_apart() {
        let mut stream = Streams::new(11).named("rank");
        let wrong = (0..500).filter(|_| {
            let samples: Vec<Vec<f64>> = (0..5).map(|_| (0..10).map(|_| stream.normal()).collect()).collect();
            rank(&samples, 0.95).others.iter().flatten().any(|other| other.significant)
        });
        let share = wrong.count() as f64 / 500.0;
        // Choosing the best first makes it about twice as often as without.
        assert!(share < 0.2, "{share}");
    }

    #[test]
    fn common_random_numbers_tell_apart_what_is_close() {
        let mut stream = Streams::new(12).named("crn");
        let noise: Vec<f64> = (0..6).map(|_| 10.0 * stream.normal()).collect();
        let a: Vec<f64> = noise.iter().map(|x| x + 0.01 * stream.normal()).collect();
        let b: Vec<f64> = noise.iter().map(|x| x + 1.0 + 0.01 * stream.normal()).collect();
        let ranking = rank(&[a, b], 0.95);
        assert!(ranking.best == 1 && ranking.others[0].unwrap().significant);
    }
}
