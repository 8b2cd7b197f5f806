//! Processes that come and go on a schedule: the offered load as a function of time.
//!
//! One that has to go finishes its job first; an endless job is over then, and counts as finished. It leaves nothing in memory.

use super::process::{Mark, Wake};
use super::{Machine, Source};
use crate::units::{Instant, ProcessId, Span};

impl Machine<'_> {
    /// The processes of a class, by number.
    fn of_class(&self, class: usize) -> std::ops::Range<usize> {
        let first = self.processes.partition_point(|process| process.class < class);
        first..self.processes.partition_point(|process| process.class <= class)
    }

    /// Sends everybody home whose class has a schedule, and waits for its first step.
    pub(super) fn start_schedule(&mut self, class: usize) {
        let config = self.config;
        let Some(first) = config.classes[class].control.schedule.first() else { return };
        for number in self.of_class(class) {
            self.processes[number].control.absent = true;
            self.schedule(Source::Timer(ProcessId(number as u32)), Instant::NEVER);
        }
        self.schedule(Source::Step(class), first.at);
    }

    /// A step of a class's schedule: from now on so many of its processes are there.
    pub(super) fn take_step(&mut self, class: usize) {
        let config = self.config;
        let steps = &config.classes[class].control.schedule;
        let due = steps.iter().rev().find(|step| step.at <= self.now);
        let next = steps.iter().find(|step| step.at > self.now).map_or(Instant::NEVER, |step| step.at);
        self.schedule(Source::Step(class), next);
        let Some(due) = due else { return };
        let mut newcomers = 0;
        for (place, number) in self.of_class(class).enumerate() {
            let id = ProcessId(number as u32);
            let present = (place as u64) < u64::from(due.count);
            let absent = std::mem::replace(&mut self.processes[number].control.absent, !present);
            if present && absent {
                self.come(id, Span(config.classes[class].stagger.0.saturating_mul(newcomers)));
                newcomers += 1;
            } else if !present && !absent {
                self.go(id);
            }
        }
    }

    fn come(&mut self, id: ProcessId, after: Span) {
        let process = &mut self.processes[id.0 as usize];
        // One that is still at its last job stays.
        if !process.control.in_job {
            process.wake = Wake::Enter;
            self.schedule(Source::Timer(id), self.now.saturating_add(after));
        }
    }

    fn go(&mut self, id: ProcessId) {
        let process = &self.processes[id.0 as usize];
        let class = process.class;
        if !process.control.in_job {
            self.classes[class].idle.retain(|idle| *idle != id);
            self.depart(id);
        } else if !self.ends(class) {
            self.end_by_force(id, Mark::Leave);
        }
    }

    /// A process leaves; it may come back.
    pub(super) fn depart(&mut self, id: ProcessId) {
        self.release_memory(id);
        self.retire(id);
    }

    /// Number of processes that are there.
    pub(super) fn present(&self) -> u64 {
        self.processes.iter().filter(|process| !process.control.absent).count() as u64
    }

    /// Whether any class comes and goes.
    pub(super) fn scheduled(&self) -> bool {
        self.config.classes.iter().any(|class| !class.control.schedule.is_empty())
    }
}
