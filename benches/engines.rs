//! What a reference costs when walking, next to a bare loop; what a fault and a reference cost when leaping; what an event costs.
//!
//! `cargo bench --bench engines`; `docs/performance.md` has the figures of a run.

mod bare;

use bare::{PAGES, bare_clock, bare_lru, config, simulate, steady, zipf};
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use knee::machine::{Calendar, Config, Engine, SourceId};
use knee::rng::Streams;
use knee::units::Instant;
use knee::workload::Weights;
use std::time::{Duration, Instant as Clock};

const CHUNK: u64 = 8_000_000;
/// Criterion asks for so many iterations; each is one reference, measured in chunks large enough to forget the set-up.
fn scaled(iterations: u64, measure: impl Fn(u64) -> Duration) -> Duration {
    let measured = measure(CHUNK);
    Duration::from_secs_f64(measured.as_secs_f64() / CHUNK as f64 * iterations as f64)
}

fn walk(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("walk a reference, Zipf(1.0), 1,000,000 pages");
    group
        .throughput(Throughput::Elements(1))
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_millis(1));
    for share in [10, 50] {
        let frames = PAGES / 100 * share;
        for policy in ["clock", "lru"] {
            group.bench_function(BenchmarkId::new(policy, format!("{share} %")), |bench| {
                let make = |references| config(policy, frames, Engine::Walk, references, PAGES, zipf());
                bench.iter_custom(|iterations| scaled(iterations, |references| steady(make, references)));
            });
        }
        group.bench_function(BenchmarkId::new("bare clock", format!("{share} %")), |bench| {
            bench.iter_custom(|iterations| scaled(iterations, |references| bare_clock(frames as usize, references)));
        });
        group.bench_function(BenchmarkId::new("bare lru", format!("{share} %")), |bench| {
            bench.iter_custom(|iterations| scaled(iterations, |references| bare_lru(frames as usize, references)));
        });
    }
}

fn leap(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("leap a fault, 1,000,000 frames");
    group
        .throughput(Throughput::Elements(1))
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_millis(1));
    for policy in ["fifo", "random", "clock", "lru"] {
        for (name, weights) in [("uniform", Weights::Uniform), ("zipf", zipf())] {
            group.bench_function(BenchmarkId::new(policy, name), |bench| {
                bench.iter_custom(|iterations| {
                    // Two million pages compete for a million frames; the first part of the run fills them. Under Zipf only one
                    // reference in twenty or so faults, so it takes more of them.
                    let make =
                        |references| config(policy, 1_000_000, Engine::Leap, references, 2_000_000, weights.clone());
                    let (fill, more) =
                        if name == "uniform" { (8_000_000, 6_000_000) } else { (16_000_000, 48_000_000) };
                    let (short, long) = (make(fill), make(fill + more));
                    let time = |config: &Config| {
                        let start = Clock::now();
                        let report = simulate(config);
                        let measured = report.values["faults_per_second"] * report.measured;
                        (start.elapsed(), measured)
                    };
                    let ((short, _), (long, in_half)) = (time(&short), time(&long));
                    // Half of the long run is measured; the difference of the runs is `more` references.
                    let faults = in_half * more as f64 / ((fill + more) / 2) as f64;
                    Duration::from_secs_f64(long.saturating_sub(short).as_secs_f64() / faults * iterations as f64)
                });
            });
        }
    }
    group.finish();

    let mut group = criterion.benchmark_group("leap a million references");
    group
        .throughput(Throughput::Elements(1_000_000))
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_millis(1));
    group.bench_function("at a fault rate of 1e-6", |bench| {
        bench.iter_custom(|iterations| {
            // A thousand frames for a thousand pages and a rare one. Each time it comes in somebody else has to leave, whose own fault
            // then drives out another, until the hand comes to the rare page again: some fifteen faults in all.
            let mut weights = vec![1.0; 1000];
            weights.push(1000.0 / 15e6);
            let make = |references| {
                config("clock", 1000, Engine::Leap, references, 1001, Weights::Explicit(weights.clone().into()))
            };
            let references = 20_000_000_000;
            let config = make(references);
            let start = Clock::now();
            let report = simulate(&config);
            let elapsed = start.elapsed();
            let rate = report.values["faults_per_reference"];
            assert!((5e-7..2e-6).contains(&rate), "the fault rate is {rate}");
            Duration::from_secs_f64(elapsed.as_secs_f64() / (references as f64 / 1e6) * iterations as f64)
        });
    });
}

fn calendar(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("calendar");
    group.throughput(Throughput::Elements(1));
    group.bench_function("hold, 100 pending", |bench| {
        let mut stream = Streams::new(1).named("calendar");
        let mut calendar = Calendar::new(vec![0; 100]);
        for source in 0..100 {
            calendar.set(SourceId(source), Instant(stream.below(1_000)));
        }
        // The gaps are drawn beforehand: it is the calendar that is measured.
        let gaps: Vec<u64> = (0..4096).map(|_| (stream.exponential() * 1000.0) as u64).collect();
        let mut at = 0;
        bench.iter(|| {
            let (time, source) = calendar.pop().expect("100 are pending");
            at = (at + 1) % gaps.len();
            calendar.set(source, Instant(time.0 + gaps[at]));
        });
    });
}

criterion_group!(benches, walk, leap, calendar);
criterion_main!(benches);
