//! Many piles that grow one by one and are emptied whole, in one piece of memory.
//!
//! An array for each would be moved whenever it grows, would keep its room or give it back, and would lie wherever there was room. Here they are
//! lists of equal blocks: memory is that of all their members together and a part of a block for each pile, and it is on huge pages.

use crate::large;
use crate::prefetch::prefetch;

/// Fewest and most members of a block, as powers of two. Neighbours are read much faster than what lies anywhere; but each pile wastes
/// part of a block.
const SMALLEST: u32 = 6;
const LARGEST: u32 = 9;
/// There are about so many blocks, as a power of two, if their size allows.
const BLOCKS: u32 = 11;
/// So many members of a block are asked for before it is read.
const ASKED: usize = 64;
/// So many members ahead, memory is asked for.
const AHEAD: usize = 8;
const NONE: u32 = u32::MAX;

/// One of the piles. It must be emptied by the [`Piles`] that filled it.
#[derive(Clone, Copy, Debug)]
pub struct Pile {
    first: u32,
    last: u32,
    len: u32,
}

impl Pile {
    /// Nothing.
    pub const EMPTY: Pile = Pile { first: NONE, last: NONE, len: 0 };

    /// Number of members.
    pub fn len(&self) -> usize {
        self.len as usize
    }
}

/// The memory of the piles.
#[derive(Debug)]
pub struct Piles<T> {
    members: Vec<T>,
    /// The block after each: in its pile, or among those that are free.
    next: Vec<u32>,
    free: u32,
    /// Members of a block, as a power of two.
    shift: u32,
}

impl<T: Copy + Default> Piles<T> {
    /// Memory for about so many members; there may be more.
    pub fn new(members: usize) -> Piles<T> {
        let shift = (members.max(1).ilog2().saturating_sub(BLOCKS)).clamp(SMALLEST, LARGEST);
        let blocks = members.div_ceil(1 << shift);
        let members = large::filled(T::default(), blocks << shift);
        let mut piles = Piles { members, next: vec![NONE; blocks], free: NONE, shift };
        (0..blocks as u32).rev().for_each(|block| piles.release(block));
        piles
    }

    /// Puts a member on a pile.
    #[inline]
    pub fn push(&mut self, pile: &mut Pile, member: T) {
        let place = pile.len as usize % self.block();
        if place == 0 {
            self.lengthen(pile);
        }
        pile.len += 1;
        let at = self.start(pile.last) + place;
        self.members[at] = member;
        // A store that has to wait for memory keeps all later ones waiting.
        let ahead = place + AHEAD;
        prefetch(&self.members, if ahead < self.block() { at + AHEAD } else { self.start(self.free) });
    }

    #[inline]
    fn block(&self) -> usize {
        1 << self.shift
    }

    #[inline]
    fn start(&self, block: u32) -> usize {
        (block as usize) << self.shift
    }

    #[inline(never)]
    fn lengthen(&mut self, pile: &mut Pile) {
        if self.free == NONE {
            let block = self.next.len() as u32;
            self.members.resize(self.members.len() + self.block(), T::default());
            self.next.push(NONE);
            self.release(block);
        }
        let block = self.free;
        self.free = std::mem::replace(&mut self.next[block as usize], NONE);
        match pile.last {
            NONE => pile.first = block,
            last => self.next[last as usize] = block,
        }
        pile.last = block;
    }

    /// What lies at the bottom of a pile that is not empty.
    #[inline]
    pub fn bottom(&self, pile: &Pile) -> T {
        self.members[self.start(pile.first)]
    }

    /// Moves the lowest members of a pile that is not empty, as many as are in one block, to the end of an array.
    #[inline]
    pub fn take_block(&mut self, pile: &mut Pile, into: &mut Vec<T>) {
        let block = pile.first;
        let count = pile.len().min(self.block());
        let start = self.start(block);
        into.extend_from_slice(&self.members[start..start + count]);
        let next = self.next[block as usize];
        if next == NONE {
            *pile = Pile::EMPTY;
        } else {
            self.ask_for(next);
            (pile.first, pile.len) = (next, pile.len - count as u32);
        }
        self.release(block);
    }

    /// Asks for the bottom of a pile.
    #[inline]
    pub fn prefetch(&self, pile: &Pile) {
        self.ask_for(pile.first);
    }

    #[inline]
    fn ask_for(&self, block: u32) {
        let step = (64 / size_of::<T>()).max(1);
        (0..ASKED.min(self.block())).step_by(step).for_each(|place| prefetch(&self.members, self.start(block) + place));
    }

    #[inline]
    fn release(&mut self, block: u32) {
        self.next[block as usize] = std::mem::replace(&mut self.free, block);
    }

    /// Members that there is memory for.
    #[cfg(test)]
    pub fn room(&self) -> usize {
        self.members.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against plain arrays: what was put on a pile comes off it in order, and emptied blocks are used again.
        #[test]
        fn piles_are_like_arrays(steps in proptest::collection::vec((0usize..5, 0u32..200), 1..200), room in prop_oneof![0usize..300, Just(1 << 18)]) {
            let mut piles = Piles::new(room);
            let mut all = [Pile::EMPTY; 5];
            let mut model: [Vec<u32>; 5] = Default::default();
            let (mut number, mut most) = (0, 0);
            for (which, pushes) in steps {
                if pushes > 150 {
                    let mut taken = Vec::new();
                    while all[which].len() > 0 {
                        prop_assert_eq!(piles.bottom(&all[which]), model[which][taken.len()]);
                        piles.take_block(&mut all[which], &mut taken);
                    }
                    prop_assert_eq!(&taken, &model[which]);
                    model[which].clear();
                } else {
                    for _ in 0..pushes {
                        number += 1;
                        piles.push(&mut all[which], number);
                        model[which].push(number);
                    }
                }
                prop_assert!(all.iter().zip(&model).all(|(pile, model)| pile.len() == model.len()));
                most = most.max(model.iter().map(|model| model.len().div_ceil(piles.block())).sum());
            }
            prop_assert_eq!(piles.room(), most.max(room.div_ceil(piles.block())) * piles.block());
        }
    }
}
