//! Which area a swap slot lies in.
//!
//! Slots are numbered so that filling them from the beginning fills the area of the highest priority first. Areas of
//! equal priority are striped: neighbouring runs of `stripe` pages lie on different areas. Where equals differ in size,
//! the stripes go on over those that have room left.

use super::AreasSpec;

/// A range of slots that is striped over the same areas.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Band {
    /// First slot of the band, and its slots.
    first: u64,
    pages: u64,
    areas: Vec<u32>,
    /// Position within each of these areas at which the band begins.
    position: u64,
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    bands: Vec<Band>,
    stripe: u64,
}

/// A run of slots that lies in one area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub area: u32,
    pub position: u64,
    pub pages: u32,
}

impl Layout {
    /// The layout of areas with the given capacities, each rounded down to whole stripes.
    pub fn new(spec: &AreasSpec, page_size: u64) -> Layout {
        let stripe = u64::from(spec.stripe);
        let capacity = |area: &u32| spec.capacity_of(*area as usize, page_size) / stripe * stripe;
        let mut priorities: Vec<i32> = spec.areas.iter().map(|area| area.priority).collect();
        priorities.sort_unstable_by(|a, b| b.cmp(a));
        priorities.dedup();
        let mut bands: Vec<Band> = Vec::new();
        let mut first = 0;
        for priority in priorities {
            let numbers = 0..spec.areas.len() as u32;
            let mut equals: Vec<u32> = numbers.filter(|n| spec.areas[*n as usize].priority == priority).collect();
            let mut position = 0;
            loop {
                equals.retain(|area| capacity(area) > position);
                let Some(end) = equals.iter().map(capacity).min() else { break };
                let pages = (end - position) * equals.len() as u64;
                bands.push(Band { first, pages, areas: equals.clone(), position });
                first += pages;
                position = end;
            }
        }
        Layout { bands, stripe }
    }

    /// Slots of all areas.
    pub fn pages(&self) -> u64 {
        self.bands.last().map_or(0, |band| band.first + band.pages)
    }

    /// Where the slots from `slot` lie: the longest run of at most `pages` that is in one area.
    pub fn run(&self, slot: u64, pages: u32) -> Run {
        assert!(slot < self.pages(), "slot {slot} is beyond the {} of all areas", self.pages());
        let band = &self.bands[self.bands.partition_point(|band| band.first <= slot) - 1];
        let within = slot - band.first;
        let (stripe, offset) = (within / self.stripe, within % self.stripe);
        let members = band.areas.len() as u64;
        // A single area needs no stripes.
        let left = if members == 1 { band.pages - within } else { self.stripe - offset };
        Run {
            area: band.areas[(stripe % members) as usize],
            position: band.position + stripe / members * self.stripe + offset,
            pages: left.min(u64::from(pages)) as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Area;
    use super::*;
    use crate::device::{DeviceSpec, QueueingSpec};
    use crate::rng::Distribution::Constant;
    use std::collections::BTreeSet;

    fn layout(stripe: u32, areas: &[(i32, u64)]) -> Layout {
        let device = DeviceSpec::Queueing(QueueingSpec { read: Constant(1.0), write: Constant(1.0), parallelism: 1 });
        let area = |&(priority, pages)| Area { priority, pages: Some(pages), device: device.clone() };
        Layout::new(&AreasSpec { stripe, areas: areas.iter().map(area).collect() }, 4096)
    }

    fn places(layout: &Layout) -> Vec<(u32, u64)> {
        (0..layout.pages()).map(|slot| layout.run(slot, 1)).map(|run| (run.area, run.position)).collect()
    }

    #[test]
    fn the_highest_priority_is_filled_first_and_equals_are_striped() {
        let layout = layout(1, &[(1, 2), (5, 2), (5, 3)]);
        assert_eq!(places(&layout), [(1, 0), (2, 0), (1, 1), (2, 1), (2, 2), (0, 0), (0, 1)]);
    }

    #[test]
    fn a_run_ends_with_its_stripe_unless_there_is_one_area_only() {
        let striped = layout(4, &[(0, 8), (0, 8)]);
        assert_eq!(striped.run(2, 100), Run { area: 0, position: 2, pages: 2 });
        assert_eq!(striped.run(4, 3), Run { area: 1, position: 0, pages: 3 });
        assert_eq!(striped.run(9, 1), Run { area: 0, position: 5, pages: 1 });
        assert_eq!(layout(4, &[(0, 8)]).run(2, 5), Run { area: 0, position: 2, pages: 5 });
    }

    #[test]
    fn every_slot_has_a_place_of_its_own() {
        let layout = layout(4, &[(3, 40), (-1, 17), (3, 12), (3, 40), (-1, 64)]);
        let all = places(&layout);
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(all.len(), 40 + 16 + 12 + 40 + 64);
    }
}
