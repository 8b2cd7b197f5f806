//! The inputs in `fuzz/corpus` once more, without a fuzzer: what was ever found, and one input of each kind.

#[path = "../fuzz/harness/policies.rs"]
mod policies;
mod replay;
#[path = "../fuzz/harness/trace_parsers.rs"]
mod trace_parsers;

use knee::rng::Streams;
use std::path::Path;

/// Runs every file of a corpus; their contents.
fn each(corpus: &str, run: impl Fn(&[u8])) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(corpus);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let inputs: Vec<Vec<u8>> = files.iter().map(|path| std::fs::read(path).unwrap()).collect();
    for (path, input) in files.iter().zip(&inputs) {
        println!("{}", path.display());
        run(input);
    }
    inputs
}

/// Inputs made from the corpus by changing, dropping and doubling a few bytes: what a fuzzer does first.
fn mutated(inputs: &[Vec<u8>], count: usize, run: impl Fn(&[u8])) {
    let mut stream = Streams::new(11).named("mutations");
    for _ in 0..count {
        let mut input = inputs[stream.below(inputs.len() as u64) as usize].clone();
        for _ in 0..=stream.below(6) {
            if input.len() < 3 {
                break;
            }
            let at = stream.below(input.len() as u64) as usize;
            match stream.below(4) {
                0 => input[at] = stream.below(256) as u8,
                1 => input[at] ^= 1 << stream.below(8),
                2 => drop(input.drain(at..(at + 1 + stream.below(8) as usize).min(input.len()))),
                _ => {
                    let piece = input[at..(at + 1 + stream.below(16) as usize).min(input.len())].to_vec();
                    input.splice(at..at, piece);
                }
            }
        }
        run(&input);
    }
}

#[test]
fn traces_of_the_corpus_are_read_or_refused() {
    let inputs = each("trace_parsers", trace_parsers::run);
    assert!(inputs.len() >= 12, "{} inputs", inputs.len());
    mutated(&inputs, 4_000, trace_parsers::run);
}

#[test]
fn strings_of_the_corpus_leave_every_policy_sound() {
    let inputs = each("policies", policies::run);
    assert!(inputs.len() >= 6, "{} inputs", inputs.len());
    mutated(&inputs, 60, policies::run);
}
