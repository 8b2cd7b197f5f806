//! Parabola approximation.
//!
//! *Idea.* Performance over the number of active processes is a hill. A parabola is fitted to what has been measured, the recent past counting
//! most, and the level is put where its top is.
//!
//! *Paper.* H.-U. Heiss and R. Wagner, "Adaptive load control in transaction processing systems", VLDB 1991.
//!
//! *Deviation.* Least squares with exponentially fading memory, as in the paper, but solved anew each period from the sums for each level: the
//! recursive form loses its precision after some hundred periods around one level. Performance is useful CPU time per time. Around the top the level
//! is moved one process to and fro, so that the curvature stays measurable. Where the fitted parabola has no top (it opens upwards) the level
//! takes one step up its slope; a step is at most `largest`.
//!
//! *Cost.* A few operations a period for each level.

use super::level::Level;
use super::meter::Meter;
use super::{Action, Controller, ControllerEntry, Observation, Parameter};
use crate::units::{ProcessId, Span};

pub(crate) static ENTRY: ControllerEntry = ControllerEntry::of(
    "parabola",
    "the level is put at the top of a parabola fitted to the throughput measured",
    "Heiss and Wagner 1991, VLDB",
    Span(10_000_000_000),
    &[
        Parameter::share("memory", 0.95, "nothing would be remembered", "weight of the past after a period (α)"),
        Parameter::number("largest", (1.0, 1e6), 2.0, "longest step, in processes"),
        Parameter::level("initial", Some(1), "processes that may be active at first"),
    ],
    |settings, site| {
        Box::new(Parabola {
            memory: settings.number("memory"),
            largest: settings.number("largest"),
            level: Level::new(settings.count("initial"), site),
            top: f64::from(settings.count("initial")),
            fit: LeastSquares::new(site.processes as usize),
            meter: Meter::default(),
            periods: 0,
        })
    },
);

struct Parabola {
    memory: f64,
    largest: f64,
    level: Level,
    /// Where the top is thought to be.
    top: f64,
    fit: LeastSquares,
    meter: Meter,
    periods: u64,
}

impl Controller for Parabola {
    fn decide(&mut self, seen: &Observation<'_>, actions: &mut Vec<Action>) {
        let performance = self.meter.read(seen).utilisation;
        self.fit.learn(seen.active as usize, performance, self.memory);
        let [mean, slope, curvature] = self.fit.solve();
        let aim = if curvature < 0.0 {
            mean - slope / (2.0 * curvature)
        } else {
            self.top + (slope + 2.0 * curvature * (f64::from(seen.active) - mean)).signum()
        };
        self.top += (aim - self.top).clamp(-self.largest, self.largest);
        self.level.set(self.top);
        self.top = self.level.aim();
        self.periods += 1;
        // To and fro: 0, up, 0, down.
        let dither = [0.0, 1.0, 0.0, -1.0][(self.periods % 4) as usize];
        self.level.set(libm::round(self.top) + dither);
        self.level.enforce(seen, actions);
    }

    fn admits(&mut self, _candidate: ProcessId, seen: &Observation<'_>) -> bool {
        self.level.admits(seen)
    }

    fn level(&self) -> Option<f64> {
        Some(self.level.aim())
    }
}

/// Least squares for y = a + b·(x − m) + c·(x − m)² over whole x, the past fading; m is the mean of x.
struct LeastSquares {
    /// For each x: sum of the weights, and of weight times y.
    sums: Vec<[f64; 2]>,
}

/// Less weight than this counts as nothing.
const NEGLIGIBLE: f64 = 1e-6;

impl LeastSquares {
    fn new(largest: usize) -> LeastSquares {
        LeastSquares { sums: vec![[0.0; 2]; largest + 1] }
    }

    fn learn(&mut self, x: usize, y: f64, memory: f64) {
        for sum in self.sums.iter_mut().flatten() {
            *sum *= memory;
        }
        if let Some([weight, value]) = self.sums.get_mut(x) {
            *weight += 1.0;
            *value += y;
        }
    }

    /// m, b and c; b and c are 0 as long as too few x are known for them.
    fn solve(&self) -> [f64; 3] {
        let known = || {
            let numbered = self.sums.iter().enumerate().filter(|(_, [weight, _])| *weight > NEGLIGIBLE);
            numbered.map(|(x, [weight, value])| (x as f64, *weight, *value))
        };
        let total: f64 = known().map(|(_, weight, _)| weight).sum();
        let mean = known().map(|(x, weight, _)| weight * x).sum::<f64>() / total;
        // Moments about the mean, so the first is zero; and of y.
        let (mut moments, mut values) = ([0.0; 5], [0.0; 3]);
        for (x, weight, value) in known() {
            let mut power = 1.0;
            for k in 0..5 {
                moments[k] += weight * power;
                if k < 3 {
                    values[k] += value * power;
                }
                power *= x - mean;
            }
        }
        let [s0, _, s2, s3, s4] = moments.map(|moment| moment / total);
        let [t0, t1, t2] = values.map(|value| value / total);
        if known().count() < 2 {
            return [mean, 0.0, 0.0];
        }
        // [s0 0 s2; 0 s2 s3; s2 s3 s4] · [a b c] = [t0 t1 t2], with s0 = 1.
        let determinant = s0 * (s2 * s4 - s3 * s3) - s2 * s2 * s2;
        if known().count() < 3 || determinant <= NEGLIGIBLE * s2 * s2 * s2 {
            return [mean, t1 / s2, 0.0];
        }
        let curvature = (s0 * (s2 * t2 - s3 * t1) - s2 * s2 * t0) / determinant;
        [mean, (t1 - s3 * curvature) / s2, curvature]
    }
}

#[cfg(test)]
mod tests {
    use super::LeastSquares;

    /// 3 + 4x − x²/2, whatever the order of the points and the fading: its slope at m is 4 − m.
    #[test]
    fn an_exact_parabola_is_found() {
        for memory in [0.5, 0.95, 1.0] {
            let mut fit = LeastSquares::new(20);
            for round in 0..40u32 {
                let x = round * 7 % 11;
                fit.learn(x as usize, 3.0 + 4.0 * f64::from(x) - 0.5 * f64::from(x * x), memory);
            }
            let [mean, slope, curvature] = fit.solve();
            assert!(
                (slope - (4.0 - mean)).abs() < 1e-9 && (curvature + 0.5).abs() < 1e-9,
                "{mean} {slope} {curvature}"
            );
        }
    }

    #[test]
    fn with_two_points_there_is_a_slope_and_with_one_nothing() {
        let mut fit = LeastSquares::new(20);
        fit.learn(3, 0.5, 0.9);
        assert_eq!(fit.solve(), [3.0, 0.0, 0.0]);
        fit.learn(5, 0.7, 0.9);
        let [_, slope, curvature] = fit.solve();
        assert!((slope - 0.1).abs() < 1e-9 && curvature == 0.0);
    }
}
