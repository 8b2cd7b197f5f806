//! Pages of memory objects under the machine: who maps them, who waits for them, who has them pinned.

use super::fault::{Finding, Found, pool_and_view};
use super::{Config, Machine};
use crate::memory::{Memory, Object, Window};
use crate::metrics::Activity;
use crate::policy::{Observes, PageId};
use crate::units::{FrameId, Page, ProcessId, Virtual};
use crate::workload::walk::Reference;
use crate::workload::{Backing, Mapping, ProgramSpec, RegionSpec};

/// Tells memory of the objects and of the windows of each process.
pub(super) fn share(memory: &mut Memory, config: &Config) {
    if config.objects.is_empty() {
        return;
    }
    let objects = config
        .objects
        .iter()
        .map(|object| Object { pages: object.pages, writes_back: object.backing == Backing::File && !object.image });
    let windows = config.classes.iter().flat_map(|class| {
        let of_each = windows(&class.program);
        std::iter::repeat_n(of_each, class.count as usize)
    });
    memory.share(objects.collect(), windows.collect());
}

fn windows(program: &ProgramSpec) -> Vec<Window> {
    let window = |region: &RegionSpec| {
        let (view, copied) = match region.mapping {
            Mapping::Private => return None,
            Mapping::Shared(view) => (view, false),
            Mapping::CopyOnWrite(view) => (view, true),
        };
        Some(Window {
            first_page: region.first_page,
            pages: region.pages,
            offset: view.offset,
            object: view.object,
            writable: !copied && region.protection.write,
            copied,
        })
    };
    program.regions.iter().filter_map(window).collect()
}

impl Machine<'_> {
    /// The pool that a frame belongs to. A page of an object is in the pool of the process that brought it in.
    pub(super) fn pool_of(&self, frame: FrameId) -> usize {
        self.pools.partition_point(|pool| pool.base() <= frame.0) - 1
    }

    /// Identity of a space's page, for policies that remember pages that are gone.
    pub(super) fn page_id_in(&self, space: ProcessId, page: Page) -> PageId {
        let first = match self.processes.get(space.0 as usize) {
            Some(process) => process.first_page_id,
            None => self.object_page_ids[space.0 as usize - self.processes.len()],
        };
        PageId(first + page.0)
    }

    /// Makes the page of an object that is in a frame one that the process can reference.
    pub(super) fn attach(&mut self, frame: FrameId, id: ProcessId, page: Page) {
        let protected = !self.memory.sharing.window(id, page).is_some_and(|window| window.writable);
        self.memory.attach(frame, id, page, protected);
        let process = &mut self.processes[id.0 as usize];
        if self.config.policy.observes == Observes::LastUse {
            self.memory.used(id, page, frame, process.virtual_at);
        }
        self.counters.classes[process.class].mapped.add(self.now, 1);
        if self.leaps {
            process.program.page_in(page, protected);
            self.memory.see(id, page, frame, process.virtual_at);
        }
    }

    /// Pins an object's page for a process that has faulted on it.
    pub(super) fn pin_shared(&mut self, frame: FrameId, id: ProcessId) {
        self.processes[id.0 as usize].pinned = Some(frame);
        self.pins[frame.0 as usize] += 1;
    }

    /// One process needs the page pinned no more; if it was the last, the page is the policy's from now on.
    pub(super) fn unpin_shared(&mut self, frame: FrameId) {
        self.pins[frame.0 as usize] -= 1;
        if self.pins[frame.0 as usize] == 0 {
            self.hand_over(frame);
        }
    }

    /// A page that may be evicted from now on goes into the policy's hands.
    pub(super) fn hand_over(&mut self, frame: FrameId) {
        let (space, page) = self.memory.owner(frame);
        let page = self.page_id_in(space, page);
        let number = self.pool_of(frame);
        if let Some(known) = self.memory.known.get_mut(frame.0 as usize) {
            *known = 0;
        }
        let (pool, mut view) = pool_and_view!(self, number);
        pool.loaded(frame, page, &mut view);
        if !pool.waiters.is_empty() {
            self.unblocked.push(number);
        }
    }

    /// The page is in memory for somebody else already: the process maps it too and goes on.
    pub(super) fn map_resident(&mut self, frame: FrameId, id: ProcessId, reference: Reference) {
        self.attach(frame, id, reference.page);
        self.memory.entry_mut(id, reference.page).touch(reference.write);
        let pool = self.pool_of(frame);
        if !self.pools[pool].holds(frame) {
            // It is pinned for somebody; the policy gets it when that has been referenced too.
            return;
        }
        if self.leaps {
            if self.config.policy.observes == Observes::LastReference {
                self.memory.learn(frame, self.now);
            }
        } else if self.config.policy.observes.sees_hits() {
            self.hit(pool, frame);
        }
    }

    /// Tells a pool's policy of a hit.
    pub(super) fn hit(&mut self, pool: usize, frame: FrameId) {
        let pool = &mut self.pools[pool];
        let local = FrameId(frame.0 - pool.base());
        (self.config.policy.hit)(pool.policy.as_mut(), local);
    }

    /// Takes a process's mapping of an object's page away; what its references up to `to` have done to the page is kept.
    pub(super) fn detach(&mut self, id: ProcessId, page: Page, frame: FrameId, to: Virtual) {
        let Some(mapper) = self.memory.sharing.of(id, page) else { return };
        if self.leaps {
            let number = self.pool_of(frame);
            let times = self.config.policy.observes == Observes::LastReference;
            let (_, mut view) = pool_and_view!(self, number);
            view.settle_mapper(mapper, frame, to, times);
        }
        self.memory.detach(frame, mapper);
        self.unshown(id, page);
        self.recharge(frame);
    }

    /// A process can no longer reference an object's page; if it runs at this moment it may fault on it from now on.
    fn unshown(&mut self, id: ProcessId, page: Page) {
        let process = &mut self.processes[id.0 as usize];
        process.control.note_evicted(page);
        self.counters.classes[process.class].mapped.add(self.now, -1);
        if self.leaps {
            process.program.page_out(page);
            if let (Some(cpu), Some(_)) = (process.cpu, process.user_since)
                && self.replan.last() != Some(&cpu)
            {
                self.replan.push(cpu);
            }
        }
    }

    /// An object's page leaves its frame: nobody can reference it any more. Its bits have been settled.
    pub(super) fn detach_all(&mut self, frame: FrameId) {
        while let Some(mapper) = self.memory.sharing.first(frame) {
            let mapper = self.memory.detach(frame, mapper);
            self.unshown(mapper.process, mapper.page);
        }
    }

    /// Takes all pages of objects away from a process that ends.
    pub(super) fn detach_process(&mut self, id: ProcessId) {
        let to = self.processes[id.0 as usize].virtual_at;
        let program = &self.config.classes[self.processes[id.0 as usize].class].program;
        for region in program.regions.iter().filter(|region| region.mapping != Mapping::Private) {
            for page in region.first_page..region.first_page + region.pages {
                let page = Page(page);
                if let Some(frame) = self.memory.entry(id, page).resident()
                    && self.memory.is_shared(frame)
                {
                    self.detach(id, page, frame, to);
                }
            }
        }
    }

    /// A page of an object has been read: all who waited for it can run.
    pub(super) fn shared_read(&mut self, frame: FrameId) {
        let (object, page) = self.memory.owner(frame);
        self.memory.map(frame, object, page);
        self.note_resident();
        let joiners = self.joiners.remove(&frame.0).unwrap_or_default();
        if joiners.is_empty() {
            self.hand_over(frame);
        }
        // All have it pinned before the first of them runs.
        for &id in &joiners {
            let reference = self.processes[id.0 as usize].faulted.expect("who waits for a page has faulted");
            self.attach(frame, id, reference.page);
            self.pin_shared(frame, id);
        }
        joiners.into_iter().for_each(|id| self.fault_served(id));
    }

    /// Others that wait for a frame, to bring in the same page of an object as has just got one, need none any more: they wait for
    /// the read that is under way, or have the page at once if it needed none.
    pub(super) fn join_waiters(&mut self, frame: FrameId, found: Found, reading: bool) {
        if self.counters.activity[Activity::FrameWait as usize].inside == 0 {
            return;
        }
        for number in 0..self.pools.len() {
            let mut at = 0;
            while let Some(&id) = self.pools[number].waiters.get(at) {
                let process = &self.processes[id.0 as usize];
                let faulted = process.faulted.filter(|_| !process.copying);
                let other = faulted.map(|reference| self.find(id, reference));
                let wants = other.is_some_and(|other| (other.space, other.page) == (found.space, found.page));
                if other.is_some_and(|other| matches!(other.what, Finding::Copy(of) if of == frame)) {
                    // It will copy what is there now, whatever becomes of the page before it has a frame.
                    self.processes[id.0 as usize].copying = true;
                }
                if !wants {
                    at += 1;
                    continue;
                }
                self.pools[number].waiters.remove(at);
                self.joined(id);
                let reference = self.processes[id.0 as usize].faulted.expect("it has faulted");
                if reading {
                    self.joiners.entry(frame.0).or_default().push(id);
                    self.turn(id, Activity::PageWait);
                } else {
                    self.attach(frame, id, reference.page);
                    self.pin_shared(frame, id);
                    self.resume(id);
                }
            }
        }
    }

    /// A process that may have waited for a frame to read into is served by another's read.
    fn joined(&mut self, id: ProcessId) {
        let process = &mut self.processes[id.0 as usize];
        if std::mem::take(&mut process.awaits_read) {
            self.counters.awaiting_frame_for_read -= 1;
            self.counters.joined += 1;
        }
    }
}
