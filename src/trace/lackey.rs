//! What Valgrind's tool lackey prints with `--trace-mem=yes`: every instruction fetch, load, store and modify of a program.
//!
//! ```text
//! ==12345== Lackey, an example Valgrind tool
//! I  0023c790,2
//!  S be80199c,4
//!  M 0025747c,1
//!  L be801950,4
//! ```
//!
//! Addresses are hexadecimal, sizes decimal bytes. Lines that begin with `==` or `--` are Valgrind's own messages and are
//! passed over.

use super::Access;
use super::text::{Line, LineFormat, decimal, hexadecimal};

/// Lackey's output, with pages of 2^`page_shift` bytes.
pub(super) struct Lackey {
    pub page_shift: u32,
}

/// The most bytes that one access may have: the whole vector state is 2,560.
const LARGEST: u64 = 1 << 16;

impl Lackey {
    fn request(&self, line: &[u8]) -> Option<Line> {
        let (kind, rest) = line.split_at_checked(3)?;
        let access = match kind {
            b"I  " => Access::Execute,
            b" L " => Access::Read,
            // A modify loads and stores.
            b" S " | b" M " => Access::Write,
            _ => return None,
        };
        let comma = rest.iter().position(|&b| b == b',')?;
        let size = decimal(&rest[comma + 1..]).filter(|&size| size <= LARGEST)?;
        Some(Line::bytes(hexadecimal(&rest[..comma])?, size, self.page_shift, access))
    }
}

impl LineFormat for Lackey {
    fn parse(&mut self, line: &[u8]) -> Line {
        match self.request(line) {
            Some(line) => line,
            None if line.starts_with(b"==") || line.starts_with(b"--") || line.trim_ascii().is_empty() => Line::Nothing,
            None => Line::Bad,
        }
    }

    fn expected(&self) -> &'static str {
        "`I  ADDRESS,SIZE`, ` L ADDRESS,SIZE`, ` S …` or ` M …` as lackey prints them"
    }

    fn help(&self) -> Option<&'static str> {
        Some("keep the program's own output apart: valgrind --log-fd=9 … 9>&1 >/dev/null 2>&1 | knee …")
    }
}
