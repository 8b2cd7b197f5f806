//! Histograms of intervals between references: exact where windows are short, in narrow bins where they are long, so that
//! they do not grow with the trace.

/// Below this, every interval has a bin of its own.
const EXACT: u64 = 1 << 20;
/// Beyond it, every power of two is cut into this many bins.
const BINS_PER_OCTAVE: u64 = 1 << 12;

/// Counts how often each interval occurs.
#[derive(Clone, Debug, Default)]
pub struct Intervals {
    /// `(occurrences, their sum)` by bin.
    bins: Vec<(u64, u64)>,
}

/// Occurrences up to and beyond some length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// Intervals of at most the length.
    pub within: u64,
    /// Sum of these.
    pub sum_within: u64,
    /// Longer intervals.
    pub beyond: u64,
}

impl Intervals {
    /// Counts one interval (at least 1).
    #[inline]
    pub fn count(&mut self, interval: u64) {
        let bin = bin_of(interval);
        if bin >= self.bins.len() {
            self.bins.resize((bin + 1).max(self.bins.len() * 2), (0, 0));
        }
        let (count, sum) = &mut self.bins[bin];
        *count += 1;
        *sum += interval;
    }

    /// Everything is counted: what lies within and beyond any length.
    pub fn accumulate(mut self) -> Cuts {
        let used = self.bins.iter().rposition(|&(count, _)| count > 0).map_or(0, |last| last + 1);
        self.bins.resize(used.max(1), (0, 0));
        let (mut within, mut sum_within) = (0, 0);
        for (count, sum) in &mut self.bins {
            within += *count;
            sum_within += *sum;
            (*count, *sum) = (within, sum_within);
        }
        Cuts { bins: self.bins, total: within }
    }
}

/// Intervals up to and beyond every length.
#[derive(Clone, Debug)]
pub struct Cuts {
    /// `(occurrences, their sum)` of all intervals up to the last of each bin; the first bin is that of length 0.
    bins: Vec<(u64, u64)>,
    total: u64,
}

impl Cuts {
    /// The lengths at which [`Cuts::cut`] is exact: the last of each bin, up to the longest interval; from 0.
    pub fn edges(&self) -> impl Iterator<Item = u64> {
        (0..self.bins.len()).map(last_of)
    }

    /// What lies within and beyond a length: exactly if it is an edge (any length below 2^20 is one); otherwise the bin it
    /// falls into is divided evenly.
    pub fn cut(&self, length: u64) -> Cut {
        let bin = bin_of(length);
        let Some(&(count, sum)) = self.bins.get(bin) else {
            return self.exactly(self.bins[self.bins.len() - 1]);
        };
        let last = last_of(bin);
        if last == length {
            return self.exactly((count, sum));
        }
        let (count_before, sum_before) = self.bins[bin - 1];
        let before = last_of(bin - 1);
        let share = (length - before) as f64 / (last - before) as f64;
        self.exactly((
            count_before + ((count - count_before) as f64 * share) as u64,
            sum_before + ((sum - sum_before) as f64 * share) as u64,
        ))
    }

    fn exactly(&self, (within, sum_within): (u64, u64)) -> Cut {
        Cut { within, sum_within, beyond: self.total - within }
    }
}

fn bin_of(interval: u64) -> usize {
    if interval < EXACT {
        return interval as usize;
    }
    let octave = interval.ilog2() - EXACT.ilog2();
    let width_log = octave + (EXACT / BINS_PER_OCTAVE).ilog2();
    let within = (interval >> width_log) - BINS_PER_OCTAVE;
    (EXACT + u64::from(octave) * BINS_PER_OCTAVE + within) as usize
}

/// The longest interval of a bin.
fn last_of(bin: usize) -> u64 {
    let bin = bin as u64;
    if bin < EXACT {
        return bin;
    }
    let octave = (bin - EXACT) / BINS_PER_OCTAVE;
    let within = (bin - EXACT) % BINS_PER_OCTAVE;
    let width_log = octave + u64::from((EXACT / BINS_PER_OCTAVE).ilog2());
    ((BINS_PER_OCTAVE + within + 1) << width_log) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_adjacent_and_hold_what_they_say() {
        for bin in [1, 77, EXACT as usize - 1, EXACT as usize, EXACT as usize + 5000, EXACT as usize + 40_000] {
            assert_eq!(bin_of(last_of(bin)), bin);
            assert_eq!(bin_of(last_of(bin) + 1), bin + 1);
        }
    }

    #[test]
    fn cuts_are_exact_at_edges_and_in_between_elsewhere() {
        let mut intervals = Intervals::default();
        for interval in [1, 1, 5, EXACT - 1, EXACT, 3 * EXACT, 3 * EXACT + 1] {
            intervals.count(interval);
        }
        let intervals = intervals.accumulate();
        assert_eq!(intervals.cut(0), Cut { within: 0, sum_within: 0, beyond: 7 });
        assert_eq!(intervals.cut(5), Cut { within: 3, sum_within: 7, beyond: 4 });
        assert_eq!(intervals.cut(2 * EXACT - 1).within, 5);
        assert_eq!(intervals.cut(u64::MAX / 2).within, 7);
        assert_eq!(intervals.edges().last(), Some(last_of(bin_of(3 * EXACT))));
        assert_eq!(Intervals::default().accumulate().cut(9), Cut::default());
    }
}
