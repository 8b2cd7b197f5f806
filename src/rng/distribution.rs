//! Distributions of positive quantities: burst lengths, think times, service times, holding times.

use super::Stream;
use crate::units::Span;
use std::sync::Arc;

/// A distribution of a positive quantity. The parameters are in whatever unit the quantity has (a duration is in
/// nanoseconds, a holding time in references). Most are given by their mean, because that is what people measure.
///
/// Invariant, kept by the scenario reader: every parameter is finite and positive, Pareto's shape is above 1, and an
/// empirical distribution has at least one value.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always the same value.
    Constant(f64),
    /// Exponential with this mean.
    Exponential {
        /// The mean.
        mean: f64,
    },
    /// Lognormal, by mean and coefficient of variation.
    Lognormal {
        /// The mean.
        mean: f64,
        /// Standard deviation over mean.
        cv: f64,
    },
    /// Pareto (type I), by mean and tail index.
    Pareto {
        /// The mean.
        mean: f64,
        /// Tail index α > 1; the variance is infinite up to 2.
        shape: f64,
    },
    /// Weibull, by mean and shape.
    Weibull {
        /// The mean.
        mean: f64,
        /// Shape k; below 1 the tail is heavier than exponential.
        shape: f64,
    },
    /// Gamma, by mean and coefficient of variation.
    Gamma {
        /// The mean.
        mean: f64,
        /// Standard deviation over mean.
        cv: f64,
    },
    /// One of the recorded values, each as likely as the others.
    Empirical(Arc<[f64]>),
}

impl Distribution {
    /// Draws a value.
    pub fn sample(&self, stream: &mut Stream) -> f64 {
        match self {
            Distribution::Constant(value) => *value,
            Distribution::Exponential { mean } => mean * stream.exponential(),
            Distribution::Lognormal { mean, cv } => {
                let sigma2 = libm::log1p(cv * cv);
                mean * libm::exp(libm::sqrt(sigma2) * stream.normal() - 0.5 * sigma2)
            }
            Distribution::Pareto { mean, shape } => {
                mean * (shape - 1.0) / shape * libm::pow(stream.unit(), -1.0 / shape)
            }
            Distribution::Weibull { mean, shape } => {
                mean / libm::tgamma(1.0 + 1.0 / shape) * libm::pow(stream.exponential(), 1.0 / shape)
            }
            Distribution::Gamma { mean, cv } => mean * cv * cv * stream.gamma(1.0 / (cv * cv)),
            Distribution::Empirical(values) => values[stream.below(values.len() as u64) as usize],
        }
    }

    /// Draws a duration: the value in nanoseconds, rounded.
    pub fn sample_span(&self, stream: &mut Stream) -> Span {
        Span::from_nanos_f64(self.sample(stream))
    }

    /// The mean.
    pub fn mean(&self) -> f64 {
        match self {
            Distribution::Constant(value) => *value,
            Distribution::Exponential { mean }
            | Distribution::Lognormal { mean, .. }
            | Distribution::Pareto { mean, .. }
            | Distribution::Weibull { mean, .. }
            | Distribution::Gamma { mean, .. } => *mean,
            Distribution::Empirical(values) => values.iter().sum::<f64>() / values.len() as f64,
        }
    }
}
