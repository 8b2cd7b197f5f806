//! Rate limits: what passes in any window.

use super::{PAGE, assert_within, build, preset, stream};
use knee::device::exercise::{Arrivals, Exercise, Pattern};
use knee::device::throttle::{Limit, ThrottleSpec, Unit};
use knee::device::{DeviceSpec, Operation, Origin, QueueingSpec, Request};
use knee::rng::Distribution;
use knee::units::{Instant, Span};

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

/// At the device, over every window, for operations, for bytes and for both: what the buckets let pass is at most their burst and the
/// rate times the window.
#[test]
fn no_window_sees_more_than_the_burst_and_the_rate() {
    let operations = Limit { unit: Unit::Operations, per_second: 5_000, burst: 40, initial: 40 };
    let bytes = Limit { unit: Unit::Bytes, per_second: 30_000_000, burst: 200_000, initial: 0 };
    for limits in [vec![operations], vec![bytes], vec![operations, bytes]] {
        no_window_exceeds(&limits);
    }
}

fn no_window_exceeds(limits: &[Limit]) {
    let behind = DeviceSpec::Queueing(QueueingSpec {
        read: Distribution::Constant(0.0),
        write: Distribution::Constant(0.0),
        parallelism: 1000,
    });
    let spec =
        DeviceSpec::Throttle(ThrottleSpec { limits: limits.to_vec(), operation_bytes: PAGE, behind: Box::new(behind) });
    let mut device = build(&spec);
    let mut stream = stream("bursts");
    let mut now = Instant::ZERO;
    let mut passed: Vec<(Instant, u64)> = Vec::new();
    for _ in 0..300 {
        now = now + Span(stream.below(20_000_000));
        while device.next_completion() <= now {
            let at = device.next_completion();
            let completion = device.complete(at);
            if completion.origin == Origin::Caller {
                passed.push((at, u64::from(completion.request.pages)));
            }
        }
        for tag in 0..stream.below(100) {
            let pages = 1 + stream.below(4) as u32;
            device.submit(now, Request { tag, operation: Operation::Write, position: 4 * tag, pages });
        }
    }
    assert!(passed.len() > 3_000);
    for limit in limits {
        // A request costs an operation for each page here.
        let cost = if limit.unit == Unit::Bytes { PAGE } else { 1 };
        let mut delayed = false;
        for (first, (start, _)) in passed.iter().enumerate() {
            let mut tokens = 0;
            for (end, pages) in &passed[first..] {
                tokens += u128::from(pages * cost);
                let window = u128::from((*end - *start).0);
                let allowed = u128::from(limit.burst) * 1_000_000_000 + window * u128::from(limit.per_second);
                assert!(tokens * 1_000_000_000 <= allowed, "{limit:?}: {tokens} tokens in {window} ns");
                delayed |= limits.len() == 1 && tokens * 1_000_000_000 * 100 >= allowed * 99;
            }
        }
        assert!(delayed || limits.len() > 1, "{limit:?} lets as much pass as it may");
    }
}
