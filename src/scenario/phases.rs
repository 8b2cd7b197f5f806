//! `kind = "phases"`: locality sets, how long each is held, and how its pages are referenced.

use super::distribution;
use super::effective::Text;
use super::quantity::{Fault, Measure};
use super::reader::{Reader, real};
use super::references::Needs;
use super::tree::{Node, Value, number};
use super::weights;
use crate::workload::{Layout, LocalitySets, Micromodel, PhasesSpec, Weights};

pub(super) fn read(table: &mut Reader<'_>, pages: Option<u32>, needs: &mut Needs) -> Option<PhasesSpec> {
    let sets = locality(table, pages);
    let layout = layout(table, pages);
    let holding = distribution::read(table, "holding", Measure::References, None);
    let micromodel = micromodel(table, needs);
    Some(PhasesSpec { sets: sets?, layout: layout?, holding: holding?, micromodel: micromodel? })
}

/// `layout` and, for scattered sets, `run_length`.
fn layout(table: &mut Reader<'_>, pages: Option<u32>) -> Option<Layout> {
    let words = [("scattered", Layout::Scattered), ("contiguous", Layout::Contiguous)];
    let layout = table.choice("layout", &words, Some("scattered"));
    match layout? {
        Layout::Contiguous => {
            let problem = "contradicts layout = \"contiguous\": a set is one run then; allowed: with \"scattered\"";
            table.pointless("run_length", "layout", problem);
            layout
        }
        _ => {
            let length = table.count("run_length", (1, pages.unwrap_or(u32::MAX)), Some(1))?;
            if length == 1 {
                table.plan_only("run_length");
                return layout;
            }
            if let Some(pages) = pages
                && pages % length != 0
            {
                let fault =
                    Fault::new(length, format_args!("a divisor of the {pages} pages of the range, which runs fill"));
                table.fault("run_length", fault);
                return None;
            }
            Some(Layout::Runs(length))
        }
    }
}

fn locality(source: &mut Reader<'_>, pages: Option<u32>) -> Option<LocalitySets> {
    if !source.has("locality") {
        source.missing("locality", "{ size = 40, overlap = 0.5 } or { sets = [[pages, probability], ...] }");
        return None;
    }
    let mut table = source.table("locality");
    let sets = if table.has("sets") {
        for key in ["size", "overlap", "points"] {
            table.pointless(key, "sets", "contradicts sets, which says everything about the locality sets");
        }
        fixed(&mut table)
    } else if is_normal(&mut table) {
        table.pointless("overlap", "size", "the sets of a discretised normal distribution are disjoint");
        normal(&mut table)
    } else {
        table.pointless("points", "size", "only a normal distribution of sizes is made discrete");
        fresh(&mut table, pages)
    };
    let place = table.place().clone();
    if let (Some(LocalitySets::Fixed(sets)), Some(pages)) = (&sets, pages) {
        let sum: u64 = sets.iter().map(|(size, _)| u64::from(*size)).sum();
        if sum > u64::from(pages) {
            let fault = Fault::new(
                format_args!("disjoint locality sets of {sum} pages together"),
                format_args!("at most {pages}, the pages of the range"),
            );
            table.context.report(&place, fault);
        }
    }
    let lines = table.finish();
    source.put("locality", Some(Text::Inline(lines.clone())), Some(Text::Inline(lines)));
    sets
}

fn fresh(table: &mut Reader<'_>, pages: Option<u32>) -> Option<LocalitySets> {
    let size = distribution::read(table, "size", Measure::Pages, None);
    let overlap = table.fraction("overlap", Some(0.0));
    if let (Some(size), Some(pages)) = (&size, pages)
        && size.mean() > f64::from(pages)
    {
        let fault = Fault::new(
            format_args!("a locality of {} pages", number(size.mean())),
            format_args!("at most {pages}, the pages of the range"),
        );
        table.fault("size", fault.help("enlarge pages of the process, or make the locality smaller"));
    }
    Some(LocalitySets::Fresh { size: size?, overlap: overlap? })
}

fn fixed(table: &mut Reader<'_>) -> Option<LocalitySets> {
    let allowed = "a list of [pages, probability], such as [[20, 0.5], [40, 0.5]]";
    let set = |node: &Node| match &node.value {
        Value::List(pair) => match pair.as_slice() {
            [Node { value: Value::Whole(size), .. }, probability] if (1..=i64::from(u32::MAX)).contains(size) => Ok((
                u32::try_from(*size).map_err(|_| Fault::new(size, allowed))?,
                real(probability, "a probability from 0 to 1", |probability| (0.0..=1.0).contains(&probability))?,
            )),
            _ => Err(Fault::new(node.inline(), allowed)),
        },
        _ => Err(Fault::new(node.describe(), allowed)),
    };
    let read = |node: &Node| {
        let Value::List(items) = &node.value else { return Err(Fault::new(node.describe(), allowed)) };
        let sets: Vec<(u32, f64)> = items.iter().map(set).collect::<Result<_, _>>()?;
        let sum: f64 = sets.iter().map(|(_, probability)| probability).sum();
        if (sum - 1.0).abs() > 1e-6 {
            let found = format!("probabilities that sum to {}", number(sum));
            return Err(Fault::new(found, "probabilities that sum to 1"));
        }
        Ok(sets)
    };
    let show = |sets: &Vec<(u32, f64)>| {
        let shown: Vec<String> =
            sets.iter().map(|(size, probability)| format!("[{size}, {}]", number(*probability))).collect();
        format!("[{}]", shown.join(", "))
    };
    table.get("sets", None, allowed, read, show).map(LocalitySets::Fixed)
}

fn is_normal(table: &mut Reader<'_>) -> bool {
    let Some(Value::Table(entries)) = table.entry("size").map(|entry| &entry.node.value) else { return false };
    entries
        .iter()
        .any(|entry| entry.key == "kind" && matches!(&entry.node.value, Value::Text(kind) if kind == "normal"))
}

/// Sizes at evenly spaced points from 2.5 standard deviations below the mean to as many above, each with the density of the
/// normal distribution there; one set for each size (Denning and Kahn 1975 use 11 points).
fn normal(table: &mut Reader<'_>) -> Option<LocalitySets> {
    let mut size = table.table("size");
    size.choice("kind", &[("normal", ())], None);
    let mean = size.get("mean", None, "40", |node| Measure::Pages.read(node), |mean| number(*mean));
    let sd = size.real("sd", "a number of pages above 0", None, |sd| sd > 0.0 && sd <= 1e9);
    let sd_fault = |fault: Fault, size: &Reader<'_>| size.fault("sd", fault);
    let points = table.count("points", (2, 1001), Some(11));
    let sets = match (mean, sd, points) {
        (Some(mean), Some(sd), Some(points)) if mean - 2.5 * sd < 0.5 || mean + 2.5 * sd > 4e9 => {
            let _ = points;
            let fault = Fault::new(
                format_args!("{}: 2.5 standard deviations below the mean there is no page left", number(sd)),
                format_args!("less than {}", number((mean - 0.5) / 2.5)),
            );
            sd_fault(fault, &size);
            None
        }
        (Some(mean), Some(sd), Some(points)) => {
            let offsets = (0..points).map(|i| 5.0 * f64::from(i) / f64::from(points - 1) - 2.5);
            let sets: Vec<(f64, f64)> = offsets.map(|z| (mean + z * sd, libm::exp(-0.5 * z * z))).collect();
            let sum: f64 = sets.iter().map(|(_, density)| density).sum();
            Some(sets.into_iter().map(|(size, density)| (libm::round(size) as u32, density / sum)).collect())
        }
        _ => None,
    };
    let lines = size.finish();
    // The size stands before the number of points in both texts.
    table.put("size", Some(Text::Inline(lines.clone())), Some(Text::Inline(lines)));
    sets.map(LocalitySets::Fixed)
}

#[derive(Clone, Copy)]
enum Kind {
    Random,
    Cyclic,
    Sawtooth,
    Zipf,
    Geometric,
    HotCold,
    LruStack,
}

const PLAIN: &[(&str, Kind)] = &[("random", Kind::Random), ("cyclic", Kind::Cyclic), ("sawtooth", Kind::Sawtooth)];
const KINDS: &[(&str, Kind)] = &[
    ("random", Kind::Random),
    ("cyclic", Kind::Cyclic),
    ("sawtooth", Kind::Sawtooth),
    ("zipf", Kind::Zipf),
    ("geometric", Kind::Geometric),
    ("hot-cold", Kind::HotCold),
    ("lru-stack", Kind::LruStack),
];

fn micromodel(source: &mut Reader<'_>, needs: &mut Needs) -> Option<Micromodel> {
    let table = matches!(source.entry("micromodel").map(|entry| &entry.node.value), Some(Value::Table(_)));
    if !table {
        let plain = |source: &mut Reader<'_>| source.choice("micromodel", PLAIN, Some("random"));
        let text = match source.entry("micromodel").map(|entry| &entry.node.value) {
            Some(Value::Text(text)) => text.as_str(),
            _ => "",
        };
        // A kind that has parameters needs a table, and this is what to write.
        if KINDS.iter().any(|(name, _)| *name == text) && PLAIN.iter().all(|(name, _)| *name != text) {
            let fault = Fault::new(format_args!("\"{text}\""), "a table for a micromodel with parameters");
            source.fault("micromodel", fault.help(format!("write {{ kind = \"{text}\", ... }}")));
            return None;
        }
        return match plain(source)? {
            Kind::Cyclic => Some(Micromodel::Cyclic),
            Kind::Sawtooth => Some(Micromodel::Sawtooth),
            _ => Some(Micromodel::Random(Weights::Uniform)),
        };
    }
    let mut table = source.table("micromodel");
    let micromodel = match table.choice("kind", KINDS, None) {
        None => {
            table.mute();
            None
        }
        Some(Kind::Random) => Some(Micromodel::Random(Weights::Uniform)),
        Some(Kind::Cyclic) => Some(Micromodel::Cyclic),
        Some(Kind::Sawtooth) => Some(Micromodel::Sawtooth),
        Some(Kind::Zipf) => weights::zipf(&mut table).map(Micromodel::Random),
        Some(Kind::Geometric) => weights::geometric(&mut table).map(Micromodel::Random),
        Some(Kind::HotCold) => weights::hot_cold(&mut table).map(Micromodel::Random),
        Some(Kind::LruStack) => {
            needs.walk.get_or_insert((table.place_of("kind"), "the LRU-stack model"));
            weights::of_any(&mut table, "weights").map(Micromodel::LruStack)
        }
    };
    let lines = table.finish();
    let short = match micromodel {
        Some(Micromodel::Cyclic) => Some("\"cyclic\""),
        Some(Micromodel::Sawtooth) => Some("\"sawtooth\""),
        Some(Micromodel::Random(Weights::Uniform)) => Some("\"random\""),
        _ => None,
    };
    let cell = short.map_or_else(|| Text::Inline(lines.clone()), |short| Text::Value(short.to_owned()));
    source.put("micromodel", Some(Text::Inline(lines)), Some(cell));
    micromodel
}
