//! A binary heap of frames that knows where each of them is.

use crate::units::FrameId;

const OUT: u32 = u32::MAX;

/// Frames by key, smallest first; keys change in place in O(log n). 4 bytes a frame, and 4 and a key for each member.
#[derive(Debug)]
pub struct FrameHeap<K> {
    heap: Vec<(K, u32)>,
    place: Vec<u32>,
}

impl<K: Ord + Copy> FrameHeap<K> {
    /// An empty heap for the frames `0..frames`.
    pub fn new(frames: u32) -> FrameHeap<K> {
        FrameHeap { heap: Vec::with_capacity(frames as usize), place: vec![OUT; frames as usize] }
    }

    /// Number of frames in it.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Adds a frame that is not in it.
    pub fn push(&mut self, frame: FrameId, key: K) {
        debug_assert_eq!(self.place[frame.0 as usize], OUT, "frame {} is in the heap already", frame.0);
        self.heap.push((key, frame.0));
        self.up(self.heap.len() - 1);
    }

    /// Takes the frame with the smallest key out.
    pub fn pop(&mut self) -> Option<(FrameId, K)> {
        let &(key, frame) = self.heap.first()?;
        self.remove(FrameId(frame));
        Some((FrameId(frame), key))
    }

    /// Takes a member out, wherever it is; its key.
    pub fn remove(&mut self, frame: FrameId) -> K {
        let at = self.place[frame.0 as usize] as usize;
        let (key, _) = self.heap.swap_remove(at);
        self.place[frame.0 as usize] = OUT;
        if at < self.heap.len() {
            self.settle(at);
        }
        key
    }

    /// Changes the key of a member.
    #[inline]
    pub fn change(&mut self, frame: FrameId, change: impl FnOnce(K) -> K) {
        let at = self.place[frame.0 as usize] as usize;
        self.heap[at].0 = change(self.heap[at].0);
        self.settle(at);
    }

    /// The keys of all members, in no particular order.
    pub fn keys(&self) -> impl Iterator<Item = K> + '_ {
        self.heap.iter().map(|&(key, _)| key)
    }

    /// Changes all keys.
    pub fn change_all(&mut self, mut change: impl FnMut(K) -> K) {
        for entry in &mut self.heap {
            entry.0 = change(entry.0);
        }
        for at in (0..self.heap.len()).rev() {
            self.down(at);
        }
    }

    /// Checks order and places; panics where they are wrong.
    pub fn validate(&self) {
        for (at, &(key, frame)) in self.heap.iter().enumerate() {
            assert!(at == 0 || self.heap[(at - 1) / 2].0 <= key, "frame {frame} is above a smaller key");
            assert_eq!(self.place[frame as usize] as usize, at, "frame {frame} is not where it should be");
        }
        let placed = self.place.iter().filter(|&&place| place != OUT).count();
        assert_eq!(placed, self.heap.len(), "frames that have a place, and members, disagree");
    }

    fn settle(&mut self, at: usize) {
        let at = self.up(at);
        self.down(at);
    }

    fn up(&mut self, mut at: usize) -> usize {
        let moving = self.heap[at];
        while at > 0 {
            let parent = (at - 1) / 2;
            if self.heap[parent].0 <= moving.0 {
                break;
            }
            self.put(at, self.heap[parent]);
            at = parent;
        }
        self.put(at, moving);
        at
    }

    fn down(&mut self, mut at: usize) {
        let moving = self.heap[at];
        loop {
            let mut child = 2 * at + 1;
            if child >= self.heap.len() {
                break;
            }
            if child + 1 < self.heap.len() && self.heap[child + 1].0 < self.heap[child].0 {
                child += 1;
            }
            if moving.0 <= self.heap[child].0 {
                break;
            }
            self.put(at, self.heap[child]);
            at = child;
        }
        self.put(at, moving);
    }

    #[inline]
    fn put(&mut self, at: usize, entry: (K, u32)) {
        self.heap[at] = entry;
        self.place[entry.1 as usize] = at as u32;
    }
}
