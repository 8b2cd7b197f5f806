//! What a reference costs when a trace is replayed, next to a bare loop over dense arrays; the string and its numbering are not part of it.
//!
//! `cargo bench --bench replay`; `docs/performance.md` has the figures of a run.

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use knee::analysis::stack_distance::LruCurve;
use knee::error::Result;
use knee::policy::{Parameters, find};
use knee::replay::{Cell, Kept, replay_kept};
use knee::rng::Streams;
use knee::trace::{Access, BATCH, Options, Reference, References, Trace};
use knee::workload::{AliasTable, Weights};
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

const PAGES: u32 = 1_000_000;
const LENGTH: usize = 20_000_000;
const NOWHERE: u32 = u32::MAX;

/// A string as a trace.
struct String<'a>(&'a [u32]);

impl References for String<'_> {
    fn fill(&mut self, batch: &mut Vec<Reference>) -> Result<()> {
        let (now, later) = self.0.split_at(self.0.len().min(BATCH));
        self.0 = later;
        batch.clear();
        batch.extend(now.iter().map(|&page| Reference { page: u64::from(page), access: Access::Read }));
        Ok(())
    }
}

fn bare_fifo(string: &[u32], frames: usize) -> u64 {
    let mut frame_of = vec![NOWHERE; PAGES as usize];
    let mut page_in = vec![NOWHERE; frames];
    let (mut hand, mut faults) = (0, 0);
    for &page in string {
        if frame_of[page as usize] == NOWHERE {
            faults += 1;
            let old = std::mem::replace(&mut page_in[hand], page);
            if old != NOWHERE {
                frame_of[old as usize] = NOWHERE;
            }
            frame_of[page as usize] = hand as u32;
            hand = if hand + 1 == frames { 0 } else { hand + 1 };
        }
    }
    faults
}

fn bare_clock(string: &[u32], frames: usize) -> u64 {
    let mut frame_of = vec![NOWHERE; PAGES as usize];
    let mut page_in = vec![NOWHERE; frames];
    let mut bit = vec![false; frames];
    let (mut hand, mut faults) = (0, 0);
    for &page in string {
        let frame = frame_of[page as usize];
        if frame != NOWHERE {
            bit[frame as usize] = true;
            continue;
        }
        faults += 1;
        while page_in[hand] != NOWHERE && bit[hand] {
            bit[hand] = false;
            hand = if hand + 1 == frames { 0 } else { hand + 1 };
        }
        let old = std::mem::replace(&mut page_in[hand], page);
        if old != NOWHERE {
            frame_of[old as usize] = NOWHERE;
        }
        frame_of[page as usize] = hand as u32;
        bit[hand] = true;
        hand = if hand + 1 == frames { 0 } else { hand + 1 };
    }
    faults
}

fn bare_lru(string: &[u32], frames: usize) -> u64 {
    let mut frame_of = vec![NOWHERE; PAGES as usize];
    let mut page_in = vec![NOWHERE; frames];
    // A circle through a sentinel at the end; newest after it, oldest before it.
    let sentinel = frames;
    let mut next: Vec<u32> = (0..=frames).map(|at| if at == frames { 0 } else { at as u32 + 1 }).collect();
    let mut previous: Vec<u32> = (0..=frames).map(|at| if at == 0 { frames as u32 } else { at as u32 - 1 }).collect();
    let mut faults = 0;
    for &page in string {
        let mut frame = frame_of[page as usize];
        if frame == NOWHERE {
            faults += 1;
            frame = previous[sentinel];
            let old = std::mem::replace(&mut page_in[frame as usize], page);
            if old != NOWHERE {
                frame_of[old as usize] = NOWHERE;
            }
            frame_of[page as usize] = frame;
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
    faults
}

/// Criterion asks for so many iterations; each is one reference, measured over the whole string.
fn scaled(iterations: u64, run: impl FnMut() -> u64) -> Duration {
    scaled_by(LENGTH, iterations, run)
}

fn scaled_by(length: usize, iterations: u64, mut run: impl FnMut() -> u64) -> Duration {
    let start = std::time::Instant::now();
    black_box(run());
    Duration::from_secs_f64(start.elapsed().as_secs_f64() / length as f64 * iterations as f64)
}

fn replay(criterion: &mut Criterion) {
    let table = AliasTable::new(&Weights::Zipf { exponent: 1.0 }.integers(PAGES));
    let mut stream = Streams::new(1).named("references");
    let drawn: Vec<u32> = (0..LENGTH).map(|_| table.draw(&mut stream)).collect();
    let kept = Kept::read(&mut String(&drawn)).expect("nothing to go wrong");
    // The bare loops get the numbers that the replay works with.
    let string: Vec<u32> = kept.numbers().collect();
    let mut group = criterion.benchmark_group("replay a reference, Zipf(1.0), 1,000,000 pages");
    group
        .throughput(Throughput::Elements(1))
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_millis(1));
    for share in [10, 50] {
        let frames = PAGES / 100 * share;
        for name in ["fifo", "clock", "lru", "arc", "s3-fifo", "sieve"] {
            let policy = find(name).expect("a policy of that name");
            let cells = [Cell { policy, frames, parameters: Parameters::default() }];
            group.bench_function(BenchmarkId::new(name, format!("{share} %")), |bench| {
                bench.iter_custom(|iterations| scaled(iterations, || replay_kept(&kept, &cells).faults[0]));
            });
        }
        for (name, bare) in [("fifo", bare_fifo as fn(&[u32], usize) -> u64), ("clock", bare_clock), ("lru", bare_lru)]
        {
            group.bench_function(BenchmarkId::new(format!("bare {name}"), format!("{share} %")), |bench| {
                bench.iter_custom(|iterations| scaled(iterations, || bare(&string, frames as usize)));
            });
        }
    }
    let ws = find("ws").expect("a policy of that name");
    group.bench_function("ws, a window of 1,000,000", |bench| {
        let parameters = Parameters { window: knee::policy::Window::References(1_000_000), ..Parameters::default() };
        bench.iter_custom(|iterations| {
            scaled(iterations, || replay_kept(&kept, &[Cell { policy: ws, frames: 1, parameters }]).faults[0])
        });
    });
    group.finish();
}

/// The exact LRU curve, all sizes at once: of Zipf references, and of P6 (Megiddo and Modha, FAST 2003) where that trace is.
fn curve(criterion: &mut Criterion) {
    let table = AliasTable::new(&Weights::Zipf { exponent: 1.0 }.integers(PAGES));
    let mut stream = Streams::new(1).named("references");
    let drawn: Vec<u32> = (0..LENGTH).map(|_| table.draw(&mut stream)).collect();
    let kept = Kept::read(&mut String(&drawn)).expect("nothing to go wrong");
    let mut strings = vec![("Zipf(1.0), 1,000,000 pages", kept.numbers().collect::<Vec<u32>>())];
    let p6 = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/traces/arc/P6.lis.zst");
    if p6.exists() {
        let mut trace = Trace::open(&p6, &Options::default()).expect("a trace");
        strings.push(("P6", Kept::read(&mut trace).expect("a trace").numbers().collect()));
    } else {
        println!("P6: SKIPPED, the trace is not here");
    }
    let mut group = criterion.benchmark_group("exact LRU curve, a reference");
    group
        .throughput(Throughput::Elements(1))
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_millis(1));
    for (name, string) in &strings {
        group.bench_function(*name, |bench| {
            bench.iter_custom(|iterations| {
                let of = || LruCurve::of(string.iter().copied()).first_references();
                scaled_by(string.len(), iterations, of)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, replay, curve);
criterion_main!(benches);
