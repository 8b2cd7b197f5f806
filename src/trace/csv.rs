//! Comma-separated values with a header: the columns are found by their names.

use super::input::Input;
use super::text::{Line, Request, access, number};
use super::{Access, BATCH, Reference, References};
use crate::error::{Diagnostic, Error, Result};
use csv::{ByteRecord, ErrorKind, ReaderBuilder};
use std::io::{BufReader, Read};

/// Which columns of a CSV file are what. A column that is not named here is recognised by the usual names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Page number. Usual names: page, block, lbn, vpn, key, id, obj_id, object.
    pub page: Option<String>,
    /// Instead: address or offset in bytes. Usual names: address, addr, offset.
    pub address: Option<String>,
    /// With an address: bytes of the request. Usual names: size, length, bytes.
    pub size: Option<String>,
    /// With a page: pages of the request. Usual names: count, pages.
    pub count: Option<String>,
    /// What is done. Usual names: op, operation, type, access, rw.
    pub access: Option<String>,
}

const PAGE: &[&str] = &["page", "block", "lbn", "vpn", "key", "id", "obj_id", "object"];
const ADDRESS: &[&str] = &["address", "addr", "offset"];
const SIZE: &[&str] = &["size", "length", "bytes"];
const COUNT: &[&str] = &["count", "pages"];
const ACCESS: &[&str] = &["op", "operation", "type", "access", "rw"];

/// Where the columns are.
#[derive(Clone, Copy, Debug)]
struct Places {
    /// Of the page, or of the address.
    what: usize,
    is_address: bool,
    /// Of the number of pages, or of bytes.
    how_many: Option<usize>,
    access: Option<usize>,
}

/// Reads CSV.
pub(super) struct Csv {
    reader: csv::Reader<BufReader<Box<dyn Read + Send>>>,
    /// What the reader reads from, for its name and errors.
    input: Input,
    places: Places,
    page_shift: u32,
    skip_bad: bool,
    skipped: u64,
    read: u64,
    request: Request,
    record: ByteRecord,
}

impl Csv {
    pub fn new(mut input: Input, columns: &Columns, page_shift: u32, skip_bad: bool) -> Result<Csv> {
        let nothing: Box<dyn Read + Send> = Box::new(std::io::empty());
        let bytes = std::mem::replace(&mut input.bytes, BufReader::new(nothing));
        let mut reader = ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
        let header = match reader.byte_headers() {
            Ok(header) => header.clone(),
            Err(error) => return Err(failed(&input, 1, 0, error)),
        };
        let places = places(&header, columns).map_err(|problem| {
            let origin = format!("{}:1", input.name);
            let help = Some("--column page=NAME, address=, size=, count=, access=".to_owned());
            Error::Data(Diagnostic { origin, key: String::new(), problem, help })
        })?;
        let (request, record) = (Request::default(), ByteRecord::new());
        Ok(Csv { reader, input, places, page_shift, skip_bad, skipped: 0, read: 0, request, record })
    }

    fn parse(&self) -> Option<Line> {
        let field = |at: usize| self.record.get(at);
        let what = number(field(self.places.what)?)?;
        let how_many = match self.places.how_many {
            Some(at) => number(field(at)?)?,
            None => 1,
        };
        let access = match self.places.access {
            Some(at) => access(field(at)?)?,
            None => Access::Read,
        };
        Some(if self.places.is_address {
            Line::bytes(what, how_many, self.page_shift, access)
        } else {
            Line::pages(what, how_many, access)
        })
    }

    fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }

    fn malformed(&self) -> Error {
        let fields: Vec<String> = self.record.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
        let shown: String = fields.join(",").chars().filter(|c| !c.is_control()).take(80).collect();
        let what = if self.places.is_address { "an address" } else { "a page" };
        let mut expected = format!("{what}, decimal or 0x…, in column {}", self.places.what + 1);
        if let Some(at) = self.places.how_many {
            expected += &format!(", a number in column {}", at + 1);
        }
        if let Some(at) = self.places.access {
            expected += &format!(", read or write in column {}", at + 1);
        }
        Error::Data(Diagnostic {
            origin: format!("{}:{}", self.input.name, self.line()),
            key: String::new(),
            problem: format!("found `{shown}`, expected {expected}"),
            help: None,
        })
    }
}

impl References for Csv {
    fn fill(&mut self, batch: &mut Vec<Reference>) -> Result<()> {
        batch.clear();
        loop {
            self.request.take(batch, &mut self.read);
            if batch.len() == BATCH {
                return Ok(());
            }
            match self.reader.read_byte_record(&mut self.record) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => return Err(failed(&self.input, self.reader.position().line(), self.read, error)),
            }
            match self.parse() {
                Some(Line::Request(request)) => self.request = request,
                _ if self.skip_bad => self.skipped += 1,
                _ => return Err(self.malformed()),
            }
        }
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }
}

fn failed(input: &Input, line: u64, read: u64, error: csv::Error) -> Error {
    let origin = format!("{}:{line}", input.name);
    match error.into_kind() {
        ErrorKind::Io(source) => input.interrupted(origin, read, source),
        other => {
            let problem = format!("not comma-separated values: {other:?}");
            Error::Data(Diagnostic { origin, key: String::new(), problem, help: None })
        }
    }
}

/// Whether a line may be a header with a page or an address in it.
pub(super) fn looks_like_header(line: &str) -> bool {
    let record = ByteRecord::from(line.trim().split(',').map(|name| name.trim().trim_matches('"')).collect::<Vec<_>>());
    record.len() > 1 && places(&record, &Columns::default()).is_ok()
}

fn places(header: &ByteRecord, columns: &Columns) -> std::result::Result<Places, String> {
    let names: Vec<String> = header.iter().map(|name| String::from_utf8_lossy(name).trim().to_lowercase()).collect();
    let place = |given: &Option<String>, usual: &[&str]| match given {
        Some(name) => match names.iter().position(|other| *other == name.to_lowercase()) {
            Some(at) => Ok(Some(at)),
            None => Err(format!("no column `{name}`; the columns are {}", names.join(", "))),
        },
        None => Ok(usual.iter().find_map(|usual| names.iter().position(|name| name == usual))),
    };
    let address = place(&columns.address, ADDRESS)?;
    // An address that was asked for comes before a column that happens to be called `id`.
    let page = if columns.address.is_some() && columns.page.is_none() { None } else { place(&columns.page, PAGE)? };
    let access = place(&columns.access, ACCESS)?;
    match (page, address) {
        (Some(what), _) => Ok(Places { what, is_address: false, how_many: place(&columns.count, COUNT)?, access }),
        (None, Some(what)) => Ok(Places { what, is_address: true, how_many: place(&columns.size, SIZE)?, access }),
        (None, None) => Err(format!("none of the columns {} is a page or an address", names.join(", "))),
    }
}
