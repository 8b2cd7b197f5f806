//! Load control at work: what the controller sees, and what becomes of its decisions.
//!
//! A process is suspended, killed or sent away at a safe point only: when no page of its is pinned or on its way in. Until it comes to one it bears
//! a [`Mark`], but for load control it has left at once.

use super::cpu::Mode;
use super::fault::Finding;
use super::pool::Pool;
use super::process::{Mark, Wake};
use super::{Event, Machine, OnFull, Source};
use crate::error::{Error, Result};
use crate::load_control::{
    Action, Controller, LoadControlSpec, Observation, Resume, Seen, Sight, Site, Standing, Suspend,
};
use crate::memory::{Place, Use};
use crate::metrics::Activity;
use crate::policy::Owner;
use crate::units::{FrameId, Instant, Page, ProcessId, Span};
use crate::workload::walk::Reference;
use std::collections::VecDeque;

/// Load control of a machine.
pub(super) struct LoadControl<'a> {
    spec: &'a LoadControlSpec,
    controller: Box<dyn Controller>,
    /// Processes that wait to become active, in order.
    queue: VecDeque<ProcessId>,
    active: u32,
    /// Since when nobody is active although somebody waits.
    deserted: Option<Instant>,
    /// Scratch: what is seen of each process, and what was decided.
    seen: Vec<Seen>,
    actions: Vec<Action>,
}

impl<'a> LoadControl<'a> {
    pub fn new(spec: &'a LoadControlSpec, site: Site) -> LoadControl<'a> {
        LoadControl {
            spec,
            controller: (spec.controller.build)(&spec.settings, site),
            queue: VecDeque::new(),
            active: 0,
            deserted: None,
            seen: Vec::new(),
            actions: Vec::new(),
        }
    }
}

impl Machine<'_> {
    /// The controller's period is over: it decides.
    pub(super) fn control(&mut self) {
        for cpu in 0..self.cpus.len() {
            self.settle(cpu);
        }
        let Some(load) = &mut self.load else { return };
        let mut actions = std::mem::take(&mut load.actions);
        let next = self.now.saturating_add(load.spec.period);
        self.consult(|controller, seen| controller.decide(seen, &mut actions));
        for action in actions.drain(..) {
            self.carry_out(action);
        }
        if let Some(load) = &mut self.load {
            load.actions = actions;
        }
        self.vacancy = true;
        self.schedule(Source::Controller, next);
    }

    /// Shows the controller the machine and asks it something; `None` without load control.
    fn consult<T>(&mut self, ask: impl FnOnce(&mut dyn Controller, &Observation<'_>) -> T) -> Option<T> {
        let mut load = self.load.take()?;
        self.look(&mut load, false);
        let seen = self.observation(load.active, load.queue.len(), &load.seen);
        let answer = ask(load.controller.as_mut(), &seen);
        self.load = Some(load);
        Some(answer)
    }

    /// Lists the processes for the controller, if it looks at them or somebody else has to.
    fn look(&self, load: &mut LoadControl<'_>, anyway: bool) {
        load.seen.clear();
        let sight = load.controller.sight();
        if sight == Sight::Totals && !anyway {
            return;
        }
        for process in &self.processes {
            let class = &self.config.classes[process.class];
            let control = &process.control;
            let stalled_now = if process.pressure_group() == crate::metrics::PressureGroup::Stalled {
                self.now - process.since
            } else {
                Span::ZERO
            };
            load.seen.push(Seen {
                id: process.id,
                class: process.class,
                priority: class.control.priority,
                standing: control.standing,
                activated: control.activated,
                resident: process.held,
                swapped: if sight == Sight::Swap { self.memory.swapped(process.id) } else { 0 },
                progress: Span(process.virtual_now(self.now).0),
                faults: control.faults,
                refaults: control.refaults,
                evictions: control.evictions,
                stalled: control.stalled.saturating_add(stalled_now),
                limit: control.limit,
                working_set: if control.standing == Standing::Active {
                    let known = self.pools[process.pool].policy.working_set(Owner(process.id.0));
                    known.unwrap_or(process.held)
                } else {
                    control.set_size.max(process.held)
                },
            });
        }
    }

    fn observation<'s>(&self, active: u32, waiting: usize, processes: &'s [Seen]) -> Observation<'s> {
        let counters = &self.counters;
        Observation {
            now: self.now,
            frames: self.memory.frames() - self.memory.wired(),
            free: self.pools.iter().map(Pool::free).sum(),
            swap: (self.memory.swap.capacity(), self.memory.swap.used()),
            cpus: self.cpus.len() as u32,
            user: counters.cpu.user,
            paging_busy: counters.paging.busy(self.now),
            paging_servers: self.paging.servers() as u64,
            paging_served: (counters.paging.requests.departures, counters.paging.served),
            paging_queue: counters.paging.requests.inside,
            faults: counters.faults,
            major_faults: counters.major,
            forced: self.forced(),
            work: self.work(counters),
            pressure: counters.pressure.lines(self.now),
            active,
            waiting: waiting as u32,
            processes,
        }
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Shed(count) => {
                for _ in 0..count {
                    let Some(mut load) = self.load.take() else { return };
                    self.look(&mut load, true);
                    let since = |seen: &Seen| seen.faults - self.processes[seen.id.0 as usize].control.faults_before;
                    let actives = load.seen.iter().filter(|seen| seen.standing == Standing::Active);
                    let victim = load.spec.victim.choose(actives.map(|seen| (seen, since(seen))));
                    self.load = Some(load);
                    match victim {
                        Some(victim) => self.suspend(victim),
                        None => return,
                    }
                }
            }
            Action::Suspend(id) => self.suspend(id),
            Action::Resume(id) => {
                if self.processes[id.0 as usize].control.standing == Standing::Suspended {
                    self.leave_queue(id);
                    self.activate(id);
                }
            }
            Action::Limit(id, limit) => self.limit(id, limit),
            Action::Kill(id) => self.end_by_force(id, Mark::Kill),
        }
    }

    /// A process has a job: it becomes active, or waits to.
    pub(super) fn enter(&mut self, id: ProcessId) {
        let control = &mut self.processes[id.0 as usize].control;
        control.in_job = true;
        let Some(load) = &self.load else {
            control.standing = Standing::Active;
            return self.begin_job(id);
        };
        if load.queue.is_empty() && self.asks(id) {
            self.becomes_active(id);
            return self.begin_job(id);
        }
        self.processes[id.0 as usize].control.standing = Standing::Suspended;
        self.turn(id, Activity::Suspended);
        self.outgoing.push(id);
        self.join_queue(id);
        self.vacancy = true;
    }

    /// Whether the controller admits a process.
    fn asks(&mut self, id: ProcessId) -> bool {
        self.consult(|controller, seen| controller.admits(id, seen)).unwrap_or(true)
    }

    fn becomes_active(&mut self, id: ProcessId) {
        let now = self.now;
        let control = &mut self.processes[id.0 as usize].control;
        control.standing = Standing::Active;
        control.activated = now;
        control.faults_before = control.faults;
        if let Some(load) = &mut self.load {
            load.active += 1;
            self.counters.active.set(now, u64::from(load.active));
        }
        self.consult(|controller, seen| controller.admitted(id, seen));
    }

    fn join_queue(&mut self, id: ProcessId) {
        if let Some(load) = &mut self.load {
            load.queue.push_back(id);
            self.counters.waiting.set(self.now, load.queue.len() as u64);
        }
    }

    pub(super) fn leave_queue(&mut self, id: ProcessId) {
        if let Some(load) = &mut self.load {
            load.queue.retain(|waiting| *waiting != id);
            self.counters.waiting.set(self.now, load.queue.len() as u64);
        }
    }

    /// A process is no longer active: its job is done, or it has been suspended or killed.
    pub(super) fn passive(&mut self, id: ProcessId, standing: Standing) {
        let control = &mut self.processes[id.0 as usize].control;
        if std::mem::replace(&mut control.standing, standing) != Standing::Active {
            return;
        }
        if let Some(load) = &mut self.load {
            load.active -= 1;
            self.counters.active.set(self.now, u64::from(load.active));
            self.vacancy = true;
        }
    }

    fn suspend(&mut self, id: ProcessId) {
        if self.processes[id.0 as usize].control.standing != Standing::Active {
            return;
        }
        self.counters.suspensions += 1;
        self.tell(Event::Suspend(id));
        self.passive(id, Standing::Suspended);
        self.join_queue(id);
        let process = &self.processes[id.0 as usize];
        match process.activity {
            Activity::FileIo | Activity::Thinking => self.outgoing.push(id),
            _ => self.stop(id, Mark::Suspend),
        }
    }

    /// Takes a process out of what it is doing, now or at its next safe point.
    fn stop(&mut self, id: ProcessId, mark: Mark) {
        let process = &mut self.processes[id.0 as usize];
        let free = process.pinned.is_none();
        match (process.activity, process.cpu) {
            (Activity::Ready, _) if free => {
                self.ready.retain(|ready| *ready != id);
                self.end_mark(id, mark);
            }
            (Activity::Running, Some(cpu)) if free && self.cpus[cpu].mode == Mode::User => {
                self.settle(cpu);
                self.vacate(cpu);
                self.end_mark(id, mark);
                self.fill_cpu(cpu);
            }
            (Activity::Thinking | Activity::Suspended | Activity::Idle, _) => self.end_mark(id, mark),
            _ => process.control.mark = Some(mark),
        }
    }

    /// A process that bears a mark, or is suspended, would run now; true if it does not.
    pub(super) fn stopped(&mut self, id: ProcessId) -> bool {
        let process = &mut self.processes[id.0 as usize];
        if process.pinned.is_some() {
            return false;
        }
        match process.control.mark.take() {
            Some(mark) => self.end_mark(id, mark),
            None if process.control.standing == Standing::Suspended => self.turn(id, Activity::Suspended),
            None => return false,
        }
        true
    }

    /// What a mark says is done; the process is at a safe point and on no CPU.
    fn end_mark(&mut self, id: ProcessId, mark: Mark) {
        match mark {
            Mark::Suspend => {
                self.turn(id, Activity::Suspended);
                self.outgoing.push(id);
            }
            Mark::Kill | Mark::Leave => self.end_at_once(id, mark),
        }
    }

    /// A process that waits becomes active.
    fn activate(&mut self, id: ProcessId) {
        self.tell(Event::Activate(id));
        self.becomes_active(id);
        let process = &mut self.processes[id.0 as usize];
        if process.control.mark == Some(Mark::Suspend) {
            // It had not come to its safe point yet.
            process.control.mark = None;
        } else if process.activity == Activity::Suspended && !self.prepage(id) {
            self.begin_job(id);
        }
    }

    /// Begins to read the pages back that a process held when it was suspended, as far as frames are free; false if there is nothing to read.
    fn prepage(&mut self, id: ProcessId) -> bool {
        let set = std::mem::take(&mut self.processes[id.0 as usize].control.set);
        let number = self.processes[id.0 as usize].pool;
        let mut reads = 0;
        for page in set {
            let found = self.find(id, Reference { page, write: false });
            let Finding::Read(store) = found.what else { continue };
            if found.space != id {
                continue;
            }
            let Some(frame) = self.pools[number].take_free() else { break };
            // Before the request, as the device may be quick.
            self.counters.prepaged += 1;
            reads += 1;
            self.begin_read(frame, id, found, store);
            self.watch(number);
        }
        let process = &mut self.processes[id.0 as usize];
        process.control.prepaging = reads;
        process.control.thrashes = false;
        if reads > 0 {
            self.turn(id, Activity::PageWait);
        }
        reads > 0
    }

    /// Ends a process's job, finished or not.
    pub(super) fn end_by_force(&mut self, id: ProcessId, mark: Mark) {
        let control = &self.processes[id.0 as usize].control;
        if !control.in_job || matches!(control.mark, Some(Mark::Kill | Mark::Leave)) {
            return;
        }
        if self.processes[id.0 as usize].control.standing == Standing::Suspended {
            self.leave_queue(id);
        }
        self.passive(id, Standing::Outside);
        self.processes[id.0 as usize].control.mark = None;
        self.stop(id, mark);
    }

    fn end_at_once(&mut self, id: ProcessId, mark: Mark) {
        let process = &mut self.processes[id.0 as usize];
        (process.control.in_job, process.doomed, process.starting) = (false, false, None);
        let class = &mut self.counters.classes[process.class];
        class.jobs.depart(process.job_arrived, self.now);
        if mark == Mark::Leave {
            class.finished += 1;
            self.release_memory(id);
            return self.next_job(id);
        }
        class.killed += 1;
        class.killed_residence += u128::from((self.now - process.job_arrived).0);
        self.tell(Event::JobKilled(id));
        self.release_memory(id);
        match self.load.as_ref().and_then(|load| load.spec.restart) {
            Some(delay) => self.sleep(id, delay, Wake::Enter),
            None => self.retire(id),
        }
    }

    /// A process has nothing to do any more.
    pub(super) fn retire(&mut self, id: ProcessId) {
        self.turn(id, Activity::Idle);
        self.schedule(Source::Timer(id), Instant::NEVER);
    }

    /// What load control leaves to be done after an event: suspended processes go out, and those that wait are asked in.
    pub(super) fn follow_up_load(&mut self) -> Result<()> {
        while let Some(id) = self.outgoing.pop() {
            self.swap_out(id)?;
        }
        while let Some(id) = self.squeezed.pop() {
            self.squeeze(id)?;
        }
        while std::mem::take(&mut self.vacancy) {
            while let Some(id) = self.load.as_ref().and_then(|load| load.queue.front().copied()) {
                if !self.asks(id) {
                    break;
                }
                self.leave_queue(id);
                self.activate(id);
            }
        }
        Ok(())
    }

    /// Swaps out all that a suspended process holds, unless its resident set is left to decay.
    fn swap_out(&mut self, id: ProcessId) -> Result<()> {
        let process = &self.processes[id.0 as usize];
        if process.control.standing != Standing::Suspended || process.control.mark.is_some() {
            return Ok(());
        }
        let Some(load) = &self.load else { return Ok(()) };
        let (suspend, prepages) = (load.spec.suspend, load.spec.resume == Resume::Prepage);
        let (number, held) = (process.pool, process.held);
        if held > 0 {
            self.processes[id.0 as usize].control.set_size = held;
        }
        if suspend == Suspend::Decay {
            return Ok(());
        }
        let mut set = Vec::new();
        for page in (0..self.memory.tables[id.0 as usize].pages()).map(Page) {
            let frame = match self.memory.entry(id, page).place() {
                Place::Resident(frame) => frame,
                // It was read ahead, and nobody has used it.
                Place::Transit(frame) if self.memory.usage(frame) == Use::Cached => frame,
                _ => continue,
            };
            if self.memory.is_shared(frame) {
                self.leave_shared(id, page, frame)?;
                continue;
            }
            if prepages && self.memory.usage(frame) != Use::Cached {
                set.push(page);
            }
            self.pools[number].removed(frame);
            if self.set_aside(number, frame) {
                continue;
            }
            if let Some(frame) = self.evict(number, frame)? {
                self.give_frame(number, frame);
            }
        }
        if !set.is_empty() {
            self.processes[id.0 as usize].control.set = set;
        }
        Ok(())
    }

    /// A page that was read ahead has come in: if it is a suspended process's, it goes again.
    pub(super) fn arrives_too_late(&mut self, frame: FrameId) {
        let (owner, _) = self.memory.owner(frame);
        if self.processes.get(owner.0 as usize).is_some_and(|owner| owner.activity == Activity::Suspended) {
            self.outgoing.push(owner);
        }
    }

    /// A suspended process maps a page of a memory object no more; if nobody else does either, the page goes too.
    fn leave_shared(&mut self, id: ProcessId, page: Page, frame: FrameId) -> Result<()> {
        self.detach(id, page, frame, self.processes[id.0 as usize].virtual_at);
        let pool = self.pool_of(frame);
        if self.memory.sharing.first(frame).is_none() && self.pools[pool].holds(frame) {
            self.pools[pool].removed(frame);
            if self.set_aside(pool, frame) {
                return Ok(());
            }
            if let Some(frame) = self.evict(pool, frame)? {
                self.give_frame(pool, frame);
            }
        }
        Ok(())
    }

    /// Reports a machine whose controller has left nobody active.
    pub(super) fn check_activity(&mut self) -> Result<()> {
        let Some(load) = &mut self.load else { return Ok(()) };
        if load.active > 0 || load.queue.is_empty() {
            load.deserted = None;
            return Ok(());
        }
        let since = *load.deserted.get_or_insert(self.now);
        let silent = self.now - since;
        if silent < self.config.livelock_after {
            return Ok(());
        }
        Err(Error::Stuck(format!(
            "load control admits nobody: controller \"{}\" has kept all {} processes that have a job suspended for {silent}, at {} of \
             simulated time; loosen its thresholds, or give the machine more memory",
            load.spec.controller.name,
            load.queue.len(),
            self.now
        )))
    }

    /// The number of active processes that the controller aims at, if it has one in mind; `None` without load control.
    pub(super) fn aimed_level(&self) -> Option<Option<f64>> {
        self.load.as_ref().map(|load| load.controller.level())
    }

    /// Processes that are active, and that wait to become so.
    pub(super) fn standings(&self) -> (usize, usize) {
        self.load.as_ref().map_or((0, 0), |load| (load.active as usize, load.queue.len()))
    }

    /// Whether a suspended process must not hold any frame; it may where there may be no room in swap space.
    pub(super) fn swaps_out(&self) -> bool {
        self.config.virtual_memory.on_full == OnFull::Error
            && self.load.as_ref().is_some_and(|load| load.spec.suspend == Suspend::SwapOut)
    }
}
