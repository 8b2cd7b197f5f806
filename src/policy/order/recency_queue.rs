//! A queue of frames by last known reference time: a radix heap (Ahuja, Mehlhorn, Orlin and Tarjan 1990).
//!
//! Exact LRU needs the frame with the smallest *true* time. True times only grow, and asking for one moves a frame back in
//! the queue, never forward; so keys taken from the front never decrease, which is just what a radix heap is made for: every
//! operation is a push to the end of an array, and a frame moves through a few buckets in its whole life.

use crate::policy::Recency;
use crate::prefetch::prefetch;
use crate::units::FrameId;

/// A bucket of so many entries will be empty before long, and one of so many soon after.
const SOON: usize = 16;
const NEAR: usize = 128;
/// How many entries ahead memory is asked for.
const AHEAD: usize = 16;

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

/// Frames by last known reference time, oldest first; among equals, the order is a function of the operations alone.
#[derive(Debug)]
pub struct RecencyQueue {
    /// Bucket b > 0 holds keys whose highest bit of difference from `last` is bit b - 1; bucket 0 those equal to `last`.
    buckets: Vec<Vec<Entry>>,
    /// Bit b is set while bucket b holds something.
    occupied: u128,
    last: u64,
    /// Current stay of each frame; odd while the frame is in the queue.
    stays: Vec<u32>,
    len: usize,
}

impl RecencyQueue {
    /// An empty queue for the frames `0..frames`.
    pub fn new(frames: u32) -> RecencyQueue {
        RecencyQueue { buckets: vec![Vec::new(); 65], occupied: 0, last: 0, stays: vec![0; frames as usize], len: 0 }
    }

    /// Number of frames in the queue.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds a frame, which must not be in the queue, with a key not below any key taken so far.
    pub fn push(&mut self, frame: FrameId, key: Recency) {
        let stay = &mut self.stays[frame.0 as usize];
        *stay = stay.wrapping_add(1);
        debug_assert!(*stay & 1 == 1, "frame {} is in the queue already", frame.0);
        debug_assert!(key.0 >= self.last, "keys must not fall below those taken");
        let entry = Entry { key: key.0, frame: frame.0, stay: *stay };
        self.len += 1;
        self.put(entry);
    }

    /// Takes out the frame with the smallest key. Tells of frames that will come out soon.
    pub fn pop(&mut self, mut tell: impl FnMut(FrameId, Coming)) -> Option<(FrameId, Recency)> {
        loop {
            if self.occupied == 0 {
                return None;
            }
            let bucket = self.occupied.trailing_zeros() as usize;
            if bucket > 0 {
                self.spread(bucket, &mut tell);
            }
            while let Some(entry) = self.buckets[0].pop() {
                if self.stays[entry.frame as usize] == entry.stay {
                    self.clear_if_empty(0);
                    self.forget(entry.frame);
                    return Some((FrameId(entry.frame), Recency(entry.key)));
                }
            }
            self.clear_if_empty(0);
        }
    }

    /// Takes a frame out, wherever it is. Its entry is dropped when the queue comes across it.
    pub fn remove(&mut self, frame: FrameId) {
        debug_assert!(self.stays[frame.0 as usize] & 1 == 1, "frame {} is not in the queue", frame.0);
        self.forget(frame.0);
    }

    fn forget(&mut self, frame: u32) {
        let stay = &mut self.stays[frame as usize];
        *stay = stay.wrapping_add(1);
        self.len -= 1;
    }

    fn put(&mut self, entry: Entry) {
        let bucket = (u64::BITS - (entry.key ^ self.last).leading_zeros()) as usize;
        self.occupied |= 1 << bucket;
        self.buckets[bucket].push(entry);
    }

    /// Makes the smallest key of a bucket the new base and deals its entries out to smaller buckets.
    fn spread(&mut self, bucket: usize, tell: &mut impl FnMut(FrameId, Coming)) {
        let mut entries = std::mem::take(&mut self.buckets[bucket]);
        self.occupied &= !(1 << bucket);
        // Those whose frame was removed are left out. Where a frame's stay is kept is anywhere, so it is asked for ahead.
        let (mut kept, mut smallest) = (0, None);
        for at in 0..entries.len() {
            if let Some(ahead) = entries.get(at + AHEAD) {
                prefetch(&self.stays, ahead.frame as usize);
            }
            let entry = entries[at];
            if self.stays[entry.frame as usize] == entry.stay {
                entries[kept] = entry;
                kept += 1;
                smallest = Some(smallest.map_or(entry.key, |key: u64| key.min(entry.key)));
            }
        }
        entries.truncate(kept);
        let Some(smallest) = smallest else { return };
        self.last = smallest;
        if entries.len() <= NEAR {
            let coming = if entries.len() <= SOON { Coming::Soon } else { Coming::Near };
            for entry in &entries {
                tell(FrameId(entry.frame), coming);
            }
        }
        for entry in &entries {
            self.put(*entry);
        }
        // The emptied array keeps its room for the next entries of this bucket.
        entries.clear();
        self.buckets[bucket] = entries;
    }

    fn clear_if_empty(&mut self, bucket: usize) {
        if self.buckets[bucket].is_empty() {
            self.occupied &= !(1 << bucket);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// Against a plain map, with pushes that respect the rule of never falling below what was taken.
        #[test]
        fn takes_the_smallest_key(steps in proptest::collection::vec((0u32..24, 0u64..200, 0u8..3), 1..400)) {
            let mut queue = RecencyQueue::new(24);
            let mut model: BTreeMap<u32, u64> = BTreeMap::new();
            let mut floor = 0;
            for (frame, ahead, action) in steps {
                match action {
                    0 if !model.contains_key(&frame) => {
                        model.insert(frame, floor + ahead);
                        queue.push(FrameId(frame), Recency(floor + ahead));
                    }
                    1 if model.remove(&frame).is_some() => queue.remove(FrameId(frame)),
                    2 => match queue.pop(|_, _| ()) {
                        None => prop_assert!(model.is_empty()),
                        Some((frame, key)) => {
                            prop_assert_eq!(model.remove(&frame.0), Some(key.0));
                            prop_assert!(model.values().all(|&other| other >= key.0));
                            floor = key.0;
                        }
                    },
                    _ => {}
                }
                prop_assert_eq!(queue.len(), model.len());
            }
        }
    }
}
