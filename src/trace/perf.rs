//! What `perf script` prints of page-fault events and memory samples.
//!
//! ```text
//! ls  2214  9507.755143: page-faults:     559f48d905c0
//! ls  2214 [000]  9533.033791: exceptions:page_fault_user: address=0x7fdeb8d97e06 ip=0x7fdeb8d7f7ad error_code=0x6
//! app 99 [002] 544966.882384:  10000 cpu/mem-loads,ldlat=30/: 7ffdf1391b0c  10268100142 |OP LOAD|LVL L1 hit|…
//! ```
//!
//! The data address has to be there: `perf record -d …` and `perf script -F comm,pid,time,event,addr`, or the tracepoint
//! `exceptions:page_fault_user`, which also says whether the access was a write. What such a trace holds is a sample, or the
//! faults of the machine it was made on, not all references.

use super::Access;
use super::text::{Line, LineFormat, decimal, fields, hexadecimal};
use memchr::memmem;

/// What makes output that has data addresses.
pub(super) const HOW_TO_RECORD: &str = "perf record -d -e page-faults …, then perf script -F comm,pid,time,event,addr";

/// Whether a line looks like an event of `perf script`, with an address or not: one of its words is a time with a colon after it.
pub(super) fn is_event(line: &[u8]) -> bool {
    fields(line).any(|word| word.strip_suffix(b":").is_some_and(|word| word.contains(&b'.') && is_time(word)))
}

/// The output of `perf script`, with pages of 2^`page_shift` bytes.
pub(super) struct Perf {
    pub page_shift: u32,
}

impl Perf {
    fn request(&self, line: &[u8]) -> Option<Line> {
        if let Some(at) = memmem::find(line, b" address=0x") {
            return self.tracepoint(&line[at..]);
        }
        // The event is the first word that ends with a colon and is not a time.
        let mut words = fields(line);
        let event = words.find(|word| word.ends_with(b":") && !is_time(&word[..word.len() - 1]))?;
        let address = hexadecimal(words.next()?)?;
        if words.next().is_some_and(|word| memmem::find(word, b"+0x").is_some()) {
            // A symbol with an offset belongs to an instruction pointer, not to a data address.
            return None;
        }
        let stores = memmem::find(event, b"store").is_some() || memmem::find(line, b"|OP STORE").is_some();
        Some(Line::bytes(address, 1, self.page_shift, if stores { Access::Write } else { Access::Read }))
    }

    /// `address=0x… ip=… error_code=0x…`: of the error code of a page fault on x86, bit 1 is a write and bit 4 an instruction
    /// fetch.
    fn tracepoint(&self, fields_from_address: &[u8]) -> Option<Line> {
        let mut address = None;
        let mut code = 0;
        for word in fields(fields_from_address) {
            if let Some(digits) = word.strip_prefix(b"address=0x") {
                address = hexadecimal(digits);
            } else if let Some(digits) = word.strip_prefix(b"error_code=0x") {
                code = hexadecimal(digits)?;
            }
        }
        let access = match code {
            _ if code & 2 != 0 => Access::Write,
            _ if code & 16 != 0 => Access::Execute,
            _ => Access::Read,
        };
        Some(Line::bytes(address?, 1, self.page_shift, access))
    }
}

/// `9507.755143`, seconds since the machine started.
fn is_time(word: &[u8]) -> bool {
    match word.iter().position(|&b| b == b'.') {
        Some(dot) => decimal(&word[..dot]).is_some() && decimal(&word[dot + 1..]).is_some(),
        None => decimal(word).is_some(),
    }
}

impl LineFormat for Perf {
    fn parse(&mut self, line: &[u8]) -> Line {
        // A call chain has a tab before each of its lines.
        if line.first().is_none_or(|&b| b == b'#' || b == b'\t') || line.trim_ascii().is_empty() {
            return Line::Nothing;
        }
        self.request(line).unwrap_or(Line::Bad)
    }

    fn expected(&self) -> &'static str {
        "a sample of `perf script` with its data address after the event, or `address=0x…`"
    }

    fn help(&self) -> Option<&'static str> {
        Some(HOW_TO_RECORD)
    }
}
