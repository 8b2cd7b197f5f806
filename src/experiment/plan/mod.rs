//! A planner's question: up to which value of one key do some requirements hold, what limits there, and what would help.
//!
//! The rule. Each requirement is taken to hold over one interval of the range: throughput rises to a peak and falls, response times
//! rise. The interval is found from where the requirement has most slack (for throughput that is at the peak), by bracketing on the values
//! that were run and bisection between them. The answer is the largest value (or the smallest, of a resource) that is in all the
//! intervals. So "throughput >= 90% of peak", which is false at low loads too, means the largest load after the peak at which it holds.
//!
//! Every decision at a value is made at the stated confidence from as many replications as it takes, up to a cap; bounds relative to
//! the peak are compared replication by replication, under common random numbers. What the cap did not decide widens the interval of
//! the answer. Everything is a function of scenario, seed and question: the number of threads and what an earlier plan left in the
//! cache change only the time it takes. See `docs/planning.md`.

mod answer;
mod effects;
mod judge;
mod limits;
mod range;
mod remedies;
mod requirement;
mod runs;
mod search;

pub use answer::{Answer, Collapse, CurvePoint, Effect, Found, Limit, PeakFound, Portrait, Remedy, Resource, Sought};
pub use requirement::{Bound, Requirement, Side};

use super::Address;
use crate::error::{Error, Result};
use crate::machine::Config;
use crate::metrics::RunReport;
use crate::scenario::Scenario;
use crate::stats::estimate;
use effects::Asked;
use judge::{Effort, Peak, leaning};
use range::Range;
use runs::Runs;
use search::{Edge, Search, Top};
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// A question about a scenario.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// `KEY` or `KEY=RANGE`.
    pub vary: &'a str,
    /// What is required, each as it is written.
    pub require: &'a [String],
    /// The largest or the smallest value; `None` decides by the key and by what fails where.
    pub sought: Option<Sought>,
    /// Most replications of a value; `None` is eight times the scenario's.
    pub most: Option<u32>,
    /// Whether to try what changes would buy.
    pub remedies: bool,
    /// Threads; 0 is one for each CPU. The answer does not depend on it.
    pub threads: usize,
    /// A file that runs are taken from and added to.
    pub cache: Option<&'a Path>,
}

/// Below this share of the peak throughput has collapsed, as for the knee of a sweep.
const COLLAPSED: &str = "throughput >= 90% of peak";

/// Answers a question; also gives the number of runs that were made for it, not taken from the cache.
///
/// # Errors
/// [`Error::Usage`] if the question makes no sense, [`Error::Scenario`] if a value of the key makes none, and those of the runs.
pub fn answer<R>(scenario: &Scenario, question: &Question<'_>, run: R, stop: &AtomicBool) -> Result<(Answer, u64)>
where
    R: Fn(&Config, u64, &AtomicBool) -> Result<RunReport> + Sync,
{
    let range = Range::of(scenario, question.vary)?;
    let classes: Vec<&str> = range.plan.config.classes.iter().map(|class| class.name.as_str()).collect();
    let requirements = question.require.iter().map(|text| Requirement::parse(text, &classes));
    let requirements = requirements.collect::<Result<Vec<_>>>()?;
    requirement::check(&requirements)?;
    if range.len() < 2 {
        return Err(Error::Usage(format!("--vary {}: found one value; allowed: at least two", question.vary)));
    }
    let control = range.plan.control;
    let first = control.replications.max(2);
    let effort = Effort { confidence: control.confidence, first, most: question.most.unwrap_or(8 * first).max(first) };
    let runs = Runs::new(&run, stop, question.threads, control.seed)?;
    if let Some(cache) = question.cache {
        runs.keep_in(cache)?;
    }
    let inquiry = Inquiry { scenario, range: &range, requirements: &requirements, effort, question };
    let answer = inquiry.conduct(&runs)?;
    Ok((answer, runs.made()))
}

struct Inquiry<'q> {
    scenario: &'q Scenario,
    range: &'q Range,
    requirements: &'q [Requirement],
    effort: Effort,
    question: &'q Question<'q>,
}

/// The values over which one requirement holds.
#[derive(Clone, Copy)]
struct Holding {
    lower: Edge,
    upper: Edge,
}

/// The values over which each requirement holds, or the first that holds nowhere and the value nearest to it.
enum Intervals {
    Each(Vec<Holding>),
    Nowhere { requirement: usize, nearest: usize },
}

/// What was found, as places in the range.
struct Outcome {
    found: Found,
    /// The answer, where there is one.
    at: Option<usize>,
    /// The first value that fails beyond it.
    beyond: Option<usize>,
}

impl Inquiry<'_> {
    fn conduct(&self, runs: &Runs<'_>) -> Result<Answer> {
        let range = self.range;
        let mut search = Search::new(range, runs, self.effort);
        search.survey()?;
        let top = search.peak()?;
        let peak = Peak { range, index: top.index };
        let intervals = self.intervals(&mut search, &peak)?;
        let sought = self.sought(&intervals);
        let outcome = self.combine(&mut search, &intervals, sought, &peak)?;
        let collapse = match sought {
            Sought::Largest => self.collapse(&mut search, &top, &peak)?,
            Sought::Smallest => None,
        };
        let last = range.len() - 1;
        let roles =
            [("peak", Some(top.index)), ("answer", outcome.at), ("beyond", outcome.beyond), ("end", Some(last))];
        let mut portraits: Vec<Portrait> = Vec::new();
        for (role, index) in roles {
            let Some(index) = index.filter(|index| search.tried.contains(index)) else { continue };
            match portraits.iter_mut().find(|portrait| portrait.value == range.values[index]) {
                Some(known) => known.role = format!("{}, {role}", known.role),
                None => portraits.push(self.portrait(search.runs, index, role)),
            }
        }
        let decisive = outcome.beyond.or(outcome.at).unwrap_or(top.index);
        let portrait = |index| self.portrait(search.runs, index, "");
        let limit = limits::limit(&portrait(decisive), &portrait(top.index));
        let curve = self.curve(&mut search, &peak)?;
        let peak_found = PeakFound {
            value: range.values[top.index].clone(),
            low: range.values[top.low].clone(),
            high: range.values[top.high].clone(),
            throughput: top.throughput,
            half_width: self.throughput(search.runs, top.index).and_then(|estimate| estimate.half_width),
            at_the_end: top.index == last,
        };
        let mut cautions = self.cautions(&outcome, &portraits);
        let tried = search.tried.clone();
        let remedies = match (self.question.remedies, outcome.at.or(outcome.beyond)) {
            (true, Some(at)) => {
                // Where a change is compared with none: at the first value that fails, or, where all hold, at the last one; and
                // where throughput collapses, at the end of the range, because that is what load control is against.
                let mut places = vec![outcome.beyond.unwrap_or(at)];
                places.extend((collapse.is_some() && !places.contains(&last)).then_some(last));
                let asked = Asked { sought, at, answered: outcome.at.is_some(), places: &places, peak: &peak };
                self.remedies(runs, &asked)?
            }
            _ => Vec::new(),
        };
        if tried.len() < range.len() && sought == Sought::Largest && range.len() > 40 {
            cautions.push(format!(
                "{} of {} values were run; a peak narrower than the gaps between the first nine would be missed",
                tried.len(),
                range.len()
            ));
        }
        Ok(Answer {
            version: env!("CARGO_PKG_VERSION").into(),
            scenario: range.plan.name.clone(),
            title: range.plan.title.clone(),
            scenario_hash: Address::of(&range.plan.effective).to_string(),
            seed: range.plan.control.seed,
            confidence: self.effort.confidence,
            replications: (self.effort.first, self.effort.most),
            key: range.key.clone(),
            range: (range.values[0].clone(), range.values[last].clone(), range.len()),
            requirements: self.requirements.to_vec(),
            sought,
            found: outcome.found,
            peak: peak_found,
            collapse,
            limit: Some(limit),
            portraits,
            remedies,
            curve,
            cautions,
        })
    }

    fn intervals(&self, search: &mut Search<'_, '_>, peak: &Peak<'_>) -> Result<Intervals> {
        let mut each = Vec::with_capacity(self.requirements.len());
        for (number, requirement) in self.requirements.iter().enumerate() {
            let Some(anchor) = search.anchor(requirement, Some(peak))? else {
                let nearest = self.nearest(search, requirement, peak)?;
                return Ok(Intervals::Nowhere { requirement: number, nearest });
            };
            let upper = search.edge(anchor, true, requirement, Some(peak))?;
            let lower = search.edge(anchor, false, requirement, Some(peak))?;
            each.push(Holding { lower, upper });
        }
        Ok(Intervals::Each(each))
    }

    fn nearest(&self, search: &Search<'_, '_>, requirement: &Requirement, peak: &Peak<'_>) -> Result<usize> {
        let mut best = (peak.index, f64::NEG_INFINITY);
        for &index in &search.tried {
            let slack = leaning(search.runs, search.range, index, requirement, Some(peak), self.effort.first)?;
            if slack > best.1 {
                best = (index, slack);
            }
        }
        Ok(best.0)
    }

    /// The largest load, the smallest resource; of other keys the end towards which the requirements cease to hold.
    fn sought(&self, intervals: &Intervals) -> Sought {
        if let Some(sought) = self.question.sought {
            return sought;
        }
        let key = self.range.key.as_str();
        let resource = ["machine.memory", "machine.cpus", "swap.size"].contains(&key) || key.ends_with(".parallelism");
        match intervals {
            _ if key.ends_with(".count") => Sought::Largest,
            _ if resource => Sought::Smallest,
            Intervals::Each(each) if each.iter().all(|holding| holding.upper.to_the_end) => Sought::Smallest,
            _ => Sought::Largest,
        }
    }

    fn combine(
        &self,
        search: &mut Search<'_, '_>,
        intervals: &Intervals,
        sought: Sought,
        peak: &Peak<'_>,
    ) -> Result<Outcome> {
        let (range, values) = (self.range, &self.range.values);
        let each = match intervals {
            Intervals::Each(each) => each,
            Intervals::Nowhere { requirement, nearest } => {
                let requirement = &self.requirements[*requirement];
                let found = Found::None {
                    why: format!(
                        "\"{requirement}\" holds nowhere: {}",
                        self.shown(search, *nearest, requirement, peak)
                    ),
                    nearest: values[*nearest].clone(),
                };
                return Ok(Outcome { found, at: None, beyond: Some(*nearest) });
            }
        };
        let upper = (0..each.len()).min_by_key(|&i| each[i].upper.at).unwrap_or(0);
        let lower = (0..each.len()).max_by_key(|&i| each[i].lower.at).unwrap_or(0);
        let (top, bottom) = (each[upper].upper.at, each[lower].lower.at);
        if bottom > top {
            let why = format!(
                "\"{}\" holds only up to {}, \"{}\" only from {} on",
                self.requirements[upper], values[top], self.requirements[lower], values[bottom]
            );
            let found = Found::None { why, nearest: values[top].clone() };
            return Ok(Outcome { found, at: None, beyond: Some(bottom) });
        }
        if each.iter().all(|holding| holding.upper.to_the_end && holding.lower.to_the_end) {
            let at = if sought == Sought::Largest { range.len() - 1 } else { 0 };
            return Ok(Outcome { found: Found::All, at: Some(at), beyond: None });
        }
        let (at, binding, edges): (usize, usize, Vec<Edge>) = match sought {
            Sought::Largest => (top, upper, each.iter().map(|holding| holding.upper).collect()),
            Sought::Smallest => (bottom, lower, each.iter().map(|holding| holding.lower).collect()),
        };
        if edges[binding].to_the_end {
            let found = Found::UpToTheEnd { value: values[at].clone() };
            return Ok(Outcome { found, at: Some(at), beyond: None });
        }
        let closest = |indices: &mut dyn Iterator<Item = usize>| match sought {
            Sought::Largest => indices.min(),
            Sought::Smallest => indices.max(),
        };
        let sure = closest(&mut edges.iter().map(|edge| edge.sure)).unwrap_or(at);
        let possible = closest(&mut edges.iter().map(|edge| edge.possible)).unwrap_or(at);
        let beyond = if sought == Sought::Largest { at + 1 } else { at - 1 };
        let found = Found::Value {
            value: values[at].clone(),
            low: values[sure.min(possible)].clone(),
            high: values[sure.max(possible)].clone(),
            binding: self.requirements[binding].text.clone(),
            observed: self.shown(search, beyond, &self.requirements[binding], peak),
            next: values[beyond].clone(),
            undecided: sure != possible,
        };
        Ok(Outcome { found, at: Some(at), beyond: Some(beyond) })
    }

    /// What a requirement's metric is at a value: `throughput is 4.31 jobs/s there, 85 % of the peak's`.
    fn shown(&self, search: &Search<'_, '_>, index: usize, requirement: &Requirement, peak: &Peak<'_>) -> String {
        let mean = |index: usize| self.mean(search.runs, index, &requirement.metric);
        let Some(found) = mean(index) else { return "runs cannot be finished there, or no job ends".to_owned() };
        let unit = requirement::unit(&requirement.metric);
        let amount = match requirement::is_share(&requirement.metric) {
            true => format!("{:.1} %", 100.0 * found),
            false => quantity(found, unit),
        };
        match (requirement.bound, mean(peak.index)) {
            (Bound::OfPeak(_), Some(most)) if most > 0.0 => {
                format!("{} is {amount} there, {:.0} % of the peak's", requirement.metric, 100.0 * found / most)
            }
            _ => format!("{} is {amount} there", requirement.metric),
        }
    }

    fn mean(&self, runs: &Runs<'_>, index: usize, metric: &str) -> Option<f64> {
        let kept = runs.of(&self.range.cells[index], self.effort.most);
        let values: Vec<f64> = kept.iter().filter_map(|run| run.values.get(metric).copied()).collect();
        estimate(&values, self.effort.confidence).map(|estimate| estimate.mean)
    }

    fn throughput(&self, runs: &Runs<'_>, index: usize) -> Option<crate::stats::Estimate> {
        let kept = runs.of(&self.range.cells[index], self.effort.most);
        let values: Vec<f64> = kept.iter().filter_map(|run| run.values.get("throughput").copied()).collect();
        estimate(&values, self.effort.confidence)
    }

    fn collapse(&self, search: &mut Search<'_, '_>, top: &Top, peak: &Peak<'_>) -> Result<Option<Collapse>> {
        let requirement = Requirement::parse(COLLAPSED, &[]).expect("it is a requirement");
        let last = self.range.len() - 1;
        if top.index == last {
            return Ok(None);
        }
        let edge = search.edge(top.index, true, &requirement, Some(peak))?;
        let mean = |search: &Search<'_, '_>, index| self.mean(search.runs, index, "throughput").unwrap_or(0.0);
        let at_the_end = mean(search, last) / top.throughput;
        Ok((!edge.to_the_end).then(|| Collapse {
            value: self.range.values[edge.at + 1].clone(),
            low: self.range.values[edge.sure + 1].clone(),
            high: self.range.values[(edge.possible + 1).min(last)].clone(),
            at_the_end,
        }))
    }

    fn portrait(&self, runs: &Runs<'_>, index: usize, role: &str) -> Portrait {
        let kept = runs.of(&self.range.cells[index], self.effort.most);
        let finished = kept.iter().filter(|run| run.stuck.is_empty());
        let names: std::collections::BTreeSet<&String> = kept.iter().flat_map(|run| run.values.keys()).collect();
        let means = names.into_iter().filter_map(|name| Some((name.clone(), self.mean(runs, index, name)?)));
        Portrait {
            role: role.into(),
            value: self.range.values[index].clone(),
            runs: finished.count(),
            converged: kept.iter().all(|run| run.stuck.is_empty() && run.stationary),
            means: means.collect(),
        }
    }

    fn curve(&self, search: &mut Search<'_, '_>, peak: &Peak<'_>) -> Result<Vec<CurvePoint>> {
        let tried: Vec<usize> = search.tried.iter().copied().collect();
        let mut curve = Vec::with_capacity(tried.len());
        for index in tried {
            let mut satisfies = true;
            for requirement in self.requirements {
                let slack = leaning(search.runs, self.range, index, requirement, Some(peak), self.effort.first)?;
                satisfies &= slack >= 0.0;
            }
            let estimate = self.throughput(search.runs, index);
            let kept = search.runs.of(&self.range.cells[index], self.effort.most);
            curve.push(CurvePoint {
                value: self.range.values[index].clone(),
                number: self.range.numbers[index],
                throughput: estimate.map_or(0.0, |estimate| estimate.mean),
                half_width: estimate.and_then(|estimate| estimate.half_width),
                converged: kept.iter().all(|run| run.stuck.is_empty() && run.stationary),
                satisfies,
            });
        }
        Ok(curve)
    }

    fn cautions(&self, outcome: &Outcome, portraits: &[Portrait]) -> Vec<String> {
        let mut cautions = Vec::new();
        if let Found::Value { undecided: true, .. } = outcome.found {
            cautions.push(format!(
                "{} replications did not decide every value near the answer: the interval says which; a longer run.duration or \
                 --max-replications decides",
                self.effort.most
            ));
        }
        let unsettled: Vec<&str> =
            portraits.iter().filter(|portrait| !portrait.converged).map(|portrait| portrait.value.as_str()).collect();
        if !unsettled.is_empty() {
            cautions.push(format!(
                "at {} some run had not settled or could not be finished: its numbers may depend on run.duration",
                unsettled.join(", ")
            ));
        }
        cautions
    }
}

/// A number with its unit, as a planner reads it.
fn quantity(value: f64, unit: &str) -> String {
    let digits = |value: f64| {
        let decimals = if value == 0.0 { 0 } else { (2 - libm::floor(libm::log10(value.abs())) as i32).clamp(0, 6) };
        format!("{value:.*}", decimals as usize)
    };
    match unit {
        "s" if value < 1e-3 => format!("{} us", digits(value * 1e6)),
        "s" if value < 1.0 => format!("{} ms", digits(value * 1e3)),
        "" => digits(value),
        unit => format!("{} {unit}", digits(value)),
    }
}

#[cfg(test)]
mod tests;
