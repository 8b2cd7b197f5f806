//! Any reference string under every policy.
#![no_main]

#[path = "../harness/policies.rs"]
mod harness;
#[path = "../../tests/replay/mod.rs"]
mod replay;

libfuzzer_sys::fuzz_target!(|data: &[u8]| harness::run(data));
