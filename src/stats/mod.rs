//! Estimators, blind to what they estimate: intervals, warm-up, comparisons, and the knee of a curve.

mod estimate;
mod fairness;
mod knee;
mod kneedle;
mod modes;
mod rank;
mod warmup;

pub use estimate::{Estimate, batch_means, estimate, paired_difference, welch_p_value};
pub use fairness::jain;
pub use knee::{Knee, find_knee, place_interval};
pub use kneedle::curvature_knee;
pub use modes::{Modes, two_modes};
pub use rank::{Difference, Ranking, rank};
pub use warmup::{Truncation, mser5};
