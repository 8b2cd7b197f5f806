//! libCacheSim's oracleGeneral: binary records of 24 bytes, little-endian.
//!
//! | bytes | type | what |
//! |---|---|---|
//! | 0–3 | u32 | time in seconds |
//! | 4–11 | u64 | object, here the page |
//! | 12–15 | u32 | size in bytes, not used: an object is a page |
//! | 16–23 | i64 | position of the next request for the object, −1 for never; not used |

use super::input::Input;
use super::{Access, BATCH, Reference, References};
use crate::error::{Diagnostic, Error, Result};
use std::io::{self, Read};

/// Bytes of a record.
pub(super) const RECORD: usize = 24;

/// Reads oracleGeneral.
pub(super) struct OracleGeneral {
    input: Input,
    read: u64,
    buffer: Vec<u8>,
}

impl OracleGeneral {
    pub fn new(input: Input) -> OracleGeneral {
        OracleGeneral { input, read: 0, buffer: vec![0; BATCH * RECORD] }
    }

    fn origin(&self) -> String {
        format!("{}: record {}", self.input.name, self.read + 1)
    }
}

impl References for OracleGeneral {
    fn fill(&mut self, batch: &mut Vec<Reference>) -> Result<()> {
        batch.clear();
        let mut filled = 0;
        let mut failed = None;
        while filled < self.buffer.len() {
            match self.input.bytes.read(&mut self.buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        let records = self.buffer[..filled].chunks_exact(RECORD);
        let left = records.remainder().len();
        batch.extend(records.map(|record| Reference { page: object(record), access: Access::Read }));
        self.read += batch.len() as u64;
        if let Some(error) = failed {
            return Err(self.input.interrupted(self.origin(), self.read, error));
        }
        if left > 0 {
            let read = self.read;
            return Err(Error::Data(Diagnostic {
                origin: self.origin(),
                key: String::new(),
                problem: format!(
                    "{left} bytes of a record of {RECORD}: the file is truncated; {read} references were read"
                ),
                help: None,
            }));
        }
        Ok(())
    }
}

fn object(record: &[u8]) -> u64 {
    record[4..12].iter().rev().fold(0, |object, &byte| object << 8 | u64::from(byte))
}

/// Whether the beginning of a file may be oracleGeneral: times do not fall and next requests lie ahead.
pub(super) fn looks_like(head: &[u8]) -> bool {
    let mut last = 0;
    let mut records = 0u64;
    for record in head.chunks_exact(RECORD).take(1000) {
        let word = |from: usize, to: usize| record[from..to].iter().rev().fold(0, |n: u64, &b| n << 8 | u64::from(b));
        let (time, next) = (word(0, 4), word(16, 24) as i64);
        if time < last || next < -2 || (0..=records as i64).contains(&next) {
            return false;
        }
        last = time;
        records += 1;
    }
    records > 0
}
