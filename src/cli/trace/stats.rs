//! `knee trace stats`.

use super::super::arguments::{Format, StatsRequest};
use super::super::output::Output;
use super::{Grid, tell_skipped};
use knee::analysis::phases::Phases;
use knee::analysis::stack_distance::StackDistances;
use knee::error::Result;
use knee::trace::{Access, Interner, References};

/// Bins of a factor of two: bin b holds the values of b binary digits.
#[derive(Default)]
struct Histogram {
    bins: Vec<u64>,
}

impl Histogram {
    fn count(&mut self, value: u64) {
        let bin = (u64::BITS - value.leading_zeros()) as usize;
        if self.bins.len() <= bin {
            self.bins.resize(bin + 1, 0);
        }
        self.bins[bin] += 1;
    }

    fn at(&self, bin: usize) -> u64 {
        self.bins.get(bin).copied().unwrap_or(0)
    }
}

/// Points of the footprint over time.
const FOOTPRINT: usize = 64;

/// Reads the trace once and prints what is in it.
pub fn execute(request: &StatsRequest, out: &mut Output) -> Result<()> {
    let mut trace = request.trace.open()?;
    let (mut interner, mut batch, mut numbers) = (Interner::new(), Vec::new(), Vec::new());
    let mut stack = StackDistances::new();
    let mut phases = Phases::new(request.window);
    let (mut distances, mut reuses, mut runs) = (Histogram::default(), Histogram::default(), Histogram::default());
    let mut last_at: Vec<u64> = Vec::new();
    let (mut references, mut writes, mut fetches) = (0u64, 0u64, 0u64);
    let (mut previous, mut run) = (None, 0u64);
    let mut footprint: Vec<(u64, u32)> = Vec::new();
    let mut every = 1024;
    loop {
        trace.fill(&mut batch)?;
        if batch.is_empty() {
            break;
        }
        interner.number_all(&batch, &mut numbers)?;
        last_at.resize(interner.len() as usize, 0);
        let mut seen = 0;
        for (&number, reference) in numbers.iter().zip(&batch) {
            references += 1;
            seen = seen.max(number + 1);
            writes += u64::from(reference.access == Access::Write);
            fetches += u64::from(reference.access == Access::Execute);
            let last = std::mem::replace(&mut last_at[number as usize], references);
            if let Some(distance) = stack.reference(number) {
                distances.count(u64::from(distance));
                reuses.count(references - last);
            }
            phases.reference(number);
            // A run is one page after the other, or the same again.
            if previous.is_some_and(|page: u64| reference.page == page || Some(reference.page) == page.checked_add(1)) {
                run += u64::from(previous != Some(reference.page));
            } else {
                if run > 0 {
                    runs.count(run);
                }
                run = 1;
            }
            previous = Some(reference.page);
        }
        if references >= footprint.len() as u64 * every + every {
            footprint.push((references, stack.pages()));
            if footprint.len() == FOOTPRINT {
                // Every second point is left out and the rest of the trace gets half as many.
                footprint = footprint.iter().copied().skip(1).step_by(2).collect();
                every *= 2;
            }
        }
    }
    if run > 0 {
        runs.count(run);
    }
    if footprint.last().is_none_or(|&(at, _)| at < references) {
        footprint.push((references, interner.len()));
    }
    tell_skipped(trace.skipped());
    let found = phases.finish();

    let bins = distances.bins.len().max(reuses.bins.len()).max(runs.bins.len());
    let rows = (1..bins).map(|bin| {
        let low = 1u64 << (bin - 1);
        let high = low - 1 + low;
        [low, high, reuses.at(bin), distances.at(bin), runs.at(bin)].map(|number| number.to_string()).to_vec()
    });
    let header = vec!["from", "to", "reuse_intervals", "stack_distances", "runs"];
    let histogram = Grid { header, rows: rows.collect() };
    let mean_run = references as f64 / runs.bins.iter().sum::<u64>().max(1) as f64;
    let reads = references - writes - fetches;
    let summary = format!(
        "format             {}{}\nreferences         {references}\n  reads            {reads}\n  writes           {writes}\n  \
         instructions     {fetches}\ndistinct pages     {}\nreferences a run   {mean_run:.2}\nphases             {} (windows of {} references, \
         relative distance of working sets above one half)\n\nfootprint, pages touched by then\n",
        trace.format().name(),
        if trace.skipped() > 0 { format!(", {} malformed lines passed over", trace.skipped()) } else { String::new() },
        interner.len(),
        found.starts.len(),
        request.window,
    );
    let tenth = (footprint.len() / 10).max(1);
    let shown = footprint.iter().enumerate().filter(|(at, _)| at % tenth == 0 || at + 1 == footprint.len());
    let rows = shown.map(|(_, (at, pages))| vec![at.to_string(), pages.to_string()]).collect();
    let growth = Grid { header: vec!["references", "pages"], rows };
    if request.format == Format::Table {
        return out.text(&format!("{summary}{}\n{}", growth.table(), histogram.table()));
    }
    let values = serde_json::json!({
        "trace": request.trace.name(), "format": trace.format().name(), "references": references, "reads": reads, "writes": writes,
        "instructions": fetches, "pages": interner.len(), "references_a_run": mean_run, "skipped": trace.skipped(),
        "window": request.window, "phase_starts": found.starts, "phase_sizes": found.sizes, "footprint": footprint,
    });
    histogram.print(request.format, "", values, out)
}
