//! `[reclaim]`: the page daemon.

use super::device::part;
use super::effective::Text;
use super::quantity::{self, Fault};
use super::reader::Reader;
use super::tree::{Node, Value, quoted};
use crate::machine::{Cleaner, PageDaemon, Watermarks};
use crate::units::Span;

/// Most pages that are moved in one request.
pub(super) const MOST_CLUSTER: u32 = 1024;

/// What the section means; `Some(None)` is no daemon. `spare` are the frames of memory beyond one for each process.
pub(super) fn reclaim(
    root: &mut Reader<'_>,
    page_size: Option<u64>,
    frames: Option<u32>,
    spare: Option<u64>,
) -> Option<Option<PageDaemon>> {
    let mut table = root.table("reclaim");
    // Nothing is shown of a table's own defaults: each mark has to be given.
    let marks = part(&mut table, "watermarks", None, &Watermarks { min: 0, low: 0, high: 0 }, |table, _| {
        watermarks(table, page_size?, frames?, spare)
    });
    let daemon = match marks {
        None => {
            ["cost", "write_cluster", "cleaner"].iter().for_each(|key| {
                table.has(key);
            });
            None
        }
        Some(None) => {
            for key in ["cost", "write_cluster", "cleaner"] {
                let problem = "is the page daemon's, and there is none; allowed: with watermarks = { min, low, high }";
                table.pointless(key, "watermarks", problem);
            }
            Some(None)
        }
        Some(Some(watermarks)) => {
            let cost = table.duration("cost", Span::ZERO, Some(Span(1_000)));
            let write_cluster = table.count("write_cluster", (1, MOST_CLUSTER), Some(1));
            let usual = Cleaner { interval: Span(1_000_000_000), frames: 0 };
            let cleaner = part(&mut table, "cleaner", None, &usual, |table, usual| {
                let interval = table.duration("interval", Span(1), Some(usual.interval));
                let frames = table.count("frames", (1, frames?), None);
                Some(Cleaner { interval: interval?, frames: frames? })
            });
            let daemon =
                || Some(PageDaemon { watermarks, cost: cost?, write_cluster: write_cluster?, cleaner: cleaner? });
            daemon().map(Some)
        }
    };
    let lines = table.finish();
    // Without a daemon, the canonical text is that of a scenario that never heard of one.
    let cell = if daemon == Some(None) { None } else { Some(Text::Section(lines.clone())) };
    root.put("reclaim", Some(Text::Section(lines)), cell);
    daemon
}

fn watermarks(table: &mut Reader<'_>, page_size: u64, frames: u32, spare: Option<u64>) -> Option<Watermarks> {
    let mut mark = |key: &str| {
        let read = |node: &Node| frames_or_share(node, page_size, frames);
        let allowed = "frames, such as \"64 frames\" or \"2 %\" of memory";
        table.get(key, None, allowed, read, |frames| quoted(&format!("{frames} frames")))
    };
    let (min, low, high) = (mark("min"), mark("low"), mark("high"));
    let (min, low, high) = (min?, low?, high?);
    for (key, mark, below, name) in [("low", low, min, "min"), ("high", high, low, "low")] {
        if mark <= below {
            let fault = Fault::new(
                quoted(&format!("{mark} frames")),
                format_args!(
                    "more than {name}, which is {}: watermarks rise from min over low to high",
                    quoted(&format!("{below} frames"))
                ),
            );
            table.fault(key, fault);
            return None;
        }
    }
    if let Some(spare) = spare
        && u64::from(high) > spare
    {
        let fault = Fault::new(
            quoted(&format!("{high} frames")),
            format_args!(
                "up to {} of the {frames} frames of memory: each process needs one",
                quoted(&format!("{spare} frames"))
            ),
        );
        table.fault("high", fault);
        return None;
    }
    Some(Watermarks { min, low, high })
}

/// A number of frames, or a share of memory in per cent, rounded down.
fn frames_or_share(node: &Node, page_size: u64, frames: u32) -> Result<u32, Fault> {
    if let Value::Text(text) = &node.value
        && let Some(number) = text.trim().strip_suffix('%')
    {
        let share = number.trim().parse::<f64>().ok().filter(|share| (0.0..=100.0).contains(share));
        let share =
            share.ok_or_else(|| Fault::new(node.describe(), "from \"0 %\" to \"100 %\" of memory, or frames"))?;
        return Ok((f64::from(frames) * share / 100.0) as u32);
    }
    quantity::memory(node, page_size, (0, u64::from(frames)), false).map(|frames| frames as u32)
}
