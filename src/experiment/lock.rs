//! One program at a time in a folder.

use crate::error::{Error, Result};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};

/// The right to write into a folder, held until it is dropped or the process ends, in whatever way.
///
/// It is a lock of the operating system on a file. Unlike the existence of a file, such a lock cannot be left behind: a
/// process that is killed loses it with everything else. The file itself may stay, and then says nothing.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    /// `None` on a file system that has no locks.
    file: Option<File>,
}

impl Lock {
    /// Takes the right to write into a folder, or says who has it.
    ///
    /// # Errors
    /// [`Error::Usage`] if somebody else has it, [`Error::Write`] if the folder cannot be written to.
    pub fn take(dir: &Path) -> Result<Lock> {
        let path = dir.join(super::files::LOCK);
        let failed = |source| Error::Write { path: path.clone(), source };
        loop {
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
            let mut file = file.map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(in_use(dir, &path)),
                // Some file systems of clusters have no locks. Shards have folders of their own, so little is lost.
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
                    return Ok(Lock { path, file: None });
                }
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
            // Its holder removes the file when done: then this is a lock on a file that nobody else will find.
            if !is_at(&file, &path) {
                continue;
            }
            // For people only.
            let holder = format!("{}\n", holder());
            let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(holder.as_bytes()));
            written.map_err(failed)?;
            return Ok(Lock { path, file: Some(file) });
        }
    }

    /// Who holds the right to write into a folder, if somebody does.
    pub fn holder(dir: &Path) -> Option<String> {
        let path = dir.join(super::files::LOCK);
        let file = File::open(&path).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(fs::read_to_string(&path).unwrap_or_default().trim().to_owned()),
            _ => None,
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.file.is_some() {
            // While it is locked, so that nobody else's is removed. If it stays it says nothing.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn in_use(dir: &Path, path: &Path) -> Error {
    let holder = fs::read_to_string(path).unwrap_or_default();
    let holder = match holder.trim() {
        "" => String::new(),
        holder => format!(" ({holder})"),
    };
    Error::Usage(format!(
        "another knee is writing to {}{holder}; wait until it has ended, or choose another folder with --out",
        dir.display()
    ))
}

fn holder() -> String {
    let process = format!("process {}", std::process::id());
    match fs::read_to_string("/proc/sys/kernel/hostname") {
        Ok(host) => format!("{process} on {}", host.trim()),
        Err(_) => process,
    }
}

/// Whether an open file is still the one with this name.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

/// An open file cannot be removed there.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_writer_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Lock::holder(dir.path()), None);
        let first = Lock::take(dir.path()).unwrap();
        assert!(Lock::holder(dir.path()).unwrap().starts_with(&format!("process {}", std::process::id())));
        let message = Lock::take(dir.path()).unwrap_err().to_string();
        assert!(message.contains("another knee") && message.contains(&std::process::id().to_string()), "{message}");
        drop(first);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        // What a killed process leaves is in nobody's way.
        fs::write(dir.path().join(super::super::files::LOCK), "process 1 on nowhere\n").unwrap();
        drop(Lock::take(dir.path()).unwrap());
    }

    #[test]
    fn of_many_who_try_at_once_one_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let held = std::sync::atomic::AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let Ok(lock) = Lock::take(dir.path()) else { continue };
                        assert_eq!(held.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                        held.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                        drop(lock);
                    }
                });
            }
        });
    }
}
