//! Queueing formulas against tables computed independently: the central server with a lifetime function (exact
//! mean-value analysis), the machine repairman, and open queues.

use knee::analysis::queueing::{asymptotic_bounds, md1, mg1, mm1, mva, repairman};

/// Within half a unit of the last printed decimal.
fn assert_printed(found: f64, printed: f64, decimals: i32, what: &str) {
    let tolerance = 0.51 * 10f64.powi(-decimals);
    assert!((found - printed).abs() <= tolerance, "{what}: {found} is not {printed}");
}

/// CPU 1000 ms a job, file disk 250 ms a job, paging disk 5 ms a fault; 500 frames shared by N processes whose faults are
/// L(m) = 2B / (1 + (C/m)²) of CPU time apart (Chamberlin, Fuller and Liu 1973), B = 10 ms, C = 100 frames.
/// N, lifetime (ms), throughput (jobs/s), utilisation of CPU, paging disk and file disk, response (ms), queue at the CPU
/// and at the paging disk.
const CENTRAL_SERVER: [(u32, [f64; 8]); 14] = [
    (1, [19.23077, 0.662252, 0.662252, 0.172185, 0.165563, 1510.000, 0.66225, 0.17219]),
    (2, [17.24138, 0.875448, 0.875448, 0.253880, 0.218862, 2284.545, 1.44392, 0.30169]),
    (3, [14.70588, 0.946338, 0.946338, 0.321755, 0.236585, 3170.113, 2.26900, 0.43569]),
    (4, [12.19512, 0.970019, 0.970019, 0.397708, 0.242505, 4123.632, 3.07397, 0.61371]),
    (5, [10.00000, 0.976378, 0.976378, 0.488189, 0.244094, 5120.968, 3.80202, 0.87964]),
    (6, [8.19672, 0.973455, 0.973455, 0.593808, 0.243364, 6163.613, 4.37980, 1.30174]),
    (7, [6.75676, 0.960165, 0.960165, 0.710522, 0.240041, 7290.416, 4.68987, 1.99683]),
    (8, [5.61798, 0.928832, 0.928832, 0.826660, 0.232208, 8612.970, 4.56622, 3.13344]),
    (9, [4.71698, 0.868690, 0.868690, 0.920811, 0.217172, 10360.428, 3.90849, 4.81546]),
    (10, [4.00000, 0.779826, 0.779826, 0.974783, 0.194957, 12823.367, 2.92407, 6.83433]),
    (11, [3.42466, 0.681176, 0.681176, 0.994517, 0.170294, 16148.547, 2.03484, 8.76005]),
    (12, [2.95858, 0.591210, 0.591210, 0.999144, 0.147802, 20297.367, 1.43357, 10.39302]),
    (13, [2.57732, 0.515411, 0.515411, 0.999898, 0.128853, 25222.575, 1.06235, 11.78975]),
    (14, [2.26244, 0.452484, 0.452484, 0.999990, 0.113121, 30940.302, 0.82633, 13.04612]),
];

#[test]
fn central_server_with_a_lifetime_function() {
    let solve = |n: u32| {
        let frames = 500.0 / f64::from(n);
        let lifetime = 20.0 / (1.0 + (100.0 / frames).powi(2));
        let demands = [1000.0, 1000.0 / lifetime * 5.0, 250.0];
        // The demands depend on N, so each N has a network of its own.
        let solution = mva(&demands, 0.0, n).pop().expect("at least one customer");
        (lifetime, demands, solution)
    };
    for (n, [lifetime, throughput, cpu, paging, file, response, at_cpu, at_paging]) in CENTRAL_SERVER {
        let (found_lifetime, demands, found) = solve(n);
        let what = format!("N = {n}");
        assert_printed(found_lifetime, lifetime, 5, &what);
        assert_printed(found.throughput * 1000.0, throughput, 6, &what);
        assert_printed(found.utilisations[0], cpu, 6, &what);
        assert_printed(found.utilisations[1], paging, 6, &what);
        assert_printed(found.utilisations[2], file, 6, &what);
        assert_printed(found.response, response, 3, &what);
        assert_printed(found.queues[0], at_cpu, 5, &what);
        assert_printed(found.queues[1], at_paging, 5, &what);
        assert!(found.throughput <= asymptotic_bounds(&demands, 0.0, n).throughput_at_most);
    }
    let best = (1..=14).max_by(|&a, &b| solve(a).2.throughput.total_cmp(&solve(b).2.throughput));
    assert_eq!(best, Some(5));
}

/// Thinking 20 ms, service 10 ms: N, utilisation, throughput (1/ms), response (ms), queue.
const REPAIRMAN: [(u32, [f64; 4]); 10] = [
    (1, [0.333333, 0.033333, 10.000000, 0.333333]),
    (2, [0.600000, 0.060000, 13.333333, 0.800000]),
    (3, [0.789474, 0.078947, 18.000000, 1.421053]),
    (4, [0.904762, 0.090476, 24.210526, 2.190476]),
    (5, [0.963303, 0.096330, 31.904762, 3.073394]),
    (6, [0.987915, 0.098792, 40.733945, 4.024169]),
    (7, [0.996559, 0.099656, 50.241692, 5.006882]),
    (8, [0.999141, 0.099914, 60.068817, 6.001719]),
    (9, [0.999809, 0.099981, 70.017190, 7.000382]),
    (10, [0.999962, 0.099996, 80.003819, 8.000076]),
];

#[test]
fn machine_repairman() {
    let by_mva = mva(&[10.0], 20.0, 10);
    for ((n, [utilisation, throughput, response, queue]), by_mva) in REPAIRMAN.into_iter().zip(by_mva) {
        for found in [by_mva, repairman(20.0, 10.0, n)] {
            let what = format!("N = {n}");
            assert_eq!(found.population, n);
            assert_printed(found.utilisations[0], utilisation, 6, &what);
            assert_printed(found.throughput, throughput, 6, &what);
            assert_printed(found.response, response, 6, &what);
            assert_printed(found.queues[0], queue, 6, &what);
        }
    }
    assert!((repairman(20.0, 10.0, 10).utilisations[0] - 0.9999618098320587).abs() < 1e-15);
}

/// Service 10 ms: utilisation; response (ms) of M/M/1, M/D/1, M/G/1 with squared coefficient of variation 1/3 and 4;
/// number waiting in M/M/1 and M/D/1.
const OPEN: [(f64, [f64; 6]); 10] = [
    (0.1, [11.1111, 10.5556, 10.7407, 12.7778, 0.01111, 0.00556]),
    (0.2, [12.5000, 11.2500, 11.6667, 16.2500, 0.05000, 0.02500]),
    (0.3, [14.2857, 12.1429, 12.8571, 20.7143, 0.12857, 0.06429]),
    (0.4, [16.6667, 13.3333, 14.4444, 26.6667, 0.26667, 0.13333]),
    (0.5, [20.0000, 15.0000, 16.6667, 35.0000, 0.50000, 0.25000]),
    (0.6, [25.0000, 17.5000, 20.0000, 47.5000, 0.90000, 0.45000]),
    (0.7, [33.3333, 21.6667, 25.5556, 68.3333, 1.63333, 0.81667]),
    (0.8, [50.0000, 30.0000, 36.6667, 110.0000, 3.20000, 1.60000]),
    (0.9, [100.0000, 55.0000, 70.0000, 235.0000, 8.10000, 4.05000]),
    (0.95, [200.0000, 105.0000, 136.6667, 485.0000, 18.05000, 9.02500]),
];

#[test]
fn open_queues() {
    for (utilisation, [exponential, constant, third, hyper, waiting_mm1, waiting_md1]) in OPEN {
        let rate = utilisation / 10.0;
        let what = format!("utilisation {utilisation}");
        let mm1 = mm1(rate, 10.0).expect("stable");
        let md1 = md1(rate, 10.0).expect("stable");
        assert_printed(mm1.utilisation, utilisation, 9, &what);
        assert_printed(mm1.response, exponential, 4, &what);
        assert_printed(md1.response, constant, 4, &what);
        assert_printed(mg1(rate, 10.0, 1.0 / 3.0).expect("stable").response, third, 4, &what);
        assert_printed(mg1(rate, 10.0, 4.0).expect("stable").response, hyper, 4, &what);
        assert_printed(mm1.waiting_customers, waiting_mm1, 5, &what);
        assert_printed(md1.waiting_customers, waiting_md1, 5, &what);
        // Little's law.
        assert!((mm1.customers - rate * mm1.response).abs() < 1e-12);
    }
}
