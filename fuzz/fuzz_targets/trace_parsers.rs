//! Any bytes as a trace, in every format.
#![no_main]

#[path = "../harness/trace_parsers.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|data: &[u8]| harness::run(data));
