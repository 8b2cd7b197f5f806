//! Dense numbers for sparse pages: a trace names pages by 64-bit numbers, everything behind the reader wants an index.
//!
//! A look-up in a table of a million pages is mostly waiting for memory. The page stands in the slot itself, so it is one place that is
//! waited for; and references come in batches, so they are looked up in groups: first the slots of the whole group are asked for, and by the
//! time that they are looked at the first have come.

use super::Reference;
use crate::error::{Diagnostic, Error, Result};
use crate::prefetch::prefetch;

/// References looked up together.
const GROUP: usize = 64;
/// What an empty slot has as a number.
const EMPTY: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Slot {
    page: u64,
    number: u32,
}

const FREE: Slot = Slot { page: 0, number: EMPTY };

/// Numbers pages 0, 1, 2, … in the order in which they are first seen. 32 to 64 bytes a page, and once more the half of it while the table
/// grows.
#[derive(Clone, Debug)]
pub struct Interner {
    /// Open addressing with linear probing, at most half full.
    slots: Vec<Slot>,
    /// Number of bits that a hash is shifted to the right to give a slot.
    shift: u32,
    /// Number of pages.
    len: u32,
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
        Interner { slots: vec![FREE; 1 << bits], shift: 64 - bits, len: 0 }
    }

    /// Replaces the content of `numbers` with those of the pages of a batch.
    ///
    /// # Errors
    /// [`Error::Data`] beyond 2^32 − 2 distinct pages.
    pub fn number_all(&mut self, batch: &[Reference], numbers: &mut Vec<u32>) -> Result<()> {
        numbers.clear();
        numbers.reserve(batch.len());
        for group in batch.chunks(GROUP) {
            for reference in group {
                prefetch(&self.slots, self.home(reference.page));
            }
            for reference in group {
                numbers.push(self.number(reference.page)?);
            }
        }
        Ok(())
    }

    /// The number of one page.
    ///
    /// # Errors
    /// [`Error::Data`] beyond 2^32 − 2 distinct pages.
    #[inline]
    pub fn number(&mut self, page: u64) -> Result<u32> {
        let mut at = self.home(page);
        loop {
            let slot = self.slots[at];
            if slot.number == EMPTY {
                return self.insert(at, page);
            }
            if slot.page == page {
                return Ok(slot.number);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    #[cold]
    fn insert(&mut self, at: usize, page: u64) -> Result<u32> {
        let number = self.len;
        if number == EMPTY - 1 {
            return Err(too_many());
        }
        self.slots[at] = Slot { page, number };
        self.len += 1;
        if self.len as usize * 2 > self.slots.len() {
            self.grow();
        }
        Ok(number)
    }

    /// How many pages were seen.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.len == 0
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
        let before = std::mem::replace(&mut self.slots, vec![FREE; size]);
        for slot in before.into_iter().filter(|slot| slot.number != EMPTY) {
            let mut at = self.home(slot.page);
            while self.slots[at].number != EMPTY {
                at = (at + 1) & (size - 1);
            }
            self.slots[at] = slot;
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
        assert!(expected.iter().all(|(&page, &number)| interner.number(page).expect("it is known") == number));
        assert_eq!(interner.len() as usize, expected.len(), "looking up adds nothing");
    }
}
