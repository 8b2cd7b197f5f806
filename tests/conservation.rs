//! Random small machines: no panic, all laws (the machine asserts them), everybody makes progress, and the same run twice is the same.

mod common;

use common::device;
use knee::device::{DeviceSpec, QueueingSpec};
use knee::error::Error;
use knee::machine::{Burst, ClassConfig, Config, Engine, JobSource, MemoryBetweenJobs, Pause, Scope, Warmup, run};
use knee::policy::POLICIES;
use knee::rng::Distribution;
use knee::units::Span;
use knee::workload::{
    Backing, ComponentSpec, Layout, LocalitySets, Micromodel, PhasesSpec, ProgramSpec, RecordedReference, RecordedSpec,
    SourceSpec, Weights,
};
use proptest::prelude::*;
use std::sync::atomic::AtomicBool;

fn weights() -> impl Strategy<Value = Weights> {
    prop_oneof![
        Just(Weights::Uniform),
        (0.0f64..2.0).prop_map(|exponent| Weights::Zipf { exponent }),
        (0.2f64..0.95).prop_map(|ratio| Weights::Geometric { ratio }),
        Just(Weights::HotCold { hot_pages: 0.2, hot_references: 0.8 }),
    ]
}

fn micromodel() -> impl Strategy<Value = Micromodel> {
    prop_oneof![
        3 => weights().prop_map(Micromodel::Random),
        1 => Just(Micromodel::Cyclic),
        1 => Just(Micromodel::Sawtooth),
        1 => weights().prop_map(Micromodel::LruStack),
    ]
}

fn sets(pages: u32) -> BoxedStrategy<LocalitySets> {
    prop_oneof![
        (1.0f64..f64::from(pages + 1), 0.0f64..=1.0)
            .prop_map(|(mean, overlap)| LocalitySets::Fresh { size: Distribution::Exponential { mean }, overlap }),
        (1..=pages.div_ceil(2)).prop_map(move |half| {
            LocalitySets::Fixed(vec![(half, 0.3), (pages - half, 0.7)].into_iter().filter(|set| set.0 > 0).collect())
        }),
    ]
    .boxed()
}

fn source(pages: u32) -> BoxedStrategy<SourceSpec> {
    prop_oneof![
        3 => weights().prop_map(SourceSpec::Independent),
        1 => (1u32..12).prop_map(|stride| SourceSpec::Scan { stride }),
        1 => Just(SourceSpec::Sawtooth),
        1 => weights().prop_map(SourceSpec::LruStack),
        4 => (sets(pages), micromodel(), any::<bool>(), 1.0f64..500.0).prop_map(|(sets, micromodel, scattered, holding)| {
            SourceSpec::Phases(PhasesSpec {
                sets,
                layout: if scattered { Layout::Scattered } else { Layout::Contiguous },
                holding: Distribution::Exponential { mean: holding },
                micromodel,
            })
        }),
        1 => proptest::collection::vec((0..pages, any::<bool>(), 1u32..4), 1..60).prop_map(|string| {
            let references = string.into_iter().map(|(page, write, gap)| RecordedReference { page, write, gap });
            SourceSpec::Recorded(RecordedSpec { references: references.collect(), offset: 3, looped: true })
        }),
    ]
    .boxed()
}

fn program() -> impl Strategy<Value = ProgramSpec> {
    (1u32..60, any::<bool>(), 1u64..20_000, 1usize..4).prop_flat_map(|(pages, file, reference, parts)| {
        let component = (0.05f64..1.0, 0.0f64..=1.0, source(pages));
        proptest::collection::vec(component, parts).prop_map(move |components| {
            let total: f64 = components.iter().map(|(share, ..)| share).sum();
            ProgramSpec {
                pages,
                backing: if file { Backing::File } else { Backing::ZeroFill },
                reference_time: Span(reference),
                components: components
                    .into_iter()
                    .map(|(share, write_fraction, source)| ComponentSpec {
                        share: share / total,
                        write_fraction,
                        first_page: 0,
                        pages,
                        source,
                    })
                    .collect(),
            }
        })
    })
}

fn span(low: f64, high: f64) -> impl Strategy<Value = Distribution> {
    (low..high, 0u8..3).prop_map(|(mean, kind)| match kind {
        0 => Distribution::Constant(mean),
        1 => Distribution::Exponential { mean },
        _ => Distribution::Pareto { mean, shape: 1.5 },
    })
}

fn class() -> impl Strategy<Value = ClassConfig> {
    let jobs =
        (proptest::option::of(span(1e4, 5e6)), proptest::option::of(span(1e3, 1e6)), any::<bool>(), any::<bool>());
    let burst = proptest::option::of((span(1e3, 1e6), proptest::option::of(span(1e3, 1e6))));
    (1u32..5, program(), jobs, burst, 0u64..1_000_000).prop_map(
        |(count, program, (job, gap, open, fresh), burst, stagger)| {
            let jobs = match (open && job.is_some(), gap) {
                (true, gap) => {
                    JobSource::Open { interarrival: gap.unwrap_or(Distribution::Constant(3e5)), queue_limit: Some(5) }
                }
                (false, think) => JobSource::Closed { think },
            };
            let burst = burst.map(|(length, think)| Burst {
                length,
                pause: think.map_or(Pause::FileIo { write_fraction: 0.4 }, Pause::Think),
            });
            let memory = if fresh { MemoryBetweenJobs::Fresh } else { MemoryBetweenJobs::Keep };
            ClassConfig { name: String::new(), count, program, job, jobs, burst, memory, stagger: Span(stagger) }
        },
    )
}

fn config() -> impl Strategy<Value = Config> {
    let machine = (1u32..5, proptest::option::of(1_000u64..1_000_000), 0u64..3_000, 0u64..3_000);
    let memory = (0u32..80, any::<bool>(), 1u32..4, any::<bool>());
    (proptest::collection::vec(class(), 1..4), machine, memory, span(1e3, 2e5))
        .prop_map(|(mut classes, (cpus, quantum, switch, fault), (spare, local, parallelism, small_swap), service)| {
            for (number, class) in classes.iter_mut().enumerate() {
                class.name = format!("c{number}");
            }
            let processes: u32 = classes.iter().map(|class| class.count).sum();
            let pages: u32 = classes.iter().map(|class| class.count * class.program.pages).sum();
            // Down to the smallest memory there may be: a frame for each process.
            let frames = processes + spare;
            let scope = if local { Scope::Local(vec![frames / processes; processes as usize]) } else { Scope::Global };
            Config {
                page_size: 4096,
                frames,
                cpus,
                quantum: quantum.map(Span),
                context_switch: Span(switch),
                fault_time: Span(fault),
                engine: Engine::Auto,
                policy: POLICIES[0],
                scope,
                paging: DeviceSpec::Queueing(QueueingSpec { read: service.clone(), write: service, parallelism }),
                file: Some(device(Distribution::Exponential { mean: 5e4 })),
                swap_pages: if small_swap { pages / 2 + 1 } else { pages },
                classes,
                duration: Span(20_000_000),
                warmup: Warmup::Mser5,
                observations: 40,
                livelock_after: Span(20_000_000),
            }
        })
        .prop_flat_map(|config| {
            (0..POLICIES.len()).prop_map(move |policy| Config { policy: POLICIES[policy], ..config.clone() })
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_machine_keeps_the_laws(config in config(), seed: u64, walk: bool) {
        let mut config = config;
        if walk {
            config.engine = Engine::Walk;
        }
        let result = run(&config, seed, &AtomicBool::new(false));
        match &result {
            Ok(report) => {
                // What is endless and closed runs all the time, so each such class has used the CPU and touched its pages; but for
                // run-to-fault, where a process that does not fault keeps the CPU.
                for class in config.classes.iter().filter(|class| class.job.is_none() && class.burst.is_none()) {
                    if config.quantum.is_some() && class.stagger.0 * u64::from(class.count) < config.duration.0 / 4 {
                        let used = report.values.get(&format!("{}.cpu_utilisation", class.name)).copied().unwrap_or(0.0);
                        let faults = report.values.get(&format!("{}.faults_per_second", class.name)).copied().unwrap_or(0.0);
                        prop_assert!(used > 0.0 || faults > 0.0, "class {} makes no progress", class.name);
                    }
                }
            }
            Err(Error::Stuck(reason)) => {
                prop_assert!(reason.contains("swap space is exhausted"), "{reason}");
                let pages: u32 = config.classes.iter().map(|class| class.count * class.program.pages).sum();
                prop_assert!(config.swap_pages < pages, "swap space cannot run out when every page has a slot");
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
        let again = run(&config, seed, &AtomicBool::new(false));
        prop_assert_eq!(format!("{result:?}"), format!("{again:?}"));
    }

    /// A file device that nobody uses and a finer observer shift nobody's random numbers.
    #[test]
    fn bystanders_change_nothing(config in config(), seed: u64) {
        let mut config = config;
        config.warmup = Warmup::Fixed(Span(0));
        for class in &mut config.classes {
            if class.burst.as_ref().is_some_and(|burst| matches!(burst.pause, Pause::FileIo { .. })) {
                class.burst = None;
            }
        }
        let mut observed = config.clone();
        observed.file = None;
        observed.observations = 80;
        let (a, b) = (run(&config, seed, &AtomicBool::new(false)), run(&observed, seed, &AtomicBool::new(false)));
        if let (Ok(mut a), Ok(mut b)) = (a, b) {
            for report in [&mut a, &mut b] {
                report.values.retain(|name, _| !name.starts_with("file_"));
            }
            prop_assert_eq!(a.values, b.values);
        }
    }
}
