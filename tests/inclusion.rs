//! Inclusion (Mattson, Gecsei, Slutz and Traiger 1970): under a stack algorithm what is in a memory is in every larger one, at every
//! moment; FIFO breaks this on Belady's string.

mod replay;

use knee::rng::Streams;
use replay::Replay;

const BELADY: [u32; 12] = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5];

/// Whether at every moment each memory is within the next larger one.
fn includes(name: &str, string: &[u32], most: u32) -> bool {
    let mut memories: Vec<Replay> = (1..=most).map(|frames| Replay::of(name, frames, string)).collect();
    string.iter().all(|&page| {
        for memory in &mut memories {
            memory.reference(page, false);
        }
        memories.windows(2).all(|pair| {
            let larger = pair[1].resident();
            pair[0].resident().iter().all(|page| larger.contains(page))
        })
    })
}

#[test]
fn stack_algorithms_include() {
    let mut stream = Streams::new(11).named("strings");
    for _ in 0..300 {
        let pages = 2 + stream.below(12);
        let string: Vec<u32> = (0..100).map(|_| stream.below(pages) as u32).collect();
        for name in ["lru", "opt", "lfu-perfect"] {
            assert!(includes(name, &string, 12), "{name}: {string:?}");
        }
    }
}

#[test]
fn fifo_does_not_include_on_beladys_string() {
    assert!(!includes("fifo", &BELADY, 5));
    for name in ["lru", "opt"] {
        assert!(includes(name, &BELADY, 5), "{name}");
    }
}

/// Strings of the literature and arithmetic: 1, 2, … frames.
#[test]
fn known_strings() {
    let faults =
        |name, string: &[u32], most| (1..=most).map(|frames| replay::faults(name, frames, string)).collect::<Vec<_>>();
    assert_eq!(faults("opt", &BELADY, 5), [12, 9, 7, 6, 5]);
    assert_eq!(faults("mru", &BELADY, 5), [12, 10, 7, 6, 5]);
    let silberschatz = [7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1];
    assert_eq!(faults("opt", &silberschatz, 7), [20, 13, 9, 8, 7, 6, 6]);
    assert_eq!(faults("second-chance", &silberschatz, 7), [20, 15, 14, 9, 9, 6, 6]);
}

/// On a loop of n pages with m frames MRU and OPT fault (n − m) / (n − 1) of the time.
#[test]
fn loops() {
    let laps = |laps: u32| (0..10 * laps).map(|t| t % 10).collect::<Vec<u32>>();
    for name in ["mru", "opt"] {
        for frames in 1..=10 {
            // Nine laps on the choices repeat; the difference of two lengths leaves out beginning and end.
            let steady = replay::faults(name, frames, &laps(190)) - replay::faults(name, frames, &laps(100));
            assert_eq!(steady, 900 * u64::from(10 - frames) / 9, "{name}, {frames} frames");
        }
    }
}
