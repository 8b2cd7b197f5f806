//! The formats by name.

use super::address::Address;
use super::arc::Arc;
use super::csv::Csv;
use super::input::Input;
use super::lackey::Lackey;
use super::oracle_general::OracleGeneral;
use super::perf::Perf;
use super::plain::Plain;
use super::recording::Recording;
use super::text::{LineFormat, TextReader};
use super::{Options, References};
use crate::error::{Error, Result};

/// A format of traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One page a line.
    Plain,
    /// The traces that come with LIRS: one page a line, with checkpoints.
    Lirs,
    /// The `.lis` traces of ARC: runs of pages.
    Arc,
    /// Loads and stores by address.
    Address,
    /// The output of Valgrind's lackey.
    Lackey,
    /// The output of `perf script`.
    Perf,
    /// libCacheSim's oracleGeneral.
    OracleGeneral,
    /// Comma-separated values with a header.
    Csv,
    /// A recording of this program.
    Recording,
}

impl Format {
    /// All formats, in the order in which they are listed.
    pub const ALL: [Format; 9] = [
        Format::Plain,
        Format::Lirs,
        Format::Arc,
        Format::Address,
        Format::Lackey,
        Format::Perf,
        Format::OracleGeneral,
        Format::Csv,
        Format::Recording,
    ];

    /// The name by which the command line knows it.
    pub fn name(self) -> &'static str {
        match self {
            Format::Plain => "plain",
            Format::Lirs => "lirs",
            Format::Arc => "arc",
            Format::Address => "address",
            Format::Lackey => "lackey",
            Format::Perf => "perf",
            Format::OracleGeneral => "oracle-general",
            Format::Csv => "csv",
            Format::Recording => "recording",
        }
    }

    /// One line about it.
    pub fn description(self) -> &'static str {
        match self {
            Format::Plain => "one page a line, decimal or 0x…, r, w or x may follow",
            Format::Lirs => "the same with `*` for checkpoints (Jiang and Zhang, SIGMETRICS 2002)",
            Format::Arc => "`.lis`: first page, number of pages, ignored, sequence (Megiddo and Modha, FAST 2003)",
            Format::Address => "l or s, hexadecimal address, instructions since",
            Format::Lackey => "valgrind --tool=lackey --trace-mem=yes",
            Format::Perf => "perf script, page-fault events or memory samples with data addresses",
            Format::OracleGeneral => "libCacheSim's binary records of 24 bytes; an object is a page",
            Format::Csv => "comma-separated values with a header that names page or address, size, op",
            Format::Recording => "recordings of knee: page, r, w or x, and the gap",
        }
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name)
    }

    /// A reader of this format.
    pub(super) fn reader(self, input: Input, options: &Options) -> Result<Box<dyn References + Send>> {
        if !options.page_size.is_power_of_two() {
            let size = options.page_size;
            return Err(Error::Usage(format!("the page size is {size} bytes; it must be a power of two")));
        }
        let page_shift = options.page_size.trailing_zeros();
        let skip_bad = options.skip_bad;
        Ok(match self {
            Format::Plain | Format::Lirs => text(input, Plain, skip_bad),
            Format::Arc => text(input, Arc, skip_bad),
            Format::Address => text(input, Address { page_shift }, skip_bad),
            Format::Lackey => text(input, Lackey { page_shift }, skip_bad),
            Format::Perf => text(input, Perf { page_shift }, skip_bad),
            Format::Recording => text(input, Recording::default(), skip_bad),
            Format::OracleGeneral => Box::new(OracleGeneral::new(input)),
            Format::Csv => Box::new(Csv::new(input, &options.columns, page_shift, skip_bad)?),
        })
    }
}

fn text(input: Input, format: impl LineFormat + 'static, skip_bad: bool) -> Box<dyn References + Send> {
    Box::new(TextReader::new(input, format, skip_bad))
}
