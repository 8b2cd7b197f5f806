//! The disk's buffer for writes: pages that the host believes written and the medium has not seen.
//!
//! While no request waits the disk writes them out in order of position from where it wrote last, round and round, in
//! runs of neighbouring pages. Source: C. Ruemmler and J. Wilkes, "UNIX disk access patterns", USENIX Winter 1993
//! (immediate reporting); the order is C-LOOK.

use super::WriteCacheSpec;
use crate::device::Request;
use std::collections::BTreeSet;

/// See the module.
#[derive(Debug)]
pub(super) struct WriteCache {
    dirty: BTreeSet<u64>,
    spec: WriteCacheSpec,
    /// Where the last run ended.
    hand: u64,
}

impl WriteCache {
    pub fn new(spec: WriteCacheSpec) -> WriteCache {
        WriteCache { dirty: BTreeSet::new(), spec, hand: 0 }
    }

    pub fn len(&self) -> u64 {
        self.dirty.len() as u64
    }

    /// Whether every page of the request is in the buffer.
    pub fn holds(&self, request: &Request) -> bool {
        !self.dirty.is_empty() && (request.position..request.end()).all(|page| self.dirty.contains(&page))
    }

    /// Whether some page of the request is in the buffer.
    pub fn overlaps(&self, request: &Request) -> bool {
        self.dirty.range(request.position..request.end()).next().is_some()
    }

    /// Whether the request could be in the buffer if it were empty.
    pub fn could_hold(&self, request: &Request) -> bool {
        request.pages <= self.spec.pages
    }

    /// Whether there is room for the pages of the request.
    pub fn has_room(&self, request: &Request) -> bool {
        let new = (request.position..request.end()).filter(|page| !self.dirty.contains(page)).count();
        self.dirty.len() + new <= self.spec.pages as usize
    }

    /// Puts the pages of the request into the buffer. Returns how many of them replaced an older version.
    pub fn insert(&mut self, request: &Request) -> u64 {
        (request.position..request.end()).filter(|page| !self.dirty.insert(*page)).count() as u64
    }

    /// Takes the next run of neighbouring pages to write out: its first page and its length.
    pub fn next_run(&mut self) -> Option<(u64, u32)> {
        let first = *self.dirty.range(self.hand..).next().or_else(|| self.dirty.first())?;
        let mut pages = 0;
        while pages < self.spec.run && self.dirty.remove(&(first + u64::from(pages))) {
            pages += 1;
        }
        self.hand = first + u64::from(pages);
        Some((first, pages))
    }
}
