//! The paging drum against the formulas of the classics.

use super::{assert_within, reads};
use knee::device::drum::{DrumOrder, DrumSpec};
use knee::device::exercise::Arrivals;
use knee::device::{Component, DeviceSpec};
use knee::units::Span;

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
