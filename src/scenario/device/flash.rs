//! Flash drives.

use super::super::reader::Reader;
use super::{bytes, pages, part, time_or_none};
use crate::device::Site;
use crate::device::flash::{FlashSpec, FtlSpec, Victim};
use crate::units::Span;

/// What a translation layer begins from where the preset has none.
const FTL: FtlSpec = FtlSpec {
    block_pages: 128,
    erase_time: Span(3_000_000),
    over_provisioning: 0.25,
    reserve: 2,
    victim: Victim::Greedy,
    filled: false,
};

pub(super) fn read(table: &mut Reader<'_>, base: &FlashSpec, site: Site) -> Option<FlashSpec> {
    let capacity = pages(table, "capacity", site, base.capacity);
    let queue_depth = table.count("queue_depth", (1, 1 << 20), Some(base.queue_depth));
    let mut time = |key: &str, default: Span| table.duration(key, Span::ZERO, Some(default));
    let command_time = time("command_time", base.command_time);
    let read_overhead = time("read_overhead", base.read_overhead);
    let write_overhead = time("write_overhead", base.write_overhead);
    let link_rate = bytes(table, "link_rate", base.link_rate);
    let full_duplex = table.flag("full_duplex", base.full_duplex);
    let channels = table.count("channels", (1, 4096), Some(base.channels));
    let channel_rate = bytes(table, "channel_rate", base.channel_rate);
    let dies_per_channel = table.count("dies_per_channel", (1, 4096), Some(base.dies_per_channel));
    let read_time = table.duration("read_time", Span(1), Some(base.read_time));
    let read_jitter = table.fraction("read_jitter", Some(base.read_jitter));
    let program_time = table.duration("program_time", Span::ZERO, Some(base.program_time));
    let program_pages = table.count("program_pages", (1, 1 << 15), Some(base.program_pages));
    let buffer_pages = table.count("buffer_pages", (1, 1 << 24), Some(base.buffer_pages));
    let suspend = time_or_none(table, "suspend", base.suspend);
    let ftl = part(table, "ftl", base.ftl.as_ref(), &FTL, ftl);
    Some(FlashSpec {
        capacity: capacity?,
        queue_depth: queue_depth?,
        command_time: command_time?,
        read_overhead: read_overhead?,
        write_overhead: write_overhead?,
        link_rate: link_rate?,
        full_duplex: full_duplex?,
        channels: channels?,
        channel_rate: channel_rate?,
        dies_per_channel: dies_per_channel?,
        read_time: read_time?,
        read_jitter: read_jitter?,
        program_time: program_time?,
        program_pages: program_pages?,
        buffer_pages: buffer_pages?,
        suspend: suspend?,
        ftl: ftl?,
    })
}

fn ftl(table: &mut Reader<'_>, base: &FtlSpec) -> Option<FtlSpec> {
    let block_pages = table.count("block_pages", (1, 1 << 15), Some(base.block_pages));
    let erase_time = table.duration("erase_time", Span::ZERO, Some(base.erase_time));
    let allowed = "a number above 0, up to 16";
    let share = |share: f64| share > 0.0 && share <= 16.0;
    let over_provisioning = table.real("over_provisioning", allowed, Some(base.over_provisioning), share);
    let reserve = table.count("reserve", (2, 1 << 15), Some(base.reserve));
    let usual = if base.victim == Victim::Greedy { "greedy" } else { "cost-benefit" };
    let victims = [("greedy", Victim::Greedy), ("cost-benefit", Victim::CostBenefit)];
    let victim = table.choice("victim", &victims, Some(usual));
    let filled = table.flag("filled", base.filled);
    Some(FtlSpec {
        block_pages: block_pages?,
        erase_time: erase_time?,
        over_provisioning: over_provisioning?,
        reserve: reserve?,
        victim: victim?,
        filled: filled?,
    })
}
