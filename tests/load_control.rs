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

#[test]
#[ignore]
fn look() {
    for n in [5, 8] {
        let report = run(&central_server(n, None, 4000), 1);
        println!("none {n} {:.4} {:.4}", value(&report, "throughput"), value(&report, "cpu_utilisation"));
        let report = run(&central_server(14, Some(fixed(n)), 4000), 1);
        println!("fixed {n} {:.4} {:.4}", value(&report, "throughput"), value(&report, "cpu_utilisation"));
    }
    for name in ["fifty-percent", "l-equals-s", "knee", "incremental-steps", "parabola"] {
        for seconds in [10u64, 60] {
            for seed in 1..4 {
                let mut spec = control(name, &[]);
                spec.period = Span(seconds * SECOND);
                let report = run(&central_server(14, Some(spec), 2000 * seconds), seed);
                let column = report.series.columns.iter().find(|(name, _)| name == "active_processes").unwrap();
                let last = &column.1[column.1.len() - 12..];
                println!(
                    "{name} {seconds} U {:.4} level {:.3} active {:.3} {:.1?}",
                    value(&report, "cpu_utilisation"),
                    value(&report, "admission_level"),
                    value(&report, "active_processes"),
                    last
                );
            }
        }
    }
}
