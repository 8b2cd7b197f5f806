//! Nominal 95 % intervals cover the truth in 92 to 98 % of 400 experiments: on an M/M/1 queue and a machine repairman, whose exact
//! values have closed forms, from independent replications and from batch means.
//!
//! Were the intervals exact, 400 experiments would cover in 95 ± 1.1 %, so 92 and 98 % are almost three standard deviations away.

mod common;

use common::{MS, SECOND, class, machine, program, run};
use knee::analysis::queueing::repairman;
use knee::experiment::run_seed;
use knee::machine::{Config, JobSource, Warmup};
use knee::rng::Distribution;
use knee::stats::{batch_means, estimate};
use knee::units::Span;
use knee::workload::{Backing, SourceSpec, Weights};

const EXPERIMENTS: u64 = 400;
const CONFIDENCE: f64 = 0.95;

fn exponential(milliseconds: f64) -> Distribution {
    Distribution::Exponential { mean: milliseconds * MS }
}

/// Jobs of 10 ms on average at one CPU, in order of arrival, for so many seconds, of which a tenth is left out.
fn queue(count: u32, source: JobSource, seconds: u64) -> Config {
    let mut class = class("job", count, program(1, Span(1_000_000), SourceSpec::Independent(Weights::Uniform)));
    class.program.backing = Backing::ZeroFill;
    class.job = Some(exponential(10.0));
    class.jobs = source;
    let mut config = machine("fifo", 200, vec![class], Span(seconds * SECOND.0));
    config.warmup = Warmup::Fixed(Span(seconds * SECOND.0 / 10));
    config
}

/// How many of the experiments an interval covers the truth in.
fn covered(truth: f64, interval: impl Fn(u64) -> (f64, f64)) -> u64 {
    let covers = |experiment: &u64| {
        let (mean, half) = interval(*experiment);
        (mean - truth).abs() <= half
    };
    (0..EXPERIMENTS).filter(covers).count() as u64
}

fn check(what: &str, covered: u64) {
    let share = covered as f64 / EXPERIMENTS as f64;
    println!("{what}: {covered} of {EXPERIMENTS}");
    assert!((0.92..=0.98).contains(&share), "{what}: the truth was covered in {covered} of {EXPERIMENTS} experiments");
}

/// Five independent runs.
fn by_replications(config: &Config, metric: &str, experiment: u64) -> (f64, f64) {
    let values: Vec<f64> =
        (0..5).map(|replication| run(config, run_seed(experiment, replication)).values[metric]).collect();
    let estimate = estimate(&values, CONFIDENCE).expect("there are values");
    (estimate.mean, estimate.half_width.expect("there are several"))
}

/// Ten batches of one long run, the warm-up left out.
fn by_batches(config: &Config, column: &str, experiment: u64) -> (f64, f64) {
    let series = run(config, run_seed(10_000 + experiment, 0)).series;
    let (_, values) = series.columns.iter().find(|(name, _)| name == column).expect("the series has it");
    let estimate = batch_means(&values[values.len() / 10..], 10, CONFIDENCE).expect("there are values");
    (estimate.mean, estimate.half_width.expect("there are several"))
}

/// Utilisation 1/2: one job in the system on average, and 20 ms for each.
#[test]
fn mm1() {
    let source = || JobSource::Open { interarrival: exponential(20.0), queue_limit: None };
    let short = queue(64, source(), 40);
    check(
        "M/M/1, replications, jobs",
        covered(1.0, |experiment| by_replications(&short, "jobs_in_system", experiment)),
    );
    let long = queue(64, source(), 200);
    check("M/M/1, batch means, jobs", covered(1.0, |experiment| by_batches(&long, "jobs_in_system", experiment)));
}

/// Three machines that run 20 ms and are repaired in 10 ms.
#[test]
fn machine_repairman() {
    let exact = repairman(20.0, 10.0, 3);
    let source = || JobSource::Closed { think: Some(exponential(20.0)) };
    let short = queue(3, source(), 20);
    let utilisation = exact.utilisations[0];
    let replications = covered(utilisation, |experiment| by_replications(&short, "cpu_utilisation", experiment));
    check("repairman, replications, utilisation", replications);
    let throughput =
        covered(exact.throughput * 1e3, |experiment| by_replications(&short, "throughput", 50_000 + experiment));
    check("repairman, replications, throughput", throughput);
    let long = queue(3, source(), 100);
    let batches = covered(utilisation, |experiment| by_batches(&long, "cpu_utilisation", experiment));
    check("repairman, batch means, utilisation", batches);
}
