//! Dense numbers for sparse pages: a trace names pages by 64-bit numbers, everything behind the reader wants an index.

use std::collections::HashMap;

/// Numbers pages 0, 1, 2, … in the order in which they are first seen.
#[derive(Clone, Debug, Default)]
pub struct Interner {
    numbers: HashMap<u64, u32>,
}

impl Interner {
    /// Knows no page.
    pub fn new() -> Interner {
        Interner::default()
    }

    /// The number of a page.
    pub fn number(&mut self, page: u64) -> u32 {
        let next = self.numbers.len() as u32;
        *self.numbers.entry(page).or_insert(next)
    }

    /// How many pages were seen.
    pub fn pages(&self) -> u32 {
        self.numbers.len() as u32
    }
}
