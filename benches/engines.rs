//! What a reference costs when walking, next to a bare loop; what a fault and a reference cost when leaping; what an event costs.
//!
//! `cargo bench --bench engines`; `docs/performance.md` has the figures of a run.

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use knee::device::{DeviceSpec, QueueingSpec};
use knee::machine::{
    Calendar, ClassConfig, Config, Engine, JobSource, MemoryBetweenJobs, Scope, SourceId, Warmup, run,
};
use knee::metrics::RunReport;
use knee::policy::find;
use knee::rng::{Distribution, Streams};
use knee::units::{Instant, Span};
use knee::workload::{AliasTable, Backing, ComponentSpec, ProgramSpec, SourceSpec, Weights};
use std::hint::black_box;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant as Clock};

const PAGES: u32 = 1_000_000;

fn zipf() -> Weights {
    Weights::Zipf { exponent: 1.0 }
}

/// One process that references its pages by Zipf(1.0), read only, one reference a nanosecond-scale `reference_time`.
fn config(policy: &str, frames: u32, engine: Engine, references: u64, pages: u32, weights: Weights) -> Config {
    let reference_time = Span(100);
    let duration = Span(references * reference_time.0);
    Config {
        page_size: 4096,
        frames,
        cpus: 1,
        quantum: None,
        context_switch: Span::ZERO,
        fault_time: Span::ZERO,
        engine,
        policy: find(policy).expect("the policy exists"),
        scope: Scope::Global,
        paging: DeviceSpec::Queueing(QueueingSpec {
            read: Distribution::Constant(1.0),
            write: Distribution::Constant(1.0),
            parallelism: 1,
        }),
        file: None,
        swap_pages: pages,
        classes: vec![ClassConfig {
            name: "p".into(),
            count: 1,
            program: ProgramSpec {
                pages,
                backing: Backing::ZeroFill,
                reference_time,
                components: vec![ComponentSpec {
                    share: 1.0,
                    write_fraction: 0.0,
                    first_page: 0,
                    pages,
                    source: SourceSpec::Independent(weights),
                }],
            },
            job: None,
            jobs: JobSource::Closed { think: None },
            burst: None,
            memory: MemoryBetweenJobs::Keep,
            stagger: Span::ZERO,
        }],
        duration,
        warmup: Warmup::Fixed(Span(duration.0 / 2)),
        observations: 20,
        livelock_after: duration,
    }
}

fn simulate(config: &Config) -> RunReport {
    run(config, 1, &AtomicBool::new(false)).expect("the machine runs")
}

/// The cost of the second half of a run, when memory is full: the difference of a long and a short run.
fn steady(make: impl Fn(u64) -> Config, references: u64) -> Duration {
    let time = |references| {
        let config = make(references);
        let start = Clock::now();
        black_box(simulate(&config));
        start.elapsed()
    };
    let fill = FILL;
    time(fill + references).saturating_sub(time(fill))
}

/// CLOCK on bare arrays: sample, look the page up, set its bit or sweep the hand.
fn bare_clock(frames: usize, references: u64) -> Duration {
    let table = AliasTable::new(&zipf().integers(PAGES));
    let mut stream = Streams::new(1).named("bare");
    let mut frame_of = vec![u32::MAX; PAGES as usize];
    let mut page_in = vec![u32::MAX; frames];
    let mut bit = vec![false; frames];
    let mut hand = 0;
    let mut faults = 0u64;
    let mut start = Clock::now();
    let fill = FILL;
    for made in 0..fill + references {
        if made == fill {
            start = Clock::now();
        }
        let page = table.draw(&mut stream) as usize;
        let frame = frame_of[page];
        if frame != u32::MAX {
            bit[frame as usize] = true;
            continue;
        }
        faults += 1;
        while page_in[hand] != u32::MAX && bit[hand] {
            bit[hand] = false;
            hand = if hand + 1 == frames { 0 } else { hand + 1 };
        }
        if page_in[hand] != u32::MAX {
            frame_of[page_in[hand] as usize] = u32::MAX;
        }
        page_in[hand] = page as u32;
        frame_of[page] = hand as u32;
        bit[hand] = true;
        hand = if hand + 1 == frames { 0 } else { hand + 1 };
    }
    black_box(faults);
    start.elapsed()
}

/// LRU on bare arrays: sample, look the page up, move its frame to the front of a linked list.
fn bare_lru(frames: usize, references: u64) -> Duration {
    let table = AliasTable::new(&zipf().integers(PAGES));
    let mut stream = Streams::new(1).named("bare");
    let mut frame_of = vec![u32::MAX; PAGES as usize];
    let mut page_in = vec![u32::MAX; frames];
    // A circle through a sentinel at the end; newest after it, oldest before it.
    let sentinel = frames;
    let mut next: Vec<u32> = (0..=frames).map(|i| if i == frames { 0 } else { i as u32 + 1 }).collect();
    let mut previous: Vec<u32> = (0..=frames).map(|i| if i == 0 { frames as u32 } else { i as u32 - 1 }).collect();
    let mut faults = 0u64;
    let mut start = Clock::now();
    let fill = FILL;
    for made in 0..fill + references {
        if made == fill {
            start = Clock::now();
        }
        let page = table.draw(&mut stream) as usize;
        let mut frame = frame_of[page];
        if frame == u32::MAX {
            faults += 1;
            frame = previous[sentinel];
            if page_in[frame as usize] != u32::MAX {
                frame_of[page_in[frame as usize] as usize] = u32::MAX;
            }
            page_in[frame as usize] = page as u32;
            frame_of[page] = frame;
        }
        let (before, after) = (previous[frame as usize], next[frame as usize]);
        next[before as usize] = after;
        previous[after as usize] = before;
        let newest = next[sentinel];
        next[sentinel] = frame;
        previous[frame as usize] = sentinel as u32;
        next[frame as usize] = newest;
        previous[newest as usize] = frame;
    }
    black_box(faults);
    start.elapsed()
}

const CHUNK: u64 = 8_000_000;
/// References that fill the memory before anything is measured.
const FILL: u64 = 6_000_000;

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
                    // Two million pages compete for a million frames; the first part of the run fills them.
                    let make =
                        |references| config(policy, 1_000_000, Engine::Leap, references, 2_000_000, weights.clone());
                    let (short, long) = (make(8_000_000), make(12_000_000));
                    let time = |config: &Config| {
                        let start = Clock::now();
                        let report = simulate(config);
                        let measured = report.values["faults_per_second"] * report.measured;
                        (start.elapsed(), measured)
                    };
                    let ((short, _), (long, in_half)) = (time(&short), time(&long));
                    // Half of the long run is measured: 6,000,000 references; the difference of the runs is 4,000,000.
                    let faults = in_half * 4.0 / 6.0;
                    Duration::from_secs_f64(long.saturating_sub(short).as_secs_f64() / faults * iterations as f64)
                });
            });
        }
    }
    group.finish();

    let mut group = criterion.benchmark_group("leap a reference");
    group
        .throughput(Throughput::Elements(1))
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_millis(1));
    group.bench_function("at a fault rate of 1e-6", |bench| {
        bench.iter_custom(|iterations| {
            // A thousand and one pages, uniform, and one frame short of them would fault once in a thousand references; a rare page
            // of weight one in two million makes it once in a million.
            let mut weights = vec![1.0; 1000];
            weights.push(1000.0 / 2e6);
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
            Duration::from_secs_f64(elapsed.as_secs_f64() / references as f64 * iterations as f64)
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
