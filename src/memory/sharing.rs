//! Memory objects: pages that several processes may map, and who maps which of them.
//!
//! A memory object (a program's text or data file, a shared segment, the memory of a parent that has forked) has a page table of its
//! own, which says where each of its pages is. A process's own table says of such a page only whether this process has it mapped, with
//! the accessed and dirty bits of its own references. So a shared page is in one frame or in none, and each frame that holds one
//! has a list of those who map it (a reverse map).

use crate::units::{FrameId, Page, ProcessId, Virtual};

/// A part of a process's address space in which the pages of an object can be mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First page in the process's address space.
    pub first_page: u32,
    /// Number of pages.
    pub pages: u32,
    /// The object's page that the first page shows.
    pub offset: u32,
    /// Number of the object.
    pub object: u32,
    /// Whether the process may write to the object's own pages: a writable shared mapping. Neither a read-only nor a copy-on-write
    /// mapping may.
    pub writable: bool,
    /// Whether the process may have pages of its own in place of the object's: a copy-on-write mapping.
    pub copied: bool,
}

/// A memory object as memory knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object {
    /// Number of pages.
    pub pages: u32,
    /// Whether changed pages are written back to a file of its own; else they go to swap space.
    pub writes_back: bool,
}

/// One process's mapping of a page that is in a frame.
#[derive(Clone, Copy, Debug)]
pub struct Mapper {
    /// The process.
    pub process: ProcessId,
    /// The page, in the process's own address space.
    pub page: Page,
    /// Leap: virtual time of the process up to which its references to the page are revealed.
    pub seen: Virtual,
    /// Under a policy that asks: the process's last use of the page, in its virtual time, as far as is known.
    pub last: Virtual,
    next: u32,
    previous: u32,
}

/// Place of a [`Mapper`] in the reverse map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapperId(u32);

const NONE: u32 = u32::MAX;

/// The reverse map of a machine.
#[derive(Debug, Default)]
pub struct Sharing {
    /// All mappings, those of one frame in a doubly linked list; places of former ones are used again.
    mappers: Vec<Mapper>,
    unused: Vec<u32>,
    /// First of each frame's list and its length; empty on a machine without objects.
    first: Vec<u32>,
    count: Vec<u32>,
    /// The mapping of each page of each process; empty for a process without windows.
    of_page: Vec<Vec<u32>>,
    /// Windows of each process, in order of pages.
    pub(super) windows: Vec<Vec<Window>>,
    pub(super) objects: Vec<Object>,
}

impl Sharing {
    /// For a machine of so many frames, whose processes have address spaces of so many pages with these windows.
    pub fn new(frames: u32, objects: Vec<Object>, spaces: Vec<(u32, Vec<Window>)>) -> Sharing {
        let places = |pages: u32, windows: &[Window]| if windows.is_empty() { 0 } else { pages as usize };
        Sharing {
            mappers: Vec::new(),
            unused: Vec::new(),
            first: vec![NONE; frames as usize],
            count: vec![0; frames as usize],
            of_page: spaces.iter().map(|(pages, windows)| vec![NONE; places(*pages, windows)]).collect(),
            windows: spaces.into_iter().map(|(_, windows)| windows).collect(),
            objects,
        }
    }

    /// The window that a page of a process lies in.
    pub fn window(&self, process: ProcessId, page: Page) -> Option<&Window> {
        let windows = self.windows.get(process.0 as usize)?;
        let after = windows.partition_point(|window| window.first_page <= page.0);
        after.checked_sub(1).map(|at| &windows[at]).filter(|window| page.0 - window.first_page < window.pages)
    }

    /// How many processes map the page in a frame.
    pub fn count(&self, frame: FrameId) -> u32 {
        self.count.get(frame.0 as usize).copied().unwrap_or(0)
    }

    /// The first mapping of the page in a frame.
    #[inline]
    pub fn first(&self, frame: FrameId) -> Option<MapperId> {
        self.first.get(frame.0 as usize).filter(|first| **first != NONE).map(|first| MapperId(*first))
    }

    /// The mapping after another of the same frame.
    #[inline]
    pub fn next(&self, after: MapperId) -> Option<MapperId> {
        let next = self.mappers[after.0 as usize].next;
        (next != NONE).then_some(MapperId(next))
    }

    /// A mapping.
    #[inline]
    pub fn mapper(&self, id: MapperId) -> Mapper {
        self.mappers[id.0 as usize]
    }

    /// The mapping of a process's page.
    #[inline]
    pub fn of(&self, process: ProcessId, page: Page) -> Option<MapperId> {
        let id = *self.of_page.get(process.0 as usize)?.get(page.0 as usize)?;
        (id != NONE).then_some(MapperId(id))
    }

    /// References of this mapping are revealed up to a time.
    #[inline]
    pub fn see(&mut self, id: MapperId, seen: Virtual) {
        self.mappers[id.0 as usize].seen = seen;
    }

    /// The process used the page at a time.
    #[inline]
    pub fn used(&mut self, id: MapperId, at: Virtual) {
        let last = &mut self.mappers[id.0 as usize].last;
        *last = (*last).max(at);
    }

    /// Adds a mapping.
    pub(super) fn add(&mut self, frame: FrameId, process: ProcessId, page: Page) {
        let first = std::mem::replace(&mut self.first[frame.0 as usize], NONE);
        let mapper = Mapper { process, page, seen: Virtual::ZERO, last: Virtual::ZERO, next: first, previous: NONE };
        let id = match self.unused.pop() {
            Some(id) => {
                self.mappers[id as usize] = mapper;
                id
            }
            None => {
                self.mappers.push(mapper);
                self.mappers.len() as u32 - 1
            }
        };
        if first != NONE {
            self.mappers[first as usize].previous = id;
        }
        self.first[frame.0 as usize] = id;
        self.count[frame.0 as usize] += 1;
        self.of_page[process.0 as usize][page.0 as usize] = id;
    }

    /// Takes a mapping away.
    pub(super) fn remove(&mut self, frame: FrameId, id: MapperId) {
        let Mapper { process, page, next, previous, .. } = self.mapper(id);
        match previous {
            NONE => self.first[frame.0 as usize] = next,
            previous => self.mappers[previous as usize].next = next,
        }
        if next != NONE {
            self.mappers[next as usize].previous = previous;
        }
        self.count[frame.0 as usize] -= 1;
        self.of_page[process.0 as usize][page.0 as usize] = NONE;
        self.unused.push(id.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// Against a plain map from frames to lists.
        #[test]
        fn each_frame_lists_those_who_map_it(steps in proptest::collection::vec((0u32..4, 0u32..5, 0u32..3), 1..200)) {
            let window = |first_page| Window { first_page, pages: 3, offset: 0, object: 0, writable: true, copied: false };
            let spaces = (0..5).map(|_| (3, vec![window(0)])).collect();
            let mut sharing = Sharing::new(4, vec![Object { pages: 3, writes_back: false }], spaces);
            let mut model: BTreeMap<(u32, u32), u32> = BTreeMap::new();
            for (frame, process, page) in steps {
                let key = (process, page);
                let (process, page) = (ProcessId(process), Page(page));
                match model.remove(&key) {
                    Some(mapped) => {
                        let id = sharing.of(process, page).unwrap();
                        sharing.remove(FrameId(mapped), id);
                    }
                    None => {
                        sharing.add(FrameId(frame), process, page);
                        model.insert(key, frame);
                    }
                }
                for frame in 0..4 {
                    let mut found = Vec::new();
                    let mut next = sharing.first(FrameId(frame));
                    while let Some(id) = next {
                        let mapper = sharing.mapper(id);
                        prop_assert_eq!(sharing.of(mapper.process, mapper.page), Some(id));
                        found.push((mapper.process.0, mapper.page.0));
                        next = sharing.next(id);
                    }
                    found.sort_unstable();
                    let expected: Vec<_> = model.iter().filter(|(_, at)| **at == frame).map(|(key, _)| *key).collect();
                    prop_assert_eq!(sharing.count(FrameId(frame)) as usize, expected.len());
                    prop_assert_eq!(found, expected);
                }
            }
        }
    }
}
