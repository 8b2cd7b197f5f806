//! From pages to whatever small number a policy keeps for them.

use crate::policy::PageId;
use crate::prefetch::prefetch;

const NOTHING: u32 = u32::MAX;

/// A dense array over the page numbers that a pool has seen, 4 bytes each, grown at either end on demand: the pages of one process
/// are neighbours, so a partition's map is as large as its process.
#[derive(Debug, Default)]
pub struct PageMap {
    base: u32,
    values: Vec<u32>,
}

impl PageMap {
    /// Asks for the number kept for a page.
    #[inline]
    pub fn prefetch(&self, page: PageId) {
        prefetch(&self.values, page.0.wrapping_sub(self.base) as usize);
    }

    /// The number kept for a page.
    pub fn get(&self, page: PageId) -> Option<u32> {
        let value = *self.values.get(page.0.wrapping_sub(self.base) as usize)?;
        (value != NOTHING).then_some(value)
    }

    /// Keeps a number, below 2^32 − 1, for a page.
    pub fn set(&mut self, page: PageId, value: u32) {
        let place = page.0.wrapping_sub(self.base) as usize;
        if place >= self.values.len() {
            self.reach(page.0);
        }
        self.values[(page.0 - self.base) as usize] = value;
    }

    /// Forgets a page.
    pub fn clear(&mut self, page: PageId) {
        if let Some(value) = self.values.get_mut(page.0.wrapping_sub(self.base) as usize) {
            *value = NOTHING;
        }
    }

    #[cold]
    fn reach(&mut self, page: u32) {
        if self.values.is_empty() {
            self.base = page;
        }
        if page < self.base {
            // Half as much again below, so that a descending scan is not quadratic.
            let room = (self.base - page).max(self.values.len() as u32 / 2).min(self.base);
            self.values.splice(0..0, std::iter::repeat_n(NOTHING, room as usize));
            self.base -= room;
        }
        let needed = (page - self.base) as usize + 1;
        if needed > self.values.len() {
            self.values.resize(needed, NOTHING);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn a_page_map_is_a_map(steps in proptest::collection::vec((0u32..3000, proptest::option::of(0u32..9)), 1..60)) {
            let (mut map, mut model) = (PageMap::default(), BTreeMap::new());
            for (page, value) in steps {
                match value {
                    Some(value) => {
                        map.set(PageId(page), value);
                        model.insert(page, value);
                    }
                    None => {
                        map.clear(PageId(page));
                        model.remove(&page);
                    }
                }
                for page in 0..3001 {
                    prop_assert_eq!(map.get(PageId(page)), model.get(&page).copied());
                }
            }
        }
    }
}
