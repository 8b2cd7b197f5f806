//! One die: one operation at a time, reads before programs and erases.
//!
//! A read goes before the operations that wait, and after the one that is under way, unless that can be suspended. The
//! clock of a die is moved on when somebody asks something of it; there are no events for operations.

use crate::units::{Instant, Span};
use std::collections::VecDeque;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Die {
    /// End of the operation under way, or of the last one.
    busy_until: Instant,
    /// Whether the operation under way is a program or an erase, not a read.
    background: bool,
    /// Programs, erases and moves that wait.
    waiting: VecDeque<Span>,
    /// End of everything, as far as is known.
    all_done: Instant,
}

impl Die {
    pub fn new() -> Die {
        Die { busy_until: Instant::ZERO, background: false, waiting: VecDeque::new(), all_done: Instant::ZERO }
    }

    /// End of everything given to the die so far.
    pub fn all_done(&self) -> Instant {
        self.all_done
    }

    fn advance(&mut self, now: Instant) {
        while self.busy_until <= now {
            let Some(next) = self.waiting.pop_front() else { return };
            self.busy_until = self.busy_until.saturating_add(next);
            self.background = true;
        }
    }

    /// A read that takes `time` arrives; returns when it begins.
    pub fn read(&mut self, now: Instant, time: Span, suspend: Option<Span>) -> Instant {
        self.advance(now);
        let start = if self.busy_until <= now {
            now
        } else if self.background
            && let Some(suspend) = suspend
            && self.busy_until - now > suspend
        {
            self.waiting.push_front(self.busy_until - now);
            self.all_done = self.all_done.saturating_add(suspend);
            now + suspend
        } else {
            self.busy_until
        };
        self.busy_until = start + time;
        self.background = false;
        self.all_done = if self.waiting.is_empty() { self.busy_until } else { self.all_done.saturating_add(time) };
        start
    }

    /// A program, an erase or a move that takes `time` is queued; returns when it will end unless reads come between.
    pub fn append(&mut self, now: Instant, time: Span) -> Instant {
        self.advance(now);
        if self.busy_until <= now {
            self.busy_until = now + time;
            self.background = true;
            self.all_done = self.busy_until;
        } else {
            self.waiting.push_back(time);
            self.all_done = self.all_done.saturating_add(time);
        }
        self.all_done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_goes_before_what_waits_and_after_what_is_under_way() {
        let mut die = Die::new();
        assert_eq!(die.append(Instant(0), Span(1000)), Instant(1000));
        assert_eq!(die.append(Instant(0), Span(1000)), Instant(2000));
        assert_eq!(die.read(Instant(100), Span(50), None), Instant(1000));
        assert_eq!(die.read(Instant(200), Span(50), None), Instant(1050), "reads in order");
        assert_eq!(die.all_done(), Instant(2100));
        assert_eq!(die.append(Instant(300), Span(10)), Instant(2110));
        assert_eq!(die.read(Instant(5000), Span(50), None), Instant(5000));
    }

    #[test]
    fn a_program_is_suspended_and_takes_up_where_it_stopped() {
        let mut die = Die::new();
        die.append(Instant(0), Span(1000));
        assert_eq!(die.read(Instant(100), Span(50), Some(Span(20))), Instant(120));
        assert_eq!(die.all_done(), Instant(1070));
        assert_eq!(
            die.read(Instant(130), Span(50), Some(Span(20))),
            Instant(170),
            "behind a read there is nothing to suspend"
        );
        assert_eq!(die.all_done(), Instant(1120));
        assert_eq!(die.read(Instant(1115), Span(50), Some(Span(20))), Instant(1120), "so late it is quicker to wait");
    }
}
