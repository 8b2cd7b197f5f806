//! The frames of each owner, in order of loading, and all frames in that order: two links of each kind a frame.

use crate::policy::Owner;
use crate::units::FrameId;

const OUT: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Links {
    previous: u32,
    next: u32,
    owner: u32,
}

const UNLINKED: Links = Links { previous: OUT, next: OUT, owner: OUT };

#[derive(Clone, Copy, Debug)]
struct Ends {
    front: u32,
    back: u32,
    members: u32,
}

/// A list of frames for each owner, oldest first; 12 bytes a frame.
#[derive(Debug, Default)]
pub struct OwnerLists {
    links: Vec<Links>,
    lists: Vec<Ends>,
    len: usize,
}

impl OwnerLists {
    /// Empty lists for the frames `0..frames`; further ones are made room for when they come.
    pub fn new(frames: u32) -> OwnerLists {
        OwnerLists { links: vec![UNLINKED; frames as usize], lists: Vec::new(), len: 0 }
    }

    /// Number of frames of all owners.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Number of frames of one owner.
    pub fn members(&self, owner: Owner) -> u32 {
        self.lists.get(owner.0 as usize).map_or(0, |list| list.members)
    }

    /// Adds a frame, which must be on no list, at the back of its owner's.
    pub fn push_back(&mut self, owner: Owner, frame: FrameId) {
        let frame = frame.0;
        if self.links.len() <= frame as usize {
            self.links.resize(frame as usize + 1, UNLINKED);
        }
        if self.lists.len() <= owner.0 as usize {
            self.lists.resize(owner.0 as usize + 1, Ends { front: OUT, back: OUT, members: 0 });
        }
        debug_assert_eq!(self.links[frame as usize].owner, OUT, "frame {frame} is on a list already");
        let list = &mut self.lists[owner.0 as usize];
        self.links[frame as usize] = Links { previous: list.back, next: OUT, owner: owner.0 };
        match list.back {
            OUT => list.front = frame,
            back => self.links[back as usize].next = frame,
        }
        list.back = frame;
        list.members += 1;
        self.len += 1;
    }

    /// Takes a frame off its list, wherever it is.
    pub fn remove(&mut self, frame: FrameId) {
        let Links { previous, next, owner } = std::mem::replace(&mut self.links[frame.0 as usize], UNLINKED);
        debug_assert_ne!(owner, OUT, "frame {} is on no list", frame.0);
        let list = &mut self.lists[owner as usize];
        match previous {
            OUT => list.front = next,
            previous => self.links[previous as usize].next = next,
        }
        match next {
            OUT => list.back = previous,
            next => self.links[next as usize].previous = previous,
        }
        list.members -= 1;
        self.len -= 1;
    }

    /// The oldest frame of an owner.
    pub fn front(&self, owner: Owner) -> Option<FrameId> {
        let front = self.lists.get(owner.0 as usize)?.front;
        (front != OUT).then_some(FrameId(front))
    }

    /// The frame after this one on its owner's list.
    pub fn next(&self, frame: FrameId) -> Option<FrameId> {
        let next = self.links[frame.0 as usize].next;
        (next != OUT).then_some(FrameId(next))
    }

    /// Walks all lists and checks that their links agree; panics otherwise.
    pub fn validate(&self) {
        let mut total = 0;
        for (number, list) in self.lists.iter().enumerate() {
            let (mut at, mut before, mut members) = (list.front, OUT, 0);
            while at != OUT {
                let links = self.links[at as usize];
                assert_eq!((links.previous, links.owner as usize), (before, number), "the links of {at} are wrong");
                members += 1;
                assert!(members <= list.members, "more members than the length {}", list.members);
                (before, at) = (at, links.next);
            }
            assert_eq!(
                (members, before),
                (list.members, list.back),
                "members and the length of list {number} disagree"
            );
            total += members as usize;
        }
        assert_eq!(total, self.len, "members of the lists and the length disagree");
    }
}
