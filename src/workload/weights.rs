//! Weights of the pages of a set as integers, and drawing from them.
//!
//! Integers, because sums of them are exact: the total weight of the absent pages does not drift however often pages come and
//! go, and walk and leap draw from one and the same law to the last bit.

use super::Weights;
use crate::large;
use crate::prefetch::prefetch;
use crate::rng::Stream;

/// The integer weights of a set sum to about this.
const SCALE: f64 = (1u64 << 60) as f64;

impl Weights {
    /// The relative weight of the page at `index` (from 0) in a set of `size`, before scaling.
    fn relative(&self, index: u32, size: u32) -> f64 {
        match self {
            Weights::Uniform => 1.0,
            Weights::Zipf { exponent } => libm::pow(f64::from(index) + 1.0, -exponent),
            Weights::Geometric { ratio } => libm::pow(*ratio, f64::from(index)),
            Weights::HotCold { hot_pages, hot_references } => {
                let hot = libm::round(f64::from(size) * hot_pages).clamp(1.0, f64::from(size - 1).max(1.0));
                let cold = f64::from(size) - hot;
                if f64::from(index) < hot { hot_references / hot } else { (1.0 - hot_references) / cold }
            }
            Weights::Explicit(weights) => weights[index as usize],
        }
    }

    /// The weights of a set of `size` pages, scaled to integers whose sum is close to 2^60. A positive weight stays positive.
    pub fn integers(&self, size: u32) -> Vec<u64> {
        let relative: Vec<f64> = (0..size).map(|index| self.relative(index, size)).collect();
        let scale = SCALE / relative.iter().sum::<f64>();
        relative.iter().map(|&weight| if weight > 0.0 { ((weight * scale) as u64).max(1) } else { 0 }).collect()
    }

    /// Whether all pages of a set weigh the same.
    pub fn is_uniform(&self) -> bool {
        matches!(self, Weights::Uniform) || matches!(self, Weights::Zipf { exponent } if *exponent == 0.0)
    }
}

/// Walker's alias table (Vose 1991): one random number and one memory access a draw.
#[derive(Clone, Debug)]
pub struct AliasTable {
    entries: Vec<AliasEntry>,
}

#[derive(Clone, Copy, Debug)]
struct AliasEntry {
    /// The entry itself is drawn where 32 random bits are below this, else its alias.
    threshold: u32,
    alias: u32,
}

impl AliasTable {
    /// A table that draws each index in proportion to its weight; at least one weight is positive.
    pub fn new(weights: &[u64]) -> AliasTable {
        let count = weights.len() as u128;
        let total: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
        // Each cell holds `total` units; index i brings weight * count of them.
        let mut left: Vec<u128> = weights.iter().map(|&weight| u128::from(weight) * count).collect();
        let itself = |index| AliasEntry { threshold: u32::MAX, alias: index as u32 };
        let mut entries = large::collected(weights.len(), (0..weights.len()).map(itself));
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..weights.len()).partition(|&index| left[index] < total);
        while let (Some(&poor), Some(&rich)) = (small.last(), large.last()) {
            small.pop();
            entries[poor] = AliasEntry { threshold: ((left[poor] << 32) / total) as u32, alias: rich as u32 };
            left[rich] -= total - left[poor];
            if left[rich] < total {
                large.pop();
                small.push(rich);
            }
        }
        AliasTable { entries }
    }

    /// Number of indices.
    pub fn size(&self) -> usize {
        self.entries.len()
    }

    /// Draws an index.
    #[inline]
    pub fn draw(&self, stream: &mut Stream) -> u32 {
        self.finish(self.begin(stream))
    }

    /// The random half of a draw; asks for the memory that [`AliasTable::finish`] needs. Several draws that are begun together do
    /// not wait for each other's.
    #[inline]
    pub fn begin(&self, stream: &mut Stream) -> Begun {
        // The high half of the product picks the cell; the low half is what is left of the random number, uniform again.
        let product = u128::from(stream.bits()) * self.entries.len() as u128;
        let begun = Begun { cell: (product >> 64) as u32, rest: ((product as u64) >> 32) as u32 };
        prefetch(&self.entries, begun.cell as usize);
        begun
    }

    /// The index of a draw that was begun.
    #[inline]
    pub fn finish(&self, Begun { cell, rest }: Begun) -> u32 {
        let entry = self.entries[cell as usize];
        // Nobody can predict this choice: a wrong guess costs more than all the rest.
        std::hint::select_unpredictable(rest <= entry.threshold, cell, entry.alias)
    }
}

/// A draw from an [`AliasTable`] whose random number is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Begun {
    cell: u32,
    rest: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;
    use rand_distr::Distribution;

    /// Against `rand_distr`'s own alias method, by the largest difference of the two empirical distributions.
    #[test]
    fn alias_table_draws_like_an_independent_one() {
        let weights = Weights::Zipf { exponent: 0.8 }.integers(50);
        let table = AliasTable::new(&weights);
        let other = rand_distr::weighted::WeightedAliasIndex::new(weights.clone()).unwrap();
        let mut stream = Streams::new(1).named("ours");
        let mut generator = <rand_xoshiro::Xoshiro256PlusPlus as rand::SeedableRng>::seed_from_u64(2);
        let draws = 400_000;
        let mut difference = vec![0i64; 50];
        for _ in 0..draws {
            difference[table.draw(&mut stream) as usize] += 1;
            difference[other.sample(&mut generator)] -= 1;
        }
        let mut sum = 0i64;
        let largest = difference
            .iter()
            .map(|d| {
                sum += d;
                sum.abs()
            })
            .max()
            .unwrap();
        // Kolmogorov-Smirnov, two samples, 0.1 % level: 1.95 · sqrt(2 / n).
        assert!((largest as f64) < 1.95 * (2.0 * f64::from(draws)).sqrt(), "largest difference {largest}");
    }

    #[test]
    fn weights_keep_their_ratios() {
        let weights = Weights::Zipf { exponent: 1.0 }.integers(10);
        // The first column of the independent-reference oracle: p_1 = 0.341417 for Zipf(1), n = 10.
        let total: u64 = weights.iter().sum();
        assert!((weights[0] as f64 / total as f64 - 0.341_417).abs() < 1e-6);
        assert_eq!(Weights::Explicit(vec![0.0, 1.0].into()).integers(2)[0], 0);
    }
}
