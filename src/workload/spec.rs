//! What a program is, as data: its address space and where its page references come from.
//!
//! Terms after Denning and Kahn (1975): the *macromodel* says which locality set is current and for how long, the
//! *micromodel* how the pages of the set are referenced. A program may be a weighted mixture of several components;
//! a mixture is the superposition of its components' reference streams, each at its share of the rate.

use super::{Backing, RegionSpec};
use crate::rng::Distribution;
use crate::units::Span;
use std::sync::Arc;

/// One program: an address space and a reference behaviour.
#[derive(Clone, Debug)]
pub struct ProgramSpec {
    /// Pages of the address space (at least 1).
    pub pages: u32,
    /// Where a page comes from when it is touched for the first time; regions, if there are any, each say so themselves.
    pub backing: Backing,
    /// What the address space is made of, in order; empty for one private region that may be read and written.
    pub regions: Vec<RegionSpec>,
    /// CPU time per page reference: the mean gap of the Poisson stream, or the period of a deterministic one.
    pub reference_time: Span,
    /// The components of the mixture, at least one; their shares sum to 1.
    pub components: Vec<ComponentSpec>,
}

/// One component of a program's reference behaviour, over a range of its pages.
#[derive(Clone, Debug)]
pub struct ComponentSpec {
    /// Share of the program's references, in (0, 1].
    pub share: f64,
    /// Probability that a reference is a write, in [0, 1].
    pub write_fraction: f64,
    /// First page of the range.
    pub first_page: u32,
    /// Number of pages of the range (at least 1).
    pub pages: u32,
    /// Which of these pages are referenced, and in what order.
    pub source: SourceSpec,
}

/// Which pages of its range a component references, and in what order.
#[derive(Clone, Debug)]
pub enum SourceSpec {
    /// Independent reference model: every reference picks a page with fixed probabilities.
    Independent(Weights),
    /// Phases: a current locality set, replaced from time to time (Denning and Kahn 1975).
    Phases(PhasesSpec),
    /// Every page in turn, `stride` apart, round and round; stride 1 is the sequential or cyclic scan. With a stride
    /// s > 1 the pages 0, s, 2s, …, then 1, s+1, … are visited, so one lap visits every page once.
    Scan {
        /// Distance of successive references in pages (at least 1).
        stride: u32,
    },
    /// Up and down: 0, 1, …, n-1, n-2, …, 1, 0, 1, …
    Sawtooth,
    /// LRU-stack model: stack distances are drawn independently, distance d with weight d (walk only).
    LruStack(Weights),
    /// A recorded string of page numbers within the range (walk only).
    Recorded(RecordedSpec),
    /// No pages are referenced one by one: the program faults at a rate that is a function of the memory it holds.
    Lifetime(LifetimeFunction),
}

/// Relative weights of the pages of a set, in order.
#[derive(Clone, Debug)]
pub enum Weights {
    /// All alike.
    Uniform,
    /// Weight of the i-th page (from 1) is i^-exponent; exponent 0 is uniform.
    Zipf {
        /// The exponent, at least 0.
        exponent: f64,
    },
    /// Weight of the i-th page (from 1) is ratio^(i-1).
    Geometric {
        /// Ratio of successive weights, in (0, 1).
        ratio: f64,
    },
    /// A hot part at the beginning gets a fixed share of the references.
    HotCold {
        /// Share of the pages that are hot, in (0, 1).
        hot_pages: f64,
        /// Share of the references that go to them, in (0, 1).
        hot_references: f64,
    },
    /// Given one by one; at least one is positive, none negative.
    Explicit(Arc<[f64]>),
}

/// A macromodel and its micromodel.
#[derive(Clone, Debug)]
pub struct PhasesSpec {
    /// How locality sets are chosen.
    pub sets: LocalitySets,
    /// How the pages of a set lie in the range.
    pub layout: Layout,
    /// Holding time of a phase, in references.
    pub holding: Distribution,
    /// How the pages of the current set are referenced.
    pub micromodel: Micromodel,
}

/// How the macromodel chooses the next locality set.
#[derive(Clone, Debug)]
pub enum LocalitySets {
    /// Disjoint sets fixed at the start, `(pages, probability)`; the next is chosen with its probability whatever the
    /// current one is (Denning and Kahn's simplification of the semi-Markov chain). Their sizes sum to at most the range.
    Fixed(Vec<(u32, f64)>),
    /// Each phase draws a size, keeps a share of the previous set's pages and takes the rest from the whole range.
    Fresh {
        /// Size of a set in pages (rounded, and held to 1..=the range).
        size: Distribution,
        /// Share of the new set that is kept from the old one where possible, in [0, 1].
        overlap: f64,
    },
}

/// How the pages of a locality set lie in the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Anywhere.
    Scattered,
    /// As runs of so many neighbouring pages, which lie anywhere; a divisor of the range, and 1 is [`Layout::Scattered`].
    Runs(u32),
    /// As one run of neighbouring pages (spatial locality). With overlap, the run moves by the share that is new.
    Contiguous,
}

/// How the pages of a locality set are referenced.
#[derive(Clone, Debug)]
pub enum Micromodel {
    /// Independent references with these weights; [`Weights::Uniform`] is Denning and Kahn's random micromodel.
    Random(Weights),
    /// In turn, round and round.
    Cyclic,
    /// Up and down.
    Sawtooth,
    /// LRU-stack model within the set (walk only).
    LruStack(Weights),
}

/// A recorded page-reference string as a reference source.
#[derive(Clone, Debug)]
pub struct RecordedSpec {
    /// Page numbers within the component's range.
    pub references: Arc<[RecordedReference]>,
    /// Position at which the process begins.
    pub offset: u64,
    /// Whether the string begins again at its end; otherwise the job ends there.
    pub looped: bool,
}

/// One reference of a recorded string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedReference {
    /// Page number within the component's range.
    pub page: u32,
    /// Whether it is a write.
    pub write: bool,
    /// References of the original program that passed since the recorded one before it, this one included (at least
    /// 1). A reduced recording leaves out references to pages used just before; their time is kept here.
    pub gap: u32,
}

/// Mean virtual time between faults as a function of the memory held.
#[derive(Clone, Debug)]
pub enum LifetimeFunction {
    /// L(m) = 2B / (1 + (C/m)²) (Chamberlin, Fuller and Liu 1973).
    ChamberlinFullerLiu {
        /// B: half the lifetime at unlimited memory.
        b: Span,
        /// C: the memory, in frames, at which the lifetime is B.
        c: f64,
    },
    /// L(m) = a · m^k (Belady and Kuehner 1969), with a the lifetime at one frame.
    Power {
        /// Lifetime at one frame.
        a: Span,
        /// Exponent, 1.5 to 3 for the convex part of measured curves.
        k: f64,
    },
    /// Straight lines between measured points `(frames, lifetime)`, flat beyond the ends.
    Table(Vec<(f64, Span)>),
}
