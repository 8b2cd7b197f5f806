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
    /// Pages that lie together and move together; 1, or a divisor of the range.
    run: u32,
}

impl Members {
    /// All pages of the range, in order.
    pub fn all(range: u32) -> Members {
        Members { range, start: 0, len: range, scattered: None }
    }

    /// An empty set for a macromodel with this layout; a scattered one gets its pages, or runs of them, in random order. Runs
    /// have a length that divides the range.
    pub fn none(range: u32, layout: Layout, stream: &mut Stream) -> Members {
        let run = match layout {
            Layout::Scattered => Some(1),
            Layout::Runs(run) => Some(run.max(1)),
            Layout::Contiguous => None,
        };
        let scattered = run.map(|run| {
            debug_assert_eq!(range % run, 0, "runs fill the range");
            let mut begins: Vec<u32> = (0..range / run).map(|number| number * run).collect();
            for at in 1..begins.len() {
                begins.swap(at, stream.below(at as u64 + 1) as usize);
            }
            let order: Vec<u32> = begins.iter().flat_map(|begin| *begin..begin + run).collect();
            let mut place = vec![0; range as usize];
            for (at, &page) in order.iter().enumerate() {
                place[page as usize] = at as u32;
            }
            Scattered { order, place, run }
        });
        Members { range, start: 0, len: 0, scattered }
    }

    /// Number of members.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether each page of the range is the member with its own number.
    #[inline]
    pub fn in_place(&self) -> bool {
        self.scattered.is_none() && self.start == 0 && self.len == self.range
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
    /// whole range. A contiguous set moves to a random place, or, where it keeps something, up by what is new. Runs are kept and
    /// drawn whole, but for the last one of a set, which may be longer than what is left of `len`.
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
        // The first places get a random choice of the old runs, the next ones a random choice of all the rest.
        let run = scattered.run;
        let (old, wanted, all) = (self.len.div_ceil(run), len.div_ceil(run), self.range / run);
        let kept = ((kept + run / 2) / run).min(old).min(wanted);
        for at in 0..kept {
            let from = u64::from(at) + stream.below(u64::from(old - at));
            scattered.swap(at, from as u32);
        }
        for at in kept..wanted {
            let from = u64::from(at) + stream.below(u64::from(all - at));
            scattered.swap(at, from as u32);
        }
        self.len = len;
    }
}

impl Scattered {
    /// Swaps the runs at two places, counted in runs.
    fn swap(&mut self, a: u32, b: u32) {
        for at in 0..self.run {
            let (a, b) = (a * self.run + at, b * self.run + at);
            self.order.swap(a as usize, b as usize);
            self.place[self.order[a as usize] as usize] = a;
            self.place[self.order[b as usize] as usize] = b;
        }
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

        #[test]
        fn runs_are_kept_and_drawn_whole(
            runs in 1u32..40, run in 1u32..9, seed: u64, steps in proptest::collection::vec((1u32..300, 0.0..1.0), 1..12),
        ) {
            let range = runs * run;
            let mut stream = Streams::new(seed).named("members");
            let mut members = Members::none(range, Layout::Runs(run), &mut stream);
            let mut old: BTreeSet<u32> = BTreeSet::new();
            for (len, overlap) in steps {
                let len = len.min(range);
                let kept = (f64::from(len) * overlap) as u32;
                members.renew(len, kept, &mut stream);
                let new: BTreeSet<u32> = (0..members.len()).map(|index| members.page(index)).collect();
                prop_assert_eq!(new.len() as u32, len);
                // All runs are whole but one, of which the beginning is there.
                let begun: BTreeSet<u32> = new.iter().map(|page| page / run).collect();
                prop_assert_eq!(begun.len() as u32, len.div_ceil(run));
                let broken: Vec<&u32> = begun.iter().filter(|n| !(0..run).all(|at| new.contains(&(*n * run + at)))).collect();
                prop_assert_eq!(broken.len() as u32, u32::from(len % run > 0));
                for number in broken {
                    prop_assert!((0..len % run).all(|at| new.contains(&(number * run + at))));
                }
                let old_runs: BTreeSet<u32> = old.iter().map(|page| page / run).collect();
                let common = old_runs.intersection(&begun).count() as u32;
                prop_assert!(common >= ((kept.min(old.len() as u32) + run / 2) / run).min(begun.len() as u32));
                for page in 0..range {
                    prop_assert_eq!(members.index(page).map(|index| members.page(index)), new.contains(&page).then_some(page));
                }
                old = new;
            }
        }
    }
}
