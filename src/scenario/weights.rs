//! Relative weights of pages: `"uniform"`, a table with a kind, or a list of numbers.

use super::effective::Text;
use super::quantity::Fault;
use super::reader::{Reader, real, word};
use super::tree::{Node, Value, number};
use crate::workload::Weights;

const ALLOWED: &str = "\"uniform\", { kind = \"zipf\", exponent = 1 }, { kind = \"geometric\", ratio = 0.9 }, \
                       { kind = \"hot-cold\", hot_pages = 0.1, hot_references = 0.9 } or a list of numbers";

#[derive(Clone, Copy)]
enum Kind {
    Uniform,
    Zipf,
    Geometric,
    HotCold,
}

const KINDS: &[(&str, Kind)] =
    &[("uniform", Kind::Uniform), ("zipf", Kind::Zipf), ("geometric", Kind::Geometric), ("hot-cold", Kind::HotCold)];

/// Reads the weights of a range of pages, by default uniform. A list has one number for each page; that of a stack may be
/// shorter, for the distances beyond it never occur.
pub(super) fn of_range(reader: &mut Reader<'_>, key: &str, pages: Option<u32>, stack: bool) -> Option<Weights> {
    match reader.entry(key).map(|entry| &entry.node) {
        Some(Node { value: Value::List(items), .. }) => explicit(reader, key, items, pages, stack),
        _ => of_any(reader, key),
    }
}

/// Reads weights that fit a set of any size.
pub(super) fn of_any(reader: &mut Reader<'_>, key: &str) -> Option<Weights> {
    match reader.entry(key).map(|entry| &entry.node) {
        Some(Node { value: Value::Table(_), .. }) => {
            let mut table = reader.table(key);
            let weights = match table.choice("kind", KINDS, None) {
                None => {
                    table.mute();
                    None
                }
                Some(Kind::Uniform) => Some(Weights::Uniform),
                Some(Kind::Zipf) => zipf(&mut table),
                Some(Kind::Geometric) => geometric(&mut table),
                Some(Kind::HotCold) => hot_cold(&mut table),
            };
            let lines = table.finish();
            let cell = match weights {
                Some(Weights::Uniform) => Text::Value("\"uniform\"".to_owned()),
                _ => Text::Inline(lines.clone()),
            };
            reader.put(key, Some(Text::Inline(lines)), Some(cell));
            weights
        }
        Some(node @ Node { value: Value::List(_), .. }) => {
            let fault = Fault::new(node.describe(), "weights that fit a set of any size: \"uniform\" or a table");
            reader.fault(key, fault);
            None
        }
        _ => {
            let read =
                |node: &Node| word(node, &["uniform"]).map(|_| ()).map_err(|_| Fault::new(node.describe(), ALLOWED));
            reader.get(key, Some(()), ALLOWED, read, |()| "\"uniform\"".to_owned()).map(|()| Weights::Uniform)
        }
    }
}

pub(super) fn zipf(table: &mut Reader<'_>) -> Option<Weights> {
    table
        .real("exponent", "a number from 0 to 20", Some(1.0), |exponent| (0.0..=20.0).contains(&exponent))
        .map(|exponent| Weights::Zipf { exponent })
}

pub(super) fn geometric(table: &mut Reader<'_>) -> Option<Weights> {
    table
        .real("ratio", "a number between 0 and 1", None, |ratio| ratio > 0.0 && ratio < 1.0)
        .map(|ratio| Weights::Geometric { ratio })
}

pub(super) fn hot_cold(table: &mut Reader<'_>) -> Option<Weights> {
    let inside = |share: f64| share > 0.0 && share < 1.0;
    let hot_pages = table.real("hot_pages", "a share of the pages between 0 and 1", None, inside);
    let hot_references = table.real("hot_references", "a share of the references between 0 and 1", None, inside);
    Some(Weights::HotCold { hot_pages: hot_pages?, hot_references: hot_references? })
}

fn explicit(reader: &mut Reader<'_>, key: &str, items: &[Node], pages: Option<u32>, stack: bool) -> Option<Weights> {
    let mut weights = Vec::with_capacity(items.len());
    for item in items {
        match real(item, "a weight from 0 to 1e300", |weight| (0.0..=1e300).contains(&weight)) {
            Ok(weight) => weights.push(weight),
            Err(fault) => {
                reader.fault(key, fault);
                return None;
            }
        }
    }
    let sum: f64 = weights.iter().sum();
    if sum <= 0.0 || !sum.is_finite() {
        reader.fault(
            key,
            Fault::new(format_args!("weights that sum to {}", number(sum)), "a sum that is positive and finite"),
        );
        return None;
    }
    let pages = pages? as usize;
    if weights.len() > pages || (weights.len() < pages && !stack) {
        let allowed = if stack { format!("up to {pages}") } else { pages.to_string() };
        let fault = Fault::new(
            format_args!("{} weights", weights.len()),
            format_args!("{allowed}, one for each page of the range"),
        );
        reader.fault(key, fault);
        return None;
    }
    let shown: Vec<String> = weights.iter().map(|weight| number(*weight)).collect();
    reader.put_value(key, format!("[{}]", shown.join(", ")));
    weights.resize(pages, 0.0);
    Some(Weights::Explicit(weights.into()))
}
