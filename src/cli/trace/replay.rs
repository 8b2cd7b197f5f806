//! `knee trace replay`.

use super::super::arguments::ReplayRequest;
use super::super::output::Output;
use super::{Grid, tell_skipped, unknown};
use knee::error::{Error, Result};
use knee::policy::{self, POLICIES, PolicyEntry};
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

/// Replays the trace under all policies with all sizes.
pub fn execute(request: &ReplayRequest, out: &mut Output) -> Result<()> {
    let policies = policies(&request.policy)?;
    let sizes = request.frames.iter().map(|size| parse(size)).collect::<Result<Vec<Size>>>()?;
    request.trace.options()?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(request.threads.map_or(0, NonZeroUsize::get)).build();
    let pool = pool.map_err(|error| Error::Usage(format!("cannot start the threads: {error}")))?;
    let (cells, outcome) = pool.install(|| run(request, &policies, &sizes))?;
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

fn run(request: &ReplayRequest, policies: &[&'static PolicyEntry], sizes: &[Size]) -> Result<(Vec<Cell>, Outcome)> {
    let mut trace = request.trace.open()?;
    if sizes.iter().all(|size| matches!(size, Size::Frames(_))) {
        let cells = cells(policies, sizes, 0);
        let outcome = replay(&mut trace, &cells)?;
        return Ok((cells, outcome));
    }
    // How many pages there are is known only at the end.
    if request.trace.is_stdin() {
        let kept = Kept::read(&mut trace)?;
        let cells = cells(policies, sizes, kept.pages());
        let outcome = replay_kept(&kept, &cells);
        return Ok((cells, outcome));
    }
    let cells = cells(policies, sizes, distinct_pages(&mut trace)?);
    let outcome = replay(&mut request.trace.open()?, &cells)?;
    Ok((cells, outcome))
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

/// Every policy with every size, sizes increasing and each once.
fn cells(policies: &[&'static PolicyEntry], sizes: &[Size], pages: u32) -> Vec<Cell> {
    let share = |share: f64| ((f64::from(pages) * share).round() as u32).max(1);
    let mut frames: Vec<u32> = Vec::new();
    for size in sizes {
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
    policies.iter().flat_map(|&policy| frames.iter().map(move |&frames| Cell { policy, frames })).collect()
}

fn ratio(faults: u64, outcome: &Outcome) -> f64 {
    faults as f64 / outcome.references.max(1) as f64
}

fn grid(cells: &[Cell], outcome: &Outcome) -> Grid {
    let row = |(cell, &faults): (&Cell, &u64)| {
        let fields = [cell.policy.name.to_owned(), cell.frames.to_string(), faults.to_string()];
        fields.into_iter().chain([format!("{:.6}", ratio(faults, outcome))]).collect()
    };
    let rows = cells.iter().zip(&outcome.faults).map(row).collect();
    Grid { header: vec!["policy", "frames", "faults", "fault_ratio"], rows }
}

fn chart(request: &ReplayRequest, cells: &[Cell], outcome: &Outcome) -> Chart {
    let mut lines: Vec<Line> = Vec::new();
    for (cell, &faults) in cells.iter().zip(&outcome.faults) {
        if lines.last().is_none_or(|line| line.label != cell.policy.name) {
            lines.push(Line { label: cell.policy.name.to_owned(), ..Line::default() });
        }
        if let Some(line) = lines.last_mut() {
            line.points.push((f64::from(cell.frames), ratio(faults, outcome)));
        }
    }
    Chart {
        title: format!("Faults by memory: {}", request.trace.name()),
        x_title: "frames".to_owned(),
        y_title: "faults per reference".to_owned(),
        log_x: true,
        log_y: false,
        lines,
    }
}
