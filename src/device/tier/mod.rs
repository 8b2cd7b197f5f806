//! Tiers: a faster memory in front of the swap device.
//!
//! A tier takes the pages that are written to it while it has room, and serves the reads of what it holds. When it is
//! full it refuses pages, which then go straight to the device behind, and writes pages back in order of use until it
//! has room again. So a tier that is too small keeps the cold pages and lets the hot ones pass to the device: the
//! well-known inversion.
//!
//! *Seam.* A tier in memory takes its frames out of the machine's pool and its work out of the machine's CPUs, but a
//! device knows neither. It reports both: [`Device::frames_held`] is what it occupies now, and [`Completion::cpu`] is
//! what a request has used. The machine takes the frames and charges the CPUs.
//!
//! *Cost.* Below a hundred nanoseconds a page, and what the device behind costs.

mod compressed;
mod far;
mod medium;
mod pool;
mod stats;

pub mod presets;

pub use compressed::CompressedSpec;
pub use far::{FarSpec, RemoteSpec};
pub use stats::TierStats;

use super::account::Ledger;
use super::calendar::{Calendar, Slots};
use super::join::Joins;
use super::validate::Findings;
use super::{Completion, Detail, Device, DeviceStats, Operation, Origin, Request};
use crate::units::{Instant, Span};
use medium::{Cost, Medium};
use pool::Pool;
use std::collections::VecDeque;

/// What a full tier does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overflow {
    /// A tier that was full takes pages again when it is filled to this share of its limit; 1 is as soon as a page fits.
    pub accept: f64,
    /// Pages on their way to the device behind at once; 0 never writes back, and a full tier stays so until pages are
    /// discarded.
    pub write_back: u32,
}

impl Overflow {
    fn validate(&self, findings: &mut Findings) {
        findings.share("overflow.accept", self.accept);
    }
}

/// A tier as the engine sees it.
pub(super) struct TierSpec {
    medium: Box<dyn Medium>,
    /// Bytes it may hold.
    limit: Option<u64>,
    /// Bytes of pages that a frame of the machine holds, for tiers that live in those.
    bytes_per_frame: Option<f64>,
    parallelism: u32,
    overflow: Overflow,
}

/// A page that the tier works on.
#[derive(Clone, Copy, Debug)]
struct Job {
    whole: u32,
    page: Request,
    /// Size in the tier; `None` is a page about to be refused.
    bytes: Option<u32>,
}

/// What a request to the device behind is for.
#[derive(Clone, Copy, Debug)]
enum Ticket {
    /// A part that the tier had nothing to do with.
    Passed { whole: u32 },
    /// A page that the tier refused, and what it has gone through so far.
    Refused { whole: u32, before: Completion },
    /// A page of the tier.
    WriteBack { page: u64, version: u32, cpu: Span },
}

/// A tier and the device behind it.
pub struct Tier {
    spec: TierSpec,
    pool: Pool,
    /// Set while the tier refuses pages until it has emptied to its accepting level: the bytes that did not fit.
    full: Option<u64>,
    leaving: u32,
    waiting: VecDeque<(Instant, Job)>,
    serving: Calendar<(Job, Completion)>,
    behind: Option<Box<dyn Device>>,
    tickets: Slots<Ticket>,
    joins: Joins,
    ledger: Ledger,
    stats: TierStats,
}

impl Tier {
    /// An empty tier in front of an idle device.
    pub(super) fn new(spec: TierSpec, behind: Option<Box<dyn Device>>) -> Tier {
        Tier {
            spec,
            pool: Pool::new(),
            full: None,
            leaving: 0,
            waiting: VecDeque::new(),
            serving: Calendar::new(),
            behind,
            tickets: Slots::new(),
            joins: Joins::new(),
            ledger: Ledger::default(),
            stats: TierStats::default(),
        }
    }

    /// Whether the tier serves this page of a request, and at what size; `None` sends it behind.
    fn classify(&mut self, operation: Operation, page: u64) -> Option<Option<u32>> {
        match operation {
            Operation::Read => self.look_up(page).map(Some),
            Operation::Write => self.admit(page),
        }
    }

    fn look_up(&mut self, page: u64) -> Option<u32> {
        let size = self.pool.size(page);
        if size.is_some() {
            self.stats.hits += 1;
            self.pool.touch(page);
        } else {
            self.stats.misses += 1;
        }
        // Without a device behind, a page that was never written is full of zeros.
        size.or_else(|| self.behind.is_none().then_some(0))
    }

    /// The inner `None` is a page that is refused for its size, once the tier has tried.
    fn admit(&mut self, page: u64) -> Option<Option<u32>> {
        if self.full.is_none() {
            let Some(bytes) = self.spec.medium.size() else {
                self.stats.refused_size += 1;
                self.stats.dropped += u64::from(self.pool.remove(page));
                return Some(None);
            };
            let others = self.pool.bytes() - u64::from(self.pool.size(page).unwrap_or(0));
            if self.spec.limit.is_none_or(|limit| others + u64::from(bytes) <= limit) {
                self.stats.stored += 1;
                self.stats.same_filled += u64::from(bytes == 0);
                self.stats.replaced += u64::from(self.pool.insert(page, bytes));
                self.stats.peak_bytes = self.stats.peak_bytes.max(self.pool.bytes());
                return Some(Some(bytes));
            }
            self.full = Some(u64::from(bytes));
        }
        self.stats.refused_full += 1;
        self.stats.dropped += u64::from(self.pool.remove(page));
        None
    }

    fn enqueue(&mut self, now: Instant, job: Job) {
        if self.serving.len() < self.spec.parallelism as usize {
            self.start(now, now, job);
        } else {
            self.waiting.push_back((now, job));
        }
    }

    fn start(&mut self, now: Instant, arrived: Instant, job: Job) {
        let Cost { time, cpu } = match (job.page.operation, job.bytes) {
            (Operation::Read, Some(bytes)) => self.spec.medium.load(now, bytes),
            (_, bytes) => self.spec.medium.store(now, bytes),
        };
        let completion = Completion { cpu, ..Completion::new(job.page, now - arrived, time) };
        self.serving.insert(now.saturating_add(completion.served), (job, completion));
    }

    /// Sends a request to the device behind.
    fn send(&mut self, now: Instant, ticket: Ticket, request: Request) {
        self.stats.sent_behind += 1;
        let tag = u64::from(self.tickets.insert(ticket));
        let behind = self.behind.as_mut().expect("a tier without a device behind keeps all pages");
        behind.submit(now, Request { tag, ..request });
    }

    /// Writes pages back while the tier is fuller than its accepting level.
    fn write_back(&mut self, now: Instant) {
        let (Some(limit), Some(wanting)) = (self.spec.limit, self.full) else { return };
        let level = (limit as f64 * self.spec.overflow.accept) as u64;
        if self.pool.bytes() <= level.min(limit.saturating_sub(wanting)) {
            self.full = None;
            return;
        }
        while self.leaving < self.spec.overflow.write_back
            && let Some((page, version)) = self.pool.send_oldest()
        {
            self.leaving += 1;
            let bytes = self.pool.size(page).expect("a page that leaves is still held");
            let cpu = self.spec.medium.load(now, bytes).cpu;
            let request = Request { tag: 0, operation: Operation::Write, position: page, pages: 1 };
            self.send(now, Ticket::WriteBack { page, version, cpu }, request);
        }
    }

    /// The tier is done with a page.
    fn served(&mut self, now: Instant) -> Completion {
        let (job, completion) = self.serving.take(now);
        if let Some((arrived, next)) = self.waiting.pop_front() {
            self.start(now, arrived, next);
        }
        if job.bytes.is_none() {
            self.send(now, Ticket::Refused { whole: job.whole, before: completion }, job.page);
            return Completion::wake(job.page);
        }
        self.part_done(job.whole, &completion)
    }

    fn part_done(&mut self, whole: u32, part: &Completion) -> Completion {
        let Some(completion) = self.joins.done(whole, part) else { return Completion::wake(part.request) };
        self.ledger.record(&completion);
        completion
    }

    /// The device behind has completed something.
    fn behind_served(&mut self, now: Instant) -> Completion {
        let behind = self.behind.as_mut().expect("what is due and not in the tier is behind it");
        let mut part = behind.complete(now);
        if part.origin != Origin::Caller {
            self.ledger.record(&part);
            return part;
        }
        match self.tickets.remove(part.request.tag as u32) {
            Ticket::Passed { whole } => self.part_done(whole, &part),
            Ticket::Refused { whole, before } => {
                // Served by the tier, then by the device: what lies between is waiting again.
                part.waited += before.waited;
                part.served += before.served;
                part.busy += before.busy;
                part.cpu += before.cpu;
                part.anatomy += before.anatomy;
                self.part_done(whole, &part)
            }
            Ticket::WriteBack { page, version, cpu } => {
                self.leaving -= 1;
                self.stats.written_back += u64::from(self.pool.sent(page, version));
                self.write_back(now);
                part.origin = Origin::Device;
                part.cpu += cpu;
                self.ledger.record(&part);
                part
            }
        }
    }
}

impl Device for Tier {
    fn submit(&mut self, now: Instant, request: Request) {
        self.ledger.accept(&request);
        let whole = self.joins.open(request);
        // Neighbouring pages that go behind stay one request.
        let mut run: Option<Request> = None;
        for position in request.position..request.end() {
            match self.classify(request.operation, position) {
                Some(bytes) => {
                    self.joins.part(whole);
                    let page = Request { position, pages: 1, ..request };
                    self.enqueue(now, Job { whole, page, bytes });
                }
                None => match &mut run {
                    Some(run) if run.end() == position => run.pages += 1,
                    _ => {
                        let begun = run.replace(Request { position, pages: 1, ..request });
                        self.pass_on(now, whole, begun);
                    }
                },
            }
        }
        self.pass_on(now, whole, run);
        self.write_back(now);
    }

    fn next_completion(&self) -> Instant {
        let behind = self.behind.as_ref().map_or(Instant::NEVER, |behind| behind.next_completion());
        self.serving.next().min(behind)
    }

    fn complete(&mut self, now: Instant) -> Completion {
        if self.serving.next() == now { self.served(now) } else { self.behind_served(now) }
    }

    fn requests(&self) -> usize {
        self.joins.len()
    }

    fn in_service(&self) -> usize {
        self.serving.len() + self.behind.as_ref().map_or(0, |behind| behind.in_service())
    }

    fn servers(&self) -> usize {
        self.spec.parallelism as usize + self.behind.as_ref().map_or(0, |behind| behind.servers())
    }

    fn discard(&mut self, now: Instant, position: u64, pages: u32) {
        for page in position..position + u64::from(pages) {
            self.stats.discarded += u64::from(self.pool.remove(page));
        }
        if let Some(behind) = &mut self.behind {
            behind.discard(now, position, pages);
        }
        self.write_back(now);
    }

    fn frames_held(&self) -> u64 {
        let own = self.spec.bytes_per_frame.map_or(0, |bytes| libm::ceil(self.pool.bytes() as f64 / bytes) as u64);
        own + self.behind.as_ref().map_or(0, |behind| behind.frames_held())
    }

    fn stats(&self) -> DeviceStats {
        let stats = TierStats { held: self.pool.pages(), held_bytes: self.pool.bytes(), ..self.stats };
        let behind = self.behind.as_ref().map(|behind| Box::new(behind.stats()));
        DeviceStats { account: self.ledger.account(self.requests()), detail: Detail::Tier(stats, behind) }
    }
}

impl Tier {
    fn pass_on(&mut self, now: Instant, whole: u32, run: Option<Request>) {
        if let Some(run) = run {
            self.joins.part(whole);
            self.send(now, Ticket::Passed { whole }, run);
        }
    }
}
