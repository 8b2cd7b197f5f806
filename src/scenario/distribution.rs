//! Distributions: `"5 ms"` alone is a constant, `{ kind = "exponential", mean = "5 ms" }` and its like are tables.

use super::effective::{Line, Text};
use super::quantity::{Fault, Measure};
use super::reader::{Place, Reader};
use super::tree::{Node, Value, number, quoted};
use crate::rng::Distribution;
use std::sync::Arc;

#[derive(Clone, Copy)]
enum Kind {
    Constant,
    Exponential,
    Lognormal,
    Pareto,
    Weibull,
    Gamma,
    Empirical,
}

const KINDS: &[(&str, Kind)] = &[
    ("constant", Kind::Constant),
    ("exponential", Kind::Exponential),
    ("lognormal", Kind::Lognormal),
    ("pareto", Kind::Pareto),
    ("weibull", Kind::Weibull),
    ("gamma", Kind::Gamma),
    ("empirical", Kind::Empirical),
];

/// Reads a distribution; a missing one is a fault unless there is a default.
pub(super) fn read(
    reader: &mut Reader<'_>,
    key: &str,
    measure: Measure,
    default: Option<Distribution>,
) -> Option<Distribution> {
    let Some(entry) = reader.entry(key) else {
        match &default {
            Some(Distribution::Constant(value)) => reader.put_value(key, measure.show(*value)),
            Some(_) => {}
            None => reader.missing(key, &allowed(measure)),
        }
        return default;
    };
    match &entry.node.value {
        Value::Table(_) => {
            let mut table = reader.table(key);
            let distribution = table_of(&mut table, measure);
            let lines = table.finish();
            match &distribution {
                // The same meaning as the short form, so the same text.
                Some(Distribution::Constant(value)) => {
                    let short = Text::Value(measure.show(*value));
                    reader.put(key, Some(Text::Inline(lines)), Some(short));
                }
                _ => reader.put(key, Some(Text::Inline(lines.clone())), Some(Text::Inline(lines))),
            }
            distribution
        }
        Value::List(_) => {
            let fault = Fault::new(entry.node.describe(), allowed(measure));
            let example = measure.example();
            reader.fault(key, fault.help(format!("write {{ kind = \"empirical\", values = [{example}] }}")));
            None
        }
        _ => reader
            .get(key, None, "", |node| value(node, measure), |value| measure.show(*value))
            .map(Distribution::Constant),
    }
}

/// A distribution as the effective scenario has it.
pub(super) fn show(distribution: &Distribution, measure: Measure) -> Text {
    let fields = |kind: &str, fields: &[(&str, String)]| {
        let kind = ("kind", quoted(kind));
        let line = |(key, value): &(&str, String)| {
            let text = Some(Text::Value(value.clone()));
            Line { key: (*key).to_owned(), plan: text.clone(), cell: text }
        };
        Text::Inline(std::iter::once(&kind).chain(fields).map(line).collect())
    };
    let mean = |mean: f64| ("mean", measure.show(mean));
    match distribution {
        Distribution::Constant(value) => Text::Value(measure.show(*value)),
        Distribution::Exponential { mean: m } => fields("exponential", &[mean(*m)]),
        Distribution::Lognormal { mean: m, cv } => fields("lognormal", &[mean(*m), ("cv", number(*cv))]),
        Distribution::Gamma { mean: m, cv } => fields("gamma", &[mean(*m), ("cv", number(*cv))]),
        Distribution::Pareto { mean: m, shape } => fields("pareto", &[mean(*m), ("shape", number(*shape))]),
        Distribution::Weibull { mean: m, shape } => fields("weibull", &[mean(*m), ("shape", number(*shape))]),
        Distribution::Empirical(values) => {
            let values: Vec<String> = values.iter().map(|value| measure.show(*value)).collect();
            fields("empirical", &[("values", format!("[{}]", values.join(", ")))])
        }
    }
}

fn value(node: &Node, measure: Measure) -> Result<f64, Fault> {
    measure.read(node).map_err(|fault| match &node.value {
        // A word in place of a number is most likely the name of a distribution.
        Value::Text(text) if KINDS.iter().any(|(name, _)| *name == text.trim()) => {
            let example = measure.example();
            fault.help(format!("write {{ kind = {}, mean = {example} }}", quoted(text.trim())))
        }
        _ => fault,
    })
}

fn allowed(measure: Measure) -> String {
    let example = measure.example();
    format!("a distribution, such as {example} or {{ kind = \"exponential\", mean = {example} }}")
}

fn table_of(table: &mut Reader<'_>, measure: Measure) -> Option<Distribution> {
    let Some(kind) = table.choice("kind", KINDS, None) else {
        table.mute();
        return None;
    };
    let quantity = |table: &mut Reader<'_>, key: &str| {
        table.get(key, None, measure.example(), |node| measure.read(node), |value| measure.show(*value))
    };
    let cv = |table: &mut Reader<'_>| {
        table.real("cv", "a number from 0.001 to 100", None, |cv| (0.001..=100.0).contains(&cv))
    };
    match kind {
        Kind::Constant => quantity(table, "value").map(Distribution::Constant),
        Kind::Exponential => quantity(table, "mean").map(|mean| Distribution::Exponential { mean }),
        Kind::Lognormal => {
            let (mean, cv) = (quantity(table, "mean"), cv(table));
            Some(Distribution::Lognormal { mean: mean?, cv: cv? })
        }
        Kind::Gamma => {
            let (mean, cv) = (quantity(table, "mean"), cv(table));
            Some(Distribution::Gamma { mean: mean?, cv: cv? })
        }
        Kind::Pareto => {
            let mean = quantity(table, "mean");
            let shape = table.real("shape", "a number above 1, where the mean is finite, up to 1000", None, |shape| {
                shape > 1.0 && shape <= 1000.0
            });
            Some(Distribution::Pareto { mean: mean?, shape: shape? })
        }
        Kind::Weibull => {
            let mean = quantity(table, "mean");
            let shape = table.real("shape", "a number from 0.1 to 100", None, |shape| (0.1..=100.0).contains(&shape));
            Some(Distribution::Weibull { mean: mean?, shape: shape? })
        }
        Kind::Empirical => empirical(table, measure).map(Distribution::Empirical),
    }
}

fn empirical(table: &mut Reader<'_>, measure: Measure) -> Option<Arc<[f64]>> {
    if !table.has("file") {
        let context = table.context;
        let allowed = format!("a list such as [{}], or a file with one value a line", measure.example());
        let Some(entry) = table.entry("values") else {
            table.missing("values", &allowed);
            return None;
        };
        let Value::List(items) = &entry.node.value else {
            table.fault("values", Fault::new(entry.node.describe(), allowed));
            return None;
        };
        if items.is_empty() {
            table.fault("values", Fault::new("an empty list", allowed));
            return None;
        }
        let key = table.place_of("values").key;
        let read = |item: &Node| {
            let place = Place { origin: item.origin.clone(), key: key.clone() };
            measure.read(item).map_err(|fault| context.report(&place, fault)).ok()
        };
        // Every item is looked at, so that every mistake is found.
        let values: Vec<Option<f64>> = items.iter().map(read).collect();
        let values: Vec<f64> = values.into_iter().collect::<Option<_>>()?;
        let shown: Vec<String> = values.iter().map(|value| measure.show(*value)).collect();
        table.put_value("values", format!("[{}]", shown.join(", ")));
        return Some(values.into());
    }
    table.pointless("values", "file", "values stand in the file; give either values or file");
    let name = file_name(table, "file");
    let unit = match measure {
        Measure::Time => {
            let units = [("ns", "ns"), ("us", "us"), ("ms", "ms"), ("s", "s"), ("min", "min"), ("h", "h")];
            Some(table.choice("unit", &units, None)?)
        }
        _ => None,
    };
    let (values, digest) = match table.context.files.values(&name?, unit, measure) {
        Ok(loaded) => loaded,
        Err(problem) => {
            table.fault("file", Fault { problem, help: None });
            return None;
        }
    };
    verify_digest(table, &digest);
    Some(values)
}

/// A file name, which is relative to the scenario's folder.
pub(super) fn file_name(table: &mut Reader<'_>, key: &str) -> Option<String> {
    let allowed = "the name of a file, relative to the scenario's folder";
    let read = |node: &Node| match &node.value {
        Value::Text(name) if !name.is_empty() && !name.contains('\0') => Ok(name.clone()),
        _ => Err(Fault::new(node.describe(), allowed)),
    };
    table.get(key, None, allowed, read, |name| quoted(name))
}

/// The effective scenario holds a digest of each file it names, so that another content is another experiment. A
/// scenario may hold it as well: then the content must be that.
pub(super) fn verify_digest(table: &mut Reader<'_>, digest: &str) {
    let read = |node: &Node| match &node.value {
        Value::Text(text) if text == digest => Ok(text.clone()),
        _ => Err(Fault::new(node.describe(), quoted(digest)).help("the file is not the one this was written for")),
    };
    table.get("blake3", Some(digest.to_owned()), "", read, |digest| quoted(digest));
}
