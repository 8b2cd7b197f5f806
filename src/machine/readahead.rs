//! Reading ahead: a page-in takes the neighbours of its page on the device along.
//!
//! Neighbours are the pages of the same process in the aligned cluster of positions around the page that faulted, as far as they lie
//! side by side and nowhere but on the device. They come in the same request, into frames that are free beyond the reserve; nobody
//! is evicted for them. A page that was read ahead is not mapped: its first reference is a minor fault that finds it, or a
//! major one that waits for it while it is still on its way. Until then policies hold it as loaded and not referenced, and
//! the program as absent, so the engines need to know nothing of it. Source: Linux, `mm/swap_state.c` (`swap_cluster_readahead`).

use super::Machine;
use super::fault::pool_and_view;
use crate::device::Operation;
use crate::memory::{Place, Use};
use crate::metrics::Activity;
use crate::units::{FrameId, Page, ProcessId};
use crate::workload::Backing;

impl Machine<'_> {
    /// Reads a page that faulted into a frame, and its neighbours into free ones.
    pub(super) fn read_cluster(&mut self, frame: FrameId, id: ProcessId, page: Page) {
        let number = self.processes[id.0 as usize].pool;
        let (before, after) = self.neighbours(id, page, self.pools[number].spare());
        let position = self.position(id, page) - before.len() as u64;
        let mut frames = Vec::with_capacity(before.len() + 1 + after.len());
        for (page, asked) in before
            .iter()
            .map(|page| (*page, false))
            .chain([(page, true)])
            .chain(after.iter().map(|page| (*page, false)))
        {
            let frame = if asked {
                frame
            } else {
                self.pools[number].take_free().expect("no more neighbours than spare frames")
            };
            self.memory.begin_load(frame, id, page);
            frames.push(frame);
        }
        let ahead = frames.len() as u64 - 1;
        self.counters.reads += frames.len() as u64;
        self.counters.read_ahead += ahead;
        self.counters.read_ahead_in_flight += ahead;
        self.submit(Operation::Read, &frames, position);
        self.watch(number);
    }

    /// Up to `most` pages that lie directly before and after a page on the device, in order of their positions. What comes after goes
    /// first.
    fn neighbours(&self, id: ProcessId, page: Page, most: u32) -> (Vec<Page>, Vec<Page>) {
        let cluster = self.config.reclaim.readahead;
        let place = self.memory.entry(id, page).place();
        let own = match place {
            Place::Swap(slot) => slot,
            _ => page.0,
        };
        let pages = self.memory.tables[id.0 as usize].pages();
        let from_file = self.config.classes[self.processes[id.0 as usize].class].program.backing == Backing::File;
        // The page at a place of the same kind, if it is there and nowhere else.
        let at = |number: u32| match place {
            Place::Swap(_) => self.memory.page_in_slot(id, number),
            _ => Some(Page(number))
                .filter(|page| from_file && page.0 < pages && self.memory.entry(id, *page).place() == Place::Backing),
        };
        let first = own / cluster * cluster;
        let last = first.saturating_add(cluster - 1);
        let after: Vec<Page> = (own.saturating_add(1)..=last).map_while(at).take(most as usize).collect();
        let left = most as usize - after.len();
        let mut before: Vec<Page> = (first..own).rev().map_while(at).take(left).collect();
        before.reverse();
        (before, after)
    }

    /// The page that the process on a CPU has faulted on may have been read ahead, or be on its way so: then the fault is served here.
    pub(super) fn finds_read_ahead(&mut self, cpu: usize, frame: FrameId) -> bool {
        let id = self.cpus[cpu].running.expect("the faulting process runs");
        let process = &self.processes[id.0 as usize];
        let (class, number) = (process.class, process.pool);
        match self.memory.usage(frame) {
            Use::Cached => {
                let (_, page) = self.memory.owner(frame);
                self.counters.cache_hits += 1;
                // It comes into the policy's hands again with its first reference.
                self.pools[number].removed(frame);
                self.map(frame, id, page);
                self.run_user(cpu);
                true
            }
            Use::Loading => {
                self.counters.major += 1;
                self.counters.classes[class].major += 1;
                self.counters.joined += 1;
                self.counters.read_ahead_in_flight -= 1;
                self.leave_cpu(cpu, Activity::PageWait);
                true
            }
            _ => false,
        }
    }

    /// A page has been read; true if nobody waits for it.
    pub(super) fn arrives_unasked(&mut self, frame: FrameId) -> bool {
        let (owner, page) = self.memory.owner(frame);
        let number = self.processes[owner.0 as usize].pool;
        if self.memory.usage(frame) == Use::Orphaned {
            self.memory.end_orphaned_load(frame);
            self.pools[number].cleaning -= 1;
            self.note_swap();
            self.give_frame(number, frame);
            self.discard_freed();
            return true;
        }
        if self.processes[owner.0 as usize].faulted.is_some_and(|reference| reference.page == page) {
            return false;
        }
        self.counters.read_ahead_in_flight -= 1;
        self.memory.cache(frame);
        self.note_resident();
        let id = self.page_id(owner, page);
        let (pool, mut view) = pool_and_view!(self, number);
        pool.loaded(frame, id, &mut view);
        if !pool.waiters.is_empty() {
            self.unblocked.push(number);
        }
        true
    }
}
