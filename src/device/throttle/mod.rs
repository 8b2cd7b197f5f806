//! A rate limit in front of a device: token buckets for operations and bytes.
//!
//! Requests pass in order of arrival; one passes when every bucket has the tokens it costs. A cloud volume with burst
//! credits is two limits on operations: a deep bucket that fills at the guaranteed rate, and a shallow one at the rate
//! of the burst. The throttles of a control group are a limit with a small burst.
//!
//! *Source.* Amazon EBS user guide, "General purpose SSD volumes" (gp2: I/O credits); Linux,
//! `Documentation/admin-guide/cgroup-v2` (`io.max`).
//!
//! *Deviation.* One queue for reads and writes.
//!
//! *Cost.* O(limits) a request.

mod bucket;
mod stats;

pub use stats::ThrottleStats;

use super::account::Ledger;
use super::calendar::Slots;
use super::validate::Findings;
use super::{Completion, Component, Detail, Device, DeviceSpec, DeviceStats, Origin, Request};
use crate::units::{Instant, Span};
use bucket::Bucket;
use std::collections::VecDeque;

/// A rate-limited device.
#[derive(Clone, Debug, PartialEq)]
pub struct ThrottleSpec {
    /// Limits, at least one; a request must meet all of them.
    pub limits: Vec<Limit>,
    /// A request counts as one operation for each such number of bytes, rounded up.
    pub operation_bytes: u64,
    /// The device behind.
    pub behind: Box<DeviceSpec>,
}

/// One token bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What a token is.
    pub unit: Unit,
    /// Tokens per second.
    pub per_second: u64,
    /// Most tokens that can be saved up (at least 1).
    pub burst: u64,
    /// Tokens at the start of the run.
    pub initial: u64,
}

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Requests.
    Operations,
    /// Bytes.
    Bytes,
}

impl ThrottleSpec {
    pub(super) fn validate(&self, findings: &mut Findings) {
        findings.require(!self.limits.is_empty(), "limits", || "is empty: at least one limit is needed".to_string());
        for (i, limit) in self.limits.iter().enumerate() {
            findings.at_least_one(format_args!("limits[{i}].per_second"), limit.per_second);
            findings.at_least_one(format_args!("limits[{i}].burst"), limit.burst);
            findings.require(limit.initial <= limit.burst, format_args!("limits[{i}].initial"), || {
                format!("is {}: more than the {} tokens that can be saved up", limit.initial, limit.burst)
            });
        }
        findings.at_least_one("operation_bytes", self.operation_bytes);
        findings.within("behind", |findings| self.behind.find(findings));
    }
}

/// A cloud volume of general purpose, 100 GiB: 300 operations per second guaranteed, bursts of 3,000 from a credit of
/// 5.4 million operations, 128 MiB/s; half a millisecond behind a network.
///
/// Amazon EBS user guide on gp2 (3 operations per second and GiB; initial and largest credit 5.4 million; operations of
/// up to 256 KiB).
pub fn cloud_volume() -> ThrottleSpec {
    use crate::rng::Distribution::Lognormal;
    let latency = Lognormal { mean: 550_000.0, cv: 0.3 };
    let credits = 5_400_000;
    ThrottleSpec {
        limits: vec![
            Limit { unit: Unit::Operations, per_second: 300, burst: credits, initial: credits },
            Limit { unit: Unit::Operations, per_second: 3_000, burst: 64, initial: 64 },
            Limit { unit: Unit::Bytes, per_second: 128 << 20, burst: 4 << 20, initial: 4 << 20 },
        ],
        operation_bytes: 256 << 10,
        behind: Box::new(DeviceSpec::Queueing(super::QueueingSpec {
            read: latency.clone(),
            write: latency,
            parallelism: 64,
        })),
    }
}

/// A request on its way through.
#[derive(Clone, Copy, Debug)]
struct Ticket {
    request: Request,
    held: Span,
}

/// A device behind a rate limit.
pub struct Throttle {
    spec: ThrottleSpec,
    page_size: u64,
    buckets: Vec<Bucket>,
    held: VecDeque<(Instant, Request)>,
    /// When the first of those held back may pass.
    release: Instant,
    passed: Slots<Ticket>,
    behind: Box<dyn Device>,
    ledger: Ledger,
    stats: ThrottleStats,
}

impl Throttle {
    /// A limit in front of an idle device, for pages of `page_size` bytes.
    pub fn new(spec: ThrottleSpec, page_size: u64, behind: Box<dyn Device>) -> Throttle {
        let bucket = |limit: &Limit| Bucket::new(limit.per_second, limit.burst, limit.initial);
        Throttle {
            page_size,
            buckets: spec.limits.iter().map(bucket).collect(),
            held: VecDeque::new(),
            release: Instant::NEVER,
            passed: Slots::new(),
            behind,
            ledger: Ledger::default(),
            stats: ThrottleStats::default(),
            spec,
        }
    }

    fn tokens(&self, unit: Unit, request: &Request) -> u64 {
        let bytes = u64::from(request.pages) * self.page_size;
        match unit {
            Unit::Operations => bytes.div_ceil(self.spec.operation_bytes),
            Unit::Bytes => bytes,
        }
    }

    /// When a request may pass if it is the next.
    fn ready(&self, now: Instant, request: &Request) -> Instant {
        let limits = self.spec.limits.iter().zip(&self.buckets);
        limits.map(|(limit, bucket)| bucket.ready(now, self.tokens(limit.unit, request))).max().unwrap_or(now)
    }

    fn pass(&mut self, now: Instant, arrived: Instant, request: Request) {
        for i in 0..self.buckets.len() {
            let tokens = self.tokens(self.spec.limits[i].unit, &request);
            self.buckets[i].take(now, tokens);
        }
        self.stats.requests_passed += 1;
        self.stats.requests_delayed += u64::from(now > arrived);
        let tag = u64::from(self.passed.insert(Ticket { request, held: now - arrived }));
        self.behind.submit(now, Request { tag, ..request });
    }

    fn plan_release(&mut self, now: Instant) {
        self.release = self.held.front().map_or(Instant::NEVER, |(_, request)| self.ready(now, request));
    }
}

impl Device for Throttle {
    fn submit(&mut self, now: Instant, request: Request) {
        self.ledger.accept(&request);
        if self.held.is_empty() && self.ready(now, &request) == now {
            self.pass(now, now, request);
            return;
        }
        self.held.push_back((now, request));
        if self.held.len() == 1 {
            self.plan_release(now);
        }
    }

    fn next_completion(&self) -> Instant {
        self.release.min(self.behind.next_completion())
    }

    fn complete(&mut self, now: Instant) -> Completion {
        if self.behind.next_completion() > now {
            let (arrived, request) = self.held.pop_front().expect("complete is called only when something is due");
            assert_eq!(self.release, now, "complete is called at the time of next_completion");
            self.pass(now, arrived, request);
            self.plan_release(now);
            return Completion::wake(request);
        }
        let mut completion = self.behind.complete(now);
        if completion.origin == Origin::Caller {
            let ticket = self.passed.remove(completion.request.tag as u32);
            completion.request = ticket.request;
            completion.waited += ticket.held;
            completion.anatomy.add(Component::Throttle, ticket.held);
        }
        self.ledger.record(&completion);
        completion
    }

    fn requests(&self) -> usize {
        self.held.len() + self.passed.len()
    }

    fn in_service(&self) -> usize {
        self.behind.in_service()
    }

    fn servers(&self) -> usize {
        self.behind.servers()
    }

    fn discard(&mut self, now: Instant, position: u64, pages: u32) {
        self.behind.discard(now, position, pages);
    }

    fn frames_held(&self) -> u64 {
        self.behind.frames_held()
    }

    fn stats(&self) -> DeviceStats {
        let stats = ThrottleStats { requests_held: self.held.len() as u64, ..self.stats };
        let detail = Detail::Throttle(stats, Box::new(self.behind.stats()));
        DeviceStats { account: self.ledger.account(self.requests()), detail }
    }
}
