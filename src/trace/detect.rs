//! Telling the format of a trace from its name and its first lines.

use super::Options;
use super::address::Address;
use super::arc::Arc;
use super::csv;
use super::format::Format;
use super::input::Input;
use super::lackey::Lackey;
use super::oracle_general;
use super::perf::{self, Perf};
use super::plain::Plain;
use super::text::{Line, LineFormat};
use crate::error::{Diagnostic, Error, Result};
use crate::workload::recorded;

/// Lines that are looked at.
const LINES: usize = 200;

/// The format of a trace, told or found out, or an error that lists the formats.
pub(super) fn detect(input: &Input, options: &Options) -> Result<Format> {
    if let Some(format) = options.format {
        return Ok(format);
    }
    let name = input.name.to_lowercase();
    if name.contains("oraclegeneral") {
        return Ok(Format::OracleGeneral);
    }
    if input.head.contains(&0) {
        return if oracle_general::looks_like(&input.head) { Ok(Format::OracleGeneral) } else { Err(unknown(input)) };
    }
    // The last line of the head may be cut.
    let end =
        if input.head.len() < 1 << 16 { input.head.len() } else { memchr::memrchr(b'\n', &input.head).unwrap_or(0) };
    let lines: Vec<&[u8]> = input.head[..end]
        .split(|&b| b == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .take(LINES)
        .collect();
    if lines.first().is_some_and(|first| first.trim_ascii() == recorded::FIRST_LINE.as_bytes()) {
        return Ok(Format::Recording);
    }
    let header = lines.iter().find(|line| !line.is_empty()).map(|line| String::from_utf8_lossy(line));
    if header.is_some_and(|line| csv::looks_like_header(&line)) {
        return Ok(Format::Csv);
    }
    let candidates: [(Format, &mut dyn LineFormat); 5] = [
        (Format::Lackey, &mut Lackey { page_shift: 12 }),
        (Format::Perf, &mut Perf { page_shift: 12 }),
        (Format::Arc, &mut Arc),
        (Format::Address, &mut Address { page_shift: 12 }),
        (Format::Plain, &mut Plain),
    ];
    // The one that understands most; one bad line among many is a bad line, not another format.
    let best = candidates
        .into_iter()
        .map(|(format, parser)| (format, understood(parser, &lines)))
        .max_by_key(|&(_, (good, bad))| (good.saturating_sub(bad), std::cmp::Reverse(bad)));
    match best {
        Some((Format::Plain, (good, bad))) if good > bad => {
            Ok(if lines.iter().any(|line| line.trim_ascii() == b"*") { Format::Lirs } else { Format::Plain })
        }
        Some((format, (good, bad))) if good > bad => Ok(format),
        _ => Err(unknown(input)),
    }
}

/// Lines that are requests in a format, and lines that are malformed.
fn understood(parser: &mut dyn LineFormat, lines: &[&[u8]]) -> (usize, usize) {
    let said: Vec<Line> = lines.iter().map(|line| parser.parse(line)).collect();
    let count = |wanted: fn(&Line) -> bool| said.iter().filter(|line| wanted(line)).count();
    (count(|line| matches!(line, Line::Request(_))), count(|line| *line == Line::Bad))
}

fn unknown(input: &Input) -> Error {
    let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
    let first = input.head.split(|&b| b == b'\n').next().unwrap_or(&[]);
    let shown: String = String::from_utf8_lossy(first).chars().filter(|c| !c.is_control()).take(60).collect();
    let problem = if input.head.is_empty() {
        "it is empty".to_owned()
    } else {
        format!("cannot tell the format of this trace; it begins with `{shown}`")
    };
    let mut help = format!("name it with --trace-format: {}", names.join(", "));
    if perf::is_event(first) {
        help = format!("an event of `perf script` without its data address? {}; or {help}", perf::HOW_TO_RECORD);
    }
    let help = Some(help);
    Error::Data(Diagnostic { origin: input.name.clone(), key: String::new(), problem, help })
}
