//! Recordings of this program as traces: what is recorded, without the time in between.

use super::text::{Line, LineFormat};
use crate::workload::recorded;

/// The format of [`recorded`].
#[derive(Default)]
pub(super) struct Recording {
    begun: bool,
}

impl LineFormat for Recording {
    fn parse(&mut self, line: &[u8]) -> Line {
        let line = line.trim_ascii();
        if !self.begun {
            self.begun = true;
            return if line == recorded::FIRST_LINE.as_bytes() { Line::Nothing } else { Line::Bad };
        }
        if line.first().is_none_or(|&b| b == b'#') {
            return Line::Nothing;
        }
        match std::str::from_utf8(line).ok().and_then(recorded::parse) {
            Some(record) => Line::pages(u64::from(record.page), 1, record.access),
            None => Line::Bad,
        }
    }

    fn expected(&self) -> &'static str {
        "`# knee page references 1`, then lines `PAGE r|w|x GAP`"
    }
}
