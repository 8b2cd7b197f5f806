//! Disks that were measured.

use super::{DiskSpec, ReadCacheSpec, SchedulerSpec, SeekCurve, Zone};
use crate::units::Span;

const MILLI: u64 = 1_000_000;
const MICRO: u64 = 1_000;

/// HP 97560, 1.3 GB SCSI disk of 1991, 4002 rpm: the disk of most simulation studies of its decade.
///
/// Geometry, seek curve, skews, overhead and buffer from Kotz, Toh and Radhakrishnan 1994 (after Ruemmler and Wilkes
/// 1994).
pub fn hp97560() -> DiskSpec {
    DiskSpec {
        sector_bytes: 512,
        heads: 19,
        zones: vec![Zone { cylinders: 1962, sectors_per_track: 72, track_skew: 8, cylinder_skew: 18 }],
        revolution: revolution(4002),
        seek: SeekCurve::TwoPiece {
            near_base: Span(3_240 * MICRO),
            near_factor: 400_000.0,
            far_from: 383,
            far_base: Span(8 * MILLI),
            far_factor: 8_000.0,
        },
        head_switch: Span(1_600 * MICRO),
        write_settle: Span::ZERO,
        read_overhead: Span(2_200 * MICRO),
        write_overhead: Span(2_200 * MICRO),
        bus_rate: 10_000_000,
        read_cache: Some(ReadCacheSpec { segments: 1, segment_bytes: 128 << 10, read_ahead: true }),
        write_cache: None,
        scheduler: SchedulerSpec::Fcfs,
    }
}

/// HP C2200A, 335 MB SCSI disk of 1990, 4002 rpm: fast controller for reads, slow for writes.
///
/// From Ruemmler and Wilkes 1994.
pub fn hpc2200a() -> DiskSpec {
    DiskSpec {
        sector_bytes: 256,
        heads: 8,
        // Skews are not published: the least that hides a head switch (2.5 ms) and a seek to the next cylinder (4.05
        // ms).
        zones: vec![Zone { cylinders: 1449, sectors_per_track: 113, track_skew: 19, cylinder_skew: 31 }],
        revolution: revolution(4002),
        seek: SeekCurve::TwoPiece {
            near_base: Span(3_450 * MICRO),
            near_factor: 597_000.0,
            far_from: 616,
            far_base: Span(10_800 * MICRO),
            far_factor: 12_000.0,
        },
        head_switch: Span(2_500 * MICRO),
        write_settle: Span::ZERO,
        read_overhead: Span(1_100 * MICRO),
        write_overhead: Span(5_100 * MICRO),
        bus_rate: 10_000_000,
        read_cache: None,
        write_cache: None,
        scheduler: SchedulerSpec::Fcfs,
    }
}

/// A 7200 rpm SATA disk of about 2010, 500 GB on one platter, as data sheets have it: 8.5 ms mean seek, 4.17 ms mean
/// rotation.
pub fn sata_7200() -> DiskSpec {
    let revolution = revolution(7200);
    let head_switch = Span(700 * MICRO);
    let seek = SeekCurve::TwoPiece {
        near_base: Span(775_100),
        near_factor: 24_946.0,
        far_from: 106_666,
        far_base: Span(4_848_700),
        far_factor: 38.19,
    };
    DiskSpec {
        sector_bytes: 512,
        heads: 2,
        zones: zones(320_000, 16, 1900, 1100, revolution, head_switch, seek.time(1)),
        revolution,
        seek,
        head_switch,
        write_settle: Span(500 * MICRO),
        read_overhead: Span(50 * MICRO),
        write_overhead: Span(50 * MICRO),
        bus_rate: 300_000_000,
        read_cache: Some(ReadCacheSpec { segments: 16, segment_bytes: 512 << 10, read_ahead: true }),
        write_cache: None,
        scheduler: SchedulerSpec::Fcfs,
    }
}

/// A 15,000 rpm SAS disk of about 2008, 450 GB on four platters: 3.3 ms mean seek for reads, 3.8 ms for writes (Hitachi
/// Ultrastar 15K450, OEM specification).
pub fn sas_15k() -> DiskSpec {
    let revolution = revolution(15_000);
    let head_switch = Span(300 * MICRO);
    let seek = SeekCurve::TwoPiece {
        near_base: Span(283_500),
        near_factor: 16_465.0,
        far_from: 37_333,
        far_base: Span(1_874_200),
        far_factor: 42.61,
    };
    DiskSpec {
        sector_bytes: 512,
        heads: 8,
        zones: zones(112_000, 16, 1200, 760, revolution, head_switch, seek.time(1)),
        revolution,
        seek,
        head_switch,
        write_settle: Span(500 * MICRO),
        read_overhead: Span(50 * MICRO),
        write_overhead: Span(50 * MICRO),
        bus_rate: 600_000_000,
        read_cache: Some(ReadCacheSpec { segments: 32, segment_bytes: 512 << 10, read_ahead: true }),
        write_cache: None,
        scheduler: SchedulerSpec::Fcfs,
    }
}

fn revolution(rpm: u64) -> Span {
    Span((60_000_000_000 + rpm / 2) / rpm)
}

/// `count` zones of equal width whose sectors per track fall evenly from `outer` to `inner`, with skews that just hide
/// a head switch and a seek to the next cylinder.
fn zones(
    cylinders: u32,
    count: u32,
    outer: u32,
    inner: u32,
    revolution: Span,
    head_switch: Span,
    next_cylinder: Span,
) -> Vec<Zone> {
    (0..count)
        .map(|i| {
            let sectors_per_track = outer - (outer - inner) * i / (count - 1);
            let skew = |time: Span| (time.0 * u64::from(sectors_per_track)).div_ceil(revolution.0) as u32 + 1;
            Zone {
                cylinders: cylinders / count,
                sectors_per_track,
                track_skew: skew(head_switch),
                cylinder_skew: skew(next_cylinder.max(head_switch)),
            }
        })
        .collect()
}
