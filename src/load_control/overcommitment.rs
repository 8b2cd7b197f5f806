//! Overcommitment as a replacement policy with variable partitions reports it: it had to take a page that it saw in use.

use super::Observation;

/// How often that was, when last looked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Overcommitment {
    forced: u64,
    faults: u64,
}

impl Overcommitment {
    /// Whether, since it was last asked, more than so large a share of the faults took a page that was in use.
    pub fn beyond(&mut self, tolerance: f64, seen: &Observation<'_>) -> bool {
        let (forced, faults) = (seen.forced - self.forced, seen.faults - self.faults);
        *self = Overcommitment { forced: seen.forced, faults: seen.faults };
        forced as f64 > tolerance * faults as f64
    }
}
