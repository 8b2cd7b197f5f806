//! What Valgrind's tool lackey prints with `--trace-mem=yes`: every instruction fetch, load, store and modify of a program.
//!
//! ```text
//! ==12345== Lackey, an example Valgrind tool
//! I  0023c790,2
//!  S be80199c,4
//!  M 0025747c,1
//!  L be801950,4
//! ```
//!
//! Addresses are hexadecimal, sizes decimal bytes. Lines that begin with `==` or `--` are Valgrind's own messages and are
//! passed over.

use super::{Access, BATCH, Reference, References};
use crate::error::{Diagnostic, Error, Result};
use std::io::BufRead;
use std::path::PathBuf;

/// A reader of lackey's output from any source, a pipe included; it holds one line at a time.
pub struct Lackey<R> {
    input: R,
    name: PathBuf,
    page_shift: u32,
    line: u64,
    read: u64,
    bytes: Vec<u8>,
}

impl<R: BufRead> Lackey<R> {
    /// Reads from `input`, called `name` in errors; a page has 2^`page_shift` bytes.
    pub fn new(input: R, name: impl Into<PathBuf>, page_shift: u32) -> Lackey<R> {
        Lackey { input, name: name.into(), page_shift, line: 0, read: 0, bytes: Vec::with_capacity(128) }
    }

    fn malformed(&self) -> Error {
        let line = String::from_utf8_lossy(&self.bytes);
        let shown: String = line.trim_end().chars().take(80).collect();
        Error::Data(Diagnostic {
            origin: format!("{}:{}", self.name.display(), self.line),
            key: String::new(),
            problem: format!(
                "found `{shown}`, expected `I  ADDRESS,SIZE`, ` L …`, ` S …` or ` M …` as lackey prints them"
            ),
            help: Some("send the program's own output elsewhere: valgrind --log-fd=9 … 9>&1 >/dev/null".to_owned()),
        })
    }
}

impl<R: BufRead> References for Lackey<R> {
    fn fill(&mut self, batch: &mut Vec<Reference>) -> Result<()> {
        batch.clear();
        while batch.len() < BATCH {
            self.bytes.clear();
            self.line += 1;
            let length = self
                .input
                .read_until(b'\n', &mut self.bytes)
                .map_err(|source| Error::Read { path: self.name.clone(), source })?;
            if length == 0 {
                return Ok(());
            }
            if let Some((access, address, size)) = parse(&self.bytes) {
                let first = address >> self.page_shift;
                let last = address.saturating_add(size.max(1) - 1) >> self.page_shift;
                batch.extend((first..=last).map(|page| Reference { page, access }));
                self.read += 1;
            } else if !is_message(&self.bytes) {
                return Err(self.malformed());
            }
        }
        Ok(())
    }
}

/// Valgrind's own lines, and empty ones.
fn is_message(line: &[u8]) -> bool {
    line.starts_with(b"==") || line.starts_with(b"--") || line.trim_ascii().is_empty()
}

/// Kind, address and size of a line, if it is one of lackey's.
fn parse(line: &[u8]) -> Option<(Access, u64, u64)> {
    let access = match line.get(..3)? {
        b"I  " => Access::Execute,
        b" L " => Access::Read,
        // A modify loads and stores.
        b" S " | b" M " => Access::Write,
        _ => return None,
    };
    let mut address = 0u64;
    let mut at = 3;
    while let Some(digit) = line.get(at).and_then(|&b| (b as char).to_digit(16)) {
        address = address << 4 | u64::from(digit);
        at += 1;
    }
    if !(4..=3 + 16).contains(&at) || line.get(at) != Some(&b',') {
        return None;
    }
    let size = std::str::from_utf8(&line[at + 1..]).ok()?.trim_end().parse::<u32>().ok()?;
    Some((access, address, u64::from(size)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Result<Vec<Reference>> {
        let mut reader = Lackey::new(text.as_bytes(), "test", 12);
        let (mut references, mut batch) = (Vec::new(), Vec::new());
        loop {
            reader.fill(&mut batch)?;
            if batch.is_empty() {
                return Ok(references);
            }
            references.extend_from_slice(&batch);
        }
    }

    #[test]
    fn each_kind_of_line_and_requests_across_pages() {
        let text = "==7== Lackey\nI  0023c790,2\n S be80199c,4\n\n M 0025747c,1\n L 00001ffe,4\n==7== end\n";
        let found: Vec<(u64, Access)> = all(text).expect("well-formed").iter().map(|r| (r.page, r.access)).collect();
        let read = [(1, Access::Read), (2, Access::Read)];
        assert_eq!(found[..3], [(0x23c, Access::Execute), (0xbe801, Access::Write), (0x257, Access::Write)]);
        assert_eq!(found[3..], read);
    }

    #[test]
    fn a_malformed_line_is_named() {
        for bad in ["I  xyz,2", "hello", " L 12345678123456781,4", " L 1234", " S 12,", "I", " L 10,9999999999"] {
            let error = all(&format!("I  10,1\n{bad}\n")).expect_err("refused").to_string();
            assert!(error.starts_with(&format!("test:2: found `{bad}`")), "{error}");
        }
    }
}
