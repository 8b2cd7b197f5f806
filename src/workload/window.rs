//! The times of a known number of independent uniform points in a window, found without drawing them all.
//!
//! The window is halved again and again; how many points fall into the left half is binomial with probability one half, drawn from
//! numbers that belong to the piece alone. So an answer does not depend on which questions were asked before.

use crate::units::Virtual;

/// A window of virtual time with so many points in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub start: Virtual,
    pub end: Virtual,
    pub count: u64,
    /// Decides where the points are.
    pub seed: u64,
}

/// Pieces with so few points are not halved any more.
const LEAF: usize = 8;

impl Window {
    pub fn empty(at: Virtual) -> Window {
        Window { start: at, end: at, count: 0, seed: 0 }
    }

    /// How many points lie at or before a time.
    pub fn count_until(&self, limit: Virtual) -> u64 {
        let limit = limit.saturating_since(self.start).0;
        let mut piece = Piece::whole(self);
        let mut before = 0;
        while piece.count > LEAF as u64 {
            let (left, right) = piece.halves();
            if limit as f64 >= right.from {
                before += left.count;
                piece = right;
            } else {
                piece = left;
            }
        }
        before + piece.points().iter().filter(|&&point| offset(point) <= limit).count() as u64
    }

    /// The time of the k-th point, k from 1 to `count`.
    pub fn time(&self, k: u64) -> Virtual {
        self.times().time(k)
    }

    /// The times of the points, for somebody who asks for many of them in order.
    pub fn times(&self) -> Times {
        Times { window: *self, before: 0, count: 0, points: [0.0; LEAF] }
    }
}

/// The times of the points of a window; those of the piece that was asked about last are kept.
#[derive(Debug)]
pub(super) struct Times {
    window: Window,
    /// Points before the piece, and in it.
    before: u64,
    count: u64,
    /// In order.
    points: [f64; LEAF],
}

impl Times {
    /// The time of the k-th point, k from 1 to the number of points.
    #[inline]
    pub fn time(&mut self, k: u64) -> Virtual {
        debug_assert!(1 <= k && k <= self.window.count);
        let place = k - 1;
        if place.wrapping_sub(self.before) >= self.count {
            self.find(place);
        }
        Virtual(self.window.start.0 + offset(self.points[(place - self.before) as usize]))
    }

    fn find(&mut self, place: u64) {
        let mut piece = Piece::whole(&self.window);
        self.before = 0;
        while piece.count > LEAF as u64 {
            let (left, right) = piece.halves();
            if place - self.before < left.count {
                piece = left;
            } else {
                self.before += left.count;
                piece = right;
            }
        }
        self.count = piece.count;
        self.points = piece.points();
        self.points[..piece.count as usize].sort_unstable_by(f64::total_cmp);
    }
}

/// The whole nanosecond of a point. Rounding up keeps [`Window::count_until`] and [`Window::time`] of one mind, since a point in
/// the right half lies at or behind the middle.
fn offset(point: f64) -> u64 {
    libm::ceil(point) as u64
}

/// A piece of a window: an interval of nanoseconds from its start, and the points in it.
struct Piece {
    from: f64,
    length: f64,
    count: u64,
    numbers: Numbers,
}

impl Piece {
    fn whole(window: &Window) -> Piece {
        let length = (window.end.0 - window.start.0) as f64;
        Piece { from: 0.0, length, count: window.count, numbers: Numbers(window.seed) }
    }

    fn halves(mut self) -> (Piece, Piece) {
        // Each point throws a fair coin: as many random bits as points, counted.
        let mut left = 0;
        let mut points = self.count;
        while points > 0 {
            let bits = points.min(64);
            left += u64::from((self.numbers.next() >> (64 - bits)).count_ones());
            points -= bits;
        }
        let half = self.length / 2.0;
        let (one, other) = (Numbers(self.numbers.next()), Numbers(self.numbers.next()));
        (
            Piece { from: self.from, length: half, count: left, numbers: one },
            Piece { from: self.from + half, length: half, count: self.count - left, numbers: other },
        )
    }

    /// The points of a piece that is not halved; those beyond its count lie nowhere.
    fn points(&mut self) -> [f64; LEAF] {
        let mut points = [f64::INFINITY; LEAF];
        for point in &mut points[..self.count as usize] {
            // Never quite 0, so that a point of the right half lies behind the middle.
            let unit = ((self.numbers.next() >> 12) as f64 + 0.5) / (1u64 << 52) as f64;
            *point = self.from + self.length * unit;
        }
        points
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): numbers for one piece, from its seed.
struct Numbers(u64);

impl Numbers {
    #[inline]
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The two questions agree: the k-th point is at or before a time just if at least k points are.
        #[test]
        fn counts_and_times_agree(start in 0u64..1000, length in 1u64..5_000, count in 0u64..700, seed: u64, limit in 0u64..7_000) {
            let window = Window { start: Virtual(start), end: Virtual(start + length), count, seed };
            let times: Vec<u64> = (1..=count).map(|k| window.time(k).0).collect();
            prop_assert!(times.is_sorted());
            prop_assert!(times.iter().all(|&time| start <= time && time <= start + length));
            prop_assert_eq!(window.count_until(Virtual(limit)), times.iter().filter(|&&time| time <= limit).count() as u64);
        }
    }

    /// Points are uniform: Kolmogorov-Smirnov at the 0.1 % level over many windows.
    #[test]
    fn points_are_uniform() {
        let length = 1_000_000_000u64;
        let mut times: Vec<u64> = (0..40)
            .flat_map(|seed| {
                let window = Window { start: Virtual(0), end: Virtual(length), count: 500, seed };
                (1..=500).map(move |k| window.time(k).0)
            })
            .collect();
        times.sort_unstable();
        let n = times.len() as f64;
        let distance = times
            .iter()
            .enumerate()
            .map(|(i, &time)| (time as f64 / length as f64 - (i as f64 + 0.5) / n).abs())
            .fold(0.0, f64::max);
        assert!(distance < 1.95 / n.sqrt(), "{distance}");
    }
}
