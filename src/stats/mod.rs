//! stub until merged
/// t
pub struct Truncation {
    pub observations: usize,
    pub stationary: bool,
}
/// m
pub fn mser5(_s: &[f64]) -> Truncation {
    Truncation { observations: 0, stationary: true }
}
/// w
pub fn welch_p_value(a: &[f64], b: &[f64]) -> f64 {
    use statrs::distribution::{ContinuousCDF, StudentsT};
    let m = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let var = |v: &[f64]| {
        let mu = m(v);
        v.iter().map(|x| (x - mu) * (x - mu)).sum::<f64>() / (v.len() as f64 - 1.0) / v.len() as f64
    };
    let (va, vb) = (var(a), var(b));
    if va + vb == 0.0 {
        return if m(a) == m(b) { 1.0 } else { 0.0 };
    }
    let t = (m(a) - m(b)) / (va + vb).sqrt();
    let df = (va + vb) * (va + vb) / (va * va / (a.len() as f64 - 1.0) + vb * vb / (b.len() as f64 - 1.0));
    2.0 * (1.0 - StudentsT::new(0.0, 1.0, df).unwrap().cdf(t.abs()))
}
