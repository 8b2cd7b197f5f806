//! The walk's part of the machine: making every reference up to the next event, or to the first fault before it.
//!
//! The loop is compiled once for each policy; which one runs is chosen once a run.

use super::Machine;
use super::cpu::Mode;
use super::pool::Pool;
use super::process::Process;
use super::view::View;
use crate::memory::{Memory, Place, Use};
use crate::metrics::Counters;
use crate::policy::registry::for_each_policy;
use crate::policy::{Observes, PageId, Policy, PolicyEntry, Replacement};
use crate::prefetch::prefetch;
use crate::units::{FrameId, Instant, Page, Span, Virtual};
use crate::workload::Backing;
use crate::workload::walk::Reference;
use std::any::Any;
use std::cell::Cell;

/// A fault that the walk has come upon.
#[derive(Clone, Copy, Debug)]
pub(super) struct WalkFault {
    pub at: Instant,
    cpu: usize,
    reference: Reference,
    /// The policy's victim for it, where one has been named already.
    victim: Option<FrameId>,
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
    policies: Policies<'a, P>,
    counters: &'a mut Counters,
    base: u32,
    now: Instant,
    hit: fn(&mut dyn Policy, FrameId),
    /// Faults on new pages take no time and the pool has neither free frames nor processes that wait for one.
    at_once: bool,
}

/// Who is told of hits and asked for victims.
enum Policies<'a, P> {
    /// The policy of the process's own pool; every frame that is hit is in its hands.
    Own(&'a mut P),
    /// All of them: a hit may be on a frame that another pool's policy holds, or none.
    All(&'a mut [Pool]),
}

impl<P: Replacement> Policies<'_, P> {
    /// The policy of the process's own pool.
    #[inline]
    fn own(&mut self, pool: usize) -> &mut P {
        match self {
            Policies::Own(policy) => policy,
            Policies::All(pools) => downcast(&mut pools[pool]),
        }
    }
}

fn downcast<P: Replacement>(pool: &mut Pool) -> &mut P {
    let policy: &mut dyn Any = pool.policy.as_mut();
    policy.downcast_mut::<P>().expect("the walk is chosen by the policy")
}

/// Tells of a hit the policy that holds the frame, if one does.
#[inline(never)]
fn tell_holder(pools: &mut [Pool], hit: fn(&mut dyn Policy, FrameId), frame: FrameId) {
    if let Some(pool) = pools.iter_mut().find(|pool| pool.holds(frame)) {
        let local = FrameId(frame.0 - pool.base());
        hit(pool.policy.as_mut(), local);
    }
}

/// A reference that could not be made, and the victim for it if one has been named already.
struct Missed {
    reference: Reference,
    victim: Option<FrameId>,
}

impl<'a, P: Replacement> Walker<'a, P> {
    fn of(machine: &'a mut Machine<'_>, cpu: usize) -> Walker<'a, P> {
        let process = machine.cpus[cpu].running.expect("a CPU in user mode has a process");
        let process = &mut machine.processes[process.0 as usize];
        let pool = &machine.pools[process.pool];
        let program = &machine.config.classes[process.class].program;
        let free = machine.config.fault_time == Span::ZERO
            && machine.config.virtual_memory.costs.zero_fill == Span::ZERO
            && program.backing == Backing::ZeroFill
            && program.regions.is_empty()
            && !P::RELEASES
            && !machine.limited;
        let at_once = free && pool.is_steady();
        let base = pool.base();
        let (memory, counters, now) = (&mut machine.memory, &mut machine.counters, machine.now);
        let hit = machine.config.policy.hit;
        let policies = if machine.guarded {
            Policies::All(&mut machine.pools)
        } else {
            Policies::Own(downcast(&mut machine.pools[process.pool]))
        };
        Walker { process, memory, policies, counters, base, now, hit, at_once }
    }

    /// Makes up to `count` Poisson references; the number made, and the last if it missed.
    #[inline]
    fn draw(&mut self, count: u64) -> (u64, Option<Missed>) {
        match self.policies {
            Policies::Own(_) => self.draw_in_batches::<false>(count),
            // Which of several policies holds a frame is looked up for each hit, and that has no place in the loop.
            Policies::All(_) if P::OBSERVES.sees_hits() || P::OBSERVES == Observes::LastUse => {
                self.draw_one_by_one(count)
            }
            Policies::All(_) => self.draw_in_batches::<true>(count),
        }
    }

    /// Where every frame that is hit is in the hands of the process's own pool, or the policy is not told. Pages can be protected only if
    /// the machine is `GUARDED`.
    #[inline]
    fn draw_in_batches<const GUARDED: bool>(&mut self, count: u64) -> (u64, Option<Missed>) {
        let mut made = 0;
        // Known when it is compiled, so that the loop of other policies does without.
        let stamps = const { matches!(P::OBSERVES, Observes::LastUse) };
        let mut clock = stamps.then(|| self.process.program.clock());
        while made < count {
            let entries = self.memory.tables[self.process.id.0 as usize].entries_mut();
            let entries = Cell::from_mut(entries).as_slice_of_cells();
            let base = self.base;
            let policy = self.policies.own(self.process.pool);
            let mut missed = None;
            let known = Cell::from_mut(&mut self.memory.known[..]).as_slice_of_cells();
            let mut number = made;
            made += self.process.program.draw_batch(
                count - made,
                |page: Page| prefetch(entries, page.0 as usize),
                |reference| {
                    let cell = &entries[reference.page.0 as usize];
                    let mut entry = cell.get();
                    if stamps {
                        number += 1;
                    }
                    debug_assert!(GUARDED || !entry.protected(), "there are no regions, so nothing is protected");
                    let allowed = if GUARDED { entry.allows(reference.write) } else { entry.resident() };
                    let Some(frame) = allowed else {
                        missed = Some(reference);
                        return false;
                    };
                    if P::OBSERVES == Observes::AccessedBits || reference.write {
                        entry.touch(reference.write);
                        cell.set(entry);
                    }
                    if stamps && let Some(clock) = &mut clock {
                        known[frame.0 as usize].set(clock.time(number).0);
                    }
                    if P::OBSERVES.sees_hits() {
                        policy.hit(FrameId(frame.0 - base));
                    }
                    true
                },
            );
            if let Some(reference) = missed
                && let Err(missed) = self.replace(reference)
            {
                return (made, Some(missed));
            }
        }
        (made, None)
    }

    fn draw_one_by_one(&mut self, count: u64) -> (u64, Option<Missed>) {
        let mut made = 0;
        let mut clock = self.process.program.clock();
        while made < count {
            let entries = self.memory.tables[self.process.id.0 as usize].entries_mut();
            let mut drawn = None;
            made += self.process.program.draw_batch(
                count - made,
                |page: Page| prefetch(entries, page.0 as usize),
                |reference| {
                    drawn = Some(reference);
                    false
                },
            );
            if let Some(reference) = drawn
                && let Err(missed) = self.make(reference, clock.time(made))
            {
                return (made, Some(missed));
            }
        }
        (made, None)
    }

    /// Makes one given reference.
    #[inline]
    fn make(&mut self, reference: Reference, at: Virtual) -> Result<(), Missed> {
        let entry = self.memory.tables[self.process.id.0 as usize].get_mut(reference.page);
        let Some(frame) = entry.allows(reference.write) else { return self.replace(reference) };
        entry.touch(reference.write);
        if P::OBSERVES == Observes::LastUse {
            self.memory.used(self.process.id, reference.page, frame, at);
        }
        if P::OBSERVES.sees_hits() {
            match &mut self.policies {
                Policies::Own(policy) => policy.hit(FrameId(frame.0 - self.base)),
                Policies::All(pools) => tell_holder(pools, self.hit, frame),
            }
        }
        Ok(())
    }

    /// A fault that takes no time and changes nobody else's memory is served on the spot: a new page takes the frame of a clean
    /// page of the same process. All others leave the walk, with the victim if it has been named.
    #[inline(never)]
    fn replace(&mut self, reference: Reference) -> Result<(), Missed> {
        let missed = |victim| Err(Missed { reference, victim });
        let id = self.process.id;
        if !self.at_once || self.memory.entry(id, reference.page).place() != Place::Backing {
            return missed(None);
        }
        let page_id = PageId(self.process.first_page_id + reference.page.0);
        let mut view =
            View { memory: self.memory, processes: &mut [], base: self.base, now: self.now, leaps: false, asked: 0 };
        let policy = self.policies.own(self.process.pool);
        let Some(local) = policy.victim(page_id, &mut view) else { return missed(None) };
        let victim = FrameId(local.0 + self.base);
        let (owner, page) = view.memory.owner(victim);
        let taken = view.memory.usage(victim) != Use::Resident;
        if owner != id || taken || view.memory.entry(owner, page).dirty() {
            return missed(Some(victim));
        }
        view.memory.exchange(victim, reference.page, reference.write);
        policy.loaded(local, page_id, &mut view);
        self.process.control.faults += 1;
        self.process.control.evictions += 1;
        self.counters.faults += 1;
        self.counters.zero_filled += 1;
        self.counters.clean_evictions += 1;
        self.counters.direct_evictions += 1;
        self.counters.classes[self.process.class].faults += 1;
        Ok(())
    }
}

/// One process runs, so its references need not be compared with anybody's: whole slices at a time.
fn alone<P: Replacement>(machine: &mut Machine<'_>, cpu: usize, until: Instant) -> Option<WalkFault> {
    let mut walker = Walker::<P>::of(machine, cpu);
    let begun = walker.process.user_since.expect("a process in user mode has begun");
    let start = walker.process.virtual_at;
    let limit = start + Span(until.0.checked_sub(begun.0)?);
    // A reference between the last nanosecond of the previous piece and its end is made at the beginning of this one.
    let fault = |at: Virtual, Missed { reference, victim }| {
        Some(WalkFault { at: begun + at.saturating_since(start), cpu, reference, victim })
    };
    while let Some((due, reference)) = walker.process.program.take_recorded(limit) {
        if let Err(missed) = walker.make(reference, due) {
            return fault(due, missed);
        }
    }
    loop {
        let fixed = walker.process.program.next_fixed();
        let stop = fixed.min(limit);
        loop {
            let slice = walker.process.program.slice(stop);
            let (made, missed) = walker.draw(slice.count);
            if let Some(missed) = missed {
                return fault(walker.process.program.interrupt(made), missed);
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
        if let Err(missed) = walker.make(reference, fixed) {
            return fault(fixed, missed);
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
            if let Err(Missed { reference, victim }) = walker.make(reference, fixed) {
                return Some(WalkFault { at, cpu, reference, victim });
            }
            continue;
        }
        let slice = program.slice(drawn);
        let (made, missed) = walker.draw(slice.count);
        if let Some(Missed { reference, victim }) = missed {
            walker.process.program.interrupt(made);
            return Some(WalkFault { at, cpu, reference, victim });
        }
        walker.process.program.finish(slice);
    }
}

impl Machine<'_> {
    /// The walk has come upon a fault, at the present time.
    pub(super) fn walked_into_fault(&mut self, fault: WalkFault) -> crate::error::Result<()> {
        self.settle(fault.cpu);
        self.named_victim = fault.victim;
        self.enter_pager(fault.cpu, fault.reference)
    }
}
