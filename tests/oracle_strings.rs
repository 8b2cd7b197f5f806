//! Reference strings with known fault counts, under the timed machine.
//!
//! The numbers are published (Belady, Nelson and Shedler 1969; Silberschatz, Galvin and Gagne) or follow from arithmetic (loops,
//! sawtooth); RANDOM on a loop was computed from its Markov chain.

mod common;

use common::{SECOND, class, count, machine, program, run, string};
use knee::machine::{Engine, MemoryBetweenJobs};
use knee::units::Span;
use knee::workload::SourceSpec;

/// Faults of one pass through a string, for 1, 2, … frames.
fn faults(policy: &str, pages: &[u32], sizes: std::ops::RangeInclusive<u32>) -> Vec<u64> {
    sizes
        .map(|frames| {
            // One pass takes less than a second at 1 ms a fault; the job that follows would begin anew, so its length ends it.
            let space = pages.iter().max().unwrap() + 1;
            let mut only = class("string", 1, program(space, Span(1_000), string(pages)));
            only.jobs = knee::machine::JobSource::Closed {
                think: Some(knee::rng::Distribution::Empirical(vec![1.0e9].into())),
            };
            only.memory = MemoryBetweenJobs::Fresh;
            count(&run(&machine(policy, frames, vec![only], Span(1_900_000_000)), 1), "faults_per_second")
        })
        .collect()
}

const BELADY: [u32; 12] = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5];
const SILBERSCHATZ: [u32; 20] = [7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1];

#[test]
fn belady_string() {
    assert_eq!(faults("fifo", &BELADY, 1..=5), [12, 12, 9, 10, 5], "with Belady's anomaly from 3 to 4 frames");
    assert_eq!(faults("lru", &BELADY, 1..=5), [12, 12, 10, 8, 5]);
    assert_eq!(faults("clock", &BELADY, 1..=5), [12, 12, 9, 10, 5]);
}

#[test]
fn silberschatz_string() {
    assert_eq!(faults("fifo", &SILBERSCHATZ, 1..=7), [20, 15, 15, 10, 9, 6, 6]);
    assert_eq!(faults("lru", &SILBERSCHATZ, 1..=7), [20, 17, 12, 8, 7, 6, 6]);
    assert_eq!(faults("clock", &SILBERSCHATZ, 1..=7), [20, 15, 14, 9, 9, 6, 6]);
}

/// Faults over references in the steady state of a source over ten pages.
fn steady(policy: &str, engine: Engine, source: SourceSpec, frames: u32, seed: u64) -> f64 {
    let mut config =
        machine(policy, frames, vec![class("loop", 1, program(10, Span(1_000_000), source))], Span(SECOND.0 * 900));
    config.engine = engine;
    config.warmup = knee::machine::Warmup::Fixed(Span(SECOND.0 * 90));
    run(&config, seed).values.get("faults_per_reference").copied().unwrap_or(0.0)
}

const ENGINES: [Engine; 2] = [Engine::Walk, Engine::Leap];

#[test]
fn a_loop_larger_than_memory_always_misses() {
    for engine in ENGINES {
        for policy in ["lru", "fifo", "clock"] {
            for frames in 1..10 {
                let ratio = steady(policy, engine, SourceSpec::Scan { stride: 1 }, frames, 1);
                assert_eq!(ratio, 1.0, "{policy}, {frames} frames, {engine:?}");
            }
            assert_eq!(steady(policy, engine, SourceSpec::Scan { stride: 1 }, 10, 1), 0.0, "{policy}, {engine:?}");
        }
    }
}

#[test]
fn random_on_a_loop() {
    for engine in ENGINES {
        for (frames, exact) in [(2, 0.998_043), (3, 0.972_669), (5, 0.817_284), (8, 0.384), (9, 0.2)] {
            let seeds = 4;
            let mean = (1..=seeds)
                .map(|seed| steady("random", engine, SourceSpec::Scan { stride: 1 }, frames, seed))
                .sum::<f64>()
                / seeds as f64;
            assert!((mean - exact).abs() < 0.003, "{frames} frames, {engine:?}: {mean} is not {exact} ± 0.003");
        }
    }
}

#[test]
fn sawtooth() {
    // Faults of each period of 18 references.
    let lru = [18.0, 16.0, 14.0, 12.0, 10.0, 8.0, 6.0, 4.0, 2.0, 0.0];
    let fifo = [18.0, 16.0, 14.0, 12.0, 10.0, 10.0, 10.0, 10.0, 10.0, 0.0];
    for engine in ENGINES {
        for frames in 1..=10 {
            for (policy, expected) in [("lru", lru), ("fifo", fifo)] {
                let ratio = steady(policy, engine, SourceSpec::Sawtooth, frames, 1);
                let expected = expected[frames as usize - 1] / 18.0;
                // A measured span that is not a whole number of periods may miss one fault.
                assert!(
                    (ratio - expected).abs() < 2e-4,
                    "{policy}, {frames} frames, {engine:?}: {ratio} is not {expected}"
                );
            }
        }
    }
}
