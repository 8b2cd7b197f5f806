//! Programs: where a process's page references come from.

pub mod recorded;
mod spec;

pub use spec::*;
