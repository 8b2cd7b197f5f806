//! Solid-state drives: SATA SSD, NVMe, and memories that are overwritten in place.
//!
//! A request takes a place in the device's queue, passes the controller, and then goes its own way. A read waits for
//! the die that holds the page, senses it, and brings the data over channel and link. A write is done when the link has
//! brought it into the buffer; full program units leave the buffer for the least busy die. Parallelism, the rise of
//! latency with queue depth, the bound on requests per second, reads that wait behind programs and erases, and the fall
//! of write throughput when garbage collection sets in all come out of these parts.
//!
//! *Papers.* N. Agrawal et al., "Design tradeoffs for SSD performance", USENIX ATC 2008; A. Tavakkol et al., "MQSim: a
//! framework for enabling realistic studies of modern multi-queue SSD devices", FAST 2018; Gal and Toledo 2005 for the
//! translation layer.
//!
//! *Deviation.* All that a request will meet is worked out when the device takes it from its queue; only programs can
//! be delayed by later arrivals, and a write that waits for the buffer is promised the slot that is free first as far
//! as is known then. A die is what works alone: `program_pages` pages, over all its planes, are sensed or programmed
//! together. Moves of garbage collection stay within their die and off the channel.
//!
//! *Cost.* About a hundred nanoseconds a request, of which the page maps are the greater part; a write pays for the
//! pages it causes to be moved.

mod die;
mod ftl;
mod gc;
mod spec;
mod stats;

pub mod presets;

pub use gc::Victim;
pub use spec::{FlashSpec, FtlSpec};
pub use stats::FlashStats;

use super::account::Ledger;
use super::calendar::Calendar;
use super::link::Link;
use super::{Anatomy, Completion, Component, Detail, Device, DeviceStats, Operation, Request};
use crate::rng::Stream;
use crate::units::{Instant, Span};
use die::Die;
use ftl::{Cleaning, Ftl};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// A flash device with its queue.
#[derive(Debug)]
pub struct Flash {
    spec: FlashSpec,
    page_size: u64,
    stream: Stream,
    waiting: VecDeque<(Instant, Request)>,
    serving: Calendar<Completion>,
    controller: Instant,
    /// Wires to and from the host; half duplex uses the first for both.
    links: [Link; 2],
    channels: Vec<Link>,
    dies: Vec<Die>,
    ftl: Option<Ftl>,
    /// Pages gathered for the next program.
    gathering: Vec<u32>,
    /// When each program unit of the buffer that is on its way to a die will be free again.
    flushing: BinaryHeap<Reverse<Instant>>,
    /// Die after the one programmed last, where the search for the least busy begins.
    next_die: u32,
    ledger: Ledger,
    stats: FlashStats,
}

impl Flash {
    /// An idle device for pages of `page_size` bytes.
    pub fn new(spec: FlashSpec, page_size: u64, stream: Stream) -> Flash {
        Flash {
            page_size,
            stream,
            waiting: VecDeque::new(),
            serving: Calendar::new(),
            controller: Instant::ZERO,
            links: [Link::new(spec.link_rate), Link::new(spec.link_rate)],
            channels: vec![Link::new(spec.channel_rate); spec.channels as usize],
            dies: vec![Die::new(); spec.dies() as usize],
            ftl: spec.ftl.as_ref().map(|ftl| Ftl::new(&spec, ftl)),
            gathering: Vec::with_capacity(spec.program_pages as usize),
            flushing: BinaryHeap::new(),
            next_die: 0,
            ledger: Ledger::default(),
            stats: FlashStats::default(),
            spec,
        }
    }

    fn start(&mut self, now: Instant, arrived: Instant, request: Request) {
        let begun = self.controller.max(now);
        self.controller = begun.saturating_add(self.spec.command_time);
        let overhead = match request.operation {
            Operation::Read => self.spec.read_overhead,
            Operation::Write => self.spec.write_overhead,
        };
        let mut service = Anatomy::of(Component::Contention, begun - now);
        service.add(Component::Controller, self.spec.command_time + overhead);
        let ready = self.controller.saturating_add(overhead);
        match request.operation {
            Operation::Read => self.read(now, ready, &request, &mut service),
            Operation::Write => self.write(now, ready, &request, &mut service),
        }
        let completion = Completion::new(request, now - arrived, service);
        self.serving.insert(now.saturating_add(completion.served), completion);
    }

    /// Reads the pages of a request that is past the controller at `ready`, and adds the way of the last one.
    fn read(&mut self, now: Instant, ready: Instant, request: &Request, service: &mut Anatomy) {
        let (mut last, mut way) = (ready, Anatomy::default());
        for page in request.position..request.end() {
            let (end, anatomy) = self.read_page(now, ready, page);
            if end >= last {
                (last, way) = (end, anatomy);
            }
        }
        *service += way;
    }

    fn read_page(&mut self, now: Instant, ready: Instant, page: u64) -> (Instant, Anatomy) {
        self.stats.host_pages_read += 1;
        let mut way = Anatomy::default();
        let sensed = if self.gathering.contains(&(page as u32)) {
            self.stats.buffer_hits += 1;
            ready
        } else {
            self.stats.media_pages_read += 1;
            let die = self.die_of(page) as usize;
            let time = self.sensing_time();
            let start = self.dies[die].read(ready, time, self.spec.suspend);
            way.add(Component::Contention, start - ready);
            way.add(Component::Media, time);
            let channel = &mut self.channels[die % self.spec.channels as usize];
            transfer(channel, now, start + time, self.page_size, &mut way)
        };
        (transfer(&mut self.links[0], now, sensed, self.page_size, &mut way), way)
    }

    /// The die of a page. What was there before the run lies in stripes.
    fn die_of(&self, page: u64) -> u32 {
        let written = self.ftl.as_ref().and_then(|ftl| ftl.die_of(page));
        written.unwrap_or_else(|| (page % self.dies.len() as u64) as u32)
    }

    fn sensing_time(&mut self) -> Span {
        if self.spec.read_jitter == 0.0 {
            return self.spec.read_time;
        }
        let deviation = self.spec.read_jitter * (2.0 * self.stream.unit() - 1.0);
        Span((self.spec.read_time.0 as f64 * (1.0 + deviation) + 0.5) as u64)
    }

    /// Takes the pages of a request that is past the controller at `ready` into the buffer.
    fn write(&mut self, now: Instant, ready: Instant, request: &Request, service: &mut Anatomy) {
        let bytes = u64::from(request.pages) * self.page_size;
        let link = &mut self.links[usize::from(self.spec.full_duplex)];
        let arrived = transfer(link, now, ready, bytes, service);
        let mut buffered = arrived;
        for page in request.position..request.end() {
            buffered = buffered.max(self.buffer_page(now, arrived, page as u32));
        }
        service.add(Component::Contention, buffered - arrived);
    }

    /// Takes a page that has arrived into the buffer; returns when there is room for it.
    fn buffer_page(&mut self, now: Instant, arrived: Instant, page: u32) -> Instant {
        self.stats.host_pages_written += 1;
        if self.gathering.contains(&page) {
            self.stats.pages_superseded += 1;
            return arrived;
        }
        let admitted = if self.gathering.is_empty() { self.buffer_unit(arrived) } else { arrived };
        self.gathering.push(page);
        if self.gathering.len() == self.spec.program_pages as usize {
            self.flush(now, arrived);
        }
        admitted
    }

    /// When the buffer has room for another program unit.
    fn buffer_unit(&mut self, now: Instant) -> Instant {
        while self.flushing.peek().is_some_and(|Reverse(free)| *free <= now) {
            self.flushing.pop();
        }
        let units = (self.spec.buffer_pages / self.spec.program_pages) as usize;
        if self.flushing.len() < units {
            return now;
        }
        let Reverse(free) = self.flushing.pop().expect("a buffer has at least one unit");
        free
    }

    /// Sends the gathered unit, whose last page has arrived, to a die.
    fn flush(&mut self, now: Instant, arrived: Instant) {
        let die = self.die_for_program();
        let pages = self.gathering.len() as u64;
        let cleaning = match &mut self.ftl {
            Some(ftl) => ftl.write(die, &self.gathering),
            None => Cleaning::default(),
        };
        self.gathering.clear();
        let die = die as usize;
        // The data has to be on the die before it can be programmed there.
        let channel = &mut self.channels[die % self.spec.channels as usize];
        let bytes = pages * self.page_size;
        channel.pass(now, arrived, bytes);
        let time = channel.time(bytes) + self.spec.program_time;
        let free = self.dies[die].append(arrived, time);
        self.flushing.push(Reverse(free));
        self.stats.pages_flushed += pages;
        self.stats.pages_programmed += pages;
        self.clean(arrived, die, cleaning);
    }

    /// Gives a die the work that making room for a program has caused.
    fn clean(&mut self, now: Instant, die: usize, cleaning: Cleaning) {
        if cleaning.erased == 0 {
            return;
        }
        let ftl = self.spec.ftl.as_ref().expect("only a translation layer collects garbage");
        // What is programmed together is sensed together.
        for _ in 0..cleaning.moved.div_ceil(self.spec.program_pages) {
            self.dies[die].append(now, self.spec.read_time + self.spec.program_time);
        }
        for _ in 0..cleaning.erased {
            self.dies[die].append(now, ftl.erase_time);
        }
        self.stats.pages_moved += u64::from(cleaning.moved);
        self.stats.pages_programmed += u64::from(cleaning.moved);
        self.stats.blocks_erased += u64::from(cleaning.erased);
    }

    /// The die to program next: the least busy of those that can clean what they hold, or where pages do not move, the
    /// die of the first page.
    fn die_for_program(&mut self) -> u32 {
        let dies = self.dies.len() as u32;
        let Some(ftl) = &self.ftl else {
            return self.gathering[0] % dies;
        };
        let unit = self.spec.program_pages;
        let in_turn = (self.next_die..dies).chain(0..self.next_die);
        let least =
            in_turn.filter(|die| ftl.has_room(*die, unit)).min_by_key(|die| self.dies[*die as usize].all_done());
        let die = least.unwrap_or_else(|| ftl.emptiest());
        self.next_die = (die + 1) % dies;
        die
    }
}

/// Moves data over a wire and adds its time, and what it waited for the wire.
fn transfer(link: &mut Link, now: Instant, ready: Instant, bytes: u64, anatomy: &mut Anatomy) -> Instant {
    let end = link.pass(now, ready, bytes);
    let time = link.time(bytes);
    anatomy.add(Component::Transfer, time);
    anatomy.add(Component::Contention, end - ready - time);
    end
}

impl Device for Flash {
    fn submit(&mut self, now: Instant, request: Request) {
        assert!(request.end() <= self.spec.capacity, "{request:?} is beyond the {} pages", self.spec.capacity);
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
        self.spec.queue_depth as usize
    }

    fn discard(&mut self, _now: Instant, position: u64, pages: u32) {
        for page in position..position + u64::from(pages) {
            if let Some(index) = self.gathering.iter().position(|gathered| u64::from(*gathered) == page) {
                self.gathering.swap_remove(index);
                self.stats.pages_superseded += 1;
            }
            if let Some(ftl) = &mut self.ftl {
                ftl.invalidate(page as u32);
            }
        }
        self.stats.pages_discarded += u64::from(pages);
    }

    fn stats(&self) -> DeviceStats {
        let stats = FlashStats {
            pages_buffered: self.gathering.len() as u64,
            pages_live: self.ftl.as_ref().map_or(0, Ftl::live),
            ..self.stats
        };
        DeviceStats { account: self.ledger.account(self.requests()), detail: Detail::Flash(stats) }
    }
}
