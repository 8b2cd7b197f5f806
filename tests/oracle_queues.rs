//! The machine as a queueing network, against exact solutions.
//!
//! Source of the numbers: mean value analysis and textbook formulas (Kleinrock 1975; Lazowska and others 1984), computed
//! independently of this project. Within 2 %, 5 % above a utilisation of 0.8.

mod common;

use common::{MS, SECOND, class, device, machine, program, run};
use knee::machine::{Burst, ClassConfig, Config, JobSource, MemoryBetweenJobs, Pause, Scope, Warmup};
use knee::metrics::RunReport;
use knee::rng::Distribution;
use knee::units::Span;
use knee::workload::{LifetimeFunction, SourceSpec, Weights};

fn exponential(milliseconds: f64) -> Distribution {
    Distribution::Exponential { mean: milliseconds * MS }
}

/// Processes that use a page or two, so that nothing but the queues matters.
fn jobs(count: u32, length: Distribution, source: JobSource) -> ClassConfig {
    let mut class = class("job", count, program(1, Span(1_000_000), SourceSpec::Independent(Weights::Uniform)));
    class.job = Some(length);
    class.jobs = source;
    class.memory = MemoryBetweenJobs::Keep;
    class
}

fn long(classes: Vec<ClassConfig>, seconds: u64) -> Config {
    let mut config = machine("fifo", 2_000, classes, Span(seconds * SECOND.0));
    config.warmup = Warmup::Fixed(Span(seconds * SECOND.0 / 20));
    config
}

/// The mean of a metric over a few seeds.
fn mean(config: &Config, metric: &str, seeds: u64) -> f64 {
    (1..=seeds).map(|seed| run(config, seed).values[metric]).sum::<f64>() / seeds as f64
}

fn close(what: &str, found: f64, expected: f64, tolerance: f64) {
    let deviation = (found / expected - 1.0).abs();
    assert!(deviation <= tolerance, "{what}: {found} is not {expected} ± {} %", tolerance * 100.0);
}

#[test]
fn machine_repairman() {
    // Z = 20 ms, S = 10 ms: utilisation, response time in ms.
    let exact = [
        (1, 0.333333, 10.0),
        (2, 0.600000, 13.333333),
        (3, 0.789474, 18.0),
        (4, 0.904762, 24.210526),
        (5, 0.963303, 31.904762),
        (7, 0.996559, 50.241692),
        (10, 0.999962, 80.003819),
    ];
    for (n, utilisation, response) in exact {
        let source = JobSource::Closed { think: Some(exponential(20.0)) };
        let report = run(&long(vec![jobs(n, exponential(10.0), source)], 2_000), 3);
        let tolerance = if utilisation > 0.8 { 0.05 } else { 0.02 };
        close(&format!("U({n})"), report.values["cpu_utilisation"], utilisation, tolerance);
        close(&format!("R({n})"), report.values["response_mean"] * 1e3, response, tolerance);
        close(&format!("X({n})"), report.values["throughput"], utilisation * 100.0, tolerance);
    }
}

#[test]
fn open_queues() {
    // S = 10 ms. Response times in ms: M/M/1, M/D/1, M/G/1 with a squared coefficient of variation of 4.
    let exact = [
        (0.3, 14.2857, 12.1429, 20.7143),
        (0.5, 20.0, 15.0, 35.0),
        (0.7, 33.3333, 21.6667, 68.3333),
        (0.8, 50.0, 30.0, 110.0),
    ];
    for (load, mm1, md1, mg1) in exact {
        let lengths = [
            ("M/M/1", exponential(10.0), mm1),
            ("M/D/1", Distribution::Constant(10.0 * MS), md1),
            ("M/G/1", Distribution::Gamma { mean: 10.0 * MS, cv: 2.0 }, mg1),
        ];
        for (name, length, expected) in lengths {
            let source = JobSource::Open { interarrival: exponential(10.0 / load), queue_limit: None };
            let config = long(vec![jobs(500, length, source)], 8_000);
            close(&format!("{name} at {load}"), mean(&config, "response_mean", 4) * 1e3, expected, 0.02);
        }
    }
}

/// The paging device as an M/M/1//N queue seen by processes whose faults are Poisson while they run.
#[test]
fn file_device_is_a_queue() {
    // One process in ten thinks 20 ms on average, then asks the device (10 ms): the repairman again, with the device as repairman.
    for (n, utilisation) in [(2, 0.600000), (3, 0.789474)] {
        let mut class = jobs(n, Distribution::Constant(1e18), JobSource::Closed { think: None });
        class.burst = Some(Burst { length: exponential(20.0), pause: Pause::FileIo { write_fraction: 0.3 } });
        let mut config = long(vec![class], 2_000);
        config.cpus = n;
        config.file = Some(device(exponential(10.0)));
        close(&format!("U({n})"), run(&config, 5).values["file_utilisation"], utilisation, 0.02);
    }
}

/// The central server with the lifetime function of Chamberlin, Fuller and Liu: 500 frames in equal parts, B = 10 ms, C = 100, paging
/// disk 5 ms, CPU 1000 ms and file disk 250 ms a job. Numbers of processes that divide 500.
#[test]
fn central_server_with_a_lifetime_function() {
    let exact = [
        // N, throughput, CPU, paging disk
        (1, 0.662252, 0.662252f64, 0.172185f64),
        (2, 0.875448, 0.875448, 0.253880),
        (4, 0.970019, 0.970019, 0.397708),
        (5, 0.976378, 0.976378, 0.488189),
        (10, 0.779826, 0.779826, 0.974783),
    ];
    for (n, throughput, cpu, paging) in exact {
        let report = central_server(n);
        let tolerance = |utilisation: f64| if utilisation > 0.8 { 0.05 } else { 0.02 };
        // Whichever station is the bottleneck decides how exact the throughput can be.
        close(&format!("X({n})"), report("throughput"), throughput, tolerance(cpu.max(paging)));
        close(&format!("U_cpu({n})"), report("cpu_utilisation"), cpu, tolerance(cpu));
        close(&format!("U_page({n})"), report("paging_utilisation"), paging, tolerance(paging));
    }
}

fn central_server(n: u32) -> impl Fn(&str) -> f64 {
    let function = LifetimeFunction::ChamberlinFullerLiu { b: Span(10_000_000), c: 100.0 };
    let mut class = class("job", n, program(5_000, Span(1_000), SourceSpec::Lifetime(function)));
    class.job = Some(exponential(1_000.0));
    class.memory = MemoryBetweenJobs::Keep;
    // Ten visits of 25 ms each make 250 ms a job at the file disk.
    class.burst = Some(Burst { length: exponential(100.0), pause: Pause::FileIo { write_fraction: 0.0 } });
    let mut config = machine("fifo", 500, vec![class], Span(20_000 * SECOND.0));
    config.scope = Scope::Local(vec![500 / n; n as usize]);
    config.paging = device(exponential(5.0));
    config.file = Some(device(exponential(25.0)));
    config.warmup = Warmup::Fixed(Span(200 * SECOND.0));
    let reports: Vec<RunReport> = (1..=3).map(|seed| run(&config, seed)).collect();
    move |metric| reports.iter().map(|report| report.values[metric]).sum::<f64>() / reports.len() as f64
}
