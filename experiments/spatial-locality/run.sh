#!/bin/sh
# Runs the experiment (half a minute); results and plots go to out/ beside this file.
set -eu
here=$(dirname "$0")
cargo build --release --manifest-path "$here/../../Cargo.toml"
for scenario in "$here"/*.toml; do
    "$here/../../target/release/knee" sweep "$scenario" --out "$here/out/$(basename "$scenario" .toml)" --force
done
