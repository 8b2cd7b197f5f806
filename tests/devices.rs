//! Devices against closed forms and published measurements.
//!
//! Numbers are restated here with their source, so that the tests run anywhere.

use knee::device::disk::{DiskSpec, SCHEDULERS, SchedulerEntry, SchedulerSpec, WriteCacheSpec};
use knee::device::drum::{DrumOrder, DrumSpec};
use knee::device::exercise::{Arrivals, Exercise, Measured, Pattern};
use knee::device::flash::{FlashSpec, FtlSpec};
use knee::device::throttle::{Limit, ThrottleSpec, Unit};
use knee::device::tier::CompressedSpec;
use knee::device::{
    self, Completion, Component, Detail, Device, DeviceSpec, DeviceStats, Operation, Origin, QueueingSpec, Request,
    disk, flash, tier,
};
use knee::rng::{Distribution, Stream, Streams};
use knee::units::{Instant, Span};
use std::collections::BTreeMap;

const PAGE: u64 = 4096;

fn stream(name: &str) -> Stream {
    Streams::new(20_240_607).named(name)
}

fn build(spec: &DeviceSpec) -> Box<dyn Device> {
    device::build(spec, PAGE, stream("device"))
}

fn preset(name: &str) -> DeviceSpec {
    (device::preset(name).unwrap_or_else(|| panic!("{name} is a preset")).spec)()
}

/// Random single-page requests over the whole device.
fn exercise(spec: &DeviceSpec, arrivals: Arrivals, write_fraction: f64, requests: u64) -> (Measured, DeviceStats) {
    let mut device = build(spec);
    let range = spec.capacity(PAGE).unwrap_or(1 << 20);
    let pattern = Pattern { write_fraction, ..Pattern::random_reads(range) };
    let mut load = Exercise::new(&mut *device, Instant::ZERO);
    let measured = load.run(arrivals, &pattern, requests / 10, requests, &mut stream("load"));
    let stats = device.stats();
    stats.check().unwrap();
    (measured, stats)
}

fn reads(spec: &DeviceSpec, arrivals: Arrivals, requests: u64) -> Measured {
    exercise(spec, arrivals, 0.0, requests).0
}

fn assert_within(what: &str, measured: f64, expected: f64, tolerance: f64) {
    let error = measured / expected - 1.0;
    assert!(error.abs() <= tolerance, "{what}: {measured} is not {expected} within {tolerance} (off by {error:+.4})");
}

// ---------------------------------------------------------------------------------------------- queueing theory

/// Mean response of M/M/k in multiples of the service time, by Erlang's C formula.
fn mmk_response(servers: u32, utilisation: f64) -> f64 {
    let offered = utilisation * f64::from(servers);
    let mut erlang_b = 1.0;
    for k in 1..=servers {
        erlang_b = offered * erlang_b / (f64::from(k) + offered * erlang_b);
    }
    let erlang_c = erlang_b / (1.0 - utilisation * (1.0 - erlang_b));
    1.0 + erlang_c / (f64::from(servers) * (1.0 - utilisation))
}

/// Kleinrock, *Queueing Systems* I, 1975: M/M/1, M/D/1, M/H2/1 (through Pollaczek and Khinchin) and M/M/k; service time 10 ms.
#[test]
fn queues_have_the_response_of_their_closed_forms() {
    let service = 1e7;
    let exponential = Distribution::Exponential { mean: service };
    let gamma = Distribution::Gamma { mean: service, cv: 2.0 };
    let cases = [
        ("M/M/1", exponential.clone(), 1, 0.5, 20.0),
        ("M/M/1", exponential.clone(), 1, 0.7, 33.3333),
        ("M/D/1", Distribution::Constant(service), 1, 0.5, 15.0),
        ("M/D/1", Distribution::Constant(service), 1, 0.7, 21.6667),
        ("M/G/1, squared cv 4", gamma, 1, 0.5, 35.0),
        ("M/M/3", exponential.clone(), 3, 0.7, 10.0 * mmk_response(3, 0.7)),
        ("M/M/8", exponential, 8, 0.8, 10.0 * mmk_response(8, 0.8)),
    ];
    for (name, distribution, parallelism, utilisation, expected_ms) in cases {
        let spec = DeviceSpec::Queueing(QueueingSpec { read: distribution.clone(), write: distribution, parallelism });
        let per_second = utilisation * f64::from(parallelism) * 100.0;
        let measured = reads(&spec, Arrivals::Open { per_second }, 1_000_000);
        assert_within(name, measured.mean() * 1e3, expected_ms, 0.02);
        let busy = measured.busy_servers() / f64::from(parallelism);
        assert_within(&format!("{name}: utilisation"), busy, utilisation, 0.01);
        assert_within(
            &format!("{name}: Little"),
            measured.mean_inside(),
            measured.throughput() * measured.mean(),
            0.01,
        );
    }
}

// ------------------------------------------------------------------------------------------------ magnetic disk

/// The HP 97560 as the closed forms have it: without its buffer.
fn bare_hp97560(scheduler: SchedulerSpec) -> DeviceSpec {
    DeviceSpec::Disk(DiskSpec { read_cache: None, scheduler, ..disk::presets::hp97560() })
}

/// Overhead 2.2 ms + mean seek over uniform pairs of cylinders 12.832 ms + half a revolution 7.496 ms + 8 sectors 1.666 ms.
const HP97560_RANDOM_READ_MS: f64 = 24.193_921_6;

#[test]
fn a_random_read_of_the_hp97560_takes_24_ms() {
    let measured = reads(&bare_hp97560(SchedulerSpec::Fcfs), Arrivals::Closed { depth: 1 }, 100_000);
    assert_within("mean", measured.mean() * 1e3, HP97560_RANDOM_READ_MS, 0.01);
    let part = |component| measured.anatomy.get(component).0 as f64 / measured.requests as f64 / 1e6;
    assert_within("seek", part(Component::Seek), 12.8318, 0.01);
    assert_within("half a revolution", part(Component::Rotation), 7.496_251_9, 0.01);
    assert_within("8 sectors", part(Component::Transfer), 1.665_833_7, 1e-6);
    assert_within("overhead", part(Component::Controller), 2.2, 1e-9);
    let with_buffer = reads(&preset("hp97560"), Arrivals::Closed { depth: 1 }, 50_000);
    assert_within("mean, with the buffer", with_buffer.mean() * 1e3, HP97560_RANDOM_READ_MS, 0.01);
}

/// Pollaczek and Khinchin with squared coefficient of variation 0.0626 of the service time.
#[test]
fn the_hp97560_under_poisson_arrivals_is_an_mg1_queue() {
    for (utilisation, per_second, expected_ms) in [(0.3, 12.405, 29.690), (0.5, 20.675, 37.033), (0.7, 28.945, 54.165)]
    {
        let measured = reads(&bare_hp97560(SchedulerSpec::Fcfs), Arrivals::Open { per_second }, 400_000);
        assert_within(&format!("response at {utilisation}"), measured.mean() * 1e3, expected_ms, 0.03);
        assert_within("utilisation", measured.busy_servers(), utilisation, 0.02);
    }
}

/// Data sheets: 8.5 ms seek + 4.17 ms rotation = about 12.7 ms, 79 reads per second; 3.3 + 2.0 ms for 15,000 rpm.
#[test]
fn modern_disks_have_the_random_reads_of_their_data_sheets() {
    let sata = reads(&preset("sata-7200"), Arrivals::Closed { depth: 1 }, 50_000);
    assert_within("7200 rpm, ms", sata.mean() * 1e3, 12.7, 0.01);
    assert_within("7200 rpm, per second", sata.throughput(), 79.0, 0.01);
    let sas = reads(&preset("sas-15k"), Arrivals::Closed { depth: 1 }, 50_000);
    assert_within("15,000 rpm, ms", sas.mean() * 1e3, 5.38, 0.01);
}

fn entry(name: &str) -> &'static SchedulerEntry {
    SCHEDULERS.iter().find(|entry| entry.name == name).unwrap_or_else(|| panic!("{name} is a scheduler"))
}

/// Denning 1967; Teorey and Pinkerton 1972; Worthington, Ganger and Patt 1994: under load every scheduler that knows the
/// arm beats FCFS, SSTF is a little ahead of the elevators, and knowing the rotation beats all.
#[test]
fn schedulers_come_in_the_known_order_under_load() {
    let names = ["sptf", "sstf", "scan", "c-look", "deadline", "fcfs"];
    let responses = |arrivals| names.map(|name| reads(&bare_hp97560(entry(name).spec), arrivals, 60_000).mean() * 1e3);
    for arrivals in [Arrivals::Open { per_second: 38.0 }, Arrivals::Closed { depth: 4 }] {
        let in_order = responses(arrivals);
        assert!(in_order.is_sorted(), "{arrivals:?}: {names:?} respond in {in_order:?} ms");
    }
    // With many waiting, all that look at the cylinder alone travel equally little.
    let arrivals = Arrivals::Closed { depth: 64 };
    let [sptf, sstf, scan, clook, deadline, fcfs] = responses(arrivals);
    assert_within("SCAN and SSTF", scan, sstf, 0.01);
    assert!(
        sptf < 0.8 * sstf && clook < 0.7 * fcfs && deadline < 0.75 * fcfs,
        "{sptf} {sstf} {clook} {deadline} {fcfs}"
    );
}

/// A request at the far edge, while others keep coming at the near one.
#[test]
fn no_scheduler_starves_a_request_but_those_that_are_known_to() {
    for entry in SCHEDULERS {
        for operation in [Operation::Read, Operation::Write] {
            let spec = bare_hp97560(entry.spec);
            let mut device = build(&spec);
            let mut stream = stream("near");
            let mut near = |tag| Request { tag, operation: Operation::Read, position: stream.below(400), pages: 1 };
            for tag in 1..=24 {
                device.submit(Instant::ZERO, near(tag));
            }
            let far = Request { tag: 0, operation, position: spec.capacity(PAGE).unwrap() - 1, pages: 1 };
            device.submit(Instant::ZERO, far);
            let mut served = false;
            for tag in 25..20_000 {
                let now = device.next_completion();
                if device.complete(now).request.tag == 0 {
                    served = true;
                    break;
                }
                device.submit(now, near(tag));
            }
            assert_eq!(served, !entry.may_starve, "{}: a far {operation:?} was served: {served}", entry.name);
        }
    }
}

/// The same where every other request is for one and the same page.
#[test]
fn no_stream_for_one_page_holds_an_elevator() {
    for name in ["fcfs", "scan", "c-look", "deadline"] {
        let mut device = build(&bare_hp97560(entry(name).spec));
        let same = |tag| Request { tag, operation: Operation::Read, position: 1000, pages: 1 };
        for tag in 1..=8 {
            device.submit(Instant::ZERO, same(tag));
        }
        device.submit(Instant::ZERO, Request { position: 999, ..same(0) });
        let served = (9..200).any(|tag| {
            let now = device.next_completion();
            let done = device.complete(now).request.tag == 0;
            device.submit(now, same(tag));
            done
        });
        assert!(served, "{name}");
    }
}

/// Time to read `count` single pages one after the other, with `think` between them.
fn sequential_read(spec: &DeviceSpec, count: u64, think: Span) -> (Span, DeviceStats) {
    let mut device = build(spec);
    let mut now = Instant::ZERO;
    for position in 0..count {
        device.submit(now, Request { tag: position, operation: Operation::Read, position, pages: 1 });
        let done = device.next_completion();
        device.complete(done);
        now = done + think;
    }
    device.stats().check().unwrap();
    (now - Instant::ZERO, device.stats())
}

#[test]
fn read_ahead_saves_the_missed_revolutions_of_a_sequential_read() {
    let revolution = disk::presets::hp97560().revolution;
    let (bare, _) = sequential_read(&bare_hp97560(SchedulerSpec::Fcfs), 900, Span::ZERO);
    // Each overhead lets the next sector pass by: a page takes a whole revolution and its own 8 of 72 sectors. 900 pages are
    // 100 tracks; the skew of 95 of them is 8 sectors, of the 4 that begin a cylinder 18.
    let revolutions = 900.0 * 80.0 / 72.0 + (95.0 * 8.0 + 4.0 * 18.0) / 72.0;
    assert_within("without read-ahead", bare.as_secs_f64(), revolutions * revolution.as_secs_f64(), 0.001);
    let (ahead, stats) = sequential_read(&preset("hp97560"), 900, Span::ZERO);
    let Detail::Disk(counted) = stats.detail else { panic!("a disk has disk counters") };
    assert_eq!(counted.medium_reads, 1, "{counted:?}");
    // Overhead and bus are the bound now.
    assert_within("with read-ahead", ahead.as_secs_f64(), 900.0 * (0.0022 + 4096.0 / 10e6), 0.05);
}

#[test]
fn a_write_buffer_hides_the_medium_until_it_is_full() {
    let buffered = DeviceSpec::Disk(DiskSpec {
        write_cache: Some(WriteCacheSpec { pages: 64, run: 8 }),
        ..disk::presets::sata_7200()
    });
    let mut device = build(&buffered);
    let mut stream = stream("writes");
    let mut request = |tag| Request { tag, operation: Operation::Write, position: stream.below(1 << 20), pages: 1 };
    for tag in 0..400 {
        device.submit(Instant::ZERO, request(tag));
    }
    let mut served = Vec::new();
    let mut own = 0;
    while device.next_completion() < Instant::NEVER {
        let completion = device.complete(device.next_completion());
        match completion.origin {
            Origin::Caller => served.push(completion.served),
            _ => own += 1,
        }
    }
    assert!(served[..64].iter().all(|span| *span < Span(1_000_000)), "the buffer takes 64 pages at once");
    let later: u64 = served[100..].iter().map(|span| span.0).sum::<u64>() / 300;
    // In the order of the buffer an average write-out needs a short seek only.
    assert!((4_000_000..9_000_000).contains(&later), "a write into the full buffer takes {}", Span(later));
    assert!(own > 0, "what is left is written out when nobody waits");
    let stats = device.stats();
    stats.check().unwrap();
    let Detail::Disk(counted) = stats.detail else { panic!("a disk has disk counters") };
    assert_eq!(counted.pages_dirty, 0);
}

// ---------------------------------------------------------------------------------------------------------- drum

/// Share of the time that a drum transfers, with `depth` requests for random sectors always there.
fn drum_utilisation(sectors: u32, order: DrumOrder, depth: u32) -> f64 {
    let spec = DeviceSpec::Drum(DrumSpec {
        sectors,
        revolution: Span(u64::from(sectors) * 1_000_000),
        overhead: Span::ZERO,
        order,
        capacity: u64::from(sectors) * 1000,
    });
    let measured = reads(&spec, Arrivals::Closed { depth }, 200_000);
    measured.anatomy.get(Component::Transfer).0 as f64 / measured.elapsed.0 as f64
}

/// Denning 1967; Coffman 1969. Deviation of 2d/(2d + n - 1) from the simulation of reference: below 0.3 %.
#[test]
fn drums_have_the_utilisation_of_the_classics() {
    for n in [4, 8, 16, 32] {
        let fcfs = 2.0 / (f64::from(n) + 1.0);
        assert_within(&format!("FCFS, {n} sectors"), drum_utilisation(n, DrumOrder::Fcfs, 1), fcfs, 0.01);
        assert_within(&format!("FCFS, {n} sectors, 8 wait"), drum_utilisation(n, DrumOrder::Fcfs, 8), fcfs, 0.01);
        for d in [1, 2, 4, 8, 16] {
            let sltf = 2.0 * f64::from(d) / (2.0 * f64::from(d) + f64::from(n) - 1.0);
            let measured = drum_utilisation(n, DrumOrder::Sltf, d);
            assert_within(&format!("SLTF, {n} sectors, {d} wait"), measured, sltf, 0.01);
        }
    }
}

// --------------------------------------------------------------------------------------------------------- flash

/// AnandTech, "The Intel Optane SSD DC P4800X review", 2017: random 4 KiB reads; SATA: about 110 us, 95,000 per second.
#[test]
fn solid_state_drives_reproduce_their_measurements() {
    let published = [
        ("nvme-p4800x", 1, Some(8.9), None, Some(10.0)),
        ("nvme-p4800x", 16, Some(25.5), Some(584_800.0), None),
        ("nvme-p3700", 1, Some(77.9), None, Some(96.0)),
        ("nvme-p3700", 16, Some(93.9), Some(167_200.0), None),
        ("nvme-9100", 1, Some(107.7), None, Some(117.0)),
        ("nvme-9100", 16, Some(116.2), Some(135_700.0), None),
        ("sata-ssd", 1, Some(110.0), None, None),
        ("sata-ssd", 32, None, Some(95_000.0), None),
    ];
    for (name, depth, mean_us, per_second, p99_us) in published {
        let measured = reads(&preset(name), Arrivals::Closed { depth }, 100_000);
        let check = |what, measured, expected: Option<f64>| {
            if let Some(expected) = expected {
                assert_within(&format!("{name} at depth {depth}: {what}"), measured, expected, 0.10);
            }
        };
        check("mean, us", measured.mean() * 1e6, mean_us);
        check("reads per second", measured.throughput(), per_second);
        check("99th percentile, us", measured.quantile(0.99) * 1e6, p99_us);
    }
}

fn flash_of(spec: &DeviceSpec) -> FlashSpec {
    let DeviceSpec::Flash(flash) = spec else { panic!("a flash device") };
    flash.clone()
}

fn amplification(stats: &DeviceStats) -> f64 {
    let Detail::Flash(flash) = stats.detail else { panic!("a flash device has flash counters") };
    flash.write_amplification().unwrap()
}

/// A drive that is full from the start, or empty, with a small capacity so that garbage collection sets in soon.
fn small_drive(filled: bool) -> DeviceSpec {
    let base = flash_of(&preset("nvme-p3700"));
    let ftl = base.ftl.clone().map(|ftl| FtlSpec { filled, ..ftl });
    DeviceSpec::Flash(FlashSpec { capacity: 1 << 17, ftl, ..base })
}

#[test]
fn sustained_random_page_outs_bring_garbage_collection_and_slow_writes_down() {
    let closed = Arrivals::Closed { depth: 16 };
    let (fresh, fresh_stats) = exercise(&small_drive(false), closed, 1.0, 60_000);
    let (worn, worn_stats) = exercise(&small_drive(true), closed, 1.0, 600_000);
    assert_eq!(amplification(&fresh_stats), 1.0, "an empty drive has no garbage");
    assert!(amplification(&worn_stats) > 2.0, "write amplification {}", amplification(&worn_stats));
    let slowdown = fresh.throughput() / worn.throughput();
    assert!(slowdown > 2.0, "{} writes/s fresh, {} worn", fresh.throughput(), worn.throughput());
}

#[test]
fn reads_wait_behind_page_outs_and_less_so_where_programs_are_suspended() {
    let arrivals = Arrivals::Open { per_second: 20_000.0 };
    let read_latency = |spec: &DeviceSpec, write_fraction: f64| {
        let (_, stats) = exercise(spec, arrivals, write_fraction, 200_000);
        // Writes end in the buffer; what is left of the latency is the reads'.
        let Detail::Flash(_) = stats.detail else { panic!("a flash device has flash counters") };
        stats.caller.anatomy.get(Component::Contention).as_secs_f64() / stats.caller.reads as f64
    };
    let spec = small_drive(true);
    let suspending = DeviceSpec::Flash(FlashSpec { suspend: Some(Span(20_000)), ..flash_of(&spec) });
    let (alone, mixed, suspended) =
        (read_latency(&spec, 0.0), read_latency(&spec, 0.3), read_latency(&suspending, 0.3));
    assert!(mixed > 10.0 * alone, "contention per read: {alone} s alone, {mixed} s among writes");
    assert!(suspended < mixed / 3.0, "contention per read: {mixed} s, {suspended} s with suspension");
}

// ------------------------------------------------------------------------------------------------- token bucket

#[test]
fn a_cloud_volume_bursts_on_credit_and_then_runs_at_its_baseline() {
    let DeviceSpec::Throttle(volume) = preset("cloud-volume") else { panic!("a rate limit") };
    let credits = 60_000;
    let limits = volume.limits.iter().map(|limit| match limit.per_second {
        300 => Limit { burst: credits, initial: credits, ..*limit },
        _ => *limit,
    });
    let spec = DeviceSpec::Throttle(ThrottleSpec { limits: limits.collect(), ..volume.clone() });
    let mut device = build(&spec);
    let mut load = Exercise::new(&mut *device, Instant::ZERO);
    let closed = Arrivals::Closed { depth: 32 };
    let pattern = Pattern::random_reads(1 << 20);
    let bursting = load.run(closed, &pattern, 1_000, 30_000, &mut stream("load"));
    assert_within("burst, operations per second", bursting.throughput(), 3_000.0, 0.005);
    let spent = load.run(closed, &pattern, 40_000, 10_000, &mut stream("more"));
    assert_within("baseline, operations per second", spent.throughput(), 300.0, 0.005);
    device.stats().check().unwrap();
}

/// At the device, over every window: what the bucket lets pass is at most its burst and the rate times the window.
#[test]
fn no_window_sees_more_than_the_burst_and_the_rate() {
    let behind = DeviceSpec::Queueing(QueueingSpec {
        read: Distribution::Constant(0.0),
        write: Distribution::Constant(0.0),
        parallelism: 1000,
    });
    let (rate, burst) = (5_000_u64, 40_u64);
    let spec = DeviceSpec::Throttle(ThrottleSpec {
        limits: vec![Limit { unit: Unit::Operations, per_second: rate, burst, initial: burst }],
        operation_bytes: PAGE,
        behind: Box::new(behind),
    });
    let mut device = build(&spec);
    let mut stream = stream("bursts");
    let mut now = Instant::ZERO;
    let mut passed: Vec<Instant> = Vec::new();
    for _ in 0..300 {
        now = now + Span(stream.below(20_000_000));
        while device.next_completion() <= now {
            let at = device.next_completion();
            if device.complete(at).origin == Origin::Caller {
                passed.push(at);
            }
        }
        for tag in 0..stream.below(100) {
            device.submit(now, Request { tag, operation: Operation::Write, position: tag, pages: 1 });
        }
    }
    assert!(passed.len() > 5_000);
    for (first, start) in passed.iter().enumerate() {
        for (last, end) in passed.iter().enumerate().skip(first) {
            let count = (last - first + 1) as u64;
            let window = u128::from((*end - *start).0);
            let allowed = u128::from(burst) * 1_000_000_000 + window * u128::from(rate);
            assert!(u128::from(count) * 1_000_000_000 <= allowed, "{count} operations in {window} ns");
        }
    }
}

// --------------------------------------------------------------------------------------------------------- tiers

fn zswap(pool_frames: u64) -> DeviceSpec {
    DeviceSpec::Compressed(CompressedSpec { pool_frames: Some(pool_frames), ..tier::presets::zswap() })
}

#[test]
fn compressed_memory_serves_what_it_holds_and_takes_frames_for_it() {
    let mut device = build(&zswap(2_000));
    let write = |position| Request { tag: position, operation: Operation::Write, position, pages: 1 };
    let mut now = Instant::ZERO;
    for position in 0..3_000 {
        device.submit(now, write(position));
        while device.next_completion() < Instant::NEVER {
            now = device.next_completion();
            device.complete(now);
        }
    }
    let Detail::Tier(counted, _) = device.stats().detail else { panic!("a tier has tier counters") };
    assert_eq!(counted.refused_full, 0);
    assert!(counted.refused_size > 100, "some pages do not compress: {counted:?}");
    // 3:1, less the pages of one value.
    let frames = device.frames_held();
    let needed = counted.held_bytes as f64 / PAGE as f64 / 0.95;
    assert_eq!(frames, needed.ceil() as u64);
    assert!((800..1_200).contains(&frames), "{frames} frames for {} pages", counted.held);

    let (mut hit, mut missed) = (Vec::new(), Vec::new());
    for position in 0..3_000 {
        device.submit(now, Request { operation: Operation::Read, ..write(position) });
        now = device.next_completion();
        let completion = device.complete(now);
        let kind = if completion.cpu > Span::ZERO { &mut hit } else { &mut missed };
        kind.push(completion.residence());
    }
    assert_eq!(missed.len() as u64, counted.refused_size, "what was refused comes from the device");
    assert!(hit.iter().all(|span| *span == Span(6_000) || *span == Span(500)), "6 us, or a page of one value");
    let short = missed.iter().filter(|span| **span < Span(50_000)).count();
    assert!(
        short < 8,
        "{short} reads of the drive were shorter than sensing a page, more than its buffer can have served"
    );
    device.discard(now, 0, 3_000);
    assert_eq!(device.frames_held(), 0);
    device.stats().check().unwrap();
}

#[test]
fn a_full_tier_refuses_pages_and_writes_back_until_it_has_room_again() {
    let (_, stats) = exercise(&zswap(1_000), Arrivals::Closed { depth: 8 }, 0.5, 60_000);
    let Detail::Tier(counted, Some(behind)) = &stats.detail else { panic!("a tier has tier counters") };
    assert!(counted.peak_bytes <= 1_000 * PAGE, "{counted:?}");
    assert!(counted.written_back > 0 && counted.refused_full > 0, "{counted:?}");
    assert!(behind.caller.pages_written >= counted.written_back + counted.refused_full);
    assert!(stats.own.pages_written >= counted.written_back, "write-backs are the device's own requests");
    assert!(stats.own.cpu > Span::ZERO, "which cost CPU time to decompress");
}

#[test]
fn far_and_remote_memory_take_microseconds() {
    for (name, expected_us) in [("cxl", 1.9), ("rdma", 5.04)] {
        let spec = preset(name);
        let mut device = build(&spec);
        let pattern = Pattern { range: 50_000, pages: 1, write_fraction: 1.0 };
        let mut load = Exercise::new(&mut *device, Instant::ZERO);
        let one = Arrivals::Closed { depth: 1 };
        load.run(one, &pattern, 0, 600_000, &mut stream("fill"));
        let reads = Pattern { write_fraction: 0.0, ..pattern };
        let measured = load.run(one, &reads, 0, 20_000, &mut stream("read"));
        assert_within(name, measured.mean() * 1e6, expected_us, 0.02);
        assert_eq!(device.frames_held(), 0, "that memory is not the machine's");
    }
}

// --------------------------------------------------------------------------------------------- several devices

fn areas(areas: Vec<(i32, u64, DeviceSpec)>) -> DeviceSpec {
    let area = |(priority, pages, device)| device::areas::Area { priority, pages: Some(pages), device };
    DeviceSpec::Areas(device::areas::AreasSpec { stripe: 1, areas: areas.into_iter().map(area).collect() })
}

#[test]
fn equals_share_the_load_and_a_lower_priority_gets_what_is_left() {
    let disk = preset("sata-7200");
    let deep = Arrivals::Closed { depth: 64 };
    let one = reads(&areas(vec![(0, 1 << 20, disk.clone())]), deep, 10_000).throughput();
    let four = reads(&areas(vec![(0, 1 << 18, disk.clone()); 4]), deep, 10_000).throughput();
    assert!((3.4..4.2).contains(&(four / one)), "{one}/s on one disk, {four}/s on four");

    let spec = areas(vec![(-1, 1_000, disk), (7, 1_000, preset("nvme-p3700"))]);
    let mut device = build(&spec);
    for position in 0..1_000 {
        device.submit(Instant::ZERO, Request { tag: position, operation: Operation::Read, position, pages: 1 });
    }
    Exercise::new(&mut *device, Instant::ZERO).drain();
    let Detail::Areas(_, inside) = device.stats().detail else { panic!("areas have area counters") };
    assert_eq!((inside[0].accepted, inside[1].accepted), (0, 1_000), "the first slots are on the fast area");
}

#[test]
fn a_request_over_several_areas_is_done_when_its_last_part_is() {
    let constant = |nanos| {
        let time = Distribution::Constant(nanos);
        DeviceSpec::Queueing(QueueingSpec { read: time.clone(), write: time, parallelism: 1 })
    };
    let mut device = build(&areas(vec![(0, 100, constant(10.0)), (0, 100, constant(30.0))]));
    device.submit(Instant::ZERO, Request { tag: 9, operation: Operation::Read, position: 0, pages: 4 });
    let mut done = Vec::new();
    while device.next_completion() < Instant::NEVER {
        let completion = device.complete(device.next_completion());
        if completion.origin == Origin::Caller {
            done.push(completion);
        }
    }
    let [whole] = done[..] else { panic!("one request, one completion: {done:?}") };
    assert_eq!((whole.request.tag, whole.request.pages), (9, 4));
    assert_eq!((whole.waited, whole.served), (Span(30), Span(30)), "the second part on the slow area");
    assert_eq!(whole.busy, Span(10 + 10 + 30 + 30));
}

// ------------------------------------------------------------------------------------- laws that every device obeys

/// Presets, and compositions of them.
fn every_device() -> Vec<(String, DeviceSpec)> {
    let mut all: Vec<(String, DeviceSpec)> =
        device::PRESETS.iter().map(|preset| (preset.name.to_string(), (preset.spec)())).collect();
    for entry in SCHEDULERS {
        let scheduled = DiskSpec { scheduler: entry.spec, ..disk::presets::hp97560() };
        all.push((format!("hp97560, {}", entry.name), DeviceSpec::Disk(scheduled)));
    }
    let write_cache = Some(WriteCacheSpec { pages: 32, run: 4 });
    let buffered = DeviceSpec::Disk(DiskSpec { write_cache, ..disk::presets::sas_15k() });
    all.push(("disk with write buffer".to_string(), buffered.clone()));
    all.push(("small full drive".to_string(), small_drive(true)));
    let small_pool = CompressedSpec { behind: Some(Box::new(buffered)), ..tier::presets::zswap() };
    let small_pool = DeviceSpec::Compressed(CompressedSpec { pool_frames: Some(50), ..small_pool });
    all.push(("small pool before a disk".to_string(), small_pool.clone()));
    let mixed = areas(vec![(1, 300, small_pool), (1, 500, small_drive(true)), (0, 800, preset("hp97560"))]);
    all.push(("mixed areas".to_string(), mixed.clone()));
    let limit = Limit { unit: Unit::Bytes, per_second: 2_000_000, burst: 200_000, initial: 0 };
    let behind = Box::new(mixed);
    all.push((
        "throttled areas".to_string(),
        DeviceSpec::Throttle(ThrottleSpec { limits: vec![limit], operation_bytes: PAGE, behind }),
    ));
    all
}

/// Requests of up to 8 pages at random times, with discards between, until all are done. Asserts on the way that every request
/// is answered once, and at the end the laws of the trait.
fn work_out(name: &str, spec: &DeviceSpec, seed: u64) -> Vec<Completion> {
    let streams = Streams::new(seed);
    let mut device = device::build(spec, PAGE, streams.named("device"));
    let mut load = streams.named("load");
    let range = spec.capacity(PAGE).unwrap_or(1 << 16).min(1 << 16);
    let (mut now, mut arrival) = (Instant::ZERO, Instant::ZERO);
    let (mut inside, mut busy): (u128, u128) = (0, 0);
    let mut arrived: BTreeMap<u64, (Instant, Request)> = BTreeMap::new();
    let mut completions = Vec::new();
    let mut left = 3_000;
    loop {
        let due = device.next_completion();
        let next = due.min(if left > 0 { arrival } else { Instant::NEVER });
        if next == Instant::NEVER {
            break;
        }
        assert!(next >= now, "{name}: time runs backwards");
        assert_eq!(device.requests(), arrived.len(), "{name}");
        assert!(device.in_service() <= device.servers(), "{name}");
        inside += u128::from((next - now).0) * device.requests() as u128;
        busy += u128::from((next - now).0) * device.in_service() as u128;
        now = next;
        if due == now {
            let completion = device.complete(now);
            assert_eq!(completion.anatomy.total(), completion.residence(), "{name}: {completion:?}");
            assert!(completion.cpu <= completion.busy || completion.origin == Origin::Device, "{name}: {completion:?}");
            if completion.origin == Origin::Caller {
                let (since, request) = arrived.remove(&completion.request.tag).expect("answered once");
                assert_eq!(completion.request, request, "{name}");
                assert_eq!(completion.residence(), now - since, "{name}: {completion:?}");
            }
            completions.push(completion);
            continue;
        }
        left -= 1;
        let pages = (1 + load.below(8)).min(range) as u32;
        let position = load.below(range - u64::from(pages) + 1);
        if load.chance(0.05) {
            device.discard(now, position, pages);
        } else {
            let operation = if load.chance(0.5) { Operation::Write } else { Operation::Read };
            let request = Request { tag: left, operation, position, pages };
            arrived.insert(left, (now, request));
            device.submit(now, request);
        }
        // Bursts and pauses, from microseconds to tens of milliseconds.
        let scale = [1e3, 1e5, 3e7][load.below(3) as usize];
        arrival = now.saturating_add(Span::from_nanos_f64(load.exponential() * scale));
    }
    assert!(arrived.is_empty(), "{name}: not answered: {arrived:?}");
    assert_eq!((device.requests(), device.in_service()), (0, 0), "{name}");
    let callers = completions.iter().filter(|completion| completion.origin == Origin::Caller);
    let residence: u128 = callers.map(|completion| u128::from(completion.residence().0)).sum();
    assert_eq!(inside, residence, "{name}: Little's law");
    let used: u128 = completions.iter().map(|completion| u128::from(completion.busy.0)).sum();
    assert_eq!(busy, used, "{name}: utilisation law");
    device.stats().check().unwrap_or_else(|broken| panic!("{name}: {broken}"));
    completions
}

#[test]
fn every_device_obeys_the_laws_and_repeats_itself() {
    for (name, spec) in every_device() {
        let first = work_out(&name, &spec, 1);
        assert_eq!(first, work_out(&name, &spec, 1), "{name}: the same seed gives the same run");
        work_out(&name, &spec, 2);
    }
}

#[test]
fn counters_of_a_composition_are_named_by_their_place() {
    let (_, spec) = every_device().pop().unwrap();
    let (_, stats) = exercise(&spec, Arrivals::Closed { depth: 4 }, 0.5, 200);
    let names: Vec<String> = stats.counters().into_iter().map(|(name, _)| name).collect();
    for name in
        ["reads", "requests_passed", "behind.parts", "behind.area0.stored", "behind.area0.behind.pages_buffered"]
    {
        assert!(names.iter().any(|counter| counter == name), "{name} is not among {names:?}");
    }
    let flash = flash::FlashStats::default();
    assert_eq!(flash.write_amplification(), None);
}
