//! The parts that schemas are made of.

use serde_json::{Map, Value, json};

/// A key of a table: what it can be, what it means, and what it is if nobody says.
pub(super) struct Key {
    name: &'static str,
    schema: Value,
    meaning: String,
    default: Option<Value>,
}

/// A key without a default, or with one that depends on something else.
pub(super) fn key(name: &'static str, schema: Value, meaning: impl Into<String>) -> Key {
    Key { name, schema, meaning: meaning.into(), default: None }
}

impl Key {
    pub fn default(self, default: impl Into<Value>) -> Key {
        Key { default: Some(default.into()), ..self }
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    fn json(&self) -> Value {
        // In draft 7 nothing counts beside a reference.
        let mut schema = match &self.schema {
            Value::Object(object) if object.contains_key("$ref") => {
                Map::from_iter([("allOf".to_owned(), json!([self.schema]))])
            }
            Value::Object(object) => object.clone(),
            _ => Map::new(),
        };
        schema.insert("description".to_owned(), json!(self.meaning));
        if let Some(default) = &self.default {
            schema.insert("default".to_owned(), default.clone());
        }
        Value::Object(schema)
    }
}

/// A table. Some of its keys may depend on the word under another: its kind.
pub(super) struct Table {
    keys: Vec<Key>,
    kinds: Vec<Kinds>,
}

struct Kinds {
    key: &'static str,
    /// Of each word, the keys that only it and some others have.
    of: Vec<(&'static str, Vec<Key>)>,
}

impl Table {
    /// A table with these keys and no other.
    pub fn of(keys: impl IntoIterator<Item = Key>) -> Table {
        Table { keys: keys.into_iter().collect(), kinds: Vec::new() }
    }

    /// Further keys that depend on the word under `key`, which must be among the keys of the table.
    pub fn by(mut self, key: &'static str, of: impl IntoIterator<Item = (&'static str, Vec<Key>)>) -> Table {
        self.kinds.push(Kinds { key, of: of.into_iter().collect() });
        self
    }

    pub fn json(&self) -> Value {
        let mut properties: Map<String, Value> =
            self.keys.iter().map(|key| (key.name.to_owned(), key.json())).collect();
        // As long as the word is not there, each key may be what it is under any word.
        for key in self.kinds.iter().flat_map(|kinds| &kinds.of).flat_map(|(_, keys)| keys) {
            let schema = key.json();
            match properties.get_mut(key.name) {
                None => {
                    properties.insert(key.name.to_owned(), schema);
                }
                Some(known) if *known == schema => {}
                Some(known) => match known.get_mut("anyOf").and_then(Value::as_array_mut) {
                    Some(all) if all.contains(&schema) => {}
                    Some(all) if all.iter().all(|one| one.get("description").is_some()) => all.push(schema),
                    _ => *known = any([known.clone(), schema]),
                },
            }
        }
        let mut json = json!({ "type": "object", "properties": properties, "additionalProperties": false });
        let conditions: Vec<Value> = self.kinds.iter().flat_map(|kinds| self.conditions(kinds)).collect();
        if !conditions.is_empty() {
            json["allOf"] = json!(conditions);
        }
        json
    }

    fn conditions(&self, kinds: &Kinds) -> Vec<Value> {
        let dependent = |name: &str| kinds.of.iter().any(|(_, keys)| keys.iter().any(|key| key.name == name));
        let condition = |(word, own): &(&'static str, Vec<Key>)| {
            let others = kinds.of.iter().flat_map(|(_, keys)| keys).map(|key| key.name);
            let mut foreign: Vec<&str> = others.filter(|name| own.iter().all(|key| key.name != *name)).collect();
            foreign.sort_unstable();
            foreign.dedup();
            let own: Map<String, Value> = own.iter().map(|key| (key.name.to_owned(), key.json())).collect();
            let mut then = json!({ "properties": own });
            if !foreign.is_empty() {
                then["propertyNames"] = json!({ "not": { "enum": foreign } });
            }
            let of_word = Map::from_iter([(kinds.key.to_owned(), json!({ "const": word }))]);
            json!({ "if": { "required": [kinds.key], "properties": of_word }, "then": then })
        };
        debug_assert!(!dependent(kinds.key));
        kinds.of.iter().map(condition).collect()
    }
}

/// One of several.
pub(super) fn any(schemas: impl IntoIterator<Item = Value>) -> Value {
    json!({ "anyOf": schemas.into_iter().collect::<Vec<_>>() })
}

/// What stands under `definitions`.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{name}") })
}

/// One of a few words.
pub(super) fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Value {
    json!({ "enum": words.into_iter().collect::<Vec<_>>() })
}

/// One of a few words, each with a line about it for editors that show it.
pub(super) fn explained<'a>(words: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
    let (words, meanings): (Vec<&str>, Vec<&str>) = words.into_iter().unzip();
    json!({ "enum": words, "x-taplo": { "docs": { "enumValues": meanings } } })
}

/// What a schema allows, or a word.
pub(super) fn or_word(schema: Value, word: &str) -> Value {
    any([schema, json!({ "const": word })])
}

/// A whole number within bounds.
pub(super) fn whole(least: i64, most: i64) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": most })
}

/// A number within bounds.
pub(super) fn number(least: f64, most: f64) -> Value {
    json!({ "type": "number", "minimum": least, "maximum": most })
}

/// A number above one bound, up to the other.
pub(super) fn above(bound: f64, most: f64) -> Value {
    json!({ "type": "number", "exclusiveMinimum": bound, "maximum": most })
}

/// From 0 to 1.
pub(super) fn fraction() -> Value {
    number(0.0, 1.0)
}

/// True or false.
pub(super) fn flag() -> Value {
    json!({ "type": "boolean" })
}

/// A list with at least so many items.
pub(super) fn list(items: Value, least: usize) -> Value {
    json!({ "type": "array", "items": items, "minItems": least })
}

/// A list of two.
pub(super) fn pair(one: Value, other: Value) -> Value {
    json!({ "type": "array", "items": [one, other], "minItems": 2, "maxItems": 2 })
}
