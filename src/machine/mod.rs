//! The event loop: CPUs, the fault path, and the two engines, walk and leap.

mod config;

pub use config::*;
