//! What a flash device counts, and the laws of its counters.

use crate::device::account::{Account, at_most, counters, equal};
use crate::error::Result;

counters! {
    /// What a flash device counts.
    ///
    /// Identities: `host_pages_read = media_pages_read + buffer_hits`; `host_pages_written = pages_flushed +
    /// pages_buffered + pages_superseded`; `pages_programmed = pages_flushed + pages_moved`.
    FlashStats {
        /// Pages that the host has read.
        host_pages_read,
        /// Of these, pages sensed in a die.
        media_pages_read,
        /// Of these, pages that were still in the write buffer.
        buffer_hits,
        /// Pages that the host has written.
        host_pages_written,
        /// Pages of the program unit that is being gathered in the buffer now.
        pages_buffered,
        /// Pages overwritten or discarded in the buffer before they were programmed.
        pages_superseded,
        /// Host pages programmed.
        pages_flushed,
        /// Pages moved by garbage collection.
        pages_moved,
        /// Pages programmed in all.
        pages_programmed,
        /// Blocks erased.
        blocks_erased,
        /// Pages discarded.
        pages_discarded,
        /// Logical pages that hold data in flash now.
        pages_live,
    }
}

impl FlashStats {
    /// Pages programmed for each page that the host wrote to flash: 1 until garbage is collected. `None` before the
    /// first.
    pub fn write_amplification(&self) -> Option<f64> {
        (self.pages_flushed > 0).then(|| self.pages_programmed as f64 / self.pages_flushed as f64)
    }

    pub(in crate::device) fn check(&self, account: &Account) -> Result<()> {
        let caller = &account.caller;
        at_most("flash: pages done <= pages taken", caller.pages_read, self.host_pages_read)?;
        at_most("flash: pages done <= pages taken", caller.pages_written, self.host_pages_written)?;
        equal(
            "flash: pages read = sensed + found in the buffer",
            self.host_pages_read,
            self.media_pages_read + self.buffer_hits,
        )?;
        equal(
            "flash: pages written = programmed for the host + superseded + still in the buffer",
            self.host_pages_written,
            self.pages_flushed + self.pages_superseded + self.pages_buffered,
        )?;
        equal(
            "flash: pages programmed = for the host + moved",
            self.pages_programmed,
            self.pages_flushed + self.pages_moved,
        )
    }
}
