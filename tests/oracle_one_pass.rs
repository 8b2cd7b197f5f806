//! One-pass analysis of textbook strings with known fault counts: Belady's string of 1969, that of Silberschatz, Galvin and
//! Gagne, loops and sawteeth.

use knee::analysis::opt::NextUses;
use knee::analysis::stack_distance::LruCurve;

/// Faults with 1, 2, … frames.
fn lru(string: &[u32], up_to: u32) -> Vec<u64> {
    let curve = LruCurve::of(string.iter().copied());
    (1..=up_to).map(|frames| curve.faults(frames)).collect()
}

fn opt(string: &[u32], up_to: u32) -> Vec<u64> {
    let next_uses = NextUses::of(string.to_vec()).expect("short");
    (1..=up_to).map(|frames| next_uses.faults(frames)).collect()
}

#[test]
fn textbook_strings() {
    let belady = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5];
    assert_eq!(lru(&belady, 5), [12, 12, 10, 8, 5]);
    assert_eq!(opt(&belady, 5), [12, 9, 7, 6, 5]);
    let silberschatz = [7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1];
    assert_eq!(lru(&silberschatz, 7), [20, 17, 12, 8, 7, 6, 6]);
    assert_eq!(opt(&silberschatz, 7), [20, 13, 9, 8, 7, 6, 6]);
}

/// Steady state of a loop over 10 pages: LRU misses always, OPT (n − m) / (n − 1) of the references.
#[test]
fn loops() {
    let laps = |laps: u32| -> Vec<u32> { (0..10 * laps).map(|t| t % 10).collect() };
    // Nine laps on, OPT's choices repeat; the difference of two lengths leaves out the beginning and the end.
    let (long, short) = (laps(190), laps(100));
    for frames in 1..=10u32 {
        let steady = |faults: fn(&[u32], u32) -> Vec<u64>| {
            let at = frames as usize - 1;
            faults(&long, frames)[at] - faults(&short, frames)[at]
        };
        assert_eq!(steady(lru), if frames < 10 { 900 } else { 0 });
        assert_eq!(steady(opt), 900 * u64::from(10 - frames) / 9, "{frames} frames");
    }
}

/// Up and down over 10 pages, period 18: LRU and OPT miss 20 − 2m times a period.
#[test]
fn sawteeth() {
    let periods = |periods: u32| -> Vec<u32> { (0..18 * periods).map(|t| (t % 18).min(18 - t % 18)).collect() };
    let (long, short) = (periods(60), periods(50));
    for frames in 1..=10u32 {
        let at = frames as usize - 1;
        let expected = 10 * if frames == 1 { 18 } else { u64::from(20 - 2 * frames) };
        assert_eq!(lru(&long, frames)[at] - lru(&short, frames)[at], expected, "LRU, {frames} frames");
        assert_eq!(opt(&long, frames)[at] - opt(&short, frames)[at], expected, "OPT, {frames} frames");
    }
}
