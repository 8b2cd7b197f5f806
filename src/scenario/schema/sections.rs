//! `[machine]`, `[replacement]`, `[reclaim]`, `[device]`, `[swap]` and `[run]`.

use super::super::quantity::{MOST_PAGES, MOST_REFERENCES};
use super::super::reclaim::MOST_CLUSTER;
use super::build::{Key, Table, above, any, explained, key, number, or_word, reference, whole, words};
use super::quantities::frames_or_percent;
use crate::policy::{POLICIES, Parameters, Takes};
use serde_json::{Value, json};

pub(super) fn name() -> Value {
    json!({ "type": "string", "pattern": "^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}$" })
}

pub(super) fn machine() -> Value {
    Table::of([
        key("page_size", reference("page-size"), "a power of two from 512 B to 1 GiB").default("4 KiB"),
        key("memory", reference("memory"), "page frames, at least one for each process; required"),
        key("cpus", whole(1, 4096), "identical CPUs with one ready queue").default(1),
        key(
            "scheduler",
            words(["round-robin", "run-to-fault"]),
            "whether a process that does not fault makes room for others",
        )
        .default("round-robin"),
        key("quantum", reference("positive-time"), "with round robin: the longest turn while others wait")
            .default("10 ms"),
        key("context_switch", reference("time"), "CPU time lost when a CPU turns to another process").default("0 ns"),
        key("fault_time", reference("time"), "CPU time of the pager for each fault").default("0 ns"),
        key("engine", words(["auto", "walk", "leap"]), "draw every reference, or jump from fault to fault")
            .default("auto"),
    ])
    .json()
}

pub(super) fn replacement() -> Value {
    let policies = POLICIES.iter().map(|policy| (policy.name, policy.summary));
    let frames = json!({ "type": "object", "additionalProperties": whole(1, MOST_PAGES as i64) });
    let window = || key("window", reference("window"), "window of virtual time").default(Parameters::WINDOW);
    let taken = |takes: Takes| -> Vec<Key> {
        match takes {
            Takes::Nothing => Vec::new(),
            Takes::Window => vec![window()],
            Takes::DampedWindow => vec![
                window(),
                key("damping", above(0.0, 1.0), "share of the window from which on a page may be replaced")
                    .default(Parameters::DAMPING),
            ],
            Takes::CorrelatedPeriod => vec![
                key("correlated_period", whole(0, MOST_REFERENCES as i64), "references that count as one, if so near")
                    .default(Parameters::default().correlated_period),
            ],
            Takes::Interval => vec![
                key("interval", reference("window"), "critical interval between faults").default(Parameters::INTERVAL),
            ],
        }
    };
    Table::of([
        key("policy", explained(policies), "which page leaves").default("clock"),
        key("scope", words(["global", "local"]), "whose pages: anybody's, or the faulting process's own")
            .default("global"),
        key(
            "partition",
            any([words(["equal", "proportional"]), frames]),
            "with local scope: how frames are divided, or frames for each process of each class",
        ),
    ])
    .by("policy", POLICIES.iter().map(|policy| (policy.name, taken(policy.takes))))
    .json()
}

pub(super) fn reclaim() -> Value {
    let marks = Table::of([
        key("min", frames_or_percent(), "a fault that finds no more frames free frees one itself"),
        key("low", frames_or_percent(), "below it, the daemon is woken"),
        key("high", frames_or_percent(), "when so many are free it sleeps again"),
    ]);
    let cleaner = Table::of([
        key("interval", reference("positive-time"), "time between two rounds").default("1 s"),
        key("frames", whole(1, MOST_PAGES as i64), "frames that it passes over in a round"),
    ]);
    Table::of([
        key("watermarks", or_word(marks.json(), "none"), "numbers of free frames that set the page daemon in motion")
            .default("none"),
        key("cost", reference("time"), "CPU time for each frame that is looked at").default("1 us"),
        key("write_cluster", whole(1, i64::from(MOST_CLUSTER)), "dirty pages written in one request").default(1),
        key("cleaner", or_word(cleaner.json(), "none"), "writes dirty pages before their frames are needed")
            .default("none"),
    ])
    .json()
}

pub(super) fn device() -> Value {
    Table::of([
        key("paging", reference("device"), "the device that is paged to; required"),
        key("file", reference("device"), "the device of files; required where a class does file I/O, else refused"),
    ])
    .json()
}

pub(super) fn swap() -> Value {
    Table::of([
        key("size", or_word(reference("memory"), "auto"), "swap space; auto is enough for every page").default("auto"),
        key("readahead", whole(1, i64::from(MOST_CLUSTER)), "pages that are read in one request").default(1),
        key("on_full", words(["error", "stall", "kill-largest"]), "what happens when swap space is full")
            .default("error"),
    ])
    .json()
}

pub(super) fn virtual_memory() -> Value {
    let cost = |name, meaning: &str| key(name, reference("time"), meaning).default("0 ns");
    let costs = Table::of([
        cost("zero_fill", "of a page that is filled with zeros"),
        cost("copy_on_write", "of a copy"),
        cost("resident", "of a page that is in memory already"),
        cost("rescued", "of a page that was on its way out"),
        cost("in_flight", "of a page that is being read for somebody else"),
        cost("file_read", "of a read from a file"),
        cost("swap_read", "of a read from swap space"),
    ]);
    let shape = vec![
        key("page_table_levels", whole(1, 8), "levels of a page table").default(4),
        key("page_table_entries", whole(2, 1 << 20), "entries of each of its pages").default(512),
    ];
    Table::of([
        key(
            "on_violation",
            words(["kill", "count"]),
            "what becomes of a process that makes a reference it may not make",
        )
        .default("kill"),
        key("page_tables", words(["free", "charged"]), "whether page tables take frames").default("free"),
        key("fault_costs", costs.json(), "CPU time for each cause of a fault, beyond machine.fault_time"),
    ])
    .by("page_tables", [("charged", shape), ("free", Vec::new())])
    .json()
}

pub(super) fn run() -> Value {
    let auto = || or_word(reference("time"), "auto");
    let billion = 1_000_000_000;
    let locality = Table::of([
        key("references", whole(1, billion), "of the first process of each class, that are looked at")
            .default(1_000_000),
        key("window", whole(1, billion), "window of the working sets, in references").default(10_000),
    ]);
    let percent = json!({ "type": "string", "pattern": r"^\s*\+?[0-9.]+([eE][+-]?[0-9]+)?\s*%\s*$" });
    Table::of([
        key("duration", reference("positive-time"), "simulated time").default("60 s"),
        key("warmup", auto(), "what is left out at the beginning; auto is found by MSER-5").default("auto"),
        key("observations", whole(10, 100_000), "equal intervals for time series and warm-up detection").default(200),
        key("livelock_after", auto(), "a run without a useful reference for so long is stuck").default("auto"),
        key("locality", or_word(locality.json(), "none"), "measures the locality of each class's program")
            .default("none"),
        key("seed", whole(0, i64::MAX), "seed of the first replication").default(1),
        key("replications", whole(1, 10_000), "independent runs of each cell").default(5),
        key("confidence", number(0.5, 0.9999), "level of the intervals").default(0.95),
        key(
            "precision",
            or_word(any([number(1e-4, 1.0), percent]), "none"),
            "replications go on until the half-width is at most this share of the mean",
        )
        .default("none"),
        key(
            "max_replications",
            whole(1, 10_000),
            "with precision: most replications; eight times the first unless given",
        ),
    ])
    .json()
}
