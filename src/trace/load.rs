//! A whole trace as a reference source of a simulated program.

use super::detect::detect;
use super::input::Input;
use super::{Format, Interner, Options};
use crate::error::Result;
use crate::workload::RecordedReference;
use crate::workload::recorded::{Access, Recording};
use std::path::Path;

/// Reads a recording with its gaps, or a trace in any other format with pages numbered in order of first use and no time
/// between its references. Takes 12 bytes a reference.
///
/// # Errors
/// Those of [`crate::workload::recorded::read`] and of [`super::Trace`].
pub fn load(path: &Path, options: &Options) -> Result<Vec<RecordedReference>> {
    let input = Input::open(path)?;
    let format = detect(&input, options)?;
    if format == Format::Recording {
        // As a trace it would lose its gaps.
        return Ok(Recording::from_text(input.bytes, path)?.references());
    }
    let mut trace = format.reader(input, options)?;
    let mut interner = Interner::new();
    let (mut batch, mut numbers, mut references) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        trace.fill(&mut batch)?;
        if batch.is_empty() {
            return Ok(references);
        }
        interner.number_all(&batch, &mut numbers)?;
        let pairs = numbers.iter().zip(&batch);
        references.extend(pairs.map(|(&page, reference)| RecordedReference {
            page,
            write: reference.access == Access::Write,
            gap: 1,
        }));
    }
}
