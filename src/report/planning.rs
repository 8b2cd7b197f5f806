//! The answer to a planner's question in words: the answer first, then the reasons, then what would help.

use super::number::{plain, tick};
use super::table::columns;
use crate::experiment::plan::{Answer, Found, Remedy, Resource, Sought};
use crate::metrics::METRICS;

/// What the table of reasons shows: metric, heading, whether it is a share.
const ROWS: [(&str, &str, bool); 8] = [
    ("throughput", "throughput, jobs/s", false),
    ("response_p99", "response time, 99th percentile, s", false),
    ("cpu_utilisation", "CPU on the processes' own work", true),
    ("paging_utilisation", "paging device busy", true),
    ("paging_queue", "requests at the paging device", false),
    ("file_utilisation", "file device busy", true),
    ("resident_frames", "frames in use", false),
    ("psi_memory_full", "memory pressure, full", true),
];

/// One screen of text.
pub fn planning(answer: &Answer) -> String {
    let key = answer.key.strip_prefix("process.").unwrap_or(&answer.key);
    let confidence = format!("{} %", tick(answer.confidence * 100.0));
    let mut text = format!("{}\n\n", headline(answer, key, &confidence));
    let peak = &answer.peak;
    text += &format!("Peak: throughput is {} at {key} = {}", plain(peak.throughput, 4), peak.value);
    text += &match (peak.low == peak.high, peak.at_the_end) {
        (true, false) => ".".to_owned(),
        (false, false) => format!(", which cannot be told from {} to {}.", peak.low, peak.high),
        (_, true) => ", the end of the range; it may rise beyond.".to_owned(),
    };
    if let Some(collapse) = &answer.collapse {
        text += &format!(" Collapse begins at {}", collapse.value);
        if collapse.low != collapse.high {
            text += &format!(" ({} to {})", collapse.low, collapse.high);
        }
        text += &format!(
            ": below 90 % of the peak; at the end of the range, {}, {:.0} % of it is left.",
            answer.range.1,
            100.0 * collapse.at_the_end
        );
    } else if answer.sought == Sought::Largest && !peak.at_the_end {
        text += " Within the range it does not fall below 90 % of that.";
    }
    text += "\n";
    if let Some(limit) = &answer.limit {
        let name = match limit.resource {
            Resource::Frames => "page frames",
            Resource::DeviceOperations => "operations of the paging device",
            Resource::DeviceBandwidth => "bandwidth of the paging device",
            Resource::Cpu => "the CPU",
            Resource::FileDevice => "the file device",
            Resource::Nothing => "no resource",
        };
        text += &format!("What limits at {}: {name} ({}).\n", limit.at, limit.why);
    }
    text += "\n";
    text += &reasons(answer, key);
    if !answer.remedies.is_empty() {
        text += &format!(
            "\nWhat a change would buy, alone (bounds of the peak are those above; in brackets the interval; jobs/s over the first {} \
             replications):\n{}",
            answer.replications.0,
            remedies(answer, key)
        );
    }
    for caution in &answer.cautions {
        text += &format!("\nNote: {caution}.");
    }
    if !answer.cautions.is_empty() {
        text.push('\n');
    }
    text
}

fn headline(answer: &Answer, key: &str, confidence: &str) -> String {
    let all: Vec<String> = answer.requirements.iter().map(|requirement| format!("\"{requirement}\"")).collect();
    let what = all.join(" and ");
    let (first, last, _) = &answer.range;
    let superlative = if answer.sought == Sought::Largest { "largest" } else { "smallest" };
    match &answer.found {
        Found::Value { value, low, high, binding, observed, next, .. } => {
            let interval = if low == high {
                format!("decided at {confidence}")
            } else {
                format!("{confidence} interval {low} to {high}")
            };
            let which = if all.len() > 1 { format!(" satisfy \"{binding}\"") } else { String::new() };
            format!(
                "{key} = {value} is the {superlative} that satisfies {what} ({interval}).\n{next} does not{which}: {observed}."
            )
        }
        Found::All => format!("All values of {key} from {first} to {last} satisfy {what}."),
        Found::UpToTheEnd { value } => {
            format!("{key} = {value}, the end of the range, satisfies {what}; the limit is beyond {value}.")
        }
        Found::None { why, .. } => {
            format!("No value of {key} from {first} to {last} satisfies {what}.\n{why}.")
        }
    }
}

fn reasons(answer: &Answer, key: &str) -> String {
    let mut lines = vec![vec![format!("at {key} =")]];
    lines[0].extend(answer.portraits.iter().map(|portrait| {
        let doubt = if portrait.converged { "" } else { "*" };
        format!("{}{doubt}", portrait.value)
    }));
    let mut roles = vec![String::new()];
    roles.extend(answer.portraits.iter().map(|portrait| format!("({})", portrait.role)));
    lines.push(roles);
    let required = answer.requirements.iter().map(|requirement| requirement.metric.as_str());
    let others = required.filter(|metric| ROWS.iter().all(|(known, ..)| known != metric));
    let others = others.map(|metric| (metric.to_owned(), title(metric), false));
    let rows = ROWS.iter().map(|(metric, heading, share)| ((*metric).to_owned(), (*heading).to_owned(), *share));
    for (metric, heading, share) in rows.chain(others) {
        if answer.portraits.iter().all(|portrait| !portrait.means.contains_key(&metric)) {
            continue;
        }
        let mut line = vec![heading];
        line.extend(answer.portraits.iter().map(|portrait| match portrait.means.get(&metric) {
            Some(mean) if share => format!("{:.1} %", 100.0 * mean),
            Some(mean) => plain(*mean, 4),
            None => "-".to_owned(),
        }));
        lines.push(line);
    }
    let mut faults = vec!["major faults a job".to_owned()];
    faults.extend(answer.portraits.iter().map(|portrait| {
        let of = |name: &str| portrait.means.get(name).copied();
        match (of("major_faults_per_second"), of("throughput")) {
            (Some(faults), Some(jobs)) if jobs > 0.0 => plain(faults / jobs, 3),
            _ => "-".to_owned(),
        }
    }));
    lines.push(faults);
    columns(&lines)
}

/// Title and unit of a metric, with its class if it has one.
fn title(metric: &str) -> String {
    let (class, name) = metric.rsplit_once('.').map_or(("", metric), |(class, name)| (class, name));
    let known = METRICS.iter().find(|known| known.name == name);
    let title = known.map_or(name.to_owned(), |known| match known.unit {
        "" => known.title.to_owned(),
        unit => format!("{}, {unit}", known.title),
    });
    if class.is_empty() { title } else { format!("{class}: {title}") }
}

fn remedies(answer: &Answer, key: &str) -> String {
    let places = answer.remedies.iter().map(|remedy| remedy.effects.as_slice()).max_by_key(|effects| effects.len());
    let places = places.unwrap_or_default();
    let superlative = if answer.sought == Sought::Largest { "largest" } else { "smallest" };
    let mut lines = vec![vec!["change".to_owned(), format!("{superlative} {key}"), String::new()]];
    lines[0].extend(places.iter().map(|place| format!("jobs/s at {}", place.at)));
    let now = match &answer.found {
        Found::Value { value, .. } | Found::UpToTheEnd { value } => value.clone(),
        Found::All => "all".to_owned(),
        Found::None { .. } => "none".to_owned(),
    };
    lines.push(vec!["as it is".to_owned(), now, String::new()]);
    lines[1].extend(places.iter().map(|place| plain(place.before, 4)));
    for remedy in answer.remedies.iter().filter(|remedy| remedy.set.is_some()) {
        let mut line = vec![remedy.change.clone()];
        line.extend(moved(remedy));
        line.extend(remedy.effects.iter().map(|effect| plain(effect.after, 4)));
        lines.push(line);
    }
    // The first column and the notes beside a number read from the left.
    for column in [0, 2] {
        let width = lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        for line in &mut lines {
            line[column] = format!("{:<width$}", line[column]);
        }
    }
    let mut text: String = columns(&lines).lines().map(|line| format!("  {line}\n")).collect();
    for remedy in answer.remedies.iter().filter(|remedy| remedy.set.is_none()) {
        text += &format!("  {}: not tried, {}\n", remedy.change, remedy.note);
    }
    text
}

/// The answer with a change, and what is to be said of it.
fn moved(remedy: &Remedy) -> [String; 2] {
    let Some(value) = &remedy.value else { return ["none".to_owned(), String::new()] };
    let mut notes = Vec::new();
    match &remedy.interval {
        _ if remedy.at_the_end => notes.push("or beyond".to_owned()),
        Some((low, high)) if low != high => notes.push(format!("[{low} to {high}]")),
        _ => {}
    }
    if let Some(gain) = remedy.gain {
        notes.push(format!("{:+.0} %", 100.0 * gain));
    }
    [value.clone(), notes.join(", ")]
}
