//! The counters of a run. Each is declared next to the identity that it must satisfy; [`Counters::check`] asserts them all.

use super::{Occupancy, Pressure};
use crate::error::{Error, Result};
use crate::units::{Instant, Span};

/// Where a process is. At every moment each process is in exactly one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Has no job.
    Idle,
    /// Between two jobs or bursts, using nothing.
    Thinking,
    /// Waits for a CPU.
    Ready,
    /// Has a CPU.
    Running,
    /// Faulted, and waits for a frame to become free.
    FrameWait,
    /// Faulted, and waits for its page.
    PageWait,
    /// Waits for the file device.
    FileIo,
    /// Has a job, and waits for load control to (re)admit it.
    Suspended,
}

/// Number of activities.
pub const ACTIVITIES: usize = 8;

/// CPU time by use, in nanoseconds, over all CPUs.
#[derive(Clone, Copy, Debug, Default)]
pub struct CpuTime {
    /// Processes' own references.
    pub user: u128,
    /// The pager.
    pub system: u128,
    /// Of that, what was done on behalf of no process that had the CPU (the paging device's work).
    pub kernel: u128,
    /// Of that, the page daemon's turns.
    pub daemon: u128,
    /// Context switches.
    pub switching: u128,
    /// Nothing.
    pub idle: u128,
}

/// A device as the machine sees it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Station {
    /// Requests at the device, waiting or in service.
    pub requests: Occupancy,
    /// Integral of the number in service, up to `changed`.
    busy: u128,
    in_service: u64,
    changed: Instant,
    /// Service time of the completed requests, in nanoseconds.
    pub served: u128,
    /// Pages read.
    pub pages_read: u64,
    /// Pages written.
    pub pages_written: u64,
}

impl Station {
    /// The number in service is now this.
    #[inline]
    pub fn serve(&mut self, now: Instant, in_service: usize) {
        self.busy += u128::from(self.in_service) * u128::from((now - self.changed).0);
        self.changed = now;
        self.in_service = in_service as u64;
    }

    /// Integral of the number in service up to `now`, in nanoseconds.
    pub fn busy(&self, now: Instant) -> u128 {
        self.busy + u128::from(self.in_service) * u128::from((now - self.changed).0)
    }
}

/// Counters of one class of processes.
#[derive(Clone, Debug, Default)]
pub struct ClassCounters {
    /// CPU time for own references, in nanoseconds.
    pub user: u128,
    /// Page faults.
    pub faults: u64,
    /// Page faults that waited for the device.
    pub major: u64,
    /// Jobs in the system: arrived and not ended. Identity: departures = finished + killed.
    pub jobs: Occupancy,
    /// Jobs that came to their end.
    pub finished: u64,
    /// Jobs ended by force (by load control, for a protection fault, or because swap space was full), and the time these had been in
    /// the system, in nanoseconds.
    pub killed: u64,
    /// See `killed`.
    pub killed_residence: u128,
    /// Arrivals turned away.
    pub refused: u64,
    /// Integral of the frames held, in nanoseconds · frames, up to the last change.
    pub resident: Level,
    /// Mappings of pages of memory objects.
    pub mapped: Level,
    /// References that its processes had no right to make, by kind; they are not page faults.
    pub violations: [u64; VIOLATIONS.len()],
    /// New address spaces in which a first reference was executed, and total time until then, in nanoseconds.
    pub startups: u64,
    /// See `startups`.
    pub startup_time: u128,
}

/// A reference that a process has no right to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// An address that belongs to no region.
    Outside,
    /// A read of what must not be read.
    Read,
    /// A write to what must not be written.
    Write,
    /// An instruction fetch from what must not be executed.
    Execute,
    /// The kernel's own pages, from user mode.
    Kernel,
}

/// Names of the violations, in order.
pub const VIOLATIONS: [&str; 5] = ["outside", "read", "write", "execute", "kernel"];

/// A quantity that jumps, and its integral over time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Level {
    value: u64,
    area: u128,
    changed: Instant,
}

impl Level {
    /// Changes the quantity.
    #[inline]
    pub fn set(&mut self, now: Instant, value: u64) {
        // What has not changed need not be summed up yet.
        if value == self.value {
            return;
        }
        self.area += u128::from(self.value) * u128::from((now - self.changed).0);
        self.changed = now;
        self.value = value;
    }

    /// Changes the quantity by adding.
    #[inline]
    pub fn add(&mut self, now: Instant, change: i64) {
        self.set(now, self.value.wrapping_add_signed(change));
    }

    /// The quantity now.
    pub fn value(&self) -> u64 {
        self.value
    }

    /// Its integral up to `now`.
    pub fn area(&self, now: Instant) -> u128 {
        self.area + u128::from(self.value) * u128::from((now - self.changed).0)
    }
}

/// Everything that a run counts, cumulative from its start.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    /// Processes by activity. Identity: their sum is the number of processes, so Σ areas = processes · time.
    pub activity: [Occupancy; ACTIVITIES],
    /// CPU time. Identities: user + system + switching + idle = CPUs · time; user + system + switching = area of `Running` + kernel.
    pub cpu: CpuTime,
    /// The paging device. Identity: arrivals = reads + writes.
    pub paging: Station,
    /// The file device.
    pub file: Station,
    /// Page faults. Identity: faults = minor + major.
    pub faults: u64,
    /// First touches filled with zeros (minor).
    pub zero_filled: u64,
    /// Pages mapped again while they were being written out (minor).
    pub rescued: u64,
    /// First writes to a page that others see too, which got a copy of its own (minor).
    pub copied: u64,
    /// Faults on a page of a memory object that was in memory for somebody else (minor).
    pub already_resident: u64,
    /// First references to pages that had been read ahead (minor).
    pub cache_hits: u64,
    /// Page-ins of pages that nobody had asked for. Identity: read_ahead = cache hits + claimed + wasted + cached + in flight.
    pub read_ahead: u64,
    /// Of these, pages that were asked for while they were on their way.
    pub read_ahead_claimed: u64,
    /// Of these, pages that left memory before they were referenced.
    pub read_ahead_wasted: u64,
    /// Of these, pages that are on their way and that nobody has asked for yet.
    pub read_ahead_in_flight: u64,
    /// Frames that hold a page which was read ahead and not referenced.
    pub cached: Level,
    /// Major faults. Identities: major = from file + from swap + in flight; major + preloads + prepaged + read_ahead = reads + joined +
    /// abandoned + those that still wait for a frame to read into.
    pub major: u64,
    /// Major faults on a page that was in a file.
    pub major_from_file: u64,
    /// Major faults on a page that was in swap space.
    pub major_from_swap: u64,
    /// Major faults on a page that was being read for somebody else.
    pub major_in_flight: u64,
    /// Major faults that were served by a read which another fault began: in flight when they occurred, or since then.
    pub joined: u64,
    /// Pages read before they were referenced, when a process was resumed.
    pub prepaged: u64,
    /// Page-ins submitted.
    pub reads: u64,
    /// Page-outs submitted. Identity: writes = dirty evictions + cleanings.
    pub writes: u64,
    /// Page-ins that were asked for before any reference, or joined so.
    pub preloads: u64,
    /// Major faults of processes that were killed while they waited for a frame.
    pub abandoned: u64,
    /// Times that a page was not evicted because swap space was full.
    pub swap_full: u64,
    /// Pages written out that stayed in memory.
    pub cleanings: u64,
    /// Pages that the paging device was asked for together with another, in one request. Identity: requests + clustered + file_pages =
    /// page-ins + page-outs.
    pub clustered: u64,
    /// Of these, pages of requests that are done. Identity: pages moved = requests completed + clustered_done.
    pub clustered_done: u64,
    /// Of these page-ins and page-outs, those that went to the file device.
    pub file_pages: u64,
    /// Evictions of pages that needed no write.
    pub clean_evictions: u64,
    /// Evictions of pages that had to be written. Identity: clean + dirty evictions = direct + background evictions.
    pub dirty_evictions: u64,
    /// Evictions by a process that needed the frame.
    pub direct_evictions: u64,
    /// Evictions ahead of need.
    pub background_evictions: u64,
    /// Frames looked at for these, where there is a page daemon.
    pub direct_scanned: u64,
    /// See `direct_scanned`.
    pub background_scanned: u64,
    /// Evictions that no fault asked for: the policy released the page. Identity: releases ≤ evictions.
    pub releases: u64,
    /// Evictions of pages that the policy would have kept. Identity: forced ≤ evictions + swap_full - releases.
    pub forced: u64,
    /// Major faults that wait for a frame.
    pub awaiting_frame_for_read: u64,
    /// Total time that processes waited for a frame they have got, in nanoseconds.
    pub stalled: u128,
    /// Total latency of completed major faults, in nanoseconds.
    pub fault_latency: u128,
    /// Completed major faults.
    pub faults_served: u64,
    /// Resident frames.
    pub resident: Level,
    /// Swap slots in use.
    pub swap_used: Level,
    /// Frames lent to the paging device.
    pub lent: Level,
    /// Pressure on memory; its identities are with its declaration.
    pub pressure: Pressure,
    /// Active processes, under load control.
    pub active: Level,
    /// Processes that wait for load control to admit them.
    pub waiting: Level,
    /// Suspensions of active processes.
    pub suspensions: u64,
    /// By class. Identity: Σ classes' faults = faults, Σ user = user.
    pub classes: Vec<ClassCounters>,
}

/// What the laws need to know of the machine.
#[derive(Clone, Copy, Debug)]
pub struct MachineSize {
    /// CPUs.
    pub cpus: u64,
    /// Processes.
    pub processes: u64,
    /// Requests the paging device can serve at once.
    pub paging_servers: u64,
    /// Requests the file device can serve at once.
    pub file_servers: u64,
    /// Whether the paging device works on requests only, and not of itself (writing its buffers, collecting garbage).
    pub paging_serves_only: bool,
    /// The same for the file device.
    pub file_serves_only: bool,
}

impl Counters {
    /// Asserts every law over the time from `start`, when the counters were `first`, to `end`.
    ///
    /// # Errors
    /// [`Error::Law`] with both sides of the first law that does not hold.
    pub fn check(&self, first: &Counters, start: Instant, end: Instant, size: MachineSize) -> Result<()> {
        let elapsed = u128::from((end - start).0);
        let mut laws = Laws { result: Ok(()) };

        let minor = self.zero_filled + self.rescued + self.copied + self.already_resident + self.cache_hits;
        laws.equal("faults = minor + major", self.faults, minor + self.major);
        laws.equal(
            "major faults = from file + from swap + in flight",
            self.major,
            self.major_from_file + self.major_from_swap + self.major_in_flight,
        );
        laws.equal(
            "major faults + pages brought in before = device reads + joined reads + waiting for a frame + abandoned",
            self.major + self.preloads + self.prepaged + self.read_ahead,
            self.reads + self.joined + self.awaiting_frame_for_read + self.abandoned,
        );
        let used = self.cache_hits + self.read_ahead_claimed;
        laws.at_most(
            "releases + forced replacements ≤ evictions + pages set aside",
            self.releases + self.forced,
            self.clean_evictions + self.dirty_evictions + self.swap_full,
        );
        laws.equal(
            "pages read ahead = found + claimed + wasted + cached + in flight",
            self.read_ahead,
            used + self.read_ahead_wasted + self.cached.value() + self.read_ahead_in_flight,
        );
        laws.equal("page-outs = dirty evictions + cleanings", self.writes, self.dirty_evictions + self.cleanings);
        laws.equal(
            "evictions: clean + dirty = direct + background",
            self.clean_evictions + self.dirty_evictions,
            self.direct_evictions + self.background_evictions,
        );
        laws.at_most("the page daemon's CPU time ≤ kernel time", self.cpu.daemon, self.cpu.kernel);
        laws.equal(
            "forced flow: paging requests + pages that went along = page-ins + page-outs",
            self.paging.requests.arrivals + self.clustered + self.file_pages,
            self.reads + self.writes,
        );
        laws.equal(
            "pages moved = requests completed + pages that went along",
            self.paging.pages_read + self.paging.pages_written,
            self.paging.requests.departures + self.clustered_done,
        );
        laws.equal(
            "faults of the classes = faults",
            self.classes.iter().map(|class| class.faults).sum::<u64>(),
            self.faults,
        );

        let cpu = |c: &Counters| c.cpu.user + c.cpu.system + c.cpu.switching;
        let busy = cpu(self) - cpu(first);
        // Idle time can turn out to have been the device's work, so it alone need not grow.
        let all = cpu(self) + self.cpu.idle - (cpu(first) + first.cpu.idle);
        laws.equal("CPU busy + switching + idle = CPUs · elapsed", all, u128::from(size.cpus) * elapsed);
        let user: u128 = self.classes.iter().map(|class| class.user).sum();
        laws.equal("user time of the classes = user time", user, self.cpu.user);

        let mut everywhere = 0;
        for (number, (now, then)) in self.activity.iter().zip(&first.activity).enumerate() {
            let area = now.area(end) - then.area(start);
            everywhere += area;
            let residence = now.residence(end) - then.residence(start);
            laws.equal(&format!("Little's law N = X·R, processes in state {number}"), area, residence);
            if number == Activity::Running as usize {
                let kernel = self.cpu.kernel - first.cpu.kernel;
                laws.equal("utilisation law U = X·S on the CPUs", busy, area + kernel);
            }
        }
        let [some, full] = [0, 1].map(|line| self.pressure.areas(end)[line] - first.pressure.areas(start)[line]);
        let area = |activity: Activity| {
            let (now, then) = (&self.activity[activity as usize], &first.activity[activity as usize]);
            now.area(end) - then.area(start)
        };
        let whole = Pressure::whole();
        laws.at_most("memory pressure: full ≤ some", full, some);
        laws.at_most("memory pressure: some ≤ elapsed", some, elapsed * whole);
        let stalled = area(Activity::FrameWait) + area(Activity::PageWait);
        laws.at_most("memory pressure: some ≤ waiting for frames and pages", some, stalled * whole);
        // Idle time may have turned out to be the paging device's own work.
        let idle = self.cpu.idle + self.cpu.kernel - first.cpu.idle - first.cpu.kernel;
        laws.at_most("memory pressure: CPUs · full ≤ idle", full * u128::from(size.cpus), idle * whole);

        laws.equal("every process is somewhere", everywhere, u128::from(size.processes) * elapsed);

        let stations = [
            ("paging device", &self.paging, &first.paging, size.paging_servers, size.paging_serves_only),
            ("file device", &self.file, &first.file, size.file_servers, size.file_serves_only),
        ];
        for (name, now, then, servers, serves_only) in stations {
            let area = now.requests.area(end) - then.requests.area(start);
            let residence = now.requests.residence(end) - then.requests.residence(start);
            laws.equal(&format!("Little's law N = X·R on the {name}"), area, residence);
            // The service that requests in progress have had is part of the time they have been there.
            let in_progress = now.requests.unfinished(end);
            laws.at_most(&format!("utilisation law U = X·S on the {name}"), now.served, now.busy(end));
            if serves_only {
                laws.at_most(
                    &format!("utilisation law U = X·S on the {name}"),
                    now.busy(end),
                    now.served + in_progress,
                );
            }
            laws.at_most(
                &format!("bound X ≤ 1/D on the {name}"),
                now.busy(end) - then.busy(start),
                u128::from(servers) * elapsed,
            );
        }
        for (number, (now, then)) in self.classes.iter().zip(&first.classes).enumerate() {
            let area = now.jobs.area(end) - then.jobs.area(start);
            let residence = now.jobs.residence(end) - then.jobs.residence(start);
            laws.equal(&format!("Little's law N = X·R on the whole system, class {number}"), area, residence);
            let ended = now.finished + now.killed;
            laws.equal(&format!("jobs ended = finished + killed, class {number}"), now.jobs.departures, ended);
        }
        laws.result
    }
}

struct Laws {
    result: Result<()>,
}

impl Laws {
    fn equal<T: PartialEq + ToString>(&mut self, law: &str, left: T, right: T) {
        if left != right {
            self.broken(law, left, "equal to", right);
        }
    }

    fn at_most<T: PartialOrd + ToString>(&mut self, law: &str, left: T, right: T) {
        if left > right {
            self.broken(law, left, "at most", right);
        }
    }

    fn broken<T: ToString>(&mut self, law: &str, left: T, relation: &'static str, right: T) {
        if self.result.is_ok() {
            let (left, right) = (left.to_string(), right.to_string());
            self.result = Err(Error::Law { law: law.to_owned(), left, relation, right });
        }
    }
}

/// Share of an integral over a span: the mean level.
pub fn mean(area: u128, elapsed: Span) -> f64 {
    area as f64 / elapsed.0 as f64
}
