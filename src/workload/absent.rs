//! The pages of a set that are not in memory, and drawing one of them in proportion to its weight: what the leap needs to know.

use crate::prefetch::prefetch;
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

    /// Asks for the memory that counting a member will need.
    #[inline]
    pub fn prefetch(&self, index: u32) {
        match self {
            AbsentSet::Uniform(set) => prefetch(&set.place, index as usize),
            AbsentSet::Weighted(tree) => tree.prefetch(index),
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

    /// Begins to draw an absent member in proportion to its weight, of which there must be one; asks for the memory that
    /// [`AbsentSet::finish`] needs.
    #[inline]
    pub fn begin(&self, stream: &mut Stream) -> Begun {
        match self {
            AbsentSet::Uniform(set) => set.begin(stream),
            AbsentSet::Weighted(tree) => tree.descend(stream.below(tree.total())),
        }
    }

    /// The member of a draw that was begun; the set must not have changed since.
    #[inline]
    pub fn finish(&self, begun: Begun) -> u32 {
        match self {
            AbsentSet::Uniform(set) => set.finish(begun),
            AbsentSet::Weighted(tree) => tree.leaf(begun),
        }
    }
}

/// A draw whose random number is known: between the two halves of a draw there is time for memory to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    at: u32,
    target: u64,
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

    /// See [`AbsentSet::begin`].
    #[inline]
    pub fn begin(&self, stream: &mut Stream) -> Begun {
        let at = stream.below(self.absent.len() as u64) as u32;
        prefetch(&self.absent, at as usize);
        Begun { at, target: 0 }
    }

    /// See [`AbsentSet::finish`].
    #[inline]
    pub fn finish(&self, begun: Begun) -> u32 {
        self.absent[begun.at as usize]
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

#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct Node([u64; FANOUT]);

/// A tree of sums over weights, sixteen children to a node: a change or a draw touches log₁₆ n nodes.
#[derive(Clone, Debug)]
pub struct SumTree {
    /// Level 0 holds the weights, each further level the sums of the nodes of the one before; the last is one node.
    levels: Vec<Vec<Node>>,
    total: u64,
}

impl SumTree {
    /// A tree over these weights.
    pub fn new(weights: &[u64]) -> SumTree {
        let mut levels = Vec::new();
        let mut below = nodes(weights);
        while below.len() > 1 {
            let sums: Vec<u64> = below.iter().map(|node| node.0.iter().sum()).collect();
            levels.push(below);
            below = nodes(&sums);
        }
        levels.push(below);
        SumTree { levels, total: weights.iter().sum() }
    }

    /// Sum of all weights.
    #[inline]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The weight at an index.
    #[inline]
    pub fn get(&self, index: u32) -> u64 {
        self.levels[0][index as usize / FANOUT].0[index as usize % FANOUT]
    }

    /// Changes the weight at an index.
    #[inline]
    pub fn set(&mut self, index: u32, weight: u64) {
        let mut at = index as usize;
        let change = weight.wrapping_sub(self.get(index));
        self.total = self.total.wrapping_add(change);
        for level in &mut self.levels {
            let sum = &mut level[at / FANOUT].0[at % FANOUT];
            *sum = sum.wrapping_add(change);
            at /= FANOUT;
        }
    }

    /// Goes down the tree to the node in which the running sum of the weights first exceeds `target`, which is below the total.
    #[inline]
    fn descend(&self, target: u64) -> Begun {
        let mut begun = Begun { at: 0, target };
        for level in self.levels[1..].iter().rev() {
            begun = step(&level[begun.at as usize], begun);
        }
        let leaf = &self.levels[0][begun.at as usize].0;
        prefetch(leaf, 0);
        prefetch(leaf, FANOUT / 2);
        begun
    }

    /// The index in that node.
    #[inline]
    fn leaf(&self, begun: Begun) -> u32 {
        step(&self.levels[0][begun.at as usize], begun).at
    }

    /// Asks for the memory that a change at an index will need.
    #[inline]
    pub fn prefetch(&self, index: u32) {
        prefetch(&self.levels[0], index as usize / FANOUT);
    }
}

/// The child of a node in which the running sum of the weights first exceeds the target.
#[inline]
fn step(node: &Node, Begun { at, target }: Begun) -> Begun {
    // All sixteen are added up, without a branch: where to stop cannot be predicted.
    let mut sum = 0;
    let mut passed = 0;
    let mut beyond = 0;
    for weight in node.0 {
        sum += weight;
        let further = target >= sum;
        beyond += u32::from(further);
        passed = std::hint::select_unpredictable(further, sum, passed);
    }
    Begun { at: at * FANOUT as u32 + beyond, target: target - passed }
}

/// Numbers in nodes, the last one filled up with zeros.
fn nodes(numbers: &[u64]) -> Vec<Node> {
    let node = |chunk: &[u64]| {
        let mut node = Node::default();
        node.0[..chunk.len()].copy_from_slice(chunk);
        node
    };
    let nodes: Vec<Node> = numbers.chunks(FANOUT).map(node).collect();
    if nodes.is_empty() { vec![Node::default()] } else { nodes }
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
            let mut tree = SumTree::new(&weights);
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
                prop_assert_eq!(Some(tree.leaf(tree.descend(target)) as usize), expected);
            }
        }
    }
}
