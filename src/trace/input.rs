//! The bytes of a trace: decompressed, with a look ahead at their beginning, and with errors that say how far they went.

use crate::error::{Diagnostic, Error, Result};
use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

/// How a trace file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip (RFC 1952).
    Gzip,
    /// Zstandard (RFC 8878).
    Zstd,
    /// xz.
    Xz,
}

/// Bytes that are looked at to tell a format; also the size of the buffer that lines are found in.
const HEAD: usize = 1 << 16;

/// A trace as bytes, not compressed any more.
pub(super) struct Input {
    /// What errors call it.
    pub name: String,
    /// How it was compressed.
    pub compression: Compression,
    /// Its first bytes, at most 64 KiB.
    pub head: Vec<u8>,
    /// All its bytes, the first ones included.
    pub bytes: BufReader<Box<dyn Read + Send>>,
}

impl Input {
    /// A file, or standard input if the path is `-`.
    pub fn open(path: &Path) -> Result<Input> {
        if path == Path::new("-") {
            return Input::new(Box::new(io::stdin()), "standard input");
        }
        let file = File::open(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        Input::new(Box::new(file), &path.display().to_string())
    }

    pub fn new(reader: Box<dyn Read + Send>, name: &str) -> Result<Input> {
        let failed = |source| Error::Read { path: name.into(), source };
        let (magic, rest) = look_ahead(reader, 6).map_err(failed)?;
        let (compression, bytes): (_, Box<dyn Read + Send>) = if magic.starts_with(&[0x1f, 0x8b]) {
            (Compression::Gzip, Box::new(MultiGzDecoder::new(BufReader::with_capacity(HEAD, rest))))
        } else if is_zstd(&magic) {
            (Compression::Zstd, Box::new(zstd::Decoder::new(rest).map_err(failed)?))
        } else if magic.starts_with(b"\xfd7zXZ\0") {
            (Compression::Xz, Box::new(XzReader::new(BufReader::with_capacity(HEAD, rest), true)))
        } else {
            (Compression::None, rest)
        };
        let (head, rest) =
            look_ahead(bytes, HEAD).map_err(|source| interrupted(compression, name, name.to_owned(), 0, source))?;
        Ok(Input { name: name.to_owned(), compression, head, bytes: BufReader::with_capacity(HEAD, rest) })
    }

    /// The error for a read that failed after so many references, at this place of the file.
    pub fn interrupted(&self, origin: String, read: u64, source: io::Error) -> Error {
        interrupted(self.compression, &self.name, origin, read, source)
    }

    /// The next buffered bytes, none at the end.
    pub fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while let Err(error) = self.bytes.fill_buf() {
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
        Ok(self.bytes.buffer())
    }
}

fn interrupted(compression: Compression, name: &str, origin: String, read: u64, source: io::Error) -> Error {
    let problem = match source.kind() {
        _ if compression == Compression::None => return Error::Read { path: name.into(), source },
        io::ErrorKind::UnexpectedEof => format!("the compressed file is truncated; {read} references were read"),
        // Decompressors report damage as any of these; the disk does not.
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
            format!("the compressed file is damaged or truncated ({source}); {read} references were read")
        }
        _ => return Error::Read { path: name.into(), source },
    };
    Error::Data(Diagnostic { origin, key: String::new(), problem, help: None })
}

/// The magic number, or that of a skippable frame, with which a file for parallel decompression begins.
fn is_zstd(magic: &[u8]) -> bool {
    magic.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
        || magic.len() >= 4 && magic[0] & 0xf0 == 0x50 && magic[1..4] == [0x2a, 0x4d, 0x18]
}

/// The first bytes, up to `length`, and a reader that begins with them. An error before the first byte is returned, one after
/// it is kept for the reader, so that what precedes it is read.
fn look_ahead(mut reader: Box<dyn Read + Send>, length: usize) -> io::Result<(Vec<u8>, Box<dyn Read + Send>)> {
    let mut head = vec![0; length];
    let mut filled = 0;
    let mut failed = None;
    while filled < length {
        match reader.read(&mut head[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if filled == 0 => return Err(error),
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    head.truncate(filled);
    let begin = Cursor::new(head.clone());
    Ok((
        head,
        match failed {
            Some(error) => Box::new(begin.chain(Fails(Some(error)))),
            None => Box::new(begin.chain(reader)),
        },
    ))
}

/// Nothing but an error.
struct Fails(Option<io::Error>);

impl Read for Fails {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}
