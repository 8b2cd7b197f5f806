//! Memory objects: what is shared is there once, is read once, and is charged once; what is copied is copied at the first write.

mod common;

use common::regions::{mixed, object, region, whole};
use common::{MS, SECOND, class, count, device, machine, program, run};
use knee::machine::{Engine, MemoryBetweenJobs, Scope};
use knee::metrics::RunReport;
use knee::policy::{Observes, POLICIES};
use knee::rng::Distribution;
use knee::units::Span;
use knee::workload::{
    Backing, Layout, LocalitySets, Mapping, Micromodel, ObjectSpec, PhasesSpec, ProgramSpec, Protection,
    RecordedReference, RecordedSpec, SourceSpec, Weights,
};
use std::collections::{BTreeMap, BTreeSet};

/// A program of one region over all of its object 0, without an end.
fn sharer(pages: u32, write_fraction: f64, mapping: Mapping, source: SourceSpec) -> ProgramSpec {
    let mut spec = program(pages, Span(2_000), source);
    spec.backing = Backing::ZeroFill;
    spec.components[0].write_fraction = write_fraction;
    spec.regions = vec![region(0, pages, Protection::DATA, mapping)];
    spec
}

fn phases() -> SourceSpec {
    SourceSpec::Phases(PhasesSpec {
        sets: LocalitySets::Fresh { size: Distribution::Gamma { mean: 40.0, cv: 0.3 }, overlap: 0.3 },
        layout: Layout::Scattered,
        holding: Distribution::Exponential { mean: 3_000.0 },
        micromodel: Micromodel::Random(Weights::Uniform),
    })
}

/// The metrics that a machine without regions reports too, but for per-class resident frames, which count private ones.
fn common_values(mut report: RunReport) -> BTreeMap<String, f64> {
    let regions = ["_faults_per_second", "rss", "pss", "startup_mean", "shared_frames", "p.resident_frames"];
    let own = ["faults_per_second", "major_faults_per_second", "p.faults_per_second", "p.major_faults_per_second"];
    report.values.retain(|name, _| own.contains(&name.as_str()) || !regions.iter().any(|end| name.ends_with(end)));
    report.values
}

/// One who shares with nobody sees no difference: the same run, to the last bit, as with the same pages private, under every policy
/// and both engines.
#[test]
fn a_lone_sharer_runs_as_if_its_pages_were_its_own() {
    for entry in POLICIES.iter().filter(|entry| entry.observes != Observes::Future) {
        for engine in [Engine::Auto, Engine::Walk] {
            for source in [phases(), SourceSpec::Scan { stride: 3 }] {
                let shared = sharer(120, 0.2, Mapping::Shared(whole(0)), source);
                let mut private = shared.clone();
                private.regions.clear();
                let of = |spec, objects| {
                    let mut config = machine(entry.name, 50, vec![class("p", 1, spec)], Span(100_000_000));
                    config.engine = engine;
                    config.objects = objects;
                    config.paging = device(Distribution::Exponential { mean: 0.02 * MS });
                    common_values(run(&config, 5))
                };
                let (a, b) = (of(private, vec![]), of(shared, vec![object("segment", 120, Backing::ZeroFill)]));
                assert_eq!(a, b, "{} {engine:?}", entry.name);
            }
        }
    }
}

/// Everybody reads all pages of one file, as one after the other on one CPU or at the same time on many: each page is read once, is in
/// one frame, and everybody faults on it once.
#[test]
fn a_shared_page_is_read_once_and_is_in_one_frame() {
    const PAGES: u32 = 40;
    const PROCESSES: u32 = 7;
    for cpus in [1, PROCESSES] {
        for policy in ["clock", "lru", "arc"] {
            let mut spec = program(PAGES, Span(1_000), SourceSpec::Scan { stride: 1 });
            spec.regions = vec![region(0, PAGES, Protection::TEXT, Mapping::Shared(whole(0)))];
            let mut config = machine(policy, 60, vec![class("p", PROCESSES, spec)], SECOND);
            config.cpus = cpus;
            config.quantum = Some(Span(50_000));
            config.objects = vec![object("text", PAGES, Backing::File)];
            let report = run(&config, 1);
            assert_eq!(count(&report, "page_ins_per_second"), u64::from(PAGES), "{policy} on {cpus}");
            assert_eq!(count(&report, "faults_per_second"), u64::from(PAGES * PROCESSES));
            assert_eq!(count(&report, "file_faults_per_second"), u64::from(PAGES));
            let (joined, resident) =
                (count(&report, "in_flight_faults_per_second"), count(&report, "resident_faults_per_second"));
            assert_eq!(joined + resident, u64::from(PAGES * (PROCESSES - 1)));
            // At the end all of it is resident once and mapped by all.
            let last = |name: &str| *report.series.columns.iter().find(|(n, _)| n == name).unwrap().1.last().unwrap();
            assert_eq!(last("free_frames"), f64::from(60 - PAGES));
            assert!(report.values["p.rss"] > 0.9 * f64::from(PAGES * PROCESSES));
            assert!((report.values["p.pss"] - report.values["shared_frames"]).abs() < 1.0);
        }
    }
}

/// On as many CPUs as processes, all fault on the first page at once: one read, and the others wait for it.
#[test]
fn faults_on_one_page_at_once_make_one_read() {
    for (policy, engine) in [("fifo", Engine::Leap), ("arc", Engine::Walk)] {
        let mut spec = program(1, Span(1_000), SourceSpec::Scan { stride: 1 });
        spec.regions = vec![region(0, 1, Protection::TEXT, Mapping::Shared(whole(0)))];
        let mut config = machine(policy, 8, vec![class("p", 5, spec)], SECOND);
        config.cpus = 5;
        config.engine = engine;
        config.objects = vec![object("text", 1, Backing::File)];
        let report = run(&config, 1);
        assert_eq!(count(&report, "page_ins_per_second"), 1);
        assert_eq!(count(&report, "in_flight_faults_per_second"), 4);
        assert_eq!(count(&report, "major_faults_per_second"), 5);
        assert_eq!(count(&report, "faults_per_second"), 5);
    }
}

/// A forked class against a model in a few lines: a page is the parent's until the first write of each child.
#[test]
fn fork_copies_at_the_first_write() {
    let string: Vec<(u32, bool)> =
        vec![(0, false), (1, true), (0, true), (2, false), (1, false), (1, true), (3, true), (2, false), (0, false)];
    const CHILDREN: u64 = 4;
    let references = string.iter().map(|&(page, write)| RecordedReference { page, write, gap: 1 }).collect();
    let source = SourceSpec::Recorded(RecordedSpec { references, offset: 0, looped: true });
    let mut spec = program(5, Span(1_000), source);
    spec.backing = Backing::ZeroFill;
    spec.regions = vec![region(0, 5, Protection::DATA, Mapping::CopyOnWrite(whole(0)))];
    let mut config = machine("fifo", 100, vec![class("p", CHILDREN as u32, spec)], Span(1_000_000));
    config.quantum = Some(Span(3_000));
    config.objects = vec![ObjectSpec { image: true, ..object("parent", 5, Backing::ZeroFill) }];
    let report = run(&config, 1);
    // The model: the first child to touch a page finds the parent's work, and each child that reads it before it writes maps it.
    let (mut filled, mut seen, mut copied) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let (mut fills, mut maps, mut copies) = (0, 0, 0);
    for child in 0..CHILDREN {
        for &(page, write) in &string {
            if copied.contains(&(child, page)) {
                continue;
            }
            if filled.insert(page) {
                fills += 1;
                seen.insert((child, page));
            }
            if write {
                copied.insert((child, page));
                copies += 1;
            } else if seen.insert((child, page)) {
                maps += 1;
            }
        }
    }
    let counted = ["zero_fill_faults_per_second", "copy_faults_per_second", "resident_faults_per_second"];
    // Fills and copies do not depend on the order in which the children run.
    assert_eq!(count(&report, counted[0]), fills);
    assert_eq!(count(&report, counted[1]), copies);
    assert_eq!(count(&report, "major_faults_per_second"), 0);
    let faults = count(&report, "faults_per_second");
    assert_eq!(faults, fills + copies + count(&report, counted[2]));
    assert!(count(&report, counted[2]) <= maps + fills, "{faults}");
    // 5 - 1 touched pages of the parent's and what was copied.
    assert_eq!(filled.len(), 4);
    let last = report.series.columns.iter().find(|(n, _)| n == "free_frames").unwrap().1.last().copied().unwrap();
    assert_eq!(last, 100.0 - 4.0 - copies as f64);
}

/// What is written in a shared file goes back to it, not to swap space; what is written in a shared segment goes to swap space, once
/// for all.
#[test]
fn dirty_pages_of_files_go_back_to_them_and_those_of_segments_to_swap() {
    for (backing, swaps) in [(Backing::File, false), (Backing::ZeroFill, true)] {
        let spec = sharer(60, 0.5, Mapping::Shared(whole(0)), SourceSpec::Independent(Weights::Uniform));
        let mut config = machine("clock", 30, vec![class("p", 3, spec)], SECOND);
        config.paging = device(Distribution::Constant(0.1 * MS));
        config.objects = vec![object("it", 60, backing)];
        let report = run(&config, 3);
        assert!(count(&report, "page_outs_per_second") > 100);
        assert_eq!(report.values["swap_used"] > 0.0, swaps);
        assert!(report.values["swap_used"] <= 60.0);
        assert_eq!(count(&report, "swap_faults_per_second") > 0, swaps);
        // With a file device of its own, the file's pages move there.
        config.file = Some(device(Distribution::Constant(0.1 * MS)));
        let apart = run(&config, 3);
        assert_eq!(count(&apart, "page_outs_per_second") == 0, !swaps);
        assert_eq!(apart.values["file_utilisation"] > 0.0, !swaps);
    }
}

/// Ends and begins anew: what a job mapped is gone with it, the segment stays.
#[test]
fn a_segment_outlives_those_who_map_it() {
    let spec = sharer(30, 0.3, Mapping::Shared(whole(0)), SourceSpec::Independent(Weights::Uniform));
    let mut class = class("p", 3, spec);
    class.job = Some(Distribution::Constant(0.5 * MS));
    class.memory = MemoryBetweenJobs::Fresh;
    let mut config = machine("lru", 64, vec![class], SECOND);
    config.objects = vec![object("segment", 30, Backing::ZeroFill)];
    let report = run(&config, 3);
    assert_eq!(count(&report, "zero_fill_faults_per_second"), 30);
    assert!(count(&report, "resident_faults_per_second") > 1_000);
}

/// In partitions, a shared page is in the frames of whoever brought it in; nobody is the worse for it.
#[test]
fn partitions_share_too() {
    for policy in ["clock", "lru", "lfu"] {
        let spec = sharer(40, 0.1, Mapping::Shared(whole(0)), SourceSpec::Independent(Weights::Zipf { exponent: 0.8 }));
        let mut config = machine(policy, 30, vec![class("p", 3, spec)], SECOND);
        config.scope = Scope::Local(vec![10, 10, 10]);
        config.cpus = 2;
        config.paging = device(Distribution::Constant(0.1 * MS));
        config.objects = vec![object("segment", 40, Backing::ZeroFill)];
        assert!(run(&config, 3).values["shared_frames"] > 25.0);
    }
}

#[test]
fn everything_at_once_keeps_the_laws_under_every_policy() {
    for entry in POLICIES.iter().filter(|entry| entry.observes != Observes::Future) {
        for engine in [Engine::Auto, Engine::Walk] {
            for scope in [Scope::Global, Scope::Local(vec![32; 5])] {
                let mut config = mixed(entry.name);
                config.duration = Span(60_000_000);
                config.livelock_after = config.duration;
                config.engine = engine;
                config.scope = scope;
                let report = run(&config, 9);
                assert!(count(&report, "copy_faults_per_second") > 0, "{}", entry.name);
            }
        }
    }
}
