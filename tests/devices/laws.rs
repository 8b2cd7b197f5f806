//! Laws that every device obeys, alone and composed.

use super::areas::areas;
use super::flash::small_drive;
use super::{PAGE, exercise, preset};
use knee::device::disk::{DiskSpec, SCHEDULERS, WriteCacheSpec};
use knee::device::exercise::Arrivals;
use knee::device::throttle::{Limit, ThrottleSpec, Unit};
use knee::device::tier::CompressedSpec;
use knee::device::{self, Completion, DeviceSpec, Operation, Origin, Request, Site, disk, flash, tier};
use knee::rng::Streams;
use knee::units::{Instant, Span};
use std::collections::BTreeMap;

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

/// Requests of up to 8 pages at random times, with discards between, until all are done. Asserts on the way that every
/// request is answered once, and at the end the laws of the trait.
fn work_out(name: &str, spec: &DeviceSpec, seed: u64) -> Vec<Completion> {
    let site = Site { page_size: PAGE, frames: 1 << 20, pages: 1 };
    assert_eq!(spec.validate(&site), [], "{name}");
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
