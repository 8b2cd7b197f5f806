//! Random small machines: no panic, all laws (the machine asserts them), everybody makes progress, and the same run twice is the same.

mod common;

use common::background::{load_control, reclaim};
use common::device;
use knee::device::areas::{Area, AreasSpec};
use knee::device::disk::{self, DiskSpec, SeekCurve};
use knee::device::throttle::{Limit, ThrottleSpec, Unit};
use knee::device::{DeviceSpec, QueueingSpec, drum, flash, tier};
use knee::error::Error;
use knee::load_control::{CONTROLLERS, ClassControl, LoadControlSpec, Resume, Settings, Step, Suspend, VICTIMS};
use knee::machine::{
    Burst, ClassConfig, Config, Engine, JobSource, Loading, MemoryBetweenJobs, Pause, Reclaim, Scope, VirtualMemory,
    Warmup, run,
};
use knee::policy::{Observes, POLICIES, Parameters, Window};
use knee::rng::Distribution;
use knee::units::{Instant, Span};
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
                regions: Vec::new(),
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
            ClassConfig {
                name: String::new(),
                count,
                program,
                job,
                jobs,
                burst,
                memory,
                loading: Loading::Demand,
                stagger: Span(stagger),
                control: ClassControl::default(),
            }
        },
    )
}

/// Every kind of device, with mechanics a thousand times faster than real ones, as the machines run for milliseconds only.
fn paging(processes: u32, frames: u32) -> BoxedStrategy<DeviceSpec> {
    let queueing = (span(1e3, 2e5), 1u32..4).prop_map(|(time, parallelism)| {
        DeviceSpec::Queueing(QueueingSpec { read: time.clone(), write: time, parallelism })
    });
    let disk = (0..disk::SCHEDULERS.len(), any::<bool>(), any::<bool>()).prop_map(|(scheduler, read, write)| {
        DeviceSpec::Disk(DiskSpec {
            revolution: Span(15_000),
            seek: SeekCurve::Table(vec![(1, Span(1_000)), (1_961, Span(12_000))]),
            head_switch: Span(300),
            read_overhead: Span(500),
            write_overhead: Span(700),
            read_cache: disk::presets::hp97560().read_cache.filter(|_| read),
            write_cache: write.then_some(disk::WriteCacheSpec { pages: 8, run: 4 }),
            scheduler: disk::SCHEDULERS[scheduler].spec,
            ..disk::presets::hp97560()
        })
    });
    let drum = any::<bool>().prop_map(|ordered| {
        let order = if ordered { drum::DrumOrder::Sltf } else { drum::DrumOrder::Fcfs };
        DeviceSpec::Drum(drum::DrumSpec { revolution: Span(20_000), capacity: 4_096, order, ..drum::ibm2301() })
    });
    // So little spare space that garbage is collected.
    let flash = (any::<bool>(), 0.3f64..1.0).prop_map(|(filled, over_provisioning)| {
        let ftl =
            flash::FtlSpec { block_pages: 32, over_provisioning, filled, ..flash::presets::sata_ssd().ftl.unwrap() };
        DeviceSpec::Flash(flash::FlashSpec { capacity: 8_192, ftl: Some(ftl), ..flash::presets::sata_ssd() })
    });
    let far = prop_oneof![
        (1u64..500).prop_map(|capacity| DeviceSpec::Far(tier::FarSpec { capacity, ..tier::presets::cxl() })),
        (1u64..500).prop_map(|capacity| DeviceSpec::Remote(tier::RemoteSpec { capacity, ..tier::presets::rdma() })),
    ];
    let pool = u64::from(frames.saturating_sub(processes) / 2).max(1);
    let compressed = (1..=pool, any::<bool>()).prop_map(|(pool, alone)| {
        DeviceSpec::Compressed(if alone {
            tier::presets::zram()
        } else {
            tier::CompressedSpec { pool_frames: Some(pool), ..tier::presets::zswap() }
        })
    });
    let single = prop_oneof![6 => queueing, 2 => disk, 1 => drum, 2 => flash, 2 => far, 3 => compressed].boxed();
    let area = (-1i32..2, single.clone()).prop_map(|(priority, device)| Area { priority, pages: Some(2_000), device });
    prop_oneof![
        8 => single.clone(),
        1 => single.prop_map(|behind| DeviceSpec::Throttle(ThrottleSpec {
            limits: vec![Limit { unit: Unit::Operations, per_second: 50_000, burst: 4, initial: 2 }],
            operation_bytes: 4_096,
            behind: Box::new(behind),
        })),
        1 => proptest::collection::vec(area, 1..4).prop_map(|areas| DeviceSpec::Areas(AreasSpec { stripe: 2, areas })),
    ]
    .boxed()
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
                parameters: knee::policy::Parameters::default(),
                scope,
                paging: DeviceSpec::Queueing(QueueingSpec { read: service.clone(), write: service, parallelism }),
                file: Some(device(Distribution::Exponential { mean: 5e4 })),
                swap_pages: if small_swap { pages / 2 + 1 } else { pages },
                reclaim: Reclaim::default(),
                objects: Vec::new(),
                virtual_memory: VirtualMemory::default(),
                classes,
                load_control: None,
                duration: Span(20_000_000),
                warmup: Warmup::Mser5,
                observations: 40,
                livelock_after: Span(20_000_000),
                locality: None,
            }
        })
        .prop_flat_map(|config| {
            let (processes, frames) = (config.processes(), config.frames);
            (0..POLICIES.len(), paging(processes, frames), reclaim(processes, frames)).prop_map(
                move |(policy, paging, reclaim)| {
                    let window = 1 + u64::from(frames) * config.duration.0 % 1_000;
                    let parameters = Parameters {
                        window: Window::References(window),
                        correlated_period: window - 1,
                        ..Parameters::default()
                    };
                    let policy = POLICIES[policy];
                    with_policy(Config { policy, parameters, paging, reclaim, ..config.clone() })
                },
            )
        })
}

/// A policy that knows the future gets processes that have one: a recorded string each, in a partition each.
fn with_policy(mut config: Config) -> Config {
    if config.policy.observes == Observes::Future {
        // It counts references, and a page that is read ahead is not referenced.
        config.reclaim.readahead = 1;
        let processes = config.processes();
        config.scope = Scope::Local(vec![config.frames / processes; processes as usize]);
        for (number, class) in config.classes.iter_mut().enumerate() {
            let pages = class.program.pages;
            let reference = |t: u32| RecordedReference {
                page: t * (t + number as u32) % pages,
                write: t.is_multiple_of(5),
                gap: 1 + t % 3,
            };
            let references = (0..3 * pages).map(reference).collect();
            let looped = !(class.job.is_none() && class.memory == MemoryBetweenJobs::Fresh);
            let source = SourceSpec::Recorded(RecordedSpec { references, offset: 3, looped });
            class.program.components.truncate(1);
            class.program.components[0].share = 1.0;
            class.program.components[0].source = source;
            class.memory = if looped { MemoryBetweenJobs::Keep } else { MemoryBetweenJobs::Fresh };
        }
    }
    config
}

/// Priorities, limits, protection and a schedule, which have yet to be fitted to the machine.
fn part() -> impl Strategy<Value = ClassControl> {
    let limits = (proptest::option::of(1u32..20), 0u32..6, 0u32..3);
    let steps = proptest::collection::vec((1u64..6_000_000, 0u32..5), 0..4);
    (-3i32..4, limits, steps).prop_map(|(priority, (max, low, min), steps)| {
        let mut at = Instant::ZERO;
        let schedule = steps.into_iter().map(|(gap, count)| {
            at = at + Span(gap);
            Step { at, count }
        });
        ClassControl { priority, max, low, min, schedule: schedule.collect() }
    })
}

/// A class that has neither used the CPU nor faulted after the warm-up, of those that never rest.
fn standing<'a>(config: &'a Config, report: &knee::metrics::RunReport) -> Option<&'a str> {
    let endless = config.classes.iter().filter(|class| class.job.is_none() && class.burst.is_none());
    let mut begun = endless
        .filter(|class| config.quantum.is_some() && class.stagger.0 * u64::from(class.count) < config.duration.0 / 4);
    let value = |class: &ClassConfig, metric: &str| {
        report.values.get(&format!("{}.{metric}", class.name)).copied().unwrap_or(0.0)
    };
    let stands =
        |class: &&ClassConfig| value(class, "cpu_utilisation") == 0.0 && value(class, "faults_per_second") == 0.0;
    begun.find(stands).map(|class| class.name.as_str())
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
                // Nor where the disk takes the nearest request first, which can leave one waiting for ever; nor where service times have infinite
                // variance, of which a single one may be longer than these short runs.
                let starves = ["Sstf", "Sptf", "Pareto"].iter().any(|name| format!("{:?}", config.paging).contains(name));
                if !starves && let Some(name) = standing(&config, report) {
                    // A run may be over before the device has served a handful of requests.
                    let longer = Config { duration: Span(50 * config.duration.0), ..config.clone() };
                    match run(&longer, seed, &AtomicBool::new(false)) {
                        Ok(report) => prop_assert!(standing(&longer, &report).is_none(), "class {name} makes no progress"),
                        Err(error) => prop_assert!(matches!(error, Error::Stuck(_)), "{error}"),
                    }
                }
            }
            Err(Error::Stuck(reason)) => {
                if reason.contains("memory is exhausted") {
                    prop_assert!(format!("{:?}", config.paging).contains("Compressed"), "{reason}");
                    return Ok(());
                }
                prop_assert!(reason.contains("swap space is exhausted"), "{reason}");
                // A page that is being written when its job ends keeps its slot until that is done, and the next job's page needs another.
                let leaves = config.classes.iter().any(|class| class.memory == MemoryBetweenJobs::Fresh);
                let pages: u32 = config.classes.iter().map(|class| class.count * class.program.pages).sum();
                let needed = pages + if leaves { config.frames } else { 0 };
                prop_assert!(config.swap_pages < needed, "swap space cannot run out when every page has a slot");
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
        let again = run(&config, seed, &AtomicBool::new(false));
        prop_assert_eq!(format!("{result:?}"), format!("{again:?}"));
    }

    /// Whoever is suspended, resumed or killed, and whenever: the machine asserts that no job is lost and that what is swapped out holds nothing.
    #[test]
    fn load_control_keeps_the_laws(
        config in config(),
        control in proptest::option::weighted(0.9, load_control()),
        parts in proptest::collection::vec(part(), 3),
        walk: bool,
        seed: u64,
    ) {
        let mut config = config;
        config.load_control = control;
        let foresees = config.policy.observes == Observes::Future;
        if let Some(control) = config.load_control.as_mut().filter(|_| foresees) {
            control.resume = Resume::Demand;
        }
        if walk {
            config.engine = Engine::Walk;
        }
        let local = matches!(config.scope, Scope::Local(_));
        let processes = config.processes();
        let spare = (config.frames - processes) / processes;
        for (class, part) in config.classes.iter_mut().zip(parts) {
            let limits = match (local, config.policy.releases) {
                (true, _) => (None, 0, 0),
                (false, true) => (part.max, 0, 0),
                _ if foresees => (part.max, 0, 0),
                (false, false) => (part.max, part.low, part.min.min(spare)),
            };
            let schedule = part.schedule.iter().map(|step| Step { count: step.count.min(class.count), ..*step }).collect();
            class.control = ClassControl { max: limits.0, low: limits.1, min: limits.2, schedule, ..part };
        }
        let result = run(&config, seed, &AtomicBool::new(false));
        if let Err(error) = &result {
            let known = ["swap space is exhausted", "memory is exhausted", "load control admits nobody", "livelock"];
            prop_assert!(
                matches!(error, Error::Stuck(reason) if known.iter().any(|known| reason.contains(known))
                    && !reason.contains("events in a row")),
                "{error}"
            );
        }
        let again = run(&config, seed, &AtomicBool::new(false));
        prop_assert_eq!(format!("{result:?}"), format!("{again:?}"));
    }

    /// Control that never refuses changes nothing.
    #[test]
    fn no_control_is_none(config in config(), seed: u64) {
        let mut controlled = config.clone();
        controlled.load_control = Some(LoadControlSpec {
            controller: CONTROLLERS[0],
            settings: Settings::default(),
            period: Span(300_000),
            victim: VICTIMS[0].1,
            suspend: Suspend::SwapOut,
            resume: Resume::Demand,
            restart: None,
        });
        let (a, b) = (run(&config, seed, &AtomicBool::new(false)), run(&controlled, seed, &AtomicBool::new(false)));
        if let (Ok(a), Ok(b)) = (a, b) {
            for (name, value) in &a.values {
                prop_assert_eq!(Some(value), b.values.get(name), "{}", name);
            }
        }
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
                // What a tier holds is a mean over the observations.
                report.values.retain(|name, _| !name.starts_with("file_") && name != "tier_pages");
            }
            prop_assert_eq!(a.values, b.values);
        }
    }
}
