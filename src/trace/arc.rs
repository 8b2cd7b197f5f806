//! The `.lis` traces of ARC (Megiddo and Modha, FAST 2003): runs of pages.
//!
//! ```text
//! 110765 64 0 0
//! ```
//!
//! First page, number of pages, a field without meaning, and a sequence number.

use super::Access;
use super::text::{Line, LineFormat, decimal, fields};

/// ARC.
pub(super) struct Arc;

impl LineFormat for Arc {
    fn parse(&mut self, line: &[u8]) -> Line {
        let mut numbers = [0; 4];
        let mut count = 0;
        for field in fields(line) {
            let (Some(place), Some(number)) = (numbers.get_mut(count), decimal(field)) else { return Line::Bad };
            *place = number;
            count += 1;
        }
        match count {
            0 => Line::Nothing,
            4 => Line::pages(numbers[0], numbers[1], Access::Read),
            _ => Line::Bad,
        }
    }

    fn expected(&self) -> &'static str {
        "`START COUNT IGNORED SEQUENCE`, four decimal numbers, COUNT at least 1"
    }
}
