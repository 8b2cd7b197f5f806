//! Means with intervals, and comparisons of means.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// A mean and the half-width of its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Half-width of the interval; `None` for a single value.
    pub half_width: Option<f64>,
    /// Number of values.
    pub n: usize,
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Unbiased variance of at least two values.
fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (values.len() - 1) as f64
}

/// Student's t distribution with so many degrees of freedom (a positive number).
fn student(freedom: f64) -> StudentsT {
    StudentsT::new(0.0, 1.0, freedom).expect("degrees of freedom are positive")
}

/// The mean of independent values with its Student t interval at `confidence` (in (0, 1)); `None` without values.
pub fn estimate(values: &[f64], confidence: f64) -> Option<Estimate> {
    let n = values.len();
    if n == 0 {
        return None;
    }
    let half_width = (n > 1).then(|| {
        let quantile = student((n - 1) as f64).inverse_cdf(0.5 + confidence / 2.0);
        quantile * libm::sqrt(variance(values) / n as f64)
    });
    Some(Estimate { mean: mean(values), half_width, n })
}

/// The mean of a correlated series by non-overlapping batch means (Law, *Simulation Modeling and Analysis*, 9.5.3). Observations
/// at the beginning that do not fill a batch are left out. `None` with fewer observations than batches.
pub fn batch_means(series: &[f64], batches: usize, confidence: f64) -> Option<Estimate> {
    let size = series.len().checked_div(batches)?;
    if size == 0 {
        return None;
    }
    let used = &series[series.len() - size * batches..];
    let means: Vec<f64> = used.chunks(size).map(mean).collect();
    estimate(&means, confidence)
}

/// The mean difference a − b of values that belong together pairwise (common random numbers), with its interval. `None` if the
/// numbers of values differ or are zero.
pub fn paired_difference(a: &[f64], b: &[f64], confidence: f64) -> Option<Estimate> {
    if a.len() != b.len() {
        return None;
    }
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    estimate(&differences, confidence)
}

/// Two-sided p value of Welch's t test that two samples of independent values, at least two each, have the same mean.
pub fn welch_p_value(a: &[f64], b: &[f64]) -> f64 {
    let (a_part, b_part) = (variance(a) / a.len() as f64, variance(b) / b.len() as f64);
    let error = a_part + b_part;
    let difference = mean(a) - mean(b);
    if error == 0.0 {
        return if difference == 0.0 { 1.0 } else { 0.0 };
    }
    let freedom = error * error / (a_part * a_part / (a.len() - 1) as f64 + b_part * b_part / (b.len() - 1) as f64);
    2.0 * student(freedom).sf(difference.abs() / libm::sqrt(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;

    /// Quantiles from a printed table: t(0.975; 4) = 2.776, t(0.995; 9) = 3.250.
    #[test]
    fn half_widths_are_those_of_the_table() {
        let five = estimate(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.95).unwrap();
        // Standard error sqrt(2.5 / 5).
        assert!((five.half_width.unwrap() - 2.776 * 0.5f64.sqrt()).abs() < 1e-3);
        let ten: Vec<f64> = (0..10).map(|i| f64::from(i % 2)).collect();
        let expected = 3.250 * (10.0 / 36.0 / 10.0f64).sqrt();
        assert!((estimate(&ten, 0.99).unwrap().half_width.unwrap() - expected).abs() < 1e-3);
        assert_eq!(estimate(&[7.0], 0.95).unwrap().half_width, None);
        assert_eq!(estimate(&[], 0.95), None);
    }

    /// Against another program's Welch test: t = -1.8974 with 5.882 degrees of freedom.
    #[test]
    fn welch_agrees_with_another_program() {
        let p = welch_p_value(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0, 4.0, 6.0, 8.0, 10.0]);
        assert!((p - 0.107_531_194_930_628_17).abs() < 1e-6, "p = {p}");
    }

    /// 95 % intervals over ten exponential replications' means of forty values cover the truth about 95 times of 100.
    #[test]
    fn intervals_cover_the_truth_as_often_as_they_say() {
        let mut stream = Streams::new(5).named("coverage");
        let covered = (0..2_000).filter(|_| {
            let values: Vec<f64> = (0..10).map(|_| (0..40).map(|_| stream.exponential()).sum::<f64>() / 40.0).collect();
            let estimate = estimate(&values, 0.95).unwrap();
            (estimate.mean - 1.0).abs() <= estimate.half_width.unwrap()
        });
        let share = covered.count() as f64 / 2_000.0;
        assert!((0.935..=0.965).contains(&share), "covered {share}");
    }
}
