//! Drives a device alone, as `fio` drives a real one: a closed loop at a queue depth, or Poisson arrivals.
//!
//! For fitting presets to measurements, for checking models against closed forms, and for an experiment that compares
//! devices.

use super::{Anatomy, Completion, Device, Operation, Origin, Request};
use crate::rng::Stream;
use crate::units::{Instant, Span};

/// Where the requests of an exercise go, and how they are mixed: uniformly over a range.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Positions `0..range`, in pages.
    pub range: u64,
    /// Pages of a request; requests begin at a multiple of it.
    pub pages: u32,
    /// Share of the requests that are writes.
    pub write_fraction: f64,
}

impl Pattern {
    /// Random reads of single pages.
    pub fn random_reads(range: u64) -> Pattern {
        Pattern { range, pages: 1, write_fraction: 0.0 }
    }

    fn draw(&self, tag: u64, stream: &mut Stream) -> Request {
        let operation = if stream.chance(self.write_fraction) { Operation::Write } else { Operation::Read };
        let position = stream.below(self.range / u64::from(self.pages)) * u64::from(self.pages);
        Request { tag, operation, position, pages: self.pages }
    }
}

/// When requests arrive.
#[derive(Clone, Copy, Debug)]
pub enum Arrivals {
    /// So many are always at the device: each that is done is followed by another at once.
    Closed {
        /// The queue depth.
        depth: u32,
    },
    /// A Poisson stream.
    Open {
        /// Requests per second.
        per_second: f64,
    },
}

/// What an exercise measured of the requests after the warm-up.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Requests done.
    pub requests: u64,
    /// Time over which they were done.
    pub elapsed: Span,
    /// Residence times, in order of completion.
    pub residence: Vec<Span>,
    /// Sum of their anatomies.
    pub anatomy: Anatomy,
    /// Integral of the number of requests at the device, in request-nanoseconds.
    pub inside: u128,
    /// Integral of the number of busy servers, in server-nanoseconds.
    pub busy: u128,
}

impl Measured {
    /// Mean residence time in seconds.
    pub fn mean(&self) -> f64 {
        let sum: u128 = self.residence.iter().map(|span| u128::from(span.0)).sum();
        sum as f64 / self.requests as f64 / 1e9
    }

    /// The residence time, in seconds, that a share `p` of the requests did not exceed.
    pub fn quantile(&self, p: f64) -> f64 {
        let mut sorted = self.residence.clone();
        sorted.sort_unstable();
        let rank = libm::ceil(p * sorted.len() as f64) as usize;
        sorted.get(rank.max(1) - 1).map_or(0.0, |span| span.as_secs_f64())
    }

    /// Requests per second.
    pub fn throughput(&self) -> f64 {
        self.requests as f64 / self.elapsed.as_secs_f64()
    }

    /// Mean number of busy servers.
    pub fn busy_servers(&self) -> f64 {
        self.busy as f64 / self.elapsed.0 as f64
    }

    /// Mean number of requests at the device.
    pub fn mean_inside(&self) -> f64 {
        self.inside as f64 / self.elapsed.0 as f64
    }
}

/// A device under load.
pub struct Exercise<'a> {
    device: &'a mut dyn Device,
    now: Instant,
    tags: u64,
}

impl<'a> Exercise<'a> {
    /// An idle device, from time `now` on.
    pub fn new(device: &'a mut dyn Device, now: Instant) -> Exercise<'a> {
        Exercise { device, now, tags: 0 }
    }

    /// The time it has come to.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Loads the device until `warmup + requests` requests are done, measures the latter, and lets those still inside
    /// finish unmeasured.
    pub fn run(
        &mut self,
        arrivals: Arrivals,
        pattern: &Pattern,
        warmup: u64,
        requests: u64,
        stream: &mut Stream,
    ) -> Measured {
        let mut measured = Measured::default();
        let mut done = 0;
        let mut since = self.now;
        let mut arrival = match arrivals {
            Arrivals::Closed { depth } => {
                for _ in 0..depth {
                    self.submit(pattern, stream);
                }
                Instant::NEVER
            }
            Arrivals::Open { per_second } => self.now.saturating_add(gap(per_second, stream)),
        };
        while done < warmup + requests {
            let due = self.device.next_completion();
            let next = due.min(arrival);
            if done >= warmup {
                let span = u128::from((next - self.now).0);
                measured.inside += span * self.device.requests() as u128;
                measured.busy += span * self.device.in_service() as u128;
            }
            self.now = next;
            if due <= arrival {
                let completion = self.device.complete(due);
                if completion.origin != Origin::Caller {
                    continue;
                }
                done += 1;
                if done == warmup {
                    since = self.now;
                }
                if done > warmup {
                    record(&mut measured, &completion);
                }
                if let Arrivals::Closed { .. } = arrivals {
                    self.submit(pattern, stream);
                }
            } else if let Arrivals::Open { per_second } = arrivals {
                self.submit(pattern, stream);
                arrival = arrival.saturating_add(gap(per_second, stream));
            }
        }
        measured.elapsed = self.now - since;
        self.drain();
        measured
    }

    /// Lets everything inside finish.
    pub fn drain(&mut self) {
        while self.device.next_completion() < Instant::NEVER {
            self.now = self.device.next_completion();
            self.device.complete(self.now);
        }
    }

    fn submit(&mut self, pattern: &Pattern, stream: &mut Stream) {
        let request = pattern.draw(self.tags, stream);
        self.tags += 1;
        self.device.submit(self.now, request);
    }
}

fn gap(per_second: f64, stream: &mut Stream) -> Span {
    Span::from_nanos_f64(stream.exponential() * 1e9 / per_second)
}

fn record(measured: &mut Measured, completion: &Completion) {
    measured.requests += 1;
    measured.residence.push(completion.residence());
    measured.anatomy += completion.anatomy;
}
