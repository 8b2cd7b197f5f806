//! Draws one column of several CSV files that `knee` has written, a line for each file:
//! `cargo run --release --example overlay -- DIR NAME TITLE X Y label=FILE...`, X and Y being names of columns. Consecutive rows with the same X
//! are averaged, so a run whose load goes up and down in steps is one point for each step, in order of time.

use knee::report::{Chart, Line, chart};
use std::path::Path;

type Failure = Box<dyn std::error::Error>;

/// The points of a file; steps of equal X are one point, their last half averaged, when the run has settled at it.
fn points(file: &str, x: &str, y: &str) -> Result<Vec<(f64, f64)>, Failure> {
    let mut reader = csv::Reader::from_path(file)?;
    let headers = reader.headers()?.clone();
    let place = |name: &str| headers.iter().position(|known| known == name).ok_or(format!("{file}: no column {name}"));
    let (x, y) = (place(x)?, place(y)?);
    let mut steps: Vec<(f64, Vec<f64>)> = Vec::new();
    for record in reader.records() {
        let record = record?;
        let (Ok(x), Ok(y)) = (record[x].parse::<f64>(), record[y].parse::<f64>()) else { continue };
        match steps.last_mut() {
            Some((at, values)) if *at == x => values.push(y),
            _ => steps.push((x, vec![y])),
        }
    }
    let settled = |values: &[f64]| {
        let last = &values[values.len() / 2..];
        last.iter().sum::<f64>() / last.len() as f64
    };
    Ok(steps.iter().map(|(at, values)| (*at, settled(values))).collect())
}

/// What a column is called on an axis, with its unit.
fn title_of(column: &str) -> String {
    match column {
        "time_s" => "simulated time, s".into(),
        "present_processes" => "processes present".into(),
        "throughput" => "throughput, jobs/s or (without jobs) CPU s/s".into(),
        "cpu_utilisation" => "CPU utilisation".into(),
        other => other.replace('_', " "),
    }
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dir, name, title, x, y, files @ ..] = arguments.as_slice() else {
        return Err("usage: overlay DIR NAME TITLE X Y label=FILE...".into());
    };
    let mut lines = Vec::new();
    for file in files {
        let (label, path) = file.split_once('=').ok_or(format!("{file}: not label=FILE"))?;
        lines.push(Line {
            label: label.to_owned(),
            points: points(path, x, y)?,
            marks: Vec::new(),
            band: Vec::new(),
            shaded: None,
        });
    }
    let drawn =
        Chart { title: title.clone(), x_title: title_of(x), y_title: title_of(y), log_x: false, log_y: false, lines };
    for file in chart(&drawn, Path::new(dir), name)? {
        println!("{}", file.display());
    }
    Ok(())
}
