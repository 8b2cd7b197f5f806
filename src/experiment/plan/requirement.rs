//! What a planner requires: `throughput >= 90% of peak`, `p99(response) <= 200 ms`, `psi.memory.full <= 1%`.

use crate::error::{Error, Result};
use crate::metrics::METRICS;
use crate::scenario::{closest, magnitude};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One requirement on a metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Requirement {
    /// As it was written, with single spaces.
    pub text: String,
    /// The metric, by the name that results have (`response_p99`, `worker.throughput`).
    pub metric: String,
    /// Which side of the bound is allowed.
    pub side: Side,
    /// The bound, in the metric's unit, or as a share of the peak.
    pub bound: Bound,
}

/// Which side of a bound is allowed. A strict inequality means the same: the probability of equality is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// At least.
    AtLeast,
    /// At most.
    AtMost,
}

/// What a metric is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// A number, in the metric's unit.
    Value(f64),
    /// A share of the metric's value where throughput has its peak.
    OfPeak(f64),
}

impl Requirement {
    /// Reads a requirement about a machine with these classes.
    ///
    /// # Errors
    /// [`Error::Usage`] that says what is wrong, and what may have been meant.
    pub fn parse(text: &str, classes: &[&str]) -> Result<Requirement> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let wrong = |problem: String| Error::Usage(format!("--require \"{text}\": {problem}"));
        let shape = "a metric, <= or >=, and a value, such as \"p99(response) <= 200 ms\" or \
                     \"throughput >= 90% of peak\"";
        let operators =
            [("<=", Side::AtMost), (">=", Side::AtLeast), ("\u{2264}", Side::AtMost), ("\u{2265}", Side::AtLeast)];
        let strict = [("<", Side::AtMost), (">", Side::AtLeast)];
        let found = operators.iter().chain(&strict).find(|(operator, _)| text.contains(operator));
        let Some(&(operator, side)) = found else {
            return Err(wrong(format!("found no <= or >=; allowed: {shape}")));
        };
        let (left, right) = text.split_once(operator).unwrap_or((&text, ""));
        if right.contains(['<', '>', '=']) {
            return Err(wrong(format!(
                "found more than one comparison; allowed: {shape}; give each its own --require"
            )));
        }
        let metric = metric(left.trim(), classes).map_err(&wrong)?;
        let bound = bound(right.trim(), &metric).map_err(&wrong)?;
        Ok(Requirement { metric, side, bound, text })
    }

    /// How much a value is on the allowed side of a bound; negative on the other.
    pub fn slack(&self, value: f64, bound: f64) -> f64 {
        match self.side {
            Side::AtLeast => value - bound,
            Side::AtMost => bound - value,
        }
    }

    /// Whether the bound is relative to the peak.
    pub fn of_peak(&self) -> bool {
        matches!(self.bound, Bound::OfPeak(_))
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The known name of a metric that may be written as `p99(response)`, `mean(response)`, `psi.memory.full` or with a class before
/// it.
fn metric(text: &str, classes: &[&str]) -> std::result::Result<String, String> {
    let (function, inner) = match text.split_once('(') {
        Some((function, rest)) => match rest.trim().strip_suffix(')') {
            Some(inner) => (Some(function.trim().to_lowercase()), inner.trim()),
            None => return Err(format!("found {text:?}, whose parenthesis is not closed; allowed: p99(response)")),
        },
        None => (None, text),
    };
    let (class, name) = match inner.split_once('.') {
        Some((first, rest)) if classes.contains(&first) => (Some(first), rest),
        _ => (None, inner),
    };
    let name = name.replace('.', "_").to_lowercase();
    let suffix = match function.as_deref() {
        None => "",
        Some("mean" | "average" | "avg") => "_mean",
        Some("median" | "p50") => "_p50",
        Some("p95") => "_p95",
        Some("p99") => "_p99",
        Some(other) => {
            return Err(format!(
                "found {other}(...); allowed: mean, median, p95 or p99 of response, fault_latency, ..."
            ));
        }
    };
    let known = |name: &str| METRICS.iter().any(|metric| metric.name == name);
    let full = format!("{name}{suffix}");
    // A time without a function is its mean.
    let full = if !known(&full) && suffix.is_empty() && known(&format!("{name}_mean")) {
        format!("{name}_mean")
    } else {
        full
    };
    if !known(&full) {
        let base: Vec<&str> = METRICS.iter().filter_map(|metric| metric.name.strip_suffix("_mean")).collect();
        let near = if function.is_some() {
            closest(&name, base.iter().copied()).map(|near| format!("{}({near})", function.unwrap_or_default()))
        } else {
            closest(&full, METRICS.iter().map(|metric| metric.name).chain(base)).map(str::to_owned)
        };
        let dotted = inner.split_once('.').filter(|_| class.is_none());
        let strange = dotted.and_then(|(first, _)| closest(first, classes.iter().copied()));
        let help = match (near, strange) {
            (Some(near), _) => format!("did you mean {near}? "),
            (None, Some(class)) => format!("did you mean class {class}? "),
            (None, None) => String::new(),
        };
        return Err(format!(
            "unknown metric {text:?}; allowed: what `knee list metrics` prints, p99(response) and the like, and {}.METRIC\n    \
             help: {help}knee list metrics",
            classes.first().unwrap_or(&"CLASS")
        ));
    }
    Ok(class.map_or(full.clone(), |class| format!("{class}.{full}")))
}

/// The unit of a metric of the machine or of a class.
pub(super) fn unit(metric: &str) -> &'static str {
    let name = metric.rsplit_once('.').map_or(metric, |(_, name)| name);
    METRICS.iter().find(|known| known.name == name).map_or("", |known| known.unit)
}

/// Metrics of these names are shares: at most 1, by their meaning.
pub(super) fn is_share(metric: &str) -> bool {
    let name = metric.rsplit_once('.').map_or(metric, |(_, name)| name);
    name.ends_with("utilisation") || name.ends_with("_rate") || name.starts_with("psi_") || name.starts_with("cpu_")
}

fn bound(text: &str, metric: &str) -> std::result::Result<Bound, String> {
    let unit = unit(metric);
    if let Some(share) = text.strip_suffix("of peak").or_else(|| text.strip_suffix("of the peak")) {
        let share = number_with(share.trim(), "").ok_or_else(|| format!("found {text:?}; allowed: 90% of peak"))?;
        return if share > 0.0 && share.is_finite() {
            Ok(Bound::OfPeak(share))
        } else {
            Err(format!("found {text:?}; allowed: a positive share, such as 90% of peak"))
        };
    }
    let allowed = match unit {
        "s" => "a time with its unit, such as 200 ms".to_owned(),
        "" if is_share(metric) => "a share, such as 1% or 0.01".to_owned(),
        "" => "a number".to_owned(),
        unit => format!("a number, in {unit}, or a share of the peak"),
    };
    let value = number_with(text, unit).ok_or_else(|| format!("found {text:?} for {metric}; allowed: {allowed}"))?;
    if value < 0.0 {
        return Err(format!("found {text:?}, but {metric} is never negative; allowed: {allowed}"));
    }
    if is_share(metric) && value > 1.0 {
        return Err(format!("found {text:?}, but {metric} is a share, at most 1 or 100%; allowed: {allowed}"));
    }
    Ok(Bound::Value(value))
}

/// A number in a unit: per cent where there is none, times in seconds, rates with or without their unit.
fn number_with(text: &str, unit: &str) -> Option<f64> {
    let plain = |text: &str| text.trim().replace('_', "").parse::<f64>().ok().filter(|value| value.is_finite());
    match unit {
        "s" => {
            let (digits, named) = text.split_at(text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len()));
            let is_time = ["ns", "us", "\u{b5}s", "\u{3bc}s", "ms", "s", "min", "h"].contains(&named.trim());
            is_time.then(|| magnitude(&format!("{} {}", digits.trim(), named.trim())).map(|nanos| nanos / 1e9))?
        }
        "" => match text.strip_suffix('%') {
            Some(percent) => plain(percent).map(|percent| percent / 100.0),
            None => plain(text),
        },
        unit => {
            let bare = text.strip_suffix(unit).or_else(|| text.strip_suffix("/s").filter(|_| unit.ends_with("/s")));
            plain(bare.unwrap_or(text))
        }
    }
}

/// Whether requirements can hold together at all, as far as that can be seen without a run.
///
/// # Errors
/// [`Error::Usage`] that names two that contradict each other, or one that nothing can satisfy.
pub fn check(requirements: &[Requirement]) -> Result<()> {
    if requirements.is_empty() {
        return Err(Error::Usage(
            "nothing is required; give at least one --require, such as \"throughput >= 90% of peak\"".into(),
        ));
    }
    for (number, one) in requirements.iter().enumerate() {
        if let (Bound::OfPeak(share), Side::AtLeast, "throughput") = (one.bound, one.side, one.metric.as_str())
            && share > 1.0
        {
            return Err(Error::Usage(format!(
                "--require \"{one}\": more than the peak can never be had; allowed: up to 100%"
            )));
        }
        for other in &requirements[number + 1..] {
            if one.metric != other.metric || one.side == other.side {
                continue;
            }
            let (least, most) = if one.side == Side::AtLeast { (one, other) } else { (other, one) };
            let apart = match (least.bound, most.bound) {
                (Bound::Value(least), Bound::Value(most)) | (Bound::OfPeak(least), Bound::OfPeak(most)) => least > most,
                _ => false,
            };
            if apart {
                return Err(Error::Usage(format!(
                    "the requirements contradict each other: \"{least}\" and \"{most}\" cannot both hold"
                )));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, Side, Bound) {
        let found = Requirement::parse(text, &["worker", "db"]).unwrap();
        (found.metric, found.side, found.bound)
    }

    #[test]
    fn requirements_are_read_as_people_write_them() {
        use Bound::{OfPeak, Value};
        use Side::{AtLeast, AtMost};
        let name = |text: &str| text.to_owned();
        assert_eq!(read("throughput >= 90% of peak"), (name("throughput"), AtLeast, OfPeak(0.9)));
        assert_eq!(read("throughput>=0.5 of the peak"), (name("throughput"), AtLeast, OfPeak(0.5)));
        assert_eq!(read("p99(response) <= 200ms"), (name("response_p99"), AtMost, Value(0.2)));
        assert_eq!(read("p95( fault_latency ) < 1.5 s"), (name("fault_latency_p95"), AtMost, Value(1.5)));
        assert_eq!(read("worker.response <= 2 min"), (name("worker.response_mean"), AtMost, Value(120.0)));
        assert_eq!(read("median(db.response) \u{2264} 3 us"), (name("db.response_p50"), AtMost, Value(3e-6)));
        assert_eq!(read("worker.throughput >= 3 jobs/s"), (name("worker.throughput"), AtLeast, Value(3.0)));
        assert_eq!(read("faults_per_second <= 1_000/s"), (name("faults_per_second"), AtMost, Value(1000.0)));
        assert_eq!(read("cpu.utilisation >= 50%"), (name("cpu_utilisation"), AtLeast, Value(0.5)));
    }

    #[test]
    fn what_cannot_be_read_is_explained() {
        let said = |text: &str| Requirement::parse(text, &["worker"]).unwrap_err().to_string();
        for (text, expected) in [
            ("throughput", "no <= or >="),
            ("throghput >= 3", "did you mean throughput?"),
            ("p99(respnse) <= 3 s", "did you mean p99(response)?"),
            ("wroker.throughput >= 3", "did you mean"),
            ("p98(response) <= 3 s", "mean, median, p95 or p99"),
            ("p99(response <= 3 s", "not closed"),
            ("p99(response) <= 200", "a time with its unit"),
            ("p99(response) <= 200 frames", "a time with its unit"),
            ("cpu_utilisation <= 150%", "at most 1"),
            ("throughput >= -1", "never negative"),
            ("1 <= throughput <= 2", "more than one comparison"),
            ("throughput >= x of peak", "90% of peak"),
        ] {
            assert!(said(text).contains(expected), "{text}: {}", said(text));
        }
    }

    #[test]
    fn contradictions_are_found_before_anything_runs() {
        let all = |texts: &[&str]| {
            let all: Vec<Requirement> = texts.iter().map(|text| Requirement::parse(text, &[]).unwrap()).collect();
            check(&all).map_err(|error| error.to_string())
        };
        assert!(all(&["throughput >= 3", "throughput <= 2"]).unwrap_err().contains("contradict"));
        assert!(all(&["throughput <= 50% of peak", "throughput >= 90% of peak"]).unwrap_err().contains("contradict"));
        assert!(all(&["throughput >= 110% of peak"]).unwrap_err().contains("more than the peak"));
        assert!(all(&[]).unwrap_err().contains("at least one --require"));
        assert_eq!(all(&["throughput >= 2", "throughput <= 3", "p99(response) <= 1 s"]), Ok(()));
    }
}
