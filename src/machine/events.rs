//! What happens in a run, one thing after the other, for whoever asked to hear of it.
//!
//! Nothing is told per reference, and telling changes nothing: a run that is listened to is the same run.

use super::Machine;
use super::fault::{Finding, Store};
use crate::device::Operation;
use crate::units::{Instant, Page, ProcessId, Span};

/// Hears of every event, in order.
pub type Listener<'a> = Box<dyn FnMut(Instant, Event) + 'a>;

/// Something that has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A process has begun a job that arrived at this time.
    JobStart(ProcessId, Instant),
    /// Its job is done, so long after it arrived.
    JobEnd(ProcessId, Span),
    /// Its job was ended by force.
    JobKilled(ProcessId),
    /// It was given a CPU.
    Dispatch(ProcessId, u32),
    /// It may not run until load control lets it.
    Suspend(ProcessId),
    /// Load control lets it run.
    Activate(ProcessId),
    /// The pager looks at a page that it cannot reference.
    Fault {
        /// Who faults.
        process: ProcessId,
        /// The page of its address space.
        page: Page,
        /// Whether it wants to write.
        write: bool,
        /// What the pager found.
        found: Cause,
    },
    /// What it waited for is in memory, so long after the fault.
    FaultServed(ProcessId, Span),
    /// A page loses its frame. Numbers beyond those of the processes are memory objects.
    Evict(ProcessId, Page),
    /// Pages are on their way.
    Request {
        /// Its number; a page that is written again before its first write is done has it twice.
        tag: u64,
        /// Where to.
        operation: Operation,
        /// Whether it is the file device's.
        file: bool,
        /// How many.
        pages: u32,
    },
    /// They have arrived.
    RequestDone {
        /// Number of the request.
        tag: u64,
        /// Where to.
        operation: Operation,
        /// Whether it was the file device's.
        file: bool,
    },
}

/// What a pager finds at a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The page is being written out, and is taken back.
    Rescue,
    /// It is being read already.
    InFlight,
    /// It was read ahead.
    ReadAhead,
    /// It is there for somebody else.
    Resident,
    /// It has to be copied to be written to.
    CopyOnWrite,
    /// It has to be filled with zeros.
    ZeroFill,
    /// It has to be read from swap space.
    Swap,
    /// It has to be read from a file.
    File,
}

impl Cause {
    pub(super) fn of(finding: Finding) -> Cause {
        match finding {
            Finding::Rescue(_) => Cause::Rescue,
            Finding::Join(_) => Cause::InFlight,
            Finding::Cached(_) => Cause::ReadAhead,
            Finding::Resident(_) => Cause::Resident,
            Finding::Copy(_) => Cause::CopyOnWrite,
            Finding::Fill => Cause::ZeroFill,
            Finding::Read(Store::Swap) => Cause::Swap,
            Finding::Read(Store::File) => Cause::File,
        }
    }
}

impl Machine<'_> {
    /// Tells whoever listens.
    #[inline]
    pub(super) fn tell(&mut self, event: Event) {
        if let Some(listener) = &mut self.listener {
            listener(self.now, event);
        }
    }
}
