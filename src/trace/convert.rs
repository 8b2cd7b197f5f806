//! From one format to another.

use super::oracle_general::RECORD;
use super::{Access, Format, Interner, Reference, References};
use crate::error::{Diagnostic, Error, Result};
use crate::workload::recorded::{Record, Recording};
use flate2::write::GzEncoder;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes a trace in another format to a file, or to standard output if the path is `-`; compressed if its name ends with
/// `.gz` or `.zst`. Returns the number of references.
///
/// Formats that name addresses get that of the page's first byte. ARC, LIRS and oracleGeneral do not tell reads from writes.
/// oracleGeneral and recordings need the whole trace in memory (8 and 12 bytes a reference), the others pass by.
///
/// # Errors
/// Those of the trace; [`Error::Write`]; [`Error::Usage`] for a format that is only read; [`Error::Data`] for a page whose
/// address is beyond 64 bits.
pub fn convert(trace: &mut impl References, format: Format, page_size: u64, path: &Path) -> Result<u64> {
    if format == Format::Perf {
        return Err(Error::Usage("traces of perf are only read, not written".to_owned()));
    }
    let unwritable = |source| Error::Write { path: path.to_owned(), source };
    let mut out = Output::create(path).map_err(unwritable)?;
    let references = match format {
        Format::OracleGeneral => {
            let pages = all_pages(trace)?;
            write_oracle_general(&pages, page_size, &mut out).map_err(unwritable)?;
            pages.len() as u64
        }
        Format::Recording => {
            let recording = whole_recording(trace)?;
            recording.write_text(&mut out).map_err(unwritable)?;
            recording.records.len() as u64
        }
        _ => pass_by(trace, format, page_size, &mut out, &unwritable)?,
    };
    out.finish().map_err(unwritable)?;
    Ok(references)
}

fn pass_by(
    trace: &mut impl References,
    format: Format,
    page_size: u64,
    out: &mut Output,
    unwritable: &impl Fn(io::Error) -> Error,
) -> Result<u64> {
    if format == Format::Csv {
        writeln!(out, "page,access").map_err(unwritable)?;
    }
    let mut batch = Vec::new();
    let mut references = 0;
    let mut run = Run::default();
    loop {
        trace.fill(&mut batch)?;
        if batch.is_empty() {
            break;
        }
        for reference in &batch {
            if format == Format::Arc {
                run.add(reference.page, references, out)
            } else {
                let address = match format {
                    Format::Address | Format::Lackey => address(reference.page, page_size, references)?,
                    _ => 0,
                };
                write_line(reference, address, format, out)
            }
            .map_err(unwritable)?;
            references += 1;
        }
    }
    run.end(out).map_err(unwritable)?;
    Ok(references)
}

fn write_line(reference: &Reference, address: u64, format: Format, out: &mut Output) -> io::Result<()> {
    let &Reference { page, access } = reference;
    match (format, access) {
        (Format::Address, Access::Read) => writeln!(out, "l 0x{address:x} 1"),
        (Format::Address, Access::Write) => writeln!(out, "s 0x{address:x} 1"),
        (Format::Address, Access::Execute) => writeln!(out, "i 0x{address:x} 1"),
        (Format::Lackey, Access::Read) => writeln!(out, " L {address:08x},1"),
        (Format::Lackey, Access::Write) => writeln!(out, " S {address:08x},1"),
        (Format::Lackey, Access::Execute) => writeln!(out, "I  {address:08x},1"),
        (Format::Csv, _) => writeln!(out, "{page},{}", letter(access)),
        (Format::Lirs, _) | (_, Access::Read) => writeln!(out, "{page}"),
        _ => writeln!(out, "{page} {}", letter(access)),
    }
}

fn letter(access: Access) -> char {
    match access {
        Access::Read => 'r',
        Access::Write => 'w',
        Access::Execute => 'x',
    }
}

fn address(page: u64, page_size: u64, references: u64) -> Result<u64> {
    page.checked_mul(page_size).ok_or_else(|| {
        Error::Data(Diagnostic {
            origin: format!("reference {}", references + 1),
            key: String::new(),
            problem: format!("page {page} has no address of 64 bits with pages of {page_size} bytes"),
            help: Some("choose a format that names pages, or a smaller page size".to_owned()),
        })
    })
}

/// Neighbouring pages in order, which ARC's format has on one line.
#[derive(Default)]
struct Run {
    first: u64,
    count: u64,
    /// References before the run: its sequence number.
    sequence: u64,
}

impl Run {
    fn add(&mut self, page: u64, references: u64, out: &mut Output) -> io::Result<()> {
        if self.count > 0 && self.first.checked_add(self.count) == Some(page) {
            self.count += 1;
            return Ok(());
        }
        self.end(out)?;
        *self = Run { first: page, count: 1, sequence: references };
        Ok(())
    }

    fn end(&mut self, out: &mut Output) -> io::Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        writeln!(out, "{} {} 0 {}", self.first, self.count, self.sequence)
    }
}

fn all_pages(trace: &mut impl References) -> Result<Vec<u64>> {
    let (mut pages, mut batch) = (Vec::new(), Vec::new());
    loop {
        trace.fill(&mut batch)?;
        if batch.is_empty() {
            return Ok(pages);
        }
        pages.extend(batch.iter().map(|reference| reference.page));
    }
}

/// Each record says when its object comes next, so this goes through the trace backwards first.
fn write_oracle_general(pages: &[u64], page_size: u64, out: &mut Output) -> io::Result<()> {
    let mut coming = std::collections::HashMap::new();
    let mut next: Vec<i64> = Vec::with_capacity(pages.len());
    for (position, &page) in pages.iter().enumerate().rev() {
        next.push(coming.insert(page, position as i64).unwrap_or(-1));
    }
    for (page, next) in pages.iter().zip(next.iter().rev()) {
        let mut record = [0; RECORD];
        record[4..12].copy_from_slice(&page.to_le_bytes());
        record[12..16].copy_from_slice(&u32::try_from(page_size).unwrap_or(u32::MAX).to_le_bytes());
        record[16..24].copy_from_slice(&next.to_le_bytes());
        out.write_all(&record)?;
    }
    Ok(())
}

/// Every reference, none left out; [`super::record`] makes shorter ones.
fn whole_recording(trace: &mut impl References) -> Result<Recording> {
    let mut interner = Interner::new();
    let (mut batch, mut numbers, mut records) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        trace.fill(&mut batch)?;
        if batch.is_empty() {
            break;
        }
        interner.number_all(&batch, &mut numbers)?;
        let pairs = numbers.iter().zip(&batch);
        records.extend(pairs.map(|(&page, reference)| Record { page, access: reference.access, gap: 1 }));
    }
    let notes =
        vec![("pages".to_owned(), interner.len().to_string()), ("references".to_owned(), records.len().to_string())];
    Ok(Recording { notes, records })
}

/// A file that is written, compressed as its name says.
enum Output {
    Plain(BufWriter<Box<dyn Write>>),
    Gzip(GzEncoder<BufWriter<Box<dyn Write>>>),
    Zstd(zstd::Encoder<'static, BufWriter<Box<dyn Write>>>),
}

impl Output {
    fn create(path: &Path) -> io::Result<Output> {
        let sink: Box<dyn Write> =
            if path == Path::new("-") { Box::new(io::stdout()) } else { Box::new(File::create(path)?) };
        let sink = BufWriter::with_capacity(1 << 16, sink);
        Ok(match path.extension().and_then(|ending| ending.to_str()) {
            Some("gz") => Output::Gzip(GzEncoder::new(sink, flate2::Compression::default())),
            Some("zst") => Output::Zstd(zstd::Encoder::new(sink, 0)?),
            _ => Output::Plain(sink),
        })
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Output::Plain(mut sink) => sink.flush(),
            Output::Gzip(gzip) => gzip.finish()?.flush(),
            Output::Zstd(zstd) => zstd.finish()?.flush(),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::Plain(sink) => sink.write(bytes),
            Output::Gzip(gzip) => gzip.write(bytes),
            Output::Zstd(zstd) => zstd.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Plain(sink) => sink.flush(),
            Output::Gzip(gzip) => gzip.flush(),
            Output::Zstd(zstd) => zstd.flush(),
        }
    }
}
