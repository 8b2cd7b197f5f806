//! Standard output and standard error, neither of which may be assumed to be there.

use knee::error::{Error, Result};
use std::fmt::Display;
use std::io::{self, Write};
use std::path::PathBuf;

/// Standard output; an error of it is an [`Error::Write`] like any other, not a panic.
pub struct Output {
    stdout: io::StdoutLock<'static>,
}

impl Output {
    /// The standard output of this process.
    pub fn stdout() -> Output {
        Output { stdout: io::stdout().lock() }
    }

    /// Prints a text, with a line end if it has none.
    pub fn text(&mut self, text: &str) -> Result<()> {
        self.write(|out| {
            out.write_all(text.as_bytes())?;
            if text.is_empty() || text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") }
        })
    }

    /// Lets `print` write, and turns its errors into ours.
    pub fn write(&mut self, print: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        let printed = print(&mut self.stdout).and_then(|()| self.stdout.flush());
        printed.map_err(|source| Error::Write { path: PathBuf::from("standard output"), source })
    }
}

/// Prints an error on standard error, each of several diagnostics on lines of its own.
pub fn complain(error: &Error) {
    match error {
        Error::Scenario(diagnostics) => diagnostics.iter().for_each(|diagnostic| say(format!("error: {diagnostic}"))),
        error => say(format!("error: {error}")),
    }
}

/// Prints a line on standard error.
pub fn say(line: impl Display) {
    // If nobody can read it there is nobody to tell that either.
    let _ = writeln!(io::stderr(), "{line}");
}
