//! `knee trace curve`.

use super::super::arguments::CurveRequest;
use super::super::output::Output;
use super::{Grid, tell_skipped};
use knee::analysis::aet::AetCurve;
use knee::analysis::lifetime::{Lifetime, Mark};
use knee::analysis::shards::Shards;
use knee::analysis::stack_distance::{LruCurve, StackDistances};
use knee::analysis::working_set::{WorkingSetPass, WorkingSets};
use knee::error::{Error, Result};
use knee::report::{self, Chart, Line};
use knee::trace::{Interner, References};

/// Draws the curves of a trace from one reading.
pub fn execute(request: &CurveRequest, out: &mut Output) -> Result<()> {
    if !(request.rate > 0.0 && request.rate <= 1.0) {
        return Err(Error::Usage(format!("--rate: found {}; allowed: above 0, at most 1", request.rate)));
    }
    let mut trace = request.trace.open()?;
    let (mut interner, mut batch, mut numbers) = (Interner::new(), Vec::new(), Vec::new());
    let (mut stack, mut lru, mut sets) = (StackDistances::new(), LruCurve::new(), WorkingSetPass::new());
    let mut shards = Shards::new(request.rate, 1);
    loop {
        trace.fill(&mut batch)?;
        if batch.is_empty() {
            break;
        }
        interner.number_all(&batch, &mut numbers)?;
        for (&number, reference) in numbers.iter().zip(&batch) {
            lru.count(stack.reference(number));
            sets.reference(number);
            shards.reference(reference.page, || number);
        }
    }
    tell_skipped(trace.skipped());
    let sets = sets.finish();
    let curves =
        Curves { lru: lru.all_faults(), aet: AetCurve::of(&sets), shards: shards.curve(true), lru_curve: lru, sets };
    let (faults, windows) = (curves.faults(), curves.windows());
    let of_lru = Lifetime::of_lru(&curves.lru_curve);
    let of_sets = Lifetime::of_working_sets(&curves.sets, curves.longest());
    // Slopes of a measured curve are taken over a hundredth of its width.
    let width = (f64::from(interner.len()) / 100.0).max(2.0);
    let marks = [("lru", of_lru.knee(), of_lru.inflection(width)), ("ws", of_sets.knee(), of_sets.inflection(width))];
    let mut text = format!("\n{} references to {} pages\n", curves.sets.references(), interner.len());
    for (name, knee, inflection) in &marks {
        text += &format!("lifetime of {name}: knee {}, inflection {}\n", say(*knee), say(*inflection));
    }
    if let Some(dir) = &request.out {
        let mut files = vec![faults.keep(dir, "curves.csv")?, windows.keep(dir, "windows.csv")?];
        for (chart, name) in curves.charts(request, &of_lru, &of_sets, &marks) {
            files.extend(report::chart(&chart, dir, name)?);
        }
        text += "\n";
        for file in files {
            text += &format!("{}\n", file.display());
        }
    }
    let mark =
        |mark: &Option<Mark>| mark.map(|mark| serde_json::json!({ "frames": mark.memory, "lifetime": mark.lifetime }));
    let values = serde_json::json!({
        "trace": request.trace.name(), "references": curves.sets.references(), "pages": interner.len(),
        "lru_knee": mark(&marks[0].1), "lru_inflection": mark(&marks[0].2),
        "ws_knee": mark(&marks[1].1), "ws_inflection": mark(&marks[1].2),
        "windows": windows.json(),
    });
    faults.print(request.format, &format!("\n{}{text}", windows.table()), values, out)
}

fn say(mark: Option<Mark>) -> String {
    mark.map_or("none".to_owned(), |mark| {
        format!("at {:.1} frames ({:.1} references between faults)", mark.memory, mark.lifetime)
    })
}

struct Curves {
    /// Faults with 0, 1, 2, … frames.
    lru: Vec<u64>,
    lru_curve: LruCurve,
    sets: WorkingSets,
    aet: AetCurve,
    shards: knee::analysis::shards::ShardsCurve,
}

/// 1, 2, 4, … and the last.
fn doublings(last: u64) -> Vec<u64> {
    let mut values: Vec<u64> =
        std::iter::successors(Some(1u64), |value| value.checked_mul(2)).take_while(|&v| v < last).collect();
    values.push(last.max(1));
    values
}

impl Curves {
    /// The longest window that tells anything.
    fn longest(&self) -> u64 {
        self.sets.intervals().edges().last().unwrap_or(1).max(1)
    }

    fn lru_ratio(&self, frames: usize) -> f64 {
        self.lru[frames.min(self.lru.len() - 1)] as f64 / self.sets.references().max(1) as f64
    }

    /// Exact faults of LRU, and the two estimates, by frames.
    fn faults(&self) -> Grid {
        let sizes = doublings(u64::from(self.lru_curve.enough_frames().max(1)));
        let row = |&frames: &u64| {
            let at = (frames as usize).min(self.lru.len() - 1);
            let ratios =
                [self.lru_ratio(at), self.shards.fault_ratio(frames as f64), self.aet.fault_ratio(frames as f64)];
            let numbers = [frames.to_string(), self.lru[at].to_string()].into_iter();
            numbers.chain(ratios.map(|ratio| format!("{ratio:.6}"))).collect()
        };
        let header = vec!["frames", "lru_faults", "lru_fault_ratio", "shards_fault_ratio", "aet_fault_ratio"];
        Grid { header, rows: sizes.iter().map(row).collect() }
    }

    /// The working-set policy by window.
    fn windows(&self) -> Grid {
        let row = |&window: &u64| {
            let at = self.sets.window(window);
            let numbers = [at.size(), at.fault_ratio(), at.lifetime(), at.vmin_size()];
            [window.to_string()].into_iter().chain(numbers.map(|number| format!("{number:.6}"))).collect()
        };
        let header = vec!["window", "ws_size", "ws_fault_ratio", "ws_lifetime", "vmin_size"];
        Grid { header, rows: doublings(self.longest()).iter().map(row).collect() }
    }

    fn charts(
        &self,
        request: &CurveRequest,
        of_lru: &Lifetime,
        of_sets: &Lifetime,
        marks: &[(&str, Option<Mark>, Option<Mark>)],
    ) -> [(Chart, &'static str); 3] {
        let name = request.trace.name();
        // A few hundred points draw the same picture as a million.
        let step = (self.lru.len() / 400).max(1);
        let sizes = || (0..self.lru.len()).filter(|size| size % step == 0 || *size < 64);
        let line = |label: &str, points: Vec<(f64, f64)>| Line { label: label.to_owned(), points, ..Line::default() };
        let windows: Vec<u64> = {
            let next = |window: &u64| Some(window + 1 + window / 16);
            std::iter::successors(Some(1), next).take_while(|&window| window <= self.longest()).collect()
        };
        let ws = |point: fn(&knee::analysis::working_set::Window) -> (f64, f64)| -> Vec<(f64, f64)> {
            windows.iter().map(|&window| point(&self.sets.window(window))).collect()
        };
        let faults = Chart {
            title: format!("Faults by memory: {name}"),
            x_title: "frames (mean, for the working set)".to_owned(),
            y_title: "faults per reference".to_owned(),
            log_x: true,
            log_y: false,
            lines: vec![
                line("LRU, exact", sizes().map(|size| (size as f64, self.lru_ratio(size))).collect()),
                line("working set", ws(|at| (at.size(), at.fault_ratio()))),
                line("VMIN", ws(|at| (at.vmin_size(), at.fault_ratio()))),
                line("SHARDS", sizes().map(|size| (size as f64, self.shards.fault_ratio(size as f64))).collect()),
                line("AET", sizes().map(|size| (size as f64, self.aet.fault_ratio(size as f64))).collect()),
            ],
        };
        let marked = |label: &str, lifetime: &Lifetime, (_, knee, inflection): &(&str, Option<Mark>, Option<Mark>)| {
            let place = |mark: Mark, name: &str| (mark.memory, mark.lifetime, name.to_owned());
            let marks = match (knee, inflection) {
                (Some(knee), Some(inflection)) if knee == inflection => vec![place(*knee, "knee and inflection")],
                (knee, inflection) => {
                    let both = [knee.map(|mark| place(mark, "knee")), inflection.map(|mark| place(mark, "inflection"))];
                    both.into_iter().flatten().collect()
                }
            };
            let step = (lifetime.points.len() / 600).max(1);
            let points = lifetime.points.iter().copied().step_by(step).collect();
            Line { label: label.to_owned(), points, marks, ..Line::default() }
        };
        let both = of_lru.points.iter().chain(&of_sets.points);
        let longest_lifetime = both.map(|point| point.1).fold(0.0, f64::max);
        let lifetimes = Chart {
            title: format!("Lifetime functions: {name}"),
            x_title: "frames (mean, for the working set)".to_owned(),
            y_title: "references between faults".to_owned(),
            log_x: false,
            log_y: longest_lifetime > 100.0,
            lines: vec![marked("LRU", of_lru, &marks[0]), marked("working set", of_sets, &marks[1])],
        };
        let sizes_by_window = Chart {
            title: format!("Working-set size by window: {name}"),
            x_title: "window T, references".to_owned(),
            y_title: "pages".to_owned(),
            log_x: true,
            log_y: false,
            lines: vec![
                line("s(T), mean size", windows.iter().map(|&t| (t as f64, self.sets.window(t).size())).collect()),
                line("VMIN", windows.iter().map(|&t| (t as f64, self.sets.window(t).vmin_size())).collect()),
            ],
        };
        [(faults, "faults"), (lifetimes, "lifetime"), (sizes_by_window, "working-set")]
    }
}
