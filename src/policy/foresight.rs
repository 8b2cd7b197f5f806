//! What a policy that knows the future is told of it.

use crate::units::Span;
use std::sync::Arc;

/// Not referenced again.
const NEVER: u32 = u32::MAX;

/// A reference string, as the distance from each reference to the next one to the same page; 4 bytes a reference.
#[derive(Clone, Debug, Default)]
pub struct Foresight {
    distances: Arc<[u32]>,
    first: usize,
    looped: bool,
    /// Before each reference, in references of the original; nothing where each of them is there.
    gaps: Arc<[u32]>,
    period: Span,
}

impl Foresight {
    /// Of a string that begins at position `first` and, if it is looped, begins anew at position 0 when it ends. `None` from 2^32 - 1
    /// references on.
    pub fn of(pages: &[u32], first: usize, looped: bool) -> Option<Foresight> {
        let length = u32::try_from(pages.len()).ok().filter(|&length| length < NEVER)?;
        let distinct = pages.iter().max().map_or(0, |&page| page as usize + 1);
        let mut next = vec![NEVER; distinct];
        if looped {
            for (position, &page) in (0..length).zip(pages).rev() {
                next[page as usize] = position;
            }
        }
        let mut distances = vec![NEVER; pages.len()];
        // Positions seen so far lie ahead; those of the first pass lie a lap ahead.
        let mut ahead = vec![false; distinct];
        for (position, &page) in (0..length).zip(pages).rev() {
            let known = next[page as usize];
            if ahead[page as usize] {
                distances[position as usize] = known - position;
            } else if known != NEVER {
                distances[position as usize] = known + (length - position);
            }
            next[page as usize] = position;
            ahead[page as usize] = true;
        }
        Some(Foresight { distances: distances.into(), first, looped, gaps: Arc::new([]), period: Span(1) })
    }

    /// The same with time: so many periods pass before each reference. Without it each reference takes a nanosecond.
    pub fn with_time(self, gaps: Arc<[u32]>, period: Span) -> Foresight {
        Foresight { gaps, period, ..self }
    }

    /// Whether there is no reference at all.
    pub fn is_empty(&self) -> bool {
        self.distances.is_empty()
    }

    /// Time from the reference before it to this one.
    #[inline]
    pub fn gap(&self, position: usize) -> Span {
        let gap = self.gaps.get(position).copied().unwrap_or(1);
        Span(u64::from(gap).saturating_mul(self.period.0))
    }

    /// Time from each reference to the next one to the same page, if there is one.
    pub fn time_distances(&self) -> Vec<Option<Span>> {
        // Time from the beginning of the string to each reference, and of all of it.
        let mut at = Vec::with_capacity(self.distances.len());
        let mut whole = Span::ZERO;
        for position in 0..self.distances.len() {
            whole = whole.saturating_add(self.gap(position));
            at.push(whole);
        }
        let distance = |position: usize| {
            let next = position + self.distance(position)? as usize;
            Some(match next.checked_sub(at.len()) {
                None => at[next].saturating_sub(at[position]),
                Some(next) => whole.saturating_sub(at[position]).saturating_add(at[next]),
            })
        };
        (0..at.len()).map(distance).collect()
    }

    /// Position of the first reference.
    pub fn first(&self) -> usize {
        self.first
    }

    /// References from this one to the next to the same page, if there is one.
    #[inline]
    pub fn distance(&self, position: usize) -> Option<u32> {
        self.distances.get(position).copied().filter(|&distance| distance != NEVER)
    }

    /// The position after this one; after the end, where the string begins anew.
    #[inline]
    pub fn after(&self, position: usize) -> usize {
        if position + 1 < self.distances.len() {
            position + 1
        } else if self.looped {
            0
        } else {
            self.first
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A string of 1, 2, 3, 4 and 5 periods of 10 ns.
    #[test]
    fn distances_in_time_are_sums_of_gaps() {
        let string = [7, 3, 7, 7, 5];
        let times = |looped| {
            let future = Foresight::of(&string, 0, looped).expect("short");
            let distances = future.with_time(Arc::new([1, 2, 3, 4, 5]), Span(10)).time_distances();
            distances.into_iter().map(|distance| distance.map(|span| span.0)).collect::<Vec<_>>()
        };
        assert_eq!(times(false), [Some(50), None, Some(40), None, None]);
        assert_eq!(times(true), [Some(50), Some(150), Some(40), Some(60), Some(150)]);
    }

    #[test]
    fn distances_look_ahead_and_around() {
        let string = [7, 3, 7, 7, 5];
        let distances = |looped| {
            let future = Foresight::of(&string, 1, looped).expect("short");
            (0..5).map(|position| future.distance(position)).collect::<Vec<_>>()
        };
        assert_eq!(distances(false), [Some(2), None, Some(1), None, None]);
        assert_eq!(distances(true), [Some(2), Some(5), Some(1), Some(2), Some(5)]);
        let future = Foresight::of(&string, 1, false).expect("short");
        assert_eq!((future.first(), future.after(3), future.after(4)), (1, 4, 1));
        assert_eq!(Foresight::of(&string, 1, true).expect("short").after(4), 0);
    }
}
