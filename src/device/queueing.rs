//! A device of queueing theory: one queue in order of arrival before k identical servers (M/M/k and its relatives).
//!
//! Service times are drawn when service begins, from a distribution for reads and one for writes. Source: Kleinrock,
//! *Queueing Systems* I, 1975, chapters 3 and 5. Cost: O(log k) a request.

use super::account::Ledger;
use super::calendar::Calendar;
use super::validate::Findings;
use super::{Anatomy, Completion, Component, Detail, Device, DeviceStats, Operation, Request};
use crate::rng::{Distribution, Stream};
use crate::units::Instant;
use std::collections::VecDeque;

/// A device whose service times are drawn from distributions.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueingSpec {
    /// Service time of a read, in nanoseconds.
    pub read: Distribution,
    /// Service time of a write, in nanoseconds.
    pub write: Distribution,
    /// Requests served at once (at least 1).
    pub parallelism: u32,
}

impl QueueingSpec {
    pub(super) fn validate(&self, findings: &mut Findings) {
        findings.duration("read", &self.read);
        findings.duration("write", &self.write);
        findings.at_least_one("parallelism", self.parallelism.into());
    }
}

/// See the module.
#[derive(Debug)]
pub struct Queueing {
    spec: QueueingSpec,
    stream: Stream,
    waiting: VecDeque<(Instant, Request)>,
    serving: Calendar<Completion>,
    ledger: Ledger,
}

impl Queueing {
    /// An idle device.
    pub fn new(spec: QueueingSpec, stream: Stream) -> Queueing {
        Queueing { spec, stream, waiting: VecDeque::new(), serving: Calendar::new(), ledger: Ledger::default() }
    }

    fn start(&mut self, now: Instant, arrived: Instant, request: Request) {
        let distribution = match request.operation {
            Operation::Read => &self.spec.read,
            Operation::Write => &self.spec.write,
        };
        let served = distribution.sample_span(&mut self.stream);
        let completion = Completion::new(request, now - arrived, Anatomy::of(Component::Service, served));
        self.serving.insert(now.saturating_add(served), completion);
    }
}

impl Device for Queueing {
    fn submit(&mut self, now: Instant, request: Request) {
        self.ledger.accept(&request);
        if self.serving.len() < self.servers() {
            self.start(now, now, request);
        } else {
            self.waiting.push_back((now, request));
        }
    }

    fn next_completion(&self) -> Instant {
        self.serving.next()
    }

    fn complete(&mut self, now: Instant) -> Completion {
        let completion = self.serving.take(now);
        self.ledger.record(&completion);
        if let Some((arrived, next)) = self.waiting.pop_front() {
            self.start(now, arrived, next);
        }
        completion
    }

    fn requests(&self) -> usize {
        self.waiting.len() + self.serving.len()
    }

    fn in_service(&self) -> usize {
        self.serving.len()
    }

    fn servers(&self) -> usize {
        self.spec.parallelism as usize
    }

    fn stats(&self) -> DeviceStats {
        DeviceStats { account: self.ledger.account(self.requests()), detail: Detail::Plain }
    }
}
