//! A set of small integers that finds the next or the previous member fast, however far away it is.

/// A bitset with summaries: bit i of a level says whether word i of the level below is not zero.
#[derive(Clone, Debug)]
pub struct BitTree {
    levels: Vec<Vec<u64>>,
}

impl BitTree {
    /// The set of those integers below `size` for which `is_member` says so.
    pub fn new(size: u32, mut is_member: impl FnMut(u32) -> bool) -> BitTree {
        let mut words = vec![0u64; (size as usize).div_ceil(64).max(1)];
        for member in (0..size).filter(|&member| is_member(member)) {
            words[member as usize / 64] |= 1 << (member % 64);
        }
        let mut levels = vec![words];
        while levels[levels.len() - 1].len() > 1 {
            let below = &levels[levels.len() - 1];
            let mut summary = vec![0u64; below.len().div_ceil(64)];
            for (index, _) in below.iter().enumerate().filter(|(_, word)| **word != 0) {
                summary[index / 64] |= 1 << (index % 64);
            }
            levels.push(summary);
        }
        BitTree { levels }
    }

    /// Whether an integer is a member.
    #[cfg(test)]
    pub fn contains(&self, member: u32) -> bool {
        self.levels[0][member as usize / 64] & (1 << (member % 64)) != 0
    }

    /// Adds a member.
    pub fn insert(&mut self, member: u32) {
        let mut at = member as usize;
        for level in &mut self.levels {
            level[at / 64] |= 1 << (at % 64);
            at /= 64;
        }
    }

    /// Takes a member away.
    pub fn remove(&mut self, member: u32) {
        let mut at = member as usize;
        for level in &mut self.levels {
            level[at / 64] &= !(1 << (at % 64));
            if level[at / 64] != 0 {
                return;
            }
            at /= 64;
        }
    }

    /// The smallest member not below `from`.
    pub fn next(&self, from: u32) -> Option<u32> {
        let mut at = from as usize;
        for (height, level) in self.levels.iter().enumerate() {
            let word = level.get(at / 64)? & (!0u64 << (at % 64));
            if word != 0 {
                at = at / 64 * 64 + word.trailing_zeros() as usize;
                for below in self.levels[..height].iter().rev() {
                    at = at * 64 + below[at].trailing_zeros() as usize;
                }
                return Some(at as u32);
            }
            at = at / 64 + 1;
        }
        None
    }

    /// The largest member not above `from`.
    pub fn previous(&self, from: u32) -> Option<u32> {
        let mut at = from as usize;
        for (height, level) in self.levels.iter().enumerate() {
            let word = level[at / 64] & (!0u64 >> (63 - at % 64));
            if word != 0 {
                at = at / 64 * 64 + 63 - word.leading_zeros() as usize;
                for below in self.levels[..height].iter().rev() {
                    at = at * 64 + 63 - below[at].leading_zeros() as usize;
                }
                return Some(at as u32);
            }
            at = (at / 64).checked_sub(1)?;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        /// Against the standard library's ordered set.
        #[test]
        fn neighbours_are_those_of_an_ordered_set(
            size in 1u32..9000,
            members in proptest::collection::btree_set(0u32..9000, 0..30),
            changes in proptest::collection::vec((0u32..9000, any::<bool>()), 0..30),
            queries in proptest::collection::vec(0u32..9000, 1..20),
        ) {
            let mut model: BTreeSet<u32> = members.into_iter().filter(|&m| m < size).collect();
            let mut tree = BitTree::new(size, |member| model.contains(&member));
            for (member, add) in changes.into_iter().filter(|(m, _)| *m < size) {
                if add { model.insert(member); tree.insert(member) } else { model.remove(&member); tree.remove(member) }
            }
            for from in queries.into_iter().filter(|&q| q < size) {
                prop_assert_eq!(tree.next(from), model.range(from..).next().copied());
                prop_assert_eq!(tree.previous(from), model.range(..=from).next_back().copied());
                prop_assert_eq!(tree.contains(from), model.contains(&from));
            }
        }
    }
}
