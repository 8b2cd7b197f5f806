//! Independent references to ten pages under the machine, both engines, against closed forms.
//!
//! Source: King 1971 (LRU), Gelenbe 1973 (FIFO = RANDOM). The numbers were computed independently of this project; ±0.003.

mod common;

use common::{class, machine, program, run};
use knee::machine::{Engine, Warmup};
use knee::rng::Distribution;
use knee::units::Span;
use knee::workload::{SourceSpec, Weights};

/// Miss ratios for 1 to 9 frames: LRU, then FIFO = RANDOM.
type Table = ([f64; 9], [f64; 9]);

const ZIPF_1: Table = (
    [0.819350, 0.663100, 0.529336, 0.415495, 0.318636, 0.235774, 0.164214, 0.101822, 0.047204],
    [0.819350, 0.675375, 0.554896, 0.450663, 0.358291, 0.274933, 0.198643, 0.128031, 0.062076],
);
const GEOMETRIC: Table = (
    [0.813270, 0.641693, 0.488271, 0.356005, 0.247062, 0.161788, 0.098228, 0.052700, 0.021076],
    [0.813270, 0.650925, 0.511491, 0.393081, 0.293530, 0.210539, 0.141806, 0.085124, 0.038460],
);
const UNIFORM: Table = ([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1], [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]);

fn check(weights: &Weights, table: &Table) {
    for engine in [Engine::Walk, Engine::Leap] {
        for (policy, ratios) in [("lru", table.0), ("fifo", table.1), ("random", table.1)] {
            for (index, expected) in ratios.into_iter().enumerate() {
                let frames = index as u32 + 1;
                let source = SourceSpec::Independent(weights.clone());
                let only = class("irm", 1, program(10, Span(1_000), source));
                // 600,000 references, less the first 20,000; a fault takes hardly any time.
                let mut config = machine(policy, frames, vec![only], Span(600_000_000));
                config.engine = engine;
                config.warmup = Warmup::Fixed(Span(20_000_000));
                config.paging = common::device(Distribution::Constant(1.0));
                let ratio = run(&config, 7).values["faults_per_reference"];
                assert!(
                    (ratio - expected).abs() < 0.003,
                    "{policy}, {frames} frames, {engine:?}, {weights:?}: {ratio} is not {expected} ± 0.003"
                );
            }
        }
    }
}

#[test]
fn zipf() {
    check(&Weights::Zipf { exponent: 1.0 }, &ZIPF_1);
}

#[test]
fn geometric() {
    check(&Weights::Geometric { ratio: 0.7 }, &GEOMETRIC);
}

#[test]
fn uniform() {
    check(&Weights::Uniform, &UNIFORM);
}
