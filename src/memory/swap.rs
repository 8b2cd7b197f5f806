//! Swap space: slots on the paging device.

use super::clusters::Clusters;

/// A set of slots. One by one, free ones are given out lowest first at the beginning, then last freed first; where pages are written in
/// clusters, neighbours are looked for.
#[derive(Debug)]
pub struct SwapSpace {
    capacity: u32,
    never_used: u32,
    freed: Vec<u32>,
    /// In place of the two above, where neighbours are looked for.
    clusters: Option<Clusters>,
    /// Freed since the device was last told.
    untold: Vec<u32>,
}

impl SwapSpace {
    /// Swap space of so many pages.
    pub fn new(capacity: u32) -> SwapSpace {
        SwapSpace { capacity, never_used: 0, freed: Vec::new(), clusters: None, untold: Vec::new() }
    }

    /// From now on, before the first slot is taken, gives out neighbours in clusters of so many slots; 1 changes nothing.
    pub fn cluster(&mut self, slots: u32) {
        debug_assert_eq!(self.used(), 0);
        self.clusters = (slots > 1).then(|| Clusters::new(self.capacity, slots));
    }

    /// Takes a slot; `None` if all are in use.
    pub fn allocate(&mut self) -> Option<u32> {
        if let Some(clusters) = &mut self.clusters {
            return clusters.allocate(1).map(|(slot, _)| slot);
        }
        self.freed.pop().or_else(|| {
            (self.never_used < self.capacity).then(|| {
                self.never_used += 1;
                self.never_used - 1
            })
        })
    }

    /// Takes up to so many neighbouring slots, at least one; the first, and how many. `None` if all are in use.
    pub fn allocate_run(&mut self, most: u32) -> Option<(u32, u32)> {
        match &mut self.clusters {
            Some(clusters) => clusters.allocate(most),
            None => self.allocate().map(|slot| (slot, 1)),
        }
    }

    /// Gives a slot back.
    pub fn free(&mut self, slot: u32) {
        match &mut self.clusters {
            Some(clusters) => clusters.free(slot),
            None => self.freed.push(slot),
        }
        self.untold.push(slot);
    }

    /// A slot that was freed and that the device has not been told of yet. Each is given once.
    pub fn take_freed(&mut self) -> Option<u32> {
        self.untold.pop()
    }

    /// Slots in use.
    pub fn used(&self) -> u32 {
        match &self.clusters {
            Some(clusters) => clusters.used(),
            None => self.never_used - self.freed.len() as u32,
        }
    }

    /// Slots in all.
    pub fn capacity(&self) -> u32 {
        self.capacity
    }
}
