//! Memory that is further away: a memory expander on CXL, and the memory of another machine.
//!
//! A page is moved there and back as a whole, by software: a cost in CPU time, a latency, and the time on a wire that
//! all pages share.
//!
//! *Sources.* H. Li et al., "Pond: CXL-based memory pooling systems for cloud platforms", ASPLOS 2023; H. Al Maruf et
//! al., "TPP: transparent page placement for CXL-enabled tiered-memory", ASPLOS 2023; J. Gu et al., "Efficient memory
//! disaggregation with Infiniswap", NSDI 2017; E. Amaro et al., "Can far memory improve job throughput?" (Fastswap),
//! EuroSys 2020.

use super::medium::{Cost, Medium};
use super::{Overflow, TierSpec};
use crate::device::link::Link;
use crate::device::validate::Findings;
use crate::device::{Anatomy, Component, DeviceSpec};
use crate::rng::{Distribution, Stream};
use crate::units::{Instant, Span};

/// A memory expander, in front of a device.
#[derive(Clone, Debug, PartialEq)]
pub struct FarSpec {
    /// Pages it holds.
    pub capacity: u64,
    /// Latency of an access.
    pub latency: Span,
    /// Bytes per second of the wire.
    pub rate: u64,
    /// CPU time to move a page (unmapping, copying, mapping).
    pub software: Span,
    /// Pages that are moved at once (at least 1).
    pub parallelism: u32,
    /// What happens when it is full.
    pub overflow: Overflow,
    /// The device behind; `None` needs a capacity for all of swap.
    pub behind: Option<Box<DeviceSpec>>,
}

/// The memory of another machine over a network, in front of a device.
#[derive(Clone, Debug, PartialEq)]
pub struct RemoteSpec {
    /// Pages it holds.
    pub capacity: u64,
    /// Round trip over the network, without the data, in nanoseconds.
    pub round_trip: Distribution,
    /// Bytes per second of the network link.
    pub rate: u64,
    /// CPU time to send a page or to ask for one.
    pub software: Span,
    /// Requests on their way at once (at least 1).
    pub parallelism: u32,
    /// What happens when it is full.
    pub overflow: Overflow,
    /// The device behind; `None` needs a capacity for all of swap.
    pub behind: Option<Box<DeviceSpec>>,
}

impl FarSpec {
    pub(in crate::device) fn validate(&self, findings: &mut Findings) {
        validate(self.capacity, self.rate, self.parallelism, &self.overflow, self.behind.as_deref(), findings);
    }

    pub(in crate::device) fn tier(&self, page_size: u64, stream: Stream) -> TierSpec {
        let medium = Wire {
            latency: Distribution::Constant(self.latency.0 as f64),
            component: Component::Media,
            to: Link::new(self.rate),
            from: Link::new(self.rate),
            software: self.software,
            page_size,
            stream,
        };
        tier(medium, self.capacity, self.parallelism, self.overflow)
    }
}

impl RemoteSpec {
    pub(in crate::device) fn validate(&self, findings: &mut Findings) {
        findings.duration("round_trip", &self.round_trip);
        validate(self.capacity, self.rate, self.parallelism, &self.overflow, self.behind.as_deref(), findings);
    }

    pub(in crate::device) fn tier(&self, page_size: u64, stream: Stream) -> TierSpec {
        let medium = Wire {
            latency: self.round_trip.clone(),
            component: Component::Network,
            to: Link::new(self.rate),
            from: Link::new(self.rate),
            software: self.software,
            page_size,
            stream,
        };
        tier(medium, self.capacity, self.parallelism, self.overflow)
    }
}

fn validate(
    capacity: u64,
    rate: u64,
    parallelism: u32,
    overflow: &Overflow,
    behind: Option<&DeviceSpec>,
    findings: &mut Findings,
) {
    findings.at_least_one("capacity", capacity);
    findings.at_least_one("rate", rate);
    findings.at_least_one("parallelism", parallelism.into());
    overflow.validate(findings);
    let pages = findings.site.pages;
    match behind {
        Some(behind) => findings.within("behind", |findings| behind.find(findings)),
        None => findings.require(capacity >= pages, "capacity", || {
            format!(
                "is {capacity}: without a device behind it must hold all {pages} pages of swap space and program files"
            )
        }),
    }
}

fn tier(medium: Wire, capacity: u64, parallelism: u32, overflow: Overflow) -> TierSpec {
    TierSpec {
        limit: Some(capacity * medium.page_size),
        medium: Box::new(medium),
        bytes_per_frame: None,
        parallelism,
        overflow,
    }
}

/// Whole pages over a wire with a latency.
struct Wire {
    latency: Distribution,
    component: Component,
    to: Link,
    from: Link,
    software: Span,
    page_size: u64,
    stream: Stream,
}

impl Wire {
    fn moved(&mut self, now: Instant, store: bool) -> Cost {
        let latency = self.latency.sample_span(&mut self.stream);
        let link = if store { &mut self.to } else { &mut self.from };
        let ready = now + self.software + latency;
        let end = link.pass(now, ready, self.page_size);
        let alone = link.time(self.page_size);
        let mut time = Anatomy::of(Component::Compute, self.software);
        time.add(self.component, latency);
        time.add(Component::Transfer, alone);
        time.add(Component::Contention, end - ready - alone);
        Cost { time, cpu: self.software }
    }
}

impl Medium for Wire {
    fn size(&mut self) -> Option<u32> {
        Some(self.page_size as u32)
    }

    fn store(&mut self, now: Instant, _bytes: Option<u32>) -> Cost {
        self.moved(now, true)
    }

    fn load(&mut self, now: Instant, _bytes: u32) -> Cost {
        self.moved(now, false)
    }
}
