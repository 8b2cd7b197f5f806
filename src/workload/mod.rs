//! Programs: where a process's page references come from.

mod spec;

pub use spec::*;
