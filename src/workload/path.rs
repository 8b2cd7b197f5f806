//! Deterministic paths through a set: cyclic, sawtooth and strided scans. Where a path is at any time, and when it last came
//! by a given page, is arithmetic.

use super::bits::BitTree;

/// The order in which a path visits the indices of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathKind {
    /// 0, s, 2s, …, then 1, s + 1, …: each index once a lap.
    Strided(u32),
    /// 0, 1, …, n - 1, n - 2, …, 1: the inner indices twice a lap.
    Sawtooth,
}

/// A path over a set of `len` indices. The k-th reference, k from 1, is at position (k - 1) mod lap.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    kind: PathKind,
    len: u64,
}

impl Path {
    /// A path of this kind over a set of this size (at least 1).
    pub fn new(kind: PathKind, len: u32) -> Path {
        Path { kind, len: u64::from(len) }
    }

    /// References in one lap.
    pub fn lap(&self) -> u64 {
        match self.kind {
            PathKind::Strided(_) => self.len,
            PathKind::Sawtooth => (2 * self.len).saturating_sub(2).max(1),
        }
    }

    /// The index visited by the k-th reference, k from 1.
    #[inline]
    pub fn index(&self, k: u64) -> u32 {
        let position = (k - 1) % self.lap();
        match self.kind {
            PathKind::Strided(1) => position as u32,
            PathKind::Strided(stride) => self.strided_index(position, u64::from(stride)) as u32,
            PathKind::Sawtooth if position < self.len => position as u32,
            PathKind::Sawtooth => (2 * self.len - 2 - position) as u32,
        }
    }

    /// The set of positions at which an index stands: its first in a lap, and its last.
    fn positions(&self, index: u32) -> (u64, u64) {
        let index = u64::from(index);
        match self.kind {
            PathKind::Strided(1) => (index, index),
            PathKind::Strided(stride) => {
                let position = self.strided_position(index, u64::from(stride));
                (position, position)
            }
            PathKind::Sawtooth if index == 0 => (0, 0),
            PathKind::Sawtooth => (index, 2 * self.len - 2 - index),
        }
    }

    /// The last reference k <= `until` that visits an index, if there is one.
    pub fn last_visit(&self, index: u32, until: u64) -> Option<u64> {
        let lap = self.lap();
        let (first, last) = self.positions(index);
        let before = |position: u64| (until > position).then(|| (until - 1 - position) / lap * lap + position + 1);
        before(first).max(before(last))
    }

    /// How many of the references 1..=`until` visit an index.
    pub fn visits(&self, index: u32, until: u64) -> u64 {
        let lap = self.lap();
        let (first, last) = self.positions(index);
        let count = |position: u64| if until > position { (until - 1 - position) / lap + 1 } else { 0 };
        count(first) + if last == first { 0 } else { count(last) }
    }

    /// The first reference after the `done`-th that visits a member of `absent`, as its number k and the index. The bits
    /// of `absent` are positions for a strided path, indices for a sawtooth (see [`Path::bit`]).
    pub fn next_absent(&self, done: u64, absent: &BitTree) -> Option<(u64, u32)> {
        let lap = self.lap();
        let position = done % lap;
        let lap_start = done - position;
        let k = match self.kind {
            PathKind::Strided(_) => match absent.next(position as u32) {
                Some(next) => lap_start + u64::from(next) + 1,
                None => lap_start + lap + u64::from(absent.next(0)?) + 1,
            },
            PathKind::Sawtooth if position < self.len => match absent.next(position as u32) {
                Some(next) => lap_start + u64::from(next) + 1,
                // Nothing further up, so the nearest on the way down is below the present position.
                None => self.k_going_down(lap_start, absent.previous(position as u32)?),
            },
            PathKind::Sawtooth => {
                let index = (2 * self.len - 2 - position) as u32;
                match absent.previous(index) {
                    Some(previous) => self.k_going_down(lap_start, previous),
                    None => lap_start + lap + u64::from(absent.next(index)?) + 1,
                }
            }
        };
        Some((k, self.index(k)))
    }

    /// The bit that stands for an index in the set given to [`Path::next_absent`].
    pub fn bit(&self, index: u32) -> u32 {
        match self.kind {
            PathKind::Strided(1) | PathKind::Sawtooth => index,
            PathKind::Strided(stride) => self.strided_position(u64::from(index), u64::from(stride)) as u32,
        }
    }

    fn k_going_down(&self, lap_start: u64, index: u32) -> u64 {
        // Index 0 is not visited on the way down but is the first position of the next lap: the same formula.
        lap_start + self.lap().max(2 * self.len - 2) - u64::from(index) + 1
    }

    /// Column c (of `stride` columns) holds the indices c, c + stride, …; the first `len mod stride` columns are one longer.
    fn strided_position(&self, index: u64, stride: u64) -> u64 {
        let (row, column) = (index / stride, index % stride);
        column * (self.len / stride) + column.min(self.len % stride) + row
    }

    fn strided_index(&self, position: u64, stride: u64) -> u64 {
        let (short, longer) = (self.len / stride, self.len % stride);
        let (column, row) = if position < longer * (short + 1) {
            (position / (short + 1), position % (short + 1))
        } else {
            let rest = position - longer * (short + 1);
            (longer + rest / short, rest % short)
        };
        row * stride + column
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kinds() -> impl Strategy<Value = PathKind> {
        prop_oneof![Just(PathKind::Sawtooth), (1u32..9).prop_map(PathKind::Strided)]
    }

    #[test]
    fn a_stride_visits_every_page_once_a_lap() {
        let path = Path::new(PathKind::Strided(3), 8);
        let lap: Vec<u32> = (1..=8).map(|k| path.index(k)).collect();
        assert_eq!(lap, [0, 3, 6, 1, 4, 7, 2, 5]);
    }

    proptest! {
        /// The arithmetic against stepping along the path.
        #[test]
        fn arithmetic_agrees_with_stepping(
            kind in kinds(), len in 1u32..40, done in 0u64..200, absent in proptest::collection::btree_set(0u32..40, 0..6),
        ) {
            let path = Path::new(kind, len);
            let bits = BitTree::new(len, |bit| absent.iter().any(|&index| index < len && path.bit(index) == bit));
            let expected = (done + 1..=done + 2 * path.lap()).find(|&k| absent.contains(&path.index(k)));
            prop_assert_eq!(path.next_absent(done, &bits), expected.map(|k| (k, path.index(k))));
            for index in 0..len {
                let visits: Vec<u64> = (1..=done).filter(|&k| path.index(k) == index).collect();
                prop_assert_eq!(path.last_visit(index, done), visits.last().copied());
                prop_assert_eq!(path.visits(index, done), visits.len() as u64);
            }
        }
    }
}
