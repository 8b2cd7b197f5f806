//! Phases of a reference string, from the turnover of its working set (Dhodapkar and Smith, *Managing multi-configuration hardware
//! via dynamic working set analysis*, ISCA 2002).
//!
//! The string is cut into windows. Where the relative distance of the sets of two successive windows, |A △ B| / |A ∪ B|, is above
//! one half, a new phase begins. Their paper compares lossy signatures of the sets; these are the sets themselves.

/// Finds phases while a string passes. Four bytes a page.
#[derive(Clone, Debug)]
pub struct Phases {
    window: u64,
    /// References of the present window so far.
    filled: u64,
    /// Number of the present window, from 2, so that 0 is never the window before.
    number: u32,
    /// The last window in which each page was referenced.
    last: Vec<u32>,
    distinct: u64,
    common: u64,
    before: u64,
    found: Found,
    /// Sum of the set sizes of the present phase, and its windows.
    sizes: (u64, u64),
}

/// The phases of a string.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The reference, from 0, with which each phase begins; to a window exactly.
    pub starts: Vec<u64>,
    /// Mean distinct pages of a window in each phase.
    pub sizes: Vec<f64>,
}

impl Phases {
    /// With windows of so many references, at least one.
    pub fn new(window: u64) -> Phases {
        let found = Found::default();
        Phases {
            window: window.max(1),
            filled: 0,
            number: 2,
            last: Vec::new(),
            distinct: 0,
            common: 0,
            before: 0,
            found,
            sizes: (0, 0),
        }
    }

    /// One reference to a densely numbered page.
    #[inline]
    pub fn reference(&mut self, page: u32) {
        if self.last.len() <= page as usize {
            self.last.resize(page as usize + 1, 0);
        }
        let last = std::mem::replace(&mut self.last[page as usize], self.number);
        if last != self.number {
            self.distinct += 1;
            self.common += u64::from(last == self.number - 1);
        }
        self.filled += 1;
        if self.filled == self.window {
            self.close();
        }
    }

    fn close(&mut self) {
        let union = self.before + self.distinct - self.common;
        let first = self.number == 2;
        // |A △ B| / |A ∪ B| > 1/2, in integers.
        if first || 2 * (union - self.common) > union {
            self.end_phase();
            self.found.starts.push(u64::from(self.number - 2) * self.window);
        }
        self.sizes.0 += self.distinct;
        self.sizes.1 += 1;
        self.before = self.distinct;
        (self.distinct, self.common, self.filled) = (0, 0, 0);
        self.number += 1;
    }

    fn end_phase(&mut self) {
        let (sum, windows) = std::mem::take(&mut self.sizes);
        if windows > 0 {
            self.found.sizes.push(sum as f64 / windows as f64);
        }
    }

    /// The phases. What is left of a last window that is not full is part of the last phase.
    pub fn finish(mut self) -> Found {
        if self.number == 2 && self.filled > 0 {
            self.close();
        }
        self.end_phase();
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phases(string: impl IntoIterator<Item = u32>, window: u64) -> Found {
        let mut phases = Phases::new(window);
        string.into_iter().for_each(|page| phases.reference(page));
        phases.finish()
    }

    #[test]
    fn sets_that_change_all_at_once_are_phases() {
        // Ten pages, then ten others, then the first again: 1000 references each.
        let string = (0..3000u32).map(|at| at % 10 + if (1000..2000).contains(&at) { 10 } else { 0 });
        let found = phases(string, 100);
        assert_eq!(found, Found { starts: vec![0, 1000, 2000], sizes: vec![10.0; 3] });
    }

    #[test]
    fn a_set_that_keeps_most_of_its_pages_is_one_phase() {
        // Each window of 100 shares 90 pages with the one before: distance 20 / 110.
        let string = (0..20u32).flat_map(|window| (0..100).map(move |page| window * 10 + page));
        assert_eq!(phases(string, 100).starts, [0]);
    }

    #[test]
    fn short_and_empty_strings() {
        assert_eq!(phases([1, 2, 3], 100), Found { starts: vec![0], sizes: vec![3.0] });
        assert_eq!(phases([], 100), Found::default());
    }
}
