//! Tables and plots. Reads results files only, never the machine: what is drawn can be drawn again from what is on disk.

mod curve;
mod number;
#[cfg(feature = "parquet")]
mod parquet;
mod plot;
mod results;
mod sentence;
mod table;

pub use curve::terminal_curve;
#[cfg(feature = "parquet")]
pub use parquet::parquet;
pub use plot::{Chart, Line, chart, plot};
pub use results::{Curve, Point, Results, Row, load};
pub use sentence::sentence;
pub use table::{columns, run_table, table};
