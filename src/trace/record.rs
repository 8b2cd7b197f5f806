//! From a trace of a program to a recording that a scenario can use.

use super::reduce::Reducer;
use super::{Interner, References};
use crate::error::Result;
use crate::workload::recorded::Recording;

/// Reads a trace to its end, numbers its pages in order of first use, whatever they hold, and reduces it to what LRU memories of
/// `depth` frames or more can tell from the whole (see [`super::reduce`]). The trace passes by; only the result is held.
///
/// The notes of the recording say how long the trace was and how it was reduced; the caller puts its own before them.
///
/// # Errors
/// Those of the trace.
pub fn record(trace: &mut impl References, depth: usize) -> Result<Recording> {
    let mut interner = Interner::new();
    let mut reducer = Reducer::new(depth);
    let mut records = Vec::new();
    let mut batch = Vec::new();
    loop {
        trace.fill(&mut batch)?;
        if batch.is_empty() {
            break;
        }
        for reference in &batch {
            reducer.reference(interner.number(reference.page), reference.access, &mut records);
        }
    }
    let references = reducer.references();
    reducer.finish(&mut records);
    let notes = vec![
        ("pages".to_owned(), interner.pages().to_string()),
        ("references".to_owned(), references.to_string()),
        ("recorded".to_owned(), records.len().to_string()),
        ("reduced".to_owned(), format!("exact for LRU with {depth} frames or more")),
    ];
    Ok(Recording { notes, records })
}
