//! Real time that a request costs, submit to completion, at a steady queue depth. Bounds: below 1 us for a disk with
//! SPTF at 32 requests waiting, below 300 ns for flash.
//!
//! A time is that of a thousand requests: microseconds read as nanoseconds a request.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use knee::device::disk::{DiskSpec, SCHEDULERS, presets};
use knee::device::exercise::{Arrivals, Exercise, Pattern};
use knee::device::flash::{FlashSpec, FtlSpec};
use knee::device::{self, Device, DeviceSpec, Operation, Origin, Request};
use knee::rng::{Stream, Streams};
use knee::units::Instant;

const PAGE: u64 = 4096;
const BATCH: u64 = 1_000;

/// A device that always has `depth` requests, for pages drawn beforehand.
struct Steady {
    device: Box<dyn Device>,
    requests: Vec<Request>,
    next: usize,
}

impl Steady {
    fn new(spec: &DeviceSpec, depth: u64, write_fraction: f64) -> Steady {
        let streams = Streams::new(5);
        let mut load: Stream = streams.named("load");
        let mut device = device::build(spec, PAGE, streams.named("device"));
        let range = spec.capacity(PAGE).unwrap_or(1 << 20);
        let mut draw = |tag| {
            let operation = if load.chance(write_fraction) { Operation::Write } else { Operation::Read };
            Request { tag, operation, position: load.below(range), pages: 1 }
        };
        let requests: Vec<Request> = (0..1 << 20).map(&mut draw).collect();
        for request in &requests[..depth as usize] {
            device.submit(Instant::ZERO, *request);
        }
        Steady { device, requests, next: 0 }
    }

    fn run(&mut self, count: u64) {
        let mut done = 0;
        while done < count {
            let now = self.device.next_completion();
            if self.device.complete(now).origin == Origin::Caller {
                done += 1;
                self.next = (self.next + 1) % self.requests.len();
                self.device.submit(now, self.requests[self.next]);
            }
        }
    }
}

fn request(c: &mut Criterion) {
    let mut group = c.benchmark_group("request");
    group.throughput(Throughput::Elements(BATCH));
    let mut case = |name: &str, spec: &DeviceSpec, depth: u64, write_fraction: f64| {
        let mut steady = Steady::new(spec, depth, write_fraction);
        // Long enough for garbage collection to have set in.
        steady.run(1 << 20);
        group.bench_function(BenchmarkId::new(name, depth), |b| b.iter(|| steady.run(BATCH)));
    };
    for entry in SCHEDULERS {
        let spec = DeviceSpec::Disk(DiskSpec { scheduler: entry.spec, ..presets::hp97560() });
        case(&format!("hp97560 {}", entry.name), &spec, 32, 0.3);
    }
    let preset = |name: &str| (device::preset(name).expect("a preset").spec)();
    for name in ["drum-2301", "sata-ssd", "nvme-p3700", "nvme-p4800x", "cloud-volume", "zswap", "rdma"] {
        case(name, &preset(name), 32, 0.0);
        case(&format!("{name}, 30 % writes"), &preset(name), 32, 0.3);
    }
    let DeviceSpec::Flash(drive) = preset("nvme-p3700") else { unreachable!("the preset is a flash device") };
    let ftl = drive.ftl.clone().map(|ftl| FtlSpec { filled: true, ..ftl });
    let full = DeviceSpec::Flash(FlashSpec { capacity: 1 << 18, ftl, ..drive });
    case("nvme-p3700 full, 30 % writes", &full, 32, 0.3);
    case("nvme-p3700 full, writes only", &full, 32, 1.0);
    group.finish();
}

fn build(c: &mut Criterion) {
    let mut group = c.benchmark_group("build");
    for name in ["hp97560", "nvme-p3700", "zswap"] {
        let spec = (device::preset(name).expect("a preset").spec)();
        group.bench_function(name, |b| {
            b.iter(|| {
                let streams = Streams::new(5);
                let mut device = device::build(&spec, PAGE, streams.named("device"));
                let mut load = streams.named("load");
                let one = Arrivals::Closed { depth: 1 };
                Exercise::new(&mut *device, Instant::ZERO).run(one, &Pattern::random_reads(1_000), 0, 1, &mut load)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, request, build);
criterion_main!(benches);
