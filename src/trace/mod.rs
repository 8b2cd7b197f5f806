//! Traces of real programs and of storage: reading them in the formats that are in use, numbering their pages, converting
//! them, and making recordings of them that a scenario can use.
//!
//! A trace is a stream: it is read once, in batches, with memory that does not depend on its length. Pages are 64-bit numbers as
//! the trace has them; [`Interner`] makes them dense.

mod address;
mod arc;
pub mod convert;
mod csv;
mod detect;
mod format;
mod input;
pub mod intern;
mod lackey;
mod load;
mod oracle_general;
mod perf;
mod plain;
pub mod record;
mod recording;
pub mod reduce;
mod text;

pub use crate::workload::recorded::Access;
pub use csv::Columns;
pub use format::Format;
pub use input::Compression;
pub use intern::Interner;
pub use load::load;

use crate::error::Result;
use std::io::Read;
use std::path::Path;

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
    /// Replaces the content of `batch` with the next references, at most [`BATCH`]. An empty batch is the end of the trace.
    ///
    /// # Errors
    /// [`crate::error::Error::Data`] with file, line, content and what was expected, or with the number of references that
    /// were read before the end of a truncated file; [`crate::error::Error::Read`].
    fn fill(&mut self, batch: &mut Vec<Reference>) -> Result<()>;

    /// Malformed lines passed over so far (0 unless that was asked for).
    fn skipped(&self) -> u64 {
        0
    }
}

/// How many references a batch has at most.
pub const BATCH: usize = 4096;

/// How a trace is to be read.
#[derive(Clone, Debug)]
pub struct Options {
    /// Its format, if it need not be found out.
    pub format: Option<Format>,
    /// Bytes of a page, a power of two: what addresses are divided by. Formats that name pages do not need it.
    pub page_size: u64,
    /// Whether malformed lines are counted and passed over instead of being an error.
    pub skip_bad: bool,
    /// Which columns of a CSV file are what, where their names do not tell.
    pub columns: Columns,
}

impl Default for Options {
    fn default() -> Options {
        Options { format: None, page_size: 4096, skip_bad: false, columns: Columns::default() }
    }
}

/// An open trace.
pub struct Trace {
    source: Box<dyn References + Send>,
    format: Format,
    compression: Compression,
}

impl Trace {
    /// Opens a trace file, or standard input if the path is `-`; finds out how it is compressed and, unless told, its
    /// format.
    ///
    /// # Errors
    /// [`crate::error::Error::Read`] if it cannot be opened; [`crate::error::Error::Data`] if its format cannot be told;
    /// [`crate::error::Error::Usage`] for a page size that is not a power of two.
    pub fn open(path: &Path, options: &Options) -> Result<Trace> {
        Trace::from_input(input::Input::open(path)?, options)
    }

    /// The same for anything that can be read; `name` stands for it in errors, and its ending may tell the format.
    ///
    /// # Errors
    /// As for [`Trace::open`].
    pub fn from_reader(reader: Box<dyn Read + Send>, name: &str, options: &Options) -> Result<Trace> {
        Trace::from_input(input::Input::new(reader, name)?, options)
    }

    fn from_input(input: input::Input, options: &Options) -> Result<Trace> {
        let compression = input.compression;
        let format = detect::detect(&input, options)?;
        let source = format.reader(input, options)?;
        Ok(Trace { source, format, compression })
    }

    /// The format, told or found out.
    pub fn format(&self) -> Format {
        self.format
    }

    /// How the file is compressed.
    pub fn compression(&self) -> Compression {
        self.compression
    }
}

impl References for Trace {
    fn fill(&mut self, batch: &mut Vec<Reference>) -> Result<()> {
        self.source.fill(batch)
    }

    fn skipped(&self) -> u64 {
        self.source.skipped()
    }
}

#[cfg(test)]
mod tests;
