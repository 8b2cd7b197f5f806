//! Several swap areas: priorities, and striping over equals.
//!
//! Each area is a device with its own queue. Slots lie in the area of the highest priority first; areas of equal
//! priority share them in turn, so that their devices work in parallel. A request that spans several areas is split and
//! done when its last part is. Source: Linux, `swapon(8)`.
//!
//! *Cost.* O(areas) a call.

mod layout;
mod stats;

pub use stats::AreaStats;

use super::account::Ledger;
use super::calendar::Slots;
use super::join::Joins;
use super::validate::Findings;
use super::{Completion, Detail, Device, DeviceSpec, DeviceStats, Origin, Request};
use crate::units::Instant;
use layout::Layout;

/// Several swap areas.
#[derive(Clone, Debug, PartialEq)]
pub struct AreasSpec {
    /// Neighbouring pages that lie together on one of several equals (at least 1).
    pub stripe: u32,
    /// The areas, at least one.
    pub areas: Vec<Area>,
}

/// A swap area.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// Higher is filled first; equals are striped.
    pub priority: i32,
    /// Pages of the area; `None` is all that its device holds.
    pub pages: Option<u64>,
    /// Its device.
    pub device: DeviceSpec,
}

/// What an area holds whose device has no end of its own.
const UNBOUNDED: u64 = 1 << 40;

impl AreasSpec {
    /// Pages of an area.
    pub(super) fn capacity_of(&self, area: usize, page_size: u64) -> u64 {
        let Area { pages, device, .. } = &self.areas[area];
        pages.or_else(|| device.capacity(page_size)).unwrap_or(UNBOUNDED)
    }

    /// Pages of all areas.
    pub(super) fn capacity(&self, page_size: u64) -> u64 {
        if self.stripe == 0 { 0 } else { Layout::new(self, page_size).pages() }
    }

    pub(super) fn validate(&self, findings: &mut Findings) {
        findings.at_least_one("stripe", self.stripe.into());
        findings.require(!self.areas.is_empty(), "areas", || "is empty: at least one area is needed".to_string());
        let page_size = findings.site.page_size;
        for (i, area) in self.areas.iter().enumerate() {
            if let (Some(pages), Some(held)) = (area.pages, area.device.capacity(page_size)) {
                findings.require(pages <= held, format_args!("areas[{i}].pages"), || {
                    format!("is {pages}, but its device holds {held} pages")
                });
            }
            findings.within(format_args!("areas[{i}].device"), |findings| area.device.find(findings));
        }
    }
}

/// Several devices as one.
pub struct Areas {
    layout: Layout,
    devices: Vec<Box<dyn Device>>,
    joins: Joins,
    /// The whole that each part belongs to.
    parts: Slots<u32>,
    ledger: Ledger,
    stats: AreaStats,
}

impl Areas {
    /// Idle areas, for pages of `page_size` bytes; one device for each area of the specification.
    pub fn new(spec: &AreasSpec, page_size: u64, devices: Vec<Box<dyn Device>>) -> Areas {
        Areas {
            layout: Layout::new(spec, page_size),
            devices,
            joins: Joins::new(),
            parts: Slots::new(),
            ledger: Ledger::default(),
            stats: AreaStats::default(),
        }
    }

    /// Calls `each` with the device and the part of every run that the pages lie in.
    fn split(&mut self, position: u64, pages: u32, mut each: impl FnMut(&mut Areas, layout::Run)) {
        let (mut slot, mut left) = (position, pages);
        while left > 0 {
            let run = self.layout.run(slot, left);
            each(self, run);
            slot += u64::from(run.pages);
            left -= run.pages;
        }
    }

    fn next_area(&self) -> (usize, Instant) {
        let due = self.devices.iter().map(|device| device.next_completion()).enumerate();
        due.min_by_key(|(_, due)| *due).expect("there is at least one area")
    }
}

impl Device for Areas {
    fn submit(&mut self, now: Instant, request: Request) {
        self.ledger.accept(&request);
        let whole = self.joins.open(request);
        self.split(request.position, request.pages, |areas, run| {
            areas.joins.part(whole);
            areas.stats.parts += 1;
            let tag = u64::from(areas.parts.insert(whole));
            let part = Request { tag, position: run.position, pages: run.pages, ..request };
            areas.devices[run.area as usize].submit(now, part);
        });
    }

    fn next_completion(&self) -> Instant {
        self.next_area().1
    }

    fn complete(&mut self, now: Instant) -> Completion {
        let (area, _) = self.next_area();
        let part = self.devices[area].complete(now);
        if part.origin != Origin::Caller {
            self.ledger.record(&part);
            return part;
        }
        let whole = self.parts.remove(part.request.tag as u32);
        let Some(completion) = self.joins.done(whole, &part) else {
            return Completion::wake(part.request);
        };
        self.ledger.record(&completion);
        completion
    }

    fn requests(&self) -> usize {
        self.joins.len()
    }

    fn in_service(&self) -> usize {
        self.devices.iter().map(|device| device.in_service()).sum()
    }

    fn servers(&self) -> usize {
        self.devices.iter().map(|device| device.servers()).sum()
    }

    fn discard(&mut self, now: Instant, position: u64, pages: u32) {
        self.split(position, pages, |areas, run| {
            areas.devices[run.area as usize].discard(now, run.position, run.pages);
        });
    }

    fn frames_held(&self) -> u64 {
        self.devices.iter().map(|device| device.frames_held()).sum()
    }

    fn stats(&self) -> DeviceStats {
        let devices = self.devices.iter().map(|device| device.stats()).collect();
        DeviceStats { account: self.ledger.account(self.requests()), detail: Detail::Areas(self.stats, devices) }
    }
}
