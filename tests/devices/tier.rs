//! Compressed, far and remote memory.

use super::{PAGE, assert_within, build, exercise, preset, stream};
use knee::device::exercise::{Arrivals, Exercise, Pattern};
use knee::device::tier::{CompressedSpec, Overflow};
use knee::device::{Detail, DeviceSpec, Operation, Request, tier};
use knee::units::{Instant, Span};

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
    for accept in [0.9, 1.0] {
        refuses_and_writes_back(accept);
    }
}

fn refuses_and_writes_back(accept: f64) {
    let DeviceSpec::Compressed(base) = zswap(1_000) else { unreachable!("zswap is compressed memory") };
    let spec = DeviceSpec::Compressed(CompressedSpec { overflow: Overflow { accept, write_back: 8 }, ..base });
    let (_, stats) = exercise(&spec, Arrivals::Closed { depth: 8 }, 0.5, 60_000);
    let Detail::Tier(counted, Some(behind)) = &stats.detail else { panic!("a tier has tier counters") };
    assert!(counted.peak_bytes <= 1_000 * PAGE, "{counted:?}");
    assert!(counted.written_back > 0 && counted.refused_full > 0, "{counted:?}");
    assert!(behind.account.caller.pages_written >= counted.written_back + counted.refused_full);
    assert!(stats.account.own.pages_written >= counted.written_back, "write-backs are the device's own requests");
    assert!(stats.account.own.cpu > Span::ZERO, "which cost CPU time to decompress");
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
