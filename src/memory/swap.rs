//! Swap space: slots on the paging device.

/// A set of slots; free ones are given out lowest first at the beginning, then last freed first.
#[derive(Debug)]
pub struct SwapSpace {
    capacity: u32,
    never_used: u32,
    freed: Vec<u32>,
    /// Freed since the device was last told.
    untold: Vec<u32>,
}

impl SwapSpace {
    /// Swap space of so many pages.
    pub fn new(capacity: u32) -> SwapSpace {
        SwapSpace { capacity, never_used: 0, freed: Vec::new(), untold: Vec::new() }
    }

    /// Takes a slot; `None` if all are in use.
    pub fn allocate(&mut self) -> Option<u32> {
        self.freed.pop().or_else(|| {
            (self.never_used < self.capacity).then(|| {
                self.never_used += 1;
                self.never_used - 1
            })
        })
    }

    /// Gives a slot back.
    pub fn free(&mut self, slot: u32) {
        self.freed.push(slot);
        self.untold.push(slot);
    }

    /// A slot that was freed and that the device has not been told of yet. Each is given once.
    pub fn take_freed(&mut self) -> Option<u32> {
        self.untold.pop()
    }

    /// Slots in use.
    pub fn used(&self) -> u32 {
        self.never_used - self.freed.len() as u32
    }

    /// Slots in all.
    pub fn capacity(&self) -> u32 {
        self.capacity
    }
}
