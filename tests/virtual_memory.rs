//! Protection, killing, loading, page tables and full swap space: what the kernel does, against counts made by hand.

mod common;

use common::regions::{object, region, whole};
use common::{MS, SECOND, class, count, device, machine, program, run};
use knee::error::Error;
use knee::machine::{
    self, Config, Engine, FaultCosts, JobSource, Loading, MemoryBetweenJobs, OnFull, OnViolation, PageTables, Scope,
};
use knee::metrics::RunReport;
use knee::rng::Distribution;
use knee::stats::welch_p_value;
use knee::units::Span;
use knee::workload::{
    Backing, ComponentSpec, Mapping, ProgramSpec, Protection, RecordedReference, RecordedSpec, RegionKind, RegionSpec,
    SourceSpec, Weights,
};
use std::sync::atomic::AtomicBool;

const READ_ONLY: Protection = Protection { read: true, write: false, execute: false };

fn component(first_page: u32, pages: u32, share: f64, write_fraction: f64, source: SourceSpec) -> ComponentSpec {
    ComponentSpec { share, write_fraction, first_page, pages, source }
}

/// Two regions: a good one, and one whose every reference, or every write, is refused.
fn offender(bad: RegionSpec, share: f64, write_fraction: f64, source: &SourceSpec) -> ProgramSpec {
    let mut spec = program(20, Span(1_000), SourceSpec::Sawtooth);
    spec.backing = Backing::ZeroFill;
    spec.regions = vec![region(0, 10, Protection::DATA, Mapping::Private), bad];
    spec.components = vec![
        component(0, 10, 1.0 - share, 0.3, SourceSpec::Independent(Weights::Uniform)),
        component(10, 10, share, write_fraction, source.clone()),
    ];
    spec
}

fn bad(kind: RegionKind, protection: Protection, executes: bool) -> RegionSpec {
    RegionSpec { kind, executes, ..region(10, 10, protection, Mapping::Private) }
}

fn counting(spec: ProgramSpec) -> Config {
    let mut config = machine("clock", 40, vec![class("p", 1, spec)], SECOND);
    config.virtual_memory.on_violation = OnViolation::Count;
    config
}

/// Each kind of violation is counted under its name, at the rate of the references that commit it, under both engines; nothing else of the
/// process changes.
#[test]
fn violations_are_told_apart_and_counted() {
    let nothing = Protection { read: false, write: false, execute: false };
    let uniform = SourceSpec::Independent(Weights::Uniform);
    let cases = [
        ("outside", bad(RegionKind::Gap, nothing, false), 1.0),
        ("kernel", bad(RegionKind::Kernel, nothing, false), 1.0),
        ("execute", bad(RegionKind::Data, Protection::DATA, true), 1.0),
        ("read", bad(RegionKind::Data, nothing, false), 1.0),
        ("write", bad(RegionKind::Data, READ_ONLY, false), 0.25),
    ];
    for (name, bad, refused) in cases {
        for source in [&uniform, &SourceSpec::Scan { stride: 1 }] {
            for engine in [Engine::Walk, Engine::Leap] {
                let write_fraction = if name == "write" { 0.25 } else { 0.0 };
                let mut config = counting(offender(bad.clone(), 0.02, write_fraction, source));
                config.engine = engine;
                let report = run(&config, 11);
                // A million references, of which one in fifty goes there: 20,000 · refused, with four standard deviations to spare.
                let expected = 20_000.0 * refused;
                let found = report.values[&format!("violations_{name}_per_second")];
                assert!((found - expected).abs() < 4.0 * f64::sqrt(expected), "{name} {engine:?}: {found}");
                let faults = count(&report, "faults_per_second");
                assert_eq!(faults, if name == "write" { 20 } else { 10 }, "{name} {engine:?}");
                assert!(!report.values.contains_key("jobs_killed_per_second"));
            }
        }
    }
}

/// Who is killed loses its job and begins anew; the others do not notice: their runs are those of a machine in which the offender
/// never offends.
#[test]
fn a_violation_kills_and_others_are_unaffected() {
    let nothing = Protection { read: false, write: false, execute: false };
    let offends = offender(bad(RegionKind::Gap, nothing, false), 1e-3, 0.0, &SourceSpec::Independent(Weights::Uniform));
    let innocent = program(30, Span(1_000), SourceSpec::Independent(Weights::Uniform));
    let mut classes = vec![class("bad", 1, offends), class("good", 1, innocent)];
    for class in &mut classes {
        class.job = Some(Distribution::Constant(2.0 * MS));
        class.jobs = JobSource::Closed { think: Some(Distribution::Constant(0.5 * MS)) };
        class.memory = MemoryBetweenJobs::Keep;
    }
    let mut config = machine("clock", 100, classes, SECOND);
    config.cpus = 2;
    let report = run(&config, 2);
    // A job of 2000 references survives with probability exp(-2): of those begun, 13.5 % are finished. Each attempt takes on average
    // 1 - exp(-2) = 0.865 ms, and then the process thinks.
    let attempts = 1_000.0 / (0.8647 + 0.5);
    let killed = report.values["jobs_killed_per_second"];
    assert!((killed - 0.8647 * attempts).abs() < 4.0 * f64::sqrt(attempts), "{killed}");
    let finished = report.values["bad.throughput"];
    assert!((finished - 0.1353 * attempts).abs() < 4.0 * f64::sqrt(attempts), "{finished}");
    // The other is as if the bad one were not there, but for the frames, of which there are enough.
    config.classes[0].job = Some(Distribution::Constant(1.0));
    let alone = run(&config, 2);
    for metric in ["good.throughput", "good.faults_per_second", "good.response_mean"] {
        assert_eq!(report.values[metric], alone.values[metric], "{metric}");
    }
}

/// Page tables and the kernel's range take frames that cannot be evicted: what is left is what a machine without them would have.
#[test]
fn page_tables_and_the_kernel_are_charged() {
    let spec = program(600, Span(1_000), SourceSpec::Independent(Weights::Uniform));
    let with = |frames: u32, page_tables: Option<PageTables>| {
        let mut config = machine("clock", frames, vec![class("p", 3, spec.clone())], SECOND);
        config.paging = device(Distribution::Constant(0.1 * MS));
        config.virtual_memory.page_tables = page_tables;
        run(&config, 4)
    };
    // 600 pages: two tables of 512 entries at the lowest level, one at each of three above: 5 for each of 3 processes.
    let charged = with(515, Some(PageTables { levels: 4, entries: 512 }));
    let free = with(500, None);
    assert_eq!(charged.values["page_table_frames"], 15.0);
    for (metric, value) in &free.values {
        assert_eq!(charged.values[metric], *value, "{metric}");
    }
}

fn started(loading: Loading) -> RunReport {
    let mut spec = program(100, Span(1_000), SourceSpec::Independent(Weights::Zipf { exponent: 1.0 }));
    spec.regions = vec![
        RegionSpec { backing: Backing::File, ..region(0, 60, Protection::TEXT, Mapping::Private) },
        RegionSpec { backing: Backing::ZeroFill, ..region(60, 40, Protection::DATA, Mapping::Private) },
    ];
    let mut class = class("p", 1, spec);
    class.job = Some(Distribution::Constant(0.05 * MS));
    class.memory = MemoryBetweenJobs::Fresh;
    class.loading = loading;
    let mut config = machine("clock", 120, vec![class], SECOND);
    config.paging = device(Distribution::Constant(0.2 * MS));
    run(&config, 8)
}

/// The time to the first reference is one read for demand paging (unless the page is one to be filled), and one for each page of a
/// file that is loaded before.
#[test]
fn start_up_takes_as_many_reads_as_are_made_before_it() {
    let whole = started(Loading::Whole).values["p.startup_mean"];
    assert!((whole - 60.0 * 0.2e-3).abs() < 1e-9, "{whole}");
    let part = started(Loading::Prepage(25)).values["p.startup_mean"];
    assert!((part - 25.0 * 0.2e-3).abs() < 1e-9, "{part}");
    let demand = started(Loading::Demand).values["p.startup_mean"];
    assert!(demand > 0.0 && demand <= 0.2e-3, "{demand}");
    // All pages are in memory, so nobody faults.
    assert_eq!(count(&started(Loading::Whole), "faults_per_second"), 0);
}

/// Under both engines, and with so little memory that what is loaded is evicted again while more is loaded.
#[test]
fn loading_keeps_the_laws_in_small_memories() {
    for engine in [Engine::Walk, Engine::Leap] {
        for loading in [Loading::Demand, Loading::Prepage(7), Loading::Whole] {
            for scope in [Scope::Global, Scope::Local(vec![5; 4])] {
                let mut spec = program(30, Span(1_000), SourceSpec::Independent(Weights::Zipf { exponent: 1.0 }));
                spec.components[0].write_fraction = 0.3;
                spec.regions = vec![
                    region(0, 20, Protection::DATA, Mapping::CopyOnWrite(whole(0))),
                    region(20, 10, Protection::DATA, Mapping::Private),
                ];
                let mut class = class("p", 4, spec);
                class.job = Some(Distribution::Exponential { mean: 0.3 * MS });
                class.memory = MemoryBetweenJobs::Fresh;
                class.loading = loading;
                let mut config = machine("lru", 20, vec![class], Span(200_000_000));
                config.objects = vec![object("file", 20, Backing::File)];
                config.paging = device(Distribution::Exponential { mean: 0.02 * MS });
                (config.engine, config.scope, config.cpus) = (engine, scope, 2);
                assert!(run(&config, 3).values["throughput"] > 0.0);
            }
        }
    }
}

/// Dirty pages that nobody can write stay, clean ones of the file are read again and again: thrashing without swap space.
#[test]
fn without_swap_space_text_is_read_again() {
    let reads = |heap: u32| {
        let mut spec = program(60 + heap, Span(1_000), SourceSpec::Sawtooth);
        spec.regions = vec![
            region(0, 60, Protection::TEXT, Mapping::Shared(whole(0))),
            RegionSpec { backing: Backing::ZeroFill, ..region(60, heap, Protection::DATA, Mapping::Private) },
        ];
        spec.components = vec![
            component(0, 60, 0.5, 0.0, SourceSpec::Independent(Weights::Uniform)),
            component(60, heap, 0.5, 0.5, SourceSpec::Independent(Weights::Uniform)),
        ];
        let mut config = machine("clock", 200, vec![class("p", 2, spec)], SECOND);
        config.paging = device(Distribution::Constant(0.01 * MS));
        config.objects = vec![object("text", 60, Backing::File)];
        config.swap_pages = 0;
        config.virtual_memory.on_full = OnFull::Stall;
        let report = run(&config, 6);
        assert_eq!(report.values["swap_used"], 0.0);
        assert_eq!(count(&report, "page_outs_per_second"), 0);
        count(&report, "file_faults_per_second")
    };
    // 2 · 70 + 60 frames are all there are; with 2 · 90 the 60 pages of text have 20 frames.
    assert_eq!(reads(70), 60);
    assert!(reads(90) > 10_000, "{}", reads(90));
}

/// 20 pages are written to, then read ten times over, through 10 frames that FIFO refills each time: each page is written out once, and
/// read back 10 times. If every reference writes, each page is written out whenever it leaves.
#[test]
fn a_page_with_a_copy_in_swap_space_is_not_written_again() {
    for (writes_again, page_outs) in [(false, 20), (true, 11 * 20 - 10)] {
        let reference = |at: u32| RecordedReference { page: at % 20, write: at < 20 || writes_again, gap: 1 };
        let references = (0..11 * 20).map(reference).collect();
        let source = SourceSpec::Recorded(RecordedSpec { references, offset: 0, looped: false });
        let mut class = class("p", 1, program(20, Span(1_000), source));
        class.program.backing = Backing::ZeroFill;
        // One job, from the tenth second on.
        class.jobs = JobSource::Closed { think: Some(Distribution::Constant(10e9)) };
        let report = run(&machine("fifo", 10, vec![class], Span(15 * SECOND.0)), 1);
        assert_eq!(count(&report, "page_outs_per_second"), page_outs);
        assert_eq!(count(&report, "page_ins_per_second"), 200);
        assert_eq!(count(&report, "faults_per_second"), 220);
    }
}

fn overcommitted(on_full: OnFull) -> Config {
    let mut spec = program(80, Span(1_000), SourceSpec::Independent(Weights::Uniform));
    spec.backing = Backing::ZeroFill;
    spec.components[0].write_fraction = 1.0;
    let mut class = class("p", 3, spec);
    class.job = Some(Distribution::Exponential { mean: 1.0 * MS });
    class.jobs = JobSource::Closed { think: Some(Distribution::Constant(1.0 * MS)) };
    class.memory = MemoryBetweenJobs::Fresh;
    let mut config = machine("clock", 100, vec![class], SECOND);
    config.paging = device(Distribution::Constant(0.01 * MS));
    config.swap_pages = 50;
    config.cpus = 2;
    config.virtual_memory.on_full = on_full;
    config
}

#[test]
fn full_swap_space_is_handled_as_configured() {
    for engine in [Engine::Walk, Engine::Leap] {
        let with = |on_full| {
            let mut config = overcommitted(on_full);
            config.engine = engine;
            machine::run(&config, 1, &AtomicBool::new(false))
        };
        match with(OnFull::Error) {
            Err(Error::Stuck(reason)) => assert!(reason.contains("swap space is exhausted"), "{reason}"),
            other => panic!("{other:?}"),
        }
        let killing = with(OnFull::KillLargest).unwrap();
        assert!(killing.values["jobs_killed_per_second"] > 10.0);
        assert!(killing.values["swap_full_per_second"] > 10.0);
        assert!(killing.values["throughput"] > 10.0);
        // Nobody is killed, so all may come to wait for one another: that is seen and said.
        match with(OnFull::Stall) {
            Ok(report) => {
                assert!(report.values["frame_wait"] > 0.0 && !report.values.contains_key("jobs_killed_per_second"))
            }
            Err(Error::Stuck(reason)) => assert!(reason.contains("livelock"), "{reason}"),
            Err(other) => panic!("{other}"),
        }
    }
}

/// The walk and the leap kill alike.
#[test]
fn walk_and_leap_agree_on_killing() {
    let runs = |engine, first: u64| {
        let mut config = overcommitted(OnFull::KillLargest);
        (config.engine, config.duration) = (engine, Span(300_000_000));
        (first..first + 20).map(|seed| run(&config, seed)).collect::<Vec<_>>()
    };
    let (walk, leap) = (runs(Engine::Walk, 1), runs(Engine::Leap, 1_001));
    for metric in ["jobs_killed_per_second", "throughput", "faults_per_second", "page_outs_per_second"] {
        let column = |reports: &[RunReport]| reports.iter().map(|report| report.values[metric]).collect::<Vec<f64>>();
        let p = welch_p_value(&column(&walk), &column(&leap));
        assert!(p > 0.01 / 4.0, "{metric}: {p}");
    }
}

/// Each cause of a fault costs what is said, as system time.
#[test]
fn the_pager_is_charged_by_what_it_finds() {
    let mut spec = program(10, Span(1_000), SourceSpec::Scan { stride: 1 });
    spec.regions = vec![region(0, 10, Protection::DATA, Mapping::Shared(whole(0)))];
    spec.components[0].write_fraction = 0.0;
    let mut config = machine("fifo", 40, vec![class("p", 3, spec)], SECOND);
    config.quantum = Some(Span(100_000));
    config.fault_time = Span(1_000);
    config.objects = vec![object("segment", 10, Backing::ZeroFill)];
    config.virtual_memory.costs = FaultCosts { zero_fill: Span(7_000), resident: Span(3_000), ..FaultCosts::default() };
    // 10 pages are filled, and found resident by the two others.
    let system = run(&config, 1).values["cpu_system"] * 1e9;
    assert!((system - (10.0 * 8_000.0 + 20.0 * 4_000.0)).abs() < 1.0, "{system}");
}
