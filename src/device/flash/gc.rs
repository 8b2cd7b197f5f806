//! Garbage collection: which block is cleaned.
//!
//! Greedy takes the block with the fewest valid pages, the cheapest now. Cost-benefit weighs the space won and the age
//! of the block against the pages to move, (1 − u) · age / 2u, so that a block whose pages are still being overwritten
//! is left to empty itself. Papers: M. Rosenblum and J. K. Ousterhout, "The design and implementation of a
//! log-structured file system", ACM TOCS 10(1), 1992 (both); W. Bux and I. Iliadis, "Performance of greedy garbage
//! collection in flash-based solid-state drives", Performance Evaluation 67(11), 2010.

/// Which block of a die is collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    /// The one with the fewest valid pages.
    Greedy,
    /// The one with the best ratio of benefit (free space × age) to cost.
    CostBenefit,
}

/// Valid pages of a block that is not full and cannot be collected.
pub(super) const OPEN: u16 = u16::MAX;

impl Victim {
    /// The block to collect among the full ones, given the valid pages of each block ([`OPEN`] for those not full),
    /// when each was written to last, and the present on the same scale. Of equals the first is taken.
    pub(super) fn choose(self, valid: &[u16], written: &[u64], now: u64, block_pages: u32) -> Option<usize> {
        let full = (0..valid.len()).filter(|&block| valid[block] != OPEN);
        match self {
            Victim::Greedy => full.min_by_key(|&block| valid[block]),
            Victim::CostBenefit => {
                let score = |block: usize| {
                    let valid = f64::from(valid[block]);
                    let age = (now - written[block]) as f64 + 1.0;
                    // An empty block costs nothing: infinitely good.
                    (f64::from(block_pages) - valid) * age / (2.0 * valid)
                };
                let mut best = None;
                for block in full {
                    let score = score(block);
                    if best.is_none_or(|(_, top)| score > top) {
                        best = Some((block, score));
                    }
                }
                best.map(|(block, _)| block)
            }
        }
    }
}
