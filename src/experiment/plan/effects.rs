//! What each of some changes would buy: the answer with it, with its interval, and throughput where the machine fails without it.

use super::Inquiry;
use super::answer::{Effect, Remedy, Sought};
use super::judge::{Effort, Peak};
use super::range::Range;
use super::remedies::{self, Change};
use super::runs::Runs;
use super::search::{Edge, Search};
use crate::error::Result;
use crate::stats::estimate;

/// Of many changes of one kind, so many are looked at closely, after so many replications of each.
const FINALISTS: usize = 4;
const FIRST_LOOK: u32 = 2;

/// What changes are compared with.
pub(super) struct Asked<'p> {
    pub sought: Sought,
    /// The answer without a change, or the value that came nearest.
    pub at: usize,
    /// Whether there was an answer.
    pub answered: bool,
    /// Where throughput is compared; a policy is chosen at the first of them, load control at the last.
    pub places: &'p [usize],
    /// The peak without a change: bounds of the peak stay where they were.
    pub peak: &'p Peak<'p>,
}

impl Inquiry<'_> {
    pub(super) fn remedies(&self, runs: &Runs<'_>, asked: &Asked<'_>) -> Result<Vec<Remedy>> {
        let (range, config) = (self.range, &self.range.plan.config);
        let first = asked.places.first().copied().unwrap_or(asked.at);
        let worst = asked.places.last().copied().unwrap_or(asked.at);
        let mut tried: Vec<(Change, Range)> = Vec::new();
        let mut untried = Vec::new();
        let mut alone = |found: Option<(Change, Range)>, what: &str, why: &str| match found {
            Some(found) => tried.push(found),
            None => untried.push(nothing(what, why)),
        };
        if range.key != "machine.memory" {
            let change = remedies::more_memory(config);
            let with = range.with(self.scenario, change.key, &change.value).ok();
            alone(with.map(|with| (change, with)), "+25 % memory", "the scenario does not allow it");
        }
        if !range.key.starts_with("device.paging") {
            let faster = remedies::faster_devices(config).into_iter();
            let found = faster
                .filter_map(|change| Some((range.with(self.scenario, change.key, &change.value).ok()?, change)))
                .map(|(with, change)| (change, with))
                .next();
            alone(found, "a faster device", "no preset of a whole device is faster");
        }
        let others =
            if range.key == "replacement.policy" { Vec::new() } else { remedies::other_policies(self.scenario, range) };
        let best = self.best_of(runs, others, first)?;
        alone(best, "another policy", "there is none that this scenario can have");
        let controls = remedies::load_control(self.scenario, range);
        let best = self.best_of(runs, controls, worst)?;
        alone(best, "load control", "the scenario has it already, or cannot have it");
        // What all of them are compared with is made first, so that no two make it.
        let compared: Vec<_> = asked.places.iter().map(|&place| &range.cells[place]).collect();
        runs.make(&compared, self.effort.first)?;
        runs.make(&[&asked.peak.range.cells[asked.peak.index]], self.compared().most)?;
        let mut found = runs.each(&tried, |(change, with)| self.remedy(runs, change, with, asked))?;
        // What could not be tried comes last.
        found.extend(untried);
        Ok(found)
    }

    /// The one of several changes with the most throughput at a value.
    fn best_of(
        &self,
        runs: &Runs<'_>,
        candidates: Vec<(Change, Range)>,
        place: usize,
    ) -> Result<Option<(Change, Range)>> {
        let candidates = self.promising(runs, candidates, place)?;
        let cells: Vec<_> = candidates.iter().map(|(_, with)| &with.cells[place]).collect();
        runs.make(&cells, self.effort.first)?;
        let mut best: Option<(f64, (Change, Range))> = None;
        for (change, with) in candidates {
            let throughput = mean_throughput(runs, &with, place, self.effort.first);
            if best.as_ref().is_none_or(|(most, _)| throughput > *most) {
                best = Some((throughput, (change, with)));
            }
        }
        Ok(best.map(|(_, candidate)| candidate))
    }

    /// Of many changes those that do best in two replications. Some policies cannot leap, and all of them in all replications would take
    /// longer than everything else together.
    fn promising(
        &self,
        runs: &Runs<'_>,
        mut candidates: Vec<(Change, Range)>,
        place: usize,
    ) -> Result<Vec<(Change, Range)>> {
        let look = FIRST_LOOK.min(self.effort.first);
        if candidates.len() > FINALISTS && look < self.effort.first {
            let cells: Vec<_> = candidates.iter().map(|(_, with)| &with.cells[place]).collect();
            runs.make(&cells, look)?;
            // Stable, so that of equals the first in the list stays.
            candidates.sort_by(|(_, one), (_, other)| {
                let mean = |range| mean_throughput(runs, range, place, look);
                mean(other).total_cmp(&mean(one))
            });
            candidates.truncate(FINALISTS);
        }
        Ok(candidates)
    }

    /// What is only a comparison needs not be as sure as the answer.
    fn compared(&self) -> Effort {
        Effort { most: (2 * self.effort.first).min(self.effort.most), ..self.effort }
    }

    fn remedy(&self, runs: &Runs<'_>, change: &Change, with: &Range, asked: &Asked<'_>) -> Result<Remedy> {
        let effort = self.compared();
        let mut search = Search::new(with, runs, effort);
        let edge = self.edge_with(&mut search, asked)?;
        let mut effects = Vec::with_capacity(asked.places.len());
        for &place in asked.places {
            runs.make(&[&with.cells[place], &self.range.cells[place]], effort.first)?;
            let mean = |range| mean_throughput(runs, range, place, effort.first);
            effects.push(Effect { at: with.values[place].clone(), before: mean(self.range), after: mean(with) });
        }
        let number = |index: usize| self.range.numbers[index];
        let gain = edge.filter(|_| asked.answered && number(asked.at) > 0.0).map(|edge| match asked.sought {
            Sought::Largest => number(edge.at) / number(asked.at) - 1.0,
            Sought::Smallest => 1.0 - number(edge.at) / number(asked.at),
        });
        let written = |index: usize| with.values[index].clone();
        let ends = |edge: Edge| (edge.sure.min(edge.possible), edge.sure.max(edge.possible));
        Ok(Remedy {
            change: change.words.clone(),
            set: Some((change.key.to_owned(), change.value.trim_matches('"').to_owned())),
            value: edge.map(|edge| written(edge.at)),
            interval: edge.map(ends).map(|(low, high)| (written(low), written(high))),
            at_the_end: edge.is_some_and(|edge| edge.to_the_end),
            gain,
            effects,
            note: String::new(),
        })
    }

    /// The answer with a change: each requirement's edge on the sought side, from the answer without the change where it holds there
    /// still, else from where it has most slack. `None` where they have nothing in common.
    fn edge_with(&self, search: &mut Search<'_, '_>, asked: &Asked<'_>) -> Result<Option<Edge>> {
        let last = search.range.len() - 1;
        let places = asked.places.iter().copied().chain([asked.at, asked.peak.index, 0, last]);
        let mut edges: Vec<Edge> = Vec::with_capacity(self.requirements.len());
        let mut others: Vec<Edge> = Vec::new();
        let up = asked.sought == Sought::Largest;
        for requirement in self.requirements {
            let from = if search.decide(asked.at, requirement, Some(asked.peak))?.leans_to_hold() {
                asked.at
            } else {
                search.try_values(places.clone())?;
                let Some(anchor) = search.anchor(requirement, Some(asked.peak))? else { return Ok(None) };
                others.push(search.edge(anchor, !up, requirement, Some(asked.peak))?);
                anchor
            };
            edges.push(search.edge(from, up, requirement, Some(asked.peak))?);
        }
        let closest = |places: &mut dyn Iterator<Item = usize>| if up { places.min() } else { places.max() };
        let nearest = |of: &dyn Fn(&Edge) -> usize| closest(&mut edges.iter().map(of)).unwrap_or(asked.at);
        let at = nearest(&|edge| edge.at);
        // A requirement that does not hold at the old answer holds on one side of it only.
        let apart = others.iter().any(|other| if up { other.at > at } else { other.at < at });
        let edge = Edge {
            at,
            to_the_end: edges.iter().all(|edge| edge.to_the_end),
            sure: nearest(&|edge| edge.sure),
            possible: nearest(&|edge| edge.possible),
        };
        Ok((!apart).then_some(edge))
    }
}

fn nothing(what: &str, why: &str) -> Remedy {
    Remedy {
        change: what.into(),
        set: None,
        value: None,
        interval: None,
        at_the_end: false,
        gain: None,
        effects: Vec::new(),
        note: why.into(),
    }
}

fn mean_throughput(runs: &Runs<'_>, range: &Range, index: usize, count: u32) -> f64 {
    let kept = runs.of(&range.cells[index], count);
    let values: Vec<f64> = kept.iter().map(|run| run.values.get("throughput").copied().unwrap_or(0.0)).collect();
    estimate(&values, 0.95).map_or(0.0, |estimate| estimate.mean)
}
