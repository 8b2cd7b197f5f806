#!/bin/sh
# Records the page-reference strings of this folder. Needs Valgrind, GNU sort and gzip, and `knee` in the PATH.
# About four minutes; the result depends on the versions of the programs and their libraries, so it is kept here.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# 40,000 lines of text in no order, the same on every machine (Park and Miller's generator).
awk 'BEGIN { x = 1; for (i = 1; i <= 40000; i++) { x = (x * 16807) % 2147483647; print x, "knee", i } }' >"$work/lines"
head -n 10000 "$work/lines" >"$work/head"

# record NAME INPUT COMMAND...: the command reads and writes nothing but its input and the void, in an empty environment.
record() {
    name=$1 input=$2
    shift 2
    env -i LC_ALL=C PATH="$PATH" valgrind --tool=lackey --trace-mem=yes --log-fd=9 "$@" <"$input" 9>&1 >/dev/null 2>&1 |
        knee trace record - --format lackey --page-size "4 KiB" --depth 24 \
            --note "program=$name" --note "command=$*" --output "$name.refs.gz"
}

record sort "$work/lines" sort --parallel=1
record gzip "$work/head" gzip -1 -c
ls -l ./*.refs.gz
