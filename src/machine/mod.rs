//! The event loop: CPUs, the fault path, and the two engines, walk and leap.
//!
//! A run is a pure function of ([`Config`], seed). The parts of the machine know nothing of one another; what happens when one
//! of them has done its work is decided here.

mod calendar;
mod config;
mod cpu;
mod daemon;
mod events;
mod fault;
mod future;
mod jobs;
mod leap;
mod lending;
mod limits;
mod load;
mod load_outcome;
mod loading;
mod locality;
mod log;
mod outcome;
mod pool;
mod presence;
mod process;
mod protection;
mod readahead;
mod reclaim;
mod reclaim_outcome;
mod requests;
mod residence;
mod sharing;
mod transfers;
mod variable;
mod view;
mod walk;
mod wired;

pub use calendar::{Calendar, SourceId};
pub use config::*;
pub use events::{Cause, Event, Listener};
pub use log::{RunLog, run_logged};
pub use reclaim::{Cleaner, PageDaemon, Reclaim, Watermarks};

use crate::device::{self, Device, DeviceSpec, DeviceStats};
use crate::error::{Error, Result};
use crate::large;
use crate::load_control::Site;
use crate::memory::{Memory, PageTable};
use crate::metrics::{Activity, ClassCounters, Counters, Latencies, MachineSize, Pressure, PressureGroup, RunReport};
use crate::policy::{Observes, Owner, Pool as PolicyPool};
use crate::rng::{Stream, Streams};
use crate::units::{FrameId, Instant, ProcessId, Span, Virtual};
use crate::workload::{Backing, Program, ProgramTables};
use cpu::Cpu;
use daemon::Daemon;
use load::LoadControl;
use pool::Pool;
use process::{Control, History, Process, ProcessStreams, Wake};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use transfers::Transfers;
use walk::WalkFn;

/// Parts of a run for latency histograms; the warm-up is rounded up to a whole part for these alone.
const LATENCY_PARTS: u32 = 20;

/// Simulates the machine for its duration.
///
/// # Errors
/// [`Error::Stuck`] if swap space runs out or no process makes progress, [`Error::Law`] if a law of conservation is broken,
/// [`Error::Interrupted`] if `stop` became true, [`Error::Usage`] if the configuration asks for an engine that cannot run it.
pub fn run(config: &Config, seed: u64, stop: &AtomicBool) -> Result<RunReport> {
    let mut machine = Machine::new(config, seed)?;
    machine.run(stop)?;
    machine.report()
}

/// The sources of events, in the order of their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Cpu(usize),
    PagingDevice,
    FileDevice,
    Observer,
    Arrival(usize),
    Timer(ProcessId),
    Cleaner,
    Controller,
    Step(usize),
}

/// One class at run time.
struct Class {
    /// Time between arrivals, for an open class.
    arrivals: Stream,
    /// Jobs that wait for a process, by arrival time.
    queue: VecDeque<Instant>,
    /// Processes without a job, in order of becoming so.
    idle: VecDeque<ProcessId>,
    response: Latencies,
}

/// The simulated machine.
struct Machine<'a> {
    config: &'a Config,
    seed: u64,
    leaps: bool,
    /// Whether frames may be referenced that no policy holds, or that are another pool's.
    guarded: bool,
    now: Instant,
    calendar: Calendar,
    memory: Memory,
    pools: Vec<Pool>,
    processes: Vec<Process>,
    classes: Vec<Class>,
    cpus: Vec<Cpu>,
    ready: VecDeque<ProcessId>,
    paging: Box<dyn Device>,
    file: Option<Box<dyn Device>>,
    file_stream: Stream,
    transfers: Transfers,
    daemon: Option<Daemon>,
    /// The victim for the fault at hand, where the walk has already had one named.
    named_victim: Option<FrameId>,
    /// By frame of a memory object: processes that wait for its page to be read, and how many have it pinned.
    joiners: BTreeMap<u32, Vec<ProcessId>>,
    pins: Vec<u32>,
    /// Number of each object's first page among the pages of all processes and objects.
    object_page_ids: Vec<u32>,
    /// Proportional set size of each class at each observation; kept where there are objects.
    pss: Vec<Vec<f64>>,
    /// Scratch: processes that go on loading, and processes to be killed, at the end of the event.
    loaders: Vec<ProcessId>,
    condemned: Vec<ProcessId>,
    walk: WalkFn,
    counters: Counters,
    fault_latency: Latencies,
    /// Time that processes waited for a frame.
    stall_latency: Latencies,
    /// Time of the caller's requests at the paging device; kept where the device has an anatomy.
    paging_latency: Latencies,
    /// The paging device's own counters at each observation; kept where it has an anatomy.
    device_snapshots: Vec<DeviceStats>,
    /// Whether the paging device is more than a queue with service times.
    detailed: bool,
    /// Whether it can occupy frames, and whether it wants to hear of freed slots.
    lends: bool,
    discards: bool,
    /// CPU time that its requests have used and that no CPU has spent yet.
    system_debt: Span,
    observed: u32,
    /// What the run is watched for beyond its report.
    log: Option<Box<RunLog>>,
    /// Who wants to hear of every event.
    listener: Option<Listener<'a>>,
    snapshots: Vec<Counters>,
    /// User time when it was last seen to have grown, and when that was.
    progress: (u128, Instant),
    /// Scratch: CPUs whose process lost a page while it was running.
    replan: Vec<usize>,
    /// Scratch: frames that the policy releases.
    leaving: Vec<FrameId>,
    /// Scratch: pools in which a frame has become evictable while processes wait for one.
    unblocked: Vec<usize>,
    load: Option<LoadControl<'a>>,
    /// Whether a process may bear a mark or be suspended.
    steered: bool,
    /// Whether some process may hold only so many frames, or has frames that are protected.
    limited: bool,
    protects: bool,
    /// Processes that hold more than they may.
    squeezed: Vec<ProcessId>,
    /// Suspended processes whose resident sets have to go.
    outgoing: Vec<ProcessId>,
    /// Whether a process that waits to become active may be admitted now.
    vacancy: bool,
    /// Progress of each process at each observation; kept under load control.
    progress_snapshots: Vec<Vec<u64>>,
    /// The number of processes that are there, at each observation; kept where they come and go.
    presence: Vec<u64>,
    /// The number of active processes that the controller aimed at, at each observation.
    levels: Vec<Option<f64>>,
}

impl Config {
    /// Whether the machine leaps.
    ///
    /// # Errors
    /// If the engine that is asked for cannot run this policy or one of these programs, or if the policy would have to know a
    /// future that is not fixed; the text says which and why.
    pub fn leaps(&self) -> std::result::Result<bool, String> {
        self.foresights()?;
        let must_walk = if self.policy.observes.allows_leap() {
            let programs = self.classes.iter();
            programs
                .filter_map(|class| Some((class, class.program.must_walk()?)))
                .map(|(class, kind)| {
                    format!(
                        "class {:?} has a reference source of kind {kind:?}, which draws every reference",
                        class.name
                    )
                })
                .next()
        } else {
            Some(format!("policy {:?} observes {}", self.policy.name, self.policy.observes))
        };
        let must_leap = self
            .classes
            .iter()
            .filter_map(|class| Some((class, class.program.must_leap()?)))
            .map(|(class, kind)| {
                format!(
                    "class {:?} has a reference source of kind {kind:?}, which has no single references",
                    class.name
                )
            })
            .next();
        match (self.engine, must_walk, must_leap) {
            (_, Some(walk), Some(leap)) => Err(format!("no engine can run this: {walk}, but {leap}")),
            (Engine::Leap, Some(reason), None) => Err(format!("it cannot leap: {reason}")),
            (Engine::Walk, None, Some(reason)) => Err(format!("it cannot walk: {reason}")),
            (Engine::Auto | Engine::Walk, Some(_), None) | (Engine::Walk, None, None) => Ok(false),
            (Engine::Auto | Engine::Leap, None, _) => Ok(true),
        }
    }

    /// Number of processes.
    pub fn processes(&self) -> u32 {
        self.classes.iter().map(|class| class.count).sum()
    }
}

/// Events between two looks at whether the run has been interrupted and whether its clock goes on.
const EVENT_ROUND: u32 = 4096;

/// So many rounds of events, and one more for each process, are not made at one instant by any machine that goes on.
const ROUNDS_AT_ONE_INSTANT: u64 = 4096;

impl<'a> Machine<'a> {
    fn new(config: &'a Config, seed: u64) -> Result<Machine<'a>> {
        let leaps = config.leaps().map_err(Error::Usage)?;
        let streams = Streams::new(seed);
        let count = config.processes() as usize;
        let cpus = config.cpus as usize;
        let asks_time = config.policy.observes == Observes::LastReference;
        let asks_use = config.policy.observes == Observes::LastUse;

        let mut processes = Vec::with_capacity(count);
        let mut tables = Vec::with_capacity(count);
        let mut first_page_id = 0;
        for (class, of_class) in config.classes.iter().enumerate() {
            let spec = Arc::new(of_class.program.clone());
            let shared = Arc::new(ProgramTables::new(&spec, leaps));
            for number in 0..of_class.count {
                let name = format!("{}#{number}", of_class.name);
                let id = ProcessId(processes.len() as u32);
                let program = Program::new(Arc::clone(&spec), Arc::clone(&shared), leaps, &streams, &name);
                processes.push(Process {
                    id,
                    class,
                    program,
                    pool: if config.scope == Scope::Global { 0 } else { id.0 as usize },
                    first_page_id,
                    activity: Activity::Idle,
                    since: Instant::ZERO,
                    virtual_at: Virtual::ZERO,
                    user_since: None,
                    cpu: None,
                    held: 0,
                    job_left: Span::MAX,
                    burst_left: Span::MAX,
                    job_arrived: Instant::ZERO,
                    faulted: None,
                    pinned: None,
                    copying: false,
                    awaits_read: false,
                    populated: false,
                    loading: None,
                    starting: None,
                    doomed: false,
                    fault_at: Instant::ZERO,
                    wake: Wake::Enter,
                    streams: ProcessStreams {
                        jobs: streams.named(&format!("{name}/jobs")),
                        bursts: streams.named(&format!("{name}/bursts")),
                        thinking: streams.named(&format!("{name}/thinking")),
                    },
                    history: History::default(),
                    control: Control::new(
                        if spec.backing == Backing::File || !spec.regions.is_empty() { spec.pages } else { 0 },
                        &of_class.control,
                    ),
                });
                processes[id.0 as usize].history.kept = leaps && asks_time;
                tables.push(PageTable::new(spec.pages));
                first_page_id += spec.pages;
            }
        }

        let mut memory = Memory::new(config.frames, config.swap_pages, tables);
        let mut object_page_ids = Vec::new();
        for object in &config.objects {
            object_page_ids.push(first_page_id);
            first_page_id += object.pages;
        }
        sharing::share(&mut memory, config);
        let kills = config.virtual_memory.on_full != OnFull::Error;
        let guarded = kills || config.classes.iter().any(|class| !class.program.regions.is_empty());
        let pageable = config.pageable_frames();
        for frame in pageable..config.frames {
            memory.wire(FrameId(frame));
        }
        if leaps {
            memory.seen = large::filled(0, config.frames as usize);
        }
        if asks_use {
            memory.known = large::filled(0, config.frames as usize);
        }
        let setting = config.setting();
        let pool = |base: u32, frames: u32, least: u32, name: &str| {
            let (stream, setting) = (streams.named(name), setting.clone());
            let policy = (config.policy.build)(PolicyPool { frames, stream, sees_hits: !leaps, setting });
            Pool::new(base, frames, least, policy, guarded)
        };
        let mut pools = match &config.scope {
            Scope::Global => vec![pool(0, pageable, count as u32, "replacement")],
            Scope::Local(partition) => {
                let mut base = 0;
                let mut pools = Vec::with_capacity(count);
                for (number, &frames) in partition.iter().enumerate() {
                    pools.push(pool(base, frames, 1, &format!("replacement#{number}")));
                    base += frames;
                }
                pools
            }
        };
        if config.reclaim.readahead > 1 {
            memory.remember_slots();
        }
        if let Some(daemon) = &config.reclaim.daemon {
            memory.swap.cluster(daemon.write_cluster);
            pools.iter_mut().for_each(|pool| pool.watch(daemon.watermarks, pageable));
        }
        let foresights = config.foresights().map_err(Error::Usage)?;
        for process in &processes {
            if let Some(foresight) = foresights.get(process.class) {
                pools[process.pool].policy.foresee(Owner(process.id.0), foresight.clone());
            }
        }

        // At equal times devices come first, then timers, then CPUs, then the load controller, and last whoever only looks.
        let mut priorities = vec![2; cpus];
        priorities.extend([0, 0, 4]);
        priorities.extend(vec![1; config.classes.len() + count]);
        priorities.extend([3, 1]);
        priorities.extend(vec![1; config.classes.len()]);
        let classes = config.classes.iter().map(|class| Class {
            arrivals: streams.named(&format!("{}/arrivals", class.name)),
            queue: VecDeque::new(),
            idle: VecDeque::new(),
            response: Latencies::new(LATENCY_PARTS as usize),
        });
        let protects = config.classes.iter().any(|class| class.control.low > 0 || class.control.min > 0);
        let limits = config.classes.iter().any(|class| class.control.max.is_some());
        let guests = config.classes.iter().any(|class| !class.control.schedule.is_empty());
        let mut machine = Machine {
            leaps,
            guarded,
            now: Instant::ZERO,
            calendar: Calendar::new(priorities),
            memory,
            pools,
            processes,
            classes: classes.collect(),
            cpus: (0..cpus).map(|_| Cpu::new()).collect(),
            ready: VecDeque::new(),
            paging: device::build(&config.paging, config.page_size, streams.named("device.paging")),
            file: config.file.as_ref().map(|spec| device::build(spec, config.page_size, streams.named("device.file"))),
            file_stream: streams.named("file-io"),
            transfers: Transfers::default(),
            daemon: config.reclaim.daemon.as_ref().map(Daemon::new),
            named_victim: None,
            joiners: BTreeMap::new(),
            pins: vec![0; if guarded { config.frames as usize } else { 0 }],
            object_page_ids,
            pss: Vec::new(),
            loaders: Vec::new(),
            condemned: Vec::new(),
            walk: walk::walker(config.policy),
            counters: Counters {
                classes: vec![ClassCounters::default(); config.classes.len()],
                pressure: Pressure::new(config.cpus),
                ..Counters::default()
            },
            fault_latency: Latencies::new(LATENCY_PARTS as usize),
            stall_latency: Latencies::new(LATENCY_PARTS as usize),
            paging_latency: Latencies::new(LATENCY_PARTS as usize),
            device_snapshots: Vec::new(),
            detailed: !matches!(config.paging, DeviceSpec::Queueing(_)),
            lends: lending::takes_frames(&config.paging),
            discards: lending::heeds_discards(&config.paging),
            system_debt: Span::ZERO,
            observed: 0,
            log: None,
            listener: None,
            snapshots: Vec::with_capacity(config.observations as usize + 1),
            progress: (0, Instant::ZERO),
            replan: Vec::new(),
            leaving: Vec::new(),
            unblocked: Vec::new(),
            load: config
                .load_control
                .as_ref()
                .map(|spec| LoadControl::new(spec, Site { processes: count as u32, frames: pageable })),
            steered: config.load_control.is_some() || guests || limits,
            limited: limits || protects,
            protects,
            squeezed: Vec::new(),
            outgoing: Vec::new(),
            vacancy: false,
            progress_snapshots: Vec::new(),
            levels: Vec::new(),
            presence: Vec::new(),
            config,
            seed,
        };
        machine.enter_all();
        for class in 0..config.classes.len() {
            machine.start_schedule(class);
        }
        Ok(machine)
    }

    fn source(&self, id: SourceId) -> Source {
        let (id, cpus) = (id.0 as usize, self.cpus.len());
        match id.checked_sub(cpus) {
            None => Source::Cpu(id),
            Some(0) => Source::PagingDevice,
            Some(1) => Source::FileDevice,
            Some(2) => Source::Observer,
            Some(other) if other - 3 < self.classes.len() => Source::Arrival(other - 3),
            Some(other) if other - 3 - self.classes.len() < self.processes.len() => {
                Source::Timer(ProcessId((other - 3 - self.classes.len()) as u32))
            }
            Some(other) if other - 3 - self.classes.len() == self.processes.len() => Source::Controller,
            Some(other) if other - 4 - self.classes.len() == self.processes.len() => Source::Cleaner,
            Some(other) => Source::Step(other - 5 - self.classes.len() - self.processes.len()),
        }
    }

    fn source_id(&self, source: Source) -> SourceId {
        let cpus = self.cpus.len();
        SourceId(match source {
            Source::Cpu(cpu) => cpu,
            Source::PagingDevice => cpus,
            Source::FileDevice => cpus + 1,
            Source::Observer => cpus + 2,
            Source::Arrival(class) => cpus + 3 + class,
            Source::Timer(process) => cpus + 3 + self.classes.len() + process.0 as usize,
            Source::Controller => cpus + 3 + self.classes.len() + self.processes.len(),
            Source::Cleaner => cpus + 4 + self.classes.len() + self.processes.len(),
            Source::Step(class) => cpus + 5 + self.classes.len() + self.processes.len() + class,
        } as u32)
    }

    fn schedule(&mut self, source: Source, at: Instant) {
        let id = self.source_id(source);
        self.calendar.set(id, at);
    }

    fn run(&mut self, stop: &AtomicBool) -> Result<()> {
        let (mut events, mut round_began, mut rounds) = (0u32, self.now, 0u64);
        while self.step()? {
            events = events.wrapping_add(1);
            if events.is_multiple_of(EVENT_ROUND) {
                if stop.load(Ordering::Relaxed) {
                    return Err(Error::Interrupted);
                }
                rounds = if self.now == round_began { rounds + 1 } else { 0 };
                if rounds > ROUNDS_AT_ONE_INSTANT + self.processes.len() as u64 {
                    let events = rounds * u64::from(EVENT_ROUND);
                    let now = self.now;
                    return Err(Error::Stuck(format!(
                        "livelock: more than {events} events in a row at {now} of simulated time"
                    )));
                }
                round_began = self.now;
            }
        }
        Ok(())
    }

    /// The next event, and all that follows from it at once; false at the end of the run.
    #[inline]
    fn step(&mut self) -> Result<bool> {
        let Some((at, id)) = self.calendar.peek() else { return Ok(false) };
        let source = self.source(id);
        if !self.leaps {
            // References are made up to the event; one at the very moment of a CPU's event belongs before it.
            let inclusive = matches!(source, Source::Cpu(_));
            if let Some(fault) = (self.walk)(self, at, inclusive) {
                self.now = fault.at;
                self.walked_into_fault(fault)?;
                self.follow_up()?;
                return Ok(true);
            }
        }
        self.calendar.pop();
        self.now = at;
        match source {
            Source::Cpu(cpu) => self.cpu_stop(cpu)?,
            Source::PagingDevice => self.page_moved()?,
            Source::FileDevice => self.file_done()?,
            Source::Arrival(class) => self.arrival(class),
            Source::Timer(process) => self.wake(process),
            Source::Cleaner => self.cleaning_is_due(),
            Source::Controller => self.control(),
            Source::Step(class) => self.take_step(class),
            Source::Observer => {
                if self.observe()? {
                    return Ok(false);
                }
            }
        }
        self.follow_up()?;
        Ok(true)
    }

    /// Takes an observation; true at the end of the run.
    fn observe(&mut self) -> Result<bool> {
        for cpu in 0..self.cpus.len() {
            self.settle(cpu);
        }
        self.counters.forced = self.forced();
        self.snapshots.push(self.counters.clone());
        if self.detailed {
            self.device_snapshots.push(self.paging.stats());
        }
        self.observe_pss();
        self.observe_log();
        self.check_lent()?;
        if cfg!(debug_assertions) && self.has_regions() {
            self.check_memory()?;
        }
        self.observed += 1;
        if self.scheduled() {
            self.presence.push(self.present());
        }
        if self.steered {
            self.check_standings()?;
        }
        if let Some(level) = self.aimed_level() {
            self.levels.push(level);
            self.progress_snapshots.push(self.processes.iter().map(|process| process.virtual_at.0).collect());
        }
        self.check_activity()?;
        self.check_progress()?;
        if self.observed == self.config.observations {
            return Ok(true);
        }
        self.schedule_observation();
        Ok(false)
    }

    fn schedule_observation(&mut self) {
        let parts = u128::from(self.config.observations);
        let at = u128::from(self.config.duration.0) * u128::from(self.observed + 1) / parts;
        self.schedule(Source::Observer, Instant(at as u64));
    }

    /// Reports a machine on which processes wait and none has executed anything for the configured span.
    fn check_progress(&mut self) -> Result<()> {
        let waiting = [Activity::Ready, Activity::FrameWait, Activity::PageWait];
        let stuck: u64 = waiting.iter().map(|&activity| self.counters.activity[activity as usize].inside).sum();
        if self.counters.cpu.user > self.progress.0 || stuck == 0 {
            self.progress = (self.counters.cpu.user, self.now);
            return Ok(());
        }
        let silent = self.now - self.progress.1;
        if silent < self.config.livelock_after {
            return Ok(());
        }
        let inside = |activity: Activity| self.counters.activity[activity as usize].inside;
        Err(Error::Stuck(format!(
            "livelock: no process has executed a reference for {silent}, at {} of simulated time; {} wait for a CPU, {} for a \
             frame, {} for a page ({} requests at the paging device)",
            self.now,
            inside(Activity::Ready),
            inside(Activity::FrameWait),
            inside(Activity::PageWait),
            self.paging.requests()
        )))
    }

    /// Moves a process from one activity to another.
    fn turn(&mut self, process: ProcessId, to: Activity) {
        let process = &mut self.processes[process.0 as usize];
        self.counters.activity[process.activity as usize].depart(process.since, self.now);
        self.counters.activity[to as usize].arrive(self.now);
        let before = process.pressure_group();
        if before == PressureGroup::Stalled {
            process.control.stalled = process.control.stalled.saturating_add(self.now - process.since);
        }
        process.activity = to;
        process.since = self.now;
        self.counters.pressure.shift(self.now, before, process.pressure_group());
    }

    /// The part of the run, for latency histograms.
    fn latency_part(&self) -> usize {
        (u128::from(self.now.0) * u128::from(LATENCY_PARTS) / u128::from(self.config.duration.0)) as usize
    }

    /// What the laws need to know of the machine.
    fn size(&self) -> MachineSize {
        MachineSize {
            cpus: self.cpus.len() as u64,
            processes: self.processes.len() as u64,
            paging_servers: self.paging.servers() as u64,
            file_servers: self.file.as_ref().map_or(0, |file| file.servers() as u64),
            paging_serves_only: lending::serves_only(&self.config.paging),
            file_serves_only: self.config.file.as_ref().is_none_or(lending::serves_only),
        }
    }
}

/// When a request arrived that is complete now.
fn arrival(now: Instant, waited: Span, served: Span) -> Instant {
    Instant(now.0 - waited.0 - served.0)
}
