//! Denning-Kahn programs that share 400 frames, one CPU and one paging disk.
//!
//! The programs: locality sizes normal with mean 30 and standard deviation 10 on eleven points, random micromodel, phases of 250 references on
//! average; disk service exponential with a mean of 10 references. Source of the numbers: an independent simulation; the lifetime is measured
//! in the same run, and mean value analysis with it is exact under processor sharing.

mod common;

use common::{class, device, machine, program, run};
use knee::analysis::queueing::mva;
use knee::machine::{Config, Engine, Scope, Warmup};
use knee::metrics::RunReport;
use knee::rng::Distribution;
use knee::units::Span;
use knee::workload::{Layout, LocalitySets, Micromodel, PhasesSpec, SourceSpec, Weights};

const REFERENCE: u64 = 10_000;

fn denning_kahn() -> SourceSpec {
    // Eleven points from -2.5 to +2.5 standard deviations, with the normal density as weight.
    let sets = (0..11).map(|point| {
        let z = 0.5 * f64::from(point) - 2.5;
        ((30.0 + 10.0 * z).round() as u32, (-0.5 * z * z).exp())
    });
    SourceSpec::Phases(PhasesSpec {
        sets: LocalitySets::Fixed(sets.collect()),
        layout: Layout::Contiguous,
        holding: Distribution::Exponential { mean: 250.0 },
        micromodel: Micromodel::Random(Weights::Uniform),
    })
}

fn system(n: u32, scope: Scope, processor_sharing: bool, seconds: u64) -> Config {
    let only = class("program", n, program(335, Span(REFERENCE), denning_kahn()));
    let mut config = machine("lru", 400, vec![only], Span(seconds * 1_000_000_000));
    config.engine = Engine::Auto;
    config.scope = scope;
    config.quantum = processor_sharing.then_some(Span(REFERENCE));
    config.paging = device(Distribution::Exponential { mean: 10.0 * REFERENCE as f64 });
    config.warmup = Warmup::Fixed(Span(100_000_000));
    config
}

fn equal(n: u32) -> Scope {
    Scope::Local(vec![400 / n; n as usize])
}

/// CPU utilisation by mean value analysis with the lifetime that a run has measured.
fn predicted(report: &RunReport, n: u32) -> f64 {
    let lifetime = report.values["lifetime"];
    // Demands for one fault: so many references of CPU, ten of disk.
    let solution = mva(&[lifetime, 10.0], 0.0, n);
    solution[n as usize - 1].throughput * lifetime
}

#[test]
fn processor_sharing_agrees_with_mean_value_analysis() {
    for n in 2..=11 {
        let report = run(&system(n, equal(n), true, 10), u64::from(n));
        let (found, exact) = (report.values["cpu_utilisation"], predicted(&report, n));
        assert!((found / exact - 1.0).abs() < 0.02, "N = {n}: CPU utilisation {found} is not {exact} ± 2 %");
    }
}

#[test]
fn lifetimes_and_utilisation_are_those_of_the_independent_simulation() {
    // N, lifetime under local LRU, CPU utilisation under processor sharing.
    for (n, lifetime, utilisation) in
        [(4, 16.574, 0.9459), (8, 11.779, 0.9479), (10, 10.238, 0.9187), (15, 4.804, 0.4577)]
    {
        let report = run(&system(n, equal(n), true, 10), 2);
        let (l, u) = (report.values["lifetime"], report.values["cpu_utilisation"]);
        // One run each here and there, of programs whose sets were drawn apart.
        assert!((l / lifetime - 1.0).abs() < 0.06, "N = {n}: lifetime {l} is not {lifetime}");
        assert!((u / utilisation - 1.0).abs() < 0.06, "N = {n}: utilisation {u} is not {utilisation}");
    }
}

#[test]
fn run_to_fault_is_at_least_fifteen_per_cent_lower() {
    for n in 5..=7 {
        let sharing = run(&system(n, equal(n), true, 10), 3).values["cpu_utilisation"];
        let to_fault = run(&system(n, equal(n), false, 10), 3).values["cpu_utilisation"];
        assert!(to_fault < 0.85 * sharing, "N = {n}: {to_fault} against {sharing}");
    }
}

#[test]
fn global_lru_collapses_later_than_an_equal_partition() {
    let global = run(&system(15, Scope::Global, true, 10), 4).values["cpu_utilisation"];
    let local = run(&system(15, equal(15), true, 10), 4).values["cpu_utilisation"];
    assert!(global > 1.2 * local, "global {global}, equal partition {local}");
    assert!((global / 0.654 - 1.0).abs() < 0.08, "global LRU at N = 15: {global} is not 0.654");
}
