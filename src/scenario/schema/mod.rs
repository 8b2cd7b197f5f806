//! The JSON Schema of scenarios, for editors that complete and check them.
//!
//! It says what may stand where: keys, types, words, bounds, defaults. How values have to fit together only [`super::Scenario`]
//! knows. A scenario that is accepted there is valid here; a test holds the two together, key by key, word by word and
//! default by default. What a table may have besides its kind depends on the kind; a key may be missing wherever a sweep can set it.

mod build;
mod control;
mod devices;
mod process;
mod quantities;
mod sections;

use build::{Table, any, key, reference};
use serde_json::{Map, Value, json};

/// The schema, as JSON Schema of draft 7, which is what editors of TOML know.
pub fn schema() -> Value {
    let mut definitions = Map::new();
    quantities::define(&mut definitions);
    process::define(&mut definitions);
    devices::define(&mut definitions);
    definitions.insert("axis".to_owned(), axis());
    let document = Table::of([
        key("name", sections::name(), "name of the results folder; the file's name without .toml unless it is given"),
        key("title", json!({ "type": "string", "maxLength": 300 }), "one line for tables and plots").default(""),
        key("machine", sections::machine(), "memory, processors and their scheduler"),
        key("replacement", sections::replacement(), "which page leaves memory"),
        key("reclaim", sections::reclaim(), "the page daemon, which keeps frames free"),
        key("device", sections::device(), "what is paged to, and what files are on"),
        key("swap", sections::swap(), "swap space, and how much of it is read at once"),
        key("virtual_memory", sections::virtual_memory(), "protection, page tables, and what faults cost"),
        key("process", process::classes(), "one section for each class of identical processes"),
        key("load_control", control::load_control(), "who may be active: the degree of multiprogramming"),
        key("run", sections::run(), "how long, how often, and how precisely"),
        key("sweep", axes(), "one line for each axis: a dotted path of the scenario, and its values"),
    ]);
    let Value::Object(mut document) = document.json() else { unreachable!("a table is an object") };
    document.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    document.insert("title".to_owned(), json!("A scenario of knee"));
    document.insert("definitions".to_owned(), Value::Object(definitions));
    // What a sweep sets need not stand in the sections.
    document.insert("if".to_owned(), json!({ "not": { "required": ["sweep"] } }));
    let machine = json!({ "required": ["memory"] });
    let device = json!({ "required": ["paging"] });
    document.insert(
        "then".to_owned(),
        json!({ "required": ["machine", "device", "process"], "properties": { "machine": machine, "device": device } }),
    );
    Value::Object(document)
}

fn axes() -> Value {
    json!({ "type": "object", "minProperties": 1, "additionalProperties": reference("axis") })
}

/// What an axis can be; a path without quotes makes tables in tables.
fn axis() -> Value {
    let range = Table::of([
        key("from", json!({ "type": ["number", "string"] }), "first value"),
        key("to", json!({ "type": ["number", "string"] }), "last value, in the same unit"),
        key("step", json!({ "type": ["number", "string"] }), "distance of two values, 1 unless it is given"),
        key("factor", json!({ "type": "number", "exclusiveMinimum": 1 }), "instead of step: ratio of two values"),
    ]);
    let mut range = range.json();
    range["required"] = json!(["from", "to"]);
    let ends = ["from", "to", "step", "factor"];
    any([
        json!({ "type": "array", "minItems": 1, "uniqueItems": true }),
        json!({ "type": "string", "pattern": r"^\s*[+-]?[0-9]+\s*\.\.\s*=?\s*[+-]?[0-9]+\s*$" }),
        range,
        json!({
            "type": "object",
            "minProperties": 1,
            "propertyNames": { "not": { "enum": ends } },
            "additionalProperties": reference("axis"),
        }),
    ])
}

#[cfg(test)]
mod tests;
