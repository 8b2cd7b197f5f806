//! Load control: how many processes may be active, who is suspended, squeezed or killed. One file for each controller, named
//! as in the literature.
//!
//! A [`Controller`] sees an [`Observation`]: what something outside the machine could measure. It decides at its own period, and when a
//! process asks to become active; what it decides are [`Action`]s, which the machine carries out. Whom it suspends, where it
//! leaves that open, is a policy of its own ([`Victim`]).
//!
//! To add a controller, write one file with a type that implements [`Controller`] and a `ControllerEntry`, and add one line to
//! [`registry`]. The entry declares the parameters, so scenarios accept, validate and print them without further code.

pub(crate) mod fifty_percent;
pub(crate) mod fixed_mpl;
pub(crate) mod incremental_steps;
pub(crate) mod knee_criterion;
pub(crate) mod l_equals_s;
mod level;
mod meter;
pub(crate) mod none;
pub(crate) mod oomd;
mod overcommitment;
pub(crate) mod parabola;
pub(crate) mod pff;
pub mod registry;
pub(crate) mod senpai;
mod settings;
mod victim;
pub(crate) mod working_set;
pub(crate) mod wsclock_lt_rt;

pub use registry::{CONTROLLERS, find};
pub use settings::{Kind, Parameter, Setting, Settings};
pub use victim::{VICTIMS, Victim};

use crate::metrics::PressureLine;
use crate::units::{Instant, ProcessId, Span};

/// What a process is to load control.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Has no job, or is not there.
    #[default]
    Outside,
    /// Has a job, and the machine works on it.
    Active,
    /// Has a job, and waits to be (re)admitted.
    Suspended,
}

/// What can be measured of one process.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Which one.
    pub id: ProcessId,
    /// Its class.
    pub class: usize,
    /// The class's priority; a larger number is more important.
    pub priority: i32,
    /// Whether it is active.
    pub standing: Standing,
    /// When it was last admitted or resumed.
    pub activated: Instant,
    /// Frames it holds.
    pub resident: u32,
    /// Its pages in swap space.
    pub swapped: u32,
    /// CPU time it has used for its own references since the start: its virtual time.
    pub progress: Span,
    /// Page faults since the start.
    pub faults: u64,
    /// Of those, the reads of pages that had been in memory before.
    pub refaults: u64,
    /// Pages it has lost since the start.
    pub evictions: u64,
    /// Time it has been stalled on memory since the start.
    pub stalled: Span,
    /// Frames it may hold at most, where that is limited.
    pub limit: Option<u32>,
    /// Pages of its working set, as far as the machine can tell: what it holds, or held when it was suspended; with a policy that keeps
    /// working sets, exactly those.
    pub working_set: u32,
}

/// What a controller can measure. Everything that counts is cumulative from the start of the run.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// The present.
    pub now: Instant,
    /// Page frames of the machine.
    pub frames: u32,
    /// Of those, free.
    pub free: u32,
    /// Pages of swap space, and of those in use.
    pub swap: (u32, u32),
    /// CPUs.
    pub cpus: u32,
    /// Their time on the processes' own references.
    pub user: u128,
    /// Time that the paging device's servers have been busy.
    pub paging_busy: u128,
    /// Its servers.
    pub paging_servers: u64,
    /// Requests it has served, and the time it was busy with these.
    pub paging_served: (u64, u128),
    /// Requests it has now.
    pub paging_queue: u64,
    /// Page faults.
    pub faults: u64,
    /// Of those, reads.
    pub major_faults: u64,
    /// Victims that the replacement policy saw in use: memory was overcommitted. Only policies with a window or interval say so.
    pub forced: u64,
    /// Work done: jobs finished or, where jobs never end, CPU time in seconds.
    pub work: f64,
    /// Memory pressure: some and full.
    pub pressure: [PressureLine; 2],
    /// Processes that are active, and processes that wait to become so.
    pub active: u32,
    /// See `active`.
    pub waiting: u32,
    /// Every process, in order; empty unless the controller asks for it ([`Controller::sight`]).
    pub processes: &'a [Seen],
}

impl Observation<'_> {
    /// The active processes.
    pub fn actives(&self) -> impl Iterator<Item = &Seen> {
        self.processes.iter().filter(|seen| seen.standing == Standing::Active)
    }
}

/// How closely a controller looks; what it does not look at is not gathered for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// At the machine as a whole.
    Totals,
    /// At each process.
    Processes,
    /// At each process, and how many of its pages are in swap space.
    Swap,
}

/// What a controller can decide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Suspends so many active processes, of the victim policy's choice.
    Shed(u32),
    /// Suspends this one.
    Suspend(ProcessId),
    /// Resumes this one, whether or not others have waited longer.
    Resume(ProcessId),
    /// From now on it may hold so many frames (`memory.high`); what it holds beyond that is reclaimed. `None` is no limit.
    Limit(ProcessId, Option<u32>),
    /// Ends its job, and gives its memory back.
    Kill(ProcessId),
}

/// A load controller.
pub trait Controller: Send {
    /// Decides, once a period.
    fn decide(&mut self, seen: &Observation<'_>, actions: &mut Vec<Action>);

    /// Whether a process that asks may become active now. It is asked again when another leaves and after every decision.
    fn admits(&mut self, _candidate: ProcessId, _seen: &Observation<'_>) -> bool {
        true
    }

    /// A process has become active.
    fn admitted(&mut self, _process: ProcessId, _seen: &Observation<'_>) {}

    /// The number of active processes that it aims at, where it has one in mind.
    fn level(&self) -> Option<f64> {
        None
    }

    /// How closely it looks.
    fn sight(&self) -> Sight {
        Sight::Totals
    }
}

/// What a controller is made for.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// Processes of the machine.
    pub processes: u32,
    /// Page frames of the machine.
    pub frames: u32,
}

/// A controller as the registry knows it.
#[derive(Debug)]
pub struct ControllerEntry {
    /// Name in scenarios and results.
    pub name: &'static str,
    /// One line for a person.
    pub summary: &'static str,
    /// Where it was published.
    pub paper: &'static str,
    /// Time between two decisions, unless the scenario says otherwise.
    pub period: Span,
    /// Its parameters, as the scenario has them.
    pub parameters: &'static [Parameter],
    /// What it needs to be told by the replacement policy.
    pub needs: Needs,
    /// Makes one.
    pub build: Build,
}

/// What a controller needs to be told by the replacement policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: it works with every policy.
    Nothing,
    /// That memory is overcommitted, which policies with a window or interval know.
    Overcommitment,
    /// How large the working sets are too: such a policy must not hold pages that are in no working set.
    WorkingSets,
}

/// Makes a controller from its parameters.
pub type Build = fn(&Settings, Site) -> Box<dyn Controller>;

impl ControllerEntry {
    /// An entry of a controller that works with every replacement policy.
    pub const fn of(
        name: &'static str,
        summary: &'static str,
        paper: &'static str,
        period: Span,
        parameters: &'static [Parameter],
        build: Build,
    ) -> ControllerEntry {
        ControllerEntry { name, summary, paper, period, parameters, needs: Needs::Nothing, build }
    }
}

/// What suspending does to the resident set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspend {
    /// All of it is swapped out at once: dirty pages are written, clean ones dropped.
    SwapOut,
    /// It stays, and others take it page by page.
    Decay,
}

/// How a process comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// It faults its pages in again.
    Demand,
    /// The pages that it held when it was suspended are read first, as far as frames are free.
    Prepage,
}

/// Load control as a scenario asks for it.
#[derive(Clone, Debug)]
pub struct LoadControlSpec {
    /// The controller.
    pub controller: &'static ControllerEntry,
    /// Its parameters.
    pub settings: Settings,
    /// Time between two decisions.
    pub period: Span,
    /// Who is suspended.
    pub victim: Victim,
    /// What suspending does.
    pub suspend: Suspend,
    /// How a process comes back.
    pub resume: Resume,
    /// After so long a process whose job was killed begins its next; `None` is never.
    pub restart: Option<Span>,
}

/// One class's part in load control: its importance, its limits, and when its processes are there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClassControl {
    /// A larger number is more important.
    pub priority: i32,
    /// Frames that each process may hold at most (`memory.max`).
    pub max: Option<u32>,
    /// Frames of each process that are not taken while others have any that are not protected (`memory.low`).
    pub low: u32,
    /// Frames of each process that are never taken (`memory.min`).
    pub min: u32,
    /// How many of the class's processes are there from which time on; empty is all of them, always.
    pub schedule: Vec<Step>,
}

/// From a moment on, so many processes are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The moment.
    pub at: Instant,
    /// Processes, up to the class's number.
    pub count: u32,
}
