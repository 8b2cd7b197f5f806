//! What a tier counts, and the laws of its counters.

use crate::device::account::{Account, at_most, counters, equal};
use crate::error::Result;

counters! {
    /// What a tier counts, in pages.
    ///
    /// Identities: `stored = held + replaced + dropped + written_back + discarded`; `refused_full + refused_size +
    /// stored` = pages written by requests taken; `hits + misses` = pages read by requests taken; `sent_behind` =
    /// requests accepted behind.
    TierStats {
        /// Pages read that the tier held.
        hits,
        /// Pages read that it did not hold.
        misses,
        /// Pages taken in.
        stored,
        /// Of these, pages filled with one value.
        same_filled,
        /// Pages refused because the tier was full.
        refused_full,
        /// Pages refused because they do not compress.
        refused_size,
        /// Pages that a newer version took the place of.
        replaced,
        /// Pages that lost their place because a newer version was refused.
        dropped,
        /// Pages written back to the device behind and given up.
        written_back,
        /// Pages discarded.
        discarded,
        /// Pages held now.
        held,
        /// Bytes they take.
        held_bytes,
        /// Most bytes held at once.
        peak_bytes,
        /// Requests sent to the device behind.
        sent_behind,
    }
}

impl TierStats {
    /// Share of the pages read that the tier held; `None` before the first.
    pub fn hit_rate(&self) -> Option<f64> {
        let reads = self.hits + self.misses;
        (reads > 0).then(|| self.hits as f64 / reads as f64)
    }

    pub(in crate::device) fn check(&self, account: &Account, behind: Option<&Account>) -> Result<()> {
        equal(
            "tier: pages stored = held + replaced + dropped + written back + discarded",
            self.stored,
            self.held + self.replaced + self.dropped + self.written_back + self.discarded,
        )?;
        at_most("tier: pages read <= hits + misses", account.caller.pages_read, self.hits + self.misses)?;
        let written = self.stored + self.refused_full + self.refused_size;
        at_most("tier: pages written <= stored + refused", account.caller.pages_written, written)?;
        let accepted = behind.map_or(0, |behind| behind.accepted);
        equal("tier: requests sent behind = accepted there", self.sent_behind, accepted)
    }
}
