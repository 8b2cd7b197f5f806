//! What a set of swap areas counts, and the laws of its counters.

use crate::device::account::{Account, counters, equal};
use crate::error::Result;

counters! {
    /// What a set of areas counts.
    ///
    /// Identity: `parts` = requests accepted by all areas.
    AreaStats {
        /// Parts that the requests were split into.
        parts,
    }
}

impl AreaStats {
    pub(in crate::device) fn check<'a>(&self, areas: impl Iterator<Item = &'a Account>) -> Result<()> {
        let accepted = areas.map(|area| area.accepted).sum();
        equal("areas: parts of requests = requests accepted by the areas", self.parts, accepted)
    }
}
