//! Queueing formulas to check a simulation against: exact mean-value analysis of closed networks, the machine
//! repairman, open queues, and the bounds that hold whatever the distributions are.
//!
//! Times may be in any unit as long as it is one unit: rates and throughputs are then per that unit.
//!
//! Sources: Reiser and Lavenberg (1980) for mean-value analysis; Denning and Buzen (1978) for the operational laws and
//! the asymptotic bounds; Kleinrock, *Queueing Systems* volume 1 (1975), for the open queues.

/// The steady state of a closed network with one number of customers.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// Customers in the network, those who think included.
    pub population: u32,
    /// Completed customers per unit of time.
    pub throughput: f64,
    /// Mean time from the end of thinking to completion.
    pub response: f64,
    /// Mean number of customers at each queueing station, the one in service included.
    pub queues: Vec<f64>,
    /// Share of the time that each queueing station is busy.
    pub utilisations: Vec<f64>,
}

/// Exact mean-value analysis of a closed network with one class: queueing stations with the given demands (time of
/// service that a customer needs there in all its visits, 0 or more) and one delay station where a customer thinks for
/// `think` on average. Returns the solutions for 1, 2, …, `population` customers.
///
/// Exact for product-form networks: exponential service if first come first served, any distribution if processors are
/// shared. Where the demands themselves depend on the population (a fault rate that depends on memory per process),
/// call it once for each population with the demands of that population and take the last solution.
pub fn mva(demands: &[f64], think: f64, population: u32) -> Vec<Solution> {
    let mut queues = vec![0.0; demands.len()];
    (1..=population)
        .map(|n| {
            // The arrival theorem: a customer who arrives sees the network as it is with one customer less.
            let residences: Vec<f64> =
                demands.iter().zip(&queues).map(|(demand, queue)| demand * (1.0 + queue)).collect();
            let response: f64 = residences.iter().sum();
            let throughput = f64::from(n) / (response + think);
            queues = residences.iter().map(|residence| throughput * residence).collect();
            let utilisations = demands.iter().map(|demand| throughput * demand).collect();
            Solution { population: n, throughput, response, queues: queues.clone(), utilisations }
        })
        .collect()
}

/// The machine repairman M/M/1//N in closed form: `population` machines that run for `think` on average (exponential)
/// and then wait for one repairman who needs `service` on average (exponential). `population` is at least 1, `service`
/// positive.
pub fn repairman(think: f64, service: f64, population: u32) -> Solution {
    // 1 / p0 = Σ_k N!/(N-k)! (S/Z)^k. With Z/S instead, from the other end, Z = 0 needs no special case:
    // the terms are (Z/S)^j / j! for j machines running, and p0 is the last of them.
    let ratio = think / service;
    let mut term = 1.0;
    let mut sum = 1.0;
    for running in 1..=population {
        term *= ratio / f64::from(running);
        sum += term;
    }
    // For large Z/S the terms grow before they fall; beyond the range of a float the repairman is idle for certain.
    let idle = if sum.is_finite() { term / sum } else { repairman_idle_by_recursion(ratio, population) };
    let utilisation = 1.0 - idle;
    let throughput = utilisation / service;
    let response = f64::from(population) / throughput - think;
    Solution { population, throughput, response, queues: vec![throughput * response], utilisations: vec![utilisation] }
}

/// The same probability as Erlang's loss formula, by its recursion, which cannot overflow.
fn repairman_idle_by_recursion(ratio: f64, population: u32) -> f64 {
    (1..=population).fold(1.0, |blocked, n| ratio * blocked / (f64::from(n) + ratio * blocked))
}

/// The steady state of an open queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Open {
    /// Mean share of the servers that are busy.
    pub utilisation: f64,
    /// Mean time from arrival to the beginning of service.
    pub waiting: f64,
    /// Mean time from arrival to the end of service.
    pub response: f64,
    /// Mean number waiting, those in service not included.
    pub waiting_customers: f64,
    /// Mean number in the system.
    pub customers: f64,
}

impl Open {
    fn new(rate: f64, service: f64, servers: u32, waiting: f64) -> Open {
        let response = waiting + service;
        Open {
            utilisation: rate * service / f64::from(servers),
            waiting,
            response,
            waiting_customers: rate * waiting,
            customers: rate * response,
        }
    }
}

/// M/M/1: Poisson arrivals at `rate`, exponential service of mean `service`. `None` where the queue grows without
/// bound (utilisation 1 or more).
pub fn mm1(rate: f64, service: f64) -> Option<Open> {
    mg1(rate, service, 1.0)
}

/// M/D/1: Poisson arrivals at `rate`, constant service. `None` where the queue grows without bound.
pub fn md1(rate: f64, service: f64) -> Option<Open> {
    mg1(rate, service, 0.0)
}

/// M/G/1 by the formula of Pollaczek and Khinchine: Poisson arrivals at `rate`, service of mean `service` with the squared
/// coefficient of variation `cv2` (variance / mean²). `None` where the queue grows without bound.
pub fn mg1(rate: f64, service: f64, cv2: f64) -> Option<Open> {
    let utilisation = rate * service;
    // Written so that NaN is refused as well.
    if !(0.0..1.0).contains(&utilisation) {
        return None;
    }
    let waiting = utilisation * service * (1.0 + cv2) / (2.0 * (1.0 - utilisation));
    Some(Open::new(rate, service, 1, waiting))
}

/// M/M/k: Poisson arrivals at `rate`, `servers` servers (at least 1) with exponential service of mean `service` each, one
/// queue. `None` where the queue grows without bound.
pub fn mmk(rate: f64, service: f64, servers: u32) -> Option<Open> {
    let offered = rate * service;
    let waits = erlang_c(servers, offered)?;
    let waiting = waits * service / (f64::from(servers) - offered);
    Some(Open::new(rate, service, servers, waiting))
}

/// Erlang's C formula: the probability that an arrival has to wait in M/M/k with this offered load (rate × service).
/// `None` where the load is not below the number of servers.
pub fn erlang_c(servers: u32, offered: f64) -> Option<f64> {
    let k = f64::from(servers);
    if !(0.0..k).contains(&offered) {
        return None;
    }
    // Through Erlang's B, whose recursion stays in [0, 1] for any number of servers.
    let blocked = (1..=servers).fold(1.0, |blocked, n| offered * blocked / (f64::from(n) + offered * blocked));
    Some(k * blocked / (k - offered * (1.0 - blocked)))
}

/// Bounds that hold for a closed network whatever the distributions and disciplines are (Denning and Buzen 1978).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// No network with these demands completes more per unit of time: min(N / (D + Z), 1 / D_max).
    pub throughput_at_most: f64,
    /// None that keeps no customer waiting without need completes less: N / (N·D + Z).
    pub throughput_at_least: f64,
    /// No response is shorter on average: max(D, N·D_max − Z).
    pub response_at_least: f64,
    /// N* = (D + Z) / D_max: with more customers than this, somebody waits.
    pub saturation: f64,
}

/// The asymptotic bounds for `population` customers with these demands and this think time.
pub fn asymptotic_bounds(demands: &[f64], think: f64, population: u32) -> Bounds {
    let n = f64::from(population);
    let total: f64 = demands.iter().sum();
    let largest = demands.iter().copied().fold(0.0, f64::max);
    Bounds {
        throughput_at_most: (n / (total + think)).min(1.0 / largest),
        throughput_at_least: n / (n * total + think),
        response_at_least: total.max(n * largest - think),
        saturation: (total + think) / largest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closed_form_of_the_repairman_is_mean_value_analysis() {
        for (think, service) in [(20.0, 10.0), (0.0, 3.0), (1e4, 1.0)] {
            for by_mva in mva(&[service], think, 60) {
                let closed = repairman(think, service, by_mva.population);
                assert!((closed.throughput / by_mva.throughput - 1.0).abs() < 1e-9, "{closed:?} {by_mva:?}");
                assert!((closed.queues[0] - by_mva.queues[0]).abs() < 1e-7, "{closed:?} {by_mva:?}");
            }
        }
        // Far beyond the range in which the terms of the sum are floats.
        let large = repairman(1e6, 1.0, 2000);
        assert!((large.utilisations[0] - 2000.0 / 1_000_002.0).abs() < 1e-8, "{large:?}");
    }

    #[test]
    fn many_servers_are_one_server_at_one_and_delay_at_infinity() {
        assert_eq!(mmk(0.7, 1.0, 1).map(|q| q.response), mm1(0.7, 1.0).map(|q| q.response));
        let wide = mmk(0.7, 1.0, 400).expect("stable");
        assert!((wide.response - 1.0).abs() < 1e-12);
        // Two servers: C = 2ρ² / (1 + ρ).
        let c = erlang_c(2, 1.2).expect("stable");
        assert!((c - 2.0 * 0.36 / 1.6).abs() < 1e-12, "{c}");
    }

    #[test]
    fn an_overloaded_queue_has_no_steady_state() {
        assert_eq!(mm1(1.0, 1.0), None);
        assert_eq!(mmk(2.0, 1.0, 2), None);
        assert_eq!(mg1(f64::NAN, 1.0, 1.0), None);
    }

    #[test]
    fn mean_value_analysis_lies_within_the_bounds() {
        let demands = [5.0, 3.0, 1.0];
        for solution in mva(&demands, 12.0, 40) {
            let bounds = asymptotic_bounds(&demands, 12.0, solution.population);
            assert!(solution.throughput <= bounds.throughput_at_most * (1.0 + 1e-12));
            assert!(solution.throughput >= bounds.throughput_at_least * (1.0 - 1e-12));
            assert!(solution.response >= bounds.response_at_least * (1.0 - 1e-12));
        }
    }
}
