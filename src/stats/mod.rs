//! Estimators, blind to what they estimate: intervals, warm-up, comparisons, and the knee of a curve.

mod estimate;
mod fairness;
mod knee;
mod warmup;

pub use estimate::{Estimate, batch_means, estimate, paired_difference, welch_p_value};
pub use fairness::jain;
pub use knee::{Knee, curvature_knee, find_knee};
pub use warmup::{Truncation, mser5};
