//! What a paging drum counts, and the laws of its counters.

use crate::device::account::{Account, counters, equal};
use crate::error::Result;

counters! {
    /// What a drum counts.
    ///
    /// Identity: `pages_transferred` = pages read + pages written.
    DrumStats {
        /// Sectors transferred.
        pages_transferred,
    }
}

impl DrumStats {
    pub(in crate::device) fn check(&self, account: &Account) -> Result<()> {
        let pages = account.caller.pages_read + account.caller.pages_written;
        equal("drum: sectors transferred = pages read + pages written", self.pages_transferred, pages)
    }
}
