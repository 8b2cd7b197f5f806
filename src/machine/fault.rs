//! The fault path: fault, find a frame, clean it if need be, read the page, resume.

use super::cpu::Mode;
use super::{Cause, Event, Machine, Source};
use crate::device::{Completion, Operation, Origin};
use crate::error::{Error, Result};
use crate::memory::{Copy, Place, Use};
use crate::metrics::Activity;
use crate::policy::{Occasion, Owner, PageId};
use crate::units::{FrameId, Page, ProcessId, Virtual};
use crate::workload::walk::Reference;
use crate::workload::{Backing, Mapping};

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

/// What the pager finds when a process cannot make a reference.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// Whose page it is: the process's own, or a memory object's.
    pub space: ProcessId,
    /// Its number there.
    pub page: Page,
    pub what: Finding,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Finding {
    /// It is still in the frame that it is being written out of: it is taken back, without a read.
    Rescue(FrameId),
    /// It is being read, for somebody else or ahead of need.
    Join(FrameId),
    /// It has been read ahead, and this is its first reference.
    Cached(FrameId),
    /// It is there, for somebody else.
    Resident(FrameId),
    /// It is there, but the process needs a copy of its own to write to.
    Copy(FrameId),
    /// It is nowhere: it will be filled with zeros.
    Fill,
    /// It is in swap space, or in a file.
    Read(Store),
}

/// Where a page is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Store {
    Swap,
    File,
}

/// Marks requests at the file device that move a page of memory; the others are processes' own.
pub(super) const PAGE_TAG: u64 = 1 << 63;

impl Machine<'_> {
    /// The process on a CPU has faulted on this reference and the pager has done its part: now memory decides.
    pub(super) fn service(&mut self, cpu: usize, reference: Reference) -> Result<()> {
        let id = self.cpus[cpu].running.expect("the faulting process runs");
        if let Some(violation) = self.violation(id, reference) {
            return self.violated(cpu, id, reference, violation);
        }
        let process = &mut self.processes[id.0 as usize];
        process.fault_at = self.now;
        process.faulted = Some(reference);
        self.release(id, Occasion::Fault)?;
        let found = self.find(id, reference);
        self.count_fault(id, found.what);
        let (page, write) = (reference.page, reference.write);
        self.tell(Event::Fault { process: id, page, write, found: Cause::of(found.what) });
        self.note_refault(id, reference.page, found);
        match found.what {
            Finding::Rescue(frame) => {
                let pool = self.pool_of(frame);
                self.pools[pool].cleaning -= 1;
                self.map(frame, id, reference.page, found);
                self.run_user(cpu);
                self.unblocked.push(pool);
                return Ok(());
            }
            Finding::Join(frame) => {
                self.claim(frame);
                if found.space != id {
                    self.joiners.entry(frame.0).or_default().push(id);
                }
                self.leave_cpu(cpu, Activity::PageWait);
                return Ok(());
            }
            Finding::Cached(frame) => {
                // It comes into the policy's hands again with its first reference.
                let pool = self.pool_of(frame);
                self.pools[pool].removed(frame);
                self.map(frame, id, reference.page, found);
                self.run_user(cpu);
                return Ok(());
            }
            Finding::Resident(frame) => {
                self.processes[id.0 as usize].faulted = None;
                self.map_resident(frame, id, reference);
                self.note_start(id);
                self.run_user(cpu);
                return Ok(());
            }
            Finding::Copy(frame) => self.leave_original(frame, id, reference.page),
            Finding::Fill | Finding::Read(_) => {}
        }
        let pool = self.processes[id.0 as usize].pool;
        match self.obtain_frame(pool, id, self.incoming(id, found))? {
            Some(frame) => {
                if let Finding::Read(store) = found.what {
                    self.begin_read(frame, id, found, store);
                    self.leave_cpu(cpu, Activity::PageWait);
                } else {
                    self.map(frame, id, reference.page, found);
                    self.run_user(cpu);
                }
            }
            None => {
                self.await_frame(id, pool, matches!(found.what, Finding::Read(_)));
                self.leave_cpu(cpu, Activity::FrameWait);
            }
        }
        Ok(())
    }

    /// A process queues for a frame.
    pub(super) fn await_frame(&mut self, id: ProcessId, pool: usize, to_read: bool) {
        self.pools[pool].waiters.push_back(id);
        self.processes[id.0 as usize].awaits_read = to_read;
        self.counters.awaiting_frame_for_read += u64::from(to_read);
    }

    /// Counts a fault and its cause, which is what it was when the fault occurred, whatever happens while the process waits.
    fn count_fault(&mut self, id: ProcessId, what: Finding) {
        let counters = &mut self.counters;
        let class = &mut counters.classes[self.processes[id.0 as usize].class];
        counters.faults += 1;
        class.faults += 1;
        let major = match what {
            Finding::Rescue(_) => return counters.rescued += 1,
            Finding::Cached(_) => return counters.cache_hits += 1,
            Finding::Resident(_) => return counters.already_resident += 1,
            Finding::Copy(_) => return counters.copied += 1,
            Finding::Fill => return counters.zero_filled += 1,
            Finding::Join(_) => {
                counters.joined += 1;
                &mut counters.major_in_flight
            }
            Finding::Read(Store::File) => &mut counters.major_from_file,
            Finding::Read(Store::Swap) => &mut counters.major_from_swap,
        };
        *major += 1;
        counters.major += 1;
        class.major += 1;
    }

    /// Notes whether what a process will wait for was in memory before.
    fn note_refault(&mut self, id: ProcessId, page: Page, found: Found) {
        let waits = matches!(found.what, Finding::Read(_) | Finding::Join(_));
        let swapped = matches!(self.memory.entry(found.space, found.page).place(), Place::Swap(_));
        let control = &mut self.processes[id.0 as usize].control;
        control.faults += 1;
        control.thrashes = waits && (swapped || control.was_evicted(page));
        control.refaults += u64::from(control.thrashes);
    }

    /// Where the page of a reference that cannot be made is, and whose it is.
    pub(super) fn find(&self, id: ProcessId, reference: Reference) -> Found {
        let page = reference.page;
        let program = &self.config.classes[self.processes[id.0 as usize].class].program;
        let region = program.region(page);
        let own = |what| Found { space: id, page, what };
        let backing = match self.memory.entry(id, page).place() {
            Place::Transit(frame) => return own(self.in_transit(frame)),
            Place::Resident(frame) => return own(Finding::Copy(frame)),
            Place::Swap(_) => return own(Finding::Read(Store::Swap)),
            Place::Backing => region.map_or(program.backing, |region| region.backing),
        };
        let (view, copies) = match region.map(|region| region.mapping) {
            None | Some(Mapping::Private) => return own(unread(backing)),
            Some(Mapping::Shared(view)) => (view, false),
            Some(Mapping::CopyOnWrite(view)) => (view, true),
        };
        let space = self.memory.object_space(view.object);
        let page = Page(view.offset + (page.0 - region.map_or(0, |region| region.first_page)));
        let what = match self.memory.entry(space, page).place() {
            Place::Resident(frame) if copies && reference.write => return own(Finding::Copy(frame)),
            Place::Resident(frame) => Finding::Resident(frame),
            Place::Transit(frame) => self.in_transit(frame),
            Place::Swap(_) => Finding::Read(Store::Swap),
            Place::Backing => unread(self.config.objects[view.object as usize].backing),
        };
        Found { space, page, what }
    }

    /// What a fault finds that comes upon a page which is in a frame and cannot be referenced.
    fn in_transit(&self, frame: FrameId) -> Finding {
        match self.memory.usage(frame) {
            Use::Loading | Use::Ahead => Finding::Join(frame),
            Use::Cached => Finding::Cached(frame),
            _ => Finding::Rescue(frame),
        }
    }

    /// The page that a frame is sought for.
    pub(super) fn incoming(&self, id: ProcessId, found: Found) -> PageId {
        debug_assert!(!self.processes[id.0 as usize].copying || found.space == id);
        self.page_id_in(found.space, found.page)
    }

    /// The process is about to get a copy of a page of its own: it maps the original no more. The copy is made of what that holds
    /// now, so that it may be evicted to make room for the copy.
    fn leave_original(&mut self, frame: FrameId, id: ProcessId, page: Page) {
        let process = &mut self.processes[id.0 as usize];
        process.copying = true;
        // The write itself has not touched the original.
        let to = Virtual(process.virtual_at.0.saturating_sub(1));
        let pinned = process.pinned.take();
        if self.memory.entry(id, page).resident().is_some() {
            self.detach(id, page, frame, to);
        }
        if let Some(frame) = pinned {
            self.unpin_shared(frame);
        }
    }

    /// Maps a page into a frame and pins it until its reference has been executed.
    pub(super) fn map(&mut self, frame: FrameId, id: ProcessId, page: Page, found: Found) {
        if found.space != id {
            let fills = self.memory.usage(frame) == Use::Free;
            self.memory.map(frame, found.space, found.page);
            let object = found.space.0 as usize - self.processes.len();
            if fills && self.config.objects[object].image {
                // What is in it is the parent's work, and nowhere else.
                self.memory.entry_mut(found.space, found.page).set_dirty();
            }
            self.attach(frame, id, page);
            self.pin_shared(frame, id);
            self.note_resident();
            if fills {
                self.join_waiters(frame, found, false);
            }
            return;
        }
        self.memory.map(frame, id, page);
        let process = &mut self.processes[id.0 as usize];
        process.pinned = Some(frame);
        process.copying = false;
        process.held += 1;
        if self.limited && process.control.limit.is_some_and(|limit| process.held > limit) {
            // It was in memory, if not mapped: another page has to go for it, but for one that is still being written out, which never
            // ceased to count.
            self.squeezed.push(id);
        }
        self.counters.classes[process.class].resident.add(self.now, 1);
        let region = self.config.classes[process.class].program.region(page);
        let protected = region.is_some_and(|region| !region.protection.write);
        if protected {
            self.memory.entry_mut(id, page).protect();
        }
        if self.leaps {
            process.program.page_in(page, protected);
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

    /// Executes the reference that faulted; its page may be evicted from now on. But for a write to a page that may not be written to:
    /// that is returned, to fault again, and the page stays pinned.
    pub(super) fn execute_faulted(&mut self, id: ProcessId) -> Option<Reference> {
        let process = &mut self.processes[id.0 as usize];
        let reference = process.faulted.take().expect("a pinned page belongs to a reference");
        let frame = process.pinned.expect("a reference that faulted has its page pinned");
        let (pool, virtual_at) = (process.pool, process.virtual_at);
        let entry = self.memory.entry_mut(id, reference.page);
        if reference.write && entry.protected() {
            return Some(reference);
        }
        process.pinned = None;
        entry.touch(reference.write);
        if self.memory.is_shared(frame) {
            if self.leaps {
                self.memory.see(id, reference.page, frame, virtual_at);
            }
            self.unpin_shared(frame);
            return None;
        }
        if self.leaps {
            self.memory.seen[frame.0 as usize] = virtual_at.0;
        }
        let known = if self.config.stamps(self.leaps) { virtual_at } else { Virtual::ZERO };
        self.memory.stamp(frame, known);
        let page = self.page_id_in(id, reference.page);
        let number = pool;
        let (pool, mut view) = pool_and_view!(self, number);
        pool.loaded(frame, page, &mut view);
        if !pool.waiters.is_empty() {
            self.unblocked.push(number);
        }
        None
    }

    /// A frame for an incoming page, or `None` if the process has to wait: for a page to be written out, which this has begun,
    /// or for any frame at all.
    pub(super) fn obtain_frame(&mut self, number: usize, id: ProcessId, incoming: PageId) -> Result<Option<FrameId>> {
        while self.limited
            && self.at_limit(id)
            && let Some((victim, asked)) = self.own_victim(id)
        {
            self.charge_scan(asked);
            if !self.set_aside(number, victim) {
                self.counters.direct_evictions += 1;
                return self.take_out(number, victim);
            }
        }
        if let Some(frame) = self.pools[number].allocate() {
            self.watch(number);
            return Ok(Some(frame));
        }
        // Frames that the policy has released come when their pages are written out.
        if self.config.policy.releases && self.pools[number].expects_frames() {
            return Ok(None);
        }
        loop {
            let named = self.named_victim.take();
            let (victim, asked) = if self.protects {
                self.unprotected_victim(number, incoming)
            } else {
                let (pool, mut view) = pool_and_view!(self, number);
                named.iter().for_each(|victim| pool.named(*victim));
                (named.or_else(|| pool.victim(incoming, &mut view)), view.asked)
            };
            let released = match self.config.policy.releases {
                true => self.release_from(number, Owner(0), Occasion::Replacement)?,
                false => 0,
            };
            let Some(victim) = victim else {
                if released > 0 {
                    self.charge_scan(asked);
                    if let Some(frame) = self.pools[number].allocate() {
                        return Ok(Some(frame));
                    }
                }
                let frame = self.reserve(number);
                if frame.is_none() {
                    self.lack_slots(number);
                }
                return Ok(frame);
            };
            self.charge_scan(asked);
            if !self.set_aside(number, victim) {
                self.counters.direct_evictions += 1;
                return self.take_out(number, victim);
            }
        }
    }

    /// Evicts the page in a frame that its policy has given up although no fault asks for the frame. The frame, if it is free at once;
    /// else a write out of it has begun, or was under way.
    pub(super) fn evict(&mut self, number: usize, victim: FrameId) -> Result<Option<FrameId>> {
        self.counters.background_evictions += 1;
        self.take_out(number, victim)
    }

    /// Takes the page out of a frame that no policy holds any more, as [`Machine::evict`] does.
    pub(super) fn take_out(&mut self, number: usize, victim: FrameId) -> Result<Option<FrameId>> {
        let (_, mut view) = pool_and_view!(self, number);
        if !view.settle_dirty(victim) {
            return Ok(self.drop_page(number, victim));
        }
        self.unmap(victim);
        let Some(copy) = self.memory.begin_clean(victim) else { return Err(self.swap_is_full()) };
        self.note_resident();
        self.note_swap();
        self.counters.dirty_evictions += 1;
        self.counters.writes += 1;
        self.pools[number].cleaning += 1;
        self.submit_copy(&[victim], copy);
        Ok(None)
    }

    /// Writes pages out whose copies lie side by side, that of the first where it is said.
    pub(super) fn submit_copy(&mut self, frames: &[FrameId], first: Copy) {
        match first {
            Copy::Slot(slot) => self.submit(Operation::Write, frames, u64::from(slot), Store::Swap),
            Copy::File => {
                let position = self.file_position(frames[0]);
                self.submit(Operation::Write, frames, position, Store::File);
            }
        }
    }

    /// Evicts a clean page that no policy holds any more; the frame, unless an earlier write out of it is still under way.
    pub(super) fn drop_page(&mut self, number: usize, victim: FrameId) -> Option<FrameId> {
        self.unmap(victim);
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

    /// The error of a machine that has to write a page out and has no slot for it.
    pub(super) fn swap_is_full(&self) -> Error {
        Error::Stuck(format!(
            "swap space is exhausted at {} of simulated time: all {} pages are in use and a dirty page has to be written \
             out; give [swap] more pages, or the machine more memory",
            self.now,
            self.memory.swap.capacity()
        ))
    }

    /// A page loses its frame.
    pub(super) fn unmap(&mut self, victim: FrameId) {
        let (owner, page) = self.memory.owner(victim);
        self.tell(Event::Evict(owner, page));
        if self.memory.usage(victim) == Use::Cached {
            self.counters.read_ahead_wasted += 1;
        } else if self.memory.is_shared(victim) {
            self.detach_all(victim);
        } else {
            let (owner, page) = self.memory.owner(victim);
            self.unmapped(owner, page);
        }
    }

    /// A page has lost its frame; a process that runs at this moment may fault on it from now on.
    fn unmapped(&mut self, owner: ProcessId, page: Page) {
        let process = &mut self.processes[owner.0 as usize];
        process.held -= 1;
        process.control.note_evicted(page);
        self.counters.classes[process.class].resident.add(self.now, -1);
        if self.leaps {
            process.program.page_out(page);
            if let (Some(cpu), Some(_)) = (process.cpu, process.user_since)
                && self.replan.last() != Some(&cpu)
            {
                self.replan.push(cpu);
            }
        }
    }

    /// What an event leaves to be done: frames that may be evicted now go to those who wait, and processes that lost a page
    /// while they were running learn anew when they will fault.
    pub(super) fn follow_up(&mut self) -> Result<()> {
        if self.steered {
            self.follow_up_load()?;
        }
        loop {
            if let Some(pool) = self.unblocked.pop() {
                self.serve_waiters(pool)?;
                continue;
            } else if let Some(id) = self.loaders.pop() {
                self.load_on(id)?;
            } else if let Some(id) = self.condemned.pop() {
                self.terminate(id);
            } else if self.rouse_daemon() {
                continue;
            } else {
                break;
            }
            if self.steered {
                self.follow_up_load()?;
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

    /// Begins to read the page of a process's fault into a frame.
    pub(super) fn begin_read(&mut self, frame: FrameId, id: ProcessId, found: Found, store: Store) {
        if self.config.reclaim.readahead > 1 {
            self.read_cluster(frame, id, found, store);
            return;
        }
        self.memory.begin_load(frame, found.space, found.page);
        let position = self.read_position(frame);
        self.counters.reads += 1;
        self.submit(Operation::Read, &[frame], position, store);
        if found.space != id {
            self.joiners.entry(frame.0).or_default().push(id);
            self.join_waiters(frame, found, true);
        }
    }

    /// Whether files are on a device of their own. Where address spaces are not made of regions, the program's file is on the paging device.
    pub(super) fn files_apart(&self, frame: FrameId) -> bool {
        let (space, _) = self.memory.owner(frame);
        self.file.is_some()
            && self
                .processes
                .get(space.0 as usize)
                .is_none_or(|process| !self.config.classes[process.class].program.regions.is_empty())
    }

    /// Where the page in a frame lies in its file. On the paging device, files lie behind swap space.
    fn file_position(&self, frame: FrameId) -> u64 {
        let (space, page) = self.memory.owner(frame);
        let page = u64::from(self.page_id_in(space, page).0);
        if self.files_apart(frame) { page } else { u64::from(self.memory.swap.capacity()) + page }
    }

    /// Where a page that is on its way in comes from.
    pub(super) fn read_position(&self, frame: FrameId) -> u64 {
        match self.memory.slot(frame) {
            Some(slot) => u64::from(slot),
            None => self.file_position(frame),
        }
    }

    /// The paging device has done something.
    pub(super) fn page_moved(&mut self) -> Result<()> {
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
            return Ok(());
        }
        if self.detailed {
            let part = self.latency_part();
            self.paging_latency.record(part, waited + served);
        }
        let pages = u64::from(request.pages);
        match request.operation {
            Operation::Read => self.counters.paging.pages_read += pages,
            Operation::Write => self.counters.paging.pages_written += pages,
        }
        self.counters.clustered_done += pages - 1;
        let (tag, operation) = (request.tag, request.operation);
        self.tell(Event::RequestDone { tag, operation, file: false });
        self.pages_done(operation, tag)
    }

    /// The pages of a request have been moved, on whatever device.
    pub(super) fn pages_done(&mut self, operation: Operation, tag: u64) -> Result<()> {
        for &frame in self.transfers.close(tag).as_slice() {
            self.page_done(operation, frame)?;
        }
        Ok(())
    }

    /// A page has been moved, on whatever device.
    fn page_done(&mut self, operation: Operation, frame: FrameId) -> Result<()> {
        match operation {
            Operation::Read if self.arrives_unasked(frame) => {}
            Operation::Read if self.memory.is_shared(frame) => self.shared_read(frame),
            Operation::Read => {
                let (owner, page) = self.memory.owner(frame);
                if self.processes[owner.0 as usize].control.prepaging > 0 {
                    self.prepaged(frame, owner, page);
                    return Ok(());
                }
                let found = Found { space: owner, page, what: Finding::Fill };
                self.map(frame, owner, page, found);
                self.fault_served(owner);
            }
            Operation::Write => {
                let pool = self.pool_of(frame);
                if self.memory.end_clean(frame) {
                    self.pools[pool].cleaning -= 1;
                    self.note_swap();
                    self.give_frame(pool, frame);
                    self.return_stranded();
                    self.discard_freed();
                } else if self.limited {
                    // It was wanted again meanwhile, and from now on it is a page like any other.
                    let (owner, _) = self.memory.owner(frame);
                    if self.processes.get(owner.0 as usize).is_some() {
                        self.squeezed.push(owner);
                    }
                }
            }
        }
        Ok(())
    }

    /// A page of a process that is being resumed has been read; nobody has referenced it yet.
    fn prepaged(&mut self, frame: FrameId, id: ProcessId, page: Page) {
        self.map(frame, id, page, Found { space: id, page, what: Finding::Fill });
        let process = &mut self.processes[id.0 as usize];
        process.pinned = None;
        process.control.prepaging -= 1;
        let last = process.control.prepaging == 0;
        if self.leaps {
            self.memory.seen[frame.0 as usize] = process.virtual_at.0;
        }
        let known = if self.config.stamps(self.leaps) { process.virtual_at } else { Virtual::ZERO };
        let number = process.pool;
        self.memory.stamp(frame, known);
        let page = self.page_id_in(id, page);
        let (pool, mut view) = pool_and_view!(self, number);
        pool.loaded(frame, page, &mut view);
        if !pool.waiters.is_empty() {
            self.unblocked.push(number);
        }
        if last {
            self.resume(id);
        }
    }

    pub(super) fn fault_served(&mut self, id: ProcessId) {
        if self.processes[id.0 as usize].loading.is_some() {
            return self.resume(id);
        }
        let latency = self.now - self.processes[id.0 as usize].fault_at;
        let part = self.latency_part();
        self.fault_latency.record(part, latency);
        self.counters.fault_latency += u128::from(latency.0);
        self.tell(Event::FaultServed(id, latency));
        self.counters.faults_served += 1;
        self.resume(id);
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
        let stalled = self.now - self.processes[id.0 as usize].since;
        let part = self.latency_part();
        self.stall_latency.record(part, stalled);
        self.counters.stalled += u128::from(stalled.0);
        let (reference, found) = self.awaited(id);
        if let Finding::Read(store) = found.what {
            self.processes[id.0 as usize].awaits_read = false;
            self.counters.awaiting_frame_for_read -= 1;
            self.begin_read(frame, id, found, store);
            self.turn(id, Activity::PageWait);
        } else {
            // Whoever waits to fill or copy a page still has to: one that somebody else brings in frees all its waiters.
            self.map(frame, id, reference.page, found);
            self.resume(id);
        }
    }

    /// What a process that waits for a frame wants it for.
    fn awaited(&self, id: ProcessId) -> (Reference, Found) {
        let process = &self.processes[id.0 as usize];
        let reference = process.faulted.expect("a waiting process has faulted");
        let found = match process.copying {
            true => Found { space: id, page: reference.page, what: Finding::Fill },
            false => self.find(id, reference),
        };
        (reference, found)
    }

    /// Looks for frames for those waiting processes for whom none is being cleaned.
    fn serve_waiters(&mut self, number: usize) -> Result<()> {
        while self.pools[number].waiters.len() > self.pools[number].cleaning {
            let waiter = self.pools[number].waiters[0];
            let (_, found) = self.awaited(waiter);
            let cleaning = self.pools[number].cleaning;
            match self.obtain_frame(number, waiter, self.incoming(waiter, found))? {
                Some(frame) if self.pools[number].waiters.front() == Some(&waiter) => {
                    self.pools[number].waiters.pop_front();
                    self.grant(frame, waiter);
                }
                // On the way, writing something out, the paging device has given a frame back, which was for this one.
                Some(frame) => self.give_frame(number, frame),
                None if self.pools[number].cleaning == cleaning => break,
                None => {}
            }
        }
        Ok(())
    }

    /// Takes all memory of a process away.
    pub(super) fn release_memory(&mut self, id: ProcessId) {
        self.detach_process(id);
        if let Some(frame) = self.processes[id.0 as usize].pinned.take().filter(|frame| self.memory.is_shared(*frame)) {
            self.unpin_shared(frame);
        }
        let number = self.processes[id.0 as usize].pool;
        let pool = &mut self.pools[number];
        let mut free = Vec::new();
        let (mut held, mut wasted, mut ahead) = (0, 0, 0);
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
            Use::Ahead => {
                pool.cleaning += 1;
                ahead += 1;
            }
            Use::Rescued => {
                // It stays occupied until its write is done, and counts as being cleaned again.
                pool.removed(frame);
                pool.cleaning += 1;
                held += 1;
            }
            _ => {}
        });
        self.counters.read_ahead_wasted += wasted + ahead;
        self.counters.read_ahead_in_flight -= ahead;
        let process = &mut self.processes[id.0 as usize];
        process.populated = false;
        process.held -= held;
        process.control.forget_pages();
        self.counters.classes[process.class].resident.add(self.now, -i64::from(held));
        process.program.restart(process.virtual_at);
        self.pools[number].policy.begin_anew(Owner(id.0), process.virtual_at);
        self.note_resident();
        self.note_swap();
        for frame in free {
            self.give_frame(number, frame);
        }
        self.return_stranded();
        self.discard_freed();
    }
}

/// What has to be done for a page that is not in memory and has no swap slot.
fn unread(backing: Backing) -> Finding {
    match backing {
        Backing::ZeroFill => Finding::Fill,
        Backing::File => Finding::Read(Store::File),
        Backing::Swap => Finding::Read(Store::Swap),
    }
}
