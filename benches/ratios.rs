//! What a reference of the walk costs next to a bare loop, as a ratio.
//!
//! `cargo bench --bench ratios`. The two are measured in turns, a few tenths of a second each: on a shared machine the speed of
//! memory changes from minute to minute, and what is measured minutes apart cannot be divided.

mod bare;

use bare::{PAGES, bare_clock, bare_lru, config, steady, zipf};
use knee::machine::Engine;
use std::time::Duration;

const REFERENCES: u64 = 24_000_000;
const ROUNDS: usize = 9;

fn main() {
    // `cargo test --benches` and `cargo bench --no-run` pass other arguments; a filter chooses by name as criterion's does.
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    println!(
        "Zipf(1.0) over {PAGES} pages; ns a reference: least of {ROUNDS} rounds; ratio: of these, and median of the rounds'"
    );
    for share in [10, 50] {
        let frames = PAGES / 100 * share;
        for (policy, bare) in [("clock", bare_clock as fn(usize, u64) -> Duration), ("lru", bare_lru)] {
            let name = format!("{policy} {share} %");
            if !name.contains(&filter) {
                continue;
            }
            let make = |references| config(policy, frames, Engine::Walk, references, PAGES, zipf());
            let each = |time: Duration| time.as_secs_f64() * 1e9 / REFERENCES as f64;
            let rounds: Vec<(f64, f64)> = (0..ROUNDS)
                .map(|_| (each(steady(make, REFERENCES)), each(bare(frames as usize, REFERENCES))))
                .collect();
            let walk = rounds.iter().map(|round| round.0).fold(f64::INFINITY, f64::min);
            let loops = rounds.iter().map(|round| round.1).fold(f64::INFINITY, f64::min);
            let mut ratios: Vec<f64> = rounds.iter().map(|(walk, bare)| walk / bare).collect();
            ratios.sort_by(f64::total_cmp);
            println!(
                "{name:<10} walk {walk:5.1}  bare {loops:5.1}  ratio {:4.2}  median {:4.2}",
                walk / loops,
                ratios[ROUNDS / 2]
            );
        }
    }
}
