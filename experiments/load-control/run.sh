#!/bin/sh
# Runs the experiment; results and plots go to out/ beside this file.
set -eu
here=$(dirname "$0")
[ -n "${KNEE:-}" ] || cargo build --release --bin knee --example overlay --manifest-path "$here/../../Cargo.toml"
knee=${KNEE:-$here/../../target/release/knee}
overlay=${OVERLAY:-$here/../../target/release/examples/overlay}
rm -rf "$here/out"
mkdir -p "$here/out"

"$knee" sweep "$here/scenario.toml" --out "$here/out/offered" --force --quiet || [ $? -eq 69 ]

controllers="none fixed-mpl fifty-percent l-equals-s knee incremental-steps parabola working-set lt-rt pff oomd senpai"
step=
for name in $controllers; do
    # `level` is the fixed level's; a controller that is named later makes it pointless, and it is passed over.
    "$knee" run "$here/step.toml" --set "load_control.controller=$name" --out "$here/out/step-$name" > "$here/out/step-$name.txt"
    step="$step $name=$here/out/step-$name/series.csv"
done
"$overlay" "$here/out" step "Throughput while the load steps from 5 programs to 20 and back" time_s throughput $step
# Twice: with jobs, which a program that has to go finishes first, and without, when it goes at once.
cp "$here/up-and-down.toml" "$here/out/with.toml"
sed '/^job = /d; /^memory_between_jobs/d' "$here/up-and-down.toml" > "$here/out/without.toml"
for jobs in with without; do
    up=
    for name in none fixed-mpl working-set lt-rt oomd; do
        "$knee" run "$here/out/$jobs.toml" --set "load_control.controller=$name" --out "$here/out/up-$jobs-$name" > "$here/out/up-$jobs-$name.txt"
        up="$up $name=$here/out/up-$jobs-$name/series.csv"
    done
    "$overlay" "$here/out" "up-and-down-$jobs-jobs" "CPU utilisation on the way up and down, $jobs jobs" present_processes cpu_utilisation $up
done
