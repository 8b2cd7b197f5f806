//! A process: its program, its job, and where it is.

use crate::load_control::{ClassControl, Standing};
use crate::memory::PageTable;
use crate::metrics::{Activity, PressureGroup};
use crate::rng::Stream;
use crate::units::{FrameId, Instant, Page, ProcessId, Span, Virtual};
use crate::workload::Program;
use crate::workload::walk::Reference;

/// Why a sleeping process wakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wake {
    /// It enters the system.
    Enter,
    /// The think time between two jobs is over.
    NextJob,
    /// The think time between two bursts is over.
    NextBurst,
}

/// What will be done with a process at its next safe point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Suspend,
    Kill,
    /// Its endless job is over, as its schedule has it.
    Leave,
}

/// What load control and the pressure on memory need to know of a process.
#[derive(Debug, Default)]
pub(super) struct Control {
    pub standing: Standing,
    pub mark: Option<Mark>,
    /// Whether it has a job.
    pub in_job: bool,
    /// When it last became active, and its faults until then.
    pub activated: Instant,
    pub faults_before: u64,
    pub faults: u64,
    pub refaults: u64,
    pub evictions: u64,
    /// Time it has been stalled on memory.
    pub stalled: Span,
    /// Whether the page it waits for was in memory before.
    pub thrashes: bool,
    /// Pages that were in memory and are in the program's file again, a bit each; where there can be any.
    evicted: Vec<u64>,
    /// The pages it held when it was suspended, to be read when it is resumed; and how many there were.
    pub set: Vec<Page>,
    pub set_size: u32,
    /// Reads of such pages that are under way.
    pub prepaging: u32,
    pub limit: Option<u32>,
    /// Frames that are not taken from it while others have any to spare, and frames that are never taken.
    pub low: u32,
    pub min: u32,
    /// Where the search for a page of its own that can go has come to.
    pub hand: u32,
    /// Whether it is not there, as its schedule has it.
    pub absent: bool,
}

impl Control {
    /// Of a process with so many pages that have another copy than in swap space.
    pub fn new(pages_in_file: u32, class: &ClassControl) -> Control {
        Control {
            evicted: vec![0; pages_in_file.div_ceil(64) as usize],
            limit: class.max,
            low: class.low,
            min: class.min,
            ..Control::default()
        }
    }

    pub fn note_evicted(&mut self, page: Page) {
        self.evictions += 1;
        if let Some(word) = self.evicted.get_mut(page.0 as usize / 64) {
            *word |= 1 << (page.0 % 64);
        }
    }

    pub fn was_evicted(&self, page: Page) -> bool {
        self.evicted.get(page.0 as usize / 64).is_some_and(|word| word >> (page.0 % 64) & 1 != 0)
    }

    /// Its memory is given back: what comes next is a new program.
    pub fn forget_pages(&mut self) {
        self.evicted.fill(0);
        self.set.clear();
        self.set_size = 0;
    }
}

/// A process at run time.
#[derive(Debug)]
pub(super) struct Process {
    pub id: ProcessId,
    pub class: usize,
    pub program: Program,
    /// Whether it waits for a frame for its own copy of a page that it has written to.
    pub copying: bool,
    /// Whether it waits for a frame to read a page into.
    pub awaits_read: bool,
    /// Whether anything has been brought into its address space since that was new.
    pub populated: bool,
    /// The next page to be brought in before its first reference.
    pub loading: Option<Page>,
    /// When its job began in a new address space, until its first reference is executed.
    pub starting: Option<Instant>,
    /// Whether it will be killed when what it waits for is done.
    pub doomed: bool,
    /// Which pool of frames it faults into.
    pub pool: usize,
    /// Number of its first page among the pages of all processes.
    pub first_page_id: u32,
    pub activity: Activity,
    /// Since when it is in that activity.
    pub since: Instant,
    /// Virtual time at `user_since`, or now if that is `None`.
    pub virtual_at: Virtual,
    /// While it executes its own references: the moment to which `virtual_at` belongs.
    pub user_since: Option<Instant>,
    pub cpu: Option<usize>,
    /// Frames that hold its own pages; those of memory objects are nobody's in particular.
    pub held: u32,
    /// CPU time until its job ends, and until its burst does; [`Span::MAX`] is never.
    pub job_left: Span,
    pub burst_left: Span,
    pub job_arrived: Instant,
    /// The reference that faulted and has not been executed; its page stays pinned until then.
    pub faulted: Option<Reference>,
    pub pinned: Option<FrameId>,
    pub fault_at: Instant,
    pub wake: Wake,
    pub streams: ProcessStreams,
    pub history: History,
    pub control: Control,
}

/// A process's own random numbers, apart from its program's.
#[derive(Debug)]
pub(super) struct ProcessStreams {
    pub jobs: Stream,
    pub bursts: Stream,
    pub thinking: Stream,
}

impl Process {
    /// What it is to the pressure on memory.
    #[inline]
    pub fn pressure_group(&self) -> PressureGroup {
        match self.activity {
            Activity::Ready | Activity::Running => PressureGroup::Productive,
            Activity::FrameWait => PressureGroup::Stalled,
            Activity::PageWait if self.control.thrashes => PressureGroup::Stalled,
            Activity::PageWait | Activity::FileIo => PressureGroup::Io,
            Activity::Idle | Activity::Thinking | Activity::Suspended => PressureGroup::Idle,
        }
    }

    /// Its virtual time at a real one.
    #[inline]
    pub fn virtual_now(&self, now: Instant) -> Virtual {
        match self.user_since {
            Some(since) => self.virtual_at + (now - since),
            None => self.virtual_at,
        }
    }
}

/// Which real time belongs to a virtual one: a piece for each time the process ran.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Whether it is kept at all; only LRU across processes asks.
    pub kept: bool,
    pieces: Vec<(Virtual, Instant)>,
    prune_at: usize,
}

impl History {
    /// The process begins to run.
    pub fn begin(&mut self, at: Virtual, now: Instant) {
        // A piece that only continues the last one says nothing new: the process never stopped.
        let continues = |&(start, real): &(Virtual, Instant)| now - real == at - start;
        if self.kept && !self.pieces.last().is_some_and(continues) {
            self.pieces.push((at, now));
        }
    }

    /// The real time of a virtual time at which the process was running.
    pub fn real(&self, at: Virtual) -> Instant {
        let after = self.begun_before(at);
        match after.checked_sub(1).map(|before| self.pieces[before]) {
            Some((start, real)) => real + (at - start),
            // Exactly at the beginning of the first piece.
            None => self.pieces.first().map_or(Instant::ZERO, |(_, real)| *real),
        }
    }

    /// The number of pieces that begin before a time. There may be millions, and each probe of a plain binary search would wait for
    /// memory; as the pieces are about equally long, the place is guessed.
    fn begun_before(&self, at: Virtual) -> usize {
        let (mut low, mut high) = (0, self.pieces.len());
        // All before `low` begin before the time, none from `high` on does.
        while high - low > 16 {
            let (from, to) = (self.pieces[low].0, self.pieces[high - 1].0);
            if at <= from {
                return low;
            }
            if at > to {
                return high;
            }
            let share = (at - from).0 as f64 / (to - from).0 as f64;
            let guess = low + (share * (high - low) as f64) as usize;
            // What is sought lies about a standard deviation from the guess: both sides of it are tried before halving.
            let reach = libm::sqrt((high - low) as f64) as usize;
            let (left, right) = (guess.saturating_sub(reach).max(low), (guess + reach).min(high - 1));
            let before = (low, high);
            if self.pieces[left].0 < at {
                low = left;
            } else {
                high = left + 1;
            }
            if right < high && self.pieces[right].0 >= at {
                high = right + 1;
            } else if right < high {
                low = low.max(right);
            }
            if before == (low, high) {
                break;
            }
        }
        low + self.pieces[low..high].partition_point(|(start, _)| *start < at)
    }

    /// Whether it has grown enough to look which pieces are still needed.
    pub fn wants_pruning(&self) -> bool {
        self.pieces.len() > self.prune_at.max(1024)
    }

    /// Forgets the pieces that end before the oldest time that may still be asked about.
    pub fn prune(&mut self, oldest: Virtual, table: &PageTable) {
        let first = self.pieces.partition_point(|(start, _)| *start <= oldest).saturating_sub(1);
        self.pieces.drain(..first);
        // Looking costs a walk of the page table, so it has to be earned.
        self.prune_at = (2 * self.pieces.len()).max(table.pages() as usize / 4);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a plain scan, for pieces as even or uneven as they come.
        #[test]
        fn the_piece_of_a_time_is_the_one_a_scan_finds(
            gaps in proptest::collection::vec((0u64..2000, 1u64..50), 1..800),
            power in 1u32..4,
            share in 0.0f64..1.1,
        ) {
            let mut history = History { kept: true, ..History::default() };
            let (mut at, mut now) = (0u64, 0u64);
            for (ran, waited) in &gaps {
                history.begin(Virtual(at), Instant(now));
                at += ran.pow(power);
                now += ran.pow(power) + waited;
            }
            let asked = Virtual((at as f64 * share) as u64);
            let scanned = history.pieces.iter().filter(|(start, _)| *start < asked).count();
            prop_assert_eq!(history.begun_before(asked), scanned);
        }
    }
}
