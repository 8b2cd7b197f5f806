//! OPT, the policy that knows the future: the page that is used again last, or never, leaves (Belady's MIN 1966; Mattson,
//! Gecsei, Slutz and Traiger 1970).
//!
//! It needs the whole string: four bytes per reference, and one bit per reference and memory size at work.
//!
//! The memory is represented by the *next uses* of the pages in it, as a set of positions in the string. A reference at
//! position t is a hit if and only if t is in the set; the victim is the largest element. Pages that are never used again
//! are only counted.

/// Where the page of each reference of a string is referenced next.
#[derive(Clone, Debug)]
pub struct NextUses {
    /// Position of the next reference to the same page, or [`NONE`].
    next: Vec<u32>,
}

/// No next use.
const NONE: u32 = u32::MAX;

impl NextUses {
    /// Of a string of densely numbered pages, which is used up: shorter than 2^32 − 1 references, or `None`.
    pub fn of(mut pages: Vec<u32>) -> Option<NextUses> {
        if pages.len() >= NONE as usize {
            return None;
        }
        let distinct = pages.iter().max().map_or(0, |&page| page as usize + 1);
        let mut seen = vec![NONE; distinct];
        for (position, page) in pages.iter_mut().enumerate().rev() {
            *page = std::mem::replace(&mut seen[*page as usize], position as u32);
        }
        Some(NextUses { next: pages })
    }

    /// Faults of OPT with this many frames (at least 1), first references included. Every fault loads its page.
    pub fn faults(&self, frames: u32) -> u64 {
        let mut resident = Positions::new(self.next.len());
        let mut never_again = 0u32;
        let mut free = frames.max(1);
        let mut faults = 0;
        for (now, &next) in self.next.iter().enumerate() {
            if resident.contains(now) {
                resident.remove(now);
            } else {
                faults += 1;
                if free > 0 {
                    free -= 1;
                } else if never_again > 0 {
                    never_again -= 1;
                } else if let Some(victim) = resident.largest() {
                    resident.remove(victim);
                }
            }
            if next == NONE {
                never_again += 1;
            } else {
                resident.insert(next as usize);
            }
        }
        faults
    }
}

/// A set of positions that knows its largest element: bits, and for every 64 words of a level one word of the level above
/// that says which of them are not zero.
struct Positions {
    levels: Vec<Vec<u64>>,
}

impl Positions {
    fn new(length: usize) -> Positions {
        let mut levels = Vec::new();
        let mut bits = length.max(1);
        loop {
            let words = bits.div_ceil(64);
            levels.push(vec![0; words]);
            if words == 1 {
                return Positions { levels };
            }
            bits = words;
        }
    }

    fn contains(&self, position: usize) -> bool {
        self.levels[0][position / 64] >> (position % 64) & 1 == 1
    }

    fn insert(&mut self, mut position: usize) {
        for level in &mut self.levels {
            let word = &mut level[position / 64];
            let was_empty = *word == 0;
            *word |= 1 << (position % 64);
            if !was_empty {
                return;
            }
            position /= 64;
        }
    }

    fn remove(&mut self, mut position: usize) {
        for level in &mut self.levels {
            let word = &mut level[position / 64];
            *word &= !(1 << (position % 64));
            if *word != 0 {
                return;
            }
            position /= 64;
        }
    }

    fn largest(&self) -> Option<usize> {
        let mut at = 0;
        for level in self.levels.iter().rev() {
            at = at * 64 + level[at].checked_ilog2()? as usize;
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;

    /// Looks ahead in the string at every fault.
    fn naive(string: &[u32], frames: usize) -> u64 {
        let mut memory: Vec<u32> = Vec::new();
        let mut faults = 0;
        for (now, page) in string.iter().enumerate() {
            if memory.contains(page) {
                continue;
            }
            faults += 1;
            if memory.len() == frames {
                let next = |page: &u32| string[now..].iter().position(|other| other == page).unwrap_or(usize::MAX);
                let victim = (0..frames).max_by_key(|&at| next(&memory[at])).expect("at least one frame");
                memory.swap_remove(victim);
            }
            memory.push(*page);
        }
        faults
    }

    #[test]
    fn faults_are_those_of_looking_ahead() {
        let mut stream = Streams::new(2).named("strings");
        for _ in 0..2000 {
            let pages = 1 + stream.below(12);
            let length = stream.below(120);
            let string: Vec<u32> = (0..length).map(|_| stream.below(pages) as u32).collect();
            let next_uses = NextUses::of(string.clone()).expect("short");
            for frames in 1..=13 {
                assert_eq!(next_uses.faults(frames), naive(&string, frames as usize), "{string:?}, {frames} frames");
            }
        }
    }

    #[test]
    fn positions_know_the_largest_across_levels() {
        let mut set = Positions::new(1_000_000);
        assert_eq!(set.largest(), None);
        for position in [0, 63, 64, 4095, 4096, 262_144, 999_999] {
            set.insert(position);
            assert_eq!(set.largest(), Some(position));
        }
        set.remove(999_999);
        set.remove(262_144);
        assert_eq!(set.largest(), Some(4096));
        assert!(set.contains(63) && !set.contains(262_144));
    }
}
