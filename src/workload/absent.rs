//! The pages of a set that are not in memory, and drawing one of them in proportion to its weight: what the leap needs to know.

use super::drawn_ahead::{BATCH, DrawnAhead, Taken};
use super::sum_tree::SumTree;
use crate::large;
use crate::prefetch::prefetch;
use crate::rng::Stream;

/// Sets smaller than this fit in a processor's cache: nothing is gained by drawing ahead.
const LARGE: usize = 1 << 15;

/// The absent members of a set of pages, by index in the set.
#[derive(Clone, Debug)]
pub struct AbsentSet {
    members: Members,
    /// Draws that were made before they are needed; `None` for a set that is not large.
    ahead: Option<Box<DrawnAhead>>,
}

#[derive(Clone, Debug)]
enum Members {
    /// All members weigh the same: an array of the absent ones.
    Uniform(UniformAbsent),
    /// Each has its own weight: a tree of sums.
    Weighted(SumTree),
}

impl AbsentSet {
    /// Members that weigh 1 each.
    pub fn uniform(absent: UniformAbsent) -> AbsentSet {
        let large = absent.place.len() >= LARGE;
        AbsentSet { members: Members::Uniform(absent), ahead: large.then(Box::default) }
    }

    /// Members that have weights.
    pub fn weighted(absent: SumTree) -> AbsentSet {
        let large = absent.len() >= LARGE;
        AbsentSet { members: Members::Weighted(absent), ahead: large.then(Box::default) }
    }

    /// The array of a set without weights, for its room.
    pub fn into_uniform(self) -> Option<UniformAbsent> {
        match self.members {
            Members::Uniform(set) => Some(set),
            Members::Weighted(_) => None,
        }
    }

    /// Whether the member is counted as absent.
    #[inline]
    pub fn contains(&self, index: u32) -> bool {
        match &self.members {
            Members::Uniform(set) => set.place[index as usize] != PRESENT,
            Members::Weighted(tree) => tree.contains(index),
        }
    }

    /// Counts a member, so far present, as absent. One of weight 0 never is.
    #[inline]
    pub fn insert(&mut self, index: u32) {
        let weight = match &mut self.members {
            Members::Uniform(set) => {
                set.insert(index);
                1
            }
            Members::Weighted(tree) => tree.insert(index),
        };
        if let Some(ahead) = &mut self.ahead {
            ahead.note_added(index, weight);
        }
    }

    /// Counts a member, so far absent, as present.
    #[inline]
    pub fn remove(&mut self, index: u32) {
        let weight = match &mut self.members {
            Members::Uniform(set) => {
                set.remove(index);
                1
            }
            Members::Weighted(tree) => tree.remove(index),
        };
        if let Some(ahead) = &mut self.ahead {
            ahead.note_removed(index, weight);
        }
    }

    /// Asks for the memory that counting a member will need.
    #[inline]
    pub fn prefetch(&self, index: u32) {
        match &self.members {
            Members::Uniform(set) => prefetch(&set.place, index as usize),
            Members::Weighted(tree) => tree.prefetch(index),
        }
    }

    /// Total weight of the absent members; an unweighted member weighs 1.
    #[inline]
    pub fn weight(&self) -> u64 {
        self.members.weight()
    }

    /// Draws an absent member in proportion to its weight, of which there must be one. Tells of members that will be drawn later, most
    /// likely.
    #[inline]
    pub fn draw(&mut self, stream: &mut Stream, tell: impl FnMut(u32)) -> u32 {
        let Some(ahead) = &mut self.ahead else { return self.members.draw(stream) };
        draw_ahead(&self.members, ahead, stream, tell)
    }
}

/// A draw from a large set.
#[inline(never)]
fn draw_ahead(members: &Members, ahead: &mut DrawnAhead, stream: &mut Stream, mut tell: impl FnMut(u32)) -> u32 {
    if let Members::Weighted(tree) = members {
        ahead.finish(|begun| tree.finish(begun), &mut tell);
    }
    if ahead.left() == 0 {
        ahead.fill(members.draw_batch(stream));
    }
    let index = take(members, ahead, stream);
    // The next ones are drawn before they are needed, so that what they lead to has come by then.
    match members {
        Members::Uniform(_) if ahead.left() == 0 => {
            let drawn = members.draw_batch(stream);
            drawn.iter().for_each(|index| tell(*index));
            ahead.fill(drawn);
        }
        // The last of the old ones helps to draw the first of the new, at once; the others are only begun.
        Members::Weighted(tree) if ahead.left() == 1 => {
            let first = take(members, ahead, stream);
            ahead.begin(first, tree.begin(std::array::from_fn(|_| stream.below(tree.total()))));
        }
        _ => {}
    }
    index
}

/// Draws from the set as it is now, with the help of what was drawn before.
#[inline]
fn take(members: &Members, ahead: &mut DrawnAhead, stream: &mut Stream) -> u32 {
    let weight = |index| match members {
        Members::Uniform(_) => 1,
        Members::Weighted(tree) => tree.weight(index),
    };
    match ahead.take(members.weight(), weight, stream) {
        Taken::Member(index) => index,
        Taken::NoneAdded => loop {
            let index = members.draw(stream);
            if !ahead.was_added(index) {
                break index;
            }
        },
    }
}

impl Members {
    #[inline]
    fn weight(&self) -> u64 {
        match self {
            Members::Uniform(set) => set.absent.len() as u64,
            Members::Weighted(tree) => tree.total(),
        }
    }

    #[inline]
    fn draw(&self, stream: &mut Stream) -> u32 {
        match self {
            Members::Uniform(set) => set.draw(stream),
            Members::Weighted(tree) => tree.finish(tree.begin([stream.below(tree.total())])[0]),
        }
    }

    /// Several draws, which wait for memory together.
    #[inline]
    fn draw_batch(&self, stream: &mut Stream) -> [u32; BATCH] {
        let targets: [u64; BATCH] = std::array::from_fn(|_| stream.below(self.weight()));
        match self {
            Members::Uniform(set) => {
                targets.iter().for_each(|at| prefetch(&set.absent, *at as usize));
                let drawn = targets.map(|at| set.absent[at as usize]);
                drawn.iter().for_each(|index| prefetch(&set.place, *index as usize));
                drawn
            }
            Members::Weighted(tree) => tree.begin(targets).map(|begun| tree.finish(begun)),
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
        let mut set = old.unwrap_or_else(|| {
            // Written over once, so that it lies where it is going to stay.
            let room = || large::filled(PRESENT, size as usize);
            UniformAbsent { absent: room(), place: room() }
        });
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

    /// Draws one of the absent members, of which there must be some.
    #[inline]
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

#[cfg(test)]
mod tests {
    use super::super::sum_tree::MemberWeights;
    use super::*;
    use crate::rng::Streams;
    use std::sync::Arc;

    const SIZE: u32 = 40;
    const STEPS: u32 = 400_000;

    fn sets() -> [(&'static str, Vec<u64>, Members); 2] {
        let weights: Vec<u64> = (0..SIZE).map(|index| u64::from(index % 7) * 3 + 1).collect();
        let shared = Arc::new(MemberWeights::new(&weights));
        [
            ("equal", vec![1; SIZE as usize], Members::Uniform(UniformAbsent::new(SIZE, None, |_| true))),
            ("weighted", weights, Members::Weighted(SumTree::new(shared, |_| true))),
        ]
    }

    /// How far the share of draws that fell into each of some groups is from what it must be, in standard deviations: each draw is
    /// compared with the probability that it had when it was made, so the sum is a martingale.
    #[derive(Clone, Copy, Default)]
    struct Group {
        excess: f64,
        variance: f64,
    }

    impl Group {
        fn count(&mut self, drawn: bool, probability: f64) {
            self.excess += f64::from(u8::from(drawn)) - probability;
            self.variance += probability * (1.0 - probability);
        }

        fn deviation(&self) -> f64 {
            self.excess / self.variance.sqrt()
        }
    }

    /// Draws made ahead, from a set that changes all the time, by what is drawn and by others, have at every moment the law of the set as it
    /// is: by member, and by how long ago it was added, which is where a draw of an earlier set would show.
    #[test]
    fn draws_made_ahead_have_the_law_of_the_set_as_it_is() {
        for (name, weights, members) in sets() {
            let mut set = AbsentSet { members, ahead: Some(Box::default()) };
            let mut stream = Streams::new(5).named(name);
            let mut others = Streams::new(6).named(name);
            let mut added_at = [0u32; SIZE as usize];
            let (mut by_member, mut by_age) = ([Group::default(); SIZE as usize], [Group::default(); 24]);
            for step in 0..STEPS {
                let now = step + 100;
                let total = set.weight() as f64;
                let absent: Vec<u32> = (0..SIZE).filter(|&index| set.contains(index)).collect();
                let drawn = set.draw(&mut stream, |_| ());
                assert!(set.contains(drawn), "{name}: member {drawn} was drawn and is not absent");
                let mut ages = [0.0; 24];
                let age = |index: u32| ((now - added_at[index as usize]) as usize).min(23);
                for &index in &absent {
                    let probability = weights[index as usize] as f64 / total;
                    by_member[index as usize].count(index == drawn, probability);
                    ages[age(index)] += probability;
                }
                for (at, probability) in ages.into_iter().enumerate() {
                    by_age[at].count(at == age(drawn), probability);
                }
                // What was drawn comes in, as a rule; others come and go, now and then many at once.
                let changes = if others.chance(0.01) { 60 } else { others.below(4) };
                if !others.chance(0.1) {
                    set.remove(drawn);
                }
                for _ in 0..changes {
                    let index = others.below(u64::from(SIZE)) as u32;
                    if !set.contains(index) {
                        set.insert(index);
                        added_at[index as usize] = now + 1;
                    } else if set.weight() > 2 * weights[index as usize] && others.chance(0.3) {
                        set.remove(index);
                    }
                }
                while set.weight() == 0 {
                    set.insert(others.below(u64::from(SIZE)) as u32);
                }
            }
            for (kind, groups) in [("member", &by_member[..]), ("age", &by_age[..])] {
                for (at, group) in groups.iter().enumerate().filter(|(_, group)| group.variance > 20.0) {
                    let deviation = group.deviation();
                    assert!(deviation.abs() < 4.5, "{name}, {kind} {at}: {deviation} standard deviations");
                }
            }
        }
    }

    /// What is foretold comes, but for what has changed in between.
    #[test]
    fn most_draws_from_a_large_set_are_foretold() {
        let size = LARGE as u32;
        let weights: Vec<u64> = (0..u64::from(size)).map(|index| index + 1).collect();
        let tree = SumTree::new(Arc::new(MemberWeights::new(&weights)), |_| true);
        for mut set in [AbsentSet::weighted(tree), AbsentSet::uniform(UniformAbsent::new(size, None, |_| true))] {
            let mut stream = Streams::new(7).named("foretold");
            let mut told = std::collections::BTreeSet::new();
            let mut foretold = 0;
            for _ in 0..1000 {
                let drawn = set.draw(&mut stream, |index| {
                    told.insert(index);
                });
                foretold += u32::from(told.contains(&drawn));
                set.remove(drawn);
            }
            assert!(foretold >= 980, "{foretold} of 1000 draws were foretold");
        }
    }
}
