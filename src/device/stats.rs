//! What a device reports of itself: its requests and what its kind counts besides.
//!
//! Every device counts the same traffic: what the caller asked of it and what it asked of itself. What else it
//! counts is declared in the `stats` file of its kind, with the identities that tie the counters to each other;
//! [`DeviceStats::check`] asserts all of them, for the device and whatever is behind it.

use super::account::Account;
use super::areas::AreaStats;
use super::disk::DiskStats;
use super::drum::DrumStats;
use super::flash::FlashStats;
use super::throttle::ThrottleStats;
use super::tier::TierStats;
use crate::error::Result;

/// The counters of one device since it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceStats {
    /// Its requests.
    pub account: Account,
    /// What this kind of device counts besides.
    pub detail: Detail,
}

/// What a kind of device counts besides its traffic.
#[derive(Clone, Debug, PartialEq)]
pub enum Detail {
    /// Nothing.
    Plain,
    /// A magnetic disk.
    Disk(DiskStats),
    /// A paging drum.
    Drum(DrumStats),
    /// Flash or another memory of cells.
    Flash(FlashStats),
    /// A rate limit and the device behind it.
    Throttle(ThrottleStats, Box<DeviceStats>),
    /// A tier and the device behind it, if there is one.
    Tier(TierStats, Option<Box<DeviceStats>>),
    /// Swap areas, each with its device.
    Areas(AreaStats, Vec<DeviceStats>),
}

impl DeviceStats {
    /// Asserts every identity of this device and of those behind it.
    ///
    /// # Errors
    /// [`Error::Law`](crate::error::Error::Law) with both sides of the first identity that does not hold.
    pub fn check(&self) -> Result<()> {
        let account = &self.account;
        account.check()?;
        match &self.detail {
            Detail::Plain => Ok(()),
            Detail::Disk(disk) => disk.check(account),
            Detail::Drum(drum) => drum.check(account),
            Detail::Flash(flash) => flash.check(account),
            Detail::Throttle(throttle, behind) => {
                throttle.check(account, &behind.account).and_then(|()| behind.check())
            }
            Detail::Tier(tier, behind) => {
                tier.check(account, behind.as_ref().map(|behind| &behind.account))?;
                behind.as_ref().map_or(Ok(()), |behind| behind.check())
            }
            Detail::Areas(areas, devices) => {
                areas.check(devices.iter().map(|device| &device.account))?;
                devices.iter().try_for_each(DeviceStats::check)
            }
        }
    }

    /// Every counter by name, those of the device behind under `behind.`, those of swap areas under `area0.` and so on.
    pub fn counters(&self) -> Vec<(String, u64)> {
        let mut counters = Vec::new();
        self.list("", &mut counters);
        counters
    }

    fn list(&self, prefix: &str, into: &mut Vec<(String, u64)>) {
        let mut add = |name: &str, value: u64| into.push((format!("{prefix}{name}"), value));
        for (who, traffic) in [("", &self.account.caller), ("own_", &self.account.own)] {
            add(&format!("{who}reads"), traffic.reads);
            add(&format!("{who}writes"), traffic.writes);
            add(&format!("{who}pages_read"), traffic.pages_read);
            add(&format!("{who}pages_written"), traffic.pages_written);
        }
        match &self.detail {
            Detail::Plain => {}
            Detail::Disk(disk) => disk.each(add),
            Detail::Drum(drum) => drum.each(add),
            Detail::Flash(flash) => flash.each(add),
            Detail::Throttle(throttle, behind) => {
                throttle.each(add);
                behind.list(&format!("{prefix}behind."), into);
            }
            Detail::Tier(tier, behind) => {
                tier.each(add);
                if let Some(behind) = behind {
                    behind.list(&format!("{prefix}behind."), into);
                }
            }
            Detail::Areas(areas, devices) => {
                areas.each(add);
                for (i, device) in devices.iter().enumerate() {
                    device.list(&format!("{prefix}area{i}."), into);
                }
            }
        }
    }
}
