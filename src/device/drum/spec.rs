//! A paging drum as data.

use crate::device::validate::Findings;
use crate::units::Span;

/// A paging drum: fixed heads over every track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrumSpec {
    /// Sectors of a revolution: the angles at which a page can begin.
    pub sectors: u32,
    /// Sectors that a page takes (at least 1); position p begins in sector p · `page_sectors` mod `sectors`.
    pub page_sectors: u32,
    /// Time of one revolution.
    pub revolution: Span,
    /// Controller overhead before the sector may begin.
    pub overhead: Span,
    /// Order of service.
    pub order: DrumOrder,
    /// Pages that the drum holds.
    pub capacity: u64,
}

/// Order in which a drum serves its requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrumOrder {
    /// First come, first served.
    Fcfs,
    /// Shortest latency time first: the next sector that somebody waits for.
    Sltf,
}

impl DrumSpec {
    pub(in crate::device) fn validate(&self, findings: &mut Findings) {
        findings.at_least_one("sectors", self.sectors.into());
        findings.at_least_one("page_sectors", self.page_sectors.into());
        findings.positive("revolution", self.revolution);
        findings.require(self.revolution.0 >= u64::from(self.sectors), "revolution", || {
            format!("is {}: a sector must take at least a nanosecond", self.revolution)
        });
        findings.at_least_one("capacity", self.capacity);
    }
}

/// IBM 2301, the paging drum of TSS/360 and CP-67: 17.2 ms a revolution, nine pages of 4096 bytes on each of 100 pairs
/// of tracks, so that a page takes two ninths of a revolution.
///
/// IBM 2820/2301 component description, A22-6895, 1969. L. Wheeler, who wrote it, recalls that the paging of CP-67
/// reached 80 pages per second in order of arrival and 270 with ordered, chained requests.
pub fn ibm2301() -> DrumSpec {
    DrumSpec {
        sectors: 9,
        page_sectors: 2,
        revolution: Span(17_200_000),
        overhead: Span::ZERO,
        order: DrumOrder::Sltf,
        capacity: 900,
    }
}
