//! A shared wire with a bandwidth: channel, bus or network.
//!
//! Requests reach the wire after a latency of their own and not in the order in which they were dispatched, and nothing
//! but the wire's rate ties them together. So the wire keeps a clock of the work given to it: a transfer ends no
//! earlier than it could alone, and no earlier than all work given before it could be done at the full rate. In the
//! long run the rate is never exceeded, and a request that is ready early does not wait for one that is ready late.

use crate::units::{Instant, Span};

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Link {
    rate: u64,
    done: Instant,
}

impl Link {
    /// An idle wire that carries `rate` bytes per second.
    pub fn new(rate: u64) -> Link {
        Link { rate, done: Instant::ZERO }
    }

    /// Time that `bytes` take alone.
    pub fn time(&self, bytes: u64) -> Span {
        Span((u128::from(bytes) * 1_000_000_000 / u128::from(self.rate)) as u64)
    }

    /// The end of a transfer of `bytes` that is given to the wire at `now` and can begin at `ready`.
    pub fn pass(&mut self, now: Instant, ready: Instant, bytes: u64) -> Instant {
        self.occupy(now, ready, self.time(bytes))
    }

    /// The same for a transfer whose time is known.
    pub fn occupy(&mut self, now: Instant, ready: Instant, time: Span) -> Instant {
        self.done = self.done.max(now).saturating_add(time);
        self.done.max(ready.saturating_add(time))
    }
}
