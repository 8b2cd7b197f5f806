//! Devices against closed forms and published measurements.
//!
//! Numbers are restated here with their source, so that the tests run anywhere.

mod areas;
mod disk;
mod drum;
mod flash;
mod laws;
mod queueing;
mod throttle;
mod tier;

use knee::device::exercise::{Arrivals, Exercise, Measured, Pattern};
use knee::device::{self, Device, DeviceSpec, DeviceStats, Site};
use knee::rng::{Stream, Streams};
use knee::units::Instant;

const PAGE: u64 = 4096;

fn stream(name: &str) -> Stream {
    Streams::new(20_240_607).named(name)
}

fn build(spec: &DeviceSpec) -> Box<dyn Device> {
    assert_eq!(spec.validate(&Site { page_size: PAGE, frames: 1 << 20, pages: 1 }), []);
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
