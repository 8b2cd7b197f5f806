//! Any bytes as a trace: it is read or refused, without a panic, and the same whatever pieces it comes in.

use knee::trace::{Format, Options, Reference, References, Trace};
use std::io::Read;

/// A reference to more than a page is split, so few bytes can be many references.
const MOST_BATCHES: usize = 16;

/// Bytes that come a few at a time.
struct Dribble {
    bytes: Vec<u8>,
    at: usize,
    step: usize,
}

impl Read for Dribble {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.step.min(buffer.len()).min(self.bytes.len() - self.at);
        buffer[..count].copy_from_slice(&self.bytes[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// The references of a trace and the error, if there is one.
fn read(bytes: &[u8], step: usize, options: &Options) -> (Vec<Reference>, u64, Option<String>) {
    let mut references = Vec::new();
    let reader = Box::new(Dribble { bytes: bytes.to_vec(), at: 0, step });
    let mut trace = match Trace::from_reader(reader, "trace", options) {
        Ok(trace) => trace,
        Err(error) => return (references, 0, Some(error.to_string())),
    };
    let mut batch = Vec::new();
    for _ in 0..MOST_BATCHES {
        if let Err(error) = trace.fill(&mut batch) {
            return (references, trace.skipped(), Some(error.to_string()));
        }
        if batch.is_empty() {
            break;
        }
        references.extend_from_slice(&batch);
    }
    (references, trace.skipped(), None)
}

/// The first byte says which format and whether malformed lines are passed over, the second in what pieces the rest comes.
pub fn run(data: &[u8]) {
    let [how, step, bytes @ ..] = data else { return };
    let format = Format::ALL.get(usize::from(how & 15)).copied();
    let options = Options { format, skip_bad: how & 16 != 0, ..Options::default() };
    let whole = read(bytes, usize::MAX, &options);
    if let Some(error) = &whole.2 {
        assert!(!error.is_empty(), "an error says something");
    }
    let pieces = read(bytes, 1 + usize::from(*step), &options);
    let damaged = |error: &Option<String>| error.as_ref().is_some_and(|error| error.contains("damaged or truncated"));
    if damaged(&whole.2) || damaged(&pieces.2) {
        // How much a decompressor gives before it notices the damage depends on how much it is given at once.
        assert!(whole.2.is_some() && pieces.2.is_some(), "damage is an error: {:?}, {:?}", whole.2, pieces.2);
        assert!(whole.0.iter().zip(&pieces.0).all(|(one, other)| one == other), "the same as far as both go");
        return;
    }
    assert_eq!(whole, pieces, "the same bytes in pieces of {}", 1 + usize::from(*step));
}
