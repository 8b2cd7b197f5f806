//! Columns of numbers that are as long as a sweep has cells: in memory while they are short, in a temporary file beyond that, so
//! that the memory of the program does not grow with them.

use crate::error::{Error, Result};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};
use tempfile::SpooledTempFile;

/// Bytes of a column that are kept in memory; a longer one moves to a file.
const IN_MEMORY: usize = 256 << 10;

/// A number's bytes.
const WIDTH: usize = size_of::<u64>();

/// Numbers by place; 0 where none has been set. The file, if there is one, is in the folder for temporary files (`TMPDIR`),
/// has no name, and goes with the column, whatever happens to the program.
#[derive(Debug)]
pub struct Column {
    file: Mutex<SpooledTempFile>,
}

impl Default for Column {
    fn default() -> Column {
        Column { file: Mutex::new(SpooledTempFile::new(IN_MEMORY)) }
    }
}

impl Column {
    /// The number at a place.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn get(&self, at: usize) -> Result<u64> {
        let mut bytes = [0; WIDTH];
        self.with(at, |file| match file.read_exact(&mut bytes) {
            // Beyond the last that was set. What was set is never cut short.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(()),
            read => read,
        })?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// Sets the number at a place.
    ///
    /// # Errors
    /// If the file cannot be written to.
    pub fn set(&self, at: usize, number: u64) -> Result<()> {
        self.with(at, |file| file.write_all(&number.to_le_bytes()))
    }

    fn with(&self, at: usize, act: impl FnOnce(&mut SpooledTempFile) -> io::Result<()>) -> Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let done = file.seek(SeekFrom::Start((at * WIDTH) as u64)).and_then(|_| act(&mut file));
        done.map_err(|source| Error::Write { path: std::env::temp_dir(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// In any order, across the move from memory to the file.
    #[test]
    fn what_is_set_is_there_and_nothing_else() {
        let column = Column::default();
        let mut expected = HashMap::new();
        let mut stream = crate::rng::Streams::new(1).named("column");
        for step in 1..20_000_u64 {
            let at = stream.below(step.min(18_000)) as usize * 3;
            column.set(at, step).unwrap();
            expected.insert(at, step);
            let other = stream.below(60_000) as usize;
            assert_eq!(column.get(other).unwrap(), expected.get(&other).copied().unwrap_or(0), "place {other}");
        }
        assert!(column.file.lock().unwrap().is_rolled(), "it was meant to be longer than what stays in memory");
        for (at, number) in expected {
            assert_eq!(column.get(at).unwrap(), number);
        }
    }
}
