//! What a device counts, and the laws its counters obey.
//!
//! Every device counts the same traffic: what the caller asked of it and what it asked of itself. What else it
//! counts is declared beside its model, with the identities that tie the counters to each other; [`DeviceStats::check`]
//! asserts all of them, for the device and whatever is behind it.

use super::areas::AreaStats;
use super::disk::DiskStats;
use super::drum::DrumStats;
use super::flash::FlashStats;
use super::throttle::ThrottleStats;
use super::tier::TierStats;
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

    /// The counters of a device with `inside` requests of the caller.
    pub fn stats(&self, inside: usize, detail: Detail) -> DeviceStats {
        DeviceStats { accepted: self.accepted, inside: inside as u64, caller: self.caller, own: self.own, detail }
    }
}

/// The counters of one device since it was made.
///
/// Identity: `accepted = caller.requests() + inside`.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceStats {
    /// Requests accepted from the caller.
    pub accepted: u64,
    /// Of these, requests that are not done.
    pub inside: u64,
    /// The caller's requests that are done.
    pub caller: Traffic,
    /// The device's own requests that are done.
    pub own: Traffic,
    /// What this kind of device counts besides.
    pub detail: Detail,
}

/// What a kind of device counts besides its traffic.
#[derive(Clone, Debug, PartialEq)]
pub enum Detail {
    /// Nothing.
    Plain,
    /// A magnetic disk.
    Disk(DiskStats),
    /// A paging drum.
    Drum(DrumStats),
    /// Flash or another memory of cells.
    Flash(FlashStats),
    /// A rate limit and the device behind it.
    Throttle(ThrottleStats, Box<DeviceStats>),
    /// A tier and the device behind it, if there is one.
    Tier(TierStats, Option<Box<DeviceStats>>),
    /// Swap areas, each with its device.
    Areas(AreaStats, Vec<DeviceStats>),
}

impl DeviceStats {
    /// Asserts every identity of this device and of those behind it.
    ///
    /// # Errors
    /// [`Error::Law`] with both sides of the first identity that does not hold.
    pub fn check(&self) -> Result<()> {
        equal("device: requests accepted = done + inside", self.accepted, self.caller.requests() + self.inside)?;
        for traffic in [&self.caller, &self.own] {
            equal(
                "device: the anatomy sums to the time at the device",
                traffic.anatomy.total().0,
                traffic.waited.saturating_add(traffic.served).0,
            )?;
        }
        match &self.detail {
            Detail::Plain => Ok(()),
            Detail::Disk(disk) => disk.check(self),
            Detail::Drum(drum) => drum.check(self),
            Detail::Flash(flash) => flash.check(self),
            Detail::Throttle(throttle, behind) => throttle.check(self, behind).and_then(|()| behind.check()),
            Detail::Tier(tier, behind) => {
                tier.check(self, behind.as_deref())?;
                behind.as_ref().map_or(Ok(()), |behind| behind.check())
            }
            Detail::Areas(areas, devices) => {
                areas.check(self, devices)?;
                devices.iter().try_for_each(DeviceStats::check)
            }
        }
    }

    /// Every counter by name, those of the device behind under `behind.`, those of swap areas under `area0.` and so on.
    pub fn counters(&self) -> Vec<(String, u64)> {
        let mut counters = Vec::new();
        self.list("", &mut counters);
        counters
    }

    fn list(&self, prefix: &str, into: &mut Vec<(String, u64)>) {
        let mut add = |name: &str, value: u64| into.push((format!("{prefix}{name}"), value));
        for (who, traffic) in [("", &self.caller), ("own_", &self.own)] {
            add(&format!("{who}reads"), traffic.reads);
            add(&format!("{who}writes"), traffic.writes);
            add(&format!("{who}pages_read"), traffic.pages_read);
            add(&format!("{who}pages_written"), traffic.pages_written);
        }
        match &self.detail {
            Detail::Plain => {}
            Detail::Disk(disk) => disk.each(add),
            Detail::Drum(drum) => drum.each(add),
            Detail::Flash(flash) => flash.each(add),
            Detail::Throttle(throttle, behind) => {
                throttle.each(add);
                behind.list(&format!("{prefix}behind."), into);
            }
            Detail::Tier(tier, behind) => {
                tier.each(add);
                if let Some(behind) = behind {
                    behind.list(&format!("{prefix}behind."), into);
                }
            }
            Detail::Areas(areas, devices) => {
                areas.each(add);
                for (i, device) in devices.iter().enumerate() {
                    device.list(&format!("{prefix}area{i}."), into);
                }
            }
        }
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
