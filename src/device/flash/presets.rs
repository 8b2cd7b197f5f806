//! Drives that were measured. Read parameters are fitted to the mean latency and the requests per second at queue
//! depths 1 and 16 (SATA: 1 and 32) of random 4 KiB reads; channels and link are those of the product or its class. The
//! number of dies is what the rise of latency from depth 1 to 16 implies, so a die here can be several chips that are
//! addressed together; program times and widths then give about 2 GB/s of writes to an empty drive (SATA: 0.5 GB/s).
//!
//! The capacity is 4 GiB of 4 KiB pages: the part of the drive that serves as swap space, with its share of spare
//! blocks.

use super::{FlashSpec, FtlSpec, Victim};
use crate::units::Span;

const CAPACITY: u64 = 1 << 20;

fn ftl(block_pages: u32, over_provisioning: f64) -> Option<FtlSpec> {
    Some(FtlSpec {
        block_pages,
        erase_time: Span(3_000_000),
        over_provisioning,
        reserve: 2,
        victim: Victim::Greedy,
        filled: false,
    })
}

/// A SATA SSD with TLC flash: about 110 us for a read, at most about 95,000 reads per second at the 32 commands of NCQ.
pub fn sata_ssd() -> FlashSpec {
    FlashSpec {
        capacity: CAPACITY,
        queue_depth: 32,
        command_time: Span(10_200),
        read_overhead: Span(20_000),
        write_overhead: Span(20_000),
        link_rate: 550_000_000,
        full_duplex: false,
        channels: 8,
        channel_rate: 400_000_000,
        dies_per_channel: 4,
        read_time: Span(62_000),
        read_jitter: 0.2,
        program_time: Span(1_300_000),
        program_pages: 8,
        buffer_pages: 512,
        suspend: None,
        ftl: ftl(128, 0.12),
    }
}

/// Intel Optane P4800X: 3D XPoint, overwritten in place, without garbage collection.
///
/// AnandTech: 8.9 us at queue depth 1; 584,800 reads per second and 25.5 us at 16. The memory's own bandwidth, shared
/// by reads and writes, is the bound, so it stands in the place of the link's.
pub fn optane_p4800x() -> FlashSpec {
    FlashSpec {
        capacity: CAPACITY,
        queue_depth: 256,
        command_time: Span(400),
        read_overhead: Span(1_700),
        write_overhead: Span(7_800),
        link_rate: 2_420_000_000,
        full_duplex: false,
        channels: 7,
        channel_rate: 2_000_000_000,
        dies_per_channel: 16,
        read_time: Span(3_060),
        read_jitter: 0.3,
        program_time: Span(25_000),
        program_pages: 1,
        buffer_pages: 64,
        suspend: None,
        ftl: None,
    }
}

/// Intel P3700: planar MLC flash of 2014.
///
/// AnandTech: 77.9 us at queue depth 1; 167,200 reads per second and 93.9 us at 16.
pub fn nvme_p3700() -> FlashSpec {
    FlashSpec {
        capacity: CAPACITY,
        queue_depth: 256,
        command_time: Span(1_500),
        read_overhead: Span(12_000),
        write_overhead: Span(12_000),
        link_rate: 2_800_000_000,
        full_duplex: true,
        channels: 18,
        channel_rate: 400_000_000,
        dies_per_channel: 1,
        read_time: Span(52_500),
        read_jitter: 0.3,
        program_time: Span(1_200_000),
        program_pages: 32,
        buffer_pages: 1024,
        suspend: None,
        ftl: ftl(512, 0.25),
    }
}

/// Micron 9100: planar MLC flash of 2016, many dies.
///
/// AnandTech: 107.7 us at queue depth 1; 135,700 reads per second and 116.2 us at 16.
pub fn nvme_9100() -> FlashSpec {
    FlashSpec {
        capacity: CAPACITY,
        queue_depth: 256,
        command_time: Span(1_200),
        read_overhead: Span(16_000),
        write_overhead: Span(12_000),
        link_rate: 3_000_000_000,
        full_duplex: true,
        channels: 16,
        channel_rate: 400_000_000,
        dies_per_channel: 4,
        read_time: Span(79_000),
        read_jitter: 0.12,
        program_time: Span(1_000_000),
        program_pages: 8,
        buffer_pages: 2048,
        suspend: None,
        ftl: ftl(128, 0.25),
    }
}
