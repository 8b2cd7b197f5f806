//! Magnetic disks and drums.

use super::super::effective::{Line, Text};
use super::super::quantity::{self, Fault};
use super::super::reader::{self, Reader};
use super::super::tree::{Node, Value, quoted};
use super::{bytes, pages, part};
use crate::device::Site;
use crate::device::disk::{
    DeadlineSpec, DiskSpec, ReadCacheSpec, SCHEDULERS, SchedulerSpec, SeekCurve, WriteCacheSpec, Zone,
};
use crate::device::drum::{DrumOrder, DrumSpec};
use crate::units::Span;

/// What a read cache begins from where the preset has none.
const READ_CACHE: ReadCacheSpec = ReadCacheSpec { segments: 1, segment_bytes: 128 << 10, read_ahead: true };
/// The same for a write cache.
const WRITE_CACHE: WriteCacheSpec = WriteCacheSpec { pages: 64, run: 16 };

pub(super) fn read(table: &mut Reader<'_>, base: &DiskSpec) -> Option<DiskSpec> {
    let sector_bytes = table.count("sector_bytes", (1, 1 << 20), Some(base.sector_bytes));
    let heads = table.count("heads", (1, 1_000), Some(base.heads));
    let zones = zones(table, &base.zones);
    let revolution = table.duration("revolution", Span(1), Some(base.revolution));
    let mut inner = table.table("seek");
    let seek = seek(&mut inner, &base.seek);
    let lines = inner.finish();
    table.put("seek", Some(Text::Section(lines.clone())), Some(Text::Section(lines)));
    let mut time = |key: &str, default: Span| table.duration(key, Span::ZERO, Some(default));
    let head_switch = time("head_switch", base.head_switch);
    let write_settle = time("write_settle", base.write_settle);
    let read_overhead = time("read_overhead", base.read_overhead);
    let write_overhead = time("write_overhead", base.write_overhead);
    let bus_rate = bytes(table, "bus_rate", base.bus_rate);
    let read_cache = part(table, "read_cache", base.read_cache.as_ref(), &READ_CACHE, |table, base| {
        let segments = table.count("segments", (1, 1 << 16), Some(base.segments));
        let segment_bytes = bytes(table, "segment_bytes", base.segment_bytes);
        let read_ahead = table.flag("read_ahead", base.read_ahead);
        Some(ReadCacheSpec { segments: segments?, segment_bytes: segment_bytes?, read_ahead: read_ahead? })
    });
    let write_cache = part(table, "write_cache", base.write_cache.as_ref(), &WRITE_CACHE, |table, base| {
        let pages = table.count("pages", (1, 1 << 24), Some(base.pages));
        let run = table.count("run", (1, 1 << 16), Some(base.run));
        Some(WriteCacheSpec { pages: pages?, run: run? })
    });
    let scheduler = scheduler(table, &base.scheduler);
    Some(DiskSpec {
        sector_bytes: sector_bytes?,
        heads: heads?,
        zones: zones?,
        revolution: revolution?,
        seek: seek?,
        head_switch: head_switch?,
        write_settle: write_settle?,
        read_overhead: read_overhead?,
        write_overhead: write_overhead?,
        bus_rate: bus_rate?,
        read_cache: read_cache?,
        write_cache: write_cache?,
        scheduler: scheduler?,
    })
}

fn show_zones(zones: &[Zone]) -> String {
    let shown: Vec<String> = zones
        .iter()
        .map(|zone| {
            format!(
                "{{ cylinders = {}, sectors_per_track = {}, track_skew = {}, cylinder_skew = {} }}",
                zone.cylinders, zone.sectors_per_track, zone.track_skew, zone.cylinder_skew
            )
        })
        .collect();
    format!("[{}]", shown.join(", "))
}

fn zones(table: &mut Reader<'_>, base: &[Zone]) -> Option<Vec<Zone>> {
    let allowed = "a list such as [{ cylinders = 1962, sectors_per_track = 72 }], from the outside in";
    let zones = match table.entry("zones") {
        None => base.to_vec(),
        Some(entry) => {
            let Value::List(items) = &entry.node.value else {
                table.fault("zones", Fault::new(entry.node.describe(), allowed));
                return None;
            };
            let path = table.place_of("zones").key;
            // Every zone is looked at, so that every mistake is found.
            let zones: Vec<Option<Zone>> = items
                .iter()
                .enumerate()
                .map(|(number, item)| {
                    let mut zone = Reader::of_node(table.context, item, format!("{path}[{number}]"));
                    let cylinders = zone.count("cylinders", (1, 1 << 24), None);
                    let sectors_per_track = zone.count("sectors_per_track", (1, 1 << 20), None);
                    let track_skew = zone.count("track_skew", (0, 1 << 20), Some(0));
                    let cylinder_skew = zone.count("cylinder_skew", (0, 1 << 20), Some(0));
                    zone.finish();
                    Some(Zone {
                        cylinders: cylinders?,
                        sectors_per_track: sectors_per_track?,
                        track_skew: track_skew?,
                        cylinder_skew: cylinder_skew?,
                    })
                })
                .collect();
            zones.into_iter().collect::<Option<_>>()?
        }
    };
    table.put_value("zones", show_zones(&zones));
    Some(zones)
}

fn seek(table: &mut Reader<'_>, base: &SeekCurve) -> Option<SeekCurve> {
    const PIECES: [&str; 5] = ["near_base", "near_factor", "far_from", "far_base", "far_factor"];
    let pieces = PIECES.map(|key| table.has(key)).contains(&true);
    let has_table = table.has("table");
    if has_table {
        for key in PIECES {
            table.pointless(key, "table", "contradicts table; give either a table or the two pieces of the curve");
        }
    }
    let points = match base {
        SeekCurve::Table(points) if !pieces => Some(points.clone()),
        _ => None,
    };
    if has_table || points.is_some() {
        let allowed = "a list of pairs of distance and time, such as [[1, \"2 ms\"], [1000, \"9 ms\"]]";
        let show = |points: &Vec<(u32, Span)>| {
            let shown: Vec<String> = points
                .iter()
                .map(|(distance, time)| format!("[{distance}, {}]", quoted(&quantity::show_duration(time.0))))
                .collect();
            format!("[{}]", shown.join(", "))
        };
        let read = |node: &Node| -> Result<Vec<(u32, Span)>, Fault> {
            let wrong = || Fault::new(node.describe(), allowed);
            let Value::List(items) = &node.value else { return Err(wrong()) };
            let pair = |item: &Node| match &item.value {
                Value::List(pair) => match pair.as_slice() {
                    [Node { value: Value::Whole(distance), .. }, time] => {
                        let distance = u32::try_from(*distance).map_err(|_| wrong())?;
                        Ok((distance, Span(quantity::duration(time, 0)?)))
                    }
                    _ => Err(wrong()),
                },
                _ => Err(wrong()),
            };
            items.iter().map(pair).collect()
        };
        return table.get("table", points, allowed, read, show).map(SeekCurve::Table);
    }
    let (base_near, near, from, base_far, far) = match base {
        SeekCurve::TwoPiece { near_base, near_factor, far_from, far_base, far_factor } => {
            (Some(*near_base), Some(*near_factor), Some(*far_from), Some(*far_base), Some(*far_factor))
        }
        SeekCurve::Table(_) => (None, None, None, None, None),
    };
    let allowed = "a number of nanoseconds that is not negative";
    let near_base = table.duration("near_base", Span::ZERO, base_near);
    let near_factor = table.real("near_factor", allowed, near, |factor| (0.0..=1e12).contains(&factor));
    let far_from = table.count("far_from", (1, 1 << 24), from);
    let far_base = table.duration("far_base", Span::ZERO, base_far);
    let far_factor = table.real("far_factor", allowed, far, |factor| (0.0..=1e12).contains(&factor));
    Some(SeekCurve::TwoPiece {
        near_base: near_base?,
        near_factor: near_factor?,
        far_from: far_from?,
        far_base: far_base?,
        far_factor: far_factor?,
    })
}

/// A word, or a table for the scheduler that has parameters.
fn scheduler(table: &mut Reader<'_>, base: &SchedulerSpec) -> Option<SchedulerSpec> {
    let names: Vec<&str> = SCHEDULERS.iter().map(|entry| entry.name).collect();
    let named = |name: &str| SCHEDULERS.iter().find(|entry| entry.name == name).map(|entry| entry.spec);
    let mut lines: Option<Vec<Line>> = None;
    let spec = match table.entry("scheduler").map(|entry| &entry.node) {
        None => Some(*base),
        Some(Node { value: Value::Table(_), .. }) => {
            let words: Vec<(&str, SchedulerSpec)> = SCHEDULERS.iter().map(|entry| (entry.name, entry.spec)).collect();
            let mut inner = table.table("scheduler");
            let spec = match inner.choice("kind", &words, None) {
                Some(SchedulerSpec::Deadline(usual)) => deadline(&mut inner, &usual).map(SchedulerSpec::Deadline),
                Some(other) => Some(other),
                None => {
                    inner.mute();
                    None
                }
            };
            lines = Some(inner.finish());
            spec
        }
        Some(node) => match reader::word(node, &names) {
            Ok(name) => named(name),
            Err(fault) => {
                table.fault("scheduler", fault);
                None
            }
        },
    }?;
    let text = match (lines, spec) {
        (Some(lines), SchedulerSpec::Deadline(_)) => Text::Inline(lines),
        (None, SchedulerSpec::Deadline(deadline)) => Text::Value(format!(
            "{{ kind = \"deadline\", read_expire = {}, write_expire = {}, batch = {}, writes_starved = {} }}",
            quoted(&quantity::show_duration(deadline.read_expire.0)),
            quoted(&quantity::show_duration(deadline.write_expire.0)),
            deadline.batch,
            deadline.writes_starved
        )),
        _ => {
            let entry = SCHEDULERS.iter().find(|entry| entry.spec == spec);
            Text::Value(quoted(entry.map_or("fcfs", |entry| entry.name)))
        }
    };
    table.put("scheduler", Some(text.clone()), Some(text));
    Some(spec)
}

fn deadline(table: &mut Reader<'_>, base: &DeadlineSpec) -> Option<DeadlineSpec> {
    let read_expire = table.duration("read_expire", Span::ZERO, Some(base.read_expire));
    let write_expire = table.duration("write_expire", Span::ZERO, Some(base.write_expire));
    let batch = table.count("batch", (1, 1 << 20), Some(base.batch));
    let writes_starved = table.count("writes_starved", (0, 1 << 20), Some(base.writes_starved));
    Some(DeadlineSpec {
        read_expire: read_expire?,
        write_expire: write_expire?,
        batch: batch?,
        writes_starved: writes_starved?,
    })
}

pub(super) fn drum(table: &mut Reader<'_>, base: &DrumSpec, site: Site) -> Option<DrumSpec> {
    let sectors = table.count("sectors", (1, 1 << 20), Some(base.sectors));
    let page_sectors = table.count("page_sectors", (1, 1 << 20), Some(base.page_sectors));
    let revolution = table.duration("revolution", Span(1), Some(base.revolution));
    let overhead = table.duration("overhead", Span::ZERO, Some(base.overhead));
    let usual = if base.order == DrumOrder::Fcfs { "fcfs" } else { "sltf" };
    let order = table.choice("order", &[("fcfs", DrumOrder::Fcfs), ("sltf", DrumOrder::Sltf)], Some(usual));
    let capacity = pages(table, "capacity", site, base.capacity);
    Some(DrumSpec {
        sectors: sectors?,
        page_sectors: page_sectors?,
        revolution: revolution?,
        overhead: overhead?,
        order: order?,
        capacity: capacity?,
    })
}
