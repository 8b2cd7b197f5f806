//! A device of queueing theory: one queue in order of arrival before k identical servers (M/M/k and its relatives).
//!
//! Service times are drawn when service begins, from a distribution for reads and one for writes. Source: Kleinrock,
//! *Queueing Systems* I, 1975, chapters 3 and 5. Cost: O(log k) a request.

use super::{Completion, Device, Operation, QueueingSpec, Request};
use crate::rng::Stream;
use crate::units::{Instant, Span};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// See the module.
#[derive(Debug)]
pub struct Queueing {
    spec: QueueingSpec,
    stream: Stream,
    waiting: VecDeque<(Instant, Request)>,
    /// End of service and index into `slots`, earliest first; ties go by order of starting.
    serving: BinaryHeap<Reverse<(Instant, u64, u32)>>,
    slots: Vec<(Request, Span, Span)>,
    free_slots: Vec<u32>,
    started: u64,
}

impl Queueing {
    /// An idle device.
    pub fn new(spec: QueueingSpec, stream: Stream) -> Queueing {
        Queueing {
            spec,
            stream,
            waiting: VecDeque::new(),
            serving: BinaryHeap::new(),
            slots: Vec::new(),
            free_slots: Vec::new(),
            started: 0,
        }
    }

    fn start(&mut self, now: Instant, arrived: Instant, request: Request) {
        let distribution = match request.operation {
            Operation::Read => &self.spec.read,
            Operation::Write => &self.spec.write,
        };
        let served = distribution.sample_span(&mut self.stream);
        let anatomy = (request, now - arrived, served);
        let slot = match self.free_slots.pop() {
            Some(slot) => {
                self.slots[slot as usize] = anatomy;
                slot
            }
            None => {
                self.slots.push(anatomy);
                self.slots.len() as u32 - 1
            }
        };
        self.serving.push(Reverse((now.saturating_add(served), self.started, slot)));
        self.started += 1;
    }
}

impl Device for Queueing {
    fn submit(&mut self, now: Instant, request: Request) {
        if self.serving.len() < self.servers() {
            self.start(now, now, request);
        } else {
            self.waiting.push_back((now, request));
        }
    }

    fn next_completion(&self) -> Instant {
        self.serving.peek().map_or(Instant::NEVER, |Reverse((end, ..))| *end)
    }

    fn complete(&mut self, now: Instant) -> Completion {
        let Reverse((end, _, slot)) = self.serving.pop().expect("complete is called only when a request is in service");
        debug_assert_eq!(end, now);
        self.free_slots.push(slot);
        let (request, waited, served) = self.slots[slot as usize];
        if let Some((arrived, next)) = self.waiting.pop_front() {
            self.start(now, arrived, next);
        }
        Completion { request, waited, served }
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
}
