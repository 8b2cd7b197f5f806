//! `knee trace replay`.

use super::super::arguments::ReplayRequest;
use super::super::output::Output;
use super::{Grid, tell_skipped, unknown};
use knee::error::{Error, Result};
use knee::policy::{self, Observes, POLICIES, Parameters, PolicyEntry, Takes, Window};
use knee::replay::{Cell, Kept, Outcome, distinct_pages, replay, replay_kept};
use knee::report::{self, Chart, Line};
use std::num::NonZeroUsize;

/// A number of frames as it was asked for.
enum Size {
    Frames(u32),
    /// Of the distinct pages of the trace.
    Share(f64),
    /// As many as make a curve.
    All,
}

/// Windows where none are given, in references.
const WINDOWS: [u64; 5] = [10, 100, 1_000, 10_000, 100_000];

/// What is asked for besides the policies.
struct Asked {
    sizes: Vec<Size>,
    windows: Vec<u64>,
    damping: f64,
    correlated_period: u64,
}

/// Replays the trace under all policies with all sizes.
pub fn execute(request: &ReplayRequest, out: &mut Output) -> Result<()> {
    let policies = policies(&request.policy)?;
    let asked = asked(request, &policies)?;
    request.trace.options()?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(request.threads.map_or(0, NonZeroUsize::get)).build();
    let pool = pool.map_err(|error| Error::Usage(format!("cannot start the threads: {error}")))?;
    let (cells, outcome) = pool.install(|| run(request, &policies, &asked))?;
    tell_skipped(outcome.skipped);
    let grid = grid(&cells, &outcome);
    let mut text =
        format!("{} references ({} writes) to {} pages\n", outcome.references, outcome.writes, outcome.pages);
    if let Some(dir) = &request.out {
        let mut files = vec![grid.keep(dir, "replay.csv")?];
        files.extend(report::chart(&chart(request, &cells, &outcome), dir, "replay")?);
        text += "\n";
        for file in files {
            text += &format!("{}\n", file.display());
        }
    }
    let values = serde_json::json!({
        "trace": request.trace.name(), "references": outcome.references, "writes": outcome.writes,
        "pages": outcome.pages, "skipped": outcome.skipped,
    });
    grid.print(request.format, &text, values, out)
}

fn run(request: &ReplayRequest, policies: &[&'static PolicyEntry], asked: &Asked) -> Result<(Vec<Cell>, Outcome)> {
    let mut trace = request.trace.open()?;
    let fixed = policies.iter().any(|policy| !policy.variable);
    if !fixed || asked.sizes.iter().all(|size| matches!(size, Size::Frames(_))) {
        let cells = cells(policies, asked, 0);
        let outcome = replay(&mut trace, &cells)?;
        return Ok((cells, outcome));
    }
    // How many pages there are is known only at the end.
    if request.trace.is_stdin() {
        let kept = Kept::read(&mut trace)?;
        let cells = cells(policies, asked, kept.pages());
        let outcome = replay_kept(&kept, &cells);
        return Ok((cells, outcome));
    }
    let cells = cells(policies, asked, distinct_pages(&mut trace)?);
    let outcome = replay(&mut request.trace.open()?, &cells)?;
    Ok((cells, outcome))
}

/// Sizes and parameters; one that none of the policies has is a mistake.
fn asked(request: &ReplayRequest, policies: &[&'static PolicyEntry]) -> Result<Asked> {
    let names = || policies.iter().map(|policy| policy.name).collect::<Vec<&str>>().join(", ");
    let useless = |option: &str, what: &str| {
        Error::Usage(format!(
            "{option}: found a value, but {} {what}; leave it out, or add a policy that does",
            names()
        ))
    };
    if !request.frames.is_empty() && policies.iter().all(|policy| policy.variable) {
        return Err(useless("--frames", "takes as many frames as it wants and has no fixed number of them"));
    }
    if !request.window.is_empty() && policies.iter().all(|policy| !policy.takes.has_window()) {
        return Err(useless("--window", "has no window"));
    }
    if request.damping.is_some() && policies.iter().all(|policy| policy.takes != Takes::DampedWindow) {
        return Err(useless("--damping", "is not damped"));
    }
    if request.correlated_period.is_some() && policies.iter().all(|policy| policy.takes != Takes::CorrelatedPeriod) {
        return Err(useless("--correlated-period", "takes every reference for itself"));
    }
    let damping = request.damping.unwrap_or(Parameters::DAMPING);
    if !(damping > 0.0 && damping <= 1.0) {
        return Err(Error::Usage(format!(
            "--damping: found {damping}; allowed: a share of the window above 0, up to 1"
        )));
    }
    let sizes = if request.frames.is_empty() {
        vec![Size::All]
    } else {
        request.frames.iter().map(|size| parse(size)).collect::<Result<_>>()?
    };
    let mut windows = if request.window.is_empty() {
        WINDOWS.to_vec()
    } else {
        request.window.iter().map(|window| parse_window(window)).collect::<Result<_>>()?
    };
    windows.sort_unstable();
    windows.dedup();
    Ok(Asked { sizes, windows, damping, correlated_period: request.correlated_period.unwrap_or(0) })
}

fn parse_window(window: &str) -> Result<u64> {
    const MOST: u64 = 1_000_000_000_000;
    let wrong = || {
        Error::Usage(format!(
            "--window: found {window:?}; allowed: a number of references from 1 to {MOST}, such as 1000"
        ))
    };
    window.trim().parse().ok().filter(|window| (1..=MOST).contains(window)).ok_or_else(wrong)
}

fn policies(names: &[String]) -> Result<Vec<&'static PolicyEntry>> {
    if names.iter().any(|name| name == "all") {
        return Ok(POLICIES.to_vec());
    }
    let find = |name: &String| {
        let known = || POLICIES.iter().map(|entry| entry.name).collect::<Vec<&str>>();
        policy::find(name).ok_or_else(|| unknown("--policy", name, &known()))
    };
    names.iter().map(find).collect()
}

fn parse(size: &str) -> Result<Size> {
    let wrong = || {
        Error::Usage(format!(
            "--frames: found {size:?}; allowed: a number of frames from 1 (1000), a share of the pages (10%), all"
        ))
    };
    if size == "all" {
        return Ok(Size::All);
    }
    if let Some(share) = size.strip_suffix('%') {
        let share =
            share.trim().parse::<f64>().ok().filter(|share| share.is_finite() && *share > 0.0 && *share <= 100.0);
        return share.map(|share| Size::Share(share / 100.0)).ok_or_else(wrong);
    }
    // More frames than a page table can name is a mistake, not a memory.
    size.parse().ok().filter(|&frames| (1..=1 << 28).contains(&frames)).map(Size::Frames).ok_or_else(wrong)
}

/// Every policy with every size and every window that it has, increasing and each once.
fn cells(policies: &[&'static PolicyEntry], asked: &Asked, pages: u32) -> Vec<Cell> {
    let share = |share: f64| ((f64::from(pages) * share).round() as u32).max(1);
    let mut frames: Vec<u32> = Vec::new();
    for size in &asked.sizes {
        match size {
            Size::Frames(count) => frames.push(*count),
            Size::Share(of) => frames.push(share(*of)),
            // Four to a factor of two: enough for a smooth curve on a logarithmic axis, and few enough to be simulated.
            Size::All => {
                frames
                    .extend((0..).map(|step| share(2f64.powf(-f64::from(step) / 4.0))).take_while(|&count| count > 1));
                frames.push(1);
            }
        }
    }
    frames.sort_unstable();
    frames.dedup();
    let mut cells = Vec::new();
    for &policy in policies {
        let windows = if !policy.takes.has_window() { &[Parameters::WINDOW] } else { &asked.windows[..] };
        let frames = if policy.variable { &[0] } else { &frames[..] };
        for &window in windows {
            let Asked { damping, correlated_period, .. } = *asked;
            let parameters = Parameters { window: Window::References(window), damping, correlated_period };
            cells.extend(frames.iter().map(|&frames| Cell { policy, frames, parameters }));
        }
    }
    cells
}

/// The window of a cell, in references, if its policy has one.
fn window(cell: &Cell) -> Option<u64> {
    match cell.parameters.window {
        Window::References(window) if cell.policy.takes.has_window() => Some(window),
        _ => None,
    }
}

/// Mean number of pages in memory.
fn mean(space_time: u64, outcome: &Outcome) -> f64 {
    space_time as f64 / outcome.references.max(1) as f64
}

fn ratio(faults: u64, outcome: &Outcome) -> f64 {
    faults as f64 / outcome.references.max(1) as f64
}

fn grid(cells: &[Cell], outcome: &Outcome) -> Grid {
    let results = cells.iter().zip(&outcome.faults).zip(&outcome.space_time);
    if cells.iter().all(|cell| window(cell).is_none()) {
        let row = |((cell, &faults), _): ((&Cell, &u64), &u64)| {
            let fields = [cell.policy.name.to_owned(), cell.frames.to_string(), faults.to_string()];
            fields.into_iter().chain([format!("{:.6}", ratio(faults, outcome))]).collect()
        };
        return Grid { header: vec!["policy", "frames", "faults", "fault_ratio"], rows: results.map(row).collect() };
    }
    let row = |((cell, &faults), &space_time): ((&Cell, &u64), &u64)| {
        let frames = if cell.policy.variable { String::new() } else { cell.frames.to_string() };
        let window = window(cell).map_or(String::new(), |window| window.to_string());
        // What only counts faults says nothing about space.
        let known = cell.policy.variable || cell.policy.observes != Observes::Future;
        let space = |text: String| if known { text } else { String::new() };
        vec![
            cell.policy.name.to_owned(),
            frames,
            window,
            faults.to_string(),
            format!("{:.6}", ratio(faults, outcome)),
            space(format!("{:.3}", mean(space_time, outcome))),
            space(space_time.to_string()),
        ]
    };
    let header = vec!["policy", "frames", "window", "faults", "fault_ratio", "mean_frames", "space_time"];
    Grid { header, rows: results.map(row).collect() }
}

fn chart(request: &ReplayRequest, cells: &[Cell], outcome: &Outcome) -> Chart {
    let mut lines: Vec<Line> = Vec::new();
    for ((cell, &faults), &space_time) in cells.iter().zip(&outcome.faults).zip(&outcome.space_time) {
        // A policy with both, a window and a number of frames, has a line for each window.
        let label = match window(cell) {
            Some(window) if !cell.policy.variable => format!("{} {window}", cell.policy.name),
            _ => cell.policy.name.to_owned(),
        };
        if lines.last().is_none_or(|line| line.label != label) {
            lines.push(Line { label, ..Line::default() });
        }
        let frames = if cell.policy.variable { mean(space_time, outcome) } else { f64::from(cell.frames) };
        if let Some(line) = lines.last_mut() {
            line.points.push((frames, ratio(faults, outcome)));
        }
    }
    let variable = cells.iter().any(|cell| cell.policy.variable);
    Chart {
        title: format!("Faults by memory: {}", request.trace.name()),
        x_title: if variable { "frames (mean of variable partitions)" } else { "frames" }.to_owned(),
        y_title: "faults per reference".to_owned(),
        log_x: true,
        log_y: false,
        lines,
    }
}
