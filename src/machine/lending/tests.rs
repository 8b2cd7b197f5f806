//! Frames on their way between processes, the page daemon and the paging device: none is lost and none is in two hands, after every
//! single event.

use super::*;
use crate::scenario::Scenario;
use proptest::prelude::*;
use std::path::Path;

/// What must hold between any two events.
fn check(machine: &Machine<'_>) -> std::result::Result<(), String> {
    machine.memory.check()?;
    let lent: u32 = machine.pools.iter().map(|pool| pool.lent()).sum();
    let (noted, held) = (machine.memory.lent(), machine.paging.frames_held());
    if lent != noted || u64::from(noted) > held {
        return Err(format!("{lent} lent by the pools, {noted} by memory, {held} held by the device"));
    }
    let free: u32 = machine.pools.iter().map(|pool| pool.free()).sum();
    let all: u32 = machine.pools.iter().map(|pool| pool.frames()).sum();
    let rest = machine.memory.resident() + machine.memory.in_transit() + machine.memory.wired() + noted;
    // Frames of memory that no partition has are nobody's.
    if free + rest != all {
        return Err(format!("{free} free, {rest} in use or lent, of {all}"));
    }
    for pool in &machine.pools {
        if machine.owed() > 0 && pool.can_lend() && pool.free() > 0 {
            return Err(format!("{} owed, and a pool keeps {} free", machine.owed(), pool.free()));
        }
        pool.check()?;
    }
    Ok(())
}

/// Runs a machine, looking at it after each event; frames lent at most, and whether some came back.
fn watch(text: &str, seed: u64) -> std::result::Result<(u32, bool), String> {
    let plan = Scenario::parse(text, "s.toml", Path::new("")).and_then(|scenario| scenario.plan());
    let plan = plan.map_err(|error| format!("{error}\n{text}"))?;
    let config = plan.cells.get(0).config;
    let mut machine = Machine::new(&config, seed).map_err(|error| error.to_string())?;
    let (mut most, mut before, mut returned) = (0, 0, false);
    loop {
        match machine.step() {
            Ok(true) => {}
            Ok(false) => break,
            // The device has outgrown memory, or nobody gets on: a proper end, and the books are right even so.
            Err(Error::Stuck(_)) => return check(&machine).map(|()| (most, returned)),
            Err(error) => return Err(error.to_string()),
        }
        check(&machine).map_err(|problem| format!("at {}: {problem}", machine.now))?;
        let lent = machine.memory.lent();
        most = most.max(lent);
        returned |= lent < before;
        before = lent;
    }
    machine.report().map(|_| (most, returned)).map_err(|error| error.to_string())
}

fn scenario(device: &str, memory: u32, reclaim: &str, scope: &str, count: u32, writes: f64, fresh: bool) -> String {
    let jobs =
        if fresh { "job = { kind = \"exponential\", mean = \"2 ms\" }\nmemory_between_jobs = \"fresh\"\n" } else { "" };
    format!(
        "[machine]\nmemory = \"{memory} frames\"\ncpus = 2\n[replacement]\nscope = \"{scope}\"\n{reclaim}\n[device.paging]\n{device}\n\
         [process.worker]\ncount = {count}\npages = 64\nreference_time = \"1 us\"\nwrite_fraction = {writes:?}\n{jobs}\
         [process.worker.references]\nkind = \"phases\"\nholding = 300\nlocality = {{ size = 20, overlap = 0.5 }}\n\
         [run]\nduration = \"30 ms\"\nwarmup = \"0 s\"\nlivelock_after = \"30 ms\"\n"
    )
}

const TIERS: [&str; 5] = [
    "preset = \"zram\"",
    "preset = \"zswap\"\npool_frames = 12",
    "preset = \"zswap\"\npool_frames = 7\nratio = 1.5\nbehind = { preset = \"nvme-p4800x\" }",
    "kind = \"throttled\"\nlimits = [{ unit = \"operations\", per_second = 40000, burst = 5 }]\nbehind = { preset = \"zswap\", pool_frames = 9 }",
    "kind = \"areas\"\nareas = [{ priority = 1, pages = 100, device = { preset = \"zswap\", pool_frames = 10 } }, \
     { pages = 100, device = { preset = \"zswap\", pool_frames = 10 } }, { priority = -1, device = { preset = \"nvme-p3700\" } }]",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn no_frame_is_lost_or_in_two_hands(
        tier in 0..TIERS.len(), count in 1u32..4, spare in 24u32..90, local: bool, fresh: bool, writes in 0.1..1.0, seed: u64,
        marks in proptest::option::of((1u32..4, 1u32..4, 1u32..6)), cluster in prop_oneof![Just(1), 2u32..9], ahead in 1u32..9,
        cleans: bool,
    ) {
        let reclaim = marks.map_or_else(String::new, |(min, low, high)| {
            let (low, high) = (min + low, min + low + high);
            let cleaner = if cleans { "cleaner = { interval = \"1 ms\", frames = 9 }\n" } else { "" };
            format!(
                "[reclaim]\nwatermarks = {{ min = \"{min} frames\", low = \"{low} frames\", high = \"{high} frames\" }}\n\
                 write_cluster = {cluster}\n{cleaner}[swap]\nreadahead = {ahead}"
            )
        });
        let scope = if local { "local" } else { "global" };
        let text = scenario(TIERS[tier], count + spare, &reclaim, scope, count, writes, fresh);
        let watched = watch(&text, seed);
        prop_assert!(watched.is_ok(), "{}\n{text}", watched.unwrap_err());
    }
}

/// That there was something to see: with every device frames are lent, and with jobs that leave they come back.
#[test]
fn frames_are_lent_and_come_back() {
    let reclaim =
        "[reclaim]\nwatermarks = { min = \"2 frames\", low = \"6 frames\", high = \"10 frames\" }\nwrite_cluster = 4";
    for device in TIERS {
        for reclaim in ["", reclaim] {
            let text = scenario(device, 66, reclaim, "global", 3, 0.5, true);
            let (most, returned) = watch(&text, 1).unwrap_or_else(|problem| panic!("{problem}\n{text}"));
            assert!(most > 4 && returned, "{most} lent at most, returned: {returned}\n{text}");
        }
    }
}
