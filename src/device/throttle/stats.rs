//! What a rate limit counts, and the laws of its counters.

use crate::device::account::{Account, at_most, counters, equal};
use crate::error::Result;

counters! {
    /// What a rate limit counts.
    ///
    /// Identities: `requests_passed + requests_held` = requests accepted; `requests_passed` = requests accepted behind.
    ThrottleStats {
        /// Requests passed on to the device behind.
        requests_passed,
        /// Of these, requests that had to wait for credit.
        requests_delayed,
        /// Requests held back now.
        requests_held,
    }
}

impl ThrottleStats {
    pub(in crate::device) fn check(&self, account: &Account, behind: &Account) -> Result<()> {
        equal("throttle: passed on + held = accepted", self.requests_passed + self.requests_held, account.accepted)?;
        equal("throttle: passed on = accepted behind", self.requests_passed, behind.accepted)?;
        at_most("throttle: delayed <= passed on", self.requests_delayed, self.requests_passed)
    }
}
