//! Two engines, one law: walk and leap must not be distinguishable.
//!
//! For each pair of a policy and a source that leaps, fault counts, CPU utilisation and throughput of independent runs of either
//! engine are compared by Welch's t test at the 1 % level, corrected for the number of comparisons. That the test can see a bias of
//! 2 % is shown by giving it one.

mod common;

use common::{MS, class, device, machine, program, run};
use knee::machine::{Config, Engine, JobSource, MemoryBetweenJobs, Scope};
use knee::metrics::RunReport;
use knee::policy::{POLICIES, Window};
use knee::rng::Distribution;
use knee::stats::welch_p_value;
use knee::units::Span;
use knee::workload::{ComponentSpec, Layout, LocalitySets, Micromodel, PhasesSpec, ProgramSpec, SourceSpec, Weights};

const SEEDS: u64 = 20;

fn phases(micromodel: Micromodel, layout: Layout, overlap: f64) -> SourceSpec {
    SourceSpec::Phases(PhasesSpec {
        sets: LocalitySets::Fresh { size: Distribution::Gamma { mean: 40.0, cv: 0.3 }, overlap },
        layout,
        holding: Distribution::Exponential { mean: 3_000.0 },
        micromodel,
    })
}

/// Every kind of source that leaps.
fn sources() -> Vec<(&'static str, SourceSpec)> {
    vec![
        ("uniform", SourceSpec::Independent(Weights::Uniform)),
        ("zipf", SourceSpec::Independent(Weights::Zipf { exponent: 1.0 })),
        ("hot and cold", SourceSpec::Independent(Weights::HotCold { hot_pages: 0.2, hot_references: 0.9 })),
        ("random phases", phases(Micromodel::Random(Weights::Uniform), Layout::Scattered, 0.3)),
        ("zipf phases", phases(Micromodel::Random(Weights::Zipf { exponent: 0.8 }), Layout::Contiguous, 0.0)),
        ("cyclic phases", phases(Micromodel::Cyclic, Layout::Scattered, 0.0)),
        ("sawtooth phases", phases(Micromodel::Sawtooth, Layout::Contiguous, 0.5)),
        ("scan", SourceSpec::Scan { stride: 3 }),
    ]
}

/// Three processes that share 100 frames, and write; two CPUs, so that a page can go while its process runs.
fn config(policy: &str, spec: ProgramSpec) -> Config {
    let mut class = class("p", 3, spec);
    class.job = Some(Distribution::Constant(20.0 * MS));
    class.jobs = JobSource::Closed { think: Some(Distribution::Exponential { mean: 1.0 * MS }) };
    class.memory = MemoryBetweenJobs::Keep;
    let mut config = machine(policy, 100, vec![class], Span(400_000_000));
    config.cpus = 2;
    config.quantum = Some(Span(700_000));
    config.context_switch = Span(1_000);
    config.fault_time = Span(2_000);
    config.paging = device(Distribution::Exponential { mean: 0.005 * MS });
    config
}

fn writing(source: SourceSpec) -> ProgramSpec {
    let mut spec = program(120, Span(2_000), source);
    spec.components[0].write_fraction = 0.2;
    spec
}

/// Runs the machine once for each seed.
fn runs(config: &Config, engine: Engine, first_seed: u64) -> Vec<RunReport> {
    let mut config = config.clone();
    config.engine = engine;
    (first_seed..first_seed + SEEDS).map(|seed| run(&config, seed)).collect()
}

const COMPARED: [&str; 4] = ["faults_per_second", "cpu_utilisation", "throughput", "page_outs_per_second"];

fn column(reports: &[RunReport], metric: &str) -> Vec<f64> {
    reports.iter().map(|report| report.values[metric]).collect()
}

/// Asserts that two sets of runs do not differ, each metric at the level given.
fn assert_alike(name: &str, a: &[RunReport], b: &[RunReport], level: f64) {
    for metric in COMPARED {
        let (a, b) = (column(a, metric), column(b, metric));
        let p = welch_p_value(&a, &b);
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        assert!(p >= level, "{name}: {metric} of walk {} and leap {} differ (p = {p:.2e})", mean(&a), mean(&b));
    }
}

#[test]
fn walk_and_leap_agree() {
    let policies = ["fifo", "random", "clock", "lru"];
    let comparisons = policies.len() * sources().len() * COMPARED.len();
    for policy in policies {
        for (name, source) in sources() {
            let config = config(policy, writing(source));
            let (walk, leap) = (runs(&config, Engine::Walk, 1), runs(&config, Engine::Leap, 1_001));
            assert_alike(&format!("{policy}, {name}"), &walk, &leap, 0.01 / comparisons as f64);
        }
    }
}

/// Policies that ask for accessed or dirty bits, and MRU, on a source that is drawn and changes and one that goes along a path,
/// for half as long.
#[test]
fn walk_and_leap_agree_under_the_other_policies() {
    let kept = ["random phases", "cyclic phases"];
    let policies: Vec<&str> = POLICIES
        .iter()
        .filter(|entry| entry.observes.allows_leap() && !["fifo", "random", "clock", "lru"].contains(&entry.name))
        .map(|entry| entry.name)
        .collect();
    assert!(policies.len() >= 9, "{policies:?}");
    let comparisons = policies.len() * kept.len() * COMPARED.len();
    for policy in policies {
        for (name, source) in sources().into_iter().filter(|(name, _)| kept.contains(name)) {
            let mut config = config(policy, writing(source));
            config.duration = Span(200_000_000);
            // About the locality set, so that pages leave of themselves and memory suffices for a part of the time.
            config.parameters.window = Window::References(250);
            let (walk, leap) = (runs(&config, Engine::Walk, 1), runs(&config, Engine::Leap, 1_001));
            assert_alike(&format!("{policy}, {name}"), &walk, &leap, 0.01 / comparisons as f64);
        }
    }
}

#[test]
fn walk_and_leap_agree_on_a_mixture_and_on_partitions() {
    let mut spec = writing(SourceSpec::Scan { stride: 1 });
    spec.components[0].share = 0.3;
    spec.components[0].pages = 50;
    spec.components.push(ComponentSpec {
        share: 0.7,
        write_fraction: 0.05,
        first_page: 30,
        pages: 90,
        source: phases(Micromodel::Random(Weights::Uniform), Layout::Scattered, 0.0),
    });
    for policy in ["clock", "lru"] {
        let mut config = config(policy, spec.clone());
        for scope in [Scope::Global, Scope::Local(vec![30, 30, 40])] {
            config.scope = scope;
            let (walk, leap) = (runs(&config, Engine::Walk, 1), runs(&config, Engine::Leap, 1_001));
            assert_alike(&format!("mixture under {policy}, {:?}", config.scope), &walk, &leap, 0.01 / 16.0);
        }
    }
}

/// Sets that are so large that the leap draws from them ahead of need.
#[test]
fn walk_and_leap_agree_on_large_sets() {
    let uneven = Weights::Zipf { exponent: 0.9 };
    let pairs =
        [("fifo", Weights::Uniform), ("random", uneven.clone()), ("clock", uneven.clone()), ("lru", uneven.clone())];
    for (policy, weights) in &pairs {
        let mut spec = program(40_000, Span(2_000), SourceSpec::Independent(weights.clone()));
        spec.components[0].write_fraction = 0.1;
        let mut config = machine(policy, 30_000, vec![class("p", 2, spec)], Span(1_000_000_000));
        config.quantum = Some(Span(700_000));
        config.fault_time = Span(500);
        config.paging = device(Distribution::Exponential { mean: 0.002 * MS });
        let (walk, leap) = (runs(&config, Engine::Walk, 1), runs(&config, Engine::Leap, 1_001));
        let level = 0.01 / (pairs.len() * COMPARED.len()) as f64;
        assert_alike(&format!("{policy}, {weights:?}"), &walk, &leap, level);
    }
}

/// A leap whose rates are all 2 % too low is found out by the same comparison, at the same level; and only such a one.
#[test]
fn the_comparison_notices_a_bias_of_two_per_cent() {
    let mut honest = config("clock", writing(SourceSpec::Independent(Weights::Zipf { exponent: 1.0 })));
    honest.duration = Span(4_000_000_000);
    let mut broken = honest.clone();
    // References 2 % further apart: every rate that the leap draws from is 2 % too low.
    broken.classes[0].program.reference_time = Span(2_040);
    let walk = column(&runs(&honest, Engine::Walk, 1), "faults_per_second");
    let p_of = |config: &Config| welch_p_value(&walk, &column(&runs(config, Engine::Leap, 1_001), "faults_per_second"));
    let (of_honest, of_broken) = (p_of(&honest), p_of(&broken));
    assert!(of_honest > 0.01, "the honest leap was rejected: p = {of_honest}");
    assert!(of_broken < 0.01 / 128.0, "a bias of 2 % was not noticed: p = {of_broken}");
}
