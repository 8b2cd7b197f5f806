//! The journal: finished runs, appended one whole line at a time.

use super::row::{Columns, Layout, Row, damaged};
use crate::error::{Error, Result};
use csv::{Position, ReaderBuilder, StringRecord};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A journal that is open for more rows.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    end: u64,
}

impl Journal {
    /// An empty journal in the place of whatever was there.
    pub fn create(path: &Path, columns: &Columns) -> Result<Journal> {
        let file = File::create(path).map_err(|source| Error::Write { path: path.to_path_buf(), source })?;
        let mut journal = Journal { path: path.to_path_buf(), file, end: 0 };
        journal.append(&line(columns.header(|_| true)))?;
        Ok(journal)
    }

    /// A journal that exists, to go on after its last whole line.
    pub fn reopen(path: &Path) -> Result<Journal> {
        let failed = |source| Error::Write { path: path.to_path_buf(), source };
        let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(failed)?;
        let end = whole_lines(&mut file).map_err(failed)?;
        file.set_len(end).map_err(failed)?;
        file.seek(SeekFrom::Start(end)).map_err(failed)?;
        Ok(Journal { path: path.to_path_buf(), file, end })
    }

    /// Appends a row; returns where it begins.
    pub fn append(&mut self, line: &[u8]) -> Result<u64> {
        // One write for the line: whatever kills the process, at most the last line is torn.
        self.file.write_all(line).map_err(|source| Error::Write { path: self.path.clone(), source })?;
        let begin = self.end;
        self.end += line.len() as u64;
        Ok(begin)
    }

    /// Removes the file.
    pub fn remove(&self) -> Result<()> {
        fs::remove_file(&self.path).map_err(|source| Error::Write { path: self.path.clone(), source })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Length of the file without a torn last line.
fn whole_lines(file: &mut File) -> io::Result<u64> {
    let mut end = file.metadata()?.len();
    while end > 0 {
        let begin = end.saturating_sub(64 * 1024);
        file.seek(SeekFrom::Start(begin))?;
        let mut block = vec![0; (end - begin) as usize];
        file.read_exact(&mut block)?;
        if let Some(newline) = block.iter().rposition(|byte| *byte == b'\n') {
            return Ok(begin + newline as u64 + 1);
        }
        end = begin;
    }
    Ok(0)
}

/// A row as a line of CSV.
pub(super) fn line<T: AsRef<[u8]>>(fields: impl IntoIterator<Item = T>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::with_capacity(2048));
    writer.write_record(fields).expect("rows of any length go into memory");
    writer.into_inner().expect("memory can be written to")
}

/// Reads rows of a journal or of `runs.csv`, in order or by position.
pub(super) struct RowReader {
    path: PathBuf,
    reader: csv::Reader<File>,
    layout: Layout,
    header: StringRecord,
    record: StringRecord,
    /// Nothing is read from here on: a line that is not whole, or that was added meanwhile.
    end: u64,
}

impl RowReader {
    /// Opens a file; `None` if its header is not that of runs.
    pub fn open(path: &Path, columns: &Columns) -> Result<Option<RowReader>> {
        let unreadable = |source| Error::Read { path: path.to_path_buf(), source };
        let mut file = File::open(path).map_err(unreadable)?;
        let end = whole_lines(&mut file).map_err(unreadable)?;
        file.rewind().map_err(unreadable)?;
        let mut reader = ReaderBuilder::new().from_reader(file);
        let Ok(header) = reader.headers().cloned() else { return Ok(None) };
        let Some(layout) = Layout::find(&header, columns) else { return Ok(None) };
        let record = StringRecord::new();
        Ok(Some(RowReader { path: path.to_path_buf(), reader, layout, header, record, end }))
    }

    /// The columns of a file; `None` if its header is not that of runs with these axes.
    pub fn columns(path: &Path, axes: &[String]) -> Result<Option<Columns>> {
        let file = File::open(path).map_err(|source| Error::Read { path: path.to_path_buf(), source })?;
        let mut reader = ReaderBuilder::new().from_reader(file);
        Ok(reader.headers().ok().and_then(|header| Columns::of_header(header, axes)))
    }

    /// The value on each axis in the row that was read last.
    pub fn coordinates(&self) -> impl Iterator<Item = &str> {
        self.layout.axes().filter_map(|at| self.record.get(at))
    }

    /// Number of the line that was read last.
    pub fn line(&self) -> u64 {
        self.record.position().map_or(0, Position::line)
    }

    /// Whether the file has all the columns, in order, so that rows can be appended.
    pub fn has_all(&self, columns: &Columns) -> bool {
        self.header.iter().eq(columns.header(|_| true))
    }

    /// The next row and where it begins.
    pub fn next(&mut self) -> Result<Option<(u64, Row)>> {
        let position = self.reader.position().clone();
        if position.byte() >= self.end {
            return Ok(None);
        }
        match self.reader.read_record(&mut self.record) {
            Ok(false) => Ok(None),
            Ok(true) => match self.layout.parse(&self.record) {
                Some(row) => Ok(Some((position.byte(), row))),
                None => Err(damaged(&self.path, Some(position.line()))),
            },
            Err(error) => match error.into_kind() {
                csv::ErrorKind::Io(source) => Err(Error::Read { path: self.path.clone(), source }),
                _ => Err(damaged(&self.path, Some(position.line()))),
            },
        }
    }

    /// The row that begins at a position that [`Journal::append`] or [`RowReader::next`] gave.
    pub fn at(&mut self, byte: u64) -> Result<Row> {
        let mut position = Position::new();
        position.set_byte(byte);
        let sought = self.reader.seek(position);
        sought.map_err(|error| Error::Read { path: self.path.clone(), source: error.into() })?;
        match self.next()? {
            Some((_, row)) => Ok(row),
            None => Err(damaged(&self.path, None)),
        }
    }
}
