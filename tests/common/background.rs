//! What works in the background of random machines: page daemons, reading ahead, load control.

use knee::load_control::{CONTROLLERS, LoadControlSpec, Resume, Setting, Settings, Suspend, VICTIMS};
use knee::machine::{Cleaner, PageDaemon, Reclaim, Watermarks};
use knee::units::Span;
use proptest::prelude::*;

/// With or without a page daemon, whatever the watermarks, clusters and costs; and reading ahead or not.
pub fn reclaim(processes: u32, frames: u32) -> BoxedStrategy<Reclaim> {
    let spare = frames - processes;
    let readahead = prop_oneof![1 => Just(1u32), 1 => 2u32..20];
    if spare < 3 {
        return readahead.prop_map(|readahead| Reclaim { daemon: None, readahead }).boxed();
    }
    let marks = proptest::collection::btree_set(0..=spare, 3);
    let cleaner = proptest::option::of((1_000u64..2_000_000, 1..=frames));
    let daemon = (marks, 0u64..3_000, prop_oneof![Just(1u32), 2u32..40], cleaner).prop_map(
        |(marks, cost, write_cluster, cleaner)| {
            let marks: Vec<u32> = marks.into_iter().collect();
            PageDaemon {
                watermarks: Watermarks { min: marks[0], low: marks[1], high: marks[2] },
                cost: Span(cost),
                write_cluster,
                cleaner: cleaner.map(|(interval, frames)| Cleaner { interval: Span(interval), frames }),
            }
        },
    );
    (proptest::option::weighted(0.6, daemon), readahead)
        .prop_map(|(daemon, readahead)| Reclaim { daemon, readahead })
        .boxed()
}

/// Any controller, with its defaults but for a small first level, that decides often.
pub fn load_control() -> impl Strategy<Value = LoadControlSpec> {
    let how = (0..VICTIMS.len(), any::<bool>(), any::<bool>(), proptest::option::of(0u64..2_000_000));
    (0..CONTROLLERS.len(), 1u32..5, 100_000u64..4_000_000, how).prop_map(
        |(controller, level, period, (victim, decay, prepage, restart))| {
            let controller = CONTROLLERS[controller];
            let mut settings = Settings::default();
            for parameter in controller.parameters {
                let value = if ["level", "initial"].contains(&parameter.key) { None } else { parameter.default };
                settings = settings.with(parameter.key, value.unwrap_or(Setting::Count(level)));
            }
            LoadControlSpec {
                controller,
                settings,
                period: Span(period),
                victim: VICTIMS[victim].1,
                suspend: if decay { Suspend::Decay } else { Suspend::SwapOut },
                resume: if prepage && !decay { Resume::Prepage } else { Resume::Demand },
                restart: restart.map(Span),
            }
        },
    )
}
