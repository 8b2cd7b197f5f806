//! How a program comes into memory: page by page as it asks for them, or before it begins.

use super::Machine;
use super::fault::{Finding, Store};
use crate::error::Result;
use crate::machine::Loading;
use crate::metrics::Activity;
use crate::units::{Page, ProcessId, Virtual};
use crate::workload::RegionKind;
use crate::workload::walk::Reference;

impl Machine<'_> {
    /// A job begins. In a new address space, and where that is asked for, pages are brought in before its first reference.
    pub(super) fn begin_job(&mut self, id: ProcessId) {
        let process = &mut self.processes[id.0 as usize];
        if !std::mem::replace(&mut process.populated, true) {
            process.starting = Some(self.now);
            if self.config.classes[process.class].loading != Loading::Demand {
                process.loading = Some(Page(0));
                // Until its first page is asked for, at the end of this event.
                self.turn(id, Activity::PageWait);
                self.loaders.push(id);
                return;
            }
        }
        self.make_ready(id);
    }

    /// The number of pages that are brought in before the first reference.
    fn to_load(&self, id: ProcessId) -> u32 {
        let class = &self.config.classes[self.processes[id.0 as usize].class];
        match class.loading {
            Loading::Demand => 0,
            Loading::Whole => class.program.pages,
            Loading::Prepage(pages) => pages.min(class.program.pages),
        }
    }

    /// Brings in pages that a process starts with, one after the other, until one has to be waited for.
    pub(super) fn load_on(&mut self, id: ProcessId) -> Result<()> {
        let end = self.to_load(id);
        while let Some(page) = self.processes[id.0 as usize].loading {
            if page.0 >= end {
                self.processes[id.0 as usize].loading = None;
                self.make_ready(id);
                self.die_if_doomed(id);
                break;
            }
            self.processes[id.0 as usize].loading = Some(Page(page.0 + 1));
            let program = &self.config.classes[self.processes[id.0 as usize].class].program;
            let reachable =
                program.region(page).is_none_or(|region| !matches!(region.kind, RegionKind::Gap | RegionKind::Kernel));
            if reachable && self.memory.entry(id, page).resident().is_none() && self.load(id, page)? {
                break;
            }
        }
        Ok(())
    }

    /// Brings in one page; true if the process has to wait for it.
    fn load(&mut self, id: ProcessId, page: Page) -> Result<bool> {
        let reference = Reference { page, write: false };
        let process = &mut self.processes[id.0 as usize];
        process.faulted = Some(reference);
        process.fault_at = self.now;
        let pool = process.pool;
        let found = self.find(id, reference);
        match found.what {
            Finding::Rescue(frame) => {
                let pool = self.pool_of(frame);
                self.pools[pool].cleaning -= 1;
                self.map(frame, id, page, found);
                self.unblocked.push(pool);
                self.settle_loaded(id);
                return Ok(false);
            }
            Finding::Join(frame) => {
                self.counters.preloads += 1;
                self.counters.joined += 1;
                self.claim(frame);
                if found.space != id {
                    self.joiners.entry(frame.0).or_default().push(id);
                }
                self.wait_as(id, Activity::PageWait);
                return Ok(true);
            }
            Finding::Resident(frame) | Finding::Copy(frame) => {
                self.processes[id.0 as usize].faulted = None;
                self.attach(frame, id, page);
                return Ok(false);
            }
            Finding::Cached(_) => {
                // It is in memory; its first reference will find it.
                self.processes[id.0 as usize].faulted = None;
                return Ok(false);
            }
            Finding::Fill => {}
            Finding::Read(_) => self.counters.preloads += 1,
        }
        match (self.obtain_frame(pool, id, self.incoming(id, found))?, found.what) {
            (Some(frame), Finding::Read(store)) => {
                self.begin_read(frame, id, found, store);
                self.wait_as(id, Activity::PageWait);
            }
            (Some(frame), _) => {
                self.map(frame, id, page, found);
                self.settle_loaded(id);
                return Ok(false);
            }
            (None, what) => {
                self.await_frame(id, pool, matches!(what, Finding::Read(Store::File | Store::Swap)));
                self.wait_as(id, Activity::FrameWait);
            }
        }
        Ok(true)
    }

    fn wait_as(&mut self, id: ProcessId, activity: Activity) {
        if self.processes[id.0 as usize].activity != activity {
            self.turn(id, activity);
        }
    }

    /// A page that was brought in before it was referenced may be evicted like any other.
    pub(super) fn settle_loaded(&mut self, id: ProcessId) {
        let process = &mut self.processes[id.0 as usize];
        let faulted = process.faulted.take();
        let (Some(frame), Some(reference)) = (process.pinned.take(), faulted) else { return };
        let virtual_at = process.virtual_at;
        if self.leaps {
            self.memory.see(id, reference.page, frame, virtual_at);
        }
        if self.memory.is_shared(frame) {
            self.unpin_shared(frame);
        } else {
            let known = if self.config.stamps(self.leaps) { virtual_at } else { Virtual::ZERO };
            self.memory.stamp(frame, known);
            self.hand_over(frame);
        }
    }

    /// A process has been waiting for a page and has it: it goes on, with its reference or with its loading.
    pub(super) fn resume(&mut self, id: ProcessId) {
        if self.processes[id.0 as usize].loading.is_some() {
            self.settle_loaded(id);
            self.wait_as(id, Activity::PageWait);
            self.loaders.push(id);
        } else {
            self.make_ready(id);
        }
        self.die_if_doomed(id);
    }

    /// A process executes the first reference in a new address space.
    pub(super) fn note_start(&mut self, id: ProcessId) {
        let process = &mut self.processes[id.0 as usize];
        if let Some(started) = process.starting.take() {
            let class = &mut self.counters.classes[process.class];
            class.startups += 1;
            class.startup_time += u128::from((self.now - started).0);
        }
    }
}
