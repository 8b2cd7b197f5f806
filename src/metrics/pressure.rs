//! Pressure on memory, as Linux defines it ("PSI", kernel/sched/psi.c and Documentation/accounting/psi.rst, since 4.20).
//!
//! *some* is the share of time in which at least one task is stalled on memory, *full* that in which no task that is not idle does
//! anything else. On several CPUs both are weighed by the CPUs that could have been at work, as the comment at the head of
//! psi.c says: with `threads` = min(non-idle tasks, CPUs), some = min(stalled / threads, 1) and full = (threads − min(productive, threads)) /
//! threads, at most what is stalled. The kernel comes to that by keeping each CPU's own tasks apart; here one ready queue serves all CPUs, so
//! the formula is applied as it stands. With one CPU both are the plain definition.
//!
//! A task is stalled on memory while it waits for a frame, and while it waits for a page that was in memory before (a
//! refault). The first read of a page of its program is input, not a stall. Between jobs, in think time and while suspended it is idle.

use crate::units::{Instant, Span};

/// What a process is to the pressure on memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PressureGroup {
    /// Runs, or could.
    Productive,
    /// Waits for memory.
    Stalled,
    /// Waits for input or output that memory has nothing to do with.
    Io,
    /// Wants nothing.
    Idle,
}

/// Levels are kept as shares of this.
const WHOLE: u64 = 1 << 32;

/// How often the running averages are brought forward (`PSI_FREQ`).
const PERIOD: u64 = 2_000_000_000;

/// exp(−2/10), exp(−2/60), exp(−2/300): what is left of an average after a period.
const DECAY: [f64; 3] = [0.818_730_753_077_981_9, 0.967_216_100_482_005_7, 0.993_355_506_255_034_4];

/// One of the two shares, as the kernel reports it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PressureLine {
    /// Running averages over 10, 60 and 300 s, from 0 to 1.
    pub averages: [f64; 3],
    /// Stalled time so far.
    pub total: Span,
}

/// Memory pressure of a machine over time.
///
/// Identities: full ≤ some ≤ elapsed time; some ≤ the time that processes spend waiting for frames and pages; CPUs · full ≤ time in which the
/// CPUs are not given to any process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pressure {
    cpus: u64,
    /// Processes by group: productive, stalled, on input or output.
    counts: [u64; 3],
    /// Levels of some and full now, as shares of `WHOLE`.
    levels: [u64; 2],
    /// Their integrals up to `changed`.
    areas: [u128; 2],
    changed: Instant,
    averages: [[f64; 3]; 2],
    /// The integrals when the averages were last brought forward.
    before: [u128; 2],
    next_period: u64,
}

impl Pressure {
    /// Of a machine with so many CPUs.
    pub fn new(cpus: u32) -> Pressure {
        Pressure { cpus: u64::from(cpus), next_period: PERIOD, ..Pressure::default() }
    }

    /// A process goes from one group to another.
    pub fn shift(&mut self, now: Instant, from: PressureGroup, to: PressureGroup) {
        if from == to {
            return;
        }
        self.advance(now);
        if from != PressureGroup::Idle {
            self.counts[from as usize] -= 1;
        }
        if to != PressureGroup::Idle {
            self.counts[to as usize] += 1;
        }
        let [productive, stalled, io] = self.counts;
        let threads = (productive + stalled + io).min(self.cpus);
        self.levels = if stalled == 0 || threads == 0 {
            [0; 2]
        } else {
            let unproductive = threads - productive.min(threads);
            [stalled.min(threads), stalled.min(unproductive)].map(|tasks| WHOLE * tasks / threads)
        };
    }

    fn advance(&mut self, now: Instant) {
        while self.next_period != 0 && self.next_period <= now.0 {
            self.integrate(Instant(self.next_period));
            for line in 0..2 {
                let sample = (self.areas[line] - self.before[line]) as f64 / (WHOLE as f64 * PERIOD as f64);
                for (average, decay) in self.averages[line].iter_mut().zip(DECAY) {
                    *average = *average * decay + sample * (1.0 - decay);
                }
            }
            self.before = self.areas;
            self.next_period += PERIOD;
        }
        self.integrate(now);
    }

    fn integrate(&mut self, now: Instant) {
        let elapsed = u128::from((now - self.changed).0);
        for (area, level) in self.areas.iter_mut().zip(self.levels) {
            *area += u128::from(level) * elapsed;
        }
        self.changed = now;
    }

    /// The integrals of some and full up to `now`, in nanoseconds times [`Pressure::whole`].
    pub fn areas(&self, now: Instant) -> [u128; 2] {
        let mut then = *self;
        then.integrate(now);
        then.areas
    }

    /// The unit of the levels that [`Pressure::areas`] integrates.
    pub fn whole() -> u128 {
        u128::from(WHOLE)
    }

    /// The lines `some` and `full` of `/proc/pressure/memory`.
    pub fn lines(&self, now: Instant) -> [PressureLine; 2] {
        let mut then = *self;
        then.advance(now);
        [0, 1].map(|line| PressureLine {
            averages: then.averages[line],
            total: Span((then.areas[line] / u128::from(WHOLE)) as u64),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::PressureGroup::{Idle, Io, Productive, Stalled};
    use super::*;
    use proptest::prelude::*;

    const SECOND: u64 = 1_000_000_000;

    /// One process that is always stalled: both levels are 1, and the recurrence, written out, gives 1 − exp(−2k/T) after k periods.
    #[test]
    fn averages_follow_the_kernels_recurrence() {
        let mut pressure = Pressure::new(1);
        pressure.shift(Instant(0), Idle, Stalled);
        for periods in [1u64, 5, 30, 150, 1000] {
            let [some, full] = pressure.lines(Instant(periods * 2 * SECOND));
            assert_eq!(some, full);
            assert_eq!(some.total, Span(periods * 2 * SECOND));
            for (average, horizon) in some.averages.into_iter().zip([10.0, 60.0, 300.0]) {
                let expected = 1.0 - (-2.0 * periods as f64 / horizon).exp();
                assert!((average - expected).abs() < 1e-9, "{average} is not {expected}");
            }
        }
        // Within a period nothing changes, as with the kernel.
        assert_eq!(
            pressure.lines(Instant(20 * SECOND))[0].averages,
            pressure.lines(Instant(22 * SECOND - 1))[0].averages
        );
    }

    #[test]
    fn one_cpu_is_the_plain_definition() {
        let mut pressure = Pressure::new(1);
        pressure.shift(Instant(0), Idle, Stalled);
        pressure.shift(Instant(3), Idle, Productive); // 3 ns of full
        pressure.shift(Instant(10), Productive, Io); // 7 ns of some alone
        pressure.shift(Instant(15), Stalled, Productive); // 5 ns of full: one waits for a file, which is no work
        pressure.shift(Instant(20), Io, Stalled);
        let total = |line: usize, now: u64| pressure.areas(Instant(now))[line] / Pressure::whole();
        assert_eq!((total(0, 20), total(1, 20)), (15, 8));
        assert_eq!((total(0, 24), total(1, 24)), (19, 8));
    }

    /// Four CPUs: two processes run and one is stalled, so a third of what could be at work is lost, and all of that is full.
    #[test]
    fn several_cpus_are_weighed_by_what_could_work() {
        let mut pressure = Pressure::new(4);
        pressure.shift(Instant(0), Idle, Productive);
        pressure.shift(Instant(0), Idle, Productive);
        pressure.shift(Instant(0), Idle, Stalled);
        let [some, full] = pressure.areas(Instant(3000)).map(|area| (area / Pressure::whole()) as u64);
        assert_eq!((some, full), (999, 999)); // rounded down from 1000
        // Eight more that can run: every CPU is at work, a quarter of them could be the stalled one's.
        for _ in 0..8 {
            pressure.shift(Instant(3000), Idle, Productive);
        }
        let [more, same] = pressure.areas(Instant(7000)).map(|area| (area / Pressure::whole()) as u64);
        assert_eq!((more, same), (1999, 999));
    }

    proptest! {
        #[test]
        fn full_is_at_most_some(
            cpus in 1u32..9,
            steps in proptest::collection::vec((0usize..12, 0usize..4, 0u64..5 * SECOND), 1..60),
        ) {
            let groups = [Productive, Stalled, Io, Idle];
            let (mut pressure, mut at, mut now) = (Pressure::new(cpus), [Idle; 12], 0);
            for (process, to, span) in steps {
                now += span;
                pressure.shift(Instant(now), at[process], groups[to]);
                at[process] = groups[to];
                let [some, full] = pressure.lines(Instant(now));
                prop_assert!(full.total <= some.total && some.total <= Span(now));
                for (full, some) in full.averages.into_iter().zip(some.averages) {
                    prop_assert!(full <= some && (0.0..=1.0).contains(&some));
                }
            }
        }
    }
}
