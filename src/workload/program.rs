//! One process's reference behaviour at run time: its components, their current locality sets, and what both engines need.
//!
//! What is common is here; [`super::walk`] draws every reference, [`super::leap`] only what somebody asks for.

use super::absent::{AbsentSet, UniformAbsent};
use super::bits::BitTree;
use super::members::Members;
use super::path::{Path, PathKind};
use super::replay::Replay;
use super::stack::LruStack;
use super::sum_tree::{MemberWeights, SumTree};
use super::walk::WalkState;
use super::weights::AliasTable;
use super::{
    ComponentSpec, LifetimeFunction, LocalitySets, Mapping, Micromodel, PhasesSpec, ProgramSpec, RegionSpec,
    SourceSpec, Weights,
};
use crate::rng::{Foreseen, Stream, Streams};
use crate::units::{Page, Span, Virtual};
use std::sync::Arc;

/// A program as its process runs it.
#[derive(Debug)]
pub struct Program {
    pub(super) spec: Arc<ProgramSpec>,
    pub(super) tables: Arc<ProgramTables>,
    pub(super) components: Vec<Component>,
    pub(super) leaps: bool,
    /// Draws pages, and in the leap everything else about references.
    pub(super) references: Stream,
    /// Leap under a policy that asks for times: the next draw, if it is for the answer.
    pub(super) foreseen: Option<Foreseen>,
    /// Draws phases, so that two policies see the same macromodel whatever else they make a process draw.
    pub(super) phases: Stream,
    pub(super) walk: WalkState,
    /// Leap: time and component of the last fault. Deterministic components after it in order that are due at the same time come after it.
    pub(super) faulted: (Virtual, usize),
}

/// One component at run time.
#[derive(Debug)]
pub(super) struct Component {
    pub first_page: u32,
    pub pages: u32,
    /// References of this component per nanosecond of virtual time.
    pub rate: f64,
    pub write_fraction: f64,
    /// Leap: whether it writes and some of its pages may be protected against writing.
    pub guarded: bool,
    /// The current set; everything about its references is meant since `since`.
    pub members: Members,
    pub since: Virtual,
    /// End of the current phase; [`Virtual::NEVER`] without a macromodel.
    pub phase_end: Virtual,
    /// References of the path made in this phase; only the walk counts them.
    pub made: u64,
    pub micro: Micro,
}

/// How a component references its current set.
#[derive(Debug)]
pub(super) enum Micro {
    /// Independent references: a Poisson stream.
    Drawn {
        /// Integer weight of each member; `None` where all weigh 1.
        tables: Option<WeightTables>,
        /// Sum of the weights, for the leap; without them, the number of members.
        total: u64,
        /// For the leap.
        absent: Option<AbsentSet>,
        /// For the leap: members that are present but protected; only of a guarded component.
        protected: Option<Box<AbsentSet>>,
    },
    /// A deterministic path, one reference every `period`; the k-th at `origin + k · period`.
    Path { path: Path, period: Span, origin: Virtual, absent: Option<BitTree>, protected: Option<Box<BitTree>> },
    /// LRU-stack model: a Poisson stream, pages by stack distance.
    Stack(LruStack),
    /// A recorded string.
    Recorded(Replay),
    /// Faults at a rate that depends on the memory held.
    Lifetime { function: LifetimeFunction, absent: UniformAbsent },
}

/// How a page is at present, as far as the process that references it can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It cannot be referenced without the pager.
    Absent,
    /// It can be read.
    Protected,
    /// It can be read and written.
    Full,
}

/// What all processes of one class share: tables that depend on the specification alone.
#[derive(Debug)]
pub struct ProgramTables {
    /// For each component over its whole range.
    per_component: Vec<Option<WeightTables>>,
}

/// Weights of a set, in the form that the engine needs.
#[derive(Clone, Debug)]
pub(super) enum WeightTables {
    /// The leap adds weights up.
    Leap { weights: Arc<MemberWeights>, total: u64 },
    /// The walk draws members.
    Walk(Arc<AliasTable>),
}

impl WeightTables {
    fn new(weights: &Weights, size: u32, leaps: bool) -> WeightTables {
        let weights = weights.integers(size);
        if leaps {
            WeightTables::Leap { total: weights.iter().sum(), weights: Arc::new(MemberWeights::new(&weights)) }
        } else {
            WeightTables::Walk(Arc::new(AliasTable::new(&weights)))
        }
    }

    fn size(&self) -> usize {
        match self {
            WeightTables::Leap { weights, .. } => weights.len(),
            WeightTables::Walk(alias) => alias.size(),
        }
    }

    /// For the leap.
    #[inline]
    pub fn weights(&self) -> Option<&MemberWeights> {
        match self {
            WeightTables::Leap { weights, .. } => Some(weights),
            WeightTables::Walk(_) => None,
        }
    }

    /// For the walk.
    #[inline]
    pub fn alias(&self) -> Option<&Arc<AliasTable>> {
        match self {
            WeightTables::Leap { .. } => None,
            WeightTables::Walk(alias) => Some(alias),
        }
    }
}

impl ProgramTables {
    /// The tables for a program under one of the engines.
    pub fn new(spec: &ProgramSpec, leaps: bool) -> ProgramTables {
        let per_component = spec
            .components
            .iter()
            .map(|component| match &component.source {
                SourceSpec::Independent(weights) | SourceSpec::LruStack(weights) if !weights.is_uniform() => {
                    Some(WeightTables::new(weights, component.pages, leaps))
                }
                _ => None,
            })
            .collect();
        ProgramTables { per_component }
    }
}

impl ProgramSpec {
    /// Whether every component can leap from fault to fault; if not, the name of the kind of source that cannot.
    pub fn must_walk(&self) -> Option<&'static str> {
        self.components.iter().find_map(|component| match &component.source {
            SourceSpec::LruStack(_) => Some("lru-stack"),
            SourceSpec::Recorded(_) => Some("recorded"),
            SourceSpec::Phases(phases) if matches!(phases.micromodel, Micromodel::LruStack(_)) => Some("lru-stack"),
            _ => None,
        })
    }

    /// Whether some page of a component's range may at times be readable only.
    fn may_protect(&self, component: &ComponentSpec) -> bool {
        let end = component.first_page + component.pages;
        let touched =
            |region: &&RegionSpec| region.first_page < end && component.first_page < region.first_page + region.pages;
        self.regions
            .iter()
            .filter(touched)
            .any(|region| !region.protection.write || matches!(region.mapping, Mapping::CopyOnWrite(_)))
    }

    /// The region that a page lies in, where the address space is made of regions.
    pub fn region(&self, page: Page) -> Option<&RegionSpec> {
        let after = self.regions.partition_point(|region| region.first_page <= page.0);
        after.checked_sub(1).map(|at| &self.regions[at])
    }

    /// Whether the program comes to an end by itself: it has a recorded string that is not looped.
    pub fn ends(&self) -> bool {
        let mut sources = self.components.iter().map(|component| &component.source);
        sources.any(|source| matches!(source, SourceSpec::Recorded(recorded) if !recorded.looped))
    }

    /// Whether some component has no references to walk through; if so, the name of its kind.
    pub fn must_leap(&self) -> Option<&'static str> {
        self.components
            .iter()
            .any(|component| matches!(component.source, SourceSpec::Lifetime(_)))
            .then_some("lifetime")
    }
}

impl Program {
    /// A program about to begin, with no page in memory. `name` is its process's, for the random streams.
    pub fn new(
        spec: Arc<ProgramSpec>,
        tables: Arc<ProgramTables>,
        leaps: bool,
        streams: &Streams,
        name: &str,
    ) -> Program {
        let mut program = Program {
            references: streams.named(&format!("{name}/references")),
            foreseen: None,
            phases: streams.named(&format!("{name}/phases")),
            walk: WalkState::new(streams.named(&format!("{name}/timing"))),
            spec,
            tables,
            components: Vec::new(),
            leaps,
            faulted: (Virtual::NEVER, 0),
        };
        program.restart(Virtual::ZERO);
        program
    }

    /// Begins the program anew at `now`, as a new job: no page is in memory, paths and strings start again, locality sets
    /// are drawn again.
    pub fn restart(&mut self, now: Virtual) {
        let spec = Arc::clone(&self.spec);
        let mut components: Vec<Component> = Vec::with_capacity(spec.components.len());
        for (number, component) in spec.components.iter().enumerate() {
            components.push(self.start_component(number, component, now));
        }
        self.components = components;
        self.walk.restart(now);
        for number in 0..self.components.len() {
            if matches!(spec.components[number].source, SourceSpec::Phases(_)) {
                self.components[number].phase_end = now;
                self.next_phase(number, |_| Presence::Absent);
            }
        }
    }

    fn start_component(&mut self, number: usize, spec: &ComponentSpec, now: Virtual) -> Component {
        let rate = spec.share / self.spec.reference_time.0 as f64;
        let period = Span::from_nanos_f64(1.0 / rate);
        let guarded = self.leaps && spec.write_fraction > 0.0 && self.spec.may_protect(spec);
        let path = |kind| Micro::Path {
            path: Path::new(kind, spec.pages),
            period,
            origin: now,
            absent: self.leaps.then(|| BitTree::new(spec.pages, |_| true)),
            protected: guarded.then(|| Box::new(BitTree::new(spec.pages, |_| false))),
        };
        let (members, micro) = match &spec.source {
            SourceSpec::Independent(_) => {
                let tables = self.tables.per_component[number].clone();
                (Members::all(spec.pages), self.drawn(spec.pages, tables, None, guarded, |_| Presence::Absent))
            }
            SourceSpec::Phases(phases) => {
                let members = Members::none(spec.pages, phases.layout, &mut self.phases);
                // The first phase puts the real micromodel in its place.
                (
                    members,
                    Micro::Path {
                        path: Path::new(PathKind::Strided(1), 1),
                        period,
                        origin: now,
                        absent: None,
                        protected: None,
                    },
                )
            }
            SourceSpec::Scan { stride } => (Members::all(spec.pages), path(PathKind::Strided(*stride))),
            SourceSpec::Sawtooth => (Members::all(spec.pages), path(PathKind::Sawtooth)),
            SourceSpec::LruStack(_) => {
                let distances = self.tables.per_component[number].as_ref().and_then(WeightTables::alias).cloned();
                (Members::all(spec.pages), Micro::Stack(LruStack::new(spec.pages, distances)))
            }
            SourceSpec::Recorded(recorded) => {
                (Members::all(spec.pages), Micro::Recorded(Replay::new(recorded, period, now)))
            }
            SourceSpec::Lifetime(function) => {
                let absent = UniformAbsent::new(spec.pages, None, |_| true);
                (Members::all(spec.pages), Micro::Lifetime { function: function.clone(), absent })
            }
        };
        Component {
            first_page: spec.first_page,
            pages: spec.pages,
            rate,
            write_fraction: spec.write_fraction,
            guarded,
            members,
            since: now,
            phase_end: Virtual::NEVER,
            made: 0,
            micro,
        }
    }

    /// Independent references to a set of `size` members.
    fn drawn(
        &self,
        size: u32,
        tables: Option<WeightTables>,
        old: Option<AbsentSet>,
        guarded: bool,
        presence: impl Fn(u32) -> Presence,
    ) -> Micro {
        let set = |old: Option<AbsentSet>, sought| match &tables {
            Some(WeightTables::Leap { weights, .. }) => {
                AbsentSet::weighted(SumTree::new(Arc::clone(weights), |index| presence(index) == sought))
            }
            _ => {
                let room = old.and_then(AbsentSet::into_uniform);
                AbsentSet::uniform(UniformAbsent::new(size, room, |index| presence(index) == sought))
            }
        };
        let absent = self.leaps.then(|| set(old, Presence::Absent));
        let protected = guarded.then(|| Box::new(set(None, Presence::Protected)));
        let total = match &tables {
            Some(WeightTables::Leap { total, .. }) => *total,
            _ => u64::from(size),
        };
        Micro::Drawn { tables, total, absent, protected }
    }

    /// The earliest end of a phase.
    pub fn phase_end(&self) -> Virtual {
        self.components.iter().map(|component| component.phase_end).min().unwrap_or(Virtual::NEVER)
    }

    /// Moves a component, whose phase ends, on to its next phase. `presence` says how the pages of the address space are;
    /// only the leap asks.
    pub(super) fn next_phase(&mut self, number: usize, presence: impl Fn(u32) -> Presence) {
        let spec = Arc::clone(&self.spec);
        let SourceSpec::Phases(phases) = &spec.components[number].source else { return };
        let component = &mut self.components[number];
        let now = component.phase_end;
        choose_set(&mut component.members, phases, component.pages, &mut self.phases);
        // The holding time is given in references of this component.
        let holding = Span::from_nanos_f64(phases.holding.sample(&mut self.phases) / component.rate);
        component.phase_end = now.saturating_add(Span(holding.0.max(1)));
        component.since = now;
        component.made = 0;
        let size = component.members.len();
        let first_page = component.first_page;
        let period = Span::from_nanos_f64(1.0 / component.rate);
        let idle = Micro::Recorded(Replay::empty());
        let old = std::mem::replace(&mut self.components[number].micro, idle);
        let members = &self.components[number].members;
        let guarded = self.components[number].guarded;
        let presence = |index| presence(first_page + members.page(index));
        let path = |kind| {
            let origin = match &old {
                // The beat goes on, so that phases cost no part of a period.
                Micro::Path { period, origin, .. } => {
                    Virtual(origin.0 + now.saturating_since(*origin).0 / period.0.max(1) * period.0)
                }
                _ => now,
            };
            let path = Path::new(kind, size);
            let set = |sought| {
                let mut bits = BitTree::new(size, |_| false);
                (0..size).filter(|&index| presence(index) == sought).for_each(|index| bits.insert(path.bit(index)));
                bits
            };
            let absent = self.leaps.then(|| set(Presence::Absent));
            let protected = guarded.then(|| Box::new(set(Presence::Protected)));
            Micro::Path { path, period, origin, absent, protected }
        };
        let micro = match &phases.micromodel {
            Micromodel::Random(weights) => {
                let (tables, room) = match old {
                    // The same size has the same weights.
                    Micro::Drawn { tables: Some(tables), absent, .. } if tables.size() == size as usize => {
                        (Some(tables), absent)
                    }
                    Micro::Drawn { absent, .. } => (None, absent),
                    _ => (None, None),
                };
                let tables = match tables {
                    None if !weights.is_uniform() => Some(WeightTables::new(weights, size, self.leaps)),
                    tables => tables,
                };
                self.drawn(size, tables, room, guarded, presence)
            }
            Micromodel::Cyclic => path(PathKind::Strided(1)),
            Micromodel::Sawtooth => path(PathKind::Sawtooth),
            Micromodel::LruStack(weights) => {
                let distances = (!weights.is_uniform()).then(|| Arc::new(AliasTable::new(&weights.integers(size))));
                Micro::Stack(LruStack::new(size, distances))
            }
        };
        self.components[number].micro = micro;
    }

    /// Virtual time at which a recorded string that is not looped ends; [`Virtual::NEVER`] if there is none.
    pub fn end(&self) -> Virtual {
        let ends = self.components.iter().map(|component| match &component.micro {
            Micro::Recorded(replay) => replay.end(),
            _ => Virtual::NEVER,
        });
        ends.min().unwrap_or(Virtual::NEVER)
    }
}

/// The macromodel's choice of the next set.
fn choose_set(members: &mut Members, phases: &PhasesSpec, range: u32, stream: &mut Stream) {
    match &phases.sets {
        LocalitySets::Fixed(sets) => {
            let mut left = stream.unit() * sets.iter().map(|(_, probability)| probability).sum::<f64>();
            let mut start = 0;
            for (number, &(pages, probability)) in sets.iter().enumerate() {
                left -= probability;
                if left < 0.0 || number + 1 == sets.len() {
                    members.select(start, pages);
                    return;
                }
                start += pages;
            }
        }
        LocalitySets::Fresh { size, overlap } => {
            let pages = libm::round(size.sample(stream)).clamp(1.0, f64::from(range)) as u32;
            let kept = libm::round(f64::from(pages) * overlap) as u32;
            members.renew(pages, kept, stream);
        }
    }
}
