//! Several swap areas.

use super::{build, preset, reads};
use knee::device::exercise::{Arrivals, Exercise};
use knee::device::{self, Detail, DeviceSpec, Operation, Origin, QueueingSpec, Request};
use knee::rng::Distribution;
use knee::units::{Instant, Span};

pub fn areas(areas: Vec<(i32, u64, DeviceSpec)>) -> DeviceSpec {
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
    assert_eq!(
        (inside[0].account.accepted, inside[1].account.accepted),
        (0, 1_000),
        "the first slots are on the fast area"
    );
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
