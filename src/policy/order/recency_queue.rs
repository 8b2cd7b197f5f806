//! A queue of frames by last known reference time: a radix heap (Ahuja, Mehlhorn, Orlin and Tarjan 1990) whose front is sorted.
//!
//! Exact LRU needs the frame with the smallest *true* time. True times only grow, and asking for one moves a frame back in
//! the queue, never forward; so keys taken from the front never decrease, which is just what a radix heap is made for: every
//! operation is a push to the end of an array, and a frame moves through two or three buckets in its whole life. A bucket that has
//! become small is sorted instead of being dealt out further: so it is known which frames come out next, in what order, and what
//! they will be asked can be fetched ahead.

use crate::policy::Recency;
use crate::prefetch::prefetch;
use crate::units::FrameId;

/// Bits of a key that one level of buckets tells apart.
const DIGIT: u32 = 5;
const BUCKETS: usize = 1 << DIGIT;
const LEVELS: usize = u64::BITS.div_ceil(DIGIT) as usize;
/// A bucket of so many entries is sorted.
const SORTED: usize = 128;
/// An emptied bucket with more room than this gives it back.
const ROOM: usize = 256;
/// Entries in a line of a processor's cache.
const LINE: usize = 64 / size_of::<Entry>();
/// So many entries ahead of its end, a bucket's memory is asked for.
const ROOM_AHEAD: usize = 2 * LINE;
/// How many frames before it comes out a frame is told of.
const SOON: usize = 5;
const NEAR: usize = 12;
/// Entries of frames that were removed are swept out when there are so many more of them than others.
const STALE: usize = 1024;

/// What is told of a frame before it comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coming {
    /// It will come out soon.
    Soon,
    /// It will come out before long.
    Near,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: u64,
    frame: u32,
    /// Distinguishes this stay of the frame in the queue from earlier ones that were cut short by a removal.
    stay: u32,
}

/// Frames by last known reference time, oldest first; among equals, the one that was pushed first.
#[derive(Debug)]
pub struct RecencyQueue {
    /// The smallest keys, in order, from `head` on.
    front: Vec<Entry>,
    head: usize,
    /// No key in the buckets is below this, and none at all below any that was taken.
    reach: u64,
    /// All keys above `reach`: level l, bucket d holds those which differ from `base` in digit l, where they have d, and in none above.
    levels: Vec<[Vec<Entry>; BUCKETS]>,
    /// Bit d is set while bucket d of the level holds something.
    occupied: [u32; LEVELS],
    base: u64,
    /// How often each frame was removed; empty before the first time.
    stays: Vec<u32>,
    frames: u32,
    len: usize,
    /// Entries of frames that were removed.
    stale: usize,
}

impl RecencyQueue {
    /// An empty queue for the frames `0..frames`.
    pub fn new(frames: u32) -> RecencyQueue {
        RecencyQueue {
            front: Vec::new(),
            head: 0,
            reach: 0,
            levels: std::iter::repeat_with(|| std::array::from_fn(|_| Vec::new())).take(LEVELS).collect(),
            occupied: [0; LEVELS],
            base: 0,
            stays: Vec::new(),
            frames,
            len: 0,
            stale: 0,
        }
    }

    /// Number of frames in the queue.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds a frame, which must not be in the queue, with a key not below any key taken so far.
    #[inline]
    pub fn push(&mut self, frame: FrameId, key: Recency) {
        let stay = if self.stays.is_empty() { 0 } else { self.stays[frame.0 as usize] };
        let entry = Entry { key: key.0, frame: frame.0, stay };
        self.len += 1;
        if key.0 > self.reach {
            self.put(entry);
        } else {
            let place = self.front[self.head..].partition_point(|other| other.key <= entry.key);
            self.front.insert(self.head + place, entry);
        }
    }

    /// Takes out the frame with the smallest key. Tells of frames that will come out later.
    #[inline]
    pub fn pop(&mut self, mut tell: impl FnMut(FrameId, Coming)) -> Option<(FrameId, Recency)> {
        loop {
            if self.front.len() - self.head <= NEAR {
                self.refill();
            }
            let entry = *self.front.get(self.head)?;
            for (ahead, coming) in [(NEAR, Coming::Near), (SOON, Coming::Soon)] {
                if let Some(other) = self.front.get(self.head + ahead) {
                    tell(FrameId(other.frame), coming);
                }
            }
            self.head += 1;
            if self.is_current(entry) {
                self.len -= 1;
                return Some((FrameId(entry.frame), Recency(entry.key)));
            }
            self.stale -= 1;
        }
    }

    /// Takes a frame out, wherever it is. Its entry is dropped when the queue comes across it.
    pub fn remove(&mut self, frame: FrameId) {
        if self.stays.is_empty() {
            self.stays = vec![0; self.frames as usize];
        }
        let stay = &mut self.stays[frame.0 as usize];
        *stay = stay.wrapping_add(1);
        self.len -= 1;
        self.stale += 1;
        if self.stale > self.len + STALE {
            self.sweep();
        }
    }

    #[inline]
    fn is_current(&self, entry: Entry) -> bool {
        self.stale == 0 || self.stays[entry.frame as usize] == entry.stay
    }

    #[inline]
    fn put(&mut self, entry: Entry) {
        debug_assert!(entry.key >= self.base, "keys must not fall below those taken");
        let differs = (entry.key ^ self.base) | 1;
        let level = (differs.ilog2() / DIGIT) as usize;
        let bucket = (entry.key >> (level as u32 * DIGIT)) as usize % BUCKETS;
        self.occupied[level] |= 1 << bucket;
        let bucket = &mut self.levels[level][bucket];
        bucket.push(entry);
        // A store that has to wait for memory keeps all later ones waiting.
        prefetch(bucket.spare_capacity_mut(), ROOM_AHEAD);
    }

    /// Goes on with the front until enough is known of what comes next, or all is in it.
    #[inline(never)]
    fn refill(&mut self) {
        self.front.drain(..self.head);
        self.head = 0;
        while self.front.len() <= NEAR {
            let Some((level, bucket)) = self.first_occupied() else { return };
            self.occupied[level] &= !(1 << bucket);
            let mut entries = std::mem::take(&mut self.levels[level][bucket]);
            // The new base is the smallest key that could be in the bucket.
            let shift = level as u32 * DIGIT;
            self.base = entries[0].key >> shift << shift;
            if level == 0 || entries.len() <= SORTED {
                entries.sort_by_key(|entry| entry.key);
                self.reach = entries.last().expect("the bucket is occupied").key;
                self.front.extend_from_slice(&entries);
            } else {
                for entry in &entries {
                    self.put(*entry);
                }
            }
            // The emptied array keeps its room for the next entries of this bucket.
            if entries.capacity() <= ROOM {
                entries.clear();
                self.levels[level][bucket] = entries;
            }
        }
        // The next one was written long ago.
        if let Some((level, bucket)) = self.first_occupied() {
            (0..8).for_each(|line| prefetch(&self.levels[level][bucket], line * LINE));
        }
    }

    /// The bucket of the smallest keys.
    #[inline]
    fn first_occupied(&self) -> Option<(usize, usize)> {
        let level = self.occupied.iter().position(|occupied| *occupied != 0)?;
        Some((level, self.occupied[level].trailing_zeros() as usize))
    }

    /// Drops the entries of all frames that were removed.
    #[cold]
    fn sweep(&mut self) {
        let stays = &self.stays;
        let current = |entry: &Entry| stays[entry.frame as usize] == entry.stay;
        self.front.drain(..self.head);
        self.head = 0;
        self.front.retain(current);
        for (buckets, occupied) in self.levels.iter_mut().zip(&mut self.occupied) {
            for (number, bucket) in buckets.iter_mut().enumerate() {
                bucket.retain(current);
                if bucket.is_empty() {
                    *occupied &= !(1 << number);
                }
            }
        }
        self.stale = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// A plain map: keys with the number of the push, and frames.
    #[derive(Default)]
    struct Model {
        order: BTreeMap<(u64, usize), u32>,
        of: BTreeMap<u32, (u64, usize)>,
        pushed: usize,
    }

    impl Model {
        fn push(&mut self, frame: u32, key: u64) {
            self.pushed += 1;
            self.order.insert((key, self.pushed), frame);
            self.of.insert(frame, (key, self.pushed));
        }

        fn remove(&mut self, frame: u32) -> bool {
            self.of.remove(&frame).is_some_and(|place| self.order.remove(&place).is_some())
        }

        fn pop(&mut self) -> Option<(u32, u64)> {
            let ((key, _), frame) = self.order.pop_first()?;
            self.of.remove(&frame);
            Some((frame, key))
        }
    }

    proptest! {
        /// Against a plain map, with pushes that respect the rule of never falling below what was taken. Up to so many frames, and keys so far
        /// apart, that buckets of all sizes and levels come into being.
        #[test]
        fn takes_the_smallest_key_and_of_equal_ones_the_first(
            frames in prop_oneof![Just(24u32), Just(1200)],
            spread in 0u32..40,
            steps in proptest::collection::vec((any::<u32>(), any::<u64>(), 0u8..8), 1..4000),
        ) {
            let mut queue = RecencyQueue::new(frames);
            let mut model = Model::default();
            let mut floor = 0;
            for (frame, ahead, action) in steps {
                let frame = frame % frames;
                match action {
                    0..5 if !model.of.contains_key(&frame) => {
                        let key = floor + (ahead >> (63 - spread) >> (ahead % 8));
                        model.push(frame, key);
                        queue.push(FrameId(frame), Recency(key));
                    }
                    5 if model.remove(frame) => queue.remove(FrameId(frame)),
                    6.. => {
                        let taken = queue.pop(|_, _| ()).map(|(frame, key)| (frame.0, key.0));
                        prop_assert_eq!(taken, model.pop());
                        floor = taken.map_or(floor, |(_, key)| key);
                    }
                    _ => {}
                }
                prop_assert_eq!(queue.len(), model.of.len());
            }
            while let Some(taken) = model.pop() {
                prop_assert_eq!(queue.pop(|_, _| ()).map(|(frame, key)| (frame.0, key.0)), Some(taken));
            }
            prop_assert!(queue.pop(|_, _| ()).is_none());
        }

        /// Every frame is told of twice before it comes out, at the set distances, where it was in the queue by then.
        #[test]
        fn tells_of_what_comes_out_next(keys in proptest::collection::vec(0u64..1 << 20, 40..600)) {
            let mut queue = RecencyQueue::new(keys.len() as u32);
            for (frame, key) in keys.iter().enumerate() {
                queue.push(FrameId(frame as u32), Recency(*key));
            }
            let (mut order, mut near, mut soon) = (Vec::new(), Vec::new(), Vec::new());
            while let Some((frame, _)) = queue.pop(|frame, coming| match coming {
                Coming::Near => near.push(frame),
                Coming::Soon => soon.push(frame),
            }) {
                order.push(frame);
            }
            prop_assert_eq!(&near[..], &order[NEAR..]);
            prop_assert_eq!(&soon[..], &order[SOON..]);
        }
    }

    /// Memory that is given back before it ever runs short leaves nothing behind.
    #[test]
    fn frames_that_are_removed_do_not_pile_up() {
        let mut queue = RecencyQueue::new(10);
        for key in 0..100_000 {
            queue.push(FrameId(3), Recency(key));
            queue.remove(FrameId(3));
        }
        let kept: usize = queue.front.len() + queue.levels.iter().flatten().map(Vec::len).sum::<usize>();
        assert!(kept <= STALE + 1, "{kept} entries of no frame");
        queue.push(FrameId(3), Recency(100_000));
        assert_eq!(queue.pop(|_, _| ()), Some((FrameId(3), Recency(100_000))));
        assert_eq!(queue.pop(|_, _| ()), None);
    }
}
