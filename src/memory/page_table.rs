//! Page-table entries and per-process page tables.

use crate::units::{FrameId, Page};

/// Where a page is, in 32 bits: two of state, the accessed and the dirty bit, and 28 of frame or slot number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry(u32);

/// Where a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Where its backing has it: in the program's file, or nowhere yet (zero-fill).
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

const STATE: u32 = 30;
const SWAP: u32 = 1;
const RESIDENT: u32 = 2;
const TRANSIT: u32 = 3;
const ACCESSED: u32 = 1 << 29;
const DIRTY: u32 = 1 << 28;

impl Entry {
    /// The entry of a page that has not been touched, or is in its file only.
    pub const BACKING: Entry = Entry(0);

    /// The entry for a place, with clear bits.
    pub fn new(place: Place) -> Entry {
        match place {
            Place::Backing => Entry::BACKING,
            Place::Swap(slot) => Entry(SWAP << STATE | slot),
            Place::Resident(frame) => Entry(RESIDENT << STATE | frame.0),
            Place::Transit(frame) => Entry(TRANSIT << STATE | frame.0),
        }
    }

    /// Where the page is.
    pub fn place(self) -> Place {
        let number = self.0 & LARGEST_NUMBER;
        match self.0 >> STATE {
            0 => Place::Backing,
            SWAP => Place::Swap(number),
            RESIDENT => Place::Resident(FrameId(number)),
            _ => Place::Transit(FrameId(number)),
        }
    }

    /// The frame of a resident page.
    #[inline]
    pub fn resident(self) -> Option<FrameId> {
        (self.0 >> STATE == RESIDENT).then_some(FrameId(self.0 & LARGEST_NUMBER))
    }

    /// Whether the page was referenced since the bit was last cleared.
    #[inline]
    pub fn accessed(self) -> bool {
        self.0 & ACCESSED != 0
    }

    /// Whether the page was written to since it was last clean.
    #[inline]
    pub fn dirty(self) -> bool {
        self.0 & DIRTY != 0
    }

    /// Marks a reference, as the hardware does.
    #[inline]
    pub fn touch(&mut self, write: bool) {
        self.0 |= ACCESSED | if write { DIRTY } else { 0 };
    }

    /// Sets or clears the accessed bit.
    #[inline]
    pub fn set_accessed(&mut self, accessed: bool) {
        self.0 = if accessed { self.0 | ACCESSED } else { self.0 & !ACCESSED };
    }

    /// Clears the dirty bit.
    #[inline]
    pub fn set_clean(&mut self) {
        self.0 &= !DIRTY;
    }

    /// Sets the dirty bit.
    #[inline]
    pub fn set_dirty(&mut self) {
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
        PageTable { entries: vec![Entry::BACKING; pages as usize] }
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
