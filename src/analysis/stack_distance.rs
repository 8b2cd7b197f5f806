//! Exact LRU stack distances in one pass, and with them the faults of LRU in every memory size.
//!
//! The stack distance of a reference is the position of its page in the LRU stack, 1 for the page used last: the reference
//! faults in every memory smaller than that (Mattson, Gecsei, Slutz and Traiger 1970). Counting the distinct pages used
//! since takes a search structure over time; Bennett and Kruskal (1975) use a binary-indexed tree, Olken (1981) a balanced
//! one.
//!
//! Here every page has the slot of its last reference, and slots are bits: distance = bits set from that slot on. Bits are
//! counted in blocks, and blocks in a Fenwick tree, which then is small enough for the first-level cache. References
//! always set bits in the newest block, which is kept out of the tree. When the slots run out, the live ones are moved together.
//! Cost: O(log(pages / 512)) per reference, some tens of nanoseconds; 20 to 40 bytes per distinct page, however long the
//! string is.

/// The slot of a page that has not been referenced.
const NEVER: u32 = u32::MAX;
/// Words of 64 slots in a block.
const WORDS: usize = 8;
/// Slots in a block.
const BLOCK: usize = 64 * WORDS;

/// The LRU stack of a reference string, as it passes by.
#[derive(Clone, Debug)]
pub struct StackDistances {
    /// Slot of the last reference of each page.
    slot_of: Vec<u32>,
    /// Page of each slot; right only where the slot is live.
    page_at: Vec<u32>,
    /// Whether a slot is the last reference of its page.
    live: Vec<u64>,
    /// Fenwick tree over the live slots of each block before the newest.
    tree: Vec<u32>,
    /// Live slots in the newest block.
    newest: u32,
    /// Live slots in all blocks: distinct pages so far.
    pages: u32,
    /// Slot of the next reference.
    next: usize,
}

impl Default for StackDistances {
    fn default() -> StackDistances {
        StackDistances::new()
    }
}

impl StackDistances {
    /// The empty stack.
    pub fn new() -> StackDistances {
        let mut stack = StackDistances {
            slot_of: Vec::new(),
            page_at: Vec::new(),
            live: Vec::new(),
            tree: Vec::new(),
            newest: 0,
            pages: 0,
            next: 0,
        };
        stack.compact();
        stack
    }

    /// The next reference: its stack distance from 1, or `None` if the page was never referenced before. Pages are numbered
    /// densely: memory is proportional to the largest number (below 2^32 − 1).
    #[inline]
    pub fn reference(&mut self, page: u32) -> Option<u32> {
        if self.next == self.page_at.len() {
            self.compact();
        }
        if self.next.is_multiple_of(BLOCK) {
            self.begin_block();
        }
        if page as usize >= self.slot_of.len() {
            self.slot_of.resize((page as usize + 1).max(self.slot_of.len() * 2), NEVER);
        }
        let slot = std::mem::replace(&mut self.slot_of[page as usize], self.next as u32);
        let distance = if slot == NEVER {
            self.pages += 1;
            None
        } else {
            Some(self.take(slot as usize))
        };
        self.page_at[self.next] = page;
        self.live[self.next / 64] |= 1 << (self.next % 64);
        self.newest += 1;
        self.next += 1;
        distance
    }

    /// Distinct pages referenced so far.
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// Kills a live slot and returns how many live slots there were from it on.
    #[inline]
    fn take(&mut self, slot: usize) -> u32 {
        let (block, word) = (slot / BLOCK, slot / 64);
        // Older slots in the block.
        let mut older = (self.live[word] & ((1 << (slot % 64)) - 1)).count_ones();
        for w in &self.live[block * WORDS..word] {
            older += w.count_ones();
        }
        self.live[word] &= !(1 << (slot % 64));
        if block == self.next / BLOCK {
            self.newest -= 1;
            return self.newest + 1 - older;
        }
        // Older blocks.
        let mut at = block;
        while at > 0 {
            older += self.tree[at - 1];
            at &= at - 1;
        }
        let mut at = block + 1;
        while at <= self.tree.len() {
            self.tree[at - 1] -= 1;
            at += at & at.wrapping_neg();
        }
        self.pages - older
    }

    /// The newest block is full: it goes into the tree.
    fn begin_block(&mut self) {
        let full = std::mem::take(&mut self.newest);
        // The tree counts from 1, so this is the block before. After moving there may be nothing to add.
        let mut at = self.next / BLOCK;
        while full > 0 && at <= self.tree.len() {
            self.tree[at - 1] += full;
            at += at & at.wrapping_neg();
        }
    }

    /// Moves the live slots together, and makes room for three times as many more.
    #[cold]
    fn compact(&mut self) {
        let mut to = 0;
        for word in 0..self.live.len() {
            let mut bits = self.live[word];
            while bits != 0 {
                let page = self.page_at[word * 64 + bits.trailing_zeros() as usize];
                self.page_at[to] = page;
                self.slot_of[page as usize] = to as u32;
                to += 1;
                bits &= bits - 1;
            }
        }
        let blocks = (4 * to).div_ceil(BLOCK).max(64);
        self.page_at.resize(blocks * BLOCK, 0);
        self.live.clear();
        self.live.resize(blocks * WORDS, 0);
        for slot in 0..to {
            self.live[slot / 64] |= 1 << (slot % 64);
        }
        self.tree.clear();
        self.tree.resize(blocks, 0);
        for block in 0..to / BLOCK {
            self.tree[block] += BLOCK as u32;
        }
        for block in 1..=blocks {
            let parent = block + (block & block.wrapping_neg());
            if parent <= blocks {
                self.tree[parent - 1] += self.tree[block - 1];
            }
        }
        self.newest = (to % BLOCK) as u32;
        self.next = to;
    }
}

/// Faults of LRU with every number of frames, from a histogram of stack distances.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LruCurve {
    /// References with each distance; index 0 is not used.
    distances: Vec<u64>,
    /// References to pages never referenced before.
    first: u64,
    references: u64,
}

impl LruCurve {
    /// Counts nothing yet.
    pub fn new() -> LruCurve {
        LruCurve::default()
    }

    /// The curve of a whole string of densely numbered pages.
    pub fn of(pages: impl IntoIterator<Item = u32>) -> LruCurve {
        let mut stack = StackDistances::new();
        let mut curve = LruCurve::new();
        for page in pages {
            curve.count(stack.reference(page));
        }
        curve
    }

    /// Counts one reference.
    #[inline]
    pub fn count(&mut self, distance: Option<u32>) {
        self.references += 1;
        let Some(distance) = distance else {
            self.first += 1;
            return;
        };
        let distance = distance as usize;
        if distance >= self.distances.len() {
            self.distances.resize((distance + 1).max(self.distances.len() * 2), 0);
        }
        self.distances[distance] += 1;
    }

    /// References counted.
    pub fn references(&self) -> u64 {
        self.references
    }

    /// References to pages never referenced before: faults in any memory.
    pub fn first_references(&self) -> u64 {
        self.first
    }

    /// How many references had each stack distance: `(distance, references)`, only where there were some, in order.
    pub fn distances(&self) -> impl Iterator<Item = (u32, u64)> {
        self.distances.iter().enumerate().filter(|&(_, &count)| count > 0).map(|(d, &count)| (d as u32, count))
    }

    /// The smallest memory, in frames, that faults on first references only.
    pub fn enough_frames(&self) -> u32 {
        self.distances.iter().rposition(|&count| count > 0).unwrap_or(0) as u32
    }

    /// Faults with this many frames, first references included. For many sizes, use [`LruCurve::all_faults`].
    pub fn faults(&self, frames: u32) -> u64 {
        let beyond = self.distances.iter().skip((frames as usize).saturating_add(1));
        self.first + beyond.sum::<u64>()
    }

    /// Faults with 0, 1, 2, … frames, up to [`LruCurve::enough_frames`].
    pub fn all_faults(&self) -> Vec<u64> {
        let mut faults = vec![self.first; self.enough_frames() as usize + 1];
        for frames in (1..faults.len()).rev() {
            faults[frames - 1] = faults[frames] + self.distances[frames];
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;

    fn naive(string: &[u32]) -> Vec<Option<u32>> {
        let mut stack: Vec<u32> = Vec::new();
        let distance = |&page: &u32| {
            let at = stack.iter().position(|&other| other == page);
            if let Some(at) = at {
                stack.remove(at);
            }
            stack.insert(0, page);
            at.map(|at| at as u32 + 1)
        };
        string.iter().map(distance).collect()
    }

    #[test]
    fn distances_are_positions_in_the_stack() {
        let mut stream = Streams::new(1).named("strings");
        // Long enough to move slots many times, and with more pages than a block has slots.
        for (pages, length) in [(1, 100_000), (3, 50_000), (700, 60_000), (3_000, 40_000), (20_000, 30_000)] {
            let string: Vec<u32> = (0..length)
                .map(|i| if i % 3 == 0 { stream.below(pages) } else { stream.below(1 + pages / 20) } as u32)
                .collect();
            let mut stack = StackDistances::new();
            let found: Vec<Option<u32>> = string.iter().map(|&page| stack.reference(page)).collect();
            assert_eq!(found, naive(&string), "{pages} pages");
        }
    }

    #[test]
    fn the_curve_counts_distances() {
        // 1 2 3 1 1 2: distances - - - 3 1 3
        let curve = LruCurve::of([1, 2, 3, 1, 1, 2]);
        assert_eq!(curve.all_faults(), [6, 5, 5, 3]);
        assert_eq!((0..5).map(|m| curve.faults(m)).collect::<Vec<_>>(), [6, 5, 5, 3, 3]);
        assert_eq!(curve.distances().collect::<Vec<_>>(), [(1, 1), (3, 2)]);
        assert_eq!(LruCurve::of([]).all_faults(), [0]);
    }
}
