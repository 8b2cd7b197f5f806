//! Files that are either whole or not there.

use crate::error::{Error, Result};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file that is written under a temporary name in the same folder and takes its own name, and the place of what had
/// it before, only when it is complete. Dropped before that, it leaves no trace.
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    temporary: PathBuf,
    writer: BufWriter<File>,
    committed: bool,
}

impl AtomicFile {
    /// Begins to write what shall become the file `path`.
    pub fn create(path: &Path) -> Result<AtomicFile> {
        // Not a random name: what a killed sweep leaves behind is overwritten by the next instead of piling up.
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".tmp");
        let temporary = PathBuf::from(temporary);
        let file = File::create(&temporary).map_err(|source| Error::Write { path: temporary.clone(), source })?;
        Ok(AtomicFile { path: path.to_path_buf(), temporary, writer: BufWriter::new(file), committed: false })
    }

    /// Makes the content durable and gives it its name.
    pub fn commit(mut self) -> Result<PathBuf> {
        self.finish().map_err(|source| Error::Write { path: self.path.clone(), source })?;
        Ok(self.path.clone())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.writer.flush()?;
        // Without this a crash of the machine could leave the new name on an empty file.
        self.writer.get_ref().sync_all()?;
        fs::rename(&self.temporary, &self.path)?;
        self.committed = true;
        Ok(())
    }

    /// Writes the whole file at once.
    pub fn replace(path: &Path, content: &[u8]) -> Result<PathBuf> {
        let mut file = AtomicFile::create(path)?;
        file.writer.write_all(content).map_err(|source| Error::Write { path: path.to_path_buf(), source })?;
        file.commit()
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if !self.committed {
            // Nobody to tell, and nothing lost: the next sweep writes over it.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abandoned_file_leaves_the_old_one_and_no_trace() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        AtomicFile::replace(&path, b"old").unwrap();
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
