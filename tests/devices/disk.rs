//! The magnetic disk against published curves, queueing theory and the literature on scheduling.

use super::{PAGE, assert_within, build, preset, reads, stream};
use knee::device::disk::{DiskSpec, SCHEDULERS, SchedulerEntry, SchedulerSpec, WriteCacheSpec};
use knee::device::exercise::Arrivals;
use knee::device::{Component, Detail, DeviceSpec, DeviceStats, Operation, Origin, Request, disk};
use knee::units::{Instant, Span};

/// The HP 97560 as the closed forms have it: without its buffer.
fn bare_hp97560(scheduler: SchedulerSpec) -> DeviceSpec {
    DeviceSpec::Disk(DiskSpec { read_cache: None, scheduler, ..disk::presets::hp97560() })
}

/// Overhead 2.2 ms + mean seek over uniform pairs of cylinders 12.832 ms + half a revolution 7.496 ms + 8 sectors 1.666
/// ms.
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

/// Denning 1967; Teorey and Pinkerton 1972; Worthington, Ganger and Patt 1994: under load every scheduler that knows
/// the arm beats FCFS, SSTF is a little ahead of the elevators, and knowing the rotation beats all.
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
    // Each overhead lets the next sector pass by: a page takes a whole revolution and its own 8 of 72 sectors. 900
    // pages are 100 tracks; the skew of 95 of them is 8 sectors, of the 4 that begin a cylinder 18.
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
