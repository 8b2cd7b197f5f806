//! What devices keep their requests in: slots with a free list, and a calendar of what ends when.

use crate::units::Instant;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Values under small numbers that are used again.
#[derive(Debug)]
pub(super) struct Slots<T> {
    values: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Slots<T> {
    pub fn new() -> Slots<T> {
        Slots { values: Vec::new(), free: Vec::new() }
    }

    pub fn insert(&mut self, value: T) -> u32 {
        match self.free.pop() {
            Some(slot) => {
                self.values[slot as usize] = Some(value);
                slot
            }
            None => {
                self.values.push(Some(value));
                (self.values.len() - 1) as u32
            }
        }
    }

    /// The value in an occupied slot.
    pub fn get_mut(&mut self, slot: u32) -> &mut T {
        self.values[slot as usize].as_mut().expect("a slot is asked for only while it is occupied")
    }

    /// Takes the value out of an occupied slot.
    pub fn remove(&mut self, slot: u32) -> T {
        let value = self.values[slot as usize].take().expect("a slot is emptied only once");
        self.free.push(slot);
        value
    }

    pub fn len(&self) -> usize {
        self.values.len() - self.free.len()
    }
}

/// What ends when, earliest first; of those that end together the first inserted comes first.
#[derive(Debug)]
pub(super) struct Calendar<T> {
    heap: BinaryHeap<Reverse<(Instant, u64, u32)>>,
    entries: Slots<T>,
    inserted: u64,
}

impl<T> Calendar<T> {
    pub fn new() -> Calendar<T> {
        Calendar { heap: BinaryHeap::new(), entries: Slots::new(), inserted: 0 }
    }

    pub fn insert(&mut self, end: Instant, entry: T) {
        let slot = self.entries.insert(entry);
        self.heap.push(Reverse((end, self.inserted, slot)));
        self.inserted += 1;
    }

    /// When the next entry ends; [`Instant::NEVER`] if there is none.
    pub fn next(&self) -> Instant {
        self.heap.peek().map_or(Instant::NEVER, |Reverse((end, ..))| *end)
    }

    /// Takes the next entry, which ends at `now`.
    ///
    /// # Panics
    /// If nothing ends at `now`: the caller did not ask for `next_completion`.
    pub fn take(&mut self, now: Instant) -> T {
        let Reverse((end, _, slot)) = self.heap.pop().expect("complete is called only when a completion is due");
        assert_eq!(end, now, "complete is called at the time of next_completion");
        self.entries.remove(slot)
    }

    pub fn len(&self) -> usize {
        self.heap.len()
    }
}
