//! A flash device as data.

use super::gc::Victim;
use crate::device::validate::Findings;
use crate::units::Span;

/// A solid-state drive, or another device of many memory dies behind a controller.
#[derive(Clone, Debug, PartialEq)]
pub struct FlashSpec {
    /// Pages that the host sees. A preset has the part of the drive that serves as swap, with its share of the spare
    /// space.
    pub capacity: u64,
    /// Requests that the device takes at once (at least 1); further ones wait before it.
    pub queue_depth: u32,
    /// Controller time of each request, one after the other: the bound on requests per second.
    pub command_time: Span,
    /// Latency of a read outside dies and wires: protocol, firmware, interrupt.
    pub read_overhead: Span,
    /// Latency of a write outside buffer and wires.
    pub write_overhead: Span,
    /// Bytes per second between host and device.
    pub link_rate: u64,
    /// Whether reads and writes pass over the link without hindering each other (PCI Express) or share it (SATA).
    pub full_duplex: bool,
    /// Channels between controller and dies (at least 1).
    pub channels: u32,
    /// Bytes per second of a channel.
    pub channel_rate: u64,
    /// Dies on each channel (at least 1), each doing one thing at a time.
    pub dies_per_channel: u32,
    /// Time to sense a page.
    pub read_time: Span,
    /// The time of a single read lies anywhere within this share of `read_time`, above or below.
    pub read_jitter: f64,
    /// Time to program `program_pages` pages.
    pub program_time: Span,
    /// Pages that one program operation writes (at least 1).
    pub program_pages: u32,
    /// Pages of the write buffer: a write is done when it is in there.
    pub buffer_pages: u32,
    /// Time to suspend a program or an erase for a read; `None` lets the read wait for its end.
    pub suspend: Option<Span>,
    /// The flash translation layer; `None` is a memory that is overwritten in place.
    pub ftl: Option<FtlSpec>,
}

/// A page-mapped flash translation layer.
#[derive(Clone, Debug, PartialEq)]
pub struct FtlSpec {
    /// Pages of an erase block, a multiple of `program_pages`.
    pub block_pages: u32,
    /// Time to erase a block.
    pub erase_time: Span,
    /// Physical pages beyond the capacity, as a share of it.
    pub over_provisioning: f64,
    /// Free blocks of a die below which garbage is collected (at least 2).
    pub reserve: u32,
    /// Which block is collected.
    pub victim: Victim,
    /// Whether the drive is full at the start of the run: every page was written once, in order.
    pub filled: bool,
}

impl FlashSpec {
    /// Dies of the device.
    pub fn dies(&self) -> u32 {
        self.channels * self.dies_per_channel
    }

    pub(in crate::device) fn validate(&self, findings: &mut Findings) {
        findings.at_least_one("capacity", self.capacity);
        // Page numbers are kept in 32 bits, with room for the spare space.
        findings.require(self.capacity <= 1 << 31, "capacity", || {
            format!("is {} pages: at most {} are modelled", self.capacity, 1u64 << 31)
        });
        for (key, value) in [
            ("queue_depth", self.queue_depth),
            ("channels", self.channels),
            ("dies_per_channel", self.dies_per_channel),
            ("program_pages", self.program_pages),
        ] {
            findings.at_least_one(key, value.into());
        }
        let dies = u64::from(self.channels) * u64::from(self.dies_per_channel);
        findings.require(dies <= 4096, "dies_per_channel", || format!("makes {dies} dies: at most 4096 are modelled"));
        findings.at_least_one("link_rate", self.link_rate);
        findings.at_least_one("channel_rate", self.channel_rate);
        findings.positive("read_time", self.read_time);
        findings.share("read_jitter", self.read_jitter);
        findings.require(self.buffer_pages >= self.program_pages, "buffer_pages", || {
            format!("is {}: the buffer must hold the {} pages of a program", self.buffer_pages, self.program_pages)
        });
        if let Some(ftl) = &self.ftl {
            findings.within("ftl", |findings| ftl.validate(self, dies, findings));
        }
    }
}

impl FtlSpec {
    /// Blocks of each of `dies` dies that `capacity` pages and the spare space need.
    pub fn blocks_per_die(&self, capacity: u64, dies: u32) -> u64 {
        let physical = libm::ceil(capacity as f64 * (1.0 + self.over_provisioning)) as u64;
        physical.div_ceil(u64::from(dies) * u64::from(self.block_pages))
    }

    fn validate(&self, flash: &FlashSpec, dies: u64, findings: &mut Findings) {
        let (block, program) = (self.block_pages, flash.program_pages);
        findings.require(block > 0 && block <= 1 << 15 && block.is_multiple_of(program.max(1)), "block_pages", || {
            format!("is {block}: a multiple of the {program} pages of a program, up to 32768, is needed")
        });
        // One block to move pages into while the other is on its way to being erased.
        findings.require(self.reserve >= 2, "reserve", || {
            format!("is {}: at least 2 free blocks a die are needed to move pages", self.reserve)
        });
        let share = self.over_provisioning;
        findings.require(share.is_finite() && share > 0.0 && share <= 16.0, "over_provisioning", || {
            format!("is {share}: a share above 0 is needed, or no block ever becomes free")
        });
        if block == 0 || dies == 0 || dies > 4096 || !(share > 0.0 && share <= 16.0) {
            return;
        }
        let needed = flash.capacity.div_ceil(dies * u64::from(block)) + super::ftl::spare_blocks(self);
        let blocks = self.blocks_per_die(flash.capacity, dies as u32);
        findings.require(blocks * dies * u64::from(block) < u64::from(u32::MAX), "over_provisioning", || {
            format!(
                "is {share}: with {} pages that is more than the 4 Gi physical pages that are modelled",
                flash.capacity
            )
        });
        findings.require(blocks >= needed, "over_provisioning", || {
            format!(
                "is {share}: that makes {blocks} blocks of {block} pages on each of {dies} dies, \
                 and {} pages of data with a reserve of {} need {needed}",
                flash.capacity, self.reserve
            )
        });
    }
}
