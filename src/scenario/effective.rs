//! The scenario as it was understood, with every default filled in, as TOML.
//!
//! There are two of them. The *plan's* keeps the keys that the author used, so that overrides and sweeps still apply to it.
//! The *cell's* is canonical, the same text for the same meaning, because its hash is the address of a result: shorthands are
//! written out, defaults that follow from other keys are resolved, and what does not change a single run is left out.

use super::tree::bare;

/// One key of the effective scenario, as each of the two texts has it; `None` where one leaves it out.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) key: String,
    pub(super) plan: Option<Text>,
    pub(super) cell: Option<Text>,
}

/// A value of the effective scenario.
#[derive(Clone, Debug)]
pub(super) enum Text {
    /// A value on one line.
    Value(String),
    /// An inline table.
    Inline(Vec<Line>),
    /// A section of its own.
    Section(Vec<Line>),
    /// Several sections of one name.
    Sections(Vec<Vec<Line>>),
}

/// Which of the two texts is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Plan,
    Cell,
}

impl Line {
    fn text(&self, form: Form) -> Option<&Text> {
        match form {
            Form::Plan => self.plan.as_ref(),
            Form::Cell => self.cell.as_ref(),
        }
    }
}

/// Prints a document.
pub(super) fn render(lines: &[Line], form: Form) -> String {
    let mut out = String::new();
    section(&mut out, "", lines, form);
    out
}

fn section(out: &mut String, path: &str, lines: &[Line], form: Form) {
    // TOML wants a section's own values before its subsections.
    for line in lines {
        if let Some(Text::Value(_) | Text::Inline(_)) = line.text(form) {
            out.push_str(&format!("{} = {}\n", bare(&line.key), inline(line.text(form), form)));
        }
    }
    for line in lines {
        let path = if path.is_empty() { bare(&line.key) } else { format!("{path}.{}", bare(&line.key)) };
        let mut begin = |header: String, lines: &[Line]| {
            // A section that only holds subsections needs no header.
            if lines.iter().any(|line| matches!(line.text(form), Some(Text::Value(_) | Text::Inline(_)))) {
                if !out.is_empty() {
                    out.push('\n');
                }
                out.push_str(&header);
            }
            section(out, &path, lines, form);
        };
        match line.text(form) {
            Some(Text::Section(lines)) => begin(format!("[{path}]\n"), lines),
            Some(Text::Sections(sections)) => {
                for lines in sections {
                    begin(format!("[[{path}]]\n"), lines);
                }
            }
            _ => {}
        }
    }
}

fn inline(text: Option<&Text>, form: Form) -> String {
    match text {
        Some(Text::Value(value)) => value.clone(),
        Some(Text::Inline(lines) | Text::Section(lines)) => {
            let entries: Vec<String> = lines
                .iter()
                .filter_map(|line| Some(format!("{} = {}", bare(&line.key), inline(Some(line.text(form)?), form))))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Some(Text::Sections(_)) | None => String::new(),
    }
}
