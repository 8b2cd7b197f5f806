//! `[sweep]`: axes over keys of the scenario; several make a grid.

use super::origin::{Layer, Origin};
use super::quantity::{Fault, split};
use super::reader::{Context, Place, Reader};
use super::resolve::ORDER;
use super::suggest;
use super::tree::{Entry, Node, Table, Value, number, quoted};

/// Most cells of a grid.
const MOST_CELLS: usize = 100_000;

/// Keys that are no part of a cell: every cell would be the same.
const CONTROL: &[&str] =
    &["name", "title", "run.seed", "run.replications", "run.confidence", "run.precision", "run.max_replications"];

/// An axis: a path in the document, and the values it takes.
#[derive(Debug)]
pub(super) struct SweepAxis {
    pub(super) path: Vec<String>,
    pub(super) values: Vec<Node>,
    /// Where the path stands.
    pub(super) origin: Origin,
    /// Who had the last word on it.
    layer: Layer,
}

/// Reads a dotted path, in which parts may be quoted, and completes `class.key` to `process.class.key`.
pub(super) fn path(text: &str, document: &Node) -> Result<Vec<String>, Fault> {
    let malformed = || Fault::new(quoted(text.trim()), "a dotted path, such as process.worker.count");
    let mut parts = parts(text).ok_or_else(malformed)?;
    let first = parts.first().cloned().ok_or_else(malformed)?;
    if ORDER.contains(&first.as_str()) {
        return Ok(parts);
    }
    let classes: Vec<&str> = match document.find(&["process".to_owned()]).map(|node| &node.value) {
        Some(Value::Table(classes)) => classes.iter().map(|class| class.key.as_str()).collect(),
        _ => Vec::new(),
    };
    if classes.contains(&first.as_str()) {
        parts.insert(0, "process".to_owned());
        return Ok(parts);
    }
    let known = || ORDER.iter().copied().chain(classes.iter().copied());
    let allowed = format!("a path that begins with one of {}", known().collect::<Vec<_>>().join(", "));
    let fault = Fault::new(format_args!("unknown key {}", quoted(&first)), allowed);
    Err(match suggest::closest(&first, known()) {
        Some(near) => fault.help(format!("did you mean {near}?")),
        None => fault,
    })
}

/// The parts of a dotted path; some may be quoted.
fn parts(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    loop {
        let (part, after) = match rest.chars().next()? {
            quote @ ('"' | '\'') => {
                let (part, after) = rest.get(1..)?.split_once(quote)?;
                (part, after.trim_start())
            }
            _ => {
                let end = rest.find('.').unwrap_or(rest.len());
                (rest.get(..end)?.trim(), rest.get(end..)?)
            }
        };
        if part.is_empty() {
            return None;
        }
        parts.push(part.to_owned());
        match after.strip_prefix('.') {
            Some(after) => rest = after.trim_start(),
            None if after.is_empty() => break,
            None => return None,
        }
    }
    (parts.len() <= 32).then_some(parts)
}

/// Reads the axes, in order. Complaints go to the context.
pub(super) fn axes(context: &Context<'_>, document: &Node) -> Vec<SweepAxis> {
    let Some(sweep) = document.find(&["sweep".to_owned()]) else { return Vec::new() };
    let place = Place { origin: sweep.origin.clone(), key: "sweep".to_owned() };
    let Value::Table(table) = &sweep.value else {
        context.report(&place, Fault::new(sweep.describe(), "a section with one line for each axis"));
        return Vec::new();
    };
    let mut entries = Vec::new();
    flatten(table, "", &mut entries);
    if entries.is_empty() {
        let fault = Fault::new("an empty sweep", "at least one axis, such as \"process.worker.count\" = \"1..24\"");
        context.report(&place, fault);
    }
    let mut axes: Vec<SweepAxis> = Vec::new();
    for (key, entry) in entries {
        let at = Place { origin: entry.origin.clone(), key: format!("sweep.{}", quoted(&key)) };
        let path = match path(&key, document) {
            Ok(path) => path,
            Err(fault) => {
                context.report(&at, fault);
                continue;
            }
        };
        let full = path.join(".");
        if CONTROL.contains(&full.as_str()) || path.first().is_some_and(|first| first == "sweep") {
            let fault = Fault::new(format_args!("an axis over {full}"), "an axis over a key that changes a run");
            context.report(&at, fault);
            continue;
        }
        let layer = entry.node.origin.layer;
        let earlier = axes.iter().position(|axis| axis.path == path);
        // An override may spell the key of an axis in another way than the file.
        if earlier.and_then(|index| axes.get(index)).is_some_and(|axis| axis.layer >= layer) {
            context.report(&at, Fault::new(format_args!("a second axis over {full}"), "one axis for each key"));
            continue;
        }
        match values(context, &at, &entry.node) {
            Ok(mut values) => {
                values.iter_mut().for_each(|node| node.rebase(&node.origin.of_sweep()));
                let axis = SweepAxis { path, values, origin: entry.origin.of_sweep(), layer };
                match earlier.and_then(|index| axes.get_mut(index)) {
                    Some(earlier) => *earlier = axis,
                    None => axes.push(axis),
                }
            }
            Err(fault) => context.report(&Place { origin: entry.node.origin.clone(), ..at }, fault),
        }
    }
    let cells = axes.iter().try_fold(1_usize, |cells, axis| cells.checked_mul(axis.values.len()));
    if cells.is_none_or(|cells| cells > MOST_CELLS) {
        let sizes: Vec<String> = axes.iter().map(|axis| axis.values.len().to_string()).collect();
        let fault =
            Fault::new(format_args!("a grid of {} cells", sizes.join(" × ")), format_args!("up to {MOST_CELLS} cells"));
        context.report(&place, fault);
        return Vec::new();
    }
    axes
}

/// `process.worker.count = ...` without quotes makes nested tables; they mean the same as the quoted path.
fn flatten<'a>(table: &'a Table, prefix: &str, found: &mut Vec<(String, &'a Entry)>) {
    for entry in table {
        let key = if prefix.is_empty() { entry.key.clone() } else { format!("{prefix}.{}", entry.key) };
        match &entry.node.value {
            Value::Table(inner)
                if !inner.iter().any(|entry| ["from", "to", "step", "factor"].contains(&entry.key.as_str()))
                    && !inner.is_empty() =>
            {
                flatten(inner, &key, found);
            }
            _ => found.push((key, entry)),
        }
    }
}

const ALLOWED: &str =
    "\"1..24\", { from = 1, to = 24, step = 1 }, { from = 1, to = 1000, factor = 10 } or a list of values";

fn values(context: &Context<'_>, at: &Place, node: &Node) -> Result<Vec<Node>, Fault> {
    let values = match &node.value {
        Value::List(items) => items.clone(),
        Value::Text(text) => whole_range(text, node)?,
        Value::Table(_) => range(context, at, node)?,
        _ => return Err(Fault::new(node.describe(), ALLOWED)),
    };
    if values.is_empty() {
        return Err(Fault::new(format_args!("{}, which is empty", node.inline()), ALLOWED));
    }
    let mut shown: Vec<String> = values.iter().map(Node::inline).collect();
    shown.sort();
    if let Some(pair) = shown.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Fault::new(format_args!("{} twice", pair[0]), "each value once"));
    }
    Ok(values)
}

/// `"1..24"`: both ends included.
fn whole_range(text: &str, node: &Node) -> Result<Vec<Node>, Fault> {
    let ends = text.split_once("..").and_then(|(from, to)| {
        Some((from.trim().parse::<i64>().ok()?, to.trim().trim_start_matches('=').parse::<i64>().ok()?))
    });
    let Some((from, to)) = ends else { return Err(Fault::new(node.describe(), ALLOWED)) };
    if from > to {
        let fault = Fault::new(format_args!("{}, which is empty", node.describe()), "a range that ascends");
        return Err(fault.help(format!("write \"{to}..{from}\"")));
    }
    if i128::from(to) - i128::from(from) >= MOST_CELLS as i128 {
        return Err(Fault::new(node.describe(), format_args!("up to {MOST_CELLS} values")));
    }
    Ok((from..=to).map(|value| Node { value: Value::Whole(value), origin: node.origin.clone() }).collect())
}

/// `{ from, to, step }` or `{ from, to, factor }`: plain numbers, or quantities of one unit.
fn range(context: &Context<'_>, at: &Place, node: &Node) -> Result<Vec<Node>, Fault> {
    let mut table = Reader::of_node(context, node, at.key.clone());
    let mut end = |key: &str| {
        let Some(entry) = table.entry(key) else { return Ok(None) };
        match &entry.node.value {
            Value::Whole(whole) => Ok(Some((*whole as f64, String::new()))),
            Value::Real(real) if real.is_finite() => Ok(Some((*real, String::new()))),
            Value::Text(text) => {
                let (digits, unit) = split(text);
                let value = digits.replace('_', "").parse::<f64>().ok().filter(|value| value.is_finite());
                value.map(|value| Some((value, unit.to_owned()))).ok_or_else(|| {
                    Fault::new(
                        format_args!("{key} = {}", entry.node.describe()),
                        "a number, with its unit if it has one",
                    )
                })
            }
            _ => Err(Fault::new(
                format_args!("{key} = {}", entry.node.describe()),
                "a number, with its unit if it has one",
            )),
        }
    };
    let (from, to, step, factor) = (end("from")?, end("to")?, end("step")?, end("factor")?);
    table.finish();
    let (Some((from, unit)), Some((to, to_unit))) = (from, to) else {
        return Err(Fault::new(node.inline(), ALLOWED));
    };
    if unit != to_unit || step.as_ref().is_some_and(|(_, step_unit)| *step_unit != unit) {
        return Err(Fault::new(node.inline(), "from, to and step in the same unit"));
    }
    if factor.as_ref().is_some_and(|(_, unit)| !unit.is_empty()) || (factor.is_some() && step.is_some()) {
        return Err(Fault::new(node.inline(), "either a step, or a factor without a unit"));
    }
    let count = match &factor {
        Some((factor, _)) if *factor > 1.0 && from > 0.0 => libm::log(to / from) / libm::log(*factor),
        Some(_) => return Err(Fault::new(node.inline(), "a factor above 1, and from above 0")),
        None => (to - from) / step.as_ref().map_or(1.0, |(step, _)| *step),
    };
    if !count.is_finite() || count < 0.0 {
        return Err(Fault::new(format_args!("{}, which is empty", node.inline()), ALLOWED));
    }
    if count >= MOST_CELLS as f64 {
        return Err(Fault::new(node.inline(), format_args!("up to {MOST_CELLS} values")));
    }
    // A little over, so that 0 to 1 by 0.1 ends at 1 in spite of rounding.
    let last = libm::floor(count + 1e-9) as u32;
    let value = |i: u32| {
        let exact = match &factor {
            Some((factor, _)) => from * libm::pow(*factor, f64::from(i)),
            None => from + f64::from(i) * step.as_ref().map_or(1.0, |(step, _)| *step),
        };
        // Twelve digits, so that 0.1 · 3 is 0.3.
        let rounded: f64 = format!("{exact:.11e}").parse().unwrap_or(exact);
        let value = if !unit.is_empty() {
            Value::Text(format!("{} {unit}", number(rounded)))
        } else if libm::trunc(rounded) == rounded && rounded.abs() < 1e15 {
            Value::Whole(rounded as i64)
        } else {
            Value::Real(rounded)
        };
        Node { value, origin: node.origin.clone() }
    };
    Ok((0..=last).map(value).collect())
}
