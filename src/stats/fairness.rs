//! Fairness.

/// Jain's index of fairness, (Σx)² / (n Σx²): 1 if all have the same, 1/n if one has everything. NaN where nobody has anything.
///
/// R. Jain, D.-M. Chiu and W. Hawe, "A quantitative measure of fairness and discrimination for resource allocation in shared
/// computer systems", DEC-TR-301, 1984.
pub fn jain(shares: impl Iterator<Item = f64>) -> f64 {
    let (count, sum, squares) =
        shares.fold((0.0, 0.0, 0.0), |(count, sum, squares), x| (count + 1.0, sum + x, squares + x * x));
    sum * sum / (count * squares)
}

#[cfg(test)]
mod tests {
    use super::jain;

    #[test]
    fn jains_index_of_known_allocations() {
        assert!((jain([5.0, 5.0, 5.0].into_iter()) - 1.0).abs() < 1e-12);
        assert!((jain([7.0, 0.0, 0.0, 0.0].into_iter()) - 0.25).abs() < 1e-12);
        // k of n have all, evenly: k/n.
        assert!((jain([2.0, 2.0, 0.0, 0.0, 0.0].into_iter()) - 0.4).abs() < 1e-12);
        // Shares 1 and 3: 16 / (2 · 10).
        assert!((jain([1.0, 3.0].into_iter()) - 0.8).abs() < 1e-12);
    }
}
