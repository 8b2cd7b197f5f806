//! A killer driven by memory pressure, as systemd-oomd.
//!
//! *Idea.* If for half a minute nobody got anything done for more than six tenths of the time, somebody has to die: the one from whom most is reclaimed.
//! And before swap space runs out, the one with most in it.
//!
//! *Paper.* systemd-oomd.service(8) and oomd.conf(5), since systemd 247; src/oom/oomd-manager.c. It follows Facebook's oomd.
//!
//! *Deviation.* Each process is a control group of its own, all in one monitored slice. Instead of pages scanned (`pgscan`), pages taken from a process since the
//! last look are compared. Swap is looked at once a period too, not every 150 ms. There are no preferences (`ManagedOOMPreference`).
//!
//! *Cost.* A look at every process and its page table each period.

use super::{Action, Controller, ControllerEntry, Observation, Parameter, Seen, Sight, Standing};
use crate::units::{Instant, Span};

pub(crate) static ENTRY: ControllerEntry = ControllerEntry::of(
    "oomd",
    "kills a process when memory pressure has been high for long, or swap space is nearly full (systemd-oomd)",
    "systemd-oomd.service(8), systemd 247",
    Span(1_000_000_000),
    &[
        Parameter::fraction(
            "pressure_limit",
            0.6,
            "full pressure over 10 s that is too high (DefaultMemoryPressureLimit)",
        ),
        Parameter::time(
            "pressure_duration",
            Span::ZERO,
            Span(30_000_000_000),
            "for how long (DefaultMemoryPressureDurationSec)",
        ),
        Parameter::fraction(
            "swap_used_limit",
            0.9,
            "share of memory and of swap space in use that is too much (SwapUsedLimit)",
        ),
        Parameter::fraction("swap_share", 0.05, "share of swap space from which on a process is worth killing for it"),
        Parameter::time(
            "post_action_delay",
            Span::ZERO,
            Span(15_000_000_000),
            "after a kill pressure is not acted on for so long",
        ),
        Parameter::time(
            "reclaim_window",
            Span(1),
            Span(30_000_000_000),
            "pressure counts only if something was reclaimed so lately",
        ),
    ],
    |settings, site| {
        Box::new(Oomd {
            pressure_limit: settings.number("pressure_limit"),
            pressure_duration: settings.time("pressure_duration"),
            swap_used_limit: settings.number("swap_used_limit"),
            swap_share: settings.number("swap_share"),
            post_action_delay: settings.time("post_action_delay"),
            reclaim_window: settings.time("reclaim_window"),
            above_since: None,
            killed_at: None,
            reclaimed_at: None,
            evictions: vec![0; site.processes as usize],
        })
    },
);

struct Oomd {
    pressure_limit: f64,
    pressure_duration: Span,
    swap_used_limit: f64,
    swap_share: f64,
    post_action_delay: Span,
    reclaim_window: Span,
    above_since: Option<Instant>,
    killed_at: Option<Instant>,
    reclaimed_at: Option<Instant>,
    /// Pages taken from each process up to the last look.
    evictions: Vec<u64>,
}

impl Oomd {
    /// Whether pressure has been above the limit for long enough, as of now.
    fn pressed(&mut self, seen: &Observation<'_>) -> bool {
        if seen.pressure[1].averages[0] <= self.pressure_limit {
            self.above_since = None;
            return false;
        }
        seen.now - *self.above_since.get_or_insert(seen.now) >= self.pressure_duration
    }

    fn swap_full(&self, seen: &Observation<'_>) -> bool {
        let memory = f64::from(seen.frames - seen.free) / f64::from(seen.frames);
        let (size, used) = seen.swap;
        memory > self.swap_used_limit && f64::from(used) > self.swap_used_limit * f64::from(size)
    }
}

impl Controller for Oomd {
    fn decide(&mut self, seen: &Observation<'_>, actions: &mut Vec<Action>) {
        let taken = |process: &Seen| process.evictions - self.evictions[process.id.0 as usize];
        let candidates = || seen.processes.iter().filter(|process| process.standing != Standing::Outside);
        if seen.processes.iter().any(|process| taken(process) > 0) {
            self.reclaimed_at = Some(seen.now);
        }
        let most_reclaimed = candidates().max_by_key(|process| (taken(process), std::cmp::Reverse(process.id)));
        let most_reclaimed = most_reclaimed.map(|process| process.id);
        for process in seen.processes {
            self.evictions[process.id.0 as usize] = process.evictions;
        }

        if self.swap_full(seen) {
            let worth = self.swap_share * f64::from(seen.swap.0);
            let largest = candidates().max_by_key(|process| (process.swapped, std::cmp::Reverse(process.id)));
            if let Some(largest) = largest.filter(|process| f64::from(process.swapped) > worth) {
                actions.push(Action::Kill(largest.id));
                return;
            }
        }
        // The averages lag behind: what they show soon after a kill is what led to it.
        let calm = self.killed_at.is_some_and(|at| seen.now - at < self.post_action_delay);
        let reclaims = self.reclaimed_at.is_some_and(|at| seen.now - at <= self.reclaim_window);
        if self.pressed(seen)
            && !calm
            && reclaims
            && let Some(victim) = most_reclaimed
        {
            actions.push(Action::Kill(victim));
            self.killed_at = Some(seen.now);
        }
    }

    fn sight(&self) -> Sight {
        Sight::Swap
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load_control::Settings;
    use crate::metrics::PressureLine;
    use crate::units::ProcessId;
    use proptest::prelude::*;

    const SECOND: u64 = 1_000_000_000;

    fn process(id: u32, evictions: u64, swapped: u32) -> Seen {
        Seen {
            id: ProcessId(id),
            class: 0,
            priority: 0,
            standing: Standing::Active,
            activated: Instant::ZERO,
            resident: 100,
            swapped,
            progress: Span::ZERO,
            faults: 0,
            refaults: 0,
            evictions,
            stalled: Span::ZERO,
            limit: None,
            working_set: 100,
        }
    }

    /// Free frames of 100, swap slots in use of 1000, pressure, and what is taken from each process, a second each.
    fn observe(second: u64, (free, swapped, full): (u32, u32, f64), processes: &[Seen]) -> Observation<'_> {
        let line = |share| PressureLine { averages: [share; 3], total: Span::ZERO };
        Observation {
            now: Instant(second * SECOND),
            frames: 100,
            free,
            swap: (1000, swapped),
            cpus: 1,
            user: 0,
            paging_busy: 0,
            paging_servers: 1,
            paging_served: (0, 0),
            paging_queue: 0,
            faults: 0,
            major_faults: 0,
            forced: 0,
            work: 0.0,
            pressure: [line(1.0), line(full)],
            active: processes.len() as u32,
            waiting: 0,
            processes,
        }
    }

    proptest! {
        /// Whoever it kills, one of its two conditions holds, looked up in the whole past.
        #[test]
        fn nobody_is_killed_below_the_thresholds(
            seconds in proptest::collection::vec((0u32..100, 0u32..1001, prop_oneof![0.0f64..1.0, 0.59f64..0.7], any::<bool>()), 1..200),
        ) {
            let settings = Settings::defaults(ENTRY.parameters).expect("all have defaults");
            let mut oomd = (ENTRY.build)(&settings, crate::load_control::Site { processes: 2, frames: 100 });
            let (mut taken, mut kills) = (0, Vec::new());
            let mut reclaims = Vec::new();
            for (second, &(free, swapped, full, reclaim)) in seconds.iter().enumerate() {
                taken += u64::from(reclaim);
                reclaims.push(reclaim);
                let processes = [process(0, taken, swapped), process(1, 0, 0)];
                let mut actions = Vec::new();
                oomd.decide(&observe(second as u64, (free, swapped, full), &processes), &mut actions);
                prop_assert!(actions.len() <= 1);
                if actions.is_empty() {
                    continue;
                }
                prop_assert_eq!(actions[0], Action::Kill(ProcessId(0)));
                let swap_full = 100 - free > 90 && swapped > 900;
                let pressed = second >= 30 && seconds[second - 30..=second].iter().all(|(_, _, full, _)| *full > 0.6);
                let lately = reclaims[second.saturating_sub(30)..].iter().any(|reclaimed| *reclaimed);
                let calm = kills.last().is_some_and(|last| second - last < 15);
                prop_assert!(swap_full || (pressed && lately && !calm), "killed at {second}");
                if !swap_full {
                    kills.push(second);
                }
            }
        }
    }

    /// Pressure above the limit from second 10 on, with reclaim: it kills after half a minute, and then every 15 s.
    #[test]
    fn it_kills_after_the_duration_and_waits_after_a_kill() {
        let settings = Settings::defaults(ENTRY.parameters).expect("all have defaults");
        let mut oomd = (ENTRY.build)(&settings, crate::load_control::Site { processes: 2, frames: 100 });
        let mut kills = Vec::new();
        for second in 0..80u64 {
            let processes = [process(0, 0, 0), process(1, second, 0)];
            let mut actions = Vec::new();
            let full = if second >= 10 { 0.61 } else { 0.59 };
            oomd.decide(&observe(second, (1, 0, full), &processes), &mut actions);
            if let Some(Action::Kill(victim)) = actions.first() {
                assert_eq!(*victim, ProcessId(1), "the one from whom most is reclaimed");
                kills.push(second);
            }
        }
        assert_eq!(kills, [40, 55, 70]);
    }
}
