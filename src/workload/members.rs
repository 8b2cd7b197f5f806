//! Which pages of a component's range are in the current set, and in what order.

use super::Layout;
use crate::rng::Stream;

/// The current set: an ordered choice of the range's pages. An *index* numbers the members of the set, a *page* the pages of
/// the range; both from 0.
#[derive(Clone, Debug)]
pub struct Members {
    range: u32,
    start: u32,
    len: u32,
    /// For scattered sets: the range's pages in some order, and the place of each in it. The set is the run of `len` places
    /// from `start`. Without it the set is a run of neighbouring pages, which goes on at the beginning of the range.
    scattered: Option<Scattered>,
}

#[derive(Clone, Debug)]
struct Scattered {
    order: Vec<u32>,
    place: Vec<u32>,
}

impl Members {
    /// All pages of the range, in order.
    pub fn all(range: u32) -> Members {
        Members { range, start: 0, len: range, scattered: None }
    }

    /// An empty set for a macromodel with this layout; a scattered one gets its pages in random order.
    pub fn none(range: u32, layout: Layout, stream: &mut Stream) -> Members {
        let scattered = (layout == Layout::Scattered).then(|| {
            let mut order: Vec<u32> = (0..range).collect();
            for at in 1..range as usize {
                order.swap(at, stream.below(at as u64 + 1) as usize);
            }
            let mut place = vec![0; range as usize];
            for (at, &page) in order.iter().enumerate() {
                place[page as usize] = at as u32;
            }
            Scattered { order, place }
        });
        Members { range, start: 0, len: 0, scattered }
    }

    /// Number of members.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// The page of the member with this index.
    #[inline]
    pub fn page(&self, index: u32) -> u32 {
        debug_assert!(index < self.len);
        match &self.scattered {
            Some(scattered) => scattered.order[(self.start + index) as usize],
            None => {
                let page = self.start + index;
                if page >= self.range { page - self.range } else { page }
            }
        }
    }

    /// The index of a page, if it is a member.
    #[inline]
    pub fn index(&self, page: u32) -> Option<u32> {
        let place = match &self.scattered {
            Some(scattered) => scattered.place[page as usize],
            None => page,
        };
        let index = if place >= self.start {
            place - self.start
        } else if self.scattered.is_none() {
            place + self.range - self.start
        } else {
            return None;
        };
        (index < self.len).then_some(index)
    }

    /// Makes the set a given run of places (the fixed, disjoint sets of a Denning-Kahn program).
    pub fn select(&mut self, start: u32, len: u32) {
        self.start = start;
        self.len = len;
    }

    /// Draws a new set of `len` pages that keeps `kept` of the old ones (as many as there are) and takes the rest from the
    /// whole range. A contiguous set moves to a random place, or, where it keeps something, up by what is new.
    pub fn renew(&mut self, len: u32, kept: u32, stream: &mut Stream) {
        let kept = kept.min(self.len).min(len);
        let Some(scattered) = &mut self.scattered else {
            self.start = if kept == 0 {
                stream.below(u64::from(self.range)) as u32
            } else {
                ((u64::from(self.start) + u64::from(self.len - kept)) % u64::from(self.range)) as u32
            };
            self.len = len;
            return;
        };
        debug_assert_eq!(self.start, 0, "fresh scattered sets lie at the beginning of the order");
        // Places 0..kept get a random choice of the old members, the next ones a random choice of all the rest.
        for at in 0..kept {
            let from = u64::from(at) + stream.below(u64::from(self.len - at));
            scattered.swap(at as usize, from as usize);
        }
        for at in kept..len {
            let from = u64::from(at) + stream.below(u64::from(self.range - at));
            scattered.swap(at as usize, from as usize);
        }
        self.len = len;
    }
}

impl Scattered {
    fn swap(&mut self, a: usize, b: usize) {
        self.order.swap(a, b);
        self.place[self.order[a] as usize] = a as u32;
        self.place[self.order[b] as usize] = b as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn sets_have_the_size_and_overlap_asked_for(
            range in 1u32..200, seed: u64, scattered: bool, steps in proptest::collection::vec((1u32..200, 0u32..200), 1..12),
        ) {
            let mut stream = Streams::new(seed).named("members");
            let layout = if scattered { Layout::Scattered } else { Layout::Contiguous };
            let mut members = Members::none(range, layout, &mut stream);
            for (len, kept) in steps {
                let len = len.min(range);
                let old: BTreeSet<u32> = (0..members.len()).map(|index| members.page(index)).collect();
                members.renew(len, kept, &mut stream);
                let new: BTreeSet<u32> = (0..members.len()).map(|index| members.page(index)).collect();
                prop_assert_eq!(new.len() as u32, len);
                prop_assert!(new.intersection(&old).count() as u32 >= kept.min(len).min(old.len() as u32));
                for page in 0..range {
                    prop_assert_eq!(members.index(page).map(|index| members.page(index)), new.contains(&page).then_some(page));
                }
            }
        }
    }
}
