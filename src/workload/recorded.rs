//! Recorded page-reference strings on disk: the recordings that a scenario names as `kind = "recorded"`.
//!
//! The format is text, compressed with gzip or not, made to be read by people and by a dozen lines of any language:
//!
//! ```text
//! # knee page references 1
//! # program: sort
//! # pages: 1882
//! 17 r 1
//! 3 w 2041
//! ```
//!
//! The first line names the format and its version. Further lines that begin with `#` are comments; those of the form
//! `# key: value` are kept in [`Recording::notes`], and `pages`, if present, is the number of pages that every page
//! number must be below. Then comes one line for each recorded reference: the page, `r` (read), `w` (write) or
//! `x` (execute), and the number of references of the original program since the recorded one before, this one included
//! (its time; 1 if nothing was left out).

use super::spec::RecordedReference;
use crate::error::{Diagnostic, Error, Result};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

/// The line that a file in this format begins with.
pub const FIRST_LINE: &str = "# knee page references 1";

/// What a reference does to its page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Access {
    /// Loads from it.
    #[default]
    Read,
    /// Stores to it, or loads and stores.
    Write,
    /// Fetches an instruction from it.
    Execute,
}

/// One line of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Page number, dense from 0.
    pub page: u32,
    /// What the reference does.
    pub access: Access,
    /// References of the original program since the recorded one before, this one included (at least 1).
    pub gap: u32,
}

/// A page-reference string and what is known about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// The notes of its head, `(key, value)`, in order.
    pub notes: Vec<(String, String)>,
    /// The references.
    pub records: Vec<Record>,
}

/// Reads the references of a recording, gzipped or plain.
///
/// # Errors
/// [`Error::Read`] if the file cannot be read; [`Error::Data`] with file, line, content and what was expected if it is
/// not a recording, is damaged, or ends too early.
pub fn read(path: &Path) -> Result<Vec<RecordedReference>> {
    let recording = Recording::read(path)?;
    let reference = |r: &Record| RecordedReference { page: r.page, write: r.access == Access::Write, gap: r.gap };
    Ok(recording.records.iter().map(reference).collect())
}

impl Recording {
    /// Reads a recording, gzipped or plain.
    ///
    /// # Errors
    /// As for [`read`].
    pub fn read(path: &Path) -> Result<Recording> {
        let unreadable = |source| Error::Read { path: path.to_owned(), source };
        let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
        let gzipped = file.fill_buf().map_err(unreadable)?.starts_with(&[0x1f, 0x8b]);
        let text: Box<dyn Read> = if gzipped { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        let mut parser = Parser { path, line: 0, limit: None, recording: Recording::default() };
        parser.run(BufReader::new(text))?;
        Ok(parser.recording)
    }

    /// The value of the first note with this key.
    pub fn note(&self, key: &str) -> Option<&str> {
        self.notes.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// Writes the recording, gzipped; the same recording gives the same bytes.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write(&self, path: &Path) -> Result<()> {
        let unwritable = |source| Error::Write { path: path.to_owned(), source };
        let file = BufWriter::new(File::create(path).map_err(unwritable)?);
        let mut gzip = GzEncoder::new(file, Compression::best());
        self.write_text(&mut gzip).map_err(unwritable)?;
        gzip.finish().and_then(|mut file| file.flush()).map_err(unwritable)
    }

    /// Writes the recording as plain text.
    ///
    /// # Errors
    /// Whatever the writer reports.
    pub fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        let mut out = BufWriter::new(out);
        writeln!(out, "{FIRST_LINE}")?;
        for (key, value) in &self.notes {
            writeln!(out, "# {key}: {value}")?;
        }
        for record in &self.records {
            let letter = match record.access {
                Access::Read => 'r',
                Access::Write => 'w',
                Access::Execute => 'x',
            };
            writeln!(out, "{} {letter} {}", record.page, record.gap)?;
        }
        out.flush()
    }
}

/// The state of reading one file.
struct Parser<'a> {
    path: &'a Path,
    /// Number of the current line, from 1.
    line: u64,
    /// The note `pages`.
    limit: Option<u32>,
    recording: Recording,
}

impl Parser<'_> {
    fn run(&mut self, mut text: impl BufRead) -> Result<()> {
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            self.line += 1;
            match text.read_until(b'\n', &mut bytes) {
                Ok(0) if self.line == 1 => return Err(self.expected("an empty file", &format!("`{FIRST_LINE}`"))),
                Ok(0) => return Ok(()),
                Ok(_) => self.line(&String::from_utf8_lossy(&bytes))?,
                Err(source) => return Err(self.interrupted(source)),
            }
        }
    }

    fn line(&mut self, line: &str) -> Result<()> {
        let line = line.trim();
        if self.line == 1 {
            return if line == FIRST_LINE { Ok(()) } else { Err(self.expected(line, &format!("`{FIRST_LINE}`"))) };
        }
        if let Some(comment) = line.strip_prefix('#') {
            return self.note(comment.trim());
        }
        if line.is_empty() {
            return Ok(());
        }
        let Some(record) = parse(line) else {
            return Err(self.expected(line, "`PAGE r|w|x GAP`, PAGE from 0 and GAP from 1, both below 2^32"));
        };
        if let Some(limit) = self.limit.filter(|&limit| record.page >= limit) {
            return Err(self.expected(line, &format!("a page number below {limit}, the `pages` of the file's head")));
        }
        self.recording.records.push(record);
        Ok(())
    }

    fn note(&mut self, comment: &str) -> Result<()> {
        let Some((key, value)) = comment.split_once(": ") else { return Ok(()) };
        let (key, value) = (key.trim(), value.trim());
        if key == "pages" {
            self.limit = Some(value.parse().map_err(|_| self.expected(comment, "`pages: ` and a number below 2^32"))?);
        }
        self.recording.notes.push((key.to_owned(), value.to_owned()));
        Ok(())
    }

    fn expected(&self, found: &str, expected: &str) -> Error {
        // A file of another kind may have a first line of any length.
        let shown: String = found.chars().take(80).collect();
        self.wrong(format!("found `{shown}`, expected {expected}"))
    }

    /// An error in the middle of the file: of the data if the decompressor found it, else of the disk.
    fn interrupted(&self, source: io::Error) -> Error {
        let read = self.recording.records.len();
        match source.kind() {
            io::ErrorKind::UnexpectedEof => {
                self.wrong(format!("the compressed file is truncated; {read} references were read before its end"))
            }
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                self.wrong(format!("the compressed file is damaged ({source}); {read} references were read before"))
            }
            _ => Error::Read { path: self.path.to_owned(), source },
        }
    }

    fn wrong(&self, problem: String) -> Error {
        let origin = format!("{}:{}", self.path.display(), self.line);
        Error::Data(Diagnostic { origin, key: String::new(), problem, help: None })
    }
}

/// `PAGE r|w|x GAP`.
fn parse(line: &str) -> Option<Record> {
    let mut fields = line.split_ascii_whitespace();
    let page = fields.next()?.parse().ok()?;
    let access = match fields.next()? {
        "r" => Access::Read,
        "w" => Access::Write,
        "x" => Access::Execute,
        _ => return None,
    };
    let gap = fields.next()?.parse().ok().filter(|&gap| gap > 0)?;
    fields.next().is_none().then_some(Record { page, access, gap })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(length: u32) -> Recording {
        let access = |i| [Access::Read, Access::Write, Access::Execute][i as usize % 3];
        Recording {
            notes: vec![("program".to_owned(), "sort: a test".to_owned()), ("pages".to_owned(), "50".to_owned())],
            records: (0..length).map(|i| Record { page: i * i % 50, access: access(i), gap: 1 + i % 7 }).collect(),
        }
    }

    fn file_with(content: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(content).expect("written");
        file
    }

    #[test]
    fn what_is_written_is_read() {
        let file = file_with(b"");
        let recording = example(1000);
        recording.write(file.path()).expect("written");
        assert_eq!(Recording::read(file.path()).expect("read"), recording);
        let references = read(file.path()).expect("read");
        assert_eq!(references[1], RecordedReference { page: 1, write: true, gap: 2 });
        let mut plain = Vec::new();
        recording.write_text(&mut plain).expect("written");
        assert_eq!(Recording::read(file_with(&plain).path()).expect("read"), recording);
    }

    #[test]
    fn errors_name_line_content_and_what_was_expected() {
        let cases: [(&[u8], &str); 8] = [
            (b"", "an empty file"),
            (b"1 2 3\n", ":1: found `1 2 3`, expected `# knee page references 1`"),
            (b"# knee page references 1\n\n5 q 1\n", ":3: found `5 q 1`, expected `PAGE r|w|x GAP`"),
            (b"# knee page references 1\n5 r 0\n", ":2: found `5 r 0`"),
            (b"# knee page references 1\n5 r 1 1\n", ":2: found `5 r 1 1`"),
            (b"# knee page references 1\n4294967296 r 1\n", ":2: found `4294967296 r 1`"),
            (b"# knee page references 1\n# pages: 5\n5 r 1\n", "a page number below 5"),
            (b"# knee page references 1\n\xff\xfe\n", ":2: found"),
        ];
        for (content, message) in cases {
            let error = read(file_with(content).path()).expect_err("refused").to_string();
            assert!(error.contains(message), "{error}");
        }
        assert_eq!(read(Path::new("no such file")).expect_err("refused").exit_code(), 66);
    }

    #[test]
    fn a_truncated_file_tells_how_much_was_read() {
        let whole = file_with(b"");
        example(20_000).write(whole.path()).expect("written");
        let bytes = std::fs::read(whole.path()).expect("read");
        let cut = file_with(&bytes[..bytes.len() / 2]);
        let error = read(cut.path()).expect_err("refused").to_string();
        assert!(error.contains("truncated") && error.contains("references were read"), "{error}");
        assert!(!error.contains(" 0 references"), "{error}");
        let mut damaged = bytes.clone();
        damaged[bytes.len() / 2] ^= 0x55;
        assert_eq!(read(file_with(&damaged).path()).expect_err("refused").exit_code(), 65);
    }
}
