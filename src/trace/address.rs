//! Address traces: one load or store a line.
//!
//! ```text
//! l 0x1fffff50 1
//! ```
//!
//! `l` (load) or `s` (store), the address in hexadecimal, and the instructions since the last line, which are not used and may
//! be missing. Also understood: `r`, `w` and `i` (instruction fetch). Lines that begin with `#` are comments.

use super::text::{Line, LineFormat, access, decimal, fields, hexadecimal};

/// Address traces, with pages of 2^`page_shift` bytes.
pub(super) struct Address {
    pub page_shift: u32,
}

impl Address {
    fn request(&self, line: &[u8]) -> Option<Line> {
        let mut fields = fields(line);
        let Some(first) = fields.next().filter(|first| first[0] != b'#') else { return Some(Line::Nothing) };
        let access = access(first).filter(|_| first.len() == 1)?;
        let address = fields.next()?;
        let address = hexadecimal(address.strip_prefix(b"0x").unwrap_or(address))?;
        if let Some(instructions) = fields.next() {
            decimal(instructions)?;
        }
        fields.next().is_none().then(|| Line::bytes(address, 1, self.page_shift, access))
    }
}

impl LineFormat for Address {
    fn parse(&mut self, line: &[u8]) -> Line {
        self.request(line).unwrap_or(Line::Bad)
    }

    fn expected(&self) -> &'static str {
        "`l|s ADDRESS INSTRUCTIONS` with the address in hexadecimal"
    }
}
