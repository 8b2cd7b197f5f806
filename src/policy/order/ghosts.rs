//! Lists of pages that are not in memory.

use super::{Lists, PageMap};
use crate::policy::PageId;

/// Ordered lists of pages that have left memory, each with something remembered of it. A policy bounds their lengths; the
/// memory is that of the longest they ever were (18 bytes a page and what is remembered), and 4 bytes for each page number seen.
#[derive(Debug)]
pub struct Ghosts<T = ()> {
    lists: Lists,
    /// Page and memory of each slot.
    slots: Vec<(PageId, T)>,
    free: Vec<u32>,
    slot_of: PageMap,
}

impl<T: Copy> Ghosts<T> {
    /// So many empty lists.
    pub fn new(lists: usize) -> Ghosts<T> {
        Ghosts { lists: Lists::new(lists, 0), slots: Vec::new(), free: Vec::new(), slot_of: PageMap::default() }
    }

    /// Asks for the place of a page.
    #[inline]
    pub fn prefetch(&self, page: PageId) {
        self.slot_of.prefetch(page);
    }

    /// Number of pages on a list.
    pub fn len(&self, list: usize) -> usize {
        self.lists.len(list)
    }

    /// The list that a page is on.
    pub fn list_of(&self, page: PageId) -> Option<usize> {
        self.lists.list_of(self.slot_of.get(page)?)
    }

    /// Adds a page, which must be on no list, at the back of one.
    pub fn push_back(&mut self, list: usize, page: PageId, memory: T) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push((page, memory));
            self.lists.grow(self.slots.len() as u32);
            self.slots.len() as u32 - 1
        });
        self.slots[slot as usize] = (page, memory);
        debug_assert!(self.slot_of.get(page).is_none(), "page {} is a ghost already", page.0);
        self.slot_of.set(page, slot);
        self.lists.push_back(list, slot);
    }

    /// Takes a page off its list, if it is on one; what was remembered of it.
    pub fn remove(&mut self, page: PageId) -> Option<T> {
        let slot = self.slot_of.get(page)?;
        self.lists.remove(slot);
        self.slot_of.clear(page);
        self.free.push(slot);
        Some(self.slots[slot as usize].1)
    }

    /// Takes the front page of a list away.
    pub fn pop_front(&mut self, list: usize) -> Option<PageId> {
        let page = self.slots[self.lists.front(list)? as usize].0;
        self.remove(page);
        Some(page)
    }

    /// Checks lists and index against each other; panics where they disagree.
    pub fn validate(&self) {
        self.lists.validate();
        assert_eq!(self.lists.total() + self.free.len(), self.slots.len(), "slots are on a list or free");
        for (slot, (page, _)) in self.slots.iter().enumerate() {
            if self.lists.list_of(slot as u32).is_some() {
                assert_eq!(self.slot_of.get(*page), Some(slot as u32), "page {} is not indexed", page.0);
            }
        }
    }
}
