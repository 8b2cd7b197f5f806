//! What a magnetic disk counts, and the laws of its counters.

use crate::device::account::{Account, at_most, counters, equal};
use crate::error::Result;

counters! {
    /// What a disk counts.
    ///
    /// Identities: `read_hits + read_ahead_hits + dirty_hits + medium_reads` = reads served; `pages_buffered =
    /// pages_replaced + pages_written_out + pages_dirty`; `pages_replaced + pages_written_out <= pages_buffered`.
    DiskStats {
        /// Reads that were in the read buffer.
        read_hits,
        /// Reads whose end was still being read ahead.
        read_ahead_hits,
        /// Reads of pages that waited in the write buffer.
        dirty_hits,
        /// Reads that moved the arm or waited for the platter.
        medium_reads,
        /// Writes that went straight to the medium.
        medium_writes,
        /// Pages put into the write buffer.
        pages_buffered,
        /// Of these, pages that replaced an older version in the buffer.
        pages_replaced,
        /// Pages written from the buffer to the medium.
        pages_written_out,
        /// Pages in the write buffer now.
        pages_dirty,
    }
}

impl DiskStats {
    pub(in crate::device) fn check(&self, account: &Account) -> Result<()> {
        let reads = self.read_hits + self.read_ahead_hits + self.dirty_hits + self.medium_reads;
        // A request in service has been looked up already.
        at_most("disk: reads done <= reads by where they were found", account.caller.reads, reads)?;
        at_most(
            "disk: reads by where they were found <= reads accepted",
            reads,
            account.caller.reads + account.inside,
        )?;
        equal(
            "disk: pages put into the write buffer = replaced + written out + still there",
            self.pages_buffered,
            self.pages_replaced + self.pages_written_out + self.pages_dirty,
        )
    }
}
