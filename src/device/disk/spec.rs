//! A magnetic disk as data.

use super::geometry::Zone;
use super::scheduler::SchedulerSpec;
use super::seek::SeekCurve;
use crate::device::validate::Findings;
use crate::units::Span;

/// A magnetic disk.
#[derive(Clone, Debug, PartialEq)]
pub struct DiskSpec {
    /// Bytes of a sector; a page is a whole number of sectors.
    pub sector_bytes: u32,
    /// Recording surfaces, each with its head.
    pub heads: u32,
    /// The zones from the outermost cylinder inwards, at least one.
    pub zones: Vec<Zone>,
    /// Time of one revolution.
    pub revolution: Span,
    /// Time to move the arm.
    pub seek: SeekCurve,
    /// Time to change to another head of the same cylinder.
    pub head_switch: Span,
    /// What a write needs beyond the seek to settle on the track.
    pub write_settle: Span,
    /// Controller overhead of a read, before anything moves.
    pub read_overhead: Span,
    /// Controller overhead of a write.
    pub write_overhead: Span,
    /// Bytes per second between the disk's buffer and the host. The bus works while the medium transfers, so only data
    /// from or to the buffer waits for it.
    pub bus_rate: u64,
    /// Buffer for reads; `None` is no buffer and no read-ahead.
    pub read_cache: Option<ReadCacheSpec>,
    /// Buffer for writes; `None` is write-through.
    pub write_cache: Option<WriteCacheSpec>,
    /// Order in which waiting requests are served.
    pub scheduler: SchedulerSpec,
}

/// The disk's buffer for reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadCacheSpec {
    /// Independent segments, each holding one run of sectors (at least 1).
    pub segments: u32,
    /// Bytes of a segment.
    pub segment_bytes: u64,
    /// Whether the disk reads on after a request, until the segment is full or another request moves the arm.
    pub read_ahead: bool,
}

/// The disk's buffer for writes: a write is done when it is in the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteCacheSpec {
    /// Pages it holds (at least 1).
    pub pages: u32,
    /// Most neighbouring pages that are written to the medium in one go (at least 1).
    pub run: u32,
}

impl DiskSpec {
    /// Cylinders of all zones.
    pub fn cylinders(&self) -> u32 {
        self.zones.iter().map(|zone| zone.cylinders).sum()
    }

    /// Whole pages that the disk holds.
    pub fn capacity(&self, page_size: u64) -> u64 {
        let sectors: u64 = self
            .zones
            .iter()
            .map(|zone| u64::from(zone.cylinders) * u64::from(self.heads) * u64::from(zone.sectors_per_track))
            .sum();
        sectors * u64::from(self.sector_bytes) / page_size
    }

    pub(in crate::device) fn validate(&self, findings: &mut Findings) {
        let page = findings.site.page_size;
        findings.require(
            self.sector_bytes > 0 && page.is_multiple_of(u64::from(self.sector_bytes)),
            "sector_bytes",
            || format!("is {}: a page of {page} bytes must be a whole number of sectors", self.sector_bytes),
        );
        findings.at_least_one("heads", self.heads.into());
        findings.require(!self.zones.is_empty(), "zones", || "is empty: at least one zone is needed".to_string());
        for (i, zone) in self.zones.iter().enumerate() {
            findings.within(format_args!("zones[{i}]"), |findings| zone.validate(findings));
        }
        findings.positive("revolution", self.revolution);
        if self.revolution > Span::ZERO {
            // Angles are multiplied by sectors in 64 bits.
            let longest = Span(60_000_000_000);
            findings.require(self.revolution <= longest, "revolution", || {
                format!("is {}: at most {longest} (one turn a minute) is allowed", self.revolution)
            });
        }
        findings.within("seek", |findings| self.seek.validate(self.cylinders(), findings));
        findings.at_least_one("bus_rate", self.bus_rate);
        if let Some(cache) = &self.read_cache {
            findings.at_least_one("read_cache.segments", cache.segments.into());
            findings.require(cache.segment_bytes >= page, "read_cache.segment_bytes", || {
                format!("is {}: a segment must hold at least one page of {page} bytes", cache.segment_bytes)
            });
        }
        if let Some(cache) = &self.write_cache {
            findings.at_least_one("write_cache.pages", cache.pages.into());
            findings.at_least_one("write_cache.run", cache.run.into());
        }
        findings.within("scheduler", |findings| self.scheduler.validate(findings));
    }
}
