//! Dense numbers for sparse pages: a trace names pages by 64-bit numbers, everything behind the reader wants an index.
//!
//! A look-up in a table of a million pages is mostly waiting for memory, twice: for the slot and for the page in it.
//! References come in batches, so they are looked up in groups, one step for the whole group at a time. The loads of one step
//! do not depend on each other, and the processor waits for many of them at once.

use super::Reference;
use crate::error::{Diagnostic, Error, Result};

/// References looked up together.
const GROUP: usize = 64;
/// An empty slot.
const EMPTY: u32 = u32::MAX;

/// Numbers pages 0, 1, 2, … in the order in which they are first seen. Up to 20 bytes a page.
#[derive(Clone, Debug)]
pub struct Interner {
    /// Open addressing with linear probing, at most half full: numbers of pages.
    slots: Vec<u32>,
    /// Number of bits that a hash is shifted to the right to give a slot.
    shift: u32,
    /// The page of each number.
    pages: Vec<u64>,
}

impl Default for Interner {
    fn default() -> Interner {
        Interner::new()
    }
}

impl Interner {
    /// Knows no page.
    pub fn new() -> Interner {
        let bits = 12;
        Interner { slots: vec![EMPTY; 1 << bits], shift: 64 - bits, pages: Vec::new() }
    }

    /// Replaces the content of `numbers` with those of the pages of a batch.
    ///
    /// # Errors
    /// [`Error::Data`] beyond 2^32 − 2 distinct pages.
    pub fn number_all(&mut self, batch: &[Reference], numbers: &mut Vec<u32>) -> Result<()> {
        numbers.clear();
        numbers.reserve(batch.len());
        let mut candidates = [EMPTY; GROUP];
        for group in batch.chunks(GROUP) {
            for (candidate, reference) in candidates.iter_mut().zip(group) {
                *candidate = self.slots[self.home(reference.page)];
            }
            for (&candidate, reference) in candidates.iter().zip(group) {
                // Almost always the right one; an empty slot has a number that no page has.
                let number = match self.pages.get(candidate as usize) {
                    Some(&page) if page == reference.page => candidate,
                    _ => self.number(reference.page)?,
                };
                numbers.push(number);
            }
        }
        Ok(())
    }

    /// The number of one page.
    ///
    /// # Errors
    /// [`Error::Data`] beyond 2^32 − 2 distinct pages.
    pub fn number(&mut self, page: u64) -> Result<u32> {
        let mut slot = self.home(page);
        while self.slots[slot] != EMPTY {
            let number = self.slots[slot];
            if self.pages[number as usize] == page {
                return Ok(number);
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        let number = self.pages.len() as u32;
        if number == EMPTY - 1 {
            return Err(too_many());
        }
        self.slots[slot] = number;
        self.pages.push(page);
        if self.pages.len() * 2 > self.slots.len() {
            self.grow();
        }
        Ok(number)
    }

    /// How many pages were seen.
    pub fn len(&self) -> u32 {
        self.pages.len() as u32
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// The pages by number, as the trace has them.
    pub fn pages(&self) -> &[u64] {
        &self.pages
    }

    /// The first slot to look at. Fibonacci hashing: the top bits of a product with the golden ratio spread runs of
    /// neighbouring pages evenly; the fold before it lets the high bits of sparse numbers count as much as the low ones.
    #[inline]
    fn home(&self, page: u64) -> usize {
        ((page ^ (page >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }

    #[cold]
    fn grow(&mut self) {
        self.shift -= 1;
        let size = self.slots.len() * 2;
        self.slots.clear();
        self.slots.resize(size, EMPTY);
        for number in 0..self.pages.len() {
            let mut slot = self.home(self.pages[number]);
            while self.slots[slot] != EMPTY {
                slot = (slot + 1) & (size - 1);
            }
            self.slots[slot] = number as u32;
        }
    }
}

#[cold]
fn too_many() -> Error {
    Error::Data(Diagnostic {
        origin: "the trace".to_owned(),
        key: String::new(),
        problem: "more than 2^32 - 2 distinct pages".to_owned(),
        help: Some("use larger pages, or a part of the trace".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;
    use crate::trace::Access;
    use std::collections::HashMap;

    #[test]
    fn numbers_are_dense_in_order_of_first_use() {
        let mut stream = Streams::new(9).named("pages");
        let mut interner = Interner::new();
        let mut expected: HashMap<u64, u32> = HashMap::new();
        let mut numbers = Vec::new();
        for round in 0..200 {
            // Neighbours, multiples of a power of two, and anything.
            let page = |bits: u64| match round % 3 {
                0 => bits % 10_000,
                1 => (bits % 10_000) << 40,
                _ => bits >> (bits % 60),
            };
            let batch: Vec<Reference> =
                (0..stream.below(300)).map(|_| Reference { page: page(stream.bits()), access: Access::Read }).collect();
            interner.number_all(&batch, &mut numbers).expect("few pages");
            let expected: Vec<u32> = batch
                .iter()
                .map(|reference| {
                    let next = expected.len() as u32;
                    *expected.entry(reference.page).or_insert(next)
                })
                .collect();
            assert_eq!(numbers, expected);
        }
        assert_eq!(interner.len() as usize, expected.len());
        assert!(expected.iter().all(|(&page, &number)| interner.pages()[number as usize] == page));
    }
}
