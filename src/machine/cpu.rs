//! CPUs: who runs, on what its time goes, and when it has to stop.

use super::daemon::PAGE_DAEMON;
use super::fault::{Finding, Store};
use super::{Event, FaultCosts, Loading, Machine, Source};
use crate::error::Result;
use crate::metrics::Activity;
use crate::units::{Instant, ProcessId, Span, Virtual};
use crate::workload::leap::NextFault;
use crate::workload::walk::Reference;

/// What a CPU's time goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Idle,
    Switching,
    User,
    System,
}

/// Why the process on a CPU will have to stop.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stop {
    /// What the device's requests, and looking for a frame, have cost is paid.
    Paid,
    /// The page daemon's turn is over.
    Reclaimed,
    /// The context switch is over.
    Switched,
    /// The pager is done with the fault.
    Serviced(Reference),
    Fault(NextFault),
    Phase,
    /// Pages may leave a variable partition.
    Expiry,
    JobEnd,
    BurstEnd,
    Quantum,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Cpu {
    pub running: Option<ProcessId>,
    last: Option<ProcessId>,
    pub mode: Mode,
    /// Its time is accounted for up to here.
    since: Instant,
    /// Its idle time since here is idle still, and not work of the paging device.
    idle_from: Instant,
    quantum_end: Instant,
    stop: Stop,
    /// Whether the process that was dispatched last is another than the one before it.
    switched: bool,
}

impl Cpu {
    pub fn new() -> Cpu {
        Cpu {
            running: None,
            last: None,
            mode: Mode::Idle,
            since: Instant::ZERO,
            idle_from: Instant::ZERO,
            quantum_end: Instant::NEVER,
            stop: Stop::Switched,
            switched: false,
        }
    }
}

impl Machine<'_> {
    /// Accounts for a CPU's time up to now, and for the virtual time of the process on it.
    pub(super) fn settle(&mut self, cpu: usize) {
        let cpu = &mut self.cpus[cpu];
        let spent = self.now - cpu.since;
        cpu.since = self.now;
        let time = u128::from(spent.0);
        match cpu.mode {
            Mode::Idle => self.counters.cpu.idle += time,
            Mode::Switching => self.counters.cpu.switching += time,
            Mode::System => {
                self.counters.cpu.system += time;
                if cpu.running.is_none() {
                    self.counters.cpu.kernel += time;
                    self.counters.cpu.daemon += time;
                }
            }
            Mode::User => {
                self.counters.cpu.user += time;
                let process = &mut self.processes[cpu.running.expect("somebody runs in user mode").0 as usize];
                self.counters.classes[process.class].user += time;
                process.virtual_at = process.virtual_at + spent;
                process.user_since = Some(self.now);
                for left in [&mut process.job_left, &mut process.burst_left] {
                    if *left != Span::MAX {
                        *left = left.saturating_sub(spent);
                    }
                }
            }
        }
    }

    /// Turns up to `time` of what an idle CPU has idled since it became so into system time; gives what is left.
    pub(super) fn reclaim_idle(&mut self, cpu: usize, time: Span) -> Span {
        self.settle(cpu);
        let cpu = &mut self.cpus[cpu];
        let taken = time.min(self.now - cpu.idle_from);
        cpu.idle_from = cpu.idle_from.saturating_add(taken);
        self.counters.cpu.idle -= u128::from(taken.0);
        self.counters.cpu.system += u128::from(taken.0);
        self.counters.cpu.kernel += u128::from(taken.0);
        time - taken
    }

    pub(super) fn turn_cpu(&mut self, cpu: usize, mode: Mode) {
        self.settle(cpu);
        self.cpus[cpu].mode = mode;
        self.cpus[cpu].idle_from = self.now;
        if let Some(process) = self.cpus[cpu].running {
            self.processes[process.0 as usize].user_since = (mode == Mode::User).then_some(self.now);
        }
    }

    /// A process can run again.
    pub(super) fn make_ready(&mut self, process: ProcessId) {
        if self.steered && self.stopped(process) {
            return;
        }
        self.turn(process, Activity::Ready);
        self.ready.push_back(process);
        if let Some(cpu) = self.cpus.iter().position(|cpu| cpu.mode == Mode::Idle) {
            self.dispatch(cpu);
        }
    }

    /// The process on a CPU gives it up, to do `next`, and another gets it.
    pub(super) fn leave_cpu(&mut self, cpu: usize, next: Activity) {
        let process = self.vacate(cpu);
        self.turn(process, next);
        if next == Activity::Ready {
            self.ready.push_back(process);
        }
        self.fill_cpu(cpu);
    }

    /// The process on a CPU gives it up; the caller says what it does next, and then fills the CPU.
    pub(super) fn vacate(&mut self, cpu: usize) -> ProcessId {
        self.turn_cpu(cpu, Mode::Idle);
        let process = self.cpus[cpu].running.take().expect("somebody leaves");
        self.processes[process.0 as usize].cpu = None;
        process
    }

    /// Gives a vacated CPU to somebody, if that has not happened yet.
    pub(super) fn fill_cpu(&mut self, cpu: usize) {
        if self.cpus[cpu].mode == Mode::Idle {
            self.dispatch(cpu);
        }
    }

    /// Gives a free CPU to the process that has waited longest.
    fn dispatch(&mut self, cpu: usize) {
        let Some(process) = self.ready.pop_front() else {
            self.schedule(Source::Cpu(cpu), Instant::NEVER);
            return;
        };
        if process == PAGE_DAEMON {
            self.run_daemon(cpu);
            return;
        }
        self.turn(process, Activity::Running);
        self.settle(cpu);
        self.cpus[cpu].running = Some(process);
        self.processes[process.0 as usize].cpu = Some(cpu);
        self.tell(Event::Dispatch(process, cpu as u32));
        let switched = self.cpus[cpu].last != Some(process);
        self.cpus[cpu].last = Some(process);
        if self.system_debt > Span::ZERO {
            let debt = std::mem::replace(&mut self.system_debt, Span::ZERO);
            self.cpus[cpu].switched = switched;
            self.turn_cpu(cpu, Mode::System);
            self.stop_after(cpu, debt, Stop::Paid);
        } else {
            self.switch_in(cpu, switched);
        }
    }

    /// The process that was given the CPU begins on it, after the switch to it if it is another than the last.
    fn switch_in(&mut self, cpu: usize, switched: bool) {
        if switched && self.config.context_switch > Span::ZERO {
            self.turn_cpu(cpu, Mode::Switching);
            self.stop_after(cpu, self.config.context_switch, Stop::Switched);
        } else {
            self.begin_quantum(cpu);
        }
    }

    fn begin_quantum(&mut self, cpu: usize) {
        self.cpus[cpu].quantum_end = match self.config.quantum {
            Some(quantum) => self.now.saturating_add(quantum),
            None => Instant::NEVER,
        };
        self.run_user(cpu);
    }

    /// The process on the CPU goes on with its own references, first of all the one that faulted.
    pub(super) fn run_user(&mut self, cpu: usize) {
        self.turn_cpu(cpu, Mode::User);
        let id = self.cpus[cpu].running.expect("somebody runs");
        let process = &mut self.processes[id.0 as usize];
        process.history.begin(process.virtual_at, self.now);
        self.prune_history(id);
        if self.processes[id.0 as usize].pinned.is_some() {
            if let Some(again) = self.execute_faulted(id) {
                // The page is there, but may not be written to: the instruction faults once more.
                self.turn_cpu(cpu, Mode::System);
                self.stop_after(cpu, self.pager_time(id, again), Stop::Serviced(again));
                return;
            }
            self.note_start(id);
        }
        if self.steered && self.processes[id.0 as usize].control.mark.is_some() {
            // This is the safe point that it has been waiting for.
            self.vacate(cpu);
            self.stopped(id);
            self.fill_cpu(cpu);
            return;
        }
        let process = &self.processes[id.0 as usize];
        if process.starting.is_some() && self.config.classes[process.class].loading != Loading::Demand {
            self.note_start(id);
        }
        self.plan(cpu);
    }

    /// Finds out why and when the process on the CPU will stop.
    pub(super) fn plan(&mut self, cpu: usize) {
        let quantum_left = Span(self.cpus[cpu].quantum_end.0.saturating_sub(self.now.0));
        let id = self.cpus[cpu].running.expect("somebody runs");
        let expiry = self.expiry(id);
        let process = &mut self.processes[id.0 as usize];
        let now = process.virtual_at;
        let mut after = Span::MAX;
        let mut stop = Stop::Quantum;
        let mut offer = |span: Span, why: Stop| {
            if span < after {
                (after, stop) = (span, why);
            }
        };
        // In order of precedence at equal times: a reference at the very end still belongs to what ends.
        if self.leaps {
            if let Some(fault) = process.program.next_fault(now, process.held) {
                offer(fault.at - now, Stop::Fault(fault));
            }
            offer(process.program.phase_end().saturating_since(now), Stop::Phase);
        }
        if expiry != Virtual::NEVER {
            offer(expiry.saturating_since(now), Stop::Expiry);
        }
        offer(process.job_left, Stop::JobEnd);
        offer(process.burst_left, Stop::BurstEnd);
        offer(quantum_left, Stop::Quantum);
        self.stop_after(cpu, after, stop);
    }

    pub(super) fn stop_after(&mut self, cpu: usize, span: Span, stop: Stop) {
        self.cpus[cpu].stop = stop;
        let at = if span == Span::MAX { Instant::NEVER } else { self.now.saturating_add(span) };
        self.schedule(Source::Cpu(cpu), at);
    }

    /// The pager works on the fault, on this CPU.
    pub(super) fn enter_pager(&mut self, cpu: usize, reference: Reference) -> Result<()> {
        self.turn_cpu(cpu, Mode::System);
        let id = self.cpus[cpu].running.expect("the faulting process runs");
        let time = self.pager_time(id, reference);
        if time == Span::ZERO {
            return self.service(cpu, reference);
        }
        self.stop_after(cpu, time, Stop::Serviced(reference));
        Ok(())
    }

    /// CPU time of the pager for a fault: by what it finds when it begins.
    fn pager_time(&self, id: ProcessId, reference: Reference) -> Span {
        let costs = &self.config.virtual_memory.costs;
        if *costs == FaultCosts::default() || self.violation(id, reference).is_some() {
            return self.config.fault_time;
        }
        let cost = match self.find(id, reference).what {
            Finding::Fill => costs.zero_fill,
            Finding::Copy(_) => costs.copy,
            Finding::Resident(_) | Finding::Cached(_) => costs.resident,
            Finding::Rescue(_) => costs.rescue,
            Finding::Join(_) => costs.in_flight,
            Finding::Read(Store::File) => costs.file,
            Finding::Read(Store::Swap) => costs.swap,
        };
        self.config.fault_time.saturating_add(cost)
    }

    /// The process on the CPU stops for the reason that was foreseen.
    pub(super) fn cpu_stop(&mut self, cpu: usize) -> Result<()> {
        self.settle(cpu);
        if let Stop::Reclaimed = self.cpus[cpu].stop {
            self.daemon_ran(cpu);
            return Ok(());
        }
        let id = self.cpus[cpu].running.expect("a CPU that stops was running");
        match self.cpus[cpu].stop {
            Stop::Reclaimed => {}
            Stop::Paid => self.switch_in(cpu, self.cpus[cpu].switched),
            Stop::Switched => self.begin_quantum(cpu),
            Stop::Serviced(reference) => self.service(cpu, reference)?,
            Stop::Fault(fault) => {
                let (process, memory) = (&mut self.processes[id.0 as usize], &self.memory);
                match process.program.fault_page(fault, |page| memory.prefetch_entry(id, page)) {
                    Some(reference) => self.enter_pager(cpu, reference)?,
                    None => self.plan(cpu),
                }
            }
            Stop::Phase => {
                self.leap_phases(id);
                self.plan(cpu);
            }
            Stop::Expiry => self.expire(cpu, id)?,
            Stop::JobEnd => self.end_job(cpu),
            Stop::BurstEnd => self.end_burst(cpu),
            Stop::Quantum if self.ready.is_empty() => {
                self.begin_quantum(cpu);
            }
            Stop::Quantum => self.leave_cpu(cpu, Activity::Ready),
        }
        Ok(())
    }
}
