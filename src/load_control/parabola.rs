//! Parabola approximation.
//!
//! *Idea.* Performance over the number of active processes is a hill. A parabola is fitted to what has been measured, the recent past counting
//! most, and the level is put where its top is.
//!
//! *Paper.* H.-U. Heiss and R. Wagner, "Adaptive load control in transaction processing systems", VLDB 1991.
//!
//! *Deviation.* Recursive least squares with exponentially fading memory, as in the paper; performance is useful CPU time per time. Around the top the level
//! is moved one process to and fro, so that the curvature stays measurable. Where the fitted parabola has no top (it opens upwards) the level
//! takes one step up its slope; a step is at most `largest`.
//!
//! *Cost.* Some thirty multiplications a period.

use super::level::Level;
use super::meter::Meter;
use super::{Action, Controller, ControllerEntry, Observation, Parameter};
use crate::units::{ProcessId, Span};

pub(crate) static ENTRY: ControllerEntry = ControllerEntry {
    name: "parabola",
    summary: "the level is put at the top of a parabola fitted to the throughput measured",
    paper: "Heiss and Wagner 1991, VLDB",
    period: Span(10_000_000_000),
    parameters: &[
        Parameter::share("memory", 0.95, "nothing would be remembered", "weight of the past after a period (α)"),
        Parameter::number("largest", (1.0, 1e6), 2.0, "longest step, in processes"),
        Parameter::count("initial", (1, 100_000), Some(1), "processes that may be active at first"),
    ],
    build: |settings, site| {
        Box::new(Parabola {
            memory: settings.number("memory"),
            largest: settings.number("largest"),
            level: Level::new(settings.count("initial"), site),
            top: f64::from(settings.count("initial")),
            fit: LeastSquares::new(),
            meter: Meter::default(),
            periods: 0,
        })
    },
};

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
        let active = f64::from(seen.active);
        self.fit.learn(active, performance, self.memory);
        let [_, slope, curvature] = self.fit.coefficients;
        let aim = if curvature < 0.0 {
            -slope / (2.0 * curvature)
        } else {
            self.top + (slope + 2.0 * curvature * active).signum()
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

/// Recursive least squares for y = a₀ + a₁x + a₂x², with fading memory.
struct LeastSquares {
    coefficients: [f64; 3],
    /// Inverse of the weighted sum of x·xᵀ.
    inverse: [[f64; 3]; 3],
}

/// Beyond this the inverse has lost what it knew in a direction that nobody has looked in for long; it is not let grow further.
const LARGEST_VARIANCE: f64 = 1e6;

impl LeastSquares {
    fn new() -> LeastSquares {
        let mut inverse = [[0.0; 3]; 3];
        for (i, row) in inverse.iter_mut().enumerate() {
            row[i] = LARGEST_VARIANCE;
        }
        LeastSquares { coefficients: [0.0; 3], inverse }
    }

    fn learn(&mut self, x: f64, y: f64, memory: f64) {
        let row = [1.0, x, x * x];
        let dot = |a: &[f64; 3], b: &[f64; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        let spread = self.inverse.map(|line| dot(&line, &row));
        let gain = spread.map(|value| value / (memory + dot(&row, &spread)));
        let error = y - dot(&self.coefficients, &row);
        for (coefficient, gain) in self.coefficients.iter_mut().zip(gain) {
            *coefficient += gain * error;
        }
        let trace: f64 = (0..3).map(|i| self.inverse[i][i]).sum();
        let fading = if trace > LARGEST_VARIANCE { 1.0 } else { memory };
        for i in 0..3 {
            for j in 0..3 {
                self.inverse[i][j] = (self.inverse[i][j] - gain[i] * spread[j]) / fading;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LeastSquares;

    /// An exact parabola is found, whatever the order of the points.
    #[test]
    fn an_exact_parabola_is_found() {
        let mut fit = LeastSquares::new();
        for round in 0..40u32 {
            let x = f64::from(round * 7 % 11);
            fit.learn(x, 3.0 + 4.0 * x - 0.5 * x * x, 0.95);
        }
        for (found, exact) in fit.coefficients.iter().zip([3.0, 4.0, -0.5]) {
            assert!((found - exact).abs() < 1e-3, "{found} is not {exact}");
        }
    }
}
