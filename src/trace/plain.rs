//! One page a line: plain text, and the traces that come with LIRS (Jiang and Zhang, SIGMETRICS 2002).
//!
//! ```text
//! # comments and empty lines are passed over
//! 17
//! 0x1f w
//! *
//! ```
//!
//! A number is decimal, or hexadecimal with `0x`; `r`, `w` or `x` may follow. A line `*` is a checkpoint of the LIRS traces and says
//! nothing.

use super::Access;
use super::text::{Line, LineFormat, access, fields, number};

/// Plain and LIRS.
pub(super) struct Plain;

impl LineFormat for Plain {
    fn parse(&mut self, line: &[u8]) -> Line {
        let mut fields = fields(line);
        let Some(first) = fields.next() else { return Line::Nothing };
        if first[0] == b'#' || first == b"*" {
            return Line::Nothing;
        }
        let Some(page) = number(first) else { return Line::Bad };
        let access = match fields.next() {
            None => Some(Access::Read),
            Some(word) => access(word),
        };
        match access {
            Some(access) if fields.next().is_none() => Line::pages(page, 1, access),
            _ => Line::Bad,
        }
    }

    fn expected(&self) -> &'static str {
        "a page number, decimal or 0x…, perhaps followed by r, w or x"
    }
}
