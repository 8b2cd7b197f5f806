//! Working sets of a reference string for every window, in one pass: sizes, faults and space-time of the working-set policy
//! and of VMIN.
//!
//! With a window of T references, w(t,T) is the number of distinct pages among the last T references at time t. A
//! reference faults under the working-set policy if the interval since the last reference to its page is longer than T, so
//! a histogram of intervals tells everything (Denning and Schwartz 1972; Slutz and Traiger 1974). VMIN keeps a
//! page until its next reference if that comes within T, and drops it at once otherwise: the same faults with the least space
//! (Prieve and Fabry 1976).
//!
//! For every T and K references, an identity in integers: Σ_t w(t,T+1) − Σ_t w(t,T) = M(T) − w(K,T), the finite form of
//! s(T+1) − s(T) = m(T).

use super::intervals::{Cuts, Intervals};

/// Collects the intervals of a reference string as it passes by. Memory: 8 bytes per distinct page, and up to 20 MB for the
/// histogram, however long the string is.
#[derive(Clone, Debug, Default)]
pub struct WorkingSetPass {
    /// Time of the last reference to each page, from 1; 0 is never.
    last: Vec<u64>,
    now: u64,
    first: u64,
    intervals: Intervals,
}

impl WorkingSetPass {
    /// Nothing referenced yet.
    pub fn new() -> WorkingSetPass {
        WorkingSetPass::default()
    }

    /// The next reference, to a page from a dense numbering.
    #[inline]
    pub fn reference(&mut self, page: u32) {
        self.now += 1;
        if page as usize >= self.last.len() {
            self.last.resize((page as usize + 1).max(self.last.len() * 2), 0);
        }
        let before = std::mem::replace(&mut self.last[page as usize], self.now);
        if before == 0 {
            self.first += 1;
        } else {
            self.intervals.count(self.now - before);
        }
    }

    /// The string has ended.
    pub fn finish(self) -> WorkingSets {
        let mut tails = Intervals::default();
        for &last in self.last.iter().filter(|&&last| last > 0) {
            tails.count(self.now - last + 1);
        }
        WorkingSets {
            references: self.now,
            first: self.first,
            intervals: self.intervals.accumulate(),
            tails: tails.accumulate(),
        }
    }
}

/// Working sets of a reference string with any window.
#[derive(Clone, Debug)]
pub struct WorkingSets {
    references: u64,
    first: u64,
    /// Between successive references to a page.
    intervals: Cuts,
    /// From the last reference to a page to the end, both included.
    tails: Cuts,
}

/// What a window of T references gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// T, in references.
    pub window: u64,
    /// Σ_t w(t,T): page-references of space-time under the working-set policy.
    pub space_time: u64,
    /// M(T): faults of the working-set policy and of VMIN, first references included.
    pub faults: u64,
    /// Space-time of VMIN, in page-references.
    pub vmin_space_time: u64,
    /// w(K,T): pages in the working set at the end.
    pub at_end: u64,
    /// K: references.
    pub references: u64,
}

impl Window {
    /// s(T): mean working-set size in pages.
    pub fn size(&self) -> f64 {
        ratio(self.space_time, self.references)
    }

    /// m(T): faults per reference.
    pub fn fault_ratio(&self) -> f64 {
        ratio(self.faults, self.references)
    }

    /// Mean references between faults.
    pub fn lifetime(&self) -> f64 {
        ratio(self.references, self.faults)
    }

    /// Mean memory of VMIN in pages.
    pub fn vmin_size(&self) -> f64 {
        ratio(self.vmin_space_time, self.references)
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl WorkingSets {
    /// The working sets of a whole string of densely numbered pages.
    pub fn of(pages: impl IntoIterator<Item = u32>) -> WorkingSets {
        let mut pass = WorkingSetPass::new();
        pages.into_iter().for_each(|page| pass.reference(page));
        pass.finish()
    }

    /// References of the string.
    pub fn references(&self) -> u64 {
        self.references
    }

    /// Distinct pages of the string.
    pub fn first_references(&self) -> u64 {
        self.first
    }

    /// Intervals between successive references to a page, in references.
    pub fn intervals(&self) -> &Cuts {
        &self.intervals
    }

    /// With a window of T references. Exact for T below 2^20 and at [`Cuts::edges`]; between these, within a bin of 1/4096 of T.
    pub fn window(&self, window: u64) -> Window {
        let between = self.intervals.cut(window);
        let tails = self.tails.cut(window);
        Window {
            window,
            // Each reference holds its page until the next one to it or until the window has passed.
            space_time: between.sum_within + tails.sum_within + window * (between.beyond + tails.beyond),
            faults: if window == 0 { self.references } else { self.first + between.beyond },
            vmin_space_time: between.sum_within + between.beyond + self.first,
            at_end: tails.within,
            references: self.references,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;

    fn naive(string: &[u32], window: usize) -> (u64, u64) {
        let (mut space_time, mut faults) = (0, 0);
        for t in 0..string.len() {
            let recent = &string[(t + 1).saturating_sub(window)..=t];
            let mut distinct = if window == 0 { Vec::new() } else { recent.to_vec() };
            distinct.sort_unstable();
            distinct.dedup();
            space_time += distinct.len() as u64;
            faults += u64::from(!string[t.saturating_sub(window)..t].contains(&string[t]));
        }
        (space_time, faults)
    }

    #[test]
    fn sizes_and_faults_are_those_of_looking_back_and_the_identity_holds() {
        let mut stream = Streams::new(5).named("strings");
        for _ in 0..300 {
            let pages = 1 + stream.below(9);
            let string: Vec<u32> = (0..stream.below(80)).map(|_| stream.below(pages) as u32).collect();
            let sets = WorkingSets::of(string.iter().copied());
            for window in 0..90 {
                let found = sets.window(window);
                assert_eq!((found.space_time, found.faults), naive(&string, window as usize), "{string:?} {window}");
                let grown = sets.window(window + 1).space_time;
                assert_eq!(grown + found.at_end, found.space_time + found.faults, "{string:?} {window}");
                assert!(window == 0 || found.vmin_space_time <= found.space_time);
            }
        }
    }
}
