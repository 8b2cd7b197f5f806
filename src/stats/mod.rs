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
