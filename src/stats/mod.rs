//! STUB, to be dropped: the signatures that the statistics promise.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub mean: f64,
    pub half_width: Option<f64>,
    pub n: usize,
}

pub fn estimate(values: &[f64], _confidence: f64) -> Option<Estimate> {
    if values.is_empty() {
        return None;
    }
    let n = values.len();
    let mean = values.iter().sum::<f64>() / n as f64;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n.max(2) - 1) as f64;
    Some(Estimate { mean, half_width: (n > 1).then(|| 2.0 * (variance / n as f64).sqrt()), n })
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Knee {
    pub load: f64,
    pub index: usize,
    pub low: f64,
    pub high: f64,
    pub throughput: f64,
    pub collapses: bool,
    pub collapse_load: Option<f64>,
}

pub fn find_knee(loads: &[f64], throughput: &[Vec<f64>], confidence: f64) -> Option<Knee> {
    let means: Vec<f64> = throughput.iter().filter_map(|t| Some(estimate(t, confidence)?.mean)).collect();
    let index = (0..means.len()).max_by(|&a, &b| means[a].total_cmp(&means[b]))?;
    let load = loads[index];
    Some(Knee { load, index, low: load, high: load, throughput: means[index], collapses: false, collapse_load: None })
}
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
