//! The knee of a curve by its curvature: Kneedle (Satopää, Albrecht, Irwin and Raghavan, "Finding a 'kneedle' in a haystack:
//! detecting knee points in system behavior", ICDCS Workshops 2011).

/// How far the difference curve must fall after a maximum, in mean steps of the normalised x, before it counts as a knee; the paper's
/// value for curves that are known as a whole.
const SENSITIVITY: f64 = 1.0;

/// The point of maximum curvature of a rising curve that flattens: its place among the points, x ascending. `None` for fewer than three
/// points, a curve that does not rise from its first to its last point, or one without such a point.
///
/// Both axes are normalised to [0, 1], and the difference y − x is looked at. A local maximum of it is a knee if the difference falls by
/// the sensitivity (1) times the mean step of x before it rises to another maximum. Of several the one with the largest difference is
/// taken. The paper smooths with a spline first; here points are means over replications, and the interval comes from a bootstrap.
pub fn curvature_knee(x: &[f64], y: &[f64]) -> Option<usize> {
    let last = x.len().checked_sub(1).filter(|&last| last >= 2 && y.len() == x.len())?;
    let (low, high) = y.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &y| (low.min(y), high.max(y)));
    let (width, height) = (x[last] - x[0], high - low);
    if !(width > 0.0 && height > 0.0 && y[last] > y[0]) {
        return None;
    }
    let difference: Vec<f64> = (0..=last).map(|i| (y[i] - low) / height - (x[i] - x[0]) / width).collect();
    let fall = SENSITIVITY / last as f64;
    let is_maximum = |i: usize| difference[i] >= difference[i - 1] && difference[i] > difference[i + 1];
    let mut best: Option<usize> = None;
    for at in (1..last).filter(|&i| is_maximum(i)) {
        let threshold = difference[at] - fall;
        // Up to the next maximum that is higher, or the end.
        let beyond = difference[at + 1..].iter().take_while(|later| **later <= difference[at]);
        let falls = beyond.into_iter().any(|later| *later < threshold);
        if falls && difference[at] > 0.0 && best.is_none_or(|best| difference[at] > difference[best]) {
            best = Some(at);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paper's example (figure 2): ten points of y = -1/(x + 0.1) + 5 over [0, 1]; the knee is at x = 0.22, y = 1.90.
    #[test]
    fn the_published_example() {
        let x: Vec<f64> = (0..10).map(|i| f64::from(i) / 9.0).collect();
        let y: Vec<f64> = x.iter().map(|x| -1.0 / (x + 0.1) + 5.0).collect();
        let knee = curvature_knee(&x, &y).unwrap();
        assert!((x[knee] - 0.222).abs() < 1e-3 && (y[knee] - 1.897).abs() < 1e-3, "{} {}", x[knee], y[knee]);
    }

    /// The normalised curve is farthest above the diagonal where its slope is 1: for √x at 1/4, for 1 - exp(-x/τ) on [0, L] at
    /// τ ln((L/τ)/(1 - exp(-L/τ))).
    #[test]
    fn smooth_curves_bend_where_their_slope_is_that_of_the_chord() {
        let x: Vec<f64> = (0..=1000).map(|i| f64::from(i) / 1000.0).collect();
        let root: Vec<f64> = x.iter().map(|x| x.sqrt()).collect();
        assert!((x[curvature_knee(&x, &root).unwrap()] - 0.25).abs() < 2e-3);
        let (tau, length) = (2.0, 20.0);
        let x: Vec<f64> = (0..=1000).map(|i| f64::from(i) / 50.0).collect();
        let y: Vec<f64> = x.iter().map(|x| 1.0 - (-x / tau).exp()).collect();
        let exact = tau * (length / tau / (1.0 - (-length / tau).exp())).ln();
        assert!((x[curvature_knee(&x, &y).unwrap()] - exact).abs() < 0.03);
    }

    #[test]
    fn curves_without_a_knee_have_none() {
        let x: Vec<f64> = (0..10).map(f64::from).collect();
        assert_eq!(curvature_knee(&x, &x), None, "a straight line");
        let convex: Vec<f64> = x.iter().map(|x| x * x).collect();
        assert_eq!(curvature_knee(&x, &convex), None);
        let falling: Vec<f64> = x.iter().map(|x| -x).collect();
        assert_eq!(curvature_knee(&x, &falling), None);
        assert_eq!(curvature_knee(&[0.0, 1.0], &[0.0, 1.0]), None);
    }
}
