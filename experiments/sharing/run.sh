#!/bin/sh
# Runs both halves of the experiment; results and plots go to out/ beside this file.
set -eu
here=$(dirname "$0")
cargo build --release --manifest-path "$here/../../Cargo.toml"
for half in shared unshared; do
    "$here/../../target/release/knee" sweep "$here/$half.toml" --out "$here/out/$half" --force
done
