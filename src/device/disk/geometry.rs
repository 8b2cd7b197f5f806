//! Where a sector is: zone, cylinder, head, and the angle at which it begins.
//!
//! Sectors are numbered along a track, then over the heads of a cylinder, then over the cylinders from the outside in.
//! Each track begins a little later in the rotation than the one before it (track skew within a cylinder, cylinder skew
//! from one to the next), so that a transfer that goes on to the next track finds its sector just coming.

use super::DiskSpec;
use crate::device::validate::Findings;

/// Neighbouring cylinders with equally many sectors on a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Cylinders of the zone (at least 1).
    pub cylinders: u32,
    /// Sectors on each track (at least 1).
    pub sectors_per_track: u32,
    /// Sectors by which a track begins after the one before it in its cylinder.
    pub track_skew: u32,
    /// Sectors by which a cylinder's first track begins after the last track of the cylinder before it.
    pub cylinder_skew: u32,
}

impl Zone {
    pub(super) fn validate(&self, findings: &mut Findings) {
        findings.at_least_one("cylinders", self.cylinders.into());
        findings.at_least_one("sectors_per_track", self.sectors_per_track.into());
        for (key, skew) in [("track_skew", self.track_skew), ("cylinder_skew", self.cylinder_skew)] {
            findings.require(skew < self.sectors_per_track || self.sectors_per_track == 0, key, || {
                format!("is {skew}: it must be less than the {} sectors of a track", self.sectors_per_track)
            });
        }
    }
}

/// Where a sector is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub cylinder: u32,
    pub head: u32,
    /// Sectors on this track.
    pub sectors_per_track: u32,
    /// Number of the sector on its track, from 0.
    pub sector: u32,
    /// Number of the place on the track, from angle 0, at which the sector lies.
    pub slot: u32,
    /// Time into a revolution at which the sector begins, in nanoseconds.
    pub angle: u64,
}

#[derive(Debug)]
struct ZoneStart {
    first_cylinder: u32,
    first_sector: u64,
    zone: Zone,
}

/// The layout of sectors on a disk.
#[derive(Debug)]
pub(super) struct Geometry {
    zones: Vec<ZoneStart>,
    heads: u32,
    revolution: u64,
    sectors: u64,
}

impl Geometry {
    pub fn new(spec: &DiskSpec) -> Geometry {
        let mut zones = Vec::with_capacity(spec.zones.len());
        let (mut first_cylinder, mut first_sector) = (0, 0);
        for &zone in &spec.zones {
            zones.push(ZoneStart { first_cylinder, first_sector, zone });
            first_cylinder += zone.cylinders;
            first_sector += u64::from(zone.cylinders) * u64::from(spec.heads) * u64::from(zone.sectors_per_track);
        }
        Geometry { zones, heads: spec.heads, revolution: spec.revolution.0, sectors: first_sector }
    }

    /// Sectors of the disk.
    pub fn sectors(&self) -> u64 {
        self.sectors
    }

    /// Where a sector is.
    pub fn place(&self, sector: u64) -> Place {
        assert!(sector < self.sectors, "sector {sector} is beyond the disk's {}", self.sectors);
        let start = &self.zones[self.zones.partition_point(|start| start.first_sector <= sector) - 1];
        let spt = start.zone.sectors_per_track;
        let within = sector - start.first_sector;
        let track = within / u64::from(spt);
        let on_track = (within % u64::from(spt)) as u32;
        let cylinder = (track / u64::from(self.heads)) as u32;
        let head = (track % u64::from(self.heads)) as u32;
        // Skew accumulates along the zone.
        let per_cylinder =
            u64::from(self.heads - 1) * u64::from(start.zone.track_skew) + u64::from(start.zone.cylinder_skew);
        let skew = u64::from(cylinder) * per_cylinder + u64::from(head) * u64::from(start.zone.track_skew);
        let slot = ((u64::from(on_track) + skew) % u64::from(spt)) as u32;
        Place {
            cylinder: start.first_cylinder + cylinder,
            head,
            sectors_per_track: spt,
            sector: on_track,
            slot,
            angle: self.slot_time(slot, spt),
        }
    }

    /// Time from angle 0 to the beginning of a slot of a track; `slot` may go past the end of the track.
    pub fn slot_time(&self, slot: u32, sectors_per_track: u32) -> u64 {
        u64::from(slot) * self.revolution / u64::from(sectors_per_track)
    }
}

#[cfg(test)]
mod tests {
    use super::super::presets;
    use super::*;

    #[test]
    fn sectors_lie_along_tracks_then_heads_then_cylinders() {
        let geometry = Geometry::new(&presets::hp97560());
        // 1962 cylinders × 19 heads × 72 sectors × 512 bytes.
        assert_eq!(geometry.sectors() * 512, 1_374_216_192);
        let at = |sector| {
            let place = geometry.place(sector);
            (place.cylinder, place.head, place.sector, place.slot)
        };
        assert_eq!(at(0), (0, 0, 0, 0));
        assert_eq!(at(71), (0, 0, 71, 71));
        assert_eq!(at(72), (0, 1, 0, 8), "track skew of 8 sectors");
        assert_eq!(at(72 * 19), (1, 0, 0, (18 * 8 + 18) % 72), "cylinder skew of 18 sectors");
        assert_eq!(at(geometry.sectors() - 1).0, 1961);
    }

    #[test]
    fn zones_follow_each_other() {
        let spec = presets::sata_7200();
        let geometry = Geometry::new(&spec);
        let mut sector = 0;
        let mut cylinder = 0;
        for zone in &spec.zones {
            let place = geometry.place(sector);
            assert_eq!((place.cylinder, place.head, place.slot), (cylinder, 0, 0));
            assert_eq!(place.sectors_per_track, zone.sectors_per_track);
            cylinder += zone.cylinders;
            sector += u64::from(zone.cylinders) * u64::from(spec.heads) * u64::from(zone.sectors_per_track);
            assert_eq!(geometry.place(sector - 1).cylinder, cylinder - 1);
        }
        assert_eq!(sector, geometry.sectors());
    }
}
