//! A machine and its workload, as validated data: everything that a run is a function of, but for the seed.

use super::reclaim::Reclaim;
use crate::device::DeviceSpec;
use crate::load_control::{ClassControl, LoadControlSpec};
use crate::policy::{Parameters, PolicyEntry};
use crate::rng::Distribution;
use crate::units::Span;
use crate::workload::{ObjectSpec, ProgramSpec};

/// The machine to simulate, the processes on it, and for how long.
#[derive(Clone, Debug)]
pub struct Config {
    /// Bytes of a page.
    pub page_size: u64,
    /// Page frames of the machine.
    pub frames: u32,
    /// CPUs.
    pub cpus: u32,
    /// Longest time a process keeps the CPU while others wait; `None` is run-to-fault.
    pub quantum: Option<Span>,
    /// CPU time lost when a CPU turns to another process than its last.
    pub context_switch: Span,
    /// CPU time the pager uses for one fault, charged to the process as system time.
    pub fault_time: Span,
    /// Which engine runs the processes.
    pub engine: Engine,
    /// Replacement policy.
    pub policy: &'static PolicyEntry,
    /// Its parameters, where it has any.
    pub parameters: Parameters,
    /// Whose frames a fault may take.
    pub scope: Scope,
    /// The paging device.
    pub paging: DeviceSpec,
    /// The device for file input and output; only machines whose processes do file I/O need one.
    pub file: Option<DeviceSpec>,
    /// Pages of swap space.
    pub swap_pages: u32,
    /// The page daemon and reading ahead.
    pub reclaim: Reclaim,
    /// Memory objects that regions of the classes map.
    pub objects: Vec<ObjectSpec>,
    /// What the kernel does about protection, page tables and full swap space.
    pub virtual_memory: VirtualMemory,
    /// The process classes.
    pub classes: Vec<ClassConfig>,
    /// Load control; `None` is none, and nothing is reported of it.
    pub load_control: Option<LoadControlSpec>,
    /// Simulated time to run.
    pub duration: Span,
    /// What part of the run is left out of the results.
    pub warmup: Warmup,
    /// Equal intervals the run is divided into; time series and warm-up detection work on these.
    pub observations: u32,
    /// A run in which no useful reference is made for this long while processes wait is reported as stuck.
    pub livelock_after: Span,
    /// Whether the locality of the programs is measured.
    pub locality: Option<LocalityMeasure>,
}

/// How the locality of each class's program is measured: over the reference string of its first process, made beside the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalityMeasure {
    /// References of the string (at least 1).
    pub references: u64,
    /// Window of the working set in references (at least 1, at most the string).
    pub window: u64,
}

/// What the kernel does about protection, page tables and full swap space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VirtualMemory {
    /// What becomes of a process that makes a reference it has no right to.
    pub on_violation: OnViolation,
    /// What happens when a page must be written to swap space and that is full.
    pub on_full: OnFull,
    /// How page tables are built, where the memory that they need is charged.
    pub page_tables: Option<PageTables>,
    /// CPU time of the pager beyond [`Config::fault_time`], by what it finds.
    pub costs: FaultCosts,
}

/// What becomes of a process that makes a reference it has no right to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnViolation {
    /// It is killed.
    #[default]
    Kill,
    /// The reference is counted and passed over.
    Count,
}

/// What happens when a page must be written to swap space and that is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFull {
    /// The run ends with an error.
    #[default]
    Error,
    /// Such pages stay; who finds no other page to evict waits.
    Stall,
    /// Such pages stay; if there is no other page to evict, the process with most memory is killed.
    KillLargest,
}

/// The shape of page tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageTables {
    /// Levels (at least 1).
    pub levels: u32,
    /// Entries in a page of tables (at least 2).
    pub entries: u32,
}

/// CPU time of the pager by what it finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultCosts {
    /// A page to be filled with zeros.
    pub zero_fill: Span,
    /// A page to be copied.
    pub copy: Span,
    /// A page that is in memory for a sharer.
    pub resident: Span,
    /// A page that is being written out, and is taken back.
    pub rescue: Span,
    /// A page that is being read for a sharer.
    pub in_flight: Span,
    /// A page to be read from a file.
    pub file: Span,
    /// A page to be read from swap space.
    pub swap: Span,
}

/// What is brought in before the first reference in a new address space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loading {
    /// Nothing: demand paging.
    #[default]
    Demand,
    /// Every page.
    Whole,
    /// So many pages from the beginning.
    Prepage(u32),
}

/// Which engine runs a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Leap where the source and the policy allow it, else walk.
    Auto,
    /// Draw every reference.
    Walk,
    /// Jump from fault to fault.
    Leap,
}

/// Whose frames a fault may take.
#[derive(Clone, Debug, PartialEq)]
pub enum Scope {
    /// Any process's.
    Global,
    /// Only the faulting process's own, of which it may hold so many: frames for each process, in order of the classes
    /// and of their processes. They sum to at most the machine's frames and none is zero.
    Local(Vec<u32>),
}

/// What part of the run is left out of the results.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Warmup {
    /// Found by MSER-5 on the progress series (White 1997), at most half of the run.
    Mser5,
    /// A fixed time, shorter than the run.
    Fixed(Span),
}

/// One class of processes, all alike.
#[derive(Clone, Debug)]
pub struct ClassConfig {
    /// Its name.
    pub name: String,
    /// Number of processes (at least 1).
    pub count: u32,
    /// Address space and reference behaviour.
    pub program: ProgramSpec,
    /// CPU time of one job in nanoseconds; `None` is a job that never ends (or ends with its recorded string).
    pub job: Option<Distribution>,
    /// Where the next job comes from.
    pub jobs: JobSource,
    /// A job pauses after each CPU burst.
    pub burst: Option<Burst>,
    /// Whether a job finds the memory of the one before it.
    pub memory: MemoryBetweenJobs,
    /// What is brought in before the first reference in a new address space.
    pub loading: Loading,
    /// The i-th process (from 0) of the class enters at i times this, so that all need not load at once.
    pub stagger: Span,
    /// Its part in load control.
    pub control: ClassControl,
}

/// Where a process's next job comes from.
#[derive(Clone, Debug)]
pub enum JobSource {
    /// Closed: the process thinks (nanoseconds; `None` is not at all), then starts the next job.
    Closed {
        /// Think time between jobs.
        think: Option<Distribution>,
    },
    /// Open: jobs arrive for the class and are taken by its processes in order of arrival.
    Open {
        /// Time between arrivals, in nanoseconds; exponential is a Poisson stream.
        interarrival: Distribution,
        /// Jobs that may wait for a process; further ones are turned away and counted. `None` is no limit.
        queue_limit: Option<u32>,
    },
}

/// A CPU burst and the pause after it.
#[derive(Clone, Debug)]
pub struct Burst {
    /// CPU time of a burst in nanoseconds.
    pub length: Distribution,
    /// What the process does then.
    pub pause: Pause,
}

/// What a process does between two bursts of a job.
#[derive(Clone, Debug)]
pub enum Pause {
    /// Waits so long, in nanoseconds, without using anything.
    Think(Distribution),
    /// One request to the file device.
    FileIo {
        /// Probability that it is a write, in [0, 1].
        write_fraction: f64,
    },
}

/// Whether a job finds the memory of the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryBetweenJobs {
    /// The process keeps its address space (a worker that serves requests).
    Keep,
    /// Each job is a new program: frames and swap space are given back, and the next begins with nothing.
    Fresh,
}
