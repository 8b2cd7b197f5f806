//! Frames, page tables and swap space: who is where.
//!
//! Residency is kept here and nowhere else. The accessed and dirty bits are in the page-table entries, as in hardware.

mod check;
mod clusters;
mod page_table;
mod sharing;
mod swap;

pub use page_table::{Entry, LARGEST_NUMBER, PageTable, Place};
pub use sharing::{Mapper, MapperId, Object, Sharing, Window};
pub use swap::SwapSpace;

use crate::large;
use crate::prefetch::prefetch;
use crate::units::{FrameId, Instant, Page, ProcessId, Virtual};
use std::collections::BTreeMap;

/// What a frame is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Nothing.
    Free,
    /// A page that may be referenced.
    Resident,
    /// A page is being read into it.
    Loading,
    /// A page is being read into it that nobody waits for: it is read ahead.
    Ahead,
    /// A page that was read ahead and that nobody has referenced: it is not mapped (Linux's swap cache).
    Cached,
    /// An evicted page is being written out of it.
    Cleaning,
    /// The page being written out was wanted again and is mapped while the write goes on.
    Rescued,
    /// The page being written out, or read in, belongs to nobody any more.
    Orphaned,
    /// Lent to the paging device, which keeps compressed pages in it.
    Lent,
    /// The kernel's own, or a page of page tables: it never leaves.
    Wired,
}

/// Where an evicted page is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copy {
    /// To this slot of swap space.
    Slot(u32),
    /// To its place in its file.
    File,
}

/// A frame's row of the frame table, which never lies across two lines of a cache. The owner is a *space*: a process, or, from the
/// number of processes on, a memory object.
#[derive(Clone, Copy, Debug)]
#[repr(align(16))]
struct Frame {
    owner: u32,
    page: u32,
    /// Slot that holds, or will hold, a copy of the page; `NO_SLOT` if none.
    slot: u32,
    usage: Use,
}

const NO_SLOT: u32 = u32::MAX;

impl Frame {
    /// Another page is in the frame, or will be.
    #[inline]
    fn give(&mut self, owner: ProcessId, page: Page, slot: u32) {
        (self.owner, self.page, self.slot) = (owner.0, page.0, slot);
    }
}

/// The frame table, the page tables and swap space of a machine.
///
/// Identity, asserted by [`Memory::check`]: free + resident + in transit + lent to the paging device + wired = total, and every resident page is in
/// exactly one frame, which names it as its own. Isolation: a frame is mapped by two processes only as a page of an object that both have
/// a window on, and nobody has a writable mapping of a page that another can read unless both map it as shared.
#[derive(Debug)]
pub struct Memory {
    frames: Vec<Frame>,
    /// Leap: virtual time up to which the page in the frame is revealed. Empty when walking.
    pub seen: Vec<u64>,
    /// Under a policy that asks for times of processes: last use in the owner's virtual time, as far as is known. Leap under one that asks for
    /// real time: last reference that became known by the way; empty until there is one.
    pub known: Vec<u64>,
    /// One page table for each process, then one for each memory object.
    pub tables: Vec<PageTable>,
    /// Who maps the pages of memory objects.
    pub sharing: Sharing,
    processes: u32,
    /// Swap space.
    pub swap: SwapSpace,
    /// The page that each slot was last given to; empty where nobody reads ahead.
    slot_pages: Vec<(ProcessId, Page)>,
    resident: u32,
    cached: u32,
    transit: u32,
    lent: u32,
    wired: u32,
    /// Writes under way out of a frame beyond the first: its page was wanted again, written to and evicted before the first
    /// was done. Rare, so a small ordered map.
    further_writes: BTreeMap<u32, u32>,
}

impl Memory {
    /// A machine's memory, all of it free.
    pub fn new(frames: u32, swap_pages: u32, tables: Vec<PageTable>) -> Memory {
        Memory {
            frames: large::filled(Frame { owner: 0, page: 0, slot: NO_SLOT, usage: Use::Free }, frames as usize),
            seen: Vec::new(),
            known: Vec::new(),
            processes: tables.len() as u32,
            tables,
            sharing: Sharing::default(),
            swap: SwapSpace::new(swap_pages),
            slot_pages: Vec::new(),
            resident: 0,
            cached: 0,
            transit: 0,
            lent: 0,
            wired: 0,
            further_writes: BTreeMap::new(),
        }
    }

    /// Gives the machine memory objects, and each process the windows in which it maps them.
    pub fn share(&mut self, objects: Vec<Object>, windows: Vec<Vec<Window>>) {
        let pages = self.tables.iter().map(PageTable::pages);
        let spaces = pages.zip(windows).collect();
        self.tables.extend(objects.iter().map(|object| PageTable::new(object.pages)));
        self.sharing = Sharing::new(self.frames(), objects, spaces);
    }

    /// The space of a memory object, for what is kept by space: tables, entries, owners of frames.
    #[inline]
    pub fn object_space(&self, object: u32) -> ProcessId {
        ProcessId(self.processes + object)
    }

    /// Whether the page in a frame belongs to a memory object.
    #[inline]
    pub fn is_shared(&self, frame: FrameId) -> bool {
        self.frames[frame.0 as usize].owner >= self.processes
    }

    /// Frames in all.
    pub fn frames(&self) -> u32 {
        self.frames.len() as u32
    }

    /// From now on, before the first slot is taken, remembers whose page is in which slot.
    pub fn remember_slots(&mut self) {
        self.slot_pages = vec![(ProcessId(u32::MAX), Page(0)); self.swap.capacity() as usize];
    }

    /// The page of a space that is in a slot and nowhere else, if slots are remembered.
    pub fn page_in_slot(&self, space: ProcessId, slot: u32) -> Option<Page> {
        let &(owner, page) = self.slot_pages.get(slot as usize)?;
        (owner == space && self.entry(space, page).place() == Place::Swap(slot)).then_some(page)
    }

    /// Frames that hold a page which was read ahead and not referenced.
    pub fn cached(&self) -> u32 {
        self.cached
    }

    /// Frames that hold a page which may be referenced, or was read ahead.
    pub fn resident(&self) -> u32 {
        self.resident
    }

    /// Frames into which or out of which a page is on its way.
    pub fn in_transit(&self) -> u32 {
        self.transit
    }

    /// Frames lent to the paging device.
    pub fn lent(&self) -> u32 {
        self.lent
    }

    /// Frames that never leave.
    pub fn wired(&self) -> u32 {
        self.wired
    }

    /// Wires a free frame: it holds the kernel or page tables from now on.
    pub fn wire(&mut self, frame: FrameId) {
        self.turn(frame, Use::Wired);
    }

    /// Lends a free frame to the paging device.
    pub fn lend(&mut self, frame: FrameId) {
        self.turn(frame, Use::Lent);
    }

    /// The paging device gives a frame back; it is free.
    pub fn take_back(&mut self, frame: FrameId) {
        self.turn(frame, Use::Free);
    }

    /// What a frame is used for.
    pub fn usage(&self, frame: FrameId) -> Use {
        self.frames[frame.0 as usize].usage
    }

    /// The space and page that a frame belongs to: a process, unless [`Memory::is_shared`].
    #[inline]
    pub fn owner(&self, frame: FrameId) -> (ProcessId, Page) {
        let frame = self.frames[frame.0 as usize];
        (ProcessId(frame.owner), Page(frame.page))
    }

    /// Asks for the page-table entry of a page.
    #[inline]
    pub fn prefetch_entry(&self, process: ProcessId, page: Page) {
        prefetch(self.tables[process.0 as usize].entries(), page.0 as usize);
    }

    /// Asks for the frame table's row of a frame, and for what else is known of it.
    #[inline]
    pub fn prefetch_frame(&self, frame: FrameId) {
        prefetch(&self.frames, frame.0 as usize);
        prefetch(&self.seen, frame.0 as usize);
        prefetch(&self.known, frame.0 as usize);
    }

    /// Asks for the page-table entry of the page in a frame, and says whose page that is.
    #[inline]
    pub fn prefetch(&self, frame: FrameId) -> Option<(ProcessId, Page)> {
        let Frame { owner, page, .. } = *self.frames.get(frame.0 as usize)?;
        prefetch(self.tables.get(owner as usize)?.entries(), page as usize);
        prefetch(&self.seen, frame.0 as usize);
        prefetch(&self.known, frame.0 as usize);
        Some((ProcessId(owner), Page(page)))
    }

    /// The page-table entry of a page.
    #[inline]
    pub fn entry(&self, process: ProcessId, page: Page) -> Entry {
        self.tables[process.0 as usize].get(page)
    }

    /// The page-table entry of a page, to change its bits.
    #[inline]
    pub fn entry_mut(&mut self, process: ProcessId, page: Page) -> &mut Entry {
        self.tables[process.0 as usize].get_mut(page)
    }

    /// The swap slot that has, or will have, a copy of the page in a frame.
    pub fn slot(&self, frame: FrameId) -> Option<u32> {
        let slot = self.frames[frame.0 as usize].slot;
        (slot != NO_SLOT).then_some(slot)
    }

    /// Begins to read a page into a free frame.
    pub fn begin_load(&mut self, frame: FrameId, process: ProcessId, page: Page) {
        let slot = match self.entry(process, page).place() {
            Place::Swap(slot) => slot,
            Place::Backing => NO_SLOT,
            elsewhere => unreachable!("a page is not read that is {elsewhere:?}"),
        };
        self.frames[frame.0 as usize].give(process, page, slot);
        *self.entry_mut(process, page) = Entry::new(Place::Transit(frame));
        self.turn(frame, Use::Loading);
    }

    /// Nobody waits for the page that is being read into a frame.
    pub fn read_ahead(&mut self, frame: FrameId) {
        self.turn(frame, Use::Ahead);
    }

    /// Somebody waits for a page that is on its way; true if it was read ahead.
    pub fn claim(&mut self, frame: FrameId) -> bool {
        let ahead = self.usage(frame) == Use::Ahead;
        if ahead {
            self.turn(frame, Use::Loading);
        }
        ahead
    }

    /// A page that nobody waits for has been read. It is not mapped before it is referenced.
    pub fn cache(&mut self, frame: FrameId) {
        self.turn(frame, Use::Cached);
    }

    /// A page has been read that belongs to nobody any more; the frame is free, and so is the slot.
    pub fn end_orphaned_load(&mut self, frame: FrameId) {
        if let Some(slot) = self.slot(frame) {
            self.swap.free(slot);
        }
        self.turn(frame, Use::Free);
    }

    /// Maps a page: one that has been loaded, or a new one into a free frame (zero-fill), or one that is still being cleaned.
    pub fn map(&mut self, frame: FrameId, process: ProcessId, page: Page) {
        match self.usage(frame) {
            Use::Free => {
                debug_assert!(
                    !matches!(self.entry(process, page).place(), Place::Transit(_) | Place::Resident(_)),
                    "the page is in another frame"
                );
                self.frames[frame.0 as usize].give(process, page, NO_SLOT);
                self.turn(frame, Use::Resident);
            }
            Use::Loading | Use::Cached => self.turn(frame, Use::Resident),
            Use::Cleaning => self.turn(frame, Use::Rescued),
            other => unreachable!("a page is not mapped into a frame that is {other:?}"),
        }
        *self.entry_mut(process, page) = Entry::new(Place::Resident(frame));
    }

    /// Makes a process see the page of an object that is in a frame.
    pub fn attach(&mut self, frame: FrameId, process: ProcessId, page: Page, protected: bool) {
        debug_assert!(self.is_shared(frame) && self.entry(process, page) == Entry::BACKING);
        let mut entry = Entry::new(Place::Resident(frame));
        if protected {
            entry.protect();
        }
        *self.entry_mut(process, page) = entry;
        self.sharing.add(frame, process, page);
    }

    /// Takes a mapping of an object's page away; the page keeps, and returns, the bits that the mapping had.
    pub fn detach(&mut self, frame: FrameId, id: MapperId) -> Mapper {
        let mapper = self.sharing.mapper(id);
        let bits = std::mem::replace(self.entry_mut(mapper.process, mapper.page), Entry::BACKING);
        self.sharing.remove(frame, id);
        let (object, page) = self.owner(frame);
        let entry = self.entry_mut(object, page);
        if bits.accessed() {
            entry.set_accessed(true);
        }
        if bits.dirty() {
            entry.set_dirty();
        }
        mapper
    }

    /// The page's references are revealed up to a time of the process that makes them.
    pub fn see(&mut self, process: ProcessId, page: Page, frame: FrameId, seen: Virtual) {
        match self.sharing.of(process, page) {
            Some(id) => self.sharing.see(id, seen),
            None => self.seen[frame.0 as usize] = seen.0,
        }
    }

    /// Up to when a process's references to a page of its, which is in this frame, are revealed.
    #[inline]
    pub fn seen_by(&self, process: ProcessId, page: Page, frame: FrameId) -> Virtual {
        match self.sharing.of(process, page) {
            Some(id) => self.sharing.mapper(id).seen,
            None => Virtual(self.seen[frame.0 as usize]),
        }
    }

    /// Leap: a reference to the page in a frame has become known by the way, without the policy's having asked.
    pub fn learn(&mut self, frame: FrameId, at: Instant) {
        if self.known.is_empty() {
            self.known = large::filled(0, self.frames.len());
        }
        let known = &mut self.known[frame.0 as usize];
        *known = (*known).max(at.0);
    }

    /// Leap: the last reference to the page in a frame, or to one that was in it before, that became known by the way.
    #[inline]
    pub fn known(&self, frame: FrameId) -> Instant {
        Instant(self.known.get(frame.0 as usize).copied().unwrap_or(0))
    }

    /// Drops the clean page in a frame and maps a new page (zero-fill) of the same process in its place, referenced already.
    pub fn exchange(&mut self, frame: FrameId, page: Page, write: bool) {
        let old = &mut self.frames[frame.0 as usize];
        let place = if old.slot == NO_SLOT { Place::Backing } else { Place::Swap(old.slot) };
        let table = &mut self.tables[old.owner as usize];
        *table.get_mut(Page(old.page)) = Entry::new(place);
        let entry = table.get_mut(page);
        *entry = Entry::new(Place::Resident(frame));
        entry.touch(write);
        old.page = page.0;
        old.slot = NO_SLOT;
    }

    /// Drops the clean page in a frame, which becomes free.
    pub fn drop_clean(&mut self, frame: FrameId) {
        let Frame { owner, page, slot, .. } = self.frames[frame.0 as usize];
        let place = if slot == NO_SLOT { Place::Backing } else { Place::Swap(slot) };
        *self.entry_mut(ProcessId(owner), Page(page)) = Entry::new(place);
        self.turn(frame, Use::Free);
    }

    /// Unmaps the clean page in a frame out of which it is still being written; the frame becomes free when that is done.
    pub fn drop_when_written(&mut self, frame: FrameId) {
        let Frame { owner, page, .. } = self.frames[frame.0 as usize];
        *self.entry_mut(ProcessId(owner), Page(page)) = Entry::new(Place::Transit(frame));
        self.turn(frame, Use::Cleaning);
    }

    /// Pages of a process that are in swap space and in no frame.
    pub fn swapped(&self, process: ProcessId) -> u32 {
        // Controllers ask often, and of address spaces much larger than what was ever written.
        if self.swap.used() == 0 { 0 } else { self.tables[process.0 as usize].swapped() }
    }

    /// Whether there is room to write the page in a frame out to.
    pub fn can_clean(&self, frame: FrameId) -> bool {
        let Frame { owner, slot, .. } = self.frames[frame.0 as usize];
        let object = owner.checked_sub(self.processes).map(|object| self.sharing.objects[object as usize]);
        slot != NO_SLOT || object.is_some_and(|object| object.writes_back) || self.swap.used() < self.swap.capacity()
    }

    /// Unmaps the dirty page in a frame, to be written where is returned; `None`, with nothing changed, if that is swap space and
    /// swap space is full.
    pub fn begin_clean(&mut self, frame: FrameId) -> Option<Copy> {
        self.begin_clean_to(frame, None)
    }

    /// The same, to a slot that was allocated for it, if one is given: what it had in another is out of date, and that slot is
    /// free.
    pub fn begin_clean_to(&mut self, frame: FrameId, given: Option<u32>) -> Option<Copy> {
        let copy = self.assign_copy(frame, given)?;
        let Frame { owner, page, .. } = self.frames[frame.0 as usize];
        if self.usage(frame) == Use::Rescued {
            *self.further_writes.entry(frame.0).or_default() += 1;
        }
        *self.entry_mut(ProcessId(owner), Page(page)) = Entry::new(Place::Transit(frame));
        self.turn(frame, Use::Cleaning);
        Some(copy)
    }

    /// Begins to write the dirty page in a frame out while it stays mapped; it is clean from now on. A process's own page. Its copy is
    /// chosen as in [`Memory::begin_clean_to`].
    pub fn begin_clean_in_place(&mut self, frame: FrameId, given: Option<u32>) -> Option<Copy> {
        debug_assert!(self.usage(frame) == Use::Resident && !self.is_shared(frame));
        let copy = self.assign_copy(frame, given)?;
        let Frame { owner, page, .. } = self.frames[frame.0 as usize];
        self.entry_mut(ProcessId(owner), Page(page)).set_clean();
        self.turn(frame, Use::Rescued);
        Some(copy)
    }

    /// Whether a page that is written out of the frame goes to its file.
    pub fn writes_back(&self, frame: FrameId) -> bool {
        let owner = self.frames[frame.0 as usize].owner;
        let object = owner.checked_sub(self.processes).map(|object| self.sharing.objects[object as usize]);
        object.is_some_and(|object| object.writes_back)
    }

    /// Where the page in a frame is written: to its file, or to the slot that is given, or to its own, or to a new one.
    fn assign_copy(&mut self, frame: FrameId, given: Option<u32>) -> Option<Copy> {
        if self.writes_back(frame) {
            return Some(Copy::File);
        }
        let own = self.frames[frame.0 as usize].slot;
        let slot = match (given, own) {
            (Some(given), NO_SLOT) => given,
            (Some(given), own) => {
                self.swap.free(own);
                given
            }
            (None, NO_SLOT) => self.swap.allocate()?,
            (None, own) => own,
        };
        let frame = &mut self.frames[frame.0 as usize];
        frame.slot = slot;
        if let Some(of_slot) = self.slot_pages.get_mut(slot as usize) {
            *of_slot = (ProcessId(frame.owner), Page(frame.page));
        }
        Some(Copy::Slot(slot))
    }

    /// A write out of a frame is done. True if the frame is free now, false if its page was wanted again in the meantime, or
    /// another write is still under way.
    pub fn end_clean(&mut self, frame: FrameId) -> bool {
        if let Some(further) = self.further_writes.get_mut(&frame.0) {
            *further -= 1;
            if *further == 0 {
                self.further_writes.remove(&frame.0);
            }
            return false;
        }
        let Frame { owner, page, slot, .. } = self.frames[frame.0 as usize];
        match self.usage(frame) {
            Use::Rescued => {
                self.turn(frame, Use::Resident);
                return false;
            }
            Use::Orphaned => self.swap.free(slot),
            _ => {
                let place = if slot == NO_SLOT { Place::Backing } else { Place::Swap(slot) };
                *self.entry_mut(ProcessId(owner), Page(page)) = Entry::new(place);
            }
        }
        self.turn(frame, Use::Free);
        true
    }

    /// Takes every page of a process away, with its swap slots. Calls `freed` for each frame that becomes free; one that is
    /// on its way in or out becomes free when it has arrived. The pages of objects must have been detached before.
    pub fn release(&mut self, process: ProcessId, mut freed: impl FnMut(FrameId, Use)) {
        for page in 0..self.tables[process.0 as usize].pages() {
            let page = Page(page);
            match self.entry(process, page).place() {
                Place::Backing => continue,
                Place::Swap(slot) => self.swap.free(slot),
                Place::Resident(frame) | Place::Transit(frame) => {
                    let before = self.usage(frame);
                    match before {
                        Use::Cleaning | Use::Rescued | Use::Ahead => self.turn(frame, Use::Orphaned),
                        _ => {
                            let slot = self.frames[frame.0 as usize].slot;
                            if slot != NO_SLOT {
                                self.swap.free(slot);
                            }
                            self.turn(frame, Use::Free);
                        }
                    }
                    freed(frame, before);
                }
            }
            *self.entry_mut(process, page) = Entry::BACKING;
        }
    }

    fn turn(&mut self, frame: FrameId, to: Use) {
        let from = std::mem::replace(&mut self.frames[frame.0 as usize].usage, to);
        for (usage, add) in [(from, false), (to, true)] {
            let counter = match usage {
                Use::Free => continue,
                // A rescued page is resident; its write goes on behind it.
                Use::Resident | Use::Rescued => &mut self.resident,
                Use::Cached => {
                    self.cached = if add { self.cached + 1 } else { self.cached - 1 };
                    &mut self.resident
                }
                Use::Loading | Use::Ahead | Use::Cleaning | Use::Orphaned => &mut self.transit,
                Use::Lent => &mut self.lent,
                Use::Wired => &mut self.wired,
            };
            *counter = if add { *counter + 1 } else { *counter - 1 };
        }
    }
}
