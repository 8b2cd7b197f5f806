//! Several doubly linked lists over the same members: each member, a dense number, is on one of them or on none.

use crate::prefetch::prefetch;

const OUT: u16 = u16::MAX;

#[derive(Clone, Copy, Debug)]
struct Links {
    previous: u32,
    next: u32,
}

/// Ordered lists that members move between in constant time; 10 bytes a member. Front and back are whatever the policy says they
/// are. Each list is a circle through a node of its own, which spares every operation the question whether there is a neighbour.
#[derive(Debug)]
pub struct Lists {
    /// The lists' own nodes, then the members.
    links: Vec<Links>,
    /// The list that each member is on.
    on: Vec<u16>,
    lengths: Vec<usize>,
}

impl Lists {
    /// So many empty lists for the members `0..members`.
    pub fn new(lists: usize, members: u32) -> Lists {
        let own = (0..lists as u32).map(|list| Links { previous: list, next: list });
        let mut all = Lists { links: own.collect(), on: Vec::new(), lengths: vec![0; lists] };
        all.grow(members);
        all
    }

    /// Asks for what is kept of a member.
    #[inline]
    pub fn prefetch(&self, member: u32) {
        prefetch(&self.links, self.lengths.len() + member as usize);
        prefetch(&self.on, member as usize);
    }

    /// Asks for what is kept of a member's neighbours, which must have been asked for themselves a while ago: moving it changes them.
    #[inline]
    pub fn prefetch_neighbours(&self, member: u32) {
        if let Some(Links { previous, next }) = self.links.get(self.lengths.len() + member as usize) {
            prefetch(&self.links, *previous as usize);
            prefetch(&self.links, *next as usize);
        }
    }

    /// Makes room for the members `0..members`.
    pub fn grow(&mut self, members: u32) {
        let lists = self.lengths.len();
        self.on.resize(members as usize, OUT);
        self.links.resize(lists + members as usize, Links { previous: 0, next: 0 });
    }

    /// Number of members that are on a list.
    pub fn len(&self, list: usize) -> usize {
        self.lengths[list]
    }

    /// Number of members that are on any list.
    pub fn total(&self) -> usize {
        self.lengths.iter().sum()
    }

    /// The list that a member is on.
    #[inline]
    pub fn list_of(&self, member: u32) -> Option<usize> {
        let list = self.on[member as usize];
        (list != OUT).then_some(list as usize)
    }

    /// Whether a member is on this list.
    #[inline]
    pub fn is_on(&self, list: usize, member: u32) -> bool {
        usize::from(self.on[member as usize]) == list
    }

    /// The front member of a list.
    pub fn front(&self, list: usize) -> Option<u32> {
        self.member(self.links[list].next)
    }

    /// The back member of a list.
    pub fn back(&self, list: usize) -> Option<u32> {
        self.member(self.links[list].previous)
    }

    /// The neighbour of a member towards the back.
    pub fn next(&self, member: u32) -> Option<u32> {
        self.member(self.links[self.node(member) as usize].next)
    }

    /// The neighbour of a member towards the back, or the front member if it is at the back itself.
    pub fn next_around(&self, member: u32) -> Option<u32> {
        self.next(member).or_else(|| self.front(self.list_of(member)?))
    }

    /// Adds a member, which must be on no list, at the back of one.
    #[inline]
    pub fn push_back(&mut self, list: usize, member: u32) {
        self.insert(list, member, list as u32);
    }

    /// Adds a member, which must be on no list, in front of another one.
    pub fn insert_before(&mut self, other: u32, member: u32) {
        let list = self.list_of(other).expect("a neighbour that is on a list");
        self.insert(list, member, self.node(other));
    }

    /// Takes the front member of a list away.
    pub fn pop_front(&mut self, list: usize) -> Option<u32> {
        let member = self.front(list)?;
        self.remove(member);
        // The next to be taken is at hand, the one after it need not be.
        let after = self.links[self.links[list].next as usize].next;
        prefetch(&self.links, after as usize);
        prefetch(&self.on, (after as usize).wrapping_sub(self.lengths.len()));
        Some(member)
    }

    /// Takes a member, which must be on a list, away from it.
    #[inline]
    pub fn remove(&mut self, member: u32) {
        let list = std::mem::replace(&mut self.on[member as usize], OUT);
        self.lengths[list as usize] -= 1;
        self.unlink(member);
    }

    /// Puts a member, which must be on a list, at the back of this one.
    #[inline]
    pub fn move_to_back(&mut self, list: usize, member: u32) {
        let from = std::mem::replace(&mut self.on[member as usize], list as u16) as usize;
        if from != list {
            self.lengths[from] -= 1;
            self.lengths[list] += 1;
        }
        self.unlink(member);
        self.link(member, list as u32);
    }

    /// The members of a list from front to back.
    pub fn iter(&self, list: usize) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors(self.front(list), |&member| self.next(member))
    }

    /// Walks every list and checks that its links agree; panics otherwise.
    pub fn validate(&self) {
        for list in 0..self.lengths.len() {
            let (mut at, mut seen) = (list as u32, 0);
            loop {
                let next = self.links[at as usize].next;
                assert_eq!(self.links[next as usize].previous, at, "links of {at} and {next} disagree");
                let Some(member) = self.member(next) else { break };
                assert_eq!(self.list_of(member), Some(list), "member {member} is linked on list {list}");
                seen += 1;
                assert!(seen <= self.lengths[list], "more members than the length {}", self.lengths[list]);
                at = next;
            }
            assert_eq!(seen, self.lengths[list], "members on list {list} and its length disagree");
        }
        let listed = self.on.iter().filter(|&&list| list != OUT).count();
        assert_eq!(listed, self.total(), "members that say they are listed, and lengths, disagree");
    }

    #[inline]
    fn node(&self, member: u32) -> u32 {
        self.lengths.len() as u32 + member
    }

    #[inline]
    fn member(&self, node: u32) -> Option<u32> {
        node.checked_sub(self.lengths.len() as u32)
    }

    fn insert(&mut self, list: usize, member: u32, before: u32) {
        debug_assert_eq!(self.on[member as usize], OUT, "member {member} is on a list already");
        self.on[member as usize] = list as u16;
        self.lengths[list] += 1;
        self.link(member, before);
    }

    #[inline]
    fn link(&mut self, member: u32, before: u32) {
        let node = self.node(member);
        let after = self.links[before as usize].previous;
        self.links[node as usize] = Links { previous: after, next: before };
        self.links[after as usize].next = node;
        self.links[before as usize].previous = node;
    }

    #[inline]
    fn unlink(&mut self, member: u32) {
        let Links { previous, next } = self.links[self.node(member) as usize];
        self.links[previous as usize].next = next;
        self.links[next as usize].previous = previous;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Three lists against three vectors.
        #[test]
        fn lists_are_like_vectors(steps in proptest::collection::vec((0u32..12, 0usize..3, 0u8..5), 1..200)) {
            let mut lists = Lists::new(3, 6);
            lists.grow(12);
            let mut model = vec![Vec::new(); 3];
            for (member, list, action) in steps {
                let on = model.iter().position(|list: &Vec<u32>| list.contains(&member));
                prop_assert_eq!(lists.list_of(member), on);
                let leave = |model: &mut Vec<Vec<u32>>| model[on.unwrap()].retain(|&other| other != member);
                match (action, on) {
                    (0, None) => {
                        lists.push_back(list, member);
                        model[list].push(member);
                    }
                    (1, Some(_)) => {
                        lists.remove(member);
                        leave(&mut model);
                    }
                    (2, Some(_)) => {
                        lists.move_to_back(list, member);
                        leave(&mut model);
                        model[list].push(member);
                    }
                    (3, None) if !model[list].is_empty() => {
                        let at = member as usize % model[list].len();
                        lists.insert_before(model[list][at], member);
                        model[list].insert(at, member);
                    }
                    (4, _) => {
                        let front = if model[list].is_empty() { None } else { Some(model[list].remove(0)) };
                        prop_assert_eq!(lists.pop_front(list), front);
                    }
                    _ => {}
                }
                lists.validate();
                for (number, list) in model.iter().enumerate() {
                    prop_assert_eq!(&lists.iter(number).collect::<Vec<_>>(), list);
                    prop_assert_eq!(lists.back(number), list.last().copied());
                }
            }
        }
    }
}
