//! The paging drum.
//!
//! Heads stand over every track and the drum turns: no seek, only the wait for the sector. Where a sector holds one
//! page, position p lies in sector p mod n. Under FCFS the drum transfers 2/(n + 1) of the time; under SLTF (shortest
//! latency time first, one queue for each sector) nearly always, if only enough requests wait: 2d/(2d + n − 1) with d
//! of them. That the same drum is good under load and bad without is what the classics of thrashing build on.
//!
//! *Papers.* P. J. Denning, "Effects of scheduling on file memory operations", AFIPS SJCC 1967; E. G. Coffman,
//! "Analysis of a drum input/output queue under scheduled operation in a paged computer system", JACM 16(1), 1969; A.
//! Weingarten, "The eschenbach drum scheme", CACM 9(7), 1966.
//!
//! *Deviation.* None known: a sector is chosen when it comes under the heads, so a request that arrives meanwhile for
//! an earlier sector goes first.
//!
//! *Cost.* O(1) under FCFS, O(n) in the sectors under SLTF.

mod spec;
mod stats;

pub use spec::{DrumOrder, DrumSpec, ibm2301};
pub use stats::DrumStats;

use super::account::Ledger;
use super::{Anatomy, Completion, Component, Detail, Device, DeviceStats, Request};
use crate::units::Instant;
use std::collections::VecDeque;

/// A request that waits for its sector.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    request: Request,
    arrived: Instant,
}

/// The request that is served next, as far as is known now.
#[derive(Clone, Copy, Debug)]
struct Chosen {
    queue: usize,
    /// When its sector begins to pass under the heads, and when it has passed.
    start: Instant,
    end: Instant,
}

/// A paging drum with its queues.
#[derive(Debug)]
pub struct Drum {
    spec: DrumSpec,
    /// One queue under FCFS, one for each sector under SLTF.
    queues: Vec<VecDeque<Waiting>>,
    waiting: usize,
    chosen: Option<Chosen>,
    /// When the heads were last given something to wait for: the end of the last transfer, or the arrival after
    /// idleness.
    free_since: Instant,
    ledger: Ledger,
    stats: DrumStats,
}

impl Drum {
    /// An idle drum whose sector 0 begins under the heads at time 0.
    pub fn new(spec: DrumSpec) -> Drum {
        let queues = match spec.order {
            DrumOrder::Fcfs => 1,
            DrumOrder::Sltf => spec.sectors as usize,
        };
        Drum {
            spec,
            queues: vec![VecDeque::new(); queues],
            waiting: 0,
            chosen: None,
            free_since: Instant::ZERO,
            ledger: Ledger::default(),
            stats: DrumStats::default(),
        }
    }

    fn sector(&self, request: &Request) -> u32 {
        (request.position % u64::from(self.spec.sectors) * u64::from(self.spec.page_sectors)
            % u64::from(self.spec.sectors)) as u32
    }

    fn queue(&self, request: &Request) -> usize {
        match self.spec.order {
            DrumOrder::Fcfs => 0,
            DrumOrder::Sltf => self.sector(request) as usize,
        }
    }

    /// The passage of the request at the front of a queue, begun at `now` or later.
    fn passage(&self, queue: usize, now: Instant) -> Option<Chosen> {
        let front = self.queues[queue].front()?;
        let revolution = self.spec.revolution.0;
        let sectors = u64::from(self.spec.sectors);
        let sector = u64::from(self.sector(&front.request));
        let begins = |sector: u64| sector / sectors * revolution + sector % sectors * revolution / sectors;
        let passing = u64::from(front.request.pages) * u64::from(self.spec.page_sectors);
        let ready = now.0 + self.spec.overhead.0;
        let turn = ready / revolution * sectors;
        let first = if begins(turn + sector) >= ready { turn + sector } else { turn + sectors + sector };
        let (start, end) = (begins(first), begins(first + passing));
        Some(Chosen { queue, start: Instant(start), end: Instant(end) })
    }

    fn choose(&mut self, now: Instant) {
        self.chosen =
            (0..self.queues.len()).filter_map(|queue| self.passage(queue, now)).min_by_key(|chosen| chosen.start);
    }
}

impl Device for Drum {
    fn submit(&mut self, now: Instant, request: Request) {
        self.ledger.accept(&request);
        if self.waiting == 0 {
            self.free_since = now;
        }
        let queue = self.queue(&request);
        self.queues[queue].push_back(Waiting { request, arrived: now });
        self.waiting += 1;
        let news = self.queues[queue].len() == 1;
        if news && self.chosen.is_none_or(|chosen| now <= chosen.start) {
            let candidate = self.passage(queue, now);
            self.chosen = self.chosen.into_iter().chain(candidate).min_by_key(|chosen| chosen.start);
        }
    }

    fn next_completion(&self) -> Instant {
        self.chosen.map_or(Instant::NEVER, |chosen| chosen.end)
    }

    fn complete(&mut self, now: Instant) -> Completion {
        let chosen = self.chosen.take().expect("complete is called only when a completion is due");
        assert_eq!(chosen.end, now, "complete is called at the time of next_completion");
        let front = self.queues[chosen.queue].pop_front().expect("what was chosen is still there");
        self.waiting -= 1;
        self.stats.pages_transferred += u64::from(front.request.pages);
        // The heads were busy with this request since they were free, or since it arrived while they waited for
        // another.
        let began = front.arrived.max(self.free_since);
        let mut service = Anatomy::default();
        service.add(Component::Controller, self.spec.overhead);
        service.add(Component::Rotation, chosen.start - began - self.spec.overhead);
        service.add(Component::Transfer, chosen.end - chosen.start);
        let completion = Completion {
            busy: now - self.free_since,
            ..Completion::new(front.request, began - front.arrived, service)
        };
        self.ledger.record(&completion);
        self.free_since = now;
        self.choose(now);
        completion
    }

    fn requests(&self) -> usize {
        self.waiting
    }

    fn in_service(&self) -> usize {
        usize::from(self.waiting > 0)
    }

    fn servers(&self) -> usize {
        1
    }

    fn stats(&self) -> DeviceStats {
        DeviceStats { account: self.ledger.account(self.waiting), detail: Detail::Drum(self.stats) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Operation;
    use crate::units::Span;

    fn read(tag: u64, position: u64) -> Request {
        Request { tag, operation: Operation::Read, position, pages: 1 }
    }

    fn drum(order: DrumOrder) -> Drum {
        Drum::new(DrumSpec {
            sectors: 8,
            page_sectors: 1,
            revolution: Span(8_000),
            overhead: Span::ZERO,
            order,
            capacity: 64,
        })
    }

    #[test]
    fn a_request_for_an_earlier_sector_goes_first_only_under_sltf() {
        let order_of = |order| {
            let mut drum = drum(order);
            drum.submit(Instant(0), read(1, 6));
            drum.submit(Instant(500), read(2, 3));
            drum.submit(Instant(5_999), read(3, 6));
            let mut done = Vec::new();
            while drum.requests() > 0 {
                let end = drum.next_completion();
                done.push((drum.complete(end).request.tag, end.0));
            }
            drum.stats().check().unwrap();
            done
        };
        assert_eq!(order_of(DrumOrder::Fcfs), [(1, 7_000), (2, 12_000), (3, 15_000)]);
        assert_eq!(order_of(DrumOrder::Sltf), [(2, 4_000), (1, 7_000), (3, 15_000)]);
    }

    #[test]
    fn a_transfer_that_has_begun_is_not_interrupted() {
        let mut drum = drum(DrumOrder::Sltf);
        drum.submit(Instant(0), Request { pages: 4, ..read(1, 1) });
        drum.submit(Instant(1_500), read(2, 2));
        assert_eq!(drum.next_completion(), Instant(5_000));
        drum.complete(Instant(5_000));
        assert_eq!(drum.next_completion(), Instant(11_000));
    }
}
