//! Load control: the central server of Denning, Kahn, Leroudier, Potier and Suri, and what must hold of suspension.

mod common;

use common::{MS, class, device, machine, program, run};
use knee::load_control::{self, LoadControlSpec, Resume, Setting, Settings, Suspend, Victim};
use knee::machine::{Burst, Config, Pause, Warmup};
use knee::metrics::RunReport;
use knee::rng::Distribution;
use knee::units::Span;
use knee::workload::{LifetimeFunction, SourceSpec};

const SECOND: u64 = 1_000_000_000;

fn exponential(milliseconds: f64) -> Distribution {
    Distribution::Exponential { mean: milliseconds * MS }
}

/// Load control by a controller with its defaults but for these settings.
fn control(name: &str, settings: &[(&'static str, Setting)]) -> LoadControlSpec {
    let controller = load_control::find(name).unwrap_or_else(|| panic!("no controller {name}"));
    let mut all = Settings::default();
    for parameter in controller.parameters {
        let given = settings.iter().find(|(key, _)| *key == parameter.key).map(|(_, value)| *value);
        all = all.with(parameter.key, given.or(parameter.default).expect("a value for each parameter"));
    }
    LoadControlSpec {
        controller,
        settings: all,
        period: controller.period,
        victim: Victim::LastActivated,
        suspend: Suspend::SwapOut,
        resume: Resume::Demand,
        restart: Some(Span(SECOND)),
    }
}

/// The central server of case A2: 500 frames, lifetime 2B / (1 + (C/m)²) with B = 10 ms and C = 100, 250 ms of file disk for a second of
/// CPU time, 5 ms for a page, everything exponential, so that run-to-fault too has the product form that mean value analysis solves. The frames
/// go to whoever is active: under random replacement whoever has less faults more and gets more, so all have about the same. A job never
/// ends, so whoever is not admitted waits and costs nothing; throughput is that of the CPU, a second of which is a job of the oracle.
fn central_server(programs: u32, control: Option<LoadControlSpec>, seconds: u64) -> Config {
    let source = SourceSpec::Lifetime(LifetimeFunction::ChamberlinFullerLiu { b: Span(10_000_000), c: 100.0 });
    let mut programs = class("job", programs, program(5_000, Span(100), source));
    programs.burst = Some(Burst { length: exponential(40.0), pause: Pause::FileIo { write_fraction: 0.0 } });
    let mut config = machine("random", 500, vec![programs], Span(seconds * SECOND));
    config.paging = device(exponential(5.0));
    config.file = Some(device(exponential(10.0)));
    config.warmup = Warmup::Fixed(Span(seconds * SECOND / 4));
    config.load_control = control;
    config
}

fn fixed(level: u32) -> LoadControlSpec {
    control("fixed-mpl", &[("level", Setting::Count(level))])
}

fn value(report: &RunReport, name: &str) -> f64 {
    *report.values.get(name).unwrap_or_else(|| panic!("no {name}"))
}

/// Throughput by exact mean value analysis (../shared/oracles/queueing.md, case A2), jobs a second, for 1 to 14 processes.
const EXACT: [f64; 14] = [
    0.662252, 0.875448, 0.946338, 0.970019, 0.976378, 0.973455, 0.960165, 0.928832, 0.868690, 0.779826, 0.681176,
    0.591210, 0.515411, 0.452484,
];

fn throughput(control: LoadControlSpec, seconds: u64, seed: u64) -> RunReport {
    run(&central_server(14, Some(control), seconds), seed)
}

/// The mean number of active processes, and the share of the observations after warm-up in which it was within one of `wanted`.
fn settled(report: &RunReport, wanted: f64) -> (f64, f64) {
    let column = report.series.columns.iter().find(|(name, _)| name == "active_processes").expect("a series");
    let after = &column.1[column.1.len() / 4..];
    let near = after.iter().filter(|active| (**active - wanted).abs() <= 1.0).count();
    (value(report, "active_processes"), near as f64 / after.len() as f64)
}

#[test]
fn a_fixed_level_is_the_central_server_with_so_many_processes() {
    for level in [3, 5, 8] {
        let report = throughput(fixed(level), 3_000, 1);
        let exact = EXACT[level as usize - 1];
        let found = value(&report, "throughput");
        assert!((found / exact - 1.0).abs() < 0.01, "N = {level}: {found} is not {exact}");
        assert_eq!(value(&report, "active_processes"), f64::from(level));
        assert_eq!(value(&report, "suspended_processes"), f64::from(14 - level));
    }
    // Without control the fourteen thrash.
    let report = throughput(control("none", &[]), 3_000, 1);
    let found = value(&report, "throughput");
    assert!((found / EXACT[13] - 1.0).abs() < 0.03, "{found} is not {}", EXACT[13]);
}

#[test]
fn the_criteria_choose_as_the_literature_says() {
    let optimum = EXACT[4];
    for (name, level, share) in [("fifty-percent", 5.0, 1.0), ("knee", 5.0, 1.0), ("l-equals-s", 8.0, 0.951)] {
        for seed in 1..=3 {
            let report = throughput(control(name, &[]), 20_000, seed);
            let (active, near) = settled(&report, level);
            assert!((active - level).abs() < 0.1, "{name} has {active} active, not {level}");
            assert!(near == 1.0, "{name} is at {level} ± 1 for {near} of the time");
            let found = value(&report, "throughput") / optimum;
            assert!((found - share).abs() <= 0.01, "{name} keeps {found} of the optimum, not {share} ± 0.01");
        }
    }
}

#[test]
fn heiss_and_wagners_algorithms_settle_at_the_top() {
    for name in ["incremental-steps", "parabola"] {
        for seed in 1..=3 {
            let mut spec = control(name, &[]);
            spec.period = Span(30 * SECOND);
            let report = throughput(spec, 30_000, seed);
            let (active, near) = settled(&report, 5.0);
            assert!(
                (active - 5.0).abs() <= 1.0 && near > 0.9,
                "{name} has {active} active, near 5 for {near} of the time"
            );
            let found = value(&report, "throughput") / EXACT[4];
            assert!(found >= 0.95, "{name} keeps {found} of the optimum");
        }
    }
}
