//! A queue of frames by last known reference time: a radix heap (Ahuja, Mehlhorn, Orlin and Tarjan 1990) whose front is sorted.
//!
//! Exact LRU needs the frame with the smallest *true* time. True times only grow, and asking for one moves a frame back in
//! the queue, never forward; so keys taken from the front never decrease, which is just what a radix heap is made for: every
//! operation is a push onto a pile, and a frame moves through two or three buckets in its whole life. A bucket that has
//! become small is sorted instead of being dealt out further: so it is known which frames come out next, in what order, and what
//! they will be asked can be fetched ahead.

use super::piles::{Pile, Piles};
use crate::policy::Recency;
use crate::units::FrameId;

/// Bits of a key that one level of buckets tells apart.
const DIGIT: u32 = 5;
const BUCKETS: usize = 1 << DIGIT;
const LEVELS: usize = u64::BITS.div_ceil(DIGIT) as usize;
/// A bucket of so many entries is sorted.
const SORTED: usize = 128;
const PLACE_BITS: u32 = SORTED.ilog2();
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

#[derive(Clone, Copy, Debug, Default)]
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
    /// The largest key that the front has held; all keys in the buckets are above it.
    reach: u64,
    /// Level l, bucket d holds those keys which differ from `base` in digit l, where they have d, and in none above.
    levels: Vec<[Pile; BUCKETS]>,
    entries: Piles<Entry>,
    /// Room for what is dealt out.
    block: Vec<Entry>,
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
            levels: vec![[Pile::EMPTY; BUCKETS]; LEVELS],
            entries: Piles::new(frames as usize),
            block: Vec::new(),
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
        self.entries.push(&mut self.levels[level][bucket], entry);
    }

    /// Goes on with the front until enough is known of what comes next, or all is in it.
    #[inline(never)]
    fn refill(&mut self) {
        self.front.drain(..self.head);
        self.head = 0;
        while self.front.len() <= NEAR {
            let Some((level, bucket)) = self.first_occupied() else { return };
            self.occupied[level] &= !(1 << bucket);
            let mut pile = std::mem::replace(&mut self.levels[level][bucket], Pile::EMPTY);
            // The new base is the smallest key that could be in the bucket.
            let shift = level as u32 * DIGIT;
            self.base = self.entries.bottom(&pile).key >> shift << shift;
            if level == 0 || pile.len() <= SORTED {
                let from = self.front.len();
                while pile.len() > 0 {
                    self.entries.take_block(&mut pile, &mut self.front);
                }
                self.sort_front(from, level);
            } else {
                let mut block = std::mem::take(&mut self.block);
                while pile.len() > 0 {
                    block.clear();
                    self.entries.take_block(&mut pile, &mut block);
                    block.iter().for_each(|entry| self.put(*entry));
                }
                self.block = block;
            }
        }
        // The next one was written long ago.
        if let Some((level, bucket)) = self.first_occupied() {
            self.entries.prefetch(&self.levels[level][bucket]);
        }
    }

    /// Sorts the front from a place on, where it got the entries of a bucket.
    #[inline]
    fn sort_front(&mut self, from: usize, level: usize) {
        let entries = &mut self.front[from..];
        let difference_bits = (level as u32 + 1) * DIGIT;
        if difference_bits + PLACE_BITS > u64::BITS || entries.len() > SORTED {
            entries.sort_by_key(|entry| entry.key);
        } else {
            // Plain numbers are sorted much faster: how far the key is from the base, and, for those that are equal, the place.
            let (mut order, mut unsorted) = ([0u64; SORTED], [Entry::default(); SORTED]);
            let (order, unsorted) = (&mut order[..entries.len()], &mut unsorted[..entries.len()]);
            unsorted.copy_from_slice(entries);
            for (place, (number, entry)) in order.iter_mut().zip(&*unsorted).enumerate() {
                *number = (entry.key - self.base) << PLACE_BITS | place as u64;
            }
            order.sort_unstable();
            for (entry, number) in entries.iter_mut().zip(order) {
                *entry = unsorted[*number as usize % SORTED];
            }
        }
        self.reach = self.front.last().expect("the bucket is occupied").key;
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
            for (number, pile) in buckets.iter_mut().enumerate() {
                let mut old = std::mem::replace(pile, Pile::EMPTY);
                while old.len() > 0 {
                    self.block.clear();
                    self.entries.take_block(&mut old, &mut self.block);
                    let kept = self.block.iter().filter(|entry| current(entry));
                    kept.for_each(|entry| self.entries.push(pile, *entry));
                }
                if pile.len() == 0 {
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
        let kept: usize = queue.front.len() + queue.levels.iter().flatten().map(Pile::len).sum::<usize>();
        assert!(kept <= STALE + 1, "{kept} entries of no frame");
        queue.push(FrameId(3), Recency(100_000));
        assert_eq!(queue.pop(|_, _| ()), Some((FrameId(3), Recency(100_000))));
        assert_eq!(queue.pop(|_, _| ()), None);
    }
}
