//! Devices: kinds, presets, and the parameters of each kind.

use super::super::device::{DEVICE_KINDS, kind_of};
use super::build::{
    Key, Table, above, any, explained, flag, fraction, key, list, number, or_word, pair, reference, whole, words,
};
use crate::device::PRESETS;
use crate::device::disk::SCHEDULERS;
use serde_json::{Map, Value};

pub(super) fn define(definitions: &mut Map<String, Value>) {
    definitions.insert("device".to_owned(), device());
}

fn device() -> Value {
    let of_kind = |kind: &str| -> Vec<Key> {
        match kind {
            "queueing" => queueing(),
            "disk" => disk(),
            "drum" => drum(),
            "flash" => flash(),
            "throttled" => throttled(),
            "compressed" => compressed(),
            "far" => far(),
            "remote" => remote(),
            "areas" => areas(),
            _ => Vec::new(),
        }
    };
    let kinds = DEVICE_KINDS.iter().map(|kind| (kind.name, kind.summary));
    let presets = PRESETS.iter().map(|preset| (preset.name, preset.summary));
    let keys = [
        key("kind", explained(kinds), "which model; that of the preset unless given"),
        key("preset", explained(presets), "where all parameters begin"),
    ];
    Table::of(keys)
        .by("kind", DEVICE_KINDS.iter().map(|kind| (kind.name, of_kind(kind.name))))
        .by("preset", PRESETS.iter().map(|preset| (preset.name, of_kind(kind_of(&(preset.spec)())))))
        .json()
}

fn count(name: &'static str, least: i64, most: i64, meaning: &str) -> Key {
    key(name, whole(least, most), meaning)
}

fn time(name: &'static str, meaning: &str) -> Key {
    key(name, reference("time"), meaning)
}

fn bytes(name: &'static str, meaning: &str) -> Key {
    key(name, reference("bytes"), meaning)
}

fn times(name: &'static str, meaning: &str) -> Key {
    key(name, reference("distribution-of-time"), meaning)
}

fn capacity() -> Key {
    key("capacity", reference("pages"), "pages it can hold")
}

fn queueing() -> Vec<Key> {
    vec![
        times("service", "service time of reads and writes"),
        times("read", "service time of reads"),
        times("write", "service time of writes"),
        count("parallelism", 1, 1_000_000, "requests served at once"),
    ]
}

fn disk() -> Vec<Key> {
    let zone = Table::of([
        count("cylinders", 1, 1 << 24, "cylinders of the zone"),
        count("sectors_per_track", 1, 1 << 20, "sectors on each of its tracks"),
        count("track_skew", 0, 1 << 20, "sectors by which the next head's track begins later").default(0),
        count("cylinder_skew", 0, 1 << 20, "sectors by which the next cylinder begins later").default(0),
    ]);
    let factor = |name, meaning: &str| key(name, number(0.0, 1e12), meaning);
    let point = pair(whole(0, i64::from(u32::MAX)), reference("time"));
    let seek = Table::of([
        time("near_base", "seek time of short distances: constant part"),
        factor("near_factor", "nanoseconds for each square root of a cylinder"),
        count("far_from", 1, 1 << 24, "distance from which the far piece holds"),
        time("far_base", "seek time of long distances: constant part"),
        factor("far_factor", "nanoseconds for each cylinder"),
        key("table", list(point, 1), "instead: [cylinders, time], straight lines between"),
    ]);
    let read_cache = Table::of([
        count("segments", 1, 1 << 16, "segments"),
        bytes("segment_bytes", "size of a segment"),
        key("read_ahead", flag(), "whether the drive reads on after a request"),
    ]);
    let write_cache = Table::of([
        count("pages", 1, 1 << 24, "pages it holds"),
        count("run", 1, 1 << 16, "most neighbouring pages that are written in one go"),
    ]);
    let deadline = vec![
        time("read_expire", "age at which a read is late"),
        time("write_expire", "age at which a write is late"),
        count("batch", 1, 1 << 20, "requests in a row in one direction"),
        count("writes_starved", 0, 1 << 20, "batches of reads that may pass waiting writes"),
    ];
    let names = || explained(SCHEDULERS.iter().map(|scheduler| (scheduler.name, scheduler.summary)));
    let others = SCHEDULERS.iter().map(|scheduler| scheduler.name).filter(|name| *name != "deadline");
    let scheduler = Table::of([key("kind", names(), "which scheduler")])
        .by("kind", [("deadline", deadline)].into_iter().chain(others.map(|name| (name, Vec::new()))));
    vec![
        count("sector_bytes", 1, 1 << 20, "bytes of a sector"),
        count("heads", 1, 1000, "heads, each with a surface"),
        key("zones", list(zone.json(), 1), "zones from the outside in"),
        time("revolution", "time of a revolution"),
        key("seek", seek.json(), "seek time by distance"),
        time("head_switch", "time to turn to another head"),
        time("write_settle", "what a write needs beyond the seek"),
        time("read_overhead", "controller time of a read"),
        time("write_overhead", "controller time of a write"),
        bytes("bus_rate", "bytes per second between drive and host"),
        key("read_cache", or_word(read_cache.json(), "none"), "buffer of what was read"),
        key("write_cache", or_word(write_cache.json(), "none"), "buffer of what is to be written"),
        key("scheduler", any([names(), scheduler.json()]), "the order in which requests are served"),
    ]
}

fn drum() -> Vec<Key> {
    vec![
        count("sectors", 1, 1 << 20, "sectors around the drum"),
        count("page_sectors", 1, 1 << 20, "sectors of a page"),
        time("revolution", "time of a revolution"),
        time("overhead", "controller time of a request"),
        key("order", words(["fcfs", "sltf"]), "in order of arrival, or of the next sector"),
        capacity(),
    ]
}

fn flash() -> Vec<Key> {
    let ftl = Table::of([
        count("block_pages", 1, 1 << 15, "pages of an erase block"),
        time("erase_time", "time to erase a block"),
        key("over_provisioning", above(0.0, 16.0), "spare space over capacity"),
        count("reserve", 2, 1 << 15, "free blocks of a die below which it is cleaned"),
        key("victim", words(["greedy", "cost-benefit"]), "which block is cleaned"),
        key("filled", flag(), "whether it has been written all over before the run"),
    ]);
    vec![
        capacity(),
        count("queue_depth", 1, 1 << 20, "requests in the drive at once"),
        time("command_time", "controller time of a request, one after the other"),
        time("read_overhead", "further latency of a read"),
        time("write_overhead", "further latency of a write"),
        bytes("link_rate", "bytes per second between drive and host"),
        key("full_duplex", flag(), "whether reads and writes have the link each for themselves"),
        count("channels", 1, 4096, "channels"),
        bytes("channel_rate", "bytes per second of a channel"),
        count("dies_per_channel", 1, 4096, "dies on each"),
        time("read_time", "time to read a page from its cells"),
        key("read_jitter", fraction(), "share by which that varies"),
        time("program_time", "time to program"),
        count("program_pages", 1, 1 << 15, "pages programmed together"),
        count("buffer_pages", 1, 1 << 24, "pages of the write buffer"),
        key(
            "suspend",
            or_word(reference("time"), "none"),
            "time to suspend a program or erase for a read; none lets the read wait",
        ),
        key("ftl", or_word(ftl.json(), "none"), "translation layer and garbage collection"),
    ]
}

fn throttled() -> Vec<Key> {
    let most = 1 << 40;
    let limit = Table::of([
        key("unit", words(["operations", "bytes"]), "what is limited"),
        count("per_second", 1, most, "tokens that flow in each second"),
        count("burst", 1, most, "tokens that the bucket holds"),
        count("initial", 0, most, "tokens at the beginning; burst unless given"),
    ]);
    vec![
        key("limits", list(limit.json(), 1), "token buckets, all of which a request passes"),
        bytes("operation_bytes", "bytes of a request that count as one operation"),
        key("behind", reference("device"), "the device behind"),
    ]
}

fn behind() -> Key {
    key("behind", or_word(reference("device"), "none"), "the device behind, for what does not fit")
}

fn overflow() -> Key {
    let table = Table::of([
        key("accept", fraction(), "filled to this share it takes pages again after it was full"),
        count("write_back", 0, 1 << 20, "pages on their way to the device behind at once"),
    ]);
    key("overflow", table.json(), "what is done when it is full")
}

fn compressed() -> Vec<Key> {
    vec![
        behind(),
        key("pool_frames", or_word(reference("pages"), "unlimited"), "most frames of memory for the pool"),
        key("ratio", reference("distribution-of-ratio"), "size of a page over its compressed size"),
        key("same_filled", fraction(), "share of the pages that hold one value only"),
        count("largest", 1, 1 << 30, "bytes above which a compressed page is refused"),
        key("packing", above(0.0, 1.0), "share of the pool's space that is used"),
        time("compress", "CPU time to compress a page"),
        time("decompress", "CPU time to decompress a page"),
        time("fill", "time to fill a page with one value"),
        count("parallelism", 1, 1 << 20, "requests served at once"),
        overflow(),
    ]
}

fn far() -> Vec<Key> {
    vec![
        behind(),
        capacity(),
        time("latency", "latency of a page"),
        bytes("rate", "bytes per second"),
        time("software", "software time of a page"),
        count("parallelism", 1, 1 << 20, "requests served at once"),
        overflow(),
    ]
}

fn remote() -> Vec<Key> {
    vec![
        behind(),
        capacity(),
        times("round_trip", "time to the other machine and back"),
        bytes("rate", "bytes per second"),
        time("software", "software time of a page"),
        count("parallelism", 1, 1 << 20, "requests served at once"),
        overflow(),
    ]
}

fn areas() -> Vec<Key> {
    let area = Table::of([
        count("priority", -32_768, 32_767, "higher priorities are filled first, equals are striped").default(0),
        key("pages", or_word(reference("pages"), "all"), "pages of the area").default("all"),
        key("device", reference("device"), "its device"),
    ]);
    vec![
        count("stripe", 1, 1 << 20, "neighbouring pages that lie together"),
        key("areas", list(area.json(), 1), "the areas"),
    ]
}
