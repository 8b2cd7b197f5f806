//! What changes would buy: more memory, a faster device, another policy, load control.

use super::range::Range;
use crate::device::exercise::{Arrivals, Exercise, Pattern};
use crate::device::{DeviceSpec, PRESETS, build};
use crate::load_control::CONTROLLERS;
use crate::machine::Config;
use crate::policy::POLICIES;
use crate::rng::Streams;
use crate::scenario::Scenario;
use crate::units::Instant;

/// A change to try.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub words: String,
    pub key: &'static str,
    pub value: String,
}

/// A preset must be faster by this much to be worth its name.
const FASTER: f64 = 0.8;
/// Pages over which an unloaded device is measured, and requests.
const PAGES: u64 = 4096;
const REQUESTS: u64 = 400;

/// A quarter more memory.
pub(super) fn more_memory(config: &Config) -> Change {
    let frames = (u64::from(config.frames) * 5).div_ceil(4);
    Change {
        words: format!("+25 % memory ({frames} frames)"),
        key: "machine.memory",
        value: format!("\"{frames} frames\""),
    }
}

/// Mean time of a random read of one page, in seconds, at the idle device.
fn unloaded(spec: &DeviceSpec, page_size: u64) -> f64 {
    let streams = Streams::new(1);
    let mut device = build(spec, page_size, streams.named("device"));
    let range = spec.capacity(page_size).map_or(PAGES, |capacity| capacity.min(PAGES));
    let mut exercise = Exercise::new(device.as_mut(), Instant::ZERO);
    let pattern = Pattern::random_reads(range.max(1));
    exercise.run(Arrivals::Closed { depth: 1 }, &pattern, 1, REQUESTS, &mut streams.named("requests")).mean()
}

/// Presets of whole devices that are faster than the present one, the next faster first. Tiers are left out: they take the
/// machine's frames, and how fast they are depends on what they hold.
pub(super) fn faster_devices(config: &Config) -> Vec<Change> {
    let present = unloaded(&config.paging, config.page_size);
    let mut faster: Vec<(f64, &str)> = PRESETS
        .iter()
        .map(|preset| (preset.name, (preset.spec)()))
        .filter(|(_, spec)| {
            let whole = matches!(
                spec,
                DeviceSpec::Disk(_) | DeviceSpec::Drum(_) | DeviceSpec::Flash(_) | DeviceSpec::Throttle(_)
            );
            whole && spec.capacity(config.page_size).is_none_or(|pages| pages >= u64::from(config.swap_pages))
        })
        .map(|(name, spec)| (unloaded(&spec, config.page_size), name))
        .filter(|(time, _)| *time < FASTER * present)
        .collect();
    faster.sort_by(|a, b| b.0.total_cmp(&a.0));
    let change = |(time, name): (f64, &str)| Change {
        words: format!("device {name} ({} a random read instead of {})", duration(time), duration(present)),
        key: "device.paging.preset",
        value: format!("\"{name}\""),
    };
    faster.into_iter().map(change).collect()
}

fn duration(seconds: f64) -> String {
    let (value, unit) = match seconds {
        1.0.. => (seconds, "s"),
        1e-3.. => (seconds * 1e3, "ms"),
        _ => (seconds * 1e6, "us"),
    };
    let decimals = if value < 10.0 { 1 } else { 0 };
    format!("{value:.decimals$} {unit}")
}

/// The other policies under which the same engine can run: one that must see each reference would take a thousand times as long.
pub(super) fn other_policies(scenario: &Scenario, range: &Range) -> Vec<(Change, Range)> {
    let present = range.plan.config.policy;
    let others = POLICIES.iter().filter(|policy| {
        policy.name != present.name && policy.observes.allows_leap() == present.observes.allows_leap()
    });
    let changes = others.map(|policy| Change {
        words: format!("policy {}", policy.name),
        key: "replacement.policy",
        value: format!("\"{}\"", policy.name),
    });
    // Those that the scenario cannot have (OPT without the future, say) are no choice.
    changes
        .filter_map(|change| Some((range.with(scenario, change.key, &change.value).ok()?, change)))
        .map(|(r, c)| (c, r))
        .collect()
}

/// Load controllers that need no parameters to begin with, where the scenario has none.
pub(super) fn load_control(scenario: &Scenario, range: &Range) -> Vec<(Change, Range)> {
    if range.plan.config.load_control.is_some() || range.key.starts_with("load_control") {
        return Vec::new();
    }
    let controllers = CONTROLLERS.iter().filter(|controller| controller.name != "none").map(|controller| Change {
        words: format!("load control: {}", controller.name),
        key: "load_control.controller",
        value: format!("\"{}\"", controller.name),
    });
    // The scenario says which of them it can have: one that must be told its level cannot.
    let possible =
        controllers.filter_map(|change| Some((range.with(scenario, change.key, &change.value).ok()?, change)));
    possible.map(|(range, change)| (change, range)).collect()
}
