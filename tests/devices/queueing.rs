//! Queues against their closed forms.

use super::{assert_within, reads};
use knee::device::exercise::Arrivals;
use knee::device::{DeviceSpec, QueueingSpec};
use knee::rng::Distribution;

/// Mean response of M/M/k in multiples of the service time, by Erlang's C formula.
fn mmk_response(servers: u32, utilisation: f64) -> f64 {
    let offered = utilisation * f64::from(servers);
    let mut erlang_b = 1.0;
    for k in 1..=servers {
        erlang_b = offered * erlang_b / (f64::from(k) + offered * erlang_b);
    }
    let erlang_c = erlang_b / (1.0 - utilisation * (1.0 - erlang_b));
    1.0 + erlang_c / (f64::from(servers) * (1.0 - utilisation))
}

/// Kleinrock, *Queueing Systems* I, 1975: M/M/1, M/D/1, M/H2/1 (through Pollaczek and Khinchin) and M/M/k; service time
/// 10 ms.
#[test]
fn queues_have_the_response_of_their_closed_forms() {
    let service = 1e7;
    let exponential = Distribution::Exponential { mean: service };
    let gamma = Distribution::Gamma { mean: service, cv: 2.0 };
    let cases = [
        ("M/M/1", exponential.clone(), 1, 0.5, 20.0),
        ("M/M/1", exponential.clone(), 1, 0.7, 33.3333),
        ("M/D/1", Distribution::Constant(service), 1, 0.5, 15.0),
        ("M/D/1", Distribution::Constant(service), 1, 0.7, 21.6667),
        ("M/G/1, squared cv 4", gamma, 1, 0.5, 35.0),
        ("M/M/3", exponential.clone(), 3, 0.7, 10.0 * mmk_response(3, 0.7)),
        ("M/M/8", exponential, 8, 0.8, 10.0 * mmk_response(8, 0.8)),
    ];
    for (name, distribution, parallelism, utilisation, expected_ms) in cases {
        let spec = DeviceSpec::Queueing(QueueingSpec { read: distribution.clone(), write: distribution, parallelism });
        let per_second = utilisation * f64::from(parallelism) * 100.0;
        let measured = reads(&spec, Arrivals::Open { per_second }, 1_000_000);
        assert_within(name, measured.mean() * 1e3, expected_ms, 0.02);
        let busy = measured.busy_servers() / f64::from(parallelism);
        assert_within(&format!("{name}: utilisation"), busy, utilisation, 0.01);
        assert_within(
            &format!("{name}: Little"),
            measured.mean_inside(),
            measured.throughput() * measured.mean(),
            0.01,
        );
    }
}
