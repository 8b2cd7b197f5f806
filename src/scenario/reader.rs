//! A reader walks one table of a scenario. It knows which keys were looked for, so that it can name the others; it writes
//! down what was understood, defaults included; and it goes on after a mistake, so that all mistakes are found at once.

use super::effective::{Line, Text};
use super::files::Files;
use super::origin::{Layer, Origin};
use super::quantity::{self, Fault, show_duration};
use super::suggest;
use super::tree::{Entry, Node, Table, Value, number, quoted};
use crate::error::Diagnostic;
use crate::units::Span;
use std::cell::RefCell;

/// What all readers of a document share.
pub(super) struct Context<'a> {
    pub(super) files: &'a Files,
    /// What is wrong, each with its position in the document.
    pub(super) diagnostics: RefCell<Vec<(usize, Diagnostic)>>,
    /// What was looked for, to compare with the schema.
    #[cfg(test)]
    pub(super) seen: RefCell<Vec<Seen>>,
}

/// What a reader looked for, by its path.
#[cfg(test)]
#[derive(Debug)]
pub(super) enum Seen {
    /// The keys of a table.
    Table(String, Vec<String>),
    /// The words for a key.
    Words(String, Vec<String>),
    /// The default of a key that was not there, as TOML.
    Default(String, String),
}

/// A key and where it stands, for complaints about how values fit together.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) origin: Origin,
    pub(super) key: String,
}

impl<'a> Context<'a> {
    pub(super) fn new(files: &'a Files) -> Context<'a> {
        Context {
            files,
            diagnostics: RefCell::new(Vec::new()),
            #[cfg(test)]
            seen: RefCell::new(Vec::new()),
        }
    }

    pub(super) fn report(&self, place: &Place, fault: Fault) {
        let diagnostic = Diagnostic {
            origin: place.origin.to_string(),
            key: place.key.clone(),
            problem: fault.problem,
            help: fault.help,
        };
        self.diagnostics.borrow_mut().push((place.origin.position(), diagnostic));
    }
}

/// See the module.
pub(super) struct Reader<'a> {
    pub(super) context: &'a Context<'a>,
    place: Place,
    entries: &'a [Entry],
    known: Vec<String>,
    lines: Vec<Line>,
    /// The table is not one, or of an unknown kind: nothing can be said about what is in it.
    muted: bool,
    /// Entries of earlier layers are passed over: a later one has taken the place of what they belong to.
    hidden: Layer,
}

impl<'a> Reader<'a> {
    pub(super) fn new(context: &'a Context<'a>, table: &'a Table, place: Place) -> Reader<'a> {
        let hidden = Layer::File;
        Reader { context, place, entries: table, known: Vec::new(), lines: Vec::new(), muted: false, hidden }
    }

    /// Passes over everything, in subtables too, that was said before this layer.
    pub(super) fn hide_before(&mut self, layer: Layer) {
        self.hidden = self.hidden.max(layer);
    }

    fn visible(&self) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let hidden = self.hidden;
        self.entries.iter().filter(move |entry| latest(&entry.node) >= hidden)
    }

    fn find(&self, key: &str) -> Option<&'a Entry> {
        self.visible().find(|entry| entry.key == key)
    }

    /// Where the value at a path such as `zones[2].cylinders` stands, or the innermost part of the path that the document
    /// has.
    pub(super) fn place_within(&self, path: &str) -> Place {
        let mut parts = path.split(['.', '[', ']']).filter(|part| !part.is_empty());
        let mut origin = &self.place.origin;
        let mut node = parts.next().and_then(|first| self.find(first)).map(|entry| &entry.node);
        while let Some(found) = node {
            origin = &found.origin;
            node = parts.next().and_then(|part| found.find(&[part.to_owned()]));
        }
        let key = if path.is_empty() { self.place.key.clone() } else { self.path(path) };
        Place { origin: origin.clone(), key }
    }

    /// The table itself.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    fn path(&self, key: &str) -> String {
        if self.place.key.is_empty() { key.to_owned() } else { format!("{}.{key}", self.place.key) }
    }

    /// Where a key's value stands, or where its table does.
    pub(super) fn place_of(&self, key: &str) -> Place {
        let origin = self.find(key).map_or(&self.place.origin, |entry| &entry.node.origin);
        Place { origin: origin.clone(), key: self.path(key) }
    }

    /// The entry of a key, which from now on is a known one.
    pub(super) fn entry(&mut self, key: &str) -> Option<&'a Entry> {
        if !self.known.iter().any(|known| known == key) {
            self.known.push(key.to_owned());
        }
        self.find(key)
    }

    /// Whether a key is there; it is a known one from now on.
    pub(super) fn has(&mut self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    /// Whether a key was looked for.
    pub(super) fn is_known(&self, key: &str) -> bool {
        self.known.iter().any(|known| known == key)
    }

    /// A key that was looked for only to say why it is refused is none that a person should be told of.
    pub(super) fn forget_if_absent(&mut self, key: &str) {
        if self.find(key).is_none() {
            self.known.retain(|known| known != key);
        }
    }

    /// The keys of all entries whose names are the author's to choose.
    pub(super) fn names(&mut self) -> Vec<&'a str> {
        let names: Vec<&str> = self.visible().map(|entry| entry.key.as_str()).collect();
        self.known.extend(names.iter().map(|name| (*name).to_owned()));
        names
    }

    pub(super) fn fault(&self, key: &str, fault: Fault) {
        self.context.report(&self.place_of(key), fault);
    }

    /// Complains at the key rather than at its value.
    pub(super) fn fault_at_key(&self, key: &str, fault: Fault) {
        let origin = self.find(key).map_or(&self.place.origin, |entry| &entry.origin);
        self.context.report(&Place { origin: origin.clone(), key: self.path(key) }, fault);
    }

    pub(super) fn missing(&self, key: &str, allowed: &str) {
        if !self.muted {
            self.fault(key, Fault { problem: format!("missing; allowed: {allowed}"), help: None });
        }
    }

    /// A key that has no meaning because of another one. If the other was set later (by an override or a sweep) it wins
    /// and the key is passed over, else it is refused.
    pub(super) fn pointless(&mut self, key: &str, because: &str, problem: &str) {
        let layer = self.layer(because);
        if let Some(entry) = self.entry(key)
            && entry.node.origin.layer >= layer
        {
            self.fault_at_key(key, Fault { problem: problem.to_owned(), help: None });
        }
    }

    /// Who had the last word on a key.
    pub(super) fn layer(&self, key: &str) -> Layer {
        self.place_of(key).origin.layer
    }

    /// Writes a line of the effective scenario.
    pub(super) fn put(&mut self, key: &str, plan: Option<Text>, cell: Option<Text>) {
        self.lines.push(Line { key: key.to_owned(), plan, cell });
    }

    /// Writes the same value into both texts.
    pub(super) fn put_value(&mut self, key: &str, value: String) {
        self.put(key, Some(Text::Value(value.clone())), Some(Text::Value(value)));
    }

    /// Keeps a line out of the cell's text: it does not change a single run.
    pub(super) fn plan_only(&mut self, key: &str) {
        self.lines.iter_mut().filter(|line| line.key == key).for_each(|line| line.cell = None);
    }

    /// Gives a line another value in the cell's text.
    pub(super) fn replace_cell(&mut self, key: &str, value: String) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.key == key) {
            line.cell = Some(Text::Value(value));
        }
    }

    /// In the cell's text, writes a line under other names instead of its own.
    pub(super) fn split_line(&mut self, key: &str, names: &[&str]) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.key == key) {
            let cell = line.cell.take();
            names.iter().for_each(|name| self.put(name, None, cell.clone()));
        }
    }

    /// Writes a line under another name.
    pub(super) fn rename_line(&mut self, key: &str, name: &str) {
        self.lines.iter_mut().filter(|line| line.key == key).for_each(|line| line.key = name.to_owned());
    }

    /// In the cell's text, writes a line once more under another name.
    pub(super) fn copy_line(&mut self, key: &str, name: &str) {
        let cell = self.lines.iter().find(|line| line.key == key).and_then(|line| line.cell.clone());
        self.put(name, None, cell);
    }

    /// Reads a value, or takes the default, and writes down what it is.
    pub(super) fn get<T>(
        &mut self,
        key: &str,
        default: Option<T>,
        allowed: &str,
        read: impl FnOnce(&Node) -> Result<T, Fault>,
        show: impl Fn(&T) -> String,
    ) -> Option<T> {
        let value = match self.entry(key) {
            Some(entry) => match read(&entry.node) {
                Ok(value) => value,
                Err(fault) => {
                    self.fault(key, fault);
                    return None;
                }
            },
            None => match default {
                Some(value) => {
                    #[cfg(test)]
                    self.context.seen.borrow_mut().push(Seen::Default(self.path(key), show(&value)));
                    value
                }
                None => {
                    self.missing(key, allowed);
                    return None;
                }
            },
        };
        let shown = show(&value);
        self.put_value(key, shown);
        Some(value)
    }

    /// A whole number within bounds.
    pub(super) fn whole(&mut self, key: &str, (least, most): (u64, u64), default: Option<u64>) -> Option<u64> {
        let allowed = format!("a whole number from {least} to {most}");
        let read = |node: &Node| match node.value {
            Value::Whole(whole) => u64::try_from(whole)
                .ok()
                .filter(|whole| (least..=most).contains(whole))
                .ok_or_else(|| Fault::new(node.describe(), &allowed)),
            _ => Err(Fault::new(node.describe(), &allowed)),
        };
        self.get(key, default, &allowed, read, u64::to_string)
    }

    /// The same for what fits in 32 bits; the bounds must too.
    pub(super) fn count(&mut self, key: &str, bounds: (u32, u32), default: Option<u32>) -> Option<u32> {
        let bounds = (u64::from(bounds.0), u64::from(bounds.1));
        self.whole(key, bounds, default.map(u64::from)).and_then(|value| u32::try_from(value).ok())
    }

    /// A number for which a condition holds, which `allowed` says in words.
    pub(super) fn real(
        &mut self,
        key: &str,
        allowed: &str,
        default: Option<f64>,
        holds: impl Fn(f64) -> bool,
    ) -> Option<f64> {
        self.get(key, default, allowed, |node| real(node, allowed, &holds), |value| number(*value))
    }

    /// A probability or share, 0 and 1 included.
    pub(super) fn fraction(&mut self, key: &str, default: Option<f64>) -> Option<f64> {
        self.real(key, "a number from 0 to 1", default, |value| (0.0..=1.0).contains(&value))
    }

    /// A duration of at least so much.
    pub(super) fn duration(&mut self, key: &str, least: Span, default: Option<Span>) -> Option<Span> {
        let read = |node: &Node| quantity::duration(node, least.0).map(Span);
        self.get(key, default, "a time such as \"5 ms\"", read, |span| quoted(&show_duration(span.0)))
    }

    /// True or false.
    pub(super) fn flag(&mut self, key: &str, default: bool) -> Option<bool> {
        let read = |node: &Node| match node.value {
            Value::Truth(truth) => Ok(truth),
            _ => Err(Fault::new(node.describe(), "true or false")),
        };
        self.get(key, Some(default), "true or false", read, bool::to_string)
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&mut self, key: &str, words: &[(&str, T)], default: Option<&str>) -> Option<T> {
        let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
        #[cfg(test)]
        let words_seen = Seen::Words(self.path(key), names.iter().map(|name| (*name).to_owned()).collect());
        #[cfg(test)]
        self.context.seen.borrow_mut().push(words_seen);
        let allowed = one_of(&names);
        let read = |node: &Node| word(node, &names).map(str::to_owned);
        let name = self.get(key, default.map(str::to_owned), &allowed, read, |name| quoted(name))?;
        words.iter().find(|(word, _)| *word == name).map(|(_, value)| *value)
    }

    /// A subtable, empty if absent.
    pub(super) fn table(&mut self, key: &str) -> Reader<'a> {
        let (context, place) = (self.context, self.place_of(key));
        match self.entry(key).map(|entry| &entry.node) {
            None => {
                let muted = self.muted;
                Reader { muted, ..Reader::new(context, NOTHING, place) }
            }
            Some(node) => Reader { hidden: self.hidden, ..Reader::of_node(context, node, place.key) },
        }
    }

    /// A reader of a value that must be a table.
    pub(super) fn of_node(context: &'a Context<'a>, node: &'a Node, key: String) -> Reader<'a> {
        let place = Place { origin: node.origin.clone(), key };
        match &node.value {
            Value::Table(table) => Reader::new(context, table, place),
            _ => {
                context.report(&place, Fault::new(node.describe(), "a table"));
                Reader { muted: true, ..Reader::new(context, NOTHING, place) }
            }
        }
    }

    /// Says no more about this table: what it should hold is not known.
    pub(super) fn mute(&mut self) {
        self.muted = true;
    }

    /// Complains about every key that nobody looked for, and gives what was understood.
    pub(super) fn finish(self) -> Vec<Line> {
        if !self.muted {
            #[cfg(test)]
            self.context.seen.borrow_mut().push(Seen::Table(self.place.key.clone(), self.known.clone()));
            for entry in self.visible().filter(|entry| !self.known.contains(&entry.key)) {
                let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
                let allowed = if known.is_empty() { "nothing here".to_owned() } else { known.join(", ") };
                let help = suggest::closest(&entry.key, known).map(|near| format!("did you mean {near}?"));
                self.fault_at_key(&entry.key, Fault { problem: format!("unknown key; allowed: {allowed}"), help });
            }
        }
        self.lines
    }
}

/// The last layer that had a word on a value or on anything in it.
fn latest(node: &Node) -> Layer {
    let inner = match &node.value {
        Value::Table(entries) if !entries.is_empty() => entries.iter().map(|entry| latest(&entry.node)).max(),
        _ => None,
    };
    inner.unwrap_or(node.origin.layer)
}

static NOTHING: &Table = &Table::new();

/// A number for which a condition holds.
pub(super) fn real(node: &Node, allowed: &str, holds: impl Fn(f64) -> bool) -> Result<f64, Fault> {
    let value = match node.value {
        Value::Whole(whole) => whole as f64,
        Value::Real(real) => real,
        _ => return Err(Fault::new(node.describe(), allowed)),
    };
    if value.is_finite() && holds(value) { Ok(value) } else { Err(Fault::new(node.describe(), allowed)) }
}

/// One of a few words, with a suggestion if it is nearly one.
pub(super) fn word<'n>(node: &'n Node, names: &[&str]) -> Result<&'n str, Fault> {
    let fault = Fault::new(node.describe(), one_of(names));
    match &node.value {
        Value::Text(text) if names.contains(&text.as_str()) => Ok(text),
        Value::Text(text) => Err(match suggest::closest(text, names.iter().copied()) {
            Some(near) => fault.help(format!("did you mean {}?", quoted(near))),
            None => fault,
        }),
        _ => Err(fault),
    }
}

/// `"a", "b" or "c"`.
pub(super) fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}
