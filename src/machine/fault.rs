//! The fault path: fault, find a frame, clean it if need be, read the page, resume.

use super::cpu::Mode;
use super::{Machine, Source};
use crate::device::{Completion, Operation, Origin};
use crate::error::{Error, Result};
use crate::memory::{Place, Use};
use crate::metrics::Activity;
use crate::policy::PageId;
use crate::units::{FrameId, Page, ProcessId};
use crate::workload::Backing;
use crate::workload::walk::Reference;

/// Borrows the pool and, apart from it, what its policy may see.
macro_rules! pool_and_view {
    ($machine:expr, $pool:expr) => {{
        let pool = &mut $machine.pools[$pool];
        let view = $crate::machine::view::View {
            memory: &mut $machine.memory,
            processes: &mut $machine.processes,
            base: pool.base(),
            now: $machine.now,
            leaps: $machine.leaps,
            asked: 0,
        };
        (pool, view)
    }};
}

pub(super) use pool_and_view;

impl Machine<'_> {
    /// The process on a CPU has faulted on this reference and the pager has done its part: now memory decides.
    pub(super) fn service(&mut self, cpu: usize, reference: Reference) -> Result<()> {
        let id = self.cpus[cpu].running.expect("the faulting process runs");
        let process = &mut self.processes[id.0 as usize];
        process.fault_at = self.now;
        process.faulted = Some(reference);
        let class = process.class;
        self.counters.faults += 1;
        self.counters.classes[class].faults += 1;
        let place = self.memory.entry(id, reference.page).place();
        if let Place::Transit(frame) = place
            && self.finds_read_ahead(cpu, frame)
        {
            return Ok(());
        }
        if let Place::Transit(frame) | Place::Resident(frame) = place {
            // The page is still in the frame that it is being written out of: it is taken back, without a read.
            self.counters.rescued += 1;
            let pool = self.processes[id.0 as usize].pool;
            self.pools[pool].cleaning -= 1;
            self.map(frame, id, reference.page);
            self.run_user(cpu);
            self.unblocked.push(pool);
            return Ok(());
        }
        let major = self.needs_read(id, place);
        if major {
            self.counters.major += 1;
            self.counters.classes[class].major += 1;
        } else {
            self.counters.zero_filled += 1;
        }
        let pool = self.processes[id.0 as usize].pool;
        match self.obtain_frame(pool, self.page_id(id, reference.page))? {
            Some(frame) if major => {
                self.begin_read(frame, id, reference.page);
                self.leave_cpu(cpu, Activity::PageWait);
            }
            Some(frame) => {
                self.map(frame, id, reference.page);
                self.run_user(cpu);
            }
            None => {
                self.pools[pool].waiters.push_back(id);
                self.counters.awaiting_frame_for_read += u64::from(major);
                self.leave_cpu(cpu, Activity::FrameWait);
            }
        }
        Ok(())
    }

    /// Whether a page in this place has to be read from the device.
    pub(super) fn needs_read(&self, process: ProcessId, place: Place) -> bool {
        let class = self.processes[process.0 as usize].class;
        place != Place::Backing || self.config.classes[class].program.backing == Backing::File
    }

    pub(super) fn page_id(&self, process: ProcessId, page: Page) -> PageId {
        PageId(self.processes[process.0 as usize].first_page_id + page.0)
    }

    /// Maps a page into a frame and pins it until its reference has been executed.
    pub(super) fn map(&mut self, frame: FrameId, id: ProcessId, page: Page) {
        self.memory.map(frame, id, page);
        let process = &mut self.processes[id.0 as usize];
        process.pinned = Some(frame);
        process.held += 1;
        self.counters.classes[process.class].resident.add(self.now, 1);
        if self.leaps {
            process.program.page_in(page);
        }
        self.note_resident();
    }

    pub(super) fn note_resident(&mut self) {
        self.counters.resident.set(self.now, u64::from(self.memory.resident()));
        self.counters.cached.set(self.now, u64::from(self.memory.cached()));
    }

    pub(super) fn note_swap(&mut self) {
        self.counters.swap_used.set(self.now, u64::from(self.memory.swap.used()));
    }

    /// Executes the reference that faulted; its page may be evicted from now on.
    pub(super) fn execute_faulted(&mut self, id: ProcessId) {
        let process = &mut self.processes[id.0 as usize];
        let reference = process.faulted.take().expect("a pinned page belongs to a reference");
        let frame = process.pinned.take().expect("a reference that faulted has its page pinned");
        let (pool, virtual_at) = (process.pool, process.virtual_at);
        self.memory.entry_mut(id, reference.page).touch(reference.write);
        if self.leaps {
            self.memory.seen[frame.0 as usize] = virtual_at.0;
            if let Some(known) = self.memory.known.get_mut(frame.0 as usize) {
                *known = 0;
            }
        }
        let page = self.page_id(id, reference.page);
        let number = pool;
        let (pool, mut view) = pool_and_view!(self, number);
        pool.loaded(frame, page, &mut view);
        if !pool.waiters.is_empty() {
            self.unblocked.push(number);
        }
    }

    /// A frame for an incoming page, or `None` if the process has to wait: for a page to be written out, which this has begun,
    /// or for any frame at all.
    fn obtain_frame(&mut self, number: usize, incoming: PageId) -> Result<Option<FrameId>> {
        if let Some(frame) = self.pools[number].allocate() {
            self.watch(number);
            return Ok(Some(frame));
        }
        let named = self.named_victim.take();
        let (pool, mut view) = pool_and_view!(self, number);
        let Some(victim) = named.or_else(|| pool.victim(incoming, &mut view)) else { return Ok(self.reserve(number)) };
        view.prefetch_after(victim);
        let asked = view.asked;
        self.counters.direct_evictions += 1;
        self.charge_scan(asked);
        self.evict(number, victim)
    }

    /// Evicts the page in a frame that no policy holds any more. The frame, if it is free at once; else a write out of it has
    /// begun, or was under way.
    pub(super) fn evict(&mut self, number: usize, victim: FrameId) -> Result<Option<FrameId>> {
        let (_, mut view) = pool_and_view!(self, number);
        if !view.settle_dirty(victim) {
            return Ok(self.drop_page(number, victim));
        }
        self.unmap_victim(victim);
        let Some(slot) = self.memory.begin_clean(victim) else { return Err(self.swap_is_full()) };
        self.note_resident();
        self.note_swap();
        self.counters.dirty_evictions += 1;
        self.counters.writes += 1;
        self.pools[number].cleaning += 1;
        self.submit(Operation::Write, &[victim], u64::from(slot));
        Ok(None)
    }

    /// Evicts a clean page that no policy holds any more; the frame, unless an earlier write out of it is still under way.
    pub(super) fn drop_page(&mut self, number: usize, victim: FrameId) -> Option<FrameId> {
        self.unmap_victim(victim);
        self.counters.clean_evictions += 1;
        if self.memory.usage(victim) == Use::Rescued {
            // It is still being written out, from before it was wanted again.
            self.memory.drop_when_written(victim);
            self.note_resident();
            self.pools[number].cleaning += 1;
            return None;
        }
        self.memory.drop_clean(victim);
        self.note_resident();
        Some(victim)
    }

    /// The page in a frame is no longer its process's to reference.
    pub(super) fn unmap_victim(&mut self, victim: FrameId) {
        if self.memory.usage(victim) == Use::Cached {
            self.counters.read_ahead_wasted += 1;
            return;
        }
        let (owner, page) = self.memory.owner(victim);
        self.unmapped(owner, page);
    }

    /// The error of a machine that has to write a page out and has no slot for it.
    pub(super) fn swap_is_full(&self) -> Error {
        Error::Stuck(format!(
            "swap space is exhausted at {} of simulated time: all {} pages are in use and a dirty page has to be written \
             out; give [swap] more pages, or the machine more memory",
            self.now,
            self.memory.swap.capacity()
        ))
    }

    /// A page has lost its frame; a process that runs at this moment may fault on it from now on.
    pub(super) fn unmapped(&mut self, owner: ProcessId, page: Page) {
        let process = &mut self.processes[owner.0 as usize];
        process.held -= 1;
        self.counters.classes[process.class].resident.add(self.now, -1);
        if self.leaps {
            process.program.page_out(page);
            if let (Some(cpu), Some(_)) = (process.cpu, process.user_since) {
                self.replan.push(cpu);
            }
        }
    }

    /// What an event leaves to be done: frames that may be evicted now go to those who wait, and processes that lost a page
    /// while they were running learn anew when they will fault.
    pub(super) fn follow_up(&mut self) -> Result<()> {
        loop {
            while let Some(pool) = self.unblocked.pop() {
                self.serve_waiters(pool)?;
            }
            if !self.rouse_daemon() {
                break;
            }
        }
        self.daemon_failure()?;
        while let Some(cpu) = self.replan.pop() {
            if self.cpus[cpu].mode == Mode::User {
                self.settle(cpu);
                self.plan(cpu);
            }
        }
        Ok(())
    }

    fn begin_read(&mut self, frame: FrameId, id: ProcessId, page: Page) {
        if self.config.reclaim.readahead > 1 {
            self.read_cluster(frame, id, page);
            return;
        }
        let position = self.position(id, page);
        self.memory.begin_load(frame, id, page);
        self.counters.reads += 1;
        self.submit(Operation::Read, &[frame], position);
    }

    /// Where on the paging device a page that has to be read is.
    pub(super) fn position(&self, id: ProcessId, page: Page) -> u64 {
        match self.memory.entry(id, page).place() {
            Place::Swap(slot) => u64::from(slot),
            // Program files lie behind swap space on the paging device.
            _ => u64::from(self.memory.swap.capacity()) + u64::from(self.page_id(id, page).0),
        }
    }

    /// The paging device has moved a page, or several.
    pub(super) fn page_moved(&mut self) {
        let Completion { request, waited, served, origin, busy, cpu, .. } = self.paging.complete(self.now);
        let station = &mut self.counters.paging;
        station.serve(self.now, self.paging.in_service());
        station.served += u128::from(busy.0);
        let next = self.paging.next_completion();
        if origin == Origin::Caller {
            station.requests.depart(super::arrival(self.now, waited, served), self.now);
        }
        self.schedule(Source::PagingDevice, next);
        self.charge_system(cpu);
        self.settle_lent();
        if origin != Origin::Caller {
            return;
        }
        if self.detailed {
            let part = self.latency_part();
            self.paging_latency.record(part, waited + served);
        }
        self.counters.clustered_done += u64::from(request.pages - 1);
        for &frame in self.transfers.close(request.tag).as_slice() {
            match request.operation {
                Operation::Read => self.page_is_in(frame),
                Operation::Write => self.page_is_out(frame),
            }
        }
    }

    fn page_is_in(&mut self, frame: FrameId) {
        let (owner, page) = self.memory.owner(frame);
        self.counters.paging.pages_read += 1;
        if self.arrives_unasked(frame) {
            return;
        }
        self.map(frame, owner, page);
        self.fault_served(owner);
    }

    fn page_is_out(&mut self, frame: FrameId) {
        let (owner, _) = self.memory.owner(frame);
        self.counters.paging.pages_written += 1;
        let pool = self.processes[owner.0 as usize].pool;
        if self.memory.end_clean(frame) {
            self.pools[pool].cleaning -= 1;
            self.note_swap();
            self.give_frame(pool, frame);
            self.discard_freed();
        }
    }

    fn fault_served(&mut self, id: ProcessId) {
        let latency = self.now - self.processes[id.0 as usize].fault_at;
        let part = self.latency_part();
        self.fault_latency.record(part, latency);
        self.counters.fault_latency += u128::from(latency.0);
        self.counters.faults_served += 1;
        self.make_ready(id);
    }

    /// A frame is free: it goes to the process that has waited longest, or to the free list.
    pub(super) fn give_frame(&mut self, pool: usize, frame: FrameId) {
        if self.pays_debt(pool, frame) {
            return;
        }
        match self.pools[pool].waiters.pop_front() {
            Some(waiter) => self.grant(frame, waiter),
            None => self.pools[pool].put_free(frame),
        }
    }

    /// The waiting process gets the frame and its fault goes on.
    fn grant(&mut self, frame: FrameId, id: ProcessId) {
        let process = &self.processes[id.0 as usize];
        let reference = process.faulted.expect("a waiting process has faulted");
        let stalled = self.now - process.since;
        let part = self.latency_part();
        self.stall_latency.record(part, stalled);
        self.counters.stalled += u128::from(stalled.0);
        if self.needs_read(id, self.memory.entry(id, reference.page).place()) {
            self.counters.awaiting_frame_for_read -= 1;
            self.begin_read(frame, id, reference.page);
            self.turn(id, Activity::PageWait);
        } else {
            self.map(frame, id, reference.page);
            self.make_ready(id);
        }
    }

    /// Looks for frames for those waiting processes for whom none is being cleaned.
    fn serve_waiters(&mut self, number: usize) -> Result<()> {
        while self.pools[number].waiters.len() > self.pools[number].cleaning {
            let waiter = self.pools[number].waiters[0];
            let reference = self.processes[waiter.0 as usize].faulted.expect("a waiting process has faulted");
            let cleaning = self.pools[number].cleaning;
            match self.obtain_frame(number, self.page_id(waiter, reference.page))? {
                Some(frame) => {
                    self.pools[number].waiters.pop_front();
                    self.grant(frame, waiter);
                }
                None if self.pools[number].cleaning == cleaning => break,
                None => {}
            }
        }
        Ok(())
    }

    /// Takes all memory of a process away.
    pub(super) fn release_memory(&mut self, id: ProcessId) {
        let number = self.processes[id.0 as usize].pool;
        let pool = &mut self.pools[number];
        let mut free = Vec::new();
        let (mut held, mut wasted, mut loading) = (0, 0, 0);
        self.memory.release(id, |frame, usage| match usage {
            Use::Resident => {
                pool.removed(frame);
                free.push(frame);
                held += 1;
            }
            Use::Cached => {
                pool.removed(frame);
                free.push(frame);
                wasted += 1;
            }
            Use::Loading => {
                pool.cleaning += 1;
                loading += 1;
            }
            Use::Rescued => {
                // It stays occupied until its write is done, and counts as being cleaned again.
                pool.removed(frame);
                pool.cleaning += 1;
                held += 1;
            }
            _ => {}
        });
        self.counters.read_ahead_wasted += wasted + loading;
        self.counters.read_ahead_in_flight -= loading;
        let process = &mut self.processes[id.0 as usize];
        process.held -= held;
        self.counters.classes[process.class].resident.add(self.now, -i64::from(held));
        process.program.restart(process.virtual_at);
        self.note_resident();
        self.note_swap();
        for frame in free {
            self.give_frame(number, frame);
        }
        self.discard_freed();
    }
}
