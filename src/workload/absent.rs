//! The pages of a set that are not in memory, and drawing one of them in proportion to its weight: what the leap needs to know.

use crate::rng::Stream;

/// The absent members of a set of pages, by index in the set.
#[derive(Clone, Debug)]
pub enum AbsentSet {
    /// All members weigh the same: an array of the absent ones.
    Uniform(UniformAbsent),
    /// Each has its own weight: a tree of sums.
    Weighted(SumTree),
}

impl AbsentSet {
    /// Whether the member is counted as absent.
    #[inline]
    pub fn contains(&self, index: u32) -> bool {
        match self {
            AbsentSet::Uniform(set) => set.place[index as usize] != PRESENT,
            AbsentSet::Weighted(tree) => tree.get(index) != 0,
        }
    }

    /// Counts a member, so far present, as absent. Its weight is given again, for a set that has weights.
    #[inline]
    pub fn insert(&mut self, index: u32, weight: u64) {
        match self {
            AbsentSet::Uniform(set) => set.insert(index),
            AbsentSet::Weighted(tree) => tree.set(index, weight),
        }
    }

    /// Counts a member as present.
    #[inline]
    pub fn remove(&mut self, index: u32) {
        match self {
            AbsentSet::Uniform(set) => set.remove(index),
            AbsentSet::Weighted(tree) => tree.set(index, 0),
        }
    }

    /// Total weight of the absent members; an unweighted member weighs 1.
    #[inline]
    pub fn weight(&self) -> u64 {
        match self {
            AbsentSet::Uniform(set) => set.absent.len() as u64,
            AbsentSet::Weighted(tree) => tree.total(),
        }
    }

    /// Draws an absent member in proportion to its weight; there must be one.
    pub fn draw(&self, stream: &mut Stream) -> u32 {
        match self {
            AbsentSet::Uniform(set) => set.draw(stream),
            AbsentSet::Weighted(tree) => tree.find(stream.below(tree.total())),
        }
    }
}

const PRESENT: u32 = u32::MAX;

/// An array of the absent members, and the place of each in it.
#[derive(Clone, Debug)]
pub struct UniformAbsent {
    absent: Vec<u32>,
    place: Vec<u32>,
}

impl UniformAbsent {
    /// A set of `size` members, of which those are absent for which `is_absent` says so. Reuses the room of `old`.
    pub fn new(size: u32, old: Option<UniformAbsent>, mut is_absent: impl FnMut(u32) -> bool) -> UniformAbsent {
        let mut set = old.unwrap_or(UniformAbsent { absent: Vec::new(), place: Vec::new() });
        set.absent.clear();
        set.place.clear();
        set.place.resize(size as usize, PRESENT);
        for index in 0..size {
            if is_absent(index) {
                set.insert(index);
            }
        }
        set
    }

    /// Whether every member is present.
    pub fn is_empty(&self) -> bool {
        self.absent.is_empty()
    }

    /// Draws an absent member; there must be one.
    pub fn draw(&self, stream: &mut Stream) -> u32 {
        self.absent[stream.below(self.absent.len() as u64) as usize]
    }

    /// Counts a member, so far present, as absent.
    #[inline]
    pub fn insert(&mut self, index: u32) {
        debug_assert_eq!(self.place[index as usize], PRESENT);
        self.place[index as usize] = self.absent.len() as u32;
        self.absent.push(index);
    }

    /// Counts a member as present.
    #[inline]
    pub fn remove(&mut self, index: u32) {
        let place = std::mem::replace(&mut self.place[index as usize], PRESENT);
        debug_assert_ne!(place, PRESENT);
        self.absent.swap_remove(place as usize);
        if let Some(&moved) = self.absent.get(place as usize) {
            self.place[moved as usize] = place;
        }
    }
}

/// Children of a node; two cache lines of sums.
const FANOUT: usize = 16;

/// A tree of sums over weights, sixteen children to a node: a change or a draw touches log₁₆ n nodes.
#[derive(Clone, Debug)]
pub struct SumTree {
    /// Level 0 holds the weights, each further level the sums of sixteen nodes of the one before; the last holds one number.
    levels: Vec<Vec<u64>>,
}

impl SumTree {
    /// A tree over these weights.
    pub fn new(weights: Vec<u64>) -> SumTree {
        let mut levels = vec![weights];
        while levels[levels.len() - 1].len() > 1 {
            let sums = levels[levels.len() - 1].chunks(FANOUT).map(|node| node.iter().sum()).collect();
            levels.push(sums);
        }
        SumTree { levels }
    }

    /// Sum of all weights.
    #[inline]
    pub fn total(&self) -> u64 {
        self.levels[self.levels.len() - 1][0]
    }

    /// The weight at an index.
    #[inline]
    pub fn get(&self, index: u32) -> u64 {
        self.levels[0][index as usize]
    }

    /// Changes the weight at an index.
    #[inline]
    pub fn set(&mut self, index: u32, weight: u64) {
        let mut at = index as usize;
        let change = weight.wrapping_sub(self.levels[0][at]);
        for level in &mut self.levels {
            level[at] = level[at].wrapping_add(change);
            at /= FANOUT;
        }
    }

    /// The index at which the running sum of the weights first exceeds `target`, which is below the total.
    pub fn find(&self, mut target: u64) -> u32 {
        let mut at = 0;
        for level in self.levels.iter().rev().skip(1) {
            at *= FANOUT;
            while target >= level[at] {
                target -= level[at];
                at += 1;
            }
        }
        at as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a plain scan of the weights.
        #[test]
        fn the_tree_finds_what_a_scan_finds(
            weights in proptest::collection::vec(0u64..50, 1..600),
            changes in proptest::collection::vec((0usize..600, 0u64..50), 0..60),
            share in 0.0f64..1.0,
        ) {
            let mut weights = weights;
            let mut tree = SumTree::new(weights.clone());
            for (index, weight) in changes {
                let index = index % weights.len();
                weights[index] = weight;
                tree.set(index as u32, weight);
            }
            let total: u64 = weights.iter().sum();
            prop_assert_eq!(tree.total(), total);
            if total > 0 {
                let target = ((total as f64 * share) as u64).min(total - 1);
                let mut left = target;
                let expected = weights.iter().position(|&w| if left < w { true } else { left -= w; false });
                prop_assert_eq!(Some(tree.find(target) as usize), expected);
            }
        }
    }
}
