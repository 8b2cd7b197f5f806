//! A recorded string as a reference source.

use super::RecordedReference;
use super::RecordedSpec;
use crate::units::{Span, Virtual};
use std::sync::Arc;

/// A position in a recorded string, and when its next reference is due.
#[derive(Debug)]
pub struct Replay {
    references: Arc<[RecordedReference]>,
    next: usize,
    due: Virtual,
    period: Span,
    looped: bool,
    end: Virtual,
}

impl Replay {
    /// A string that begins at `now`, with one original reference every `period`.
    pub fn new(spec: &RecordedSpec, period: Span, now: Virtual) -> Replay {
        let length = spec.references.len();
        let next = if length == 0 { 0 } else { (spec.offset % length as u64) as usize };
        let mut replay = Replay {
            references: Arc::clone(&spec.references),
            next,
            due: now,
            period,
            looped: spec.looped,
            end: Virtual::NEVER,
        };
        if !spec.looped {
            let gaps: u64 = spec.references[next..].iter().map(|reference| u64::from(reference.gap)).sum();
            replay.end = now.saturating_add(Span(gaps.saturating_mul(period.0)));
        }
        replay.due = replay.due_after(now);
        replay
    }

    /// A string without references.
    pub fn empty() -> Replay {
        Replay {
            references: Arc::new([]),
            next: 0,
            due: Virtual::NEVER,
            period: Span(1),
            looped: false,
            end: Virtual::NEVER,
        }
    }

    /// When the next reference is due.
    #[inline]
    pub fn due(&self) -> Virtual {
        self.due
    }

    /// When the string ends, if it does.
    pub fn end(&self) -> Virtual {
        self.end
    }

    /// Takes the next reference.
    #[inline]
    pub fn take(&mut self) -> RecordedReference {
        let reference = self.references[self.next];
        self.next += 1;
        if self.next == self.references.len() && self.looped {
            self.next = 0;
        }
        self.due = self.due_after(self.due);
        reference
    }

    #[inline]
    fn due_after(&self, last: Virtual) -> Virtual {
        match self.references.get(self.next) {
            Some(reference) => last.saturating_add(Span(u64::from(reference.gap).saturating_mul(self.period.0))),
            None => Virtual::NEVER,
        }
    }
}
