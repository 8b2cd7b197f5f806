//! Programs: where a process's page references come from.
//!
//! [`spec`](self) says what a program is; [`Program`] runs one. Both engines draw from the same law: the [`walk`] makes every
//! reference, the [`leap`] jumps from fault to fault.

mod absent;
mod bits;
mod drawn_ahead;
pub mod leap;
mod members;
mod path;
mod program;
pub mod recorded;
mod region;
mod replay;
mod spec;
mod stack;
mod string;
mod sum_tree;
pub mod walk;
mod weights;
mod window;

pub use program::{Presence, Program, ProgramTables};
pub use region::*;
pub use spec::*;
pub use weights::AliasTable;
