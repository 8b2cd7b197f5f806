//! Makes a reference string shorter without changing the faults of LRU in memories of at least a given size.
//!
//! Nearly all references of a program go to the few pages it used last, and no memory worth simulating loses those. Smith
//! (1977) therefore drops every reference that hits in the first d positions of the LRU stack. That is only nearly exact for
//! larger memories: a page that stays in use for long, all the while within d, is never recorded again and seems to
//! grow old. Kaplan, Smaragdakis and Wilson (1999) keep a few more references, so that what is left has the same behaviour in
//! LRU memories of d frames, and with that in all larger ones: the same fetches and the same evictions in the same order.
//!
//! This is an online version of their idea. The reducer follows the true stack of d pages, and for each page the last
//! reference that was *kept*. When a page is fetched and the page y at the bottom of the true stack leaves, y must
//! be at the bottom of the stack of kept references too; so of every page that seems older than y, the true last reference,
//! dropped at the time, is kept after all. What is kept is thus a subsequence of the original string, each reference at its own
//! time.
//!
//! Writes: a kept reference is a write if it was one or if any dropped reference to its page was one before the next kept
//! one. The page does not leave a memory of d frames or more in between, so under LRU the same evictions are
//! dirty ones; only the moment at which a page becomes dirty is earlier.

use super::Access;
use crate::workload::recorded::Record;
use std::collections::VecDeque;

/// Reduces one reference string as it passes by; holds some multiple of d references.
#[derive(Clone, Debug)]
pub struct Reducer {
    depth: usize,
    /// The true LRU stack, most recent first.
    stack: Vec<Entry>,
    /// Kept references that may still change: their page may be written to, or older ones may come between.
    pending: VecDeque<Kept>,
    /// References so far; the position of the last one.
    now: u64,
    /// Position of the last finished reference.
    finished: u64,
    /// A gap must fit its type.
    longest_gap: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    page: u32,
    /// Position and kind of its last reference.
    last: u64,
    access: Access,
    /// Position of its last reference that was kept.
    kept: u64,
    /// Whether a reference from there on was a write.
    wrote: bool,
}

#[derive(Clone, Copy, Debug)]
struct Kept {
    position: u64,
    page: u32,
    access: Access,
}

impl Reducer {
    /// Keeps what LRU memories of `depth` frames or more (at least 1) can tell from the whole string.
    pub fn new(depth: usize) -> Reducer {
        let depth = depth.max(1);
        Reducer {
            depth,
            stack: Vec::with_capacity(depth),
            pending: VecDeque::new(),
            now: 0,
            finished: 0,
            longest_gap: u64::from(u32::MAX),
        }
    }

    /// The next reference of the string. References that are kept for good are appended to `out`.
    #[inline]
    pub fn reference(&mut self, page: u32, access: Access, out: &mut Vec<Record>) {
        self.now += 1;
        if let Some(at) = self.stack.iter().position(|entry| entry.page == page) {
            self.stack[..=at].rotate_right(1);
            let entry = &mut self.stack[0];
            entry.last = self.now;
            entry.access = access;
            entry.wrote |= access == Access::Write;
            if self.now - self.finished >= self.longest_gap {
                self.start_afresh(out);
            }
        } else {
            self.fetch(page, access, out);
        }
    }

    /// The string has ended: the rest of the kept references, its last reference among them, so that the gaps add up to
    /// its length.
    pub fn finish(mut self, out: &mut Vec<Record>) {
        if self.stack.first().is_some_and(|entry| entry.kept < self.now) {
            self.keep(0);
        }
        self.finish_all(out);
    }

    /// References so far, dropped ones included.
    pub fn references(&self) -> u64 {
        self.now
    }

    #[cold]
    fn fetch(&mut self, page: u32, access: Access, out: &mut Vec<Record>) {
        if self.stack.len() == self.depth {
            let bottom = self.depth - 1;
            let leaves = self.stack[bottom].kept;
            for at in 0..bottom {
                if self.stack[at].kept < leaves {
                    self.keep(at);
                }
            }
            self.settle(bottom);
            self.stack.pop();
        }
        let wrote = access == Access::Write;
        self.stack.insert(0, Entry { page, last: self.now, access, kept: self.now, wrote });
        self.pending.push_back(Kept { position: self.now, page, access });
        // Anything kept from now on is the last reference of a page on the stack, later than that page's kept one.
        let oldest = self.stack.iter().map(|entry| entry.kept).min().unwrap_or(self.now);
        while self.pending.front().is_some_and(|kept| kept.position < oldest) {
            self.finish_first(out);
        }
    }

    /// Keeps the last reference of the page at this depth, which was dropped at its time.
    fn keep(&mut self, at: usize) {
        self.settle(at);
        let entry = &mut self.stack[at];
        entry.kept = entry.last;
        entry.wrote = entry.access == Access::Write;
        let kept = Kept { position: entry.last, page: entry.page, access: entry.access };
        let place = self.pending.partition_point(|other| other.position < kept.position);
        self.pending.insert(place, kept);
    }

    /// Reproduces the true stack and forgets it: what follows is reduced as a string of its own.
    #[cold]
    fn start_afresh(&mut self, out: &mut Vec<Record>) {
        for at in 0..self.stack.len() {
            if self.stack[at].kept < self.stack[at].last {
                self.keep(at);
            }
        }
        self.finish_all(out);
        self.stack.clear();
    }

    /// Notes writes that were dropped at the reference kept before them.
    fn settle(&mut self, at: usize) {
        let entry = &self.stack[at];
        if entry.wrote
            && let Ok(place) = self.pending.binary_search_by_key(&entry.kept, |kept| kept.position)
        {
            self.pending[place].access = Access::Write;
        }
    }

    fn finish_all(&mut self, out: &mut Vec<Record>) {
        for at in 0..self.stack.len() {
            self.settle(at);
        }
        while !self.pending.is_empty() {
            self.finish_first(out);
        }
    }

    fn finish_first(&mut self, out: &mut Vec<Record>) {
        if let Some(kept) = self.pending.pop_front() {
            let gap = (kept.position - self.finished) as u32;
            self.finished = kept.position;
            out.push(Record { page: kept.page, access: kept.access, gap });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Stream, Streams};

    fn reduce(string: &[(u32, Access)], depth: usize, longest_gap: u64) -> Vec<Record> {
        let mut reducer = Reducer { longest_gap, ..Reducer::new(depth) };
        let mut out = Vec::new();
        for &(page, access) in string {
            reducer.reference(page, access, &mut out);
        }
        reducer.finish(&mut out);
        out
    }

    /// What LRU with `frames` frames does: `(page fetched, page evicted, whether that was dirty)` for every fault, in order.
    fn lru(string: impl Iterator<Item = (u32, Access)>, frames: usize) -> Vec<(u32, Option<(u32, bool)>)> {
        let mut stack: Vec<(u32, bool)> = Vec::new();
        let mut behaviour = Vec::new();
        for (page, access) in string {
            let write = access == Access::Write;
            if let Some(at) = stack.iter().position(|&(other, _)| other == page) {
                let (_, dirty) = stack.remove(at);
                stack.insert(0, (page, dirty || write));
            } else {
                let evicted = if stack.len() == frames { stack.pop() } else { None };
                stack.insert(0, (page, write));
                behaviour.push((page, evicted));
            }
        }
        behaviour
    }

    /// A string with locality: the page is near the last one, or one of a hot few, or anywhere.
    fn random_string(stream: &mut Stream, pages: u64, length: usize) -> Vec<(u32, Access)> {
        let mut near = 0;
        let mut reference = || {
            near = match stream.below(10) {
                0..4 => near,
                4..6 => (near + 1) % pages,
                6..9 => stream.below(pages.min(4)),
                _ => stream.below(pages),
            };
            (near as u32, [Access::Read, Access::Write, Access::Execute][stream.below(3) as usize])
        };
        (0..length).map(|_| reference()).collect()
    }

    #[test]
    fn lru_of_the_depth_or_more_cannot_tell_the_difference() {
        let mut stream = Streams::new(3).named("strings");
        for case in 0..3000 {
            let pages = 1 + stream.below(20);
            let length = stream.below(300) as usize;
            let depth = 1 + stream.below(6) as usize;
            let longest_gap = if case % 5 == 0 { 1 + stream.below(30) } else { 1 << 32 };
            let string = random_string(&mut stream, pages, length);
            let reduced = reduce(&string, depth, longest_gap);
            for frames in depth..=pages as usize + 1 {
                assert_eq!(
                    lru(reduced.iter().map(|r| (r.page, r.access)), frames),
                    lru(string.iter().copied(), frames),
                    "{string:?} reduced with depth {depth} to {reduced:?}, {frames} frames"
                );
            }
        }
    }

    #[test]
    fn what_is_kept_is_a_subsequence_at_its_own_time() {
        let mut stream = Streams::new(4).named("strings");
        for _ in 0..500 {
            let length = 1 + stream.below(400) as usize;
            let string = random_string(&mut stream, 30, length);
            let mut position = 0;
            for record in reduce(&string, 5, 1 << 32) {
                assert!(record.gap >= 1);
                position += record.gap as usize;
                let (page, access) = string[position - 1];
                assert_eq!(page, record.page);
                assert!(access == record.access || record.access == Access::Write);
            }
            assert_eq!(position, string.len());
        }
    }

    #[test]
    fn a_loop_within_the_depth_leaves_first_and_last_references() {
        let string: Vec<(u32, Access)> = (0..1000).map(|i| (i % 4, Access::Read)).collect();
        assert_eq!(reduce(&string, 4, 1 << 32).len(), 5);
        assert_eq!(reduce(&string, 3, 1 << 32).len(), 1000);
    }
}
