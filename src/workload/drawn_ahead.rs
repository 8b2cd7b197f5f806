//! Members of a large set drawn before they are needed, and put right for what has changed since.
//!
//! A draw from a set of a million pages waits for memory several times, each time for what tells it where to look next, and so does
//! what is then done with the page. Several draws at once wait together, and what they have drawn can be asked for in time.
//!
//! The law is exact. All are drawn, independently, from the set S as it was at one moment. The set as it is now is S without those
//! removed since and with those added since. A member of it is one of those added with the probability that their weight has in its
//! total; otherwise it is one of S that was not removed, and so is the first of the draws that was not. That a draw is passed over says nothing
//! about those after it.

use super::sum_tree::Begun;
use crate::rng::Stream;

/// Draws made at once.
pub(super) const BATCH: usize = 8;
/// With more changes of one kind than this, what was drawn is forgotten: looking through them would take too long.
const CHANGES: usize = 24;

/// What was drawn, and what has changed since.
#[derive(Clone, Debug, Default)]
pub(super) struct DrawnAhead {
    drawn: [u32; BATCH],
    left: usize,
    /// Of those left, all but one may still have to be looked up.
    begun: Option<[Begun; BATCH - 1]>,
    added: Vec<u32>,
    added_weight: u64,
    removed: Vec<u32>,
}

/// What a draw has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// This member.
    Member(u32),
    /// None of those that were added; nothing that was drawn is left.
    NoneAdded,
}

impl DrawnAhead {
    /// How many draws are left.
    #[inline]
    pub fn left(&self) -> usize {
        self.left
    }

    /// These have just been drawn. The last is taken first.
    #[inline]
    pub fn fill(&mut self, drawn: [u32; BATCH]) {
        self.forget();
        (self.drawn, self.left) = (drawn, BATCH);
    }

    /// This has just been drawn, and will be taken first; the others have been begun.
    #[inline]
    pub fn begin(&mut self, first: u32, others: [Begun; BATCH - 1]) {
        self.forget();
        (self.drawn[BATCH - 1], self.left, self.begun) = (first, BATCH, Some(others));
    }

    /// Looks up what was begun, and tells of it. To be done before a draw is taken.
    #[inline]
    pub fn finish(&mut self, find: impl FnMut(Begun) -> u32, tell: impl FnMut(u32)) {
        if let Some(begun) = self.begun.take() {
            let found = begun.map(find);
            self.drawn[..BATCH - 1].copy_from_slice(&found);
            found.into_iter().for_each(tell);
        }
    }

    /// Draws a member of the set as it is now, of which `total` is the total weight and `weight` gives that of each.
    #[inline]
    pub fn take(&mut self, total: u64, weight: impl Fn(u32) -> u64, stream: &mut Stream) -> Taken {
        let mut left = stream.below(total);
        if left < self.added_weight {
            for &index in &self.added {
                match left.checked_sub(weight(index)) {
                    Some(rest) => left = rest,
                    None => return Taken::Member(index),
                }
            }
            unreachable!("the weight of those added is the sum of their weights");
        }
        while self.left > 0 {
            self.left -= 1;
            let index = self.drawn[self.left];
            if !self.removed.contains(&index) {
                return Taken::Member(index);
            }
        }
        Taken::NoneAdded
    }

    /// Whether a member was added since.
    #[inline]
    pub fn was_added(&self, index: u32) -> bool {
        self.added.contains(&index)
    }

    /// A member of this weight has been added to the set.
    #[inline]
    pub fn note_added(&mut self, index: u32, weight: u64) {
        if self.left == 0 {
            return;
        }
        if take_back(&mut self.removed, index) {
            // It is in S, and in the set again.
        } else if self.added.len() < CHANGES {
            self.added.push(index);
            self.added_weight += weight;
        } else {
            self.forget();
        }
    }

    /// A member of this weight has been removed from the set.
    #[inline]
    pub fn note_removed(&mut self, index: u32, weight: u64) {
        if self.left == 0 {
            return;
        }
        if take_back(&mut self.added, index) {
            self.added_weight -= weight;
        } else if self.removed.len() < CHANGES {
            self.removed.push(index);
        } else {
            self.forget();
        }
    }

    #[inline]
    fn forget(&mut self) {
        self.left = 0;
        self.begun = None;
        self.added.clear();
        self.added_weight = 0;
        self.removed.clear();
    }
}

/// Strikes a member off a list of changes; whether it was there.
#[inline]
fn take_back(changes: &mut Vec<u32>, index: u32) -> bool {
    let at = changes.iter().position(|changed| *changed == index);
    at.map(|at| changes.swap_remove(at)).is_some()
}
