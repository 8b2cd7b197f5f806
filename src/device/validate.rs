//! What is wrong with a device's parameters, by key, in words for the person who wrote them.

use crate::rng::Distribution;
use crate::units::Span;
use std::fmt::Display;

/// One thing that is wrong with a specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The parameter, as a path of field names: `geometry.zones[0].cylinders`, `behind.channels`.
    pub key: String,
    /// What was found and what is allowed.
    pub problem: String,
}

/// The machine that a device is for, as far as its parameters depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// Bytes of a page (a power of two).
    pub page_size: u64,
    /// Page frames of the machine.
    pub frames: u64,
    /// Pages of swap space that the device must hold.
    pub swap_pages: u64,
}

/// Collects problems under a path of keys.
#[derive(Debug)]
pub(super) struct Findings {
    pub site: Site,
    path: String,
    problems: Vec<Problem>,
}

impl Findings {
    pub fn new(site: Site) -> Findings {
        Findings { site, path: String::new(), problems: Vec::new() }
    }

    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Runs `inner` with `key` before the keys of its findings.
    pub fn within(&mut self, key: impl Display, inner: impl FnOnce(&mut Findings)) {
        let outer = self.path.clone();
        self.path = format!("{outer}{key}.");
        inner(self);
        self.path = outer;
    }

    /// Notes a problem.
    pub fn add(&mut self, key: impl Display, problem: impl Into<String>) {
        self.problems.push(Problem { key: format!("{}{key}", self.path), problem: problem.into() });
    }

    /// Notes a problem unless `good`.
    pub fn require(&mut self, good: bool, key: impl Display, problem: impl FnOnce() -> String) {
        if !good {
            self.add(key, problem());
        }
    }

    pub fn at_least_one(&mut self, key: impl Display, value: u64) {
        self.require(value > 0, key, || "is 0: at least 1 is needed".to_string());
    }

    pub fn positive(&mut self, key: impl Display, span: Span) {
        self.require(span > Span::ZERO, key, || "is 0 s: a positive time is needed".to_string());
    }

    pub fn share(&mut self, key: impl Display, value: f64) {
        self.require((0.0..=1.0).contains(&value), key, || format!("is {value}: a share between 0 and 1 is needed"));
    }

    /// A time given as a distribution in nanoseconds.
    pub fn duration(&mut self, key: impl Display, distribution: &Distribution) {
        let mean = distribution.mean();
        self.require(mean.is_finite() && mean >= 0.0, key, || {
            format!("has mean {mean} ns: a time that is not negative is needed")
        });
    }
}
