#!/bin/sh
# Runs the experiment (about a minute); results and plots go to out/ beside this file.
set -eu
here=$(dirname "$0")
cargo build --release --manifest-path "$here/../../Cargo.toml"
# Compressed memory alone runs out of memory at the highest loads: those runs are marked in the results (exit code 69).
"$here/../../target/release/knee" sweep "$here/scenario.toml" --out "$here/out" --force || [ $? -eq 69 ]
