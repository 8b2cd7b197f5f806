//! Reading ahead: a page-in takes the neighbours of its page on the device along.
//!
//! Neighbours are the pages of the same process, or of the same memory object, in the aligned cluster of positions around the page that
//! faulted, as far as they lie side by side and nowhere but on the device. They come in the same request, into frames that are free
//! beyond the reserve; nobody is evicted for them. A page that was read ahead is not mapped: its first reference is a minor
//! fault that finds it, or a major one that waits for it while it is still on its way. Until then policies hold it as loaded
//! and not referenced, and programs as absent, so the engines need to know nothing of it. Source: Linux,
//! `mm/swap_state.c` (`swap_cluster_readahead`) and the page cache.

use super::Machine;
use super::fault::{Finding, Found, Store};
use crate::device::Operation;
use crate::memory::{Place, Use};
use crate::units::{FrameId, Page, ProcessId};
use crate::workload::{Backing, Mapping, RegionSpec};

impl Machine<'_> {
    /// Reads the page of a process's fault into a frame, and its neighbours into free ones.
    pub(super) fn read_cluster(&mut self, frame: FrameId, id: ProcessId, found: Found, store: Store) {
        let number = self.processes[id.0 as usize].pool;
        let (before, after) = self.neighbours(id, found, self.pools[number].spare());
        let mut frames = Vec::with_capacity(before.len() + 1 + after.len());
        let ahead = |machine: &mut Self, pages: &[Page], frames: &mut Vec<FrameId>| {
            for &page in pages {
                let frame = machine.pools[number].take_free().expect("no more neighbours than spare frames");
                machine.memory.begin_load(frame, found.space, page);
                machine.memory.read_ahead(frame);
                frames.push(frame);
            }
        };
        ahead(self, &before, &mut frames);
        self.memory.begin_load(frame, found.space, found.page);
        frames.push(frame);
        ahead(self, &after, &mut frames);
        let others = frames.len() as u64 - 1;
        self.counters.reads += others + 1;
        self.counters.read_ahead += others;
        self.counters.read_ahead_in_flight += others;
        let position = self.read_position(frames[0]);
        self.submit(Operation::Read, &frames, position, store);
        self.watch(number);
        if found.space != id {
            self.joiners.entry(frame.0).or_default().push(id);
            // Others may wait for a frame to bring in one of these pages.
            for &frame in &frames {
                let (space, page) = self.memory.owner(frame);
                self.join_waiters(frame, Found { space, page, what: Finding::Join(frame) }, true);
                if self.joiners.contains_key(&frame.0) {
                    self.claim(frame);
                }
            }
        }
    }

    /// Up to `most` pages that lie directly before and after a page on the device, in order of their positions. What comes after goes
    /// first.
    fn neighbours(&self, id: ProcessId, found: Found, most: u32) -> (Vec<Page>, Vec<Page>) {
        let Found { space, page, .. } = found;
        let cluster = self.config.reclaim.readahead;
        let slot = match self.memory.entry(space, page).place() {
            Place::Swap(slot) => Some(slot),
            _ => None,
        };
        let region = self.config.classes[self.processes[id.0 as usize].class].program.region(page);
        let own = region.filter(|_| space == id);
        // The page at a place of the same kind, if it is there and nowhere else.
        let at = |number: u32| match slot {
            Some(_) => self.memory.page_in_slot(space, number),
            None => Some(Page(number)).filter(|page| self.is_unread(space, *page, own)),
        };
        let place = slot.unwrap_or(page.0);
        let first = place / cluster * cluster;
        let last = first.saturating_add(cluster - 1);
        let after: Vec<Page> = (place.saturating_add(1)..=last).map_while(at).take(most as usize).collect();
        let left = most as usize - after.len();
        let mut before: Vec<Page> = (first..place).rev().map_while(at).take(left).collect();
        before.reverse();
        (before, after)
    }

    /// Whether a page has to be read from the file, or other store, that the pages of a space begin in. A process's own page must be in
    /// the same region as the one that faulted.
    fn is_unread(&self, space: ProcessId, page: Page, region: Option<&RegionSpec>) -> bool {
        let table = &self.memory.tables[space.0 as usize];
        if page.0 >= table.pages() || table.get(page).place() != Place::Backing {
            return false;
        }
        let Some(process) = self.processes.get(space.0 as usize) else {
            // An object begins in one place as a whole.
            return true;
        };
        let program = &self.config.classes[process.class].program;
        match region {
            None => program.backing != Backing::ZeroFill && program.region(page).is_none(),
            Some(region) => {
                let within = page.0.checked_sub(region.first_page).is_some_and(|at| at < region.pages);
                within && region.mapping == Mapping::Private
            }
        }
    }

    /// A process waits for a page that is on its way, perhaps because it was read ahead.
    pub(super) fn claim(&mut self, frame: FrameId) {
        if self.memory.claim(frame) {
            self.counters.read_ahead_in_flight -= 1;
            self.counters.read_ahead_claimed += 1;
        }
    }

    /// A page has been read; true if nobody waits for it.
    pub(super) fn arrives_unasked(&mut self, frame: FrameId) -> bool {
        let number = self.pool_of(frame);
        match self.memory.usage(frame) {
            Use::Orphaned => {
                self.memory.end_orphaned_load(frame);
                self.pools[number].cleaning -= 1;
                self.note_swap();
                self.give_frame(number, frame);
                self.return_stranded();
                self.discard_freed();
                true
            }
            Use::Ahead => {
                self.counters.read_ahead_in_flight -= 1;
                self.memory.cache(frame);
                self.note_resident();
                self.hand_over(frame);
                self.arrives_too_late(frame);
                true
            }
            _ => false,
        }
    }
}
