//! Tables for a terminal.

use super::number::{plain, tick, with_interval};
use super::{Curve, Results};
use crate::metrics::{METRICS, RunReport};

/// The columns of a sweep's table: metric, heading, unit.
const COLUMNS: [(&str, &str, &str); 7] = [
    ("throughput", "throughput", "jobs/s"),
    ("cpu_utilisation", "CPU util.", ""),
    ("faults_per_second", "faults", "1/s"),
    ("faults_per_reference", "faults/ref.", ""),
    ("lifetime", "lifetime", "refs"),
    ("paging_utilisation", "paging util.", ""),
    ("paging_queue", "paging queue", "requests"),
];

/// One row for each cell, with intervals; the knee is marked, and so is what should not be trusted.
pub fn table(results: &Results) -> String {
    let mut lines: Vec<Vec<String>> = vec![Vec::new(), Vec::new()];
    for axis in &results.manifest.axes {
        lines[0].push(axis.key.strip_prefix("process.").unwrap_or(&axis.key).to_owned());
        lines[1].push(String::new());
    }
    for (_, heading, unit) in COLUMNS {
        lines[0].push(heading.to_owned());
        lines[1].push(unit.to_owned());
    }
    let curves = results.curves();
    let knees: Vec<usize> = curves.iter().filter_map(knee_row).collect();
    for (number, row) in results.rows.iter().enumerate() {
        let mut line = row.coordinates.clone();
        line.extend(COLUMNS.iter().map(|(metric, ..)| with_interval(row.values.get(*metric).copied())));
        let knee = if knees.contains(&number) { "◀ knee" } else { "" };
        let doubt = if row.converged { "" } else { "*" };
        let modes = if results.modes(number).is_some() { "two modes " } else { "" };
        line.push(format!("{doubt}{modes}{knee}"));
        lines.push(line);
    }
    let mut text = align(&lines);
    let manifest = &results.manifest;
    let replications = match &manifest.precision {
        None => format!("{} replications", manifest.replications),
        Some(precision) => format!(
            "{} to {} replications, as many as it takes for {} % of throughput",
            precision.least,
            precision.most,
            tick(precision.relative * 100.0)
        ),
    };
    text += &format!(
        "mean ± half-width of the {} % confidence interval over {replications}\n",
        tick(manifest.confidence * 100.0)
    );
    if results.rows.iter().any(|row| !row.converged) {
        let imprecise = if manifest.imprecise > 0 { ", or the precision was not reached" } else { "" };
        text += &format!(
            "* some replication failed or had not settled{imprecise}: its numbers may depend on how long it ran\n"
        );
    }
    text
}

/// The row at which a curve has its knee.
fn knee_row(curve: &Curve) -> Option<usize> {
    let knee = curve.knee.as_ref()?;
    curve.points.iter().find(|point| point.load == knee.load).map(|point| point.row)
}

/// All metrics of a single run, the classes' after the machine's.
pub fn run_table(report: &RunReport) -> String {
    let mut lines = Vec::new();
    for metric in METRICS {
        if let Some(value) = report.values.get(metric.name) {
            lines.push(vec![metric.title.to_owned(), plain(*value, 5), metric.unit.to_owned()]);
        }
    }
    let mut class = "";
    for (name, value) in report.values.iter().filter(|(name, _)| name.contains('.')) {
        let (of, metric) = name.split_once('.').unwrap_or(("", name));
        let known = METRICS.iter().find(|known| known.name == metric);
        if of != class {
            lines.push(vec![String::new(); 3]);
            lines.push(vec![format!("class {of}"), String::new(), String::new()]);
            class = of;
        }
        let (title, unit) = known.map_or((metric, ""), |known| (known.title, known.unit));
        lines.push(vec![format!("  {title}"), plain(*value, 5), unit.to_owned()]);
    }
    let widths = widths(&lines);
    let mut text = String::new();
    for line in &lines {
        let row = format!("{:<a$}  {:>b$} {}", line[0], line[1], line[2], a = widths[0], b = widths[1]);
        text += row.trim_end();
        text.push('\n');
    }
    let settled = if report.stationary { "" } else { "; it had not settled, so its numbers depend on its length" };
    text += &format!(
        "\nmeasured {} s after a warm-up of {} s{settled}\n",
        plain(report.measured, 4),
        plain(report.warmup, 4)
    );
    text
}

fn widths(lines: &[Vec<String>]) -> Vec<usize> {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max();
    (0..columns).map(|column| width(column).unwrap_or(0)).collect()
}

/// Any table of text, all columns to the right, two spaces between them.
pub fn columns(lines: &[Vec<String>]) -> String {
    let marked: Vec<Vec<String>> =
        lines.iter().map(|line| line.iter().cloned().chain([String::new()]).collect()).collect();
    align(&marked)
}

/// Columns to the right, two spaces between them; the last, of marks, to the left.
fn align(lines: &[Vec<String>]) -> String {
    let widths = widths(lines);
    let mut text = String::new();
    for line in lines {
        let cells: Vec<String> = line
            .iter()
            .zip(&widths)
            .enumerate()
            .map(
                |(column, (cell, width))| {
                    if column == widths.len() - 1 { cell.clone() } else { format!("{cell:>width$}") }
                },
            )
            .collect();
        text += cells.join("  ").trim_end();
        text.push('\n');
    }
    text
}
