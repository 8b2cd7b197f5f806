//! The walk's part of the machine: making every reference up to the next event, or to the first fault before it.
//!
//! The loop is compiled once for each policy; which one runs is chosen once a run.

use super::Machine;
use super::cpu::Mode;
use super::process::Process;
use crate::error::Result;
use crate::memory::Memory;
use crate::policy::registry::for_each_policy;
use crate::policy::{Observes, PolicyEntry, Replacement};
use crate::units::{FrameId, Instant, Page, Span, Virtual};
use crate::workload::walk::Reference;
use std::any::Any;

/// A fault that the walk has come upon.
#[derive(Clone, Copy, Debug)]
pub(super) struct WalkFault {
    pub at: Instant,
    cpu: usize,
    reference: Reference,
}

/// Makes references on all CPUs up to an instant (itself included or not), and stops at the first fault.
pub(super) type WalkFn = fn(&mut Machine<'_>, Instant, bool) -> Option<WalkFault>;

macro_rules! walkers {
    ($($module:ident::$policy:ident,)*) => {
        /// The walk for a policy.
        pub(super) fn walker(entry: &'static PolicyEntry) -> WalkFn {
            $(if std::ptr::eq(entry, &raw const crate::policy::$module::ENTRY) {
                return advance::<crate::policy::$module::$policy>;
            })*
            unreachable!("every policy is in the registry")
        }
    };
}
for_each_policy!(walkers);

fn advance<P: Replacement>(machine: &mut Machine<'_>, until: Instant, inclusive: bool) -> Option<WalkFault> {
    let until = if inclusive { until } else { Instant(until.0.checked_sub(1)?) };
    let mut walkers = machine.cpus.iter().enumerate().filter(|(_, cpu)| cpu.mode == Mode::User);
    let (first, second) = (walkers.next().map(|(cpu, _)| cpu), walkers.next());
    match (first, second) {
        (None, _) => None,
        (Some(cpu), None) => alone::<P>(machine, cpu, until),
        (Some(_), Some(_)) => together::<P>(machine, until),
    }
}

/// What a reference needs of the machine, borrowed apart.
struct Walker<'a, P> {
    process: &'a mut Process,
    memory: &'a mut Memory,
    policy: &'a mut P,
    base: u32,
    sequence: &'a mut u64,
}

impl<'a, P: Replacement> Walker<'a, P> {
    fn of(machine: &'a mut Machine<'_>, cpu: usize) -> Walker<'a, P> {
        let process = machine.cpus[cpu].running.expect("a CPU in user mode has a process");
        let process = &mut machine.processes[process.0 as usize];
        let pool = &mut machine.pools[process.pool];
        let base = pool.base();
        let policy: &mut dyn Any = pool.policy.as_mut();
        let policy = policy.downcast_mut::<P>().expect("the walk is chosen by the policy");
        Walker { process, memory: &mut machine.memory, policy, base, sequence: &mut machine.sequence }
    }

    /// Makes up to `count` Poisson references; the number made and the one that faulted, if one did.
    #[inline]
    fn draw(&mut self, count: u64) -> (u64, Option<Reference>) {
        let Walker { process, memory, policy, base, sequence } = self;
        let entries = memory.tables[process.id.0 as usize].entries_mut();
        let seen = &mut memory.seen[..];
        let entries = std::cell::Cell::from_mut(entries).as_slice_of_cells();
        let mut faulted = None;
        let mut made = 0;
        while made < count && faulted.is_none() {
            made += process.program.draw_batch(
                count - made,
                // Loading all entries of a batch first lets their cache misses overlap.
                |page: Page| {
                    std::hint::black_box(entries[page.0 as usize].get());
                },
                |reference| {
                    let cell = &entries[reference.page.0 as usize];
                    let mut entry = cell.get();
                    let Some(frame) = entry.resident() else {
                        faulted = Some(reference);
                        return false;
                    };
                    match P::OBSERVES {
                        Observes::AccessedBits => {
                            entry.touch(reference.write);
                            cell.set(entry);
                        }
                        _ if reference.write => {
                            entry.touch(true);
                            cell.set(entry);
                        }
                        _ => {}
                    }
                    match P::OBSERVES {
                        Observes::LastReference => {
                            **sequence += 1;
                            seen[frame.0 as usize] = **sequence;
                        }
                        Observes::EveryReference => policy.hit(FrameId(frame.0 - *base)),
                        _ => {}
                    }
                    true
                },
            );
        }
        (made, faulted)
    }

    /// Makes one given reference; false if it faults.
    fn make(&mut self, reference: Reference) -> bool {
        let entry = self.memory.tables[self.process.id.0 as usize].get_mut(reference.page);
        let Some(frame) = entry.resident() else { return false };
        entry.touch(reference.write);
        *self.sequence += 1;
        match P::OBSERVES {
            Observes::LastReference => self.memory.seen[frame.0 as usize] = *self.sequence,
            Observes::EveryReference => self.policy.hit(FrameId(frame.0 - self.base)),
            _ => {}
        }
        true
    }
}

/// One process runs, so its references need not be compared with anybody's: whole slices at a time.
fn alone<P: Replacement>(machine: &mut Machine<'_>, cpu: usize, until: Instant) -> Option<WalkFault> {
    let mut walker = Walker::<P>::of(machine, cpu);
    let begun = walker.process.user_since.expect("a process in user mode has begun");
    let start = walker.process.virtual_at;
    let limit = start + Span(until.0.checked_sub(begun.0)?);
    // A reference between the last nanosecond of the previous piece and its end is made at the beginning of this one.
    let fault = |at: Virtual, reference| Some(WalkFault { at: begun + at.saturating_since(start), cpu, reference });
    loop {
        let fixed = walker.process.program.next_fixed();
        let stop = fixed.min(limit);
        loop {
            let slice = walker.process.program.slice(stop);
            let (made, faulted) = walker.draw(slice.count);
            if let Some(reference) = faulted {
                return fault(walker.process.program.interrupt(slice, made), reference);
            }
            walker.process.program.finish(slice);
            if slice.end >= stop {
                break;
            }
        }
        if fixed > limit {
            return None;
        }
        let reference = walker.process.program.take_fixed(fixed);
        if !walker.make(reference) {
            return fault(fixed, reference);
        }
    }
}

/// Several processes run at once: always the earliest reference of all next, so that each sees the memory as it is then.
fn together<P: Replacement>(machine: &mut Machine<'_>, until: Instant) -> Option<WalkFault> {
    loop {
        let mut first: Option<(Instant, usize)> = None;
        for cpu in 0..machine.cpus.len() {
            if machine.cpus[cpu].mode != Mode::User {
                continue;
            }
            let process = machine.cpus[cpu].running.expect("a CPU in user mode has a process");
            let process = &mut machine.processes[process.0 as usize];
            let begun = process.user_since.expect("a process in user mode has begun");
            let next = process.program.next_drawn().min(process.program.next_fixed());
            if next == Virtual::NEVER {
                continue;
            }
            let at = begun + next.saturating_since(process.virtual_at);
            if at <= until && first.is_none_or(|(earliest, _)| at < earliest) {
                first = Some((at, cpu));
            }
        }
        let (at, cpu) = first?;
        let mut walker = Walker::<P>::of(machine, cpu);
        let program = &mut walker.process.program;
        let (drawn, fixed) = (program.next_drawn(), program.next_fixed());
        if fixed <= drawn {
            let reference = program.take_fixed(fixed);
            if !walker.make(reference) {
                return Some(WalkFault { at, cpu, reference });
            }
            continue;
        }
        let slice = program.slice(drawn);
        let (made, faulted) = walker.draw(slice.count);
        if let Some(reference) = faulted {
            walker.process.program.interrupt(slice, made);
            return Some(WalkFault { at, cpu, reference });
        }
        walker.process.program.finish(slice);
    }
}

impl Machine<'_> {
    /// The walk has come upon a fault, at the present time.
    pub(super) fn walked_into_fault(&mut self, fault: WalkFault) -> Result<()> {
        self.settle(fault.cpu);
        self.enter_pager(fault.cpu, fault.reference)
    }
}
