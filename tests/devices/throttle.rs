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
