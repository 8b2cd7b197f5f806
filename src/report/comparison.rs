//! Ranking the values of an axis, most often policies or devices: paired differences from the best, corrected for there being several.

use super::number::{plain, with_interval};
use super::table::columns;
use crate::error::{Diagnostic, Error, Result};
use crate::experiment::{Manifest, files};
use crate::metrics::METRICS;
use crate::scenario::closest;
use crate::stats::{Difference, Estimate, estimate, rank};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Metrics of which more is better; of all others less is.
const MORE_IS_BETTER: [&str; 6] =
    ["throughput", "cpu_utilisation", "references_per_second", "lifetime", "tier_hit_rate", "resident_frames"];
/// With more combinations of the other axes each gets one line.
const MOST_TABLES: usize = 4;

/// The values of one axis, ranked at each combination of the others.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The axis.
    pub by: String,
    /// What is compared.
    pub metric: String,
    /// Whether more of it is better.
    pub more_is_better: bool,
    /// Confidence over all comparisons of one group together.
    pub confidence: f64,
    /// One for each combination of the other axes, in order.
    pub groups: Vec<Group>,
}

/// A ranking.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// The other axes and their values.
    pub at: Vec<(String, String)>,
    /// Replications that every value has.
    pub replications: usize,
    /// The values, the best first.
    pub ranking: Vec<Ranked>,
}

/// One value.
#[derive(Clone, Debug, Serialize)]
pub struct Ranked {
    /// The value of the axis.
    pub value: String,
    /// Mean over the common replications.
    pub mean: f64,
    /// Difference from the best; `None` for the best itself.
    pub difference: Option<f64>,
    /// Half-width of its interval.
    pub half_width: Option<f64>,
    /// p value, corrected.
    pub p: Option<f64>,
    /// Whether it is different from the best.
    pub significant: bool,
}

/// Ranks the values of an axis of the finished sweep in a folder; by default of the first whose values are not numbers, by throughput.
///
/// # Errors
/// [`Error::Usage`] for an axis or metric that the sweep does not have, [`Error::Read`] or [`Error::Data`] for its files.
pub fn compare(dir: &Path, by: Option<&str>, metric: Option<&str>) -> Result<Comparison> {
    let manifest = Manifest::read(dir)?;
    let keys = || manifest.axes.iter().map(|axis| axis.key.as_str());
    let axis = match by {
        Some(key) => {
            let matches = |axis: &str| axis == key || axis.strip_prefix("process.") == Some(key);
            keys().position(matches).ok_or_else(|| unknown("axis", key, keys().collect()))?
        }
        None => {
            let words = |axis: &crate::experiment::AxisRecord| {
                axis.values.len() > 1 && axis.values.iter().any(|value| value.parse::<f64>().is_err())
            };
            manifest.axes.iter().position(words).ok_or_else(|| {
                Error::Usage(format!(
                    "every axis of this sweep has numbers: {}; name the one to compare by with --by",
                    keys().collect::<Vec<_>>().join(", ")
                ))
            })?
        }
    };
    let metric = metric.unwrap_or("throughput");
    let samples = read(dir, &manifest, axis, metric)?;
    let name = metric.rsplit_once('.').map_or(metric, |(_, name)| name);
    let more_is_better = MORE_IS_BETTER.contains(&name);
    let groups = samples.into_iter().map(|(at, values)| {
        let at = manifest.axes.iter().enumerate().filter(|(n, _)| *n != axis).map(|(_, a)| a.key.clone()).zip(at);
        group(at.collect(), &values, more_is_better, manifest.confidence)
    });
    Ok(Comparison {
        by: manifest.axes[axis].key.clone(),
        metric: metric.to_owned(),
        more_is_better,
        confidence: manifest.confidence,
        groups: groups.collect(),
    })
}

fn unknown(what: &str, found: &str, known: Vec<&str>) -> Error {
    let help = closest(found, known.iter().copied()).map(|near| format!("\n    help: did you mean {near}?"));
    Error::Usage(format!("unknown {what} {found:?}; allowed: {}{}", known.join(", "), help.unwrap_or_default()))
}

/// Of one value of the axis: its replications' numbers, by replication.
type Sample = (String, BTreeMap<u32, f64>);

/// By the values of the other axes, in the order of the file: each value of the axis.
fn read(dir: &Path, manifest: &Manifest, axis: usize, metric: &str) -> Result<Vec<(Vec<String>, Vec<Sample>)>> {
    let path = dir.join(files::RUNS);
    let file = std::fs::File::open(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
    let mut reader = csv::Reader::from_reader(std::io::BufReader::new(file));
    let damaged = |line: u64, problem: String| {
        let help = Some("the file was changed or belongs to another version; run the sweep again".to_owned());
        Error::Data(Diagnostic { origin: format!("{}:{line}", path.display()), key: String::new(), problem, help })
    };
    let header = reader.headers().map_err(|error| damaged(1, format!("it is not a CSV row: {error}")))?.clone();
    let place = |name: &str| header.iter().position(|column| column == name);
    let needed = |name: &str| place(name).ok_or_else(|| damaged(1, format!("the column {name} is missing")));
    let after = needed("stationary")?;
    let known: Vec<&str> = header.iter().skip(after + 1).collect();
    let column = known.iter().position(|name| *name == metric).map(|at| at + after + 1);
    let column = column.ok_or_else(|| unknown("metric", metric, known.clone()))?;
    let axes = manifest.axes.iter().map(|axis| needed(&axis.key)).collect::<Result<Vec<_>>>()?;
    let replication = needed("replication")?;
    let mut groups: Vec<(Vec<String>, Vec<Sample>)> = Vec::new();
    let mut places: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            damaged(error.position().map_or(1, csv::Position::line), format!("it is not a CSV row: {error}"))
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |at: usize| record.get(at).unwrap_or_default();
        let others = axes.iter().enumerate().filter(|(n, _)| *n != axis).map(|(_, at)| field(*at).to_owned());
        let others: Vec<String> = others.collect();
        let number = field(replication).parse::<u32>().map_err(|_| damaged(line, "found no replication".into()))?;
        let group = *places.entry(others.clone()).or_insert_with(|| {
            groups.push((others, Vec::new()));
            groups.len() - 1
        });
        let values = &mut groups[group].1;
        let value = field(axes[axis]);
        let sample = match values.iter().position(|(known, _)| known == value) {
            Some(sample) => sample,
            None => {
                values.push((value.to_owned(), BTreeMap::new()));
                values.len() - 1
            }
        };
        if !field(column).is_empty() {
            let found = field(column)
                .parse()
                .map_err(|_| damaged(line, format!("found {:?}; a number is allowed", field(column))))?;
            values[sample].1.insert(number, found);
        }
    }
    Ok(groups)
}

fn group(at: Vec<(String, String)>, values: &[Sample], more_is_better: bool, confidence: f64) -> Group {
    // A value none of whose runs was finished has no place in a ranking; of the others what all have is compared.
    let present: Vec<&Sample> = values.iter().filter(|(_, sample)| !sample.is_empty()).collect();
    let common: Vec<u32> = match present.first() {
        Some((_, first)) => {
            first.keys().copied().filter(|r| present.iter().all(|(_, sample)| sample.contains_key(r))).collect()
        }
        None => Vec::new(),
    };
    if common.is_empty() {
        return Group { at, replications: 0, ranking: Vec::new() };
    }
    let sign = if more_is_better { 1.0 } else { -1.0 };
    let samples: Vec<Vec<f64>> = present
        .iter()
        .map(|(_, sample)| common.iter().map(|replication| sign * sample[replication]).collect())
        .collect();
    let ranked = rank(&samples, confidence);
    let mut ranking: Vec<Ranked> = present
        .iter()
        .zip(samples.iter().zip(&ranked.others))
        .map(|((value, _), (sample, other))| {
            let mean = sign * estimate(sample, confidence).map_or(f64::NAN, |estimate| estimate.mean);
            let of = |pick: fn(&Difference) -> f64| other.as_ref().map(pick);
            Ranked {
                value: value.clone(),
                mean,
                difference: of(|difference| difference.mean).map(|mean| sign * mean),
                half_width: other.as_ref().and_then(|difference| difference.half_width),
                p: of(|difference| difference.p),
                significant: other.as_ref().is_some_and(|difference| difference.significant),
            }
        })
        .collect();
    ranking.sort_by(|a, b| (sign * b.mean).total_cmp(&(sign * a.mean)).then_with(|| a.value.cmp(&b.value)));
    Group { at, replications: common.len(), ranking }
}

/// The rankings in words: a table for each of a few, a line for each of many.
pub fn ranking(comparison: &Comparison) -> String {
    let title =
        METRICS.iter().find(|metric| metric.name == comparison.metric).map_or(comparison.metric.as_str(), |m| m.title);
    let direction = if comparison.more_is_better { "more" } else { "less" };
    let mut text = format!(
        "{} ranked by {title} ({direction} is better), paired by replication, {} % over all comparisons of a group (Holm)\n",
        comparison.by,
        plain(comparison.confidence * 100.0, 2)
    );
    let tables = comparison.groups.len() <= MOST_TABLES;
    for group in &comparison.groups {
        let at: Vec<String> = group
            .at
            .iter()
            .map(|(key, value)| format!("{} = {value}", key.strip_prefix("process.").unwrap_or(key)))
            .collect();
        let at = at.join(", ");
        let Some((best, others)) = group.ranking.split_first() else {
            text += &format!("\n{at}: no replication was finished by all\n");
            continue;
        };
        if !tables {
            let alike: Vec<&str> = others.iter().filter(|other| !other.significant).map(|o| o.value.as_str()).collect();
            let alike =
                if alike.is_empty() { String::new() } else { format!("; not told from it: {}", alike.join(", ")) };
            text += &format!("{at}: {} ({}){alike}\n", best.value, plain(best.mean, 4));
            continue;
        }
        let mut lines = vec![vec![String::new(), "mean".into(), "from the best".into(), "p".into(), String::new()]];
        for ranked in &group.ranking {
            let difference =
                ranked.difference.map(|mean| Estimate { mean, half_width: ranked.half_width, n: group.replications });
            lines.push(vec![
                ranked.value.clone(),
                plain(ranked.mean, 4),
                if difference.is_some() { with_interval(difference) } else { String::new() },
                ranked.p.map_or(String::new(), |p| plain(p, 2)),
                match (&ranked.difference, ranked.significant) {
                    (None, _) => "best".into(),
                    (_, true) => "worse".into(),
                    (_, false) => "not told from the best".into(),
                },
            ]);
        }
        if !at.is_empty() {
            text += &format!("\nat {at}, {} replications\n", group.replications);
        }
        text += &columns(&lines);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(value: &str, numbers: &[f64]) -> Sample {
        (value.into(), numbers.iter().enumerate().map(|(r, number)| (r as u32, *number)).collect())
    }

    #[test]
    fn less_is_better_where_it_is() {
        let values = [sample("a", &[1.0, 2.0, 3.0, 4.0]), sample("b", &[2.01, 3.0, 4.0, 5.01]), sample("c", &[])];
        let slow = group(Vec::new(), &values, false, 0.95);
        assert_eq!(slow.ranking.iter().map(|r| r.value.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        let b = &slow.ranking[1];
        assert!(b.significant && (b.difference.unwrap() - 1.005).abs() < 1e-9 && b.mean > slow.ranking[0].mean);
        let fast = group(Vec::new(), &values, true, 0.95);
        assert_eq!(fast.ranking[0].value, "b");
        assert!((fast.ranking[1].difference.unwrap() + 1.005).abs() < 1e-9);
    }

    #[test]
    fn only_what_all_have_is_compared() {
        let mut short = sample("b", &[5.0, 6.0, 7.0]);
        short.1.remove(&1);
        let found = group(Vec::new(), &[sample("a", &[1.0, 2.0, 3.0]), short], true, 0.95);
        assert_eq!(found.replications, 2);
        assert_eq!(found.ranking[1].mean, 2.0);
    }
}
