//! The paging drum against the formulas of the classics.

use super::{assert_within, reads};
use knee::device::drum::{DrumOrder, DrumSpec, ibm2301};
use knee::device::exercise::Arrivals;
use knee::device::{Component, DeviceSpec};
use knee::units::Span;

/// Share of the time that a drum transfers, with `depth` requests for random sectors always there.
fn drum_utilisation(sectors: u32, order: DrumOrder, depth: u32) -> f64 {
    let spec = DeviceSpec::Drum(DrumSpec {
        sectors,
        page_sectors: 1,
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

/// What CP-67 is remembered to have reached on an IBM 2301, before and after its requests were ordered.
#[test]
fn the_ibm2301_pages_as_cp67_did() {
    let per_second = |order| {
        let spec = DeviceSpec::Drum(DrumSpec { order, ..ibm2301() });
        reads(&spec, Arrivals::Closed { depth: 64 }, 50_000).throughput()
    };
    assert_within("in order of arrival, pages per second", per_second(DrumOrder::Fcfs), 80.0, 0.1);
    assert_within("ordered, pages per second", per_second(DrumOrder::Sltf), 270.0, 0.1);
}
