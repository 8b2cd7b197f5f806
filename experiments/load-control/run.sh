#!/bin/sh
# Runs the experiment; results and plots go to out/ beside this file.
set -eu
here=$(dirname "$0")
[ -n "${KNEE:-}" ] || cargo build --release --bin knee --example overlay --manifest-path "$here/../../Cargo.toml"
knee=${KNEE:-$here/../../target/release/knee}
overlay=${OVERLAY:-$here/../../target/release/examples/overlay}
mkdir -p "$here/out"

"$knee" sweep "$here/scenario.toml" --out "$here/out/offered" --force --quiet

controllers="none fixed-mpl fifty-percent l-equals-s knee incremental-steps parabola working-set lt-rt pff oomd senpai"
step= up=
for name in $controllers; do
    # `level` is the fixed level's; a controller that is named later makes it pointless, and it is passed over.
    "$knee" run "$here/step.toml" --set "load_control.controller=$name" --out "$here/out/step-$name" --force > "$here/out/step-$name.txt"
    step="$step $name=$here/out/step-$name/series.csv"
done
"$overlay" "$here/out" step "Throughput while the load steps from 5 programs to 20 and back" time_s throughput $step
for name in none fixed-mpl working-set lt-rt oomd; do
    "$knee" run "$here/up-and-down.toml" --set "load_control.controller=$name" --out "$here/out/up-$name" --force > "$here/out/up-$name.txt"
    up="$up $name=$here/out/up-$name/series.csv"
done
"$overlay" "$here/out" up-and-down "Throughput on the way up and on the way down" present_processes throughput $up
