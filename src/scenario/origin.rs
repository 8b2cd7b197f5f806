//! Where a key or a value comes from, so that every complaint about it can say so.

use std::fmt;
use std::sync::Arc;

/// A document: its name and where its lines begin, to turn a byte offset into line and column.
#[derive(Debug)]
pub(super) struct Document {
    name: String,
    text: String,
    lines: Vec<usize>,
}

/// Who had the last word on a value. A later layer wins over an earlier one that contradicts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layer {
    /// The scenario file.
    File,
    /// An override from the command line.
    Override,
    /// A value of a sweep axis.
    Sweep,
}

/// Where a key or a value comes from.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    place: Place,
    pub(super) layer: Layer,
}

#[derive(Clone, Debug)]
enum Place {
    Text {
        document: Arc<Document>,
        offset: usize,
    },
    Assignment(Arc<str>),
    /// A request of the command line that is no assignment, as it was typed.
    Request(Arc<str>),
}

impl Document {
    pub(super) fn new(name: &str, text: &str) -> Arc<Document> {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Arc::new(Document { name: name.to_owned(), text: text.to_owned(), lines })
    }

    /// The place of a byte of the text.
    pub(super) fn at(self: &Arc<Self>, offset: usize) -> Origin {
        Origin { place: Place::Text { document: Arc::clone(self), offset }, layer: Layer::File }
    }
}

impl Origin {
    /// The place of everything that an override says.
    pub(super) fn assignment(assignment: &str) -> Origin {
        Origin { place: Place::Assignment(assignment.into()), layer: Layer::Override }
    }

    /// The place of what a request of the command line says, in its own words.
    pub(super) fn request(words: &str) -> Origin {
        Origin { place: Place::Request(words.into()), layer: Layer::Override }
    }

    /// Order of the places of one document; overrides come after it.
    pub(super) fn position(&self) -> usize {
        match &self.place {
            Place::Text { offset, .. } => *offset,
            Place::Assignment(_) | Place::Request(_) => usize::MAX,
        }
    }

    /// The same place, speaking for a sweep.
    pub(super) fn of_sweep(&self) -> Origin {
        Origin { place: self.place.clone(), layer: Layer::Sweep }
    }
}

impl fmt::Display for Origin {
    /// `file:line:column`, both counted from 1 and the column in characters; or what was typed, such as `--set key=value`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Assignment(assignment) => write!(f, "--set {assignment}"),
            Place::Request(words) => f.write_str(words),
            Place::Text { document, offset } => {
                let line = document.lines.partition_point(|start| start <= offset).max(1);
                let start = document.lines.get(line - 1).copied().unwrap_or(0);
                let column = document.text.get(start..*offset).map_or(0, |before| before.chars().count()) + 1;
                write!(f, "{}:{line}:{column}", document.name)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        let document = Document::new("a.toml", "x = 1\nµ = 2\n");
        let shown = [0, 4, 6, 9, 13].map(|offset| document.at(offset).to_string());
        assert_eq!(shown, ["a.toml:1:1", "a.toml:1:5", "a.toml:2:1", "a.toml:2:3", "a.toml:3:1"]);
    }
}
