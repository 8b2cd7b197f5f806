//! The requests of a device: what every device counts, whatever its kind, and how counters and their laws are declared.

use super::{Anatomy, Completion, Operation, Origin, Request};
use crate::error::{Error, Result};
use crate::units::Span;

/// Requests that are done, and what they took.
///
/// Identity: `anatomy` sums to `waited + served`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Reads.
    pub reads: u64,
    /// Writes.
    pub writes: u64,
    /// Pages read.
    pub pages_read: u64,
    /// Pages written.
    pub pages_written: u64,
    /// Sum of their waiting times.
    pub waited: Span,
    /// Sum of their service times.
    pub served: Span,
    /// Sum of the server time they used.
    pub busy: Span,
    /// Sum of the CPU time they used.
    pub cpu: Span,
    /// Sum of their anatomies.
    pub anatomy: Anatomy,
}

impl Traffic {
    /// Requests of both kinds.
    pub fn requests(&self) -> u64 {
        self.reads + self.writes
    }

    fn record(&mut self, completion: &Completion) {
        let pages = u64::from(completion.request.pages);
        match completion.request.operation {
            Operation::Read => {
                self.reads += 1;
                self.pages_read += pages;
            }
            Operation::Write => {
                self.writes += 1;
                self.pages_written += pages;
            }
        }
        self.waited = self.waited.saturating_add(completion.waited);
        self.served = self.served.saturating_add(completion.served);
        self.busy = self.busy.saturating_add(completion.busy);
        self.cpu = self.cpu.saturating_add(completion.cpu);
        self.anatomy += completion.anatomy;
    }
}

/// What every device counts of its requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    accepted: u64,
    caller: Traffic,
    own: Traffic,
}

impl Ledger {
    pub fn accept(&mut self, request: &Request) {
        debug_assert!(request.pages > 0, "a request is for at least one page");
        self.accepted += 1;
    }

    pub fn record(&mut self, completion: &Completion) {
        match completion.origin {
            Origin::Caller => self.caller.record(completion),
            Origin::Device => self.own.record(completion),
            Origin::Wake => {}
        }
    }

    /// The account of a device that holds `inside` requests of the caller.
    pub fn account(&self, inside: usize) -> Account {
        Account { accepted: self.accepted, inside: inside as u64, caller: self.caller, own: self.own }
    }
}

/// The requests of one device since it was made.
///
/// Identity: `accepted = caller.requests() + inside`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Requests accepted from the caller.
    pub accepted: u64,
    /// Of these, requests that are not done.
    pub inside: u64,
    /// The caller's requests that are done.
    pub caller: Traffic,
    /// The device's own requests that are done.
    pub own: Traffic,
}

impl Account {
    /// Asserts the identities of every device, whatever its kind.
    pub(super) fn check(&self) -> Result<()> {
        equal("device: requests accepted = done + inside", self.accepted, self.caller.requests() + self.inside)?;
        for traffic in [&self.caller, &self.own] {
            equal(
                "device: the anatomy sums to the time at the device",
                traffic.anatomy.total().0,
                traffic.waited.saturating_add(traffic.served).0,
            )?;
        }
        Ok(())
    }
}

/// Declares the counters of one kind of device, with their documentation, and the walk over them by name.
macro_rules! counters {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $field:ident,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name {
            $($(#[$doc])* pub $field: u64,)*
        }

        impl $name {
            /// Calls `visit` with the name and value of every counter, in the order of their declaration.
            pub fn each(&self, mut visit: impl FnMut(&str, u64)) {
                $(visit(stringify!($field), self.$field);)*
            }
        }
    };
}
pub(super) use counters;

/// Asserts an identity between counters.
pub(super) fn equal(law: &str, left: u64, right: u64) -> Result<()> {
    if left == right { Ok(()) } else { Err(broken(law, left, "equal to", right)) }
}

/// Asserts a bound on a counter.
pub(super) fn at_most(law: &str, left: u64, right: u64) -> Result<()> {
    if left <= right { Ok(()) } else { Err(broken(law, left, "at most", right)) }
}

fn broken(law: &str, left: u64, relation: &'static str, right: u64) -> Error {
    Error::Law { law: law.to_string(), left: left.to_string(), relation, right: right.to_string() }
}
