//! The magnetic disk.
//!
//! One request at a time: controller overhead, then the arm moves, then the sector comes round, then the data passes
//! under the head, over as many tracks as it takes. Seek times follow a published curve; rotation is not drawn at
//! random but is the angle of the platter at that simulated time, so neighbouring swap slots, track skew, missed
//! revolutions and position-aware scheduling all have the effect they have on a real disk.
//!
//! *Papers.* C. Ruemmler and J. Wilkes, "An introduction to disk drive modeling", IEEE Computer 27(3), 1994; D. Kotz,
//! S. B. Toh and S. Radhakrishnan, "A detailed simulation model of the HP 97560 disk drive", Dartmouth PCS-TR94-220,
//! 1994; J. S. Bucy et al., "The DiskSim simulation environment", CMU-PDL-08-101, 2008.
//!
//! *Deviation.* One request is served at a time even where one could be sent from the buffer while the arm moves for
//! another. The bus is overlapped with the medium and costs time only for data from or to the buffer. Spare sectors and
//! defects are not modelled.
//!
//! *Cost.* A few dozen nanoseconds and the scheduler's choice for each request.

mod geometry;
mod mechanism;
mod read_cache;
mod scheduler;
mod seek;
mod spec;
mod stats;
mod write_cache;

pub mod presets;

pub use geometry::Zone;
pub use scheduler::{DeadlineSpec, SCHEDULERS, SchedulerEntry, SchedulerSpec};
pub use seek::SeekCurve;
pub use spec::{DiskSpec, ReadCacheSpec, WriteCacheSpec};
pub use stats::DiskStats;

use super::account::Ledger;
use super::{Anatomy, Completion, Component, Detail, Device, DeviceStats, Operation, Origin, Request};
use crate::units::{Instant, Span};
use mechanism::Mechanism;
use read_cache::{Lookup, ReadCache};
use scheduler::{Scheduler, Waiting};
use std::ops::Range;
use write_cache::WriteCache;

/// A magnetic disk with its queue.
pub struct Disk {
    spec: DiskSpec,
    page_sectors: u64,
    mechanism: Mechanism,
    waiting: Box<dyn Scheduler>,
    arrivals: u64,
    read_cache: Option<ReadCache>,
    write_cache: Option<WriteCache>,
    serving: Option<(Instant, Completion)>,
    ledger: Ledger,
    stats: DiskStats,
}

impl Disk {
    /// An idle disk for pages of `page_size` bytes, the arm over the outermost cylinder.
    pub fn new(spec: DiskSpec, page_size: u64) -> Disk {
        Disk {
            page_sectors: page_size / u64::from(spec.sector_bytes),
            mechanism: Mechanism::new(&spec),
            waiting: scheduler::build(&spec.scheduler),
            arrivals: 0,
            read_cache: spec.read_cache.as_ref().map(|cache| ReadCache::new(cache, spec.sector_bytes)),
            write_cache: spec.write_cache.map(WriteCache::new),
            serving: None,
            ledger: Ledger::default(),
            stats: DiskStats::default(),
            spec,
        }
    }

    fn sectors(&self, request: &Request) -> Range<u64> {
        request.position * self.page_sectors..request.end() * self.page_sectors
    }

    fn bus_time(&self, request: &Request) -> Span {
        let bytes = u64::from(request.pages) * self.page_sectors * u64::from(self.spec.sector_bytes);
        Span((u128::from(bytes) * 1_000_000_000 / u128::from(self.spec.bus_rate)) as u64)
    }

    /// Begins the next piece of work, the disk being free.
    fn dispatch(&mut self, now: Instant) {
        debug_assert!(self.serving.is_none());
        if let Some(next) = self.waiting.pop(now, &self.mechanism) {
            let service = match next.request.operation {
                Operation::Read => self.read(now, &next.request),
                Operation::Write => self.write(now, &next.request),
            };
            let completion = Completion::new(next.request, now - next.arrived, service);
            self.serving = Some((now.saturating_add(completion.served), completion));
        } else if let Some((position, pages)) = self.write_cache.as_mut().and_then(WriteCache::next_run) {
            let mut service = Anatomy::default();
            self.write_out(now, position, pages, &mut service);
            let request = Request { tag: 0, operation: Operation::Write, position, pages };
            let completion = Completion { origin: Origin::Device, ..Completion::new(request, Span::ZERO, service) };
            self.serving = Some((now.saturating_add(completion.served), completion));
        }
    }

    fn read(&mut self, now: Instant, request: &Request) -> Anatomy {
        let mut service = Anatomy::of(Component::Controller, self.spec.read_overhead);
        let ready = now + self.spec.read_overhead;
        if self.write_cache.as_ref().is_some_and(|cache| cache.holds(request)) {
            self.stats.dirty_hits += 1;
            service.add(Component::Transfer, self.bus_time(request));
            return service;
        }
        let sectors = self.sectors(request);
        if let Some(cache) = &mut self.read_cache {
            match cache.look_up(&sectors, ready, &mut self.mechanism) {
                Lookup::Hit => {
                    self.stats.read_hits += 1;
                    service.add(Component::Transfer, self.bus_time(request));
                    return service;
                }
                Lookup::Coming(end) => {
                    self.stats.read_ahead_hits += 1;
                    service.add(Component::Transfer, Span(end.0.saturating_sub(ready.0)));
                    return service;
                }
                Lookup::Miss => cache.stop(ready, &mut self.mechanism),
            }
        }
        self.stats.medium_reads += 1;
        let count = sectors.end - sectors.start;
        let end = self.mechanism.access(sectors.start, count, ready, Span::ZERO, &mut service);
        if let Some(cache) = &mut self.read_cache {
            cache.read(sectors, end, &self.mechanism);
        }
        service
    }

    fn write(&mut self, now: Instant, request: &Request) -> Anatomy {
        let mut service = Anatomy::of(Component::Controller, self.spec.write_overhead);
        let mut at = now + self.spec.write_overhead;
        let sectors = self.sectors(request);
        if let Some(cache) = &mut self.read_cache {
            cache.written(&sectors);
        }
        if self.write_cache.as_ref().is_some_and(|cache| cache.could_hold(request)) {
            // A full buffer makes the write wait until something has been written out: then it costs what a write
            // costs, but in the order of the buffer, not of the requests.
            while self.write_cache.as_ref().is_some_and(|cache| !cache.has_room(request)) {
                let run = self.write_cache.as_mut().and_then(WriteCache::next_run);
                let (position, pages) = run.expect("a buffer without room for a request that fits is not empty");
                at = self.write_out(at, position, pages, &mut service);
            }
            self.stats.pages_buffered += u64::from(request.pages);
            self.stats.pages_replaced += self.write_cache.as_mut().map_or(0, |cache| cache.insert(request));
            service.add(Component::Transfer, self.bus_time(request));
            return service;
        }
        // What the buffer holds of these pages is older, and must not reach the medium afterwards.
        while self.write_cache.as_ref().is_some_and(|cache| cache.overlaps(request)) {
            let run = self.write_cache.as_mut().and_then(WriteCache::next_run);
            let (position, pages) = run.expect("a buffer that overlaps a request is not empty");
            at = self.write_out(at, position, pages, &mut service);
        }
        self.stats.medium_writes += 1;
        self.stop_read_ahead(at);
        let count = sectors.end - sectors.start;
        self.mechanism.access(sectors.start, count, at, self.spec.write_settle, &mut service);
        service
    }

    /// Writes pages from the buffer to the medium, beginning at `at`; returns the end.
    fn write_out(&mut self, at: Instant, position: u64, pages: u32, service: &mut Anatomy) -> Instant {
        self.stats.pages_written_out += u64::from(pages);
        self.stop_read_ahead(at);
        let count = u64::from(pages) * self.page_sectors;
        self.mechanism.access(position * self.page_sectors, count, at, self.spec.write_settle, service)
    }

    fn stop_read_ahead(&mut self, at: Instant) {
        if let Some(cache) = &mut self.read_cache {
            cache.stop(at, &mut self.mechanism);
        }
    }

    fn serves_caller(&self) -> bool {
        matches!(&self.serving, Some((_, completion)) if completion.origin == Origin::Caller)
    }
}

impl Device for Disk {
    fn submit(&mut self, now: Instant, request: Request) {
        self.ledger.accept(&request);
        let place = self.mechanism.geometry.place(request.position * self.page_sectors);
        let overhead = match request.operation {
            Operation::Read => self.spec.read_overhead,
            Operation::Write => self.spec.write_overhead + self.spec.write_settle,
        };
        self.waiting.push(Waiting { request, arrived: now, sequence: self.arrivals, place, overhead });
        self.arrivals += 1;
        if self.serving.is_none() {
            self.dispatch(now);
        }
    }

    fn next_completion(&self) -> Instant {
        self.serving.as_ref().map_or(Instant::NEVER, |(end, _)| *end)
    }

    fn complete(&mut self, now: Instant) -> Completion {
        let (end, completion) = self.serving.take().expect("complete is called only when a completion is due");
        assert_eq!(end, now, "complete is called at the time of next_completion");
        self.ledger.record(&completion);
        self.dispatch(now);
        completion
    }

    fn requests(&self) -> usize {
        self.waiting.len() + usize::from(self.serves_caller())
    }

    fn in_service(&self) -> usize {
        usize::from(self.serving.is_some())
    }

    fn servers(&self) -> usize {
        1
    }

    fn stats(&self) -> DeviceStats {
        let dirty = self.write_cache.as_ref().map_or(0, WriteCache::len);
        let stats = DiskStats { pages_dirty: dirty, ..self.stats };
        DeviceStats { account: self.ledger.account(self.requests()), detail: Detail::Disk(stats) }
    }
}
