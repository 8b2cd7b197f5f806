//! Two engines, one law, where pages are shared and copied: as `two_engines`, with text, a segment, copy-on-write data and children of a
//! fork that are seldom written to.

mod common;

use common::regions::mixed;
use common::run;
use knee::machine::{Engine, Scope};
use knee::metrics::RunReport;
use knee::stats::welch_p_value;

const SEEDS: u64 = 20;

/// What is compared, and what each fault was caused by.
const COMPARED: [&str; 9] = [
    "faults_per_second",
    "cpu_utilisation",
    "throughput",
    "page_outs_per_second",
    "copy_faults_per_second",
    "resident_faults_per_second",
    "file_faults_per_second",
    "p.pss",
    "q.rss",
];

fn assert_alike(name: &str, a: &[RunReport], b: &[RunReport], level: f64) {
    for metric in COMPARED {
        let column = |reports: &[RunReport]| reports.iter().map(|report| report.values[metric]).collect::<Vec<f64>>();
        let (a, b) = (column(a), column(b));
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        assert!(mean(&a) > 0.0, "{name}: {metric} is not exercised");
        let p = welch_p_value(&a, &b);
        assert!(p >= level, "{name}: {metric} of walk {} and leap {} differ (p = {p:.2e})", mean(&a), mean(&b));
    }
}

#[test]
fn walk_and_leap_agree_on_what_is_shared_and_copied() {
    let policies = ["fifo", "clock", "lru", "nru"];
    let scopes = [Scope::Global, Scope::Local(vec![32; 5])];
    let comparisons = policies.len() * scopes.len() * COMPARED.len();
    for policy in policies {
        for scope in &scopes {
            let runs = |engine, first: u64| {
                let mut config = mixed(policy);
                (config.scope, config.engine) = (scope.clone(), engine);
                (first..first + SEEDS).map(|seed| run(&config, seed)).collect::<Vec<_>>()
            };
            let (walk, leap) = (runs(Engine::Walk, 1), runs(Engine::Leap, 1_001));
            assert_alike(&format!("{policy}, {scope:?}"), &walk, &leap, 0.01 / comparisons as f64);
        }
    }
}

/// The comparison sees a leap that lets one in twelve of the first writes to protected pages pass.
#[test]
fn the_comparison_notices_lost_copies() {
    let mut honest = mixed("clock");
    honest.engine = Engine::Walk;
    let mut broken = mixed("clock");
    broken.engine = Engine::Leap;
    for class in &mut broken.classes {
        for component in &mut class.program.components {
            component.write_fraction *= 0.92;
        }
    }
    let copies = |config: &knee::machine::Config, first: u64| {
        (first..first + SEEDS).map(|seed| run(config, seed).values["copy_faults_per_second"]).collect::<Vec<f64>>()
    };
    let p = welch_p_value(&copies(&honest, 1), &copies(&broken, 1_001));
    assert!(p < 0.01 / 72.0, "a loss of 8 % was not noticed: p = {p}");
}
