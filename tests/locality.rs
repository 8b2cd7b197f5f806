//! Locality, turned up and down by keys of a scenario, and measured in its results: each measure against its closed form, each
//! dial moving its own measure and not the others, and what the machine makes of it.

use knee::machine::{self, Engine};
use knee::scenario::Scenario;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

const BASE: &str = r#"
[machine]
memory = "600 frames"
[reclaim]
watermarks = { min = "8 frames", low = "32 frames", high = "48 frames" }
[device.paging]
preset = "sata-7200"
[process.worker]
count = 2
pages = 4096
backing = "file"
write_fraction = 0
reference_time = "1 us"
[process.worker.references]
kind = "phases"
holding = 50_000
locality = { size = 128 }
[run]
duration = "5 s"
warmup = "1 s"
locality = { references = 400_000, window = 2_000 }
"#;

fn values(settings: &[&str], engine: Engine) -> BTreeMap<String, f64> {
    let mut scenario = Scenario::parse(BASE, "s.toml", Path::new("")).expect("it is TOML");
    for setting in settings {
        scenario.set(setting).expect("an assignment");
    }
    let plan = scenario.plan().unwrap_or_else(|error| panic!("{error}"));
    let mut config = plan.cells.get(0).config;
    config.engine = engine;
    machine::run(&config, 7, &AtomicBool::new(false)).unwrap_or_else(|error| panic!("{error}")).values
}

fn measured(settings: &[&str]) -> BTreeMap<String, f64> {
    values(settings, Engine::Leap)
}

#[track_caller]
fn assert_near(values: &BTreeMap<String, f64>, metric: &str, expected: f64, tolerance: f64) {
    let found = values[&format!("worker.{metric}")];
    assert!((found / expected - 1.0).abs() <= tolerance, "{metric}: {found}, not {expected} within {tolerance}");
}

#[test]
fn measures_have_their_closed_forms() {
    let independent = ["worker.references={ kind = \"independent\", pages = 1000 }"];
    let uniform = measured(&independent);
    // Each of 1000 pages is among 2000 references with probability 1 - (1 - 1/1000)^2000, and so is the page after it.
    let present = 1.0 - 0.999_f64.powi(2000);
    assert_near(&uniform, "working_set", 1000.0 * present, 0.005);
    assert_near(&uniform, "run_length", 1.0 / (1.0 - present), 0.02);
    assert_near(&uniform, "sequential_run", 1.0 / 0.999, 0.001);
    // The place in the LRU stack is any with the same probability.
    assert_near(&uniform, "reuse_distance_mean", 500.5, 0.01);
    assert_near(&uniform, "reuse_distance_p50", 500.0, 0.01);
    assert_near(&uniform, "reuse_distance_p90", 900.0, 0.01);

    let scan = measured(&["worker.references={ kind = \"scan\", pages = 1000 }"]);
    for (metric, expected) in [
        ("working_set", 1000.0),
        ("run_length", 1000.0),
        ("sequential_run", 1000.0),
        ("reuse_distance_p50", 1000.0),
        ("reuse_distance_p90", 1000.0),
    ] {
        assert_near(&scan, metric, expected, 1e-9);
    }
    let cycle = measured(&["worker.references.micromodel=cyclic", "worker.references.holding=1e9"]);
    assert_near(&cycle, "working_set", 128.0, 1e-9);
    assert_near(&cycle, "reuse_distance_mean", 128.0, 1e-9);
}

/// What is asked for shows, and the measures of the other kind of locality stay as they are.
#[test]
fn the_dial_of_spatial_locality_moves_runs_alone() {
    let mut before = 0.0;
    let scattered = measured(&[]);
    for run in [1, 2, 4, 8, 16, 32, 64] {
        let values = measured(&[&format!("worker.references.run_length={run}")]);
        // Runs of a set lie beside each other by chance only: 128 of 4096 pages.
        assert_near(&values, "run_length", f64::from(run), 0.1);
        assert!(values["worker.run_length"] > before);
        before = values["worker.run_length"];
        for metric in ["working_set", "reuse_distance_p50", "reuse_distance_p90"] {
            assert_near(&values, metric, scattered[&format!("worker.{metric}")], 0.02);
        }
    }
    // A contiguous set is one run; a window that sees two phases sees two.
    let one = measured(&["worker.references.layout=contiguous"]);
    assert!(one["worker.run_length"] > 100.0);
}

#[test]
fn the_dials_of_temporal_locality_move_working_sets_and_distances_alone() {
    let with = |holding: u32, exponent: f64| {
        measured(&[
            "worker.references.run_length=8",
            &format!("worker.references.holding={holding}"),
            &format!("worker.references.micromodel={{ kind = \"zipf\", exponent = {exponent:?} }}"),
        ])
    };
    let longer = [2_000, 8_000, 32_000, 128_000].map(|holding| with(holding, 0.0));
    for pair in longer.windows(2) {
        assert!(pair[1]["worker.working_set"] < pair[0]["worker.working_set"], "longer phases, smaller working sets");
        assert_near(&pair[1], "run_length", pair[0]["worker.run_length"], 0.1);
    }
    assert_near(&longer[3], "working_set", 128.0, 0.03);
    let steeper = [0.0, 0.5, 1.0, 1.5].map(|exponent| with(32_000, exponent));
    for pair in steeper.windows(2) {
        assert!(pair[1]["worker.reuse_distance_mean"] < 0.95 * pair[0]["worker.reuse_distance_mean"]);
    }
}

/// Measuring changes nothing, and is of the same string whatever the engine and the machine.
#[test]
fn what_is_measured_is_the_program_alone() {
    let dials = "worker.references.run_length=8";
    let leap = values(&[dials], Engine::Leap);
    let walk = values(&[dials, "machine.memory=300 frames"], Engine::Walk);
    let unmeasured = values(&[dials, "run.locality=none"], Engine::Leap);
    let (mut seen, mut same) = (0, 0);
    for (name, value) in &leap {
        match unmeasured.get(name) {
            Some(other) => {
                assert_eq!(value, other, "{name}");
                same += 1;
            }
            None => {
                assert_eq!(walk[name], *value, "{name}");
                seen += 1;
            }
        }
    }
    assert_eq!((seen, same), (6, unmeasured.len()));
}

/// What locality is for: with longer runs, reading ahead saves more faults, and without it they change nothing.
#[test]
fn reading_ahead_turns_runs_into_fewer_faults() {
    let faults = |run: u32, readahead: u32| {
        let values = values(
            &[
                &format!("worker.references.run_length={run}"),
                &format!("swap.readahead={readahead}"),
                "worker.references.holding=10_000",
                "run.duration=40 s",
            ],
            Engine::Leap,
        );
        values["major_faults_per_second"] / values["references_per_second"]
    };
    let (bare, in_runs) = (faults(1, 1), faults(16, 1));
    assert!((in_runs / bare - 1.0).abs() < 0.05, "without reading ahead: {bare} and {in_runs} faults a reference");
    let (alone, ahead) = (faults(1, 16), faults(16, 16));
    assert!(alone > 0.75 * bare && ahead < 0.15 * bare, "with: {alone} and {ahead}, {bare} without");
}
