//! Seek curves: the time to move the arm as a function of the distance in cylinders.
//!
//! Short seeks accelerate half the way and brake the other half, so their time grows with the square root of the
//! distance; long ones coast at full speed, so it grows linearly. Source: C. Ruemmler and J. Wilkes, "An introduction
//! to disk drive modeling", IEEE Computer 27(3), 1994.

use crate::device::validate::Findings;
use crate::units::Span;

/// Time to move the arm; a distance of 0 takes no time in either form.
#[derive(Clone, Debug, PartialEq)]
pub enum SeekCurve {
    /// `near_base + near_factor · √d` below `far_from` cylinders, `far_base + far_factor · d` from there on.
    TwoPiece {
        /// Constant of the short seeks.
        near_base: Span,
        /// Nanoseconds per square root of a cylinder.
        near_factor: f64,
        /// Distance at which the linear piece begins.
        far_from: u32,
        /// Constant of the long seeks.
        far_base: Span,
        /// Nanoseconds per cylinder.
        far_factor: f64,
    },
    /// Measured points `(distance, time)` in order of distance, the first at distance 1; straight lines between them,
    /// flat after the last.
    Table(Vec<(u32, Span)>),
}

impl SeekCurve {
    /// Time to move over `distance` cylinders.
    pub fn time(&self, distance: u32) -> Span {
        if distance == 0 {
            return Span::ZERO;
        }
        match self {
            SeekCurve::TwoPiece { near_base, near_factor, far_from, far_base, far_factor } => {
                let (base, moving) = if distance < *far_from {
                    (near_base, near_factor * libm::sqrt(f64::from(distance)))
                } else {
                    (far_base, far_factor * f64::from(distance))
                };
                Span(base.0 + (moving + 0.5) as u64)
            }
            SeekCurve::Table(points) => {
                let next = points.partition_point(|(d, _)| *d < distance);
                let Some(&(d1, t1)) = points.get(next) else { return points[points.len() - 1].1 };
                if d1 == distance || next == 0 {
                    return t1;
                }
                let (d0, t0) = points[next - 1];
                Span(t0.0 + (t1.0 - t0.0) * u64::from(distance - d0) / u64::from(d1 - d0))
            }
        }
    }

    pub(super) fn validate(&self, cylinders: u32, findings: &mut Findings) {
        match self {
            SeekCurve::TwoPiece { near_factor, far_from, far_factor, .. } => {
                for (key, factor) in [("near_factor", near_factor), ("far_factor", far_factor)] {
                    findings.require(factor.is_finite() && *factor >= 0.0, key, || {
                        format!("is {factor}: the seek time must not decrease with the distance")
                    });
                }
                if *far_from > 1 && *far_from < cylinders {
                    let (near, far) = (self.time(far_from - 1), self.time(*far_from));
                    // Published fits have a small step where the pieces meet (HP C2200A: down by 0.35 %).
                    findings.require(far.0 >= near.0 - near.0 / 100, "far_base", || {
                        format!(
                            "gives {far} for a seek over {far_from} cylinders, but one over {} takes {near}: \
                             the seek time must not decrease with the distance",
                            far_from - 1
                        )
                    });
                }
            }
            SeekCurve::Table(points) => {
                findings.require(points.first().is_some_and(|(d, _)| *d == 1), "table", || {
                    "must begin with the seek over 1 cylinder".to_string()
                });
                for pair in points.windows(2) {
                    let ((d0, t0), (d1, t1)) = (pair[0], pair[1]);
                    findings
                        .require(d0 < d1, "table", || format!("has distance {d1} after {d0}: distances must increase"));
                    findings.require(t0 <= t1, "table", || {
                        format!(
                            "has {t1} for {d1} cylinders after {t0} for {d0}: \
                             the seek time must not decrease with the distance"
                        )
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::presets;
    use super::*;

    /// Against the published formulas: HP 97560 from D. Kotz, S. B. Toh and S. Radhakrishnan, "A detailed simulation
    /// model of the HP 97560 disk drive", Dartmouth PCS-TR94-220, 1994; HP C2200A from Ruemmler and Wilkes 1994.
    #[test]
    fn published_seek_curves_to_a_millionth() {
        let hp97560 = |d: f64| if d < 383.0 { 3.24 + 0.400 * d.sqrt() } else { 8.00 + 0.008 * d };
        let hpc2200a = |d: f64| if d < 616.0 { 3.45 + 0.597 * d.sqrt() } else { 10.8 + 0.012 * d };
        let agrees = |curve: SeekCurve, cylinders: u32, formula: &dyn Fn(f64) -> f64| {
            assert_eq!(curve.time(0), Span::ZERO);
            for d in 1..cylinders {
                let (ours, published) = (curve.time(d).0 as f64 / 1e6, formula(f64::from(d)));
                assert!((ours / published - 1.0).abs() < 1e-6, "{d} cylinders: {ours} ms is not {published} ms");
            }
        };
        agrees(presets::hp97560().seek, 1962, &hp97560);
        agrees(presets::hpc2200a().seek, 1449, &hpc2200a);
        let points = [(1, 3.64), (100, 7.24), (382, 11.0579), (383, 11.064), (1000, 16.0), (1961, 23.688)];
        for (d, ms) in points {
            let ours = presets::hp97560().seek.time(d).0 as f64 / 1e6;
            assert!((ours - ms).abs() < 5e-5, "HP 97560 over {d}: {ours} ms is not {ms} ms");
        }
    }

    #[test]
    fn a_table_is_read_along_straight_lines() {
        let curve = SeekCurve::Table(vec![(1, Span(100)), (11, Span(200)), (21, Span(200))]);
        assert_eq!([0, 1, 6, 11, 16, 21, 99].map(|d| curve.time(d).0), [0, 100, 150, 200, 200, 200, 200]);
    }
}
