#!/bin/sh
# Runs the experiment; results and plots go to out/ beside this file.
set -eu
here=$(dirname "$0")
cargo build --release --manifest-path "$here/../../Cargo.toml"
"$here/../../target/release/knee" sweep "$here/scenario.toml" --out "$here/out" --force
