//! Page-table entries and per-process page tables.

use crate::large;
use crate::units::{FrameId, Page};

/// Where a page is, in 32 bits. The topmost says whether it is mapped to a frame. If so, the three below are protection against
/// writing, the accessed and the dirty bit; if not, the two below tell a page that only its backing has from one that is in swap
/// space or in transit. The other 28 hold the number of a frame or slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry(u32);

/// Where a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Where its backing has it: in the program's file, or nowhere yet (zero-fill). For a page of a memory object: not mapped here, ask
    /// the object.
    Backing,
    /// In this slot of swap space.
    Swap(u32),
    /// In this frame, and may be referenced.
    Resident(FrameId),
    /// On its way into this frame, or being cleaned in it after it was evicted.
    Transit(FrameId),
}

/// The largest frame or slot number that an entry can hold.
pub const LARGEST_NUMBER: u32 = (1 << 28) - 1;

const RESIDENT: u32 = 1 << 31;
/// Of a resident page: it must not be written to.
const PROTECTED: u32 = 1 << 30;
/// Of a page that is not resident: it is in a swap slot or in transit.
const ELSEWHERE: u32 = 1 << 30;
/// Of one that is elsewhere: in transit.
const TRANSIT: u32 = 1 << 29;
const ACCESSED: u32 = 1 << 29;
const DIRTY: u32 = 1 << 28;

impl Entry {
    /// The entry of a page that has not been touched, or is in its file only.
    pub const BACKING: Entry = Entry(0);

    /// The entry for a place, with clear bits.
    pub fn new(place: Place) -> Entry {
        match place {
            Place::Backing => Entry::BACKING,
            Place::Swap(slot) => Entry(ELSEWHERE | slot),
            Place::Resident(frame) => Entry(RESIDENT | frame.0),
            Place::Transit(frame) => Entry(ELSEWHERE | TRANSIT | frame.0),
        }
    }

    /// Where the page is.
    pub fn place(self) -> Place {
        let number = self.0 & LARGEST_NUMBER;
        if self.0 & RESIDENT != 0 {
            Place::Resident(FrameId(number))
        } else if self.0 & ELSEWHERE == 0 {
            Place::Backing
        } else if self.0 & TRANSIT == 0 {
            Place::Swap(number)
        } else {
            Place::Transit(FrameId(number))
        }
    }

    /// Whether the page's only copy is in swap space; one comparison, as whole tables are counted.
    #[inline]
    fn is_swapped(self) -> bool {
        self.0 & (RESIDENT | ELSEWHERE | TRANSIT) == ELSEWHERE
    }

    /// The frame of a resident page.
    #[inline]
    pub fn resident(self) -> Option<FrameId> {
        (self.0 & RESIDENT != 0).then_some(FrameId(self.0 & LARGEST_NUMBER))
    }

    /// The frame of a page that can be referenced so without the pager: it is resident and, for a write, not protected.
    #[inline]
    pub fn allows(self, write: bool) -> Option<FrameId> {
        let asked = RESIDENT | if write { PROTECTED } else { 0 };
        (self.0 & asked == RESIDENT).then_some(FrameId(self.0 & LARGEST_NUMBER))
    }

    /// Whether the page is resident and must not be written to.
    #[inline]
    pub fn protected(self) -> bool {
        self.0 & (RESIDENT | PROTECTED) == RESIDENT | PROTECTED
    }

    /// Protects a resident page against writing.
    pub fn protect(&mut self) {
        debug_assert!(self.resident().is_some());
        self.0 |= PROTECTED;
    }

    /// Whether the page was referenced since the bit was last cleared.
    #[inline]
    pub fn accessed(self) -> bool {
        self.0 & (RESIDENT | ACCESSED) == RESIDENT | ACCESSED
    }

    /// Whether the page was written to since it was last clean.
    #[inline]
    pub fn dirty(self) -> bool {
        self.0 & (RESIDENT | DIRTY) == RESIDENT | DIRTY
    }

    /// Marks a reference to a resident page, as the hardware does.
    #[inline]
    pub fn touch(&mut self, write: bool) {
        self.0 |= ACCESSED | if write { DIRTY } else { 0 };
    }

    /// Sets or clears the accessed bit of a resident page.
    #[inline]
    pub fn set_accessed(&mut self, accessed: bool) {
        debug_assert!(self.resident().is_some());
        self.0 = if accessed { self.0 | ACCESSED } else { self.0 & !ACCESSED };
    }

    /// Clears the dirty bit of a resident page.
    #[inline]
    pub fn set_clean(&mut self) {
        debug_assert!(self.resident().is_some());
        self.0 &= !DIRTY;
    }

    /// Sets the dirty bit of a resident page.
    #[inline]
    pub fn set_dirty(&mut self) {
        debug_assert!(self.resident().is_some());
        self.0 |= DIRTY;
    }
}

/// One process's page table: an entry for each page of its address space.
#[derive(Debug)]
pub struct PageTable {
    entries: Vec<Entry>,
}

impl PageTable {
    /// The table of an address space of so many pages, none of them touched.
    pub fn new(pages: u32) -> PageTable {
        PageTable { entries: large::filled(Entry::BACKING, pages as usize) }
    }

    /// Number of pages.
    pub fn pages(&self) -> u32 {
        self.entries.len() as u32
    }

    /// The entry of a page.
    #[inline]
    pub fn get(&self, page: Page) -> Entry {
        self.entries[page.0 as usize]
    }

    /// The entry of a page, to change.
    #[inline]
    pub fn get_mut(&mut self, page: Page) -> &mut Entry {
        &mut self.entries[page.0 as usize]
    }

    /// Pages whose only copy is in swap space.
    pub fn swapped(&self) -> u32 {
        self.entries.iter().filter(|entry| entry.is_swapped()).count() as u32
    }

    /// All entries, in order of pages.
    #[inline]
    pub fn entries_mut(&mut self) -> &mut [Entry] {
        &mut self.entries
    }

    /// All entries, in order of pages.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_says_what_was_put_into_it() {
        for number in [0, 1, 12_345, LARGEST_NUMBER] {
            let frame = FrameId(number);
            for place in [Place::Backing, Place::Swap(number), Place::Resident(frame), Place::Transit(frame)] {
                let entry = Entry::new(place);
                assert_eq!(entry.place(), place);
                assert!(!entry.accessed() && !entry.dirty() && !entry.protected());
                assert_eq!(entry.resident().is_some(), place == Place::Resident(frame));
                assert_eq!(entry.allows(true), entry.resident());
                assert_eq!(entry.is_swapped(), matches!(place, Place::Swap(_)));
            }
            let mut entry = Entry::new(Place::Resident(frame));
            entry.protect();
            assert_eq!((entry.allows(false), entry.allows(true)), (Some(frame), None));
            entry.touch(true);
            assert!(entry.accessed() && entry.dirty() && entry.protected());
            assert_eq!(entry.place(), Place::Resident(frame));
            entry.set_accessed(false);
            assert!(!entry.accessed() && entry.dirty());
        }
    }
}
