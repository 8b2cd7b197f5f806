//! Compressed, far and remote memory.

use super::super::effective::Text;
use super::super::quantity::{self, Measure};
use super::super::reader::Reader;
use super::super::tree::{Node, Value, quoted};
use super::{bytes, distribution, pages, part, read};
use crate::device::flash;
use crate::device::tier::{CompressedSpec, FarSpec, Overflow, RemoteSpec};
use crate::device::{DeviceSpec, Site};
use crate::units::Span;

pub(super) fn compressed(table: &mut Reader<'_>, base: &CompressedSpec, site: Site) -> Option<CompressedSpec> {
    let behind = behind(table, base.behind.as_deref(), site);
    // Without a device behind there is nowhere for what does not fit; with one, a fifth of memory is what Linux gives
    // (`max_pool_percent`), and a preset for larger machines must not take more.
    let bounded = behind.as_ref().is_none_or(Option::is_some);
    let usual = bounded.then(|| base.pool_frames.unwrap_or(u64::MAX).min((site.frames / 5).max(1)));
    let pool_frames = table.get(
        "pool_frames",
        Some(usual),
        "",
        |node: &Node| match &node.value {
            Value::Text(text) if text == "unlimited" => Ok(None),
            _ => quantity::memory(node, site.page_size, (1, 1 << 40), true).map(Some).map_err(|mut fault| {
                fault.problem.push_str(", or \"unlimited\"");
                fault
            }),
        },
        |pool| pool.map_or_else(|| quoted("unlimited"), |frames| quoted(&format!("{frames} frames"))),
    );
    let ratio = distribution(table, "ratio", Measure::Ratio, &base.ratio);
    let same_filled = table.fraction("same_filled", Some(base.same_filled));
    let largest = table.count("largest", (1, 1 << 30), Some(base.largest));
    let allowed = "a number above 0, up to 1";
    let packing = table.real("packing", allowed, Some(base.packing), |share| share > 0.0 && share <= 1.0);
    let mut time = |key: &str, default: Span| table.duration(key, Span::ZERO, Some(default));
    let compress = time("compress", base.compress);
    let decompress = time("decompress", base.decompress);
    let fill = time("fill", base.fill);
    let parallelism = table.count("parallelism", (1, 1 << 20), Some(base.parallelism));
    let overflow = overflow(table, base.overflow);
    Some(CompressedSpec {
        pool_frames: pool_frames?,
        ratio: ratio?,
        same_filled: same_filled?,
        largest: largest?,
        packing: packing?,
        compress: compress?,
        decompress: decompress?,
        fill: fill?,
        parallelism: parallelism?,
        overflow: overflow?,
        behind: behind?.map(Box::new),
    })
}

pub(super) fn far(table: &mut Reader<'_>, base: &FarSpec, site: Site) -> Option<FarSpec> {
    let behind = behind(table, base.behind.as_deref(), site);
    let capacity = pages(table, "capacity", site, base.capacity);
    let latency = table.duration("latency", Span::ZERO, Some(base.latency));
    let rate = bytes(table, "rate", base.rate);
    let software = table.duration("software", Span::ZERO, Some(base.software));
    let parallelism = table.count("parallelism", (1, 1 << 20), Some(base.parallelism));
    let overflow = overflow(table, base.overflow);
    Some(FarSpec {
        capacity: capacity?,
        latency: latency?,
        rate: rate?,
        software: software?,
        parallelism: parallelism?,
        overflow: overflow?,
        behind: behind?.map(Box::new),
    })
}

pub(super) fn remote(table: &mut Reader<'_>, base: &RemoteSpec, site: Site) -> Option<RemoteSpec> {
    let behind = behind(table, base.behind.as_deref(), site);
    let capacity = pages(table, "capacity", site, base.capacity);
    let round_trip = distribution(table, "round_trip", Measure::Time, &base.round_trip);
    let rate = bytes(table, "rate", base.rate);
    let software = table.duration("software", Span::ZERO, Some(base.software));
    let parallelism = table.count("parallelism", (1, 1 << 20), Some(base.parallelism));
    let overflow = overflow(table, base.overflow);
    Some(RemoteSpec {
        capacity: capacity?,
        round_trip: round_trip?,
        rate: rate?,
        software: software?,
        parallelism: parallelism?,
        overflow: overflow?,
        behind: behind?.map(Box::new),
    })
}

/// The device behind, or `"none"`.
fn behind(table: &mut Reader<'_>, base: Option<&DeviceSpec>, site: Site) -> Option<Option<DeviceSpec>> {
    let usual = DeviceSpec::Flash(flash::presets::sata_ssd());
    part(table, "behind", base, &usual, |inner, base| read(inner, Some(base), Some(site)))
}

fn overflow(table: &mut Reader<'_>, base: Overflow) -> Option<Overflow> {
    let mut inner = table.table("overflow");
    let accept = inner.fraction("accept", Some(base.accept));
    let write_back = inner.count("write_back", (0, 1 << 20), Some(base.write_back));
    let lines = inner.finish();
    table.put("overflow", Some(Text::Inline(lines.clone())), Some(Text::Inline(lines)));
    Some(Overflow { accept: accept?, write_back: write_back? })
}
