//! Traces of real programs: reading them, and making recordings of them that a scenario can use.

pub mod intern;
pub mod lackey;
pub mod record;
pub mod reduce;

pub use crate::workload::recorded::Access;
pub use intern::Interner;

use crate::error::Result;

/// One reference of a trace, as it stands there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// The page, by its number in the original address space or store.
    pub page: u64,
    /// What the reference does.
    pub access: Access,
}

/// References that come in order, a batch at a time, whatever the format they come from.
pub trait References {
    /// Replaces the content of `batch` with the next references. An empty batch is the end of the trace.
    ///
    /// # Errors
    /// [`crate::error::Error::Data`] with file, line, content and what was expected; [`crate::error::Error::Read`].
    fn fill(&mut self, batch: &mut Vec<Reference>) -> Result<()>;
}

/// How many references a batch has at most, a few for a request that spans pages aside.
pub const BATCH: usize = 4096;
