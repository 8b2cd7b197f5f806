//! `knee compare`: which value of an axis is best, and which cannot be told from it.

use super::arguments::{CompareRequest, Format};
use super::output::Output;
use knee::error::Result;
use knee::report::{Comparison, compare, ranking};
use std::io::Write;

/// Ranks the values of an axis of a finished sweep.
pub fn execute(request: &CompareRequest, out: &mut Output) -> Result<()> {
    let comparison = compare(&request.dir, request.by.as_deref(), request.metric.as_deref())?;
    match request.format {
        Format::Table => out.text(&ranking(&comparison)),
        Format::Json => {
            let json = serde_json::to_string_pretty(&comparison).expect("a comparison has no keys that are not text");
            out.text(&json)
        }
        Format::Csv => out.write(|out| to_csv(&comparison, out)),
    }
}

fn to_csv(comparison: &Comparison, out: &mut dyn Write) -> std::io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    let others = comparison.groups.first().map(|group| group.at.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>());
    let fixed =
        [comparison.by.as_str(), "rank", "replications", "mean", "difference", "half_width", "p", "significant"];
    csv.write_record(others.unwrap_or_default().iter().map(String::as_str).chain(fixed))?;
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    for group in &comparison.groups {
        for (rank, ranked) in group.ranking.iter().enumerate() {
            let fixed = [
                ranked.value.clone(),
                (rank + 1).to_string(),
                group.replications.to_string(),
                ranked.mean.to_string(),
                number(ranked.difference),
                number(ranked.half_width),
                number(ranked.p),
                ranked.significant.to_string(),
            ];
            csv.write_record(group.at.iter().map(|(_, value)| value.clone()).chain(fixed))?;
        }
    }
    csv.flush()
}
