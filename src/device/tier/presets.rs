//! Tiers as they were measured.

use super::{CompressedSpec, FarSpec, Overflow, RemoteSpec};
use crate::device::{DeviceSpec, flash};
use crate::rng::Distribution;
use crate::units::Span;

/// Takes pages again at nine tenths of the limit (Linux: `accept_threshold_percent`), writing back eight at a time.
const OVERFLOW: Overflow = Overflow { accept: 0.9, write_back: 8 };

/// zswap: at most 16,384 frames, in front of a SATA SSD.
///
/// Lagar-Cavilla et al. 2019: 6 us to load a page, about 3:1 on what compresses, pages above 2990 bytes refused.
pub fn zswap() -> CompressedSpec {
    CompressedSpec {
        pool_frames: Some(16_384),
        ratio: Distribution::Lognormal { mean: 3.0, cv: 0.5 },
        same_filled: 0.1,
        largest: 2990,
        packing: 0.95,
        compress: Span(10_000),
        decompress: Span(6_000),
        fill: Span(500),
        parallelism: 8,
        overflow: OVERFLOW,
        behind: Some(Box::new(DeviceSpec::Flash(flash::presets::sata_ssd()))),
    }
}

/// zram: all of swap is compressed memory, and what does not compress is kept as it is.
pub fn zram() -> CompressedSpec {
    CompressedSpec { pool_frames: None, overflow: Overflow { accept: 1.0, write_back: 0 }, behind: None, ..zswap() }
}

/// A CXL memory expander of 4 GiB, in front of a SATA SSD: pages are moved there and back.
///
/// Li et al. 2023 (Pond): 70 to 90 ns more than local memory, about 170 to 250 ns; a page move is dominated by
/// software.
pub fn cxl() -> FarSpec {
    FarSpec {
        capacity: 1 << 20,
        latency: Span(210),
        rate: 20_000_000_000,
        software: Span(1_500),
        parallelism: 8,
        overflow: OVERFLOW,
        behind: Some(Box::new(DeviceSpec::Flash(flash::presets::sata_ssd()))),
    }
}

/// Remote memory of 4 GiB over RDMA on a 100 Gb/s network, in front of a SATA SSD.
///
/// Amaro et al. 2020 (Fastswap): a 4 KiB page in about 5 us.
pub fn rdma() -> RemoteSpec {
    RemoteSpec {
        capacity: 1 << 20,
        round_trip: Distribution::Lognormal { mean: 3_700.0, cv: 0.15 },
        rate: 12_000_000_000,
        software: Span(1_000),
        parallelism: 64,
        overflow: OVERFLOW,
        behind: Some(Box::new(DeviceSpec::Flash(flash::presets::sata_ssd()))),
    }
}
