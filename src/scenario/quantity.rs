//! Quantities with units: reading them without rounding, and printing them so that they read back the same.

use super::tree::{Node, Value, number, quoted};
use crate::policy::Window;
use crate::units::Span;
use std::fmt::Display;

/// Why a value is not acceptable: what was found, what is allowed, and what to do.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) problem: String,
    pub(super) help: Option<String>,
}

impl Fault {
    pub(super) fn new(found: impl Display, allowed: impl Display) -> Fault {
        Fault { problem: format!("found {found}; allowed: {allowed}"), help: None }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Fault {
        Fault { help: Some(help.into()), ..self }
    }
}

/// The longest time a scenario may speak of, 10 years of 365.25 days, in nanoseconds.
pub(super) const LONGEST: u64 = 315_576_000 * 1_000_000_000;

/// Most frames of a machine, and most pages of an address space.
pub(super) const MOST_PAGES: u64 = (1 << 28) - 1;

/// Most references of a window.
pub(super) const MOST_REFERENCES: f64 = 1e12;

/// What a unit measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Time,
    Bytes,
    Pages,
    References,
}

/// Every unit: name, class, and how many of the smallest unit of the class it is.
const UNITS: &[(&str, Class, u64)] = &[
    ("ns", Class::Time, 1),
    ("us", Class::Time, 1_000),
    ("\u{b5}s", Class::Time, 1_000),
    ("\u{3bc}s", Class::Time, 1_000),
    ("ms", Class::Time, 1_000_000),
    ("s", Class::Time, 1_000_000_000),
    ("min", Class::Time, 60_000_000_000),
    ("h", Class::Time, 3_600_000_000_000),
    ("B", Class::Bytes, 1),
    ("kB", Class::Bytes, 1_000),
    ("KB", Class::Bytes, 1_000),
    ("MB", Class::Bytes, 1_000_000),
    ("GB", Class::Bytes, 1_000_000_000),
    ("TB", Class::Bytes, 1_000_000_000_000),
    ("KiB", Class::Bytes, 1 << 10),
    ("MiB", Class::Bytes, 1 << 20),
    ("GiB", Class::Bytes, 1 << 30),
    ("TiB", Class::Bytes, 1 << 40),
    ("frames", Class::Pages, 1),
    ("frame", Class::Pages, 1),
    ("pages", Class::Pages, 1),
    ("page", Class::Pages, 1),
    ("references", Class::References, 1),
    ("reference", Class::References, 1),
];

impl Class {
    fn noun(self) -> &'static str {
        match self {
            Class::Time => "a time",
            Class::Bytes => "a number of bytes",
            Class::Pages => "a number of pages",
            Class::References => "a number of references",
        }
    }

    fn units(self) -> &'static str {
        match self {
            Class::Time => "ns, us, ms, s, min, h",
            Class::Bytes => "B, KiB, MiB, GiB, TiB, kB, MB, GB, TB",
            Class::Pages => "frames, pages",
            Class::References => "references",
        }
    }
}

/// The names of all units of some classes.
pub(super) fn units(of: &[Class]) -> impl Iterator<Item = &'static str> {
    UNITS.iter().filter(move |(_, class, _)| of.contains(class)).map(|(name, ..)| *name)
}

/// A number with its unit, in the smallest unit of its class.
struct Measured {
    class: Class,
    amount: f64,
    /// The amount as a whole number, where it is one exactly.
    exact: Option<u128>,
}

/// A quantity as a number of the smallest unit of what it measures (nanoseconds, bytes, pages), or a plain number: for putting
/// values of one key in order. `None` for a text that is neither.
pub fn magnitude(text: &str) -> Option<f64> {
    let (digits, unit) = split(text);
    let amount = digits.replace('_', "").parse::<f64>().ok().filter(|amount| amount.is_finite())?;
    if unit.is_empty() {
        return Some(amount);
    }
    UNITS.iter().find(|(name, ..)| *name == unit).map(|(_, _, size)| amount * *size as f64)
}

/// Splits `"2.5 ms"` into number and unit.
pub(super) fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        let exponent = (c == 'e' || c == 'E')
            && text
                .get(at + 1..)
                .is_some_and(|rest| rest.starts_with(|d: char| d.is_ascii_digit() || "+-".contains(d)));
        if !(c.is_ascii_digit() || "+-._".contains(c) || exponent) {
            end = at;
            break;
        }
    }
    let (number, unit) = text.split_at(end);
    (number.trim(), unit.trim())
}

fn measure(text: &str, wanted: &[Class], allowed: &str) -> Result<Measured, Fault> {
    let found = Node::text(text).describe();
    let (digits, unit) = split(text);
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    let Some(value) = plain.parse::<f64>().ok().filter(|value| value.is_finite()) else {
        return Err(Fault::new(found, allowed));
    };
    if unit.is_empty() {
        let example = wanted.first().map_or("ms", |class| class.units().split(", ").nth(2).unwrap_or(class.units()));
        let example = if wanted.contains(&Class::Pages) { "frames" } else { example };
        return Err(Fault::new(format_args!("{found}, which has no unit"), allowed)
            .help(format!("write the unit, for instance {}", quoted(&format!("{plain} {example}")))));
    }
    let Some(&(_, class, size)) = UNITS.iter().find(|(name, ..)| *name == unit) else {
        let names = wanted.iter().map(|class| class.units()).collect::<Vec<_>>().join(", ");
        let fault = Fault::new(format_args!("{found}, whose unit {} is unknown", quoted(unit)), allowed);
        let known = UNITS.iter().filter(|(_, class, _)| wanted.contains(class)).map(|(name, ..)| *name);
        return Err(match super::suggest::closest_unit(unit, known) {
            Some(near) => fault.help(format!("did you mean {}? units: {names}", quoted(&format!("{plain} {near}")))),
            None => fault.help(format!("units: {names}")),
        });
    };
    if !wanted.contains(&class) {
        let names = wanted.iter().map(|class| class.units()).collect::<Vec<_>>().join(", ");
        return Err(
            Fault::new(format_args!("{found}, which is {}", class.noun()), allowed).help(format!("units: {names}"))
        );
    }
    if value < 0.0 {
        return Err(Fault::new(format_args!("{found}, which is negative"), allowed));
    }
    Ok(Measured { class, amount: value * size as f64, exact: scale(&plain, size) })
}

/// `digits` × `size` without rounding, where that is a whole number of reasonable length.
fn scale(digits: &str, size: u64) -> Option<u128> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    if whole.len() > 19 || fraction.len() > 15 {
        return None;
    }
    let mantissa: u128 = format!("{whole}{fraction}").trim_start_matches('+').parse().ok()?;
    let product = mantissa.checked_mul(u128::from(size))?;
    let divisor = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    (product % divisor == 0).then_some(product / divisor)
}

impl Node {
    /// A text value from nowhere, to be described in a message.
    fn text(text: &str) -> Node {
        Node { value: Value::Text(text.to_owned()), origin: super::origin::Origin::assignment("") }
    }
}

/// A duration in nanoseconds, within bounds.
pub(super) fn duration(node: &Node, least: u64) -> Result<u64, Fault> {
    let bounds = match least {
        0 => "up to 10 years".to_owned(),
        least => format!("from {} to 10 years", show_duration(least)),
    };
    let allowed = format!("a time {bounds}, such as \"5 ms\"");
    let text = match &node.value {
        Value::Text(text) => text,
        Value::Whole(_) | Value::Real(_) => {
            let found = node.describe();
            return Err(Fault::new(format_args!("{found}, which has no unit"), allowed)
                .help(format!("write the unit, for instance {}", quoted(&format!("{found} ms")))));
        }
        _ => return Err(Fault::new(node.describe(), allowed)),
    };
    let measured = measure(text, &[Class::Time], &allowed)?;
    let nanos = measured.exact.unwrap_or(libm::round(measured.amount) as u128);
    match u64::try_from(nanos) {
        Ok(nanos) if (least..=LONGEST).contains(&nanos) && (nanos > 0 || measured.amount == 0.0) => Ok(nanos),
        Ok(0) => Err(Fault::new(format_args!("{}, less than a nanosecond", node.describe()), allowed)),
        _ => Err(Fault::new(node.describe(), allowed)),
    }
}

/// A size in bytes that is a power of two, within bounds.
pub(super) fn page_size(node: &Node) -> Result<u64, Fault> {
    let allowed = "a power of two from 512 B to 1 GiB, such as \"4 KiB\"";
    let text = match &node.value {
        Value::Text(text) => text,
        Value::Whole(_) | Value::Real(_) => {
            return Err(Fault::new(format_args!("{}, which has no unit", node.describe()), allowed)
                .help("write the unit, for instance \"4 KiB\""));
        }
        _ => return Err(Fault::new(node.describe(), allowed)),
    };
    let measured = measure(text, &[Class::Bytes], allowed)?;
    match measured.exact.and_then(|bytes| u64::try_from(bytes).ok()) {
        Some(bytes) if bytes.is_power_of_two() && (512..=1 << 30).contains(&bytes) => Ok(bytes),
        _ => Err(Fault::new(node.describe(), allowed)),
    }
}

/// An amount of memory in pages: `"400 frames"`, `"1024 pages"`, or bytes in whole pages. A plain number is one of pages only
/// where `bare` says that the key's name makes it clear.
pub(super) fn memory(node: &Node, page_size: u64, range: (u64, u64), bare: bool) -> Result<u64, Fault> {
    let (least, most) = range;
    let example = if bare { "1024 or \"4 MiB\"" } else { "\"400 frames\" or \"64 MiB\"" };
    let allowed = format!("from {least} to {most} pages, such as {example}");
    let text = match &node.value {
        Value::Whole(pages) if bare => {
            return u64::try_from(*pages)
                .ok()
                .filter(|pages| (least..=most).contains(pages))
                .ok_or_else(|| Fault::new(node.describe(), allowed));
        }
        Value::Text(text) => text,
        Value::Whole(_) | Value::Real(_) if !bare => {
            let found = node.describe();
            return Err(Fault::new(format_args!("{found}, which has no unit"), allowed)
                .help(format!("write the unit, for instance {}", quoted(&format!("{found} frames")))));
        }
        _ => return Err(Fault::new(node.describe(), allowed)),
    };
    let measured = measure(text, &[Class::Pages, Class::Bytes], &allowed)?;
    let amount = measured.exact.filter(|_| measured.amount < 1e18);
    let pages = match (measured.class, amount) {
        (Class::Pages, Some(pages)) => pages,
        (Class::Bytes, Some(bytes)) if bytes % u128::from(page_size) == 0 => bytes / u128::from(page_size),
        (Class::Bytes, Some(bytes)) => {
            let (_, unit) = split(text);
            let fault = Fault::new(
                format_args!("{}, which is {bytes} bytes", node.describe()),
                format_args!("whole pages of {page_size} bytes"),
            );
            return Err(match unit {
                "kB" | "KB" | "MB" | "GB" | "TB" => {
                    let binary = format!("{}iB", unit.chars().next().unwrap_or('K').to_ascii_uppercase());
                    fault.help(format!(
                        "{unit} is a power of ten; did you mean {}?",
                        quoted(&text.replace(unit, &binary))
                    ))
                }
                _ => fault,
            });
        }
        _ => return Err(Fault::new(node.describe(), allowed)),
    };
    match u64::try_from(pages) {
        Ok(pages) if (least..=most).contains(&pages) => Ok(pages),
        _ => Err(Fault::new(node.describe(), allowed)),
    }
}

/// A number of bytes, within bounds. A plain number will do: a key that takes bytes takes nothing else.
pub(super) fn bytes(node: &Node, (least, most): (u64, u64)) -> Result<u64, Fault> {
    let allowed = format!("bytes from {least} to {most}, such as \"128 KiB\" or \"10 MB\"");
    let amount = match &node.value {
        Value::Whole(bytes) => u128::try_from(*bytes).ok(),
        Value::Text(text) => measure(text, &[Class::Bytes], &allowed)?.exact,
        _ => None,
    };
    let bytes = amount.and_then(|bytes| u64::try_from(bytes).ok()).filter(|bytes| (least..=most).contains(bytes));
    bytes.ok_or_else(|| Fault::new(node.describe(), allowed))
}

/// A number of bytes in the largest unit that leaves a whole number.
pub(super) fn show_bytes(bytes: u64) -> String {
    let units = UNITS.iter().filter(|(name, class, _)| *class == Class::Bytes && *name != "KB");
    let fitting = units.filter(|(.., size)| bytes > 0 && bytes.is_multiple_of(*size));
    let (name, size) = fitting.max_by_key(|(.., size)| *size).map_or(("B", 1), |(name, _, size)| (*name, *size));
    format!("{} {name}", bytes / size)
}

/// A window of virtual time: a duration, or a number of references.
pub(super) fn window(node: &Node) -> Result<Window, Fault> {
    let allowed = format!(
        "a number of references from 1 to {}, such as 20000, or a time such as \"20 ms\"",
        number(MOST_REFERENCES)
    );
    let counted = |count: f64| {
        let fits = (1.0..=MOST_REFERENCES).contains(&count) && count.fract() == 0.0;
        if fits { Ok(Window::References(count as u64)) } else { Err(Fault::new(node.describe(), &allowed)) }
    };
    match &node.value {
        Value::Whole(count) => counted(*count as f64),
        Value::Real(count) => counted(*count),
        Value::Text(text) => match measure(text, &[Class::References, Class::Time], &allowed)? {
            Measured { class: Class::References, amount, .. } => counted(amount),
            _ => duration(node, 1).map(|nanos| Window::Time(Span(nanos))),
        },
        _ => Err(Fault::new(node.describe(), allowed)),
    }
}

/// A window as TOML.
pub(super) fn show_window(window: &Window) -> String {
    match window {
        Window::Time(span) => quoted(&show_duration(span.0)),
        Window::References(count) => count.to_string(),
    }
}

/// What the values of a distribution measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    /// Nanoseconds.
    Time,
    /// References of the program.
    References,
    /// Pages.
    Pages,
    /// How many times smaller a page becomes.
    Ratio,
}

impl Measure {
    /// A positive value of this measure.
    pub(super) fn read(self, node: &Node) -> Result<f64, Fault> {
        let (class, most, example) = match self {
            Measure::Time => return duration(node, 1).map(|nanos| nanos as f64),
            Measure::References => (Class::References, 1e15, "20000"),
            Measure::Pages => (Class::Pages, MOST_PAGES as f64, "40"),
            Measure::Ratio => {
                let allowed = "a ratio from 1 to 1000 (size over compressed size), such as 3";
                return super::reader::real(node, allowed, |ratio| (1.0..=1000.0).contains(&ratio));
            }
        };
        let allowed = format!("{} from 1 to {}, such as {example}", class.noun(), number(most));
        let value = match &node.value {
            Value::Whole(whole) => *whole as f64,
            Value::Real(real) => *real,
            Value::Text(text) => measure(text, &[class], &allowed)?.amount,
            _ => return Err(Fault::new(node.describe(), allowed)),
        };
        if (1.0..=most).contains(&value) { Ok(value) } else { Err(Fault::new(node.describe(), allowed)) }
    }

    /// The value as TOML.
    pub(super) fn show(self, value: f64) -> String {
        match self {
            Measure::Time => quoted(&show_duration(value as u64)),
            Measure::References | Measure::Pages | Measure::Ratio => number(value),
        }
    }

    /// An example, for messages.
    pub(super) fn example(self) -> &'static str {
        match self {
            Measure::Time => "\"5 ms\"",
            Measure::References => "20000",
            Measure::Pages => "40",
            Measure::Ratio => "3",
        }
    }
}

/// A duration in the largest unit up to seconds that leaves a number of at least one, without rounding.
pub(super) fn show_duration(nanos: u64) -> String {
    let (unit, size, width) = match nanos {
        0..1_000 => ("ns", 1, 0),
        1_000..1_000_000 => ("us", 1_000, 3),
        1_000_000..1_000_000_000 => ("ms", 1_000_000, 6),
        _ => ("s", 1_000_000_000, 9),
    };
    let (whole, rest) = (nanos / size, nanos % size);
    if rest == 0 {
        return format!("{whole} {unit}");
    }
    let fraction = format!("{rest:0width$}");
    format!("{whole}.{} {unit}", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem<T>(result: Result<T, Fault>) -> String {
        result.err().map_or_else(String::new, |fault| format!("{} [{}]", fault.problem, fault.help.unwrap_or_default()))
    }

    #[test]
    fn durations_are_read_exactly() {
        let cases = [
            ("5 ms", 5_000_000),
            ("5ms", 5_000_000),
            ("250 us", 250_000),
            ("250 µs", 250_000),
            ("1.5 s", 1_500_000_000),
            ("100 ns", 100),
            ("2 min", 120_000_000_000),
            ("1 h", 3_600_000_000_000),
            ("1e3 us", 1_000_000),
            ("1_000 ns", 1_000),
            ("123456789.123456789 s", 123_456_789_123_456_789),
            ("0 ns", 0),
        ];
        for (text, nanos) in cases {
            assert_eq!(duration(&Node::text(text), 0).ok(), Some(nanos), "{text}");
            assert_eq!(duration(&Node::text(&show_duration(nanos)), 0).ok(), Some(nanos), "{text}");
        }
    }

    #[test]
    fn wrong_durations_say_why() {
        let allowed = "allowed: a time up to 10 years, such as \"5 ms\"";
        let cases = [
            ("5 KiB", format!("found \"5 KiB\", which is a number of bytes; {allowed} [units: ns, us, ms, s, min, h]")),
            ("-5 ms", format!("found \"-5 ms\", which is negative; {allowed} []")),
            ("inf s", format!("found \"inf s\"; {allowed} []")),
            ("1e999 s", format!("found \"1e999 s\"; {allowed} []")),
            ("11_000_000 h", format!("found \"11_000_000 h\"; {allowed} []")),
            ("0.2 ns", format!("found \"0.2 ns\", less than a nanosecond; {allowed} []")),
            ("", format!("found \"\"; {allowed} []")),
            ("5", format!("found \"5\", which has no unit; {allowed} [write the unit, for instance \"5 ms\"]")),
        ];
        for (text, expected) in cases {
            assert_eq!(problem(duration(&Node::text(text), 0)), expected);
        }
    }

    #[test]
    fn memory_is_whole_pages() {
        let read = |text: &str| memory(&Node::text(text), 4096, (1, MOST_PAGES), false);
        assert_eq!(read("400 frames").ok(), Some(400));
        assert_eq!(read("400 KiB").ok(), Some(100));
        assert_eq!(read("64 GiB").ok(), Some(16 << 20));
        assert_eq!(
            problem(read("16 MB")),
            "found \"16 MB\", which is 16000000 bytes; allowed: whole pages of 4096 bytes [MB is a power of ten; did you mean \"16 MiB\"?]"
        );
        assert!(problem(read("1e30 GiB")).starts_with("found \"1e30 GiB\"; allowed: from 1 to 268435455 pages"));
        assert!(problem(read("0 frames")).starts_with("found \"0 frames\"; allowed: from 1"));
        assert!(problem(read("4 mib")).contains("did you mean \"4 MiB\"?"));
    }
}
