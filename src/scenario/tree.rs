//! A parsed document as a tree in which every key and value knows its origin.

use super::origin::{Document, Origin};
use crate::error::Diagnostic;
use std::fmt::Write;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// What TOML can say, as far as a scenario can use it.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Whole(i64),
    /// Any other number, also an integer too large for 64 bits.
    Real(f64),
    Truth(bool),
    Date,
    List(Vec<Node>),
    Table(Table),
}

/// The entries of a table, in order.
pub(super) type Table = Vec<Entry>;

/// A key of a table, and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) origin: Origin,
    pub(super) node: Node,
}

/// Parses a document, or says everything that is wrong with its syntax.
pub(super) fn parse(text: &str, name: &str) -> Result<Node, Vec<Diagnostic>> {
    let document = Document::new(name, text);
    let complain = |offset: usize, problem: String, help: Option<String>| Diagnostic {
        origin: document.at(offset).to_string(),
        key: String::new(),
        problem,
        help,
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(Node { value: Value::Table(convert_table(table.get_ref(), &document)), origin: document.at(0) });
    }
    // A byte offset may stand for several complaints of the parser; the first is the one that says it.
    let mut found: Vec<Diagnostic> = Vec::new();
    for error in errors {
        let offset = error.span().map_or(0, |span| span.start);
        let help = error
            .message()
            .starts_with("string values must be quoted")
            .then(|| "text, and every quantity with a unit, stands in quotes: \"5 ms\"".to_owned());
        let word = error.span().and_then(|span| text.get(span)).and_then(|word| word.lines().next()).unwrap_or("");
        let word: String = word.trim().chars().take(40).collect();
        let at = if word.is_empty() { String::new() } else { format!(", at `{word}`") };
        let diagnostic = complain(offset, format!("not TOML: {}{at}", error.message()), help);
        if found.iter().all(|earlier| earlier.origin != diagnostic.origin) {
            found.push(diagnostic);
        }
    }
    Err(found)
}

/// Parses the value of an assignment: TOML if it is that, else the text itself.
pub(super) fn parse_value(text: &str, origin: &Origin) -> Node {
    let trimmed = text.trim();
    let document = Document::new("", trimmed);
    let mut node = match DeValue::parse(trimmed) {
        Ok(value) => Node { value: convert(value.get_ref(), &document), origin: origin.clone() },
        Err(_) => Node { value: Value::Text(trimmed.to_owned()), origin: origin.clone() },
    };
    node.rebase(origin);
    node
}

fn convert_table(table: &DeTable<'_>, document: &Arc<Document>) -> Table {
    table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            origin: document.at(key.span().start),
            node: Node { value: convert(value.get_ref(), document), origin: document.at(value.span().start) },
        })
        .collect()
}

fn convert(value: &DeValue<'_>, document: &Arc<Document>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(whole) => Value::Whole(whole),
            Err(_) => Value::Real(
                i128::from_str_radix(integer.as_str(), integer.radix()).map_or(f64::INFINITY, |wide| wide as f64),
            ),
        },
        DeValue::Float(float) => Value::Real(float.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(truth) => Value::Truth(*truth),
        DeValue::Datetime(_) => Value::Date,
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|item| Node { value: convert(item.get_ref(), document), origin: document.at(item.span().start) })
                .collect(),
        ),
        DeValue::Table(table) => Value::Table(convert_table(table, document)),
    }
}

impl Node {
    /// Gives the whole subtree one origin.
    pub(super) fn rebase(&mut self, origin: &Origin) {
        self.origin = origin.clone();
        match &mut self.value {
            Value::List(items) => items.iter_mut().for_each(|item| item.rebase(origin)),
            Value::Table(entries) => entries.iter_mut().for_each(|entry| {
                entry.origin = origin.clone();
                entry.node.rebase(origin);
            }),
            _ => {}
        }
    }

    /// The value as a message names it.
    pub(super) fn describe(&self) -> String {
        match &self.value {
            Value::Date => "a date".to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Table(_) => "a table".to_owned(),
            Value::Text(text) if text.chars().count() > 60 => {
                format!("{}…", quoted(&text.chars().take(60).collect::<String>()))
            }
            _ => self.inline(),
        }
    }

    /// The value as one line of TOML.
    pub(super) fn inline(&self) -> String {
        match &self.value {
            Value::Text(text) => quoted(text),
            Value::Whole(whole) => whole.to_string(),
            Value::Real(real) => number(*real),
            Value::Truth(truth) => truth.to_string(),
            Value::Date => "1970-01-01".to_owned(),
            Value::List(items) => format!("[{}]", items.iter().map(Node::inline).collect::<Vec<_>>().join(", ")),
            Value::Table(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|entry| format!("{} = {}", bare(&entry.key), entry.node.inline())).collect();
                format!("{{ {} }}", entries.join(", "))
            }
        }
    }

    /// Puts a value at a path, making tables on the way, with `origin` for the keys; says why if the path leads through something else.
    pub(super) fn assign(&mut self, path: &[String], value: Node, origin: &Origin) -> Result<(), String> {
        let Some((first, rest)) = path.split_first() else {
            *self = value;
            return Ok(());
        };
        let found = self.describe();
        match &mut self.value {
            Value::Table(entries) => {
                let position = entries.iter().position(|entry| entry.key == *first).unwrap_or_else(|| {
                    let node = Node { value: Value::Table(Table::new()), origin: origin.clone() };
                    entries.push(Entry { key: first.clone(), origin: origin.clone(), node });
                    entries.len() - 1
                });
                match entries.get_mut(position) {
                    Some(entry) => {
                        if rest.is_empty() {
                            entry.origin = origin.clone();
                        }
                        entry.node.assign(rest, value, origin)
                    }
                    None => Ok(()),
                }
            }
            Value::List(items) => {
                let count = items.len();
                match first.parse().ok().and_then(|index: usize| items.get_mut(index)) {
                    Some(item) => item.assign(rest, value, origin),
                    None => {
                        Err(format!("there is no {first} in a list of {count}; allowed: a position counted from 0"))
                    }
                }
            }
            _ => Err(format!("{first} is looked for inside {found}, which is not a table")),
        }
    }

    /// What stands at a path.
    pub(super) fn find(&self, path: &[String]) -> Option<&Node> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        match &self.value {
            Value::Table(entries) => entries.iter().find(|entry| entry.key == *first)?.node.find(rest),
            Value::List(items) => items.get(first.parse::<usize>().ok()?)?.find(rest),
            _ => None,
        }
    }
}

/// Text as a TOML basic string.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A key as TOML writes it: bare where it can be.
pub(super) fn bare(key: &str) -> String {
    let plain = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if plain { key.to_owned() } else { quoted(key) }
}

/// A number as TOML writes it, in the fewest digits that read back as the same number; whole ones without a point.
pub(super) fn number(value: f64) -> String {
    if value.is_nan() {
        "nan".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "inf".to_owned() } else { "-inf".to_owned() }
    } else if libm::trunc(value) == value && value.abs() < 1e15 {
        format!("{}", value as i64)
    } else {
        format!("{value:?}")
    }
}
