//! Solid-state drives against reviews, and what writes do to them.

use super::{assert_within, exercise, preset, reads};
use knee::device::exercise::Arrivals;
use knee::device::flash::{FlashSpec, FtlSpec};
use knee::device::{Component, Detail, DeviceSpec, DeviceStats};
use knee::units::Span;

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
pub fn small_drive(filled: bool) -> DeviceSpec {
    let base = flash_of(&preset("nvme-p3700"));
    let ftl = base.ftl.clone().map(|ftl| FtlSpec { filled, block_pages: 64, ..ftl });
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
        stats.account.caller.anatomy.get(Component::Contention).as_secs_f64() / stats.account.caller.reads as f64
    };
    let spec = small_drive(true);
    let suspending = DeviceSpec::Flash(FlashSpec { suspend: Some(Span(20_000)), ..flash_of(&spec) });
    let (alone, mixed, suspended) =
        (read_latency(&spec, 0.0), read_latency(&spec, 0.3), read_latency(&suspending, 0.3));
    assert!(mixed > 10.0 * alone, "contention per read: {alone} s alone, {mixed} s among writes");
    assert!(suspended < mixed / 3.0, "contention per read: {mixed} s, {suspended} s with suspension");
}
