//! Random machines whose processes share, fork, copy, evict and end: all laws, and isolation, which the machine asserts at the end of
//! every run (no frame is mapped by two processes but through an object that both have a window on, and nobody can write to a page that
//! another can read unless both share it).

mod common;

use common::regions::{object, region};
use common::{class, machine, program};
use knee::device::{DeviceSpec, QueueingSpec};
use knee::error::Error;
use knee::machine::{ClassConfig, Config, Engine, JobSource, MemoryBetweenJobs, Scope, run};
use knee::policy::{Observes, POLICIES};
use knee::rng::Distribution;
use knee::units::Span;
use knee::workload::{
    Backing, ComponentSpec, Layout, LocalitySets, Mapping, Micromodel, ObjectSpec, PhasesSpec, Protection, SourceSpec,
    View, Weights,
};
use proptest::prelude::*;
use std::sync::atomic::AtomicBool;

const OBJECTS: u32 = 4;
const OBJECT_PAGES: u32 = 24;

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
    (0..OBJECTS, 0..OBJECT_PAGES / 2, 1..=OBJECT_PAGES / 2, 0u8..4, 0.0f64..=1.0, 0.05f64..1.0, source())
}

fn a_class() -> impl Strategy<Value = ClassConfig> {
    let times = (1u64..4_000, proptest::option::of(1e4f64..2e6), any::<bool>(), 0u64..300_000);
    (1u32..5, proptest::collection::vec(part(), 1..5), times).prop_map(
        |(count, parts, (reference, job, fresh, stagger))| {
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
                    _ => (Mapping::CopyOnWrite(view), Protection::DATA),
                };
                spec.regions.push(region(spec.pages, pages, protection, mapping));
                spec.components.push(ComponentSpec {
                    share: share / total,
                    write_fraction: if protection.write { write_fraction * write_fraction } else { 0.0 },
                    first_page: spec.pages,
                    pages,
                    source,
                });
                spec.pages += pages;
            }
            let mut class = class("", count, spec);
            class.job = job.map(|mean| Distribution::Exponential { mean });
            class.jobs = JobSource::Closed {
                think: Some(Distribution::Exponential { mean: 5e4 }).filter(|_| class.job.is_some()),
            };
            class.memory = if fresh { MemoryBetweenJobs::Fresh } else { MemoryBetweenJobs::Keep };
            class.stagger = Span(stagger);
            class
        },
    )
}

fn config() -> impl Strategy<Value = Config> {
    let backings = proptest::collection::vec(0u8..5, OBJECTS as usize);
    let sizes = (0u32..60, 1u32..4, any::<bool>(), any::<bool>(), 0..POLICIES.len(), any::<bool>());
    let times = (proptest::option::of(1_000u64..500_000), 0u64..3_000, 1e3f64..1e5, any::<bool>());
    (proptest::collection::vec(a_class(), 1..4), backings, sizes, times).prop_map(
        |(mut classes, backings, (spare, cpus, local, walk, policy, small), (quantum, fault, service, apart))| {
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
            if local {
                config.scope = Scope::Local(vec![config.frames / processes; processes as usize]);
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
            Err(Error::Stuck(reason)) => prop_assert!(reason.contains("swap space is exhausted"), "{reason}"),
            Err(other) => prop_assert!(false, "{other}"),
        }
        let again = run(&config, seed, &AtomicBool::new(false));
        prop_assert_eq!(format!("{result:?}"), format!("{again:?}"));
    }
}
