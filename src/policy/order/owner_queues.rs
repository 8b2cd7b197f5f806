//! The frames of each owner by the last known time of their use.
//!
//! Working sets are sets of one process's pages, on that process's clock. The frames of an owner queue by the last time that is
//! known; when that is a window ago the policy asks again, and the frame goes back to its new place or leaves. A binary heap for each owner,
//! whose members are dropped late: a frame that leaves in another way ends its stay, and its entry goes when it comes to the front.

use crate::policy::Owner;
use crate::units::{FrameId, Virtual};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    known: Virtual,
    frame: u32,
    /// Distinguishes this stay of the frame from earlier ones.
    stay: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Place {
    owner: u32,
    /// Odd while the frame is in a queue.
    stay: u32,
}

/// Frames by owner and last known use, oldest first, lower numbers first among equals. 8 bytes a frame and 16 for each member, and room for
/// those that left early.
#[derive(Debug, Default)]
pub struct OwnerQueues {
    queues: Vec<Queue>,
    places: Vec<Place>,
    len: usize,
}

#[derive(Debug, Default)]
struct Queue {
    heap: BinaryHeap<Reverse<Entry>>,
    members: u32,
}

impl OwnerQueues {
    /// Empty queues for the frames `0..frames`; further ones are made room for when they come.
    pub fn new(frames: u32) -> OwnerQueues {
        OwnerQueues { queues: Vec::new(), places: vec![Place::default(); frames as usize], len: 0 }
    }

    /// Number of frames of all owners.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Number of frames of one owner.
    pub fn members(&self, owner: Owner) -> u32 {
        self.queues.get(owner.0 as usize).map_or(0, |queue| queue.members)
    }

    /// Owners that have frames.
    pub fn owners(&self) -> impl Iterator<Item = Owner> + '_ {
        (0u32..).zip(&self.queues).filter(|(_, queue)| queue.members > 0).map(|(number, _)| Owner(number))
    }

    /// Adds a frame, which must not be in a queue.
    pub fn push(&mut self, owner: Owner, frame: FrameId, known: Virtual) {
        if self.places.len() <= frame.0 as usize {
            self.places.resize(frame.0 as usize + 1, Place::default());
        }
        if self.queues.len() <= owner.0 as usize {
            self.queues.resize_with(owner.0 as usize + 1, Queue::default);
        }
        let place = &mut self.places[frame.0 as usize];
        debug_assert!(place.stay & 1 == 0, "frame {} is in a queue already", frame.0);
        *place = Place { owner: owner.0, stay: place.stay.wrapping_add(1) };
        let queue = &mut self.queues[owner.0 as usize];
        queue.heap.push(Reverse(Entry { known, frame: frame.0, stay: place.stay }));
        queue.members += 1;
        self.len += 1;
    }

    /// Takes a frame out, wherever it is; its owner.
    pub fn remove(&mut self, frame: FrameId) -> Owner {
        let place = &mut self.places[frame.0 as usize];
        debug_assert!(place.stay & 1 == 1, "frame {} is in no queue", frame.0);
        place.stay = place.stay.wrapping_add(1);
        self.queues[place.owner as usize].members -= 1;
        self.len -= 1;
        Owner(place.owner)
    }

    /// The frame of an owner whose last known use is the earliest.
    pub fn front(&mut self, owner: Owner) -> Option<(FrameId, Virtual)> {
        let queue = self.queues.get_mut(owner.0 as usize)?;
        while let Some(&Reverse(entry)) = queue.heap.peek() {
            if self.places[entry.frame as usize].stay == entry.stay {
                return Some((FrameId(entry.frame), entry.known));
            }
            queue.heap.pop();
        }
        None
    }

    /// Asks `view` about the front frame: true if it stays in front with what is known, else it goes to its new place.
    pub fn settle_front(&mut self, owner: Owner, ask: impl FnOnce(FrameId, Virtual) -> Virtual) -> bool {
        let Some((frame, known)) = self.front(owner) else { return true };
        let last = ask(frame, known);
        if last == known {
            return true;
        }
        let queue = &mut self.queues[owner.0 as usize];
        if let Some(mut front) = queue.heap.peek_mut() {
            front.0.known = last;
        }
        false
    }

    /// Checks that members and stays agree; panics otherwise.
    pub fn validate(&self) {
        let mut total = 0;
        for (number, queue) in self.queues.iter().enumerate() {
            let alive = queue.heap.iter().filter(|Reverse(entry)| {
                let place = self.places[entry.frame as usize];
                place.stay == entry.stay && place.owner as usize == number
            });
            assert_eq!(alive.count(), queue.members as usize, "entries and members of owner {number} disagree");
            total += queue.members as usize;
        }
        assert_eq!(total, self.len, "members of the owners and the length disagree");
        let staying = self.places.iter().filter(|place| place.stay & 1 == 1).count();
        assert_eq!(staying, self.len, "frames that stay and the length disagree");
    }
}
