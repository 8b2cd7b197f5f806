//! Protection faults, and processes that are killed for one or because swap space is full.

use super::fault::pool_and_view;
use super::process::{Mark, Process};
use super::{Machine, OnFull, OnViolation, Source};
use crate::error::Result;
use crate::load_control::Standing;
use crate::metrics::{Activity, Counters, VIOLATIONS, Violation};
use crate::policy::Observes;
use crate::units::{FrameId, Instant, ProcessId, Virtual};
use crate::workload::RegionKind;
use crate::workload::walk::Reference;

impl Machine<'_> {
    /// What is wrong with a reference, if the process has no right to make it.
    pub(super) fn violation(&self, id: ProcessId, reference: Reference) -> Option<Violation> {
        let program = &self.config.classes[self.processes[id.0 as usize].class].program;
        let region = program.region(reference.page)?;
        let allowed = region.protection;
        match region.kind {
            RegionKind::Gap => Some(Violation::Outside),
            RegionKind::Kernel => Some(Violation::Kernel),
            _ if reference.write => (!allowed.write).then_some(Violation::Write),
            _ if region.executes => (!allowed.execute).then_some(Violation::Execute),
            _ => (!allowed.read).then_some(Violation::Read),
        }
    }

    /// The process on a CPU has made a reference that it has no right to make.
    pub(super) fn violated(
        &mut self,
        cpu: usize,
        id: ProcessId,
        reference: Reference,
        violation: Violation,
    ) -> Result<()> {
        let class = &mut self.counters.classes[self.processes[id.0 as usize].class];
        class.violations[violation as usize] += 1;
        match self.config.virtual_memory.on_violation {
            OnViolation::Count => {
                self.pass_over(id, reference);
                self.run_user(cpu);
            }
            OnViolation::Kill => {
                self.vacate(cpu);
                self.bury(id);
                self.fill_cpu(cpu);
            }
        }
        Ok(())
    }

    /// A reference that was refused has not touched its page: in the leap, what came before it is settled, and counting goes on after
    /// it.
    fn pass_over(&mut self, id: ProcessId, reference: Reference) {
        let Some(frame) = self.memory.entry(id, reference.page).resident().filter(|_| self.leaps) else { return };
        let process = &mut self.processes[id.0 as usize];
        let (from, to) = (self.memory.seen_by(id, reference.page, frame), process.virtual_at);
        let before = Virtual(to.0.saturating_sub(1));
        if before > from {
            let entry = self.memory.entry(id, reference.page);
            let revealed = process.program.reveal_last(reference.page, from, before, entry.dirty(), entry.protected());
            if let Some(last) = revealed.last {
                self.memory.entry_mut(id, reference.page).touch(revealed.written);
                if self.config.policy.observes == Observes::LastUse {
                    self.memory.used(id, reference.page, frame, last);
                } else if self.config.policy.observes == Observes::LastReference {
                    self.memory.learn(frame, process.history.real(last));
                }
            }
        }
        self.memory.see(id, reference.page, frame, to);
    }

    /// A process that is on no CPU and waits for nothing is dead: its job ends, its memory is given back, and the process goes on to
    /// its next job as a new one.
    fn bury(&mut self, id: ProcessId) {
        let process = &mut self.processes[id.0 as usize];
        (process.faulted, process.copying, process.doomed) = (None, false, false);
        (process.loading, process.starting) = (None, None);
        (process.control.in_job, process.control.mark) = (false, None);
        if std::mem::take(&mut process.awaits_read) {
            self.counters.awaiting_frame_for_read -= 1;
            self.counters.abandoned += 1;
        }
        let (class, arrived) = (process.class, process.job_arrived);
        let killed = &mut self.counters.classes[class];
        killed.jobs.depart(arrived, self.now);
        killed.killed += 1;
        killed.killed_residence += u128::from((self.now - arrived).0);
        if self.processes[id.0 as usize].control.standing == Standing::Suspended {
            self.leave_queue(id);
        }
        self.passive(id, Standing::Outside);
        self.release_memory(id);
        self.next_job(id);
    }

    /// Names the process that holds most memory, in frames and in swap space, to be killed when the present event is done; unless
    /// somebody is dying already.
    pub(super) fn condemn_largest(&mut self) {
        let dies = |process: &Process| process.doomed || matches!(process.control.mark, Some(Mark::Kill | Mark::Leave));
        if !self.condemned.is_empty() || self.processes.iter().any(dies) {
            return;
        }
        let size = |process: &Process| self.memory.swapped(process.id) + process.held;
        // The first of several that are equally large.
        let largest =
            self.processes.iter().filter(|process| process.control.in_job).rev().max_by_key(|process| size(process));
        if let Some(process) = largest.filter(|process| size(process) > 0) {
            self.condemned.push(process.id);
        }
    }

    /// Kills a process wherever it is. One whose page or file request is under way dies when that is done.
    pub(super) fn terminate(&mut self, id: ProcessId) {
        let process = &mut self.processes[id.0 as usize];
        if !process.control.in_job {
            return;
        }
        match process.activity {
            Activity::Running => {
                let cpu = process.cpu.expect("who runs is on a CPU");
                self.vacate(cpu);
                self.bury(id);
                self.fill_cpu(cpu);
                return;
            }
            Activity::Ready => self.ready.retain(|other| *other != id),
            Activity::FrameWait => {
                let pool = process.pool;
                self.pools[pool].waiters.retain(|other| *other != id);
            }
            Activity::PageWait | Activity::FileIo => {
                process.doomed = true;
                return;
            }
            // Between two bursts.
            Activity::Thinking => self.schedule(Source::Timer(id), Instant::NEVER),
            Activity::Suspended => {}
            Activity::Idle => return,
        }
        self.bury(id);
    }

    /// What a process that is doomed waited for is done.
    pub(super) fn die_if_doomed(&mut self, id: ProcessId) {
        if self.processes[id.0 as usize].doomed {
            self.condemned.push(id);
        }
    }

    /// Where swap space may run out: whether a page that would have to leave its frame cannot be written anywhere. It is set aside then,
    /// until swap space is free.
    pub(super) fn set_aside(&mut self, pool: usize, victim: FrameId) -> bool {
        if self.config.virtual_memory.on_full == OnFull::Error {
            return false;
        }
        let (_, mut view) = pool_and_view!(self, pool);
        if !view.settle_dirty(victim) || self.memory.can_clean(victim) {
            return false;
        }
        self.counters.swap_full += 1;
        self.pools[pool].stranded.insert(victim.0);
        true
    }

    /// No page of a pool can be evicted for a process that needs a frame. If that is so because swap space is full, and nothing is on its
    /// way out, somebody may have to die.
    pub(super) fn lack_slots(&mut self, pool: usize) {
        let pool = &self.pools[pool];
        let full = !pool.stranded.is_empty() && pool.cleaning == 0;
        if full && self.config.virtual_memory.on_full == OnFull::KillLargest {
            self.condemn_largest();
        }
    }

    /// Swap slots have become free: as many pages as can be written now may be evicted again.
    pub(super) fn return_stranded(&mut self) {
        let mut slots = self.memory.swap.capacity() - self.memory.swap.used();
        for number in 0..self.pools.len() {
            while slots > 0
                && let Some(frame) = self.pools[number].stranded.pop_first()
            {
                slots -= 1;
                self.hand_over(FrameId(frame));
            }
        }
    }

    /// Violations and killed processes over the measured time; each only where it can occur.
    pub(super) fn protection_values(
        &self,
        put: &mut impl FnMut(&str, f64),
        first: &Counters,
        last: &Counters,
        seconds: f64,
    ) {
        let regions = self.has_regions();
        let full = self.config.virtual_memory.on_full != OnFull::Error;
        if regions {
            let total = |c: &Counters, kind: usize| c.classes.iter().map(|class| class.violations[kind]).sum::<u64>();
            for (kind, name) in VIOLATIONS.iter().enumerate() {
                let count = total(last, kind) - total(first, kind);
                if total(last, kind) > 0 {
                    put(&format!("violations_{name}_per_second"), count as f64 / seconds);
                }
            }
        }
        if full {
            put("swap_full_per_second", (last.swap_full - first.swap_full) as f64 / seconds);
        }
        if regions || full {
            let killed = |c: &Counters| c.classes.iter().map(|class| class.killed).sum::<u64>();
            if killed(last) > 0 {
                put("jobs_killed_per_second", (killed(last) - killed(first)) as f64 / seconds);
            }
        }
    }
}
