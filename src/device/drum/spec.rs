//! A paging drum as data.

use crate::device::validate::Findings;
use crate::units::Span;

/// A paging drum: fixed heads over every track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrumSpec {
    /// Sectors of a track, each the size of a page.
    pub sectors: u32,
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
        findings.positive("revolution", self.revolution);
        findings.require(self.revolution.0 >= u64::from(self.sectors), "revolution", || {
            format!("is {}: a sector must take at least a nanosecond", self.revolution)
        });
        findings.at_least_one("capacity", self.capacity);
    }
}

/// IBM 2301, the paging drum of TSS/360 and CP-67: 17.5 ms a revolution, 4 whole pages of 4096 bytes on each of 200 tracks (the
/// format with 9 pages on two tracks is not modelled).
pub fn ibm2301() -> DrumSpec {
    DrumSpec { sectors: 4, revolution: Span(17_500_000), overhead: Span::ZERO, order: DrumOrder::Sltf, capacity: 800 }
}
