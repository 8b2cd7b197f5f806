//! Deadline: C-LOOK in batches, unless a request has waited too long.
//!
//! *Idea.* Reads and writes wait apart, each sorted by position and in order of arrival. Requests are served in batches
//! along the positions; a new batch begins with reads, unless writes were passed over too often, and at the oldest
//! request if its time is up. Reads, for which somebody waits, come first, and none waits for ever.
//!
//! *Paper.* J. Axboe, "Linux block IO: present and future", Ottawa Linux Symposium 2004; `mq-deadline` of Linux.
//!
//! *Deviation.* No merging of neighbouring requests: the pager clusters them itself.
//!
//! *Cost.* O(log n).

use super::{Scheduler, SchedulerEntry, SchedulerSpec, Waiting};
use crate::device::Operation;
use crate::device::disk::mechanism::Mechanism;
use crate::device::validate::Findings;
use crate::units::{Instant, Span};
use std::collections::{BTreeMap, VecDeque};

/// Parameters of the deadline scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadlineSpec {
    /// A read that waited so long is served at the next batch.
    pub read_expire: Span,
    /// The same for a write.
    pub write_expire: Span,
    /// Requests of a batch (at least 1).
    pub batch: u32,
    /// Batches of reads that may begin while a write waits.
    pub writes_starved: u32,
}

impl DeadlineSpec {
    /// The parameters of Linux.
    pub const LINUX: DeadlineSpec = DeadlineSpec {
        read_expire: Span(500_000_000),
        write_expire: Span(5_000_000_000),
        batch: 16,
        writes_starved: 2,
    };

    pub(super) fn validate(&self, findings: &mut Findings) {
        findings.at_least_one("batch", self.batch.into());
    }
}

pub(super) const ENTRY: SchedulerEntry = SchedulerEntry {
    name: "deadline",
    summary: "upwards in batches, reads first, and none long beyond its deadline",
    paper: "Axboe 2004, Ottawa Linux Symposium",
    may_starve: false,
    spec: SchedulerSpec::Deadline(DeadlineSpec::LINUX),
};

/// The waiting requests of one direction.
#[derive(Debug, Default)]
struct Direction {
    sorted: BTreeMap<(u64, u64), Waiting>,
    /// In order of arrival; those served already are dropped when they come to the front.
    fifo: VecDeque<(Instant, (u64, u64))>,
    /// The position after the one served last.
    next: u64,
}

impl Direction {
    fn push(&mut self, waiting: Waiting) {
        let key = (waiting.request.position, waiting.sequence);
        self.sorted.insert(key, waiting);
        self.fifo.push_back((waiting.arrived, key));
    }

    fn ahead(&self) -> Option<(u64, u64)> {
        self.sorted.range((self.next, 0)..).next().map(|(key, _)| *key)
    }

    /// When the oldest request arrived, and which it is.
    fn oldest(&mut self) -> Option<(Instant, (u64, u64))> {
        while let Some(&(arrived, key)) = self.fifo.front() {
            if self.sorted.contains_key(&key) {
                return Some((arrived, key));
            }
            self.fifo.pop_front();
        }
        None
    }

    fn take(&mut self, key: (u64, u64)) -> Option<Waiting> {
        self.next = key.0 + 1;
        self.sorted.remove(&key)
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Deadline {
    spec: DeadlineSpec,
    reads: Direction,
    writes: Direction,
    /// The direction of the current batch, and how many requests it may still serve.
    writing: bool,
    left: u32,
    passed_over: u32,
}

impl Deadline {
    pub fn new(spec: DeadlineSpec) -> Deadline {
        Deadline {
            spec,
            reads: Direction::default(),
            writes: Direction::default(),
            writing: false,
            left: 0,
            passed_over: 0,
        }
    }

    fn current(&mut self) -> &mut Direction {
        if self.writing { &mut self.writes } else { &mut self.reads }
    }

    fn choose_direction(&mut self) {
        let (reads, writes) = (!self.reads.sorted.is_empty(), !self.writes.sorted.is_empty());
        self.writing = writes && (!reads || self.passed_over >= self.spec.writes_starved);
        self.passed_over = if writes && !self.writing { self.passed_over + 1 } else { 0 };
    }
}

impl Scheduler for Deadline {
    fn push(&mut self, waiting: Waiting) {
        match waiting.request.operation {
            Operation::Read => self.reads.push(waiting),
            Operation::Write => self.writes.push(waiting),
        }
    }

    fn pop(&mut self, now: Instant, _arm: &Mechanism) -> Option<Waiting> {
        if self.left > 0
            && let Some(key) = self.current().ahead()
        {
            self.left -= 1;
            return self.current().take(key);
        }
        self.choose_direction();
        self.left = self.spec.batch - 1;
        let expire = if self.writing { self.spec.write_expire } else { self.spec.read_expire };
        let current = self.current();
        let (arrived, oldest) = current.oldest()?;
        let expired = now >= arrived.saturating_add(expire);
        let key = if expired { oldest } else { current.ahead().unwrap_or(oldest) };
        current.take(key)
    }

    fn len(&self) -> usize {
        self.reads.sorted.len() + self.writes.sorted.len()
    }
}
