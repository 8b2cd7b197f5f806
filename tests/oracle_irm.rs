//! The closed forms of the independent reference model against tables computed independently (King 1971, Gelenbe
//! 1973, Aho, Denning and Ullman 1971, Che's approximation, Fagin's working sets), n = 10 pages.

use knee::analysis::irm;

/// One reference model with ten pages and what is known about it.
struct Oracle {
    name: &'static str,
    probabilities: Vec<f64>,
    /// For 1 to 9 frames: A0, LRU, FIFO = RANDOM, Che's LRU, Che's FIFO.
    fault_ratios: [[f64; 5]; 9],
    /// Window T, working-set size s(T), fault ratio m(T).
    working_sets: [(u64, f64, f64); 6],
}

fn normalised(weight: impl Fn(i32) -> f64) -> Vec<f64> {
    let weights: Vec<f64> = (0..10).map(weight).collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|w| w / total).collect()
}

fn zipf(exponent: f64) -> Vec<f64> {
    normalised(|i| f64::from(i + 1).powf(-exponent))
}

fn oracles() -> Vec<Oracle> {
    vec![
        Oracle {
            name: "Zipf(1)",
            probabilities: zipf(1.0),
            fault_ratios: [
                [0.819350, 0.819350, 0.819350, 0.827203, 0.833608],
                [0.561277, 0.663100, 0.675375, 0.671423, 0.692215],
                [0.416252, 0.529336, 0.554896, 0.534276, 0.570480],
                [0.315280, 0.415495, 0.450663, 0.416418, 0.463863],
                [0.237780, 0.318636, 0.358291, 0.316927, 0.368905],
                [0.174870, 0.235774, 0.274933, 0.233199, 0.283064],
                [0.121914, 0.164214, 0.198643, 0.161785, 0.204476],
                [0.076184, 0.101822, 0.128031, 0.099774, 0.131758],
                [0.035939, 0.047204, 0.062076, 0.045668, 0.063867],
            ],
            working_sets: [
                (1, 1.000000, 0.819350),
                (2, 1.819350, 0.686359),
                (5, 3.601390, 0.448757),
                (10, 5.433856, 0.272876),
                (20, 7.419629, 0.133162),
                (50, 9.387719, 0.026621),
            ],
        },
        Oracle {
            name: "Zipf(0.8)",
            probabilities: zipf(0.8),
            fault_ratios: [
                [0.852137, 0.852137, 0.852137, 0.856312, 0.859813],
                [0.623348, 0.716267, 0.723239, 0.721513, 0.733328],
                [0.480983, 0.592163, 0.608018, 0.596373, 0.618176],
                [0.374802, 0.479398, 0.503124, 0.481521, 0.512317],
                [0.289001, 0.377345, 0.406302, 0.377305, 0.414091],
                [0.216438, 0.285214, 0.315962, 0.283630, 0.322185],
                [0.153239, 0.202115, 0.230943, 0.199870, 0.235562],
                [0.097050, 0.127180, 0.150370, 0.124996, 0.153405],
                [0.046328, 0.059772, 0.073567, 0.058091, 0.075060],
            ],
            working_sets: [
                (1, 1.000000, 0.852137),
                (2, 1.852137, 0.734218),
                (5, 3.786652, 0.496939),
                (10, 5.807880, 0.295701),
                (20, 7.886605, 0.131600),
                (50, 9.641393, 0.019364),
            ],
        },
        Oracle {
            name: "uniform",
            probabilities: normalised(|_| 1.0),
            fault_ratios: [
                [0.900000, 0.900000, 0.900000, 0.900000, 0.900000],
                [0.800000, 0.800000, 0.800000, 0.800000, 0.800000],
                [0.700000, 0.700000, 0.700000, 0.700000, 0.700000],
                [0.600000, 0.600000, 0.600000, 0.600000, 0.600000],
                [0.500000, 0.500000, 0.500000, 0.500000, 0.500000],
                [0.400000, 0.400000, 0.400000, 0.400000, 0.400000],
                [0.300000, 0.300000, 0.300000, 0.300000, 0.300000],
                [0.200000, 0.200000, 0.200000, 0.200000, 0.200000],
                [0.100000, 0.100000, 0.100000, 0.100000, 0.100000],
            ],
            working_sets: [
                (1, 1.000000, 0.900000),
                (2, 1.900000, 0.810000),
                (5, 4.095100, 0.590490),
                (10, 6.513216, 0.348678),
                (20, 8.784233, 0.121577),
                (50, 9.948462, 0.005154),
            ],
        },
        Oracle {
            name: "geometric, ratio 0.7",
            probabilities: normalised(|i| 0.7f64.powi(i)),
            fault_ratios: [
                [0.813270, 0.813270, 0.813270, 0.818578, 0.823265],
                [0.559029, 0.641693, 0.650925, 0.649378, 0.666592],
                [0.381061, 0.488271, 0.511491, 0.495313, 0.529570],
                [0.256483, 0.356005, 0.393081, 0.359956, 0.411210],
                [0.169279, 0.247062, 0.293530, 0.247068, 0.310082],
                [0.108236, 0.161788, 0.210539, 0.159119, 0.224472],
                [0.065505, 0.098228, 0.141806, 0.095076, 0.152514],
                [0.035594, 0.052700, 0.085124, 0.050310, 0.092315],
                [0.014656, 0.021076, 0.038460, 0.019681, 0.042045],
            ],
            working_sets: [
                (1, 1.000000, 0.813270),
                (2, 1.813270, 0.671324),
                (5, 3.524140, 0.410523),
                (10, 5.135590, 0.225914),
                (20, 6.737530, 0.107235),
                (50, 8.530173, 0.032261),
            ],
        },
    ]
}

/// The tables have six decimals.
fn assert_printed(found: f64, printed: f64, what: &str) {
    assert!((found - printed).abs() < 0.51e-6, "{what}: {found} is not {printed}");
}

#[test]
fn fault_ratios_are_those_of_the_tables() {
    for oracle in oracles() {
        let p = &oracle.probabilities;
        for (row, frames) in oracle.fault_ratios.iter().zip(1..) {
            let name = oracle.name;
            assert_printed(irm::a0(p, frames), row[0], &format!("{name}, A0, {frames} frames"));
            let lru = irm::king_lru(p, frames).expect("ten pages are few enough");
            assert_printed(lru, row[1], &format!("{name}, LRU, {frames} frames"));
            assert_printed(irm::fifo(p, frames), row[2], &format!("{name}, FIFO, {frames} frames"));
            assert_printed(irm::che_lru(p, frames), row[3], &format!("{name}, Che's LRU, {frames} frames"));
            assert_printed(irm::che_fifo(p, frames), row[4], &format!("{name}, Che's FIFO, {frames} frames"));
        }
    }
}

#[test]
fn working_sets_are_those_of_the_tables() {
    for oracle in oracles() {
        for (window, size, faults) in oracle.working_sets {
            let what = format!("{}, window {window}", oracle.name);
            assert_printed(irm::working_set_size(&oracle.probabilities, window), size, &what);
            assert_printed(irm::working_set_faults(&oracle.probabilities, window), faults, &what);
        }
    }
}

/// Random micromodel inside one phase of 30 pages: s(T) = l (1 − (1 − 1/l)^T), fault ratio (1 − 1/l)^T.
#[test]
fn working_sets_within_one_phase() {
    let phase = vec![1.0 / 30.0; 30];
    for (window, size) in [(10, 8.625858), (50, 24.492450), (100, 28.988897), (200, 29.965922)] {
        assert_printed(irm::working_set_size(&phase, window), size, &format!("window {window}"));
        assert_printed(irm::working_set_faults(&phase, window), 1.0 - size / 30.0, &format!("window {window}"));
    }
}

#[test]
fn opt_with_one_frame_too_few() {
    assert!((irm::opt_uniform_one_frame_short(10) - 0.03534857623790153).abs() < 1e-15);
}
