//! The values of the varied key, in order.

use crate::error::{Error, Result};
use crate::scenario::{Cell, Plan, Scenario, magnitude};

/// Most values of a range: every one of them is validated before anything runs.
const MOST_VALUES: usize = 2_000;

/// The varied key and every value it may take, each with its machine.
#[derive(Clone, Debug)]
pub(super) struct Range {
    /// The full path of the key.
    pub key: String,
    /// The values as they are written, ascending.
    pub values: Vec<String>,
    /// Their magnitudes.
    pub numbers: Vec<f64>,
    /// The machine for each.
    pub cells: Vec<Cell>,
    /// The values as the sweep's grammar has them.
    pub grammar: String,
    /// The scenario that the cells are of.
    pub plan: Plan,
}

impl Range {
    /// From `KEY` or `KEY=RANGE`. Without a range it is the scenario's own sweep over the key, or else from an eighth to four times
    /// what the scenario has (from 1, for counts).
    pub fn of(scenario: &Scenario, vary: &str) -> Result<Range> {
        let request = format!("--vary {vary}");
        let (key, given) = match vary.split_once('=') {
            Some((key, range)) => (key.trim(), Some(range.trim())),
            None => (vary.trim(), None),
        };
        let full = scenario.full_key(key, &request)?;
        let grammar = match given {
            Some(range) => with_units(range),
            None => match own_axis(scenario, &full)? {
                Some(values) => values,
                None => around(scenario, &full, &request)?,
            },
        };
        Range::read(scenario, &full, grammar, request, None)
    }

    /// The same range of a scenario in which another key has another value.
    pub fn with(&self, scenario: &Scenario, key: &str, value: &str) -> Result<Range> {
        let request = format!("{key} = {value}");
        Range::read(scenario, &self.key, self.grammar.clone(), request, Some((key, value)))
    }

    fn read(
        scenario: &Scenario,
        key: &str,
        grammar: String,
        request: String,
        also: Option<(&str, &str)>,
    ) -> Result<Range> {
        let fixed = also.map(|(key, value)| (key, format!("[{value}]")));
        let mut axes = vec![(key, grammar.as_str())];
        axes.extend(fixed.as_ref().map(|(key, value)| (*key, value.as_str())));
        let plan = scenario.swept(&axes, &request)?.plan()?;
        let (values, wrong) = (&plan.axes[0].values, |problem: String| Error::Usage(format!("{request}: {problem}")));
        if values.len() > MOST_VALUES {
            return Err(wrong(format!(
                "found {} values; allowed: up to {MOST_VALUES}; give a coarser range, such as \
                 {key}='{{ from = 1, to = 10_000, step = 10 }}'",
                values.len()
            )));
        }
        let mut order = Vec::with_capacity(values.len());
        for (number, value) in values.iter().enumerate() {
            let Some(magnitude) = magnitude(value) else {
                return Err(wrong(format!(
                    "found {value:?}, which has no place in an order; allowed: a key whose values are numbers or quantities (a \
                     sweep compares words: knee sweep, knee compare)"
                )));
            };
            order.push((magnitude, number));
        }
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        if let Some(pair) = order.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(wrong(format!("{} and {} are the same", values[pair[0].1], values[pair[1].1])));
        }
        Ok(Range {
            key: key.to_owned(),
            values: order.iter().map(|&(_, number)| values[number].clone()).collect(),
            numbers: order.iter().map(|&(magnitude, _)| magnitude).collect(),
            cells: order.iter().map(|&(_, number)| plan.cells.get(number)).collect(),
            grammar,
            plan,
        })
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }
}

/// `100 frames..800 frames` in the sweep's grammar; anything else is left as it is.
fn with_units(range: &str) -> String {
    let Some((from, to)) = range.split_once("..") else { return range.to_owned() };
    let (from, to) = (from.trim().trim_matches('"'), to.trim().trim_matches('"'));
    let split = |text: &str| {
        let at = text.find(|c: char| c.is_alphabetic() || c == '\u{b5}').unwrap_or(text.len());
        let (digits, unit) = text.split_at(at);
        Some((digits.trim().replace('_', "").parse::<f64>().ok()?, unit.trim().to_owned()))
    };
    let (Some((low, unit)), Some((high, high_unit))) = (split(from), split(to)) else { return range.to_owned() };
    let unit = if unit.is_empty() { high_unit.clone() } else { unit };
    if unit != high_unit || high <= low || low.fract() == 0.0 && high.fract() == 0.0 && unit.is_empty() {
        return format!("\"{from}..{to}\"");
    }
    // Sixty-four steps; whole ones, where whole units are given.
    let step = (high - low) / 64.0;
    let countable = whole(&unit);
    let step =
        if low.fract() == 0.0 && high.fract() == 0.0 && (step >= 1.0 || countable) { libm::ceil(step) } else { step };
    if unit.is_empty() {
        format!("{{ from = {low}, to = {high}, step = {step} }}")
    } else {
        format!("{{ from = \"{low} {unit}\", to = \"{high} {unit}\", step = \"{step} {unit}\" }}")
    }
}

/// The values that the scenario's own sweep gives the key.
fn own_axis(scenario: &Scenario, key: &str) -> Result<Option<String>> {
    let plan = scenario.plan()?;
    let Some(axis) = plan.axes.iter().find(|axis| axis.key == key) else { return Ok(None) };
    if axis.values.len() < 2 {
        return Ok(None);
    }
    let values = axis.values.iter().map(|value| match value.parse::<f64>() {
        Ok(_) => value.clone(),
        Err(_) => format!("{value:?}"),
    });
    Ok(Some(format!("[{}]", values.collect::<Vec<_>>().join(", "))))
}

/// From an eighth to four times what the scenario has, eight values an octave; from 1, for counts.
fn around(scenario: &Scenario, key: &str, request: &str) -> Result<String> {
    let plan = scenario.swept(&[], request)?.plan()?;
    let document: toml::Table = plan.effective.parse().map_err(|error| {
        Error::Usage(format!("{request}: the scenario with its defaults cannot be read back: {error}"))
    })?;
    let mut at = Some(&toml::Value::Table(document)).cloned();
    for part in key.split('.') {
        at = match at {
            Some(toml::Value::Table(mut table)) => table.remove(part),
            Some(toml::Value::Array(mut list)) => {
                part.parse().ok().filter(|place| *place < list.len()).map(|place: usize| list.swap_remove(place))
            }
            _ => None,
        };
    }
    let ask = |found: &str, help: &str| {
        Err(Error::Usage(format!("{request}: {found}; allowed: the dotted path of a number or quantity, or {help}")))
    };
    match at {
        Some(toml::Value::Integer(value)) if value > 0 => {
            let most = (4 * value).max(32);
            let last = if most > 256 { value } else { most };
            if most <= 256 {
                return Ok(format!("\"1..{last}\""));
            }
            let mut values: Vec<i64> = octaves(value as f64).map(|value| libm::round(value).max(1.0) as i64).collect();
            values.dedup();
            Ok(format!("{values:?}"))
        }
        Some(toml::Value::Float(value)) if value > 0.0 => {
            let values: Vec<String> = octaves(value).map(|value| format!("{value:.6}")).collect();
            Ok(format!("[{}]", values.join(", ")))
        }
        Some(toml::Value::String(text)) if magnitude(&text).is_some_and(|value| value > 0.0) => {
            let at = text.find(|c: char| c.is_alphabetic() || c == '\u{b5}').unwrap_or(text.len());
            let (digits, unit) = text.split_at(at);
            let value: f64 = digits.trim().replace('_', "").parse().unwrap_or(1.0);
            let whole = whole(unit.trim());
            let mut values: Vec<String> = octaves(value)
                .map(|value| if whole { libm::round(value).max(1.0).to_string() } else { format!("{value:.6}") })
                .map(|value| format!("\"{value} {}\"", unit.trim()))
                .collect();
            values.dedup();
            Ok(format!("[{}]", values.join(", ")))
        }
        Some(toml::Value::Table(table)) => {
            let keys: Vec<&str> = table.keys().map(String::as_str).collect();
            ask("found a table", &format!("one of its keys: {}", keys.join(", ")))
        }
        Some(toml::Value::String(word)) if magnitude(&word).is_none() => Err(Error::Usage(format!(
            "{request}: found {word:?}, which has no place in an order; allowed: a key whose values are numbers or quantities (a \
             sweep compares words: knee sweep, knee compare)"
        ))),
        Some(other) => ask(&format!("found {other}"), &format!("with a range: {key}=RANGE")),
        None => {
            // An unknown key is named with what is known beside it; one that has no default needs a range.
            scenario.swept(&[(key, "[1]")], request)?.plan()?;
            ask("the scenario gives it no value to begin from", &format!("with a range: {key}=1..64"))
        }
    }
}

/// Whether there are only whole numbers of a unit.
fn whole(unit: &str) -> bool {
    unit.starts_with("frame") || unit.starts_with("page")
}

fn octaves(value: f64) -> impl Iterator<Item = f64> {
    (-24..=16).map(move |eighth| value * libm::pow(2.0, f64::from(eighth) / 8.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_with_units_become_steps() {
        assert_eq!(with_units("1..24"), "\"1..24\"");
        assert_eq!(
            with_units("100 frames..800 frames"),
            "{ from = \"100 frames\", to = \"800 frames\", step = \"11 frames\" }"
        );
        assert_eq!(
            with_units("1 frames..10 frames"),
            "{ from = \"1 frames\", to = \"10 frames\", step = \"1 frames\" }"
        );
        assert_eq!(with_units("1..9 ms"), "{ from = \"1 ms\", to = \"9 ms\", step = \"0.125 ms\" }");
        assert_eq!(with_units("[1, 2, 4]"), "[1, 2, 4]");
        assert_eq!(with_units("0.1..0.9"), "{ from = 0.1, to = 0.9, step = 0.0125 }");
    }
}
