//! Members of a weighted set, and drawing one of them in proportion to its weight.
//!
//! A bit for each member over weights that all processes of a class share, and a tree of sums over those: what a draw or a change
//! touches besides the weights themselves is small enough for a processor's own cache.

use crate::large;
use crate::prefetch::prefetch;
use std::hint::select_unpredictable;
use std::sync::Arc;

/// Children of a node; two cache lines of sums.
const FANOUT: usize = 16;

/// For four bits, all ones where one is set and zero elsewhere.
const MASKS: [[u64; 4]; 16] = {
    let mut masks = [[0; 4]; 16];
    let mut at = 0;
    while at < 64 {
        masks[at / 4][at % 4] = ((at as u64 / 4) >> (at % 4) & 1).wrapping_neg();
        at += 1;
    }
    masks
};

#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct Node([u64; FANOUT]);

/// Integer weights by index; sixteen neighbours lie in two cache lines.
#[derive(Clone, Debug)]
pub struct MemberWeights {
    nodes: Vec<Node>,
    len: usize,
}

impl MemberWeights {
    /// These weights.
    pub fn new(weights: &[u64]) -> MemberWeights {
        MemberWeights { nodes: nodes(weights), len: weights.len() }
    }

    /// Number of weights.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The weight at an index.
    #[inline]
    pub fn get(&self, index: u32) -> u64 {
        self.nodes[index as usize / FANOUT].0[index as usize % FANOUT]
    }

    /// Asks for the weight at an index.
    #[inline]
    pub fn prefetch(&self, index: u32) {
        if let Some(node) = self.nodes.get(index as usize / FANOUT) {
            prefetch(&node.0, index as usize % FANOUT);
        }
    }

    /// The weights of one node's members, the others as 0.
    #[inline]
    fn masked(&self, node: usize, members: u16) -> Node {
        let mut masked = self.nodes[node];
        for (four, weights) in masked.0.chunks_exact_mut(4).enumerate() {
            for (weight, mask) in weights.iter_mut().zip(MASKS[usize::from(members >> (4 * four)) % 16]) {
                *weight &= mask;
            }
        }
        masked
    }
}

/// A tree of sums over the weights of a set's members, sixteen children to a node: a change or a draw touches log₁₆ n nodes.
#[derive(Clone, Debug)]
pub struct SumTree {
    weights: Arc<MemberWeights>,
    /// A bit for each index: whether it is a member. One word for each node of weights.
    members: Vec<u16>,
    /// Level 0 holds the sums of the members' weights in each node of weights, each further level the sums of the nodes of the one
    /// before; the last is one node.
    levels: Vec<Vec<Node>>,
    total: u64,
}

/// Where in the tree a search has come to.
#[derive(Clone, Copy, Debug)]
struct Descent {
    /// The node that it goes on in.
    node: u32,
    /// The running sum of the weights in it that the member sought is the first to exceed.
    target: u64,
}

/// A search that has come to a node of weights, and the members there at that time.
#[derive(Clone, Copy, Debug)]
pub struct Begun {
    at: Descent,
    members: u16,
}

impl SumTree {
    /// Those indices whose weight is not 0 and of which `is_member` says so.
    pub fn new(weights: Arc<MemberWeights>, mut is_member: impl FnMut(u32) -> bool) -> SumTree {
        let mut members = vec![0; weights.nodes.len()];
        for index in (0..weights.len as u32).filter(|&index| weights.get(index) > 0 && is_member(index)) {
            members[index as usize / FANOUT] |= 1 << (index as usize % FANOUT);
        }
        let sum = |node: &Node| node.0.iter().sum::<u64>();
        let mut sums: Vec<u64> =
            members.iter().enumerate().map(|(node, &members)| sum(&weights.masked(node, members))).collect();
        let total = sums.iter().sum();
        let mut levels = Vec::new();
        loop {
            let level = nodes(&sums);
            sums = level.iter().map(sum).collect();
            levels.push(level);
            if sums.len() == 1 {
                return SumTree { weights, members, levels, total };
            }
        }
    }

    /// Sum of the members' weights.
    #[inline]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many indices there are, members or not.
    pub fn len(&self) -> usize {
        self.weights.len
    }

    /// Whether an index is a member.
    #[inline]
    pub fn contains(&self, index: u32) -> bool {
        self.members[index as usize / FANOUT] >> (index as usize % FANOUT) & 1 == 1
    }

    /// The weight at an index, member or not.
    #[inline]
    pub fn weight(&self, index: u32) -> u64 {
        self.weights.get(index)
    }

    /// Makes an index, of a weight that is not 0, a member that is none; its weight.
    #[inline]
    pub fn insert(&mut self, index: u32) -> u64 {
        let weight = self.weights.get(index);
        debug_assert!(!self.contains(index) && weight > 0);
        self.flip(index, weight);
        weight
    }

    /// Makes a member none; its weight.
    #[inline]
    pub fn remove(&mut self, index: u32) -> u64 {
        debug_assert!(self.contains(index));
        let weight = self.weights.get(index);
        self.flip(index, weight.wrapping_neg());
        weight
    }

    #[inline]
    fn flip(&mut self, index: u32, change: u64) {
        let mut at = index as usize / FANOUT;
        self.members[at] ^= 1 << (index as usize % FANOUT);
        self.total = self.total.wrapping_add(change);
        for level in &mut self.levels {
            let sum = &mut level[at / FANOUT].0[at % FANOUT];
            *sum = sum.wrapping_add(change);
            at /= FANOUT;
        }
    }

    /// Begins to search, for each target, the member at which the running sum of the members' weights first exceeds it; asks for the
    /// memory that the rest will need. Targets are below the total.
    #[inline]
    pub fn begin<const COUNT: usize>(&self, targets: [u64; COUNT]) -> [Begun; COUNT] {
        // All go down together, so that they wait for memory together.
        let mut all = targets.map(|target| Descent { node: 0, target });
        for (number, level) in self.levels.iter().enumerate().rev() {
            let below = if number > 0 { &self.levels[number - 1][..] } else { &self.weights.nodes };
            for at in &mut all {
                *at = step(&level[at.node as usize], *at);
                // Those further up are so few that they are never far.
                if number <= 1 {
                    let next = &below[at.node as usize].0;
                    prefetch(next, 0);
                    prefetch(next, FANOUT / 2);
                }
            }
        }
        all.map(|at| Begun { at, members: self.members[at.node as usize] })
    }

    /// The member that was sought, in the set as it was when the search began.
    #[inline]
    pub fn finish(&self, Begun { at, members }: Begun) -> u32 {
        step(&self.weights.masked(at.node as usize, members), at).node
    }

    /// Asks for the memory that questions about an index, or a change of it, will need.
    #[inline]
    pub fn prefetch(&self, index: u32) {
        self.weights.prefetch(index);
        let node = index as usize / FANOUT;
        prefetch(&self.members, node);
        if let Some(sums) = self.levels[0].get(node / FANOUT) {
            prefetch(&sums.0, node % FANOUT);
        }
    }
}

/// The child of a node in which the running sum of the weights first exceeds the target: first the four among which it is, then
/// which of them.
#[inline]
fn step(node: &Node, at: Descent) -> Descent {
    let (fours, []) = node.0.as_chunks::<4>() else { unreachable!("a node has four times four children") };
    let (four, target) = first_beyond([0, 1, 2, 3].map(|four: usize| fours[four].iter().sum()), at.target);
    let (child, target) = first_beyond(fours[four], target);
    Descent { node: (at.node * 4 + four as u32) * 4 + child as u32, target }
}

/// The first of four numbers up to which their sum exceeds the target, and what is left of the target there. The last one if none of
/// the others.
#[inline]
fn first_beyond([a, b, c, _]: [u64; 4], target: u64) -> (usize, u64) {
    // Without a branch: where to stop cannot be predicted.
    let (ab, abc) = (a + b, a + b + c);
    let passed = select_unpredictable(target >= a, a, 0);
    let passed = select_unpredictable(target >= ab, ab, passed);
    let passed = select_unpredictable(target >= abc, abc, passed);
    let place = usize::from(target >= a) + usize::from(target >= ab) + usize::from(target >= abc);
    (place, target - passed)
}

/// Numbers in nodes, the last one filled up with zeros.
fn nodes(numbers: &[u64]) -> Vec<Node> {
    let node = |chunk: &[u64]| {
        let mut node = Node::default();
        node.0[..chunk.len()].copy_from_slice(chunk);
        node
    };
    if numbers.is_empty() {
        return vec![Node::default()];
    }
    large::collected(numbers.len().div_ceil(FANOUT), numbers.chunks(FANOUT).map(node))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a plain scan of the weights.
        #[test]
        fn the_tree_finds_what_a_scan_finds(
            weights in proptest::collection::vec(0u64..50, 1..5000),
            absent in proptest::collection::vec(any::<bool>(), 5000),
            changes in proptest::collection::vec(0usize..5000, 0..60),
            share in 0.0f64..1.0,
        ) {
            let shared = Arc::new(MemberWeights::new(&weights));
            let mut tree = SumTree::new(shared, |index| absent[index as usize]);
            let mut members: Vec<bool> = weights.iter().zip(&absent).map(|(&weight, &absent)| weight > 0 && absent).collect();
            let scan = |members: &[bool], mut left: u64| {
                let counted = |index: usize| if members[index] { weights[index] } else { 0 };
                (0..weights.len()).position(|index| if left < counted(index) { true } else { left -= counted(index); false })
            };
            // A search that was begun finds what was to be found then, whatever happens in between.
            let target = (tree.total() as f64 * share) as u64;
            let begun = (target < tree.total()).then(|| (tree.begin([target])[0], scan(&members, target)));
            for change in changes {
                let index = change % weights.len();
                if weights[index] == 0 {
                    continue;
                }
                members[index] = !members[index];
                let weight = if members[index] { tree.insert(index as u32) } else { tree.remove(index as u32) };
                prop_assert_eq!(weight, weights[index]);
            }
            let counted = |index: usize| if members[index] { weights[index] } else { 0 };
            let total: u64 = (0..weights.len()).map(counted).sum();
            prop_assert_eq!(tree.total(), total);
            for (index, &member) in members.iter().enumerate() {
                prop_assert_eq!(tree.contains(index as u32), member);
            }
            if total > 0 {
                let target = ((total as f64 * share) as u64).min(total - 1);
                prop_assert_eq!(Some(tree.finish(tree.begin([target])[0]) as usize), scan(&members, target));
            }
            if let Some((begun, expected)) = begun {
                prop_assert_eq!(Some(tree.finish(begun) as usize), expected);
            }
        }
    }
}
