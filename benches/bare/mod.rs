//! What the benches share: a machine with one process under Zipf(1.0), and the same bookkeeping on bare arrays.
#![allow(dead_code)]

use knee::device::{DeviceSpec, QueueingSpec};
use knee::load_control::ClassControl;
use knee::machine::{
    ClassConfig, Config, Engine, JobSource, Loading, MemoryBetweenJobs, Reclaim, Scope, VirtualMemory, Warmup, run,
};
use knee::metrics::RunReport;
use knee::policy::find;
use knee::rng::{Distribution, Streams};
use knee::units::Span;
use knee::workload::{AliasTable, Backing, ComponentSpec, ProgramSpec, SourceSpec, Weights};
use std::hint::black_box;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant as Clock};

pub const PAGES: u32 = 1_000_000;

pub fn zipf() -> Weights {
    Weights::Zipf { exponent: 1.0 }
}

/// One process that references its pages by Zipf(1.0), read only, one reference a nanosecond-scale `reference_time`.
pub fn config(policy: &str, frames: u32, engine: Engine, references: u64, pages: u32, weights: Weights) -> Config {
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
        parameters: knee::policy::Parameters::default(),
        scope: Scope::Global,
        paging: DeviceSpec::Queueing(QueueingSpec {
            read: Distribution::Constant(1.0),
            write: Distribution::Constant(1.0),
            parallelism: 1,
        }),
        file: None,
        swap_pages: pages,
        reclaim: Reclaim::default(),
        load_control: None,
        objects: Vec::new(),
        virtual_memory: VirtualMemory::default(),
        classes: vec![ClassConfig {
            name: "p".into(),
            count: 1,
            program: ProgramSpec {
                pages,
                backing: Backing::ZeroFill,
                regions: Vec::new(),
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
            loading: Loading::Demand,
            stagger: Span::ZERO,
            control: ClassControl::default(),
        }],
        duration,
        warmup: Warmup::Fixed(Span(duration.0 / 2)),
        observations: 20,
        livelock_after: duration,
        locality: None,
    }
}

pub fn simulate(config: &Config) -> RunReport {
    run(config, 1, &AtomicBool::new(false)).expect("the machine runs")
}

/// The cost of the second half of a run, when memory is full: the difference of a long and a short run.
pub fn steady(make: impl Fn(u64) -> Config, references: u64) -> Duration {
    let time = |references| {
        let config = make(references);
        let start = Clock::now();
        black_box(simulate(&config));
        start.elapsed()
    };
    let fill = FILL;
    time(fill + references).saturating_sub(time(fill))
}

/// References that fill the memory before anything is measured.
pub const FILL: u64 = 6_000_000;

/// CLOCK on bare arrays: sample, look the page up, set its bit or sweep the hand.
pub fn bare_clock(frames: usize, references: u64) -> Duration {
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
pub fn bare_lru(frames: usize, references: u64) -> Duration {
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
