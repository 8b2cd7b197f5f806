//! Tables and plots. Reads results files only, never the machine: what is drawn can be drawn again from what is on disk.

mod comparison;
mod curve;
mod number;
#[cfg(feature = "parquet")]
mod parquet;
mod planning;
mod plot;
mod results;
mod run_folder;
mod sentence;
mod table;

pub use comparison::{Comparison, Group, Ranked, compare, ranking};
pub use curve::terminal_curve;
#[cfg(feature = "parquet")]
pub use parquet::parquet;
pub use planning::planning;
pub use plot::{Chart, Line, chart, plot, plot_plan, plot_run};
pub use results::{Curve, Point, Results, Row, load};
pub use sentence::sentence;
pub use table::{columns, run_table, table};
