//! What the tests of the machine share: small machines, built without a scenario file.
#![allow(dead_code)]

pub mod background;
pub mod regions;

use knee::device::{DeviceSpec, QueueingSpec};
use knee::load_control::ClassControl;
use knee::machine::{
    self, ClassConfig, Config, Engine, JobSource, Loading, MemoryBetweenJobs, Reclaim, Scope, VirtualMemory, Warmup,
};
use knee::metrics::RunReport;
use knee::policy;
use knee::rng::Distribution;
use knee::units::Span;
use knee::workload::{Backing, ComponentSpec, ProgramSpec, RecordedReference, RecordedSpec, SourceSpec};
use std::sync::atomic::AtomicBool;

pub const MS: f64 = 1e6;
pub const SECOND: Span = Span(1_000_000_000);

/// A device with these service times for reads and writes alike.
pub fn device(service: Distribution) -> DeviceSpec {
    DeviceSpec::Queueing(QueueingSpec { read: service.clone(), write: service, parallelism: 1 })
}

/// A program with one source over its whole address space, read only, its pages on the device at first.
pub fn program(pages: u32, reference_time: Span, source: SourceSpec) -> ProgramSpec {
    ProgramSpec {
        pages,
        backing: Backing::File,
        regions: Vec::new(),
        reference_time,
        components: vec![ComponentSpec { share: 1.0, write_fraction: 0.0, first_page: 0, pages, source }],
    }
}

/// A class of `count` processes that run without end.
pub fn class(name: &str, count: u32, program: ProgramSpec) -> ClassConfig {
    ClassConfig {
        name: name.to_owned(),
        count,
        program,
        job: None,
        jobs: JobSource::Closed { think: None },
        burst: None,
        memory: MemoryBetweenJobs::Keep,
        loading: Loading::Demand,
        stagger: Span::ZERO,
        control: ClassControl::default(),
    }
}

/// One CPU, global scope, a paging device with constant service, nothing else that takes time, nothing left out at the start.
pub fn machine(policy: &str, frames: u32, classes: Vec<ClassConfig>, duration: Span) -> Config {
    Config {
        page_size: 4096,
        frames,
        cpus: 1,
        quantum: None,
        context_switch: Span::ZERO,
        fault_time: Span::ZERO,
        engine: Engine::Auto,
        policy: policy::find(policy).expect("a policy of that name"),
        parameters: knee::policy::Parameters::default(),
        scope: Scope::Global,
        paging: device(Distribution::Constant(MS)),
        file: None,
        swap_pages: 1 << 20,
        reclaim: Reclaim::default(),
        objects: Vec::new(),
        virtual_memory: VirtualMemory::default(),
        classes,
        load_control: None,
        duration,
        warmup: Warmup::Fixed(Span::ZERO),
        observations: 200,
        livelock_after: duration,
        locality: None,
    }
}

/// Runs a machine that must not fail.
pub fn run(config: &Config, seed: u64) -> RunReport {
    match machine::run(config, seed, &AtomicBool::new(false)) {
        Ok(report) => report,
        Err(error) => panic!("{error}"),
    }
}

/// A whole number that a run reports per second.
pub fn count(report: &RunReport, per_second: &str) -> u64 {
    (report.values[per_second] * report.measured).round() as u64
}

/// A string of pages as a source that ends with it.
pub fn string(pages: &[u32]) -> SourceSpec {
    let reference = |&page| RecordedReference { page, write: false, gap: 1 };
    SourceSpec::Recorded(RecordedSpec { references: pages.iter().map(reference).collect(), offset: 0, looped: false })
}
