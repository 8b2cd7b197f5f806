//! Removing the warm-up of a simulation.

/// What to leave out at the beginning of a series, and whether the rest has settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truncation {
    /// Observations to leave out.
    pub observations: usize,
    /// Whether what remains looks stationary.
    pub stationary: bool,
}

/// Observations in a batch.
const BATCH: usize = 5;

/// MSER-5 (White, Cobb and Spratt 2000): batches of five observations, and the truncation, at most half of the series, that
/// minimises the squared standard error of the mean of the rest.
///
/// The series counts as not stationary if the minimum lies at the end of the range that is searched (the transient may go on), or
/// if the two halves of the rest differ by more than four standard errors of batch means and by more than 2 %. A series of fewer than twenty
/// observations is left whole.
pub fn mser5(series: &[f64]) -> Truncation {
    let batches: Vec<f64> = series.chunks_exact(BATCH).map(|batch| batch.iter().sum::<f64>() / BATCH as f64).collect();
    let n = batches.len();
    if n < 4 {
        return Truncation { observations: 0, stationary: true };
    }
    // Sums from the end, so that each truncation costs O(1).
    let (mut sum, mut squares) = (0.0, 0.0);
    let mut best = (f64::INFINITY, 0);
    let shift = batches[n - 1];
    for (start, batch) in batches.iter().enumerate().rev() {
        let value = batch - shift;
        sum += value;
        squares += value * value;
        let rest = (n - start) as f64;
        let statistic = (squares - sum * sum / rest).max(0.0) / (rest * rest);
        if start <= n / 2 && statistic <= best.0 {
            best = (statistic, start);
        }
    }
    let start = best.1;
    let settled = start < n / 2 && !halves_differ(&batches[start..]);
    Truncation { observations: start * BATCH, stationary: settled }
}

fn halves_differ(batches: &[f64]) -> bool {
    let half = batches.len() / 2;
    // Batches of batches, so that what correlation is left between neighbours does not make the error too small.
    let of = |part: &[f64]| {
        let size = (part.len() / 5).max(1);
        let means: Vec<f64> = part.chunks_exact(size).map(|chunk| chunk.iter().sum::<f64>() / size as f64).collect();
        let count = means.len() as f64;
        let mean = means.iter().sum::<f64>() / count;
        let variance = means.iter().map(|m| (m - mean) * (m - mean)).sum::<f64>() / (count - 1.0).max(1.0);
        (mean, variance / count)
    };
    let ((a, a_error), (b, b_error)) = (of(&batches[..half]), of(&batches[half..]));
    let error = libm::sqrt(a_error + b_error);
    // A difference of less than two per cent is not worth a mark, however small the error.
    (a - b).abs() > 4.0 * error && (a - b).abs() > 0.02 * a.abs().max(b.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;

    #[test]
    fn a_known_transient_is_removed() {
        let mut stream = Streams::new(3).named("transient");
        // An exponential approach with time constant 10: after 50 observations 0.7 % of the initial bias is left.
        let series: Vec<f64> =
            (0..400).map(|i| 10.0 - 8.0 * (-f64::from(i) / 10.0).exp() + 0.3 * stream.normal()).collect();
        let truncation = mser5(&series);
        assert!((20..=80).contains(&truncation.observations), "{truncation:?}");
        assert!(truncation.stationary);
    }

    #[test]
    fn a_settled_series_is_left_nearly_whole() {
        let mut stream = Streams::new(4).named("settled");
        let series: Vec<f64> = (0..400).map(|_| stream.exponential()).collect();
        let truncation = mser5(&series);
        assert!(truncation.observations <= 100 && truncation.stationary, "{truncation:?}");
        assert_eq!(mser5(&[3.0; 100]), Truncation { observations: 0, stationary: true });
    }

    #[test]
    fn a_trend_is_not_stationary() {
        let mut stream = Streams::new(5).named("trend");
        let series: Vec<f64> = (0..400).map(|i| f64::from(i) + stream.normal()).collect();
        assert!(!mser5(&series).stationary);
    }
}
