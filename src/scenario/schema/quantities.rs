//! Quantities with units, distributions and weights.

use super::super::quantity::{self, Class, MOST_PAGES};
use super::build::{Key, Table, above, any, explained, fraction, key, list, number, reference, whole, words};
use serde_json::{Map, Value, json};

/// What a distribution can measure: the name of its definition, and that of one value.
const MEASURES: [(&str, &str); 4] =
    [("time", "positive-time"), ("references", "references"), ("pages", "some-pages"), ("ratio", "ratio")];

pub(super) fn define(definitions: &mut Map<String, Value>) {
    let mut define = |name: &str, schema: Value| definitions.insert(name.to_owned(), schema);
    define("time", quantity("a time with its unit, such as \"5 ms\"", &[Class::Time]));
    // Whether it is zero cannot be said by a pattern that a person could read.
    define("positive-time", quantity("a time above zero with its unit, such as \"5 ms\"", &[Class::Time]));
    let memory = &[Class::Pages, Class::Bytes];
    define("memory", quantity("memory in frames or bytes, such as \"400 frames\" or \"64 MiB\"", memory));
    define("pages", any([whole(1, 1 << 40), quantity("pages or bytes, such as \"1024 pages\" or \"4 MiB\"", memory)]));
    define("bytes", any([whole(1, 1 << 50), quantity("bytes, such as \"128 KiB\" or \"10 MB\"", &[Class::Bytes])]));
    define("page-size", quantity("a power of two of bytes, such as \"4 KiB\"", &[Class::Bytes]));
    let references = quantity("references, such as \"20000 references\"", &[Class::References]);
    define("references", any([number(1.0, 1e15), references]));
    define(
        "some-pages",
        any([number(1.0, MOST_PAGES as f64), quantity("pages, such as \"40 pages\"", &[Class::Pages])]),
    );
    define("ratio", number(1.0, 1000.0));
    let window = "a window of virtual time: references, or a time";
    define("window", any([number(1.0, 1e12), quantity(window, &[Class::References, Class::Time])]));
    for (measure, value) in MEASURES {
        define(&format!("distribution-of-{measure}"), distribution(value, measure == "time"));
    }
    define("weights", any([words(["uniform"]), weights(&[("uniform", Vec::new())])]));
}

/// A text: a number and one of the units.
fn quantity(meaning: &str, of: &[Class]) -> Value {
    let units = quantity::units(of).collect::<Vec<_>>().join("|");
    let pattern = format!(r"^\s*\+?[0-9._]+([eE][+-]?[0-9]+)?\s*({units})\s*$");
    json!({ "type": "string", "pattern": pattern, "description": meaning })
}

fn distribution(value: &str, has_units: bool) -> Value {
    let value = || reference(value);
    let mean = || key("mean", value(), "its mean");
    let cv = || key("cv", number(0.001, 100.0), "coefficient of variation: standard deviation over mean");
    let unit = key("unit", words(["ns", "us", "ms", "s", "min", "h"]), "unit of the numbers in the file");
    let mut empirical = vec![
        key("values", list(value(), 1), "values that are drawn, each as likely as the others"),
        key("file", file(), "instead of values: a file with one value a line, relative to the scenario's folder"),
        key("blake3", digest(), "digest that the file must have"),
    ];
    empirical.extend(has_units.then_some(unit));
    let kinds = [
        ("constant", vec![key("value", value(), "the value")]),
        ("exponential", vec![mean()]),
        ("lognormal", vec![mean(), cv()]),
        ("pareto", vec![mean(), key("shape", above(1.0, 1000.0), "shape; the tail is heavy near 1")]),
        ("weibull", vec![mean(), key("shape", number(0.1, 100.0), "shape; 1 is exponential")]),
        ("gamma", vec![mean(), cv()]),
        ("empirical", empirical),
    ];
    let kind = key("kind", words(kinds.iter().map(|(word, _)| *word)), "which distribution");
    any([value(), Table::of([kind]).by("kind", kinds).json()])
}

/// A table of weights, of the kinds that every weight can have and some others.
pub(super) fn weights(others: &[(&'static str, Vec<&'static str>)]) -> Value {
    let inside = || json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 });
    let mut kinds: Vec<(&'static str, Vec<Key>)> = others
        .iter()
        .map(|(word, keys)| {
            let stack = "weights of the stack distances";
            (*word, keys.iter().map(|name| key(name, reference("weights"), stack).default("uniform")).collect())
        })
        .collect();
    kinds.extend([
        ("zipf", vec![key("exponent", number(0.0, 20.0), "the i-th page has weight i^-exponent").default(1)]),
        ("geometric", vec![key("ratio", inside(), "the i-th page has weight ratio^(i-1)")]),
        (
            "hot-cold",
            vec![
                key("hot_pages", inside(), "share of the pages that are hot"),
                key("hot_references", inside(), "share of the references that go to them"),
            ],
        ),
    ]);
    let meanings = kinds.iter().map(|(word, _)| (*word, meaning(word)));
    let kind = key("kind", explained(meanings), "which weights");
    Table::of([kind]).by("kind", kinds).json()
}

fn meaning(kind: &str) -> &'static str {
    match kind {
        "uniform" | "random" => "all alike",
        "zipf" => "a few are used most, and many now and then",
        "geometric" => "each has the same share less than the one before",
        "hot-cold" => "a few hot ones, the rest cold",
        "cyclic" => "one after the other, round and round",
        "sawtooth" => "up and down",
        _ => "by stack distance; walks only",
    }
}

/// The name of a file.
pub(super) fn file() -> Value {
    json!({ "type": "string", "minLength": 1 })
}

/// The BLAKE3 digest of a file.
pub(super) fn digest() -> Value {
    json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" })
}

/// A share of 1, or a percentage of memory, or frames.
pub(super) fn frames_or_percent() -> Value {
    let percent = json!({ "type": "string", "pattern": r"^\s*\+?[0-9._]+([eE][+-]?[0-9]+)?\s*%\s*$" });
    any([reference("memory"), percent])
}

/// Share of references or requests that are writes.
pub(super) fn write_fraction(meaning: &str) -> Key {
    key("write_fraction", fraction(), meaning)
}
