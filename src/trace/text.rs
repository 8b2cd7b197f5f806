//! What all formats with one request a line have in common: finding lines, splitting requests into pages, and saying
//! what is wrong where.

use super::input::Input;
use super::{Access, BATCH, Reference, References};
use crate::error::{Diagnostic, Error, Result};
use memchr::memchr;
use std::io::BufRead;

/// The longest line that is looked at; a longer one is not text.
const LONGEST_LINE: usize = 1 << 16;

/// The format of a line.
pub(super) trait LineFormat: Send {
    /// What a line says.
    fn parse(&mut self, line: &[u8]) -> Line;

    /// What a line should be, for errors.
    fn expected(&self) -> &'static str;

    /// What to do if it is not.
    fn help(&self) -> Option<&'static str> {
        None
    }
}

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A request.
    Request(Request),
    /// Nothing about references: a comment, an empty line.
    Nothing,
    /// It is malformed.
    Bad,
}

/// A request for one page or several neighbours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Request {
    pub page: u64,
    pub count: u64,
    pub access: Access,
}

impl Line {
    /// A request for `count` pages from `page` on, if there are so many and at least one.
    pub fn pages(page: u64, count: u64, access: Access) -> Line {
        match page.checked_add(count.saturating_sub(1)) {
            Some(_) if count > 0 => Line::Request(Request { page, count, access }),
            _ => Line::Bad,
        }
    }

    /// A request for `size` bytes (0 counts as 1) at `address`, with pages of 2^`page_shift` bytes.
    pub fn bytes(address: u64, size: u64, page_shift: u32, access: Access) -> Line {
        let first = address >> page_shift;
        match address.checked_add(size.max(1) - 1) {
            Some(last) => Line::Request(Request { page: first, count: (last >> page_shift) - first + 1, access }),
            None => Line::Bad,
        }
    }
}

impl Request {
    /// Moves the next pages of the request to a batch, until that is full, and counts them.
    #[inline]
    pub fn take(&mut self, batch: &mut Vec<Reference>, read: &mut u64) {
        let count = self.count.min((BATCH - batch.len()) as u64);
        let Request { page, access, .. } = *self;
        batch.extend((0..count).map(|i| Reference { page: page + i, access }));
        // The page after the last one may not exist, but then nothing is left either.
        self.page = page.wrapping_add(count);
        self.count -= count;
        *read += count;
    }
}

/// Reads a trace with one request a line.
pub(super) struct TextReader<F> {
    input: Input,
    format: F,
    skip_bad: bool,
    skipped: u64,
    line: u64,
    read: u64,
    /// What is left of the request of the last line.
    request: Request,
    /// A line that crosses the end of a buffer.
    carry: Vec<u8>,
}

impl<F: LineFormat> TextReader<F> {
    pub fn new(input: Input, format: F, skip_bad: bool) -> TextReader<F> {
        let request = Request::default();
        TextReader { input, format, skip_bad, skipped: 0, line: 0, read: 0, request, carry: Vec::new() }
    }

    /// What the next line says, or `None` at the end.
    fn next(&mut self) -> Result<Option<Line>> {
        self.carry.clear();
        self.line += 1;
        loop {
            let buffer = match self.input.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) => return Err(self.input.interrupted(self.origin(), self.read, error)),
            };
            let end = memchr(b'\n', buffer);
            if buffer.is_empty() && self.carry.is_empty() {
                return Ok(None);
            }
            let is_last = buffer.is_empty();
            let line = &buffer[..end.unwrap_or(buffer.len())];
            let used = line.len() + usize::from(end.is_some());
            if end.is_some() && self.carry.is_empty() {
                let line = trim_return(line);
                let said = self.format.parse(line);
                if said == Line::Bad {
                    self.carry.extend_from_slice(line);
                }
                self.input.bytes.consume(used);
                return Ok(Some(said));
            }
            if self.carry.len() + line.len() > LONGEST_LINE {
                self.carry.extend_from_slice(&line[..line.len().min(100)]);
                return Err(self.malformed());
            }
            self.carry.extend_from_slice(line);
            self.input.bytes.consume(used);
            if end.is_some() || is_last {
                return Ok(Some(self.format.parse(trim_return(&self.carry))));
            }
        }
    }

    fn origin(&self) -> String {
        format!("{}:{}", self.input.name, self.line)
    }

    /// The error for the line in `carry`.
    fn malformed(&self) -> Error {
        let line = String::from_utf8_lossy(&self.carry);
        let shown: String = line.chars().filter(|c| !c.is_control()).take(80).collect();
        Error::Data(Diagnostic {
            origin: self.origin(),
            key: String::new(),
            problem: format!("found `{shown}`, expected {}", self.format.expected()),
            help: self.format.help().map(str::to_owned),
        })
    }
}

impl<F: LineFormat> References for TextReader<F> {
    fn fill(&mut self, batch: &mut Vec<Reference>) -> Result<()> {
        batch.clear();
        loop {
            self.request.take(batch, &mut self.read);
            if batch.len() == BATCH {
                return Ok(());
            }
            match self.next()? {
                None => return Ok(()),
                Some(Line::Request(request)) => self.request = request,
                Some(Line::Nothing) => {}
                Some(Line::Bad) if self.skip_bad => self.skipped += 1,
                Some(Line::Bad) => return Err(self.malformed()),
            }
        }
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }
}

fn trim_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The fields of a line, between spaces and tabs.
pub(super) fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|&b| b == b' ' || b == b'\t').filter(|field| !field.is_empty())
}

/// A decimal number.
pub(super) fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |number, &digit| {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 { None } else { number.checked_mul(10)?.checked_add(u64::from(digit)) }
    })
}

/// A hexadecimal number without prefix.
pub(super) fn hexadecimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    digits.iter().try_fold(0u64, |number, &digit| Some(number << 4 | u64::from((digit as char).to_digit(16)?)))
}

/// A decimal number, or a hexadecimal one that begins with `0x`.
pub(super) fn number(digits: &[u8]) -> Option<u64> {
    match digits.strip_prefix(b"0x").or_else(|| digits.strip_prefix(b"0X")) {
        Some(digits) => hexadecimal(digits),
        None => decimal(digits),
    }
}

/// What a word says is done: `r`, `w`, `x` and what else is in use for these.
pub(super) fn access(word: &[u8]) -> Option<Access> {
    Some(match word {
        b"r" | b"R" | b"l" | b"L" | b"read" | b"Read" | b"READ" | b"load" | b"get" | b"GET" | b"RS" => Access::Read,
        b"w" | b"W" | b"s" | b"S" | b"write" | b"Write" | b"WRITE" | b"store" | b"set" | b"SET" | b"WS" => {
            Access::Write
        }
        b"x" | b"X" | b"i" | b"I" | b"execute" | b"fetch" => Access::Execute,
        _ => return None,
    })
}
