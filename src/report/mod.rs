//! Tables and plots. Reads results files only, never the machine: what is drawn can be drawn again from what is on disk.

mod curve;
mod number;
mod plot;
mod results;
mod sentence;
mod table;

pub use curve::terminal_curve;
pub use plot::plot;
pub use results::{Curve, Point, Results, Row, load};
pub use sentence::sentence;
pub use table::{run_table, table};
