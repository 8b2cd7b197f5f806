//! A doubly linked list over frame numbers: two 32-bit links a frame, no allocation after the start.

use crate::large;
use crate::prefetch::prefetch;
use crate::units::FrameId;

const OUT: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Links {
    previous: u32,
    next: u32,
}

/// An ordered set of frames. Front and back are whatever the policy says they are. The links form a circle while there
/// is any member, so that moving the front to the back is one step of `front`.
#[derive(Debug)]
pub struct FrameList {
    links: Vec<Links>,
    front: u32,
    len: usize,
}

impl FrameList {
    /// An empty list that can hold the frames `0..frames`.
    pub fn new(frames: u32) -> FrameList {
        FrameList { links: large::filled(Links { previous: OUT, next: OUT }, frames as usize), front: OUT, len: 0 }
    }

    /// Makes room for the frames `0..frames`.
    pub fn grow(&mut self, frames: u32) {
        if self.links.len() < frames as usize {
            self.links.resize(frames as usize, Links { previous: OUT, next: OUT });
        }
    }

    /// Number of members.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Asks for the links of a frame.
    #[inline]
    pub fn prefetch(&self, frame: FrameId) {
        prefetch(&self.links, frame.0 as usize);
    }

    /// Asks for the links of a frame's neighbours; those of the frame must have been asked for a while ago.
    #[inline]
    pub fn prefetch_neighbours(&self, frame: FrameId) {
        if let Some(Links { previous, next }) = self.links.get(frame.0 as usize) {
            prefetch(&self.links, *previous as usize);
            prefetch(&self.links, *next as usize);
        }
    }

    /// The front member.
    pub fn front(&self) -> Option<FrameId> {
        (self.front != OUT).then_some(FrameId(self.front))
    }

    /// The member behind this one; the front one, behind the last.
    pub fn after(&self, frame: FrameId) -> Option<FrameId> {
        let next = self.links.get(frame.0 as usize)?.next;
        (next != OUT).then_some(FrameId(next))
    }

    /// Adds a frame, which must not be a member, at the back.
    pub fn push_back(&mut self, frame: FrameId) {
        let frame = frame.0;
        debug_assert_eq!(self.links[frame as usize].next, OUT, "frame {frame} is on the list already");
        self.len += 1;
        if self.front == OUT {
            self.front = frame;
            self.links[frame as usize] = Links { previous: frame, next: frame };
            return;
        }
        let front = self.front;
        let back = self.links[front as usize].previous;
        self.links[frame as usize] = Links { previous: back, next: front };
        self.links[back as usize].next = frame;
        self.links[front as usize].previous = frame;
    }

    /// Takes the front member away.
    pub fn pop_front(&mut self) -> Option<FrameId> {
        let front = self.front()?;
        self.remove(front);
        Some(front)
    }

    /// Makes the front member the back one.
    pub fn rotate(&mut self) {
        if self.front != OUT {
            self.front = self.links[self.front as usize].next;
        }
    }

    /// Makes a member, wherever it is, the back one.
    #[inline]
    pub fn move_to_back(&mut self, frame: FrameId) {
        let frame = frame.0;
        if frame == self.front {
            self.front = self.links[frame as usize].next;
            return;
        }
        let front = self.front;
        let back = self.links[front as usize].previous;
        if frame == back {
            return;
        }
        let Links { previous, next } = self.links[frame as usize];
        self.links[previous as usize].next = next;
        self.links[next as usize].previous = previous;
        self.links[frame as usize] = Links { previous: back, next: front };
        self.links[back as usize].next = frame;
        self.links[front as usize].previous = frame;
    }

    /// Takes a member away from wherever it is.
    pub fn remove(&mut self, frame: FrameId) {
        let Links { previous, next } = self.links[frame.0 as usize];
        debug_assert_ne!(next, OUT, "frame {} is not on the list", frame.0);
        self.links[frame.0 as usize] = Links { previous: OUT, next: OUT };
        self.len -= 1;
        if next == frame.0 {
            self.front = OUT;
            return;
        }
        self.links[previous as usize].next = next;
        self.links[next as usize].previous = previous;
        if self.front == frame.0 {
            self.front = next;
        }
    }

    /// Walks the circle and checks that its links agree; panics otherwise.
    pub fn validate(&self) {
        let mut seen = 0;
        let mut at = self.front;
        while at != OUT {
            let next = self.links[at as usize].next;
            assert_eq!(self.links[next as usize].previous, at, "links of {at} and {next} disagree");
            seen += 1;
            assert!(seen <= self.len, "more members than the length {}", self.len);
            at = if next == self.front { OUT } else { next };
        }
        assert_eq!(seen, self.len, "members on the circle and the length disagree");
    }
}
