//! Lists of pages that are not in memory.

use super::PageMap;
use crate::policy::PageId;
use std::collections::VecDeque;

/// Bits of a place that say where on its list a page is; the others say on which list.
const BITS: u32 = 29;
const POSITIONS: u32 = (1 << BITS) - 1;
/// Entries that a list may have for nothing before it is looked through for them.
const STALE: usize = 64;
/// How far ahead of the front the place of a page is asked for.
const AHEAD: usize = 8;

/// Ordered lists of pages that have left memory, each with something remembered of it. A policy bounds their lengths. Pages leave mostly
/// at the front, so a list is a queue; one that leaves elsewhere only loses its place, and its entry is dropped when it comes to the
/// front, or when more than half of the entries are such. So the memory is three times that of the page's number, 4 bytes, and of what is
/// remembered, at most, for as many pages as the list ever had; and 4 bytes for each page number seen.
#[derive(Debug)]
pub struct Ghosts<T = ()> {
    lists: Vec<List<T>>,
    place_of: PageMap,
}

#[derive(Debug)]
struct List<T> {
    /// The page of each entry and what is remembered of it, whether it still has its place here or not.
    entries: VecDeque<(PageId, T)>,
    /// Position of the first entry; positions are counted modulo 2^[`BITS`].
    first: u32,
    /// Pages that have their place here.
    pages: usize,
}

impl<T> List<T> {
    fn place(list: usize, position: u32) -> u32 {
        (list as u32) << BITS | position & POSITIONS
    }

    fn clear(&mut self) {
        self.entries.clear();
        self.first = 0;
    }
}

impl<T: Copy> Ghosts<T> {
    /// So many empty lists, at most seven.
    pub fn new(lists: usize) -> Ghosts<T> {
        assert!(lists < 1 << (u32::BITS - BITS), "a place has no room for the numbers of {lists} lists");
        let empty = || List { entries: VecDeque::new(), first: 0, pages: 0 };
        Ghosts { lists: (0..lists).map(|_| empty()).collect(), place_of: PageMap::default() }
    }

    /// Asks for the place of a page.
    #[inline]
    pub fn prefetch(&self, page: PageId) {
        self.place_of.prefetch(page);
    }

    /// Number of pages on a list.
    #[inline]
    pub fn len(&self, list: usize) -> usize {
        self.lists[list].pages
    }

    /// The list that a page is on.
    #[inline]
    pub fn list_of(&self, page: PageId) -> Option<usize> {
        Some((self.place_of.get(page)? >> BITS) as usize)
    }

    /// Adds a page, which must be on no list, at the back of one.
    pub fn push_back(&mut self, number: usize, page: PageId, memory: T) {
        debug_assert!(self.place_of.get(page).is_none(), "page {} is a ghost already", page.0);
        let list = &mut self.lists[number];
        let place = List::<T>::place(number, list.first.wrapping_add(list.entries.len() as u32));
        if list.entries.len() == list.entries.capacity() {
            // Half as much again, where a queue of its own would double.
            list.entries.reserve_exact(list.entries.len() / 2 + AHEAD);
        }
        list.entries.push_back((page, memory));
        list.pages += 1;
        self.place_of.set(page, place);
    }

    /// Takes a page off its list, if it is on one; what was remembered of it.
    pub fn remove(&mut self, page: PageId) -> Option<T> {
        let place = self.place_of.get(page)?;
        self.place_of.clear(page);
        let number = (place >> BITS) as usize;
        let list = &mut self.lists[number];
        let memory = list.entries[(place.wrapping_sub(list.first) & POSITIONS) as usize].1;
        self.left(number);
        Some(memory)
    }

    /// Takes the front page of a list away.
    pub fn pop_front(&mut self, number: usize) -> Option<PageId> {
        let list = &mut self.lists[number];
        while let Some((page, _)) = list.entries.pop_front() {
            let place = List::<T>::place(number, list.first);
            list.first = list.first.wrapping_add(1);
            if let Some((ahead, _)) = list.entries.get(AHEAD) {
                self.place_of.prefetch(*ahead);
            }
            if self.place_of.get(page) == Some(place) {
                self.place_of.clear(page);
                self.left(number);
                return Some(page);
            }
        }
        None
    }

    /// A page has lost its place on a list.
    fn left(&mut self, number: usize) {
        let list = &mut self.lists[number];
        list.pages -= 1;
        if list.pages == 0 {
            list.clear();
        } else if list.entries.len() > 2 * list.pages + STALE {
            self.tidy(number);
        }
    }

    /// Drops the entries of pages that have lost their place, and gives the others new ones.
    #[cold]
    fn tidy(&mut self, number: usize) {
        let (list, place_of) = (&mut self.lists[number], &mut self.place_of);
        let (mut old, mut new) = (list.first, 0);
        list.entries.retain(|&(page, _)| {
            let keeps = place_of.get(page) == Some(List::<T>::place(number, old));
            old = old.wrapping_add(1);
            if keeps {
                // Of the entries of a page the last has its place: none is looked at after it got a new one.
                place_of.set(page, List::<T>::place(number, new));
                new += 1;
            }
            keeps
        });
        list.first = 0;
    }

    /// Checks lists and places against each other; panics where they disagree.
    pub fn validate(&self) {
        for (number, list) in self.lists.iter().enumerate() {
            let places = (0..).map(|at| List::<T>::place(number, list.first.wrapping_add(at)));
            let entries = list.entries.iter().zip(places);
            let kept = entries.filter(|&(&(page, _), place)| self.place_of.get(page) == Some(place)).count();
            assert_eq!(kept, list.pages, "pages with a place on list {number} and its length disagree");
            assert!(list.entries.len() <= 2 * list.pages + STALE, "{} entries", list.entries.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Three lists against three vectors; long enough for entries without a place to be dropped.
        #[test]
        fn ghosts_are_like_vectors(steps in proptest::collection::vec((0u32..90, 0usize..3, 0u8..8), 1..3_000)) {
            let mut ghosts: Ghosts<u64> = Ghosts::new(3);
            let mut model: Vec<Vec<(PageId, u64)>> = vec![Vec::new(); 3];
            for (time, (page, list, action)) in (0..).zip(steps) {
                let page = PageId(page);
                let on = model.iter().position(|list| list.iter().any(|&(other, _)| other == page));
                prop_assert_eq!(ghosts.list_of(page), on);
                match (action, on) {
                    (0..5, None) => {
                        ghosts.push_back(list, page, time);
                        model[list].push((page, time));
                    }
                    (0..7, Some(on)) => {
                        let at = model[on].iter().position(|&(other, _)| other == page).expect("it is there");
                        prop_assert_eq!(ghosts.remove(page), Some(model[on].remove(at).1));
                    }
                    _ => {
                        let front = if model[list].is_empty() { None } else { Some(model[list].remove(0).0) };
                        prop_assert_eq!(ghosts.pop_front(list), front);
                    }
                }
                for (number, list) in model.iter().enumerate() {
                    prop_assert_eq!(ghosts.len(number), list.len());
                }
                if time % 16 == 0 {
                    ghosts.validate();
                }
            }
        }
    }
}
