//! What the paging device tells of its requests: latencies, bytes, where the time went, and what is particular to its kind.

use super::Machine;
use super::outcome::put_percentiles;
use crate::device::{Component, Detail, DeviceSpec, DeviceStats};
use crate::units::Span;

/// Counters of particular kinds, summed over a device and those behind it.
#[derive(Default)]
struct Particulars {
    pages_flushed: u64,
    pages_programmed: u64,
    hits: u64,
    misses: u64,
    held: u64,
    passed: u64,
    delayed: u64,
    flash: bool,
    tier: bool,
    throttle: bool,
}

impl Particulars {
    fn of(stats: &DeviceStats) -> Particulars {
        let mut sum = Particulars::default();
        sum.add(stats);
        sum
    }

    fn add(&mut self, stats: &DeviceStats) {
        match &stats.detail {
            Detail::Plain | Detail::Disk(_) | Detail::Drum(_) => {}
            Detail::Flash(flash) => {
                self.flash = true;
                self.pages_flushed += flash.pages_flushed;
                self.pages_programmed += flash.pages_programmed;
            }
            Detail::Throttle(throttle, behind) => {
                self.throttle = true;
                self.passed += throttle.requests_passed;
                self.delayed += throttle.requests_delayed;
                self.add(behind);
            }
            Detail::Tier(tier, behind) => {
                self.tier = true;
                self.hits += tier.hits;
                self.misses += tier.misses;
                self.held += tier.held;
                if let Some(behind) = behind {
                    self.add(behind);
                }
            }
            Detail::Areas(_, devices) => devices.iter().for_each(|device| self.add(device)),
        }
    }
}

impl Machine<'_> {
    /// The device's metrics over the measured time; nothing for a device that is only a queue with service times.
    pub(super) fn request_values(&self, put: &mut impl FnMut(&str, f64), span: Span, warm: usize, part: usize) {
        let Some(last) = self.device_snapshots.last() else { return };
        let first = warm.checked_sub(1).map(|index| &self.device_snapshots[index]);
        let since = |value: &dyn Fn(&DeviceStats) -> u64| value(last) - first.map_or(0, value);
        let seconds = span.as_secs_f64();
        let requests = since(&|stats| stats.account.caller.requests()) as f64;
        let time = since(&|stats| stats.account.caller.waited.saturating_add(stats.account.caller.served).0);
        put("paging_latency_mean", time as f64 / 1e9 / requests);
        put_percentiles(put, "paging_latency", &self.paging_latency, part);
        let pages = since(&|stats| stats.account.caller.pages_read + stats.account.caller.pages_written);
        put("paging_bytes_per_second", (pages * self.config.page_size) as f64 / seconds);
        for component in Component::ALL {
            let time = since(&|stats| stats.account.caller.anatomy.get(component).0);
            // A part that this kind of device does not have is left out.
            if last.account.caller.anatomy.get(component) > Span::ZERO {
                put(&format!("anatomy_{}", component.name()), time as f64 / 1e9 / requests);
            }
        }
        let (now, then) = (Particulars::of(last), first.map(Particulars::of).unwrap_or_default());
        if now.flash {
            let (programmed, flushed) =
                (now.pages_programmed - then.pages_programmed, now.pages_flushed - then.pages_flushed);
            put("write_amplification", programmed as f64 / flushed as f64);
        }
        if now.tier {
            let (hits, misses) = (now.hits - then.hits, now.misses - then.misses);
            put("tier_hit_rate", hits as f64 / (hits + misses) as f64);
            let observed = &self.device_snapshots[warm.min(self.device_snapshots.len() - 1)..];
            let held: u64 = observed.iter().map(|stats| Particulars::of(stats).held).sum();
            put("tier_pages", held as f64 / observed.len() as f64);
        }
        if now.throttle {
            put("throttled_requests", (now.delayed - then.delayed) as f64 / (now.passed - then.passed) as f64);
        }
        if let DeviceSpec::Areas(areas) = &self.config.paging {
            let highest = areas.areas.iter().map(|area| area.priority).max();
            let first_areas = |stats: &DeviceStats| {
                let Detail::Areas(_, devices) = &stats.detail else { return 0 };
                let pages =
                    |device: &DeviceStats| device.account.caller.pages_read + device.account.caller.pages_written;
                let with = areas.areas.iter().zip(devices).filter(|(area, _)| Some(area.priority) == highest);
                with.map(|(_, device)| pages(device)).sum()
            };
            put("first_area_share", since(&first_areas) as f64 / pages as f64);
        }
    }
}
