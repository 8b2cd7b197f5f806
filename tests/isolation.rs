//! Random machines whose processes share, fork, copy, evict, load, make references that are refused, are suspended, killed, or end: all
//! laws, and isolation, which the machine asserts at the end of every run, and here at every observation (no frame is mapped by two processes
//! but through an object that both have a window on, and nobody can write to a page that another can read unless both share it).

mod common;

use common::background::{load_control, reclaim};
use common::regions::{object, region};
use common::{class, machine, program};
use knee::device::{DeviceSpec, QueueingSpec};
use knee::error::Error;
use knee::machine::{
    ClassConfig, Config, Engine, FaultCosts, JobSource, Loading, MemoryBetweenJobs, OnFull, OnViolation, PageTables,
    Scope, VirtualMemory, run,
};
use knee::policy::{Observes, POLICIES};
use knee::rng::Distribution;
use knee::units::Span;
use knee::workload::{
    Backing, ComponentSpec, Layout, LocalitySets, Mapping, Micromodel, ObjectSpec, PhasesSpec, Protection, RegionKind,
    RegionSpec, SourceSpec, View, Weights,
};
use proptest::prelude::*;
use std::sync::atomic::AtomicBool;

const OBJECTS: u32 = 4;
const OBJECT_PAGES: u32 = 24;
const KERNEL_PAGES: u32 = 7;

fn source() -> impl Strategy<Value = SourceSpec> {
    prop_oneof![
        2 => Just(SourceSpec::Independent(Weights::Uniform)),
        2 => Just(SourceSpec::Independent(Weights::Zipf { exponent: 0.9 })),
        1 => (1u32..4).prop_map(|stride| SourceSpec::Scan { stride }),
        1 => Just(SourceSpec::Sawtooth),
        1 => Just(SourceSpec::LruStack(Weights::Geometric { ratio: 0.8 })),
        3 => (any::<bool>(), any::<bool>(), 1.0f64..300.0).prop_map(|(cyclic, scattered, mean)| {
            SourceSpec::Phases(PhasesSpec {
                sets: LocalitySets::Fresh { size: Distribution::Exponential { mean: 6.0 }, overlap: 0.4 },
                layout: if scattered { Layout::Scattered } else { Layout::Contiguous },
                holding: Distribution::Exponential { mean },
                micromodel: if cyclic { Micromodel::Cyclic } else { Micromodel::Random(Weights::Uniform) },
            })
        }),
    ]
}

/// A region as (object, offset, pages, how it is mapped, writes, share, source).
type Part = (u32, u32, u32, u8, f64, f64, SourceSpec);

fn part() -> impl Strategy<Value = Part> {
    (
        0..OBJECTS,
        0..OBJECT_PAGES / 2,
        1..=OBJECT_PAGES / 2,
        prop_oneof![8 => 0u8..4, 1 => 4u8..7],
        0.0f64..=1.0,
        0.05f64..1.0,
        source(),
    )
}

fn a_class() -> impl Strategy<Value = ClassConfig> {
    let times = (1u64..4_000, proptest::option::of(1e4f64..2e6), any::<bool>(), 0u64..300_000);
    let loading =
        prop_oneof![3 => Just(Loading::Demand), 1 => Just(Loading::Whole), 1 => (1u32..30).prop_map(Loading::Prepage)];
    (1u32..5, proptest::collection::vec(part(), 1..5), times, loading).prop_map(
        |(count, parts, (reference, job, fresh, stagger), loading)| {
            let mut spec = program(1, Span(reference), SourceSpec::Sawtooth);
            (spec.pages, spec.backing) = (0, Backing::ZeroFill);
            spec.components.clear();
            let total: f64 = parts.iter().map(|part| part.5).sum();
            for (object, offset, pages, mapped, write_fraction, share, source) in parts {
                let view = View { object, offset };
                let (mapping, protection) = match mapped {
                    0 => (Mapping::Private, Protection::DATA),
                    1 => (Mapping::Shared(view), Protection::DATA),
                    2 => (Mapping::Shared(view), Protection::TEXT),
                    3 => (Mapping::CopyOnWrite(view), Protection::DATA),
                    // What is written to although it may not be, what lies outside, and what is the kernel's.
                    4 => (Mapping::Shared(view), Protection::TEXT),
                    _ => (Mapping::Private, Protection { read: false, write: false, execute: false }),
                };
                let (kind, pages) = match mapped {
                    5 => (RegionKind::Gap, pages),
                    6 => (RegionKind::Kernel, KERNEL_PAGES),
                    _ => (RegionKind::Data, pages),
                };
                spec.regions.push(RegionSpec { kind, ..region(spec.pages, pages, protection, mapping) });
                let rarely = if mapped < 4 { 1.0 } else { 0.01 };
                spec.components.push(ComponentSpec {
                    share: rarely * share / total,
                    write_fraction: if protection.write || mapped == 4 { write_fraction * write_fraction } else { 0.0 },
                    first_page: spec.pages,
                    pages,
                    source,
                });
                spec.pages += pages;
            }
            let all: f64 = spec.components.iter().map(|component| component.share).sum();
            spec.components.iter_mut().for_each(|component| component.share /= all);
            let mut class = class("", count, spec);
            class.job = job.map(|mean| Distribution::Exponential { mean });
            class.jobs = JobSource::Closed {
                think: Some(Distribution::Exponential { mean: 5e4 }).filter(|_| class.job.is_some()),
            };
            class.memory = if fresh { MemoryBetweenJobs::Fresh } else { MemoryBetweenJobs::Keep };
            class.stagger = Span(stagger);
            class.loading = loading;
            class
        },
    )
}

fn config() -> impl Strategy<Value = Config> {
    let backings = proptest::collection::vec(0u8..5, OBJECTS as usize);
    let sizes = (0u32..60, 1u32..4, any::<bool>(), any::<bool>(), 0..POLICIES.len(), any::<bool>());
    let times = (proptest::option::of(1_000u64..500_000), 0u64..3_000, 1e3f64..1e5, any::<bool>());
    let kernel = (any::<bool>(), 0u8..3, any::<bool>(), 0u64..3_000).prop_map(|(kill, on_full, charged, cost)| {
        let each = Span(cost);
        VirtualMemory {
            on_violation: if kill { OnViolation::Kill } else { OnViolation::Count },
            on_full: [OnFull::Error, OnFull::Stall, OnFull::KillLargest][usize::from(on_full)],
            page_tables: charged.then_some(PageTables { levels: 2, entries: 16 }),
            costs: FaultCosts { zero_fill: each, copy: each, swap: each, ..FaultCosts::default() },
        }
    });
    (proptest::collection::vec(a_class(), 1..4), backings, sizes, times, kernel)
        .prop_map(
            |(
                mut classes,
                backings,
                (spare, cpus, local, walk, policy, small),
                (quantum, fault, service, apart),
                kernel,
            )| {
                for (number, class) in classes.iter_mut().enumerate() {
                    class.name = format!("c{number}");
                }
                let processes: u32 = classes.iter().map(|class| class.count).sum();
                let pages: u32 = classes.iter().map(|class| class.count * class.program.pages).sum();
                let entry = POLICIES[policy];
                let policy = if entry.observes == Observes::Future { "lru" } else { entry.name };
                let mut config = machine(policy, processes + spare, classes, Span(15_000_000));
                config.cpus = cpus;
                config.quantum = quantum.map(Span);
                config.fault_time = Span(fault);
                if walk {
                    config.engine = Engine::Walk;
                }
                config.virtual_memory = kernel;
                config.frames += config.kernel_frames() + config.page_table_frames() as u32;
                if local {
                    config.scope = Scope::Local(vec![(processes + spare) / processes; processes as usize]);
                }
                let time = Distribution::Exponential { mean: service };
                config.paging = DeviceSpec::Queueing(QueueingSpec { read: time.clone(), write: time, parallelism: 2 });
                config.file = apart.then(|| config.paging.clone());
                config.swap_pages = if small { pages / 2 } else { pages + OBJECTS * OBJECT_PAGES };
                let spec = |(number, backing): (usize, u8)| {
                    let (backing, image) = match backing {
                        0 | 1 => (Backing::File, false),
                        2 => (Backing::ZeroFill, false),
                        3 => (Backing::ZeroFill, true),
                        _ => (Backing::Swap, true),
                    };
                    ObjectSpec { image, ..object(&format!("o{number}"), OBJECT_PAGES, backing) }
                };
                config.objects = backings.into_iter().enumerate().map(spec).collect();
                config
            },
        )
        .prop_flat_map(|config| {
            let (processes, frames) = (config.processes(), config.pageable_frames());
            (reclaim(processes, frames), proptest::option::weighted(0.4, load_control()))
                .prop_map(move |(reclaim, load_control)| Config { reclaim, load_control, ..config.clone() })
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 300, ..ProptestConfig::default() })]

    #[test]
    fn nobody_reaches_what_is_not_shared(config in config(), seed: u64) {
        let result = run(&config, seed, &AtomicBool::new(false));
        match &result {
            Ok(report) => {
                for class in &config.classes {
                    let (rss, pss) = (report.values[&format!("{}.rss", class.name)], report.values[&format!("{}.pss", class.name)]);
                    prop_assert!(rss >= 0.0 && pss >= 0.0);
                }
            }
            Err(Error::Stuck(reason)) => {
                let allowed = match config.virtual_memory.on_full {
                    OnFull::Error => "swap space is exhausted",
                    OnFull::Stall | OnFull::KillLargest => "livelock",
                };
                prop_assert!(reason.contains(allowed) || reason.contains("admits nobody"), "{reason}");
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
        let again = run(&config, seed, &AtomicBool::new(false));
        prop_assert_eq!(format!("{result:?}"), format!("{again:?}"));
    }
}
