//! Estimators, blind to what they estimate: intervals, warm-up, comparisons, and the knee of a curve.

mod estimate;
mod knee;
mod rank;
mod warmup;

pub use estimate::{Estimate, batch_means, estimate, paired_difference, welch_p_value};
pub use knee::{Knee, curvature_knee, find_knee};
pub use rank::{Difference, Ranking, rank};
pub use warmup::{Truncation, mser5};
