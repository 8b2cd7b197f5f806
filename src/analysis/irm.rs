//! Closed forms of the independent reference model: every reference picks page i with probability p_i, whatever came
//! before. Fault ratios of the classical policies with m frames, and working sets.
//!
//! All functions take the probabilities of the pages; they are at least 0 and sum to 1. Fault ratios are in [0, 1];
//! first references play no part, all is steady state.

/// Most pages for which [`king_lru`] is computed: its time and memory grow as 2^n.
pub const KING_LIMIT: usize = 24;

/// Fault ratio of LRU with `frames` frames, exactly (King 1971). `None` for more than [`KING_LIMIT`] pages.
///
/// King sums over all orders of all sets of m pages. The order matters only for how a set came to be on top of the stack,
/// so it is summed set by set instead: f(S) = Σ_{j ∈ S} f(S∖j) p_j / (1 − p(S∖j)).
pub fn king_lru(probabilities: &[f64], frames: usize) -> Option<f64> {
    let n = probabilities.len();
    if n > KING_LIMIT {
        return None;
    }
    // A page that is never referenced is never on the stack; as many frames as pages leave nothing to miss.
    if frames >= probabilities.iter().filter(|&&p| p > 0.0).count() {
        return Some(0.0);
    }
    let sets = 1usize << n;
    let mut mass = vec![0.0f64; sets];
    let mut on_top = vec![0.0f64; sets];
    on_top[0] = 1.0;
    let mut miss = if frames == 0 { 1.0 } else { 0.0 };
    for set in 1..sets {
        let lowest = set.trailing_zeros() as usize;
        mass[set] = mass[set & (set - 1)] + probabilities[lowest];
        if set.count_ones() as usize > frames {
            continue;
        }
        let mut members = set;
        while members != 0 {
            let page = members.trailing_zeros() as usize;
            members &= members - 1;
            let without = set & !(1 << page);
            if probabilities[page] > 0.0 && on_top[without] > 0.0 {
                on_top[set] += on_top[without] * probabilities[page] / (1.0 - mass[without]);
            }
        }
        if set.count_ones() as usize == frames {
            miss += on_top[set] * (1.0 - mass[set]);
        }
    }
    Some(miss)
}

/// Fault ratio of FIFO with `frames` frames, which is also that of RANDOM (King 1971, Gelenbe 1973):
/// (m + 1) e_{m+1}(p) / e_m(p), with e the elementary symmetric polynomials.
///
/// The polynomials themselves leave the range of a float at some hundred pages. e_m x^m / Π(1 + p_i x) is the probability that m
/// of n independent trials succeed, with odds p_i x; with x such that m are expected to, all of these are moderate.
pub fn fifo(probabilities: &[f64], frames: usize) -> f64 {
    let referenced: Vec<f64> = probabilities.iter().copied().filter(|&p| p > 0.0).collect();
    if frames == 0 {
        return 1.0;
    }
    if frames >= referenced.len() {
        return 0.0;
    }
    let x = root(|x| referenced.iter().map(|p| p * x / (1.0 + p * x)).sum::<f64>() - frames as f64);
    let mut successes = vec![0.0f64; frames + 2];
    successes[0] = 1.0;
    for p in &referenced {
        let success = p * x / (1.0 + p * x);
        for k in (1..successes.len()).rev() {
            successes[k] = successes[k] * (1.0 - success) + successes[k - 1] * success;
        }
        successes[0] *= 1.0 - success;
    }
    (frames + 1) as f64 * successes[frames + 1] / (successes[frames] * x)
}

/// Fault ratio of A0, the best policy that knows the probabilities but not the future (Aho, Denning and Ullman 1971): the
/// m − 1 most likely pages stay, one frame serves the others.
pub fn a0(probabilities: &[f64], frames: usize) -> f64 {
    if frames == 0 {
        return 1.0;
    }
    let mut sorted = probabilities.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let others = &sorted[(frames - 1).min(sorted.len())..];
    let mass: f64 = others.iter().sum();
    if mass <= 0.0 {
        return 0.0;
    }
    mass - others.iter().map(|p| p * p).sum::<f64>() / mass
}

/// Che's characteristic time for LRU, in references: the window T in which m distinct pages are expected, of
/// independent Poisson streams: Σ 1 − exp(−p_i T) = m (Fagin 1977; Che, Tung and Wang 2002). Infinite if all pages fit.
pub fn characteristic_time(probabilities: &[f64], frames: usize) -> f64 {
    if frames >= probabilities.iter().filter(|&&p| p > 0.0).count() {
        return f64::INFINITY;
    }
    root(|t| probabilities.iter().map(|p| -libm::expm1(-p * t)).sum::<f64>() - frames as f64)
}

/// Che's approximation of the fault ratio of LRU: Σ p_i exp(−p_i T), with T the [`characteristic_time`].
pub fn che_lru(probabilities: &[f64], frames: usize) -> f64 {
    let t = characteristic_time(probabilities, frames);
    probabilities.iter().filter(|&&p| p > 0.0).map(|p| p * libm::exp(-p * t)).sum()
}

/// The corresponding approximation for FIFO and RANDOM: Σ p_i / (1 + p_i T) with Σ p_i T / (1 + p_i T) = m
/// (Martina, Garetto and Leonardi 2014).
pub fn che_fifo(probabilities: &[f64], frames: usize) -> f64 {
    if frames >= probabilities.iter().filter(|&&p| p > 0.0).count() {
        return 0.0;
    }
    let t = root(|t| probabilities.iter().map(|p| p * t / (1.0 + p * t)).sum::<f64>() - frames as f64);
    probabilities.iter().map(|p| p / (1.0 + p * t)).sum()
}

/// Mean working-set size s(T) in pages, for a window of `window` references: Σ 1 − (1 − p_i)^T (Denning and
/// Schwartz 1972).
pub fn working_set_size(probabilities: &[f64], window: u64) -> f64 {
    probabilities.iter().map(|p| 1.0 - libm::pow(1.0 - p, window as f64)).sum()
}

/// Fault ratio m(T) of the working-set policy with a window of `window` references: Σ p_i (1 − p_i)^T, which is
/// s(T + 1) − s(T).
pub fn working_set_faults(probabilities: &[f64], window: u64) -> f64 {
    probabilities.iter().map(|p| p * libm::pow(1.0 - p, window as f64)).sum()
}

/// Fault ratio of OPT (Belady's MIN) for n equally likely pages in n − 1 frames: 1 / (n·H_{n−1}), for n at least 2.
///
/// With one frame too few a fault throws out the page that is needed last, and the next fault comes when all n − 1
/// others have been used: collecting coupons.
pub fn opt_uniform_one_frame_short(pages: u32) -> f64 {
    let harmonic: f64 = (1..pages).map(|k| 1.0 / f64::from(k)).sum();
    1.0 / (f64::from(pages) * harmonic)
}

/// The positive root of an increasing concave function that is negative at 0.
fn root(f: impl Fn(f64) -> f64) -> f64 {
    let mut high = 1.0;
    while f(high) < 0.0 && high < f64::MAX / 4.0 {
        high *= 2.0;
    }
    let mut low = 0.0;
    // Bisection to the last bit: each step halves, and 1,100 halvings exhaust any pair of floats.
    for _ in 0..1100 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if f(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zipf(pages: usize) -> Vec<f64> {
        let total: f64 = (1..=pages).map(|i| 1.0 / i as f64).sum();
        (1..=pages).map(|i| 1.0 / i as f64 / total).collect()
    }

    #[test]
    fn all_frames_or_none() {
        let p = zipf(12);
        for policy in [fifo, a0, che_lru, che_fifo, |p: &[f64], m| king_lru(p, m).expect("12 pages")] {
            assert!((policy(&p, 0) - 1.0).abs() < 1e-12, "{}", policy(&p, 0));
            assert_eq!(policy(&p, 12), 0.0);
            assert_eq!(policy(&p, 99), 0.0);
        }
    }

    #[test]
    fn large_address_spaces_stay_in_the_range_of_a_float() {
        let p = zipf(20_000);
        for frames in [1, 100, 5_000, 19_999] {
            let exact = fifo(&p, frames);
            let approximate = che_fifo(&p, frames);
            assert!((exact - approximate).abs() < 0.02, "{frames}: {exact} {approximate}");
            assert!(a0(&p, frames) <= che_lru(&p, frames) && che_lru(&p, frames) <= approximate + 1e-9);
        }
        assert_eq!(king_lru(&p, 3), None);
    }

    #[test]
    fn working_sets_grow_at_their_fault_ratio() {
        let p = zipf(30);
        for window in 0..200 {
            let growth = working_set_size(&p, window + 1) - working_set_size(&p, window);
            assert!((growth - working_set_faults(&p, window)).abs() < 1e-12);
        }
    }
}
