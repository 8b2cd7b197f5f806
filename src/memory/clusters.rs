//! Free slots of swap space as clusters, so that pages that are written together lie together.
//!
//! A cluster that is wholly free is filled from its beginning to its end; when there is none any more, whatever free run comes next
//! is taken. Source: Linux, `mm/swapfile.c` (`scan_swap_map_try_ssd_cluster`). Cost: O(1) as long as there are free
//! clusters, then a search of the slots.

use std::collections::VecDeque;

/// See the module.
#[derive(Debug)]
pub(super) struct Clusters {
    capacity: u32,
    /// Slots of a cluster; the last may have fewer.
    size: u32,
    /// Whether each slot is in use.
    taken: Vec<bool>,
    /// Free slots of each cluster.
    free_of: Vec<u32>,
    /// Clusters that are wholly free, in the order in which they became so.
    whole: VecDeque<u32>,
    /// What is left of the cluster that is being filled.
    next: u32,
    end: u32,
    /// Where the search for a free slot goes on.
    hand: u32,
    used: u32,
}

impl Clusters {
    /// Free slots, in clusters of `size`.
    pub fn new(capacity: u32, size: u32) -> Clusters {
        let count = capacity.div_ceil(size);
        let length = |cluster: u32| size.min(capacity - cluster * size);
        Clusters {
            capacity,
            size,
            taken: vec![false; capacity as usize],
            free_of: (0..count).map(length).collect(),
            whole: (0..count).collect(),
            next: 0,
            end: 0,
            hand: 0,
            used: 0,
        }
    }

    pub fn used(&self) -> u32 {
        self.used
    }

    /// Takes up to `most` neighbouring slots; the first, and how many.
    pub fn allocate(&mut self, most: u32) -> Option<(u32, u32)> {
        if self.used == self.capacity {
            return None;
        }
        if self.next == self.end
            && let Some(cluster) = self.whole.pop_front()
        {
            self.next = cluster * self.size;
            self.end = (self.next + self.size).min(self.capacity);
        }
        let (first, count) = if self.next < self.end {
            let count = most.min(self.end - self.next);
            self.next += count;
            (self.next - count, count)
        } else {
            self.search(most)
        };
        for slot in first..first + count {
            self.taken[slot as usize] = true;
            self.free_of[(slot / self.size) as usize] -= 1;
        }
        self.used += count;
        Some((first, count))
    }

    /// The next run of free slots from the hand on; there is one.
    fn search(&mut self, most: u32) -> (u32, u32) {
        let is_free = |slot: u32| !self.taken[slot as usize];
        let after = (self.hand..self.capacity).find(|slot| is_free(*slot));
        let first = after.or_else(|| (0..self.hand).find(|slot| is_free(*slot))).expect("some slot is free");
        let count = (first..self.capacity.min(first + most)).take_while(|slot| is_free(*slot)).count() as u32;
        self.hand = (first + count) % self.capacity;
        (first, count)
    }

    /// Gives a slot back.
    pub fn free(&mut self, slot: u32) {
        debug_assert!(self.taken[slot as usize], "slot {slot} is free already");
        self.taken[slot as usize] = false;
        self.used -= 1;
        let cluster = slot / self.size;
        let free = &mut self.free_of[cluster as usize];
        *free += 1;
        let length = self.size.min(self.capacity - cluster * self.size);
        let being_filled = self.next < self.end && self.next / self.size == cluster;
        if *free == length && !being_filled {
            self.whole.push_back(cluster);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        /// Against a plain set: no slot is given twice, none is refused while one is free, and as long as no slot has been freed every
        /// cluster-long wish is granted whole.
        #[test]
        fn slots_are_given_once_and_all_of_them(
            capacity in 1u32..200,
            size in 2u32..20,
            steps in proptest::collection::vec((1u32..20, any::<bool>(), any::<prop::sample::Index>()), 1..150),
        ) {
            let (mut clusters, mut model) = (Clusters::new(capacity, size), BTreeSet::new());
            for (most, take, which) in steps {
                if take || model.is_empty() {
                    match clusters.allocate(most) {
                        None => prop_assert_eq!(model.len(), capacity as usize),
                        Some((first, count)) => {
                            prop_assert!((1..=most).contains(&count));
                            for slot in first..first + count {
                                prop_assert!(slot < capacity && model.insert(slot), "slot {} was given twice", slot);
                            }
                        }
                    }
                } else {
                    let slot = *model.iter().nth(which.index(model.len())).unwrap();
                    model.remove(&slot);
                    clusters.free(slot);
                }
                prop_assert_eq!(clusters.used() as usize, model.len());
            }
        }
    }

    #[test]
    fn pages_written_together_lie_together_while_there_is_room() {
        let mut clusters = Clusters::new(20, 8);
        assert_eq!(clusters.allocate(8), Some((0, 8)));
        assert_eq!(clusters.allocate(3), Some((8, 3)));
        // What does not fit into the cluster that is being filled is cut there.
        assert_eq!(clusters.allocate(8), Some((11, 5)));
        assert_eq!(clusters.allocate(8), Some((16, 4)));
        assert_eq!(clusters.allocate(1), None);
        for slot in [3, 4, 9, 5] {
            clusters.free(slot);
        }
        // No cluster is free as a whole: the next free run.
        assert_eq!(clusters.allocate(8), Some((3, 3)));
        assert_eq!(clusters.allocate(8), Some((9, 1)));
        (0..8).for_each(|slot| clusters.free(slot));
        assert_eq!(clusters.allocate(8), Some((0, 8)));
    }
}
