//! Randomness by name: every component draws from a stream of its own, keyed by the component's name, so that
//! adding a device or an observer shifts no other stream, and two policies compared under one seed see the same
//! programs (common random numbers).
//!
//! Everything here is the same to the last bit on every platform: the generator is a named one
//! (xoshiro256++, Blackman and Vigna 2021), and logarithms and exponentials come from `libm`, not from the platform.

mod distribution;

pub use distribution::Distribution;

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// One component's private stream of random numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream(Xoshiro256PlusPlus);

/// What [`Stream::exponential`] will give if it is the next draw. A logarithm takes long; worked out beforehand, nobody waits for it.
#[derive(Clone, Debug)]
pub struct Foreseen {
    before: Stream,
    after: Stream,
    exponential: f64,
}

/// All the streams of one run, as a function of its seed.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    seed: u64,
}

impl Streams {
    /// The streams of the run with this seed.
    pub fn new(seed: u64) -> Streams {
        Streams { seed }
    }

    /// The stream of the component called `name`, for instance `"worker#3/references"`. The same seed and name give
    /// the same stream, whatever other streams exist.
    pub fn named(&self, name: &str) -> Stream {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.seed.to_le_bytes());
        hasher.update(name.as_bytes());
        Stream(Xoshiro256PlusPlus::from_seed(*hasher.finalize().as_bytes()))
    }
}

impl Stream {
    /// 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform on the open interval (0, 1): never 0, so its logarithm is finite.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        ((self.bits() >> 12) as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
    }

    /// True with probability `p`; draws nothing where the answer is certain.
    #[inline]
    pub fn chance(&mut self, p: f64) -> bool {
        if p <= 0.0 {
            false
        } else if p >= 1.0 {
            true
        } else {
            self.unit() < p
        }
    }

    /// True with probability 1 − e^(−mean): whether a Poisson variable of this mean is not zero. Bounds decide nearly always,
    /// without an exponential (the squeeze of Marsaglia 1977).
    #[inline]
    pub fn any_of(&mut self, mean: f64) -> bool {
        let exact = || 1.0 - libm::exp(-mean);
        if !(1e-9..30.0).contains(&mean) {
            // exp(-50) is less than the smallest probability that 52 random bits can express.
            return self.chance(if mean > 50.0 { 1.0 } else { exact() });
        }
        /// More than the rounding of both sides.
        const MARGIN: f64 = 1e-14;
        let u = self.unit();
        // The first four terms of e^mean are less than all of them.
        let silent_at_most = 1.0 / (1.0 + mean * (1.0 + mean * (0.5 + mean * (1.0 / 6.0))));
        if u < 1.0 - silent_at_most - MARGIN {
            return true;
        }
        // (1 - mean / 8)^8 is less than e^(-mean).
        let eighth = (1.0 - mean * 0.125).max(0.0);
        let square = eighth * eighth;
        let silent_at_least = square * square * (square * square);
        if u >= 1.0 - silent_at_least + MARGIN { false } else { u < exact() }
    }

    /// Uniform on `0..bound`, without bias (Lemire 2019). `bound` must be positive.
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        debug_assert!(bound > 0);
        let mut product = u128::from(self.bits()) * u128::from(bound);
        if (product as u64) < bound {
            let threshold = bound.wrapping_neg() % bound;
            while (product as u64) < threshold {
                product = u128::from(self.bits()) * u128::from(bound);
            }
        }
        (product >> 64) as u64
    }

    /// Exponential with mean 1.
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        -libm::log(self.unit())
    }

    /// Works the next draw out, if it is going to be an exponential.
    #[inline]
    pub fn foresee(&self) -> Foreseen {
        let mut after = self.clone();
        let exponential = after.exponential();
        Foreseen { before: self.clone(), after, exponential }
    }

    /// [`Stream::exponential`], which has been worked out if nothing was drawn since.
    #[inline]
    pub fn exponential_as(&mut self, foreseen: Option<&Foreseen>) -> f64 {
        match foreseen {
            Some(foreseen) if foreseen.before == *self => {
                *self = foreseen.after.clone();
                foreseen.exponential
            }
            _ => self.exponential(),
        }
    }

    /// Normal with mean 0 and standard deviation 1 (polar method, Marsaglia and Bray 1964).
    pub fn normal(&mut self) -> f64 {
        loop {
            let x = 2.0 * self.unit() - 1.0;
            let y = 2.0 * self.unit() - 1.0;
            let s = x * x + y * y;
            if s < 1.0 && s > 0.0 {
                return x * libm::sqrt(-2.0 * libm::log(s) / s);
            }
        }
    }

    /// Gamma with the given shape (any positive number) and mean equal to that shape (Marsaglia and Tsang 2000).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            // Boost: Gamma(a) = Gamma(a + 1) · U^(1/a).
            let boost = libm::pow(self.unit(), 1.0 / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        loop {
            let x = self.normal();
            let t = 1.0 + c * x;
            if t <= 0.0 {
                continue;
            }
            let v = t * t * t;
            let u = self.unit();
            // The squeeze accepts nearly always, without a logarithm.
            if u < 1.0 - 0.0331 * (x * x) * (x * x) || libm::log(u) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                return d * v;
            }
        }
    }

    /// The `k`-th smallest of `n` independent uniforms on (0, 1), `1 <= k <= n`: Beta(k, n - k + 1).
    pub fn order_statistic(&mut self, k: u64, n: u64) -> f64 {
        debug_assert!(1 <= k && k <= n);
        // The smallest and the largest have distribution functions that can be inverted.
        if k == 1 {
            return -libm::expm1(libm::log(self.unit()) / n as f64);
        }
        if k == n {
            return libm::exp(libm::log(self.unit()) / n as f64);
        }
        let below = self.gamma_whole(k);
        let above = self.gamma_whole(n - k + 1);
        below / (below + above)
    }

    /// Gamma with a whole shape: for a small one the sum of so many exponentials, with a single logarithm.
    fn gamma_whole(&mut self, shape: u64) -> f64 {
        if shape > 8 {
            return self.gamma(shape as f64);
        }
        let product: f64 = (0..shape).map(|_| self.unit()).product();
        -libm::log(product)
    }

    /// How many of `n` independent trials of probability `p` succeed. Large `n` are halved at the median order
    /// statistic, which is exact, until plain inversion is cheap (Relles 1972; Devroye 1986, X.4.3).
    pub fn binomial(&mut self, mut n: u64, mut p: f64) -> u64 {
        let mut successes = 0;
        if p <= 0.0 {
            return 0;
        }
        if p >= 1.0 {
            return n;
        }
        while n as f64 * p.min(1.0 - p) > 16.0 {
            let k = n.div_ceil(2);
            let split = self.order_statistic(k, n);
            if split <= p {
                successes += k;
                n -= k;
                p = (p - split) / (1.0 - split);
            } else {
                n = k - 1;
                p /= split;
            }
        }
        if p >= 1.0 {
            return successes + n;
        }
        if p > 0.5 {
            successes + n - self.binomial_by_inversion(n, 1.0 - p)
        } else {
            successes + self.binomial_by_inversion(n, p)
        }
    }

    /// Sums geometric gaps between successes: the expected cost is proportional to `n · p`.
    fn binomial_by_inversion(&mut self, n: u64, p: f64) -> u64 {
        if p <= 0.0 {
            return 0;
        }
        let log_miss = libm::log1p(-p);
        let mut successes = 0;
        let mut position = 0.0;
        loop {
            position += libm::floor(libm::log(self.unit()) / log_miss) + 1.0;
            if position > n as f64 {
                return successes;
            }
            successes += 1;
        }
    }

    /// Poisson with the given mean (Ahrens and Dieter 1974: gamma jumps, then multiplication).
    pub fn poisson(&mut self, mut mean: f64) -> u64 {
        let mut count = 0;
        while mean > 12.0 {
            let jump = libm::floor(mean * 0.875);
            let reached = self.gamma(jump);
            if reached > mean {
                return count + self.binomial(jump as u64 - 1, mean / reached);
            }
            count += jump as u64;
            mean -= reached;
        }
        let floor = libm::exp(-mean);
        let mut product = self.unit();
        while product > floor {
            count += 1;
            product *= self.unit();
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and variance of `draws` values.
    fn moments(draws: usize, mut draw: impl FnMut() -> f64) -> (f64, f64) {
        let values: Vec<f64> = (0..draws).map(|_| draw()).collect();
        let mean = values.iter().sum::<f64>() / draws as f64;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (draws - 1) as f64;
        (mean, variance)
    }

    /// The bounds decide nothing otherwise than the exponential would, at means of all sizes.
    #[test]
    fn any_of_decides_as_the_exponential_does() {
        let mut stream = Streams::new(3).named("squeeze");
        let mut positive = 0u32;
        for number in 0..2_000_000 {
            let mean = libm::pow(10.0, 14.0 * stream.unit() - 12.0);
            let mut exact = stream.clone();
            let expected = exact.chance(if mean > 50.0 { 1.0 } else { 1.0 - libm::exp(-mean) });
            assert_eq!(stream.any_of(mean), expected, "mean {mean}, draw {number}");
            assert_eq!(stream, exact);
            positive += u32::from(expected);
        }
        assert!((200_000..600_000).contains(&positive), "{positive} of 2,000,000");
        for (mean, certain) in [(0.0, false), (1e-17, false), (50.5, true), (f64::INFINITY, true)] {
            let before = stream.clone();
            assert_eq!(stream.any_of(mean), certain);
            assert_eq!(stream, before, "what is certain is not drawn");
        }
    }

    #[test]
    fn what_is_foreseen_is_what_is_drawn() {
        let mut stream = Streams::new(3).named("foreseen");
        let mut plain = stream.clone();
        let mut foreseen = None;
        for number in 0..1000 {
            assert_eq!(stream.exponential_as(foreseen.as_ref()), plain.exponential());
            foreseen = Some(stream.foresee());
            // Now and then something else is drawn first.
            if number % 3 == 0 {
                assert_eq!(stream.bits(), plain.bits());
            }
        }
        assert_eq!(stream, plain);
    }

    #[test]
    fn a_stream_depends_on_its_name_and_seed_only() {
        let streams = Streams::new(7);
        let mut a = streams.named("worker#3/references");
        let _ = streams.named("another");
        let mut b = Streams::new(7).named("worker#3/references");
        assert_eq!([a.bits(), a.bits()], [b.bits(), b.bits()]);
        assert_ne!(
            Streams::new(8).named("worker#3/references").bits(),
            Streams::new(7).named("worker#3/references").bits()
        );
    }

    /// Means and variances against the textbook formulas, at five standard errors.
    #[test]
    fn samplers_have_the_moments_of_their_distributions() {
        let mut s = Streams::new(1).named("moments");
        let n = 200_000;
        let cases = [
            ("normal", moments(n, || s.normal()), (0.0f64, 1.0f64)),
            ("gamma 0.4", moments(n, || s.gamma(0.4)), (0.4, 0.4)),
            ("gamma 7", moments(n, || s.gamma(7.0)), (7.0, 7.0)),
            ("order 3 of 9", moments(n, || s.order_statistic(3, 9)), (0.3, 0.3 * 0.7 / 11.0)),
            ("order 1 of 9", moments(n, || s.order_statistic(1, 9)), (0.1, 0.1 * 0.9 / 11.0)),
            ("order 9 of 9", moments(n, || s.order_statistic(9, 9)), (0.9, 0.1 * 0.9 / 11.0)),
            (
                "order 20 of 60",
                moments(n, || s.order_statistic(20, 60)),
                (20.0 / 61.0, 20.0 * 41.0 / 61.0 / 61.0 / 62.0),
            ),
            ("binomial 40 .3", moments(n, || s.binomial(40, 0.3) as f64), (12.0, 8.4)),
            ("binomial 5000 .6", moments(n, || s.binomial(5000, 0.6) as f64), (3000.0, 1200.0)),
            ("binomial 1e6 1e-6", moments(n, || s.binomial(1_000_000, 1e-6) as f64), (1.0, 1.0)),
            ("poisson 3", moments(n, || s.poisson(3.0) as f64), (3.0, 3.0)),
            ("poisson 4096", moments(n, || s.poisson(4096.0) as f64), (4096.0, 4096.0)),
        ];
        for (name, (mean, variance), (mu, sigma2)) in cases {
            let error = 5.0 * (sigma2 / n as f64).sqrt();
            assert!((mean - mu).abs() < error, "{name}: mean {mean} is not {mu} ± {error}");
            assert!((variance / sigma2 - 1.0).abs() < 0.05, "{name}: variance {variance} is not {sigma2}");
        }
    }
}
