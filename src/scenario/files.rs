//! Files that a scenario names: each is read once, however many cells of a sweep use it.

use super::origin::Document;
use super::quantity::{Fault, Measure};
use super::tree::{Node, Value, quoted};
use crate::error::Error;
use crate::trace::{self, Options};
use crate::workload::RecordedReference;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Largest file that is read into memory.
const LARGEST: u64 = 1 << 30;

/// The files of one plan, relative to the scenario's folder.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    /// By name and unit.
    values: Cache<(String, String), f64>,
    recordings: Cache<String, RecordedReference>,
}

type Cache<K, T> = Mutex<BTreeMap<K, Loaded<Arc<[T]>>>>;

/// What was read, with the digest of the bytes; or why it could not be.
type Loaded<T> = std::result::Result<(T, String), String>;

impl Files {
    pub(super) fn new(folder: &Path) -> Files {
        Files { folder: folder.to_owned(), values: Mutex::default(), recordings: Mutex::default() }
    }

    /// One value a line, in the given unit if it is a time. Empty lines and lines that begin with `#` do not count.
    pub(super) fn values(&self, name: &str, unit: Option<&str>, measure: Measure) -> Loaded<Arc<[f64]>> {
        let key = (name.to_owned(), unit.unwrap_or_default().to_owned());
        if let Some(loaded) = lock(&self.values).get(&key) {
            return loaded.clone();
        }
        let loaded = self.content(name).and_then(|(_, bytes)| {
            let text = std::str::from_utf8(&bytes).map_err(|_| format!("{name} is not a text file"))?;
            Ok((parse_values(name, text, unit, measure)?, digest(&bytes)))
        });
        lock(&self.values).insert(key, loaded.clone());
        loaded
    }

    /// A recorded page-reference string, or a trace in any format whose references then follow each other without gaps; addresses
    /// are divided by 4096.
    pub(super) fn recording(&self, name: &str) -> Loaded<Arc<[RecordedReference]>> {
        if let Some(loaded) = lock(&self.recordings).get(name) {
            return loaded.clone();
        }
        let loaded = self.content(name).and_then(|(path, bytes)| {
            let references = trace::load(&path, &Options::default()).map_err(|error| error.to_string())?;
            if references.is_empty() {
                return Err(format!("{name} holds no references"));
            }
            Ok((references.into(), digest(&bytes)))
        });
        lock(&self.recordings).insert(name.to_owned(), loaded.clone());
        loaded
    }

    fn content(&self, name: &str) -> std::result::Result<(PathBuf, Vec<u8>), String> {
        let path = self.folder.join(name);
        let read = || -> std::io::Result<Vec<u8>> {
            // A pipe or a device could be read for ever.
            let metadata = std::fs::metadata(&path)?;
            if !metadata.is_file() {
                return Err(std::io::Error::other("it is not a file"));
            }
            if metadata.len() > LARGEST {
                return Err(std::io::Error::other("it is larger than 1 GiB"));
            }
            std::fs::read(&path)
        };
        let bytes = read().map_err(|source| Error::Read { path: path.clone(), source }.to_string())?;
        Ok((path, bytes))
    }
}

/// What a thread that panicked has put there is whole.
fn lock<T>(cache: &Mutex<T>) -> MutexGuard<'_, T> {
    cache.lock().unwrap_or_else(PoisonError::into_inner)
}

fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn parse_values(
    name: &str,
    text: &str,
    unit: Option<&str>,
    measure: Measure,
) -> std::result::Result<Arc<[f64]>, String> {
    let document = Document::new(name, text);
    let mut values = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let (origin, word) = (document.at(offset), line.trim());
        offset += line.len();
        if word.is_empty() || word.starts_with('#') {
            continue;
        }
        let value = match unit {
            Some(unit) => Value::Text(format!("{word} {unit}")),
            None => word.parse().map_or_else(|_| Value::Text(word.to_owned()), Value::Real),
        };
        let node = Node { value, origin };
        let value = measure.read(&node).map_err(|Fault { problem, .. }| format!("{}: {problem}", node.origin))?;
        values.push(value);
    }
    if values.is_empty() { Err(format!("{} holds no values", quoted(name))) } else { Ok(values.into()) }
}
