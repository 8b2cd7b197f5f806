//! Loading-task / running-task control, the load control of WSClock.
//!
//! *Idea.* A task that has just been activated loads its pages and says nothing of whether memory is enough; so few tasks may be loading at once. When
//! the clock finds no page that has left its owner's working set, memory is overcommitted and a task is deactivated.
//!
//! *Paper.* R. W. Carr and J. L. Hennessy, "WSClock: a simple and effective algorithm for virtual memory management", SOSP 1981; R. W. Carr,
//! "Virtual memory management", Stanford STAN-CS-81-873, 1981.
//!
//! *Deviation.* A task is loading until it has used `loading` of its own virtual time since it was activated (Carr's first form; his second looks at its
//! fault rate). Overcommitment is what the policy reports over a period, and after a deactivation nobody is admitted for `pause`.
//!
//! *Cost.* A look at every process for each admission and period.

use super::overcommitment::Overcommitment;
use super::{Action, Controller, ControllerEntry, Needs, Observation, Parameter, Sight, Standing};
use crate::units::{Instant, ProcessId, Span};

pub(crate) static ENTRY: ControllerEntry = ControllerEntry {
    needs: Needs::Overcommitment,
    ..ControllerEntry::of(
        "lt-rt",
        "few tasks may be loading at once, and one is deactivated when the clock finds no page that is out of use",
        "Carr and Hennessy 1981, SOSP",
        Span(100_000_000),
        &[
            Parameter::level("loaders", Some(1), "tasks that may be loading at once"),
            Parameter::time(
                "loading",
                Span(1),
                Span(500_000_000),
                "virtual time after which a task has loaded its pages",
            ),
            Parameter::fraction(
                "tolerance",
                0.05,
                "share of the faults that may take a page in use before one is deactivated",
            ),
            Parameter::time(
                "pause",
                Span::ZERO,
                Span(5_000_000_000),
                "time after a deactivation in which nobody is admitted",
            ),
        ],
        |settings, site| {
            Box::new(LtRt {
                loaders: settings.count("loaders"),
                loading: settings.time("loading"),
                tolerance: settings.number("tolerance"),
                pause: settings.time("pause"),
                begun: vec![Span::ZERO; site.processes as usize],
                overcommitment: Overcommitment::default(),
                closed_until: Instant::ZERO,
            })
        },
    )
};

struct LtRt {
    loaders: u32,
    loading: Span,
    tolerance: f64,
    pause: Span,
    /// Each process's virtual time when it was last activated.
    begun: Vec<Span>,
    overcommitment: Overcommitment,
    closed_until: Instant,
}

impl Controller for LtRt {
    fn decide(&mut self, seen: &Observation<'_>, actions: &mut Vec<Action>) {
        if self.overcommitment.beyond(self.tolerance, seen) && seen.active > 1 {
            actions.push(Action::Shed(1));
            self.closed_until = seen.now.saturating_add(self.pause);
        }
    }

    fn admits(&mut self, _candidate: ProcessId, seen: &Observation<'_>) -> bool {
        if seen.active == 0 {
            return true;
        }
        let loading = |id: ProcessId, progress: Span| progress.saturating_sub(self.begun[id.0 as usize]) < self.loading;
        let active = seen.processes.iter().filter(|process| process.standing == Standing::Active);
        let loaders = active.filter(|process| loading(process.id, process.progress)).count();
        seen.now >= self.closed_until && loaders < self.loaders as usize
    }

    fn admitted(&mut self, process: ProcessId, seen: &Observation<'_>) {
        if let Some(process) = seen.processes.get(process.0 as usize) {
            self.begun[process.id.0 as usize] = process.progress;
        }
    }

    fn sight(&self) -> Sight {
        Sight::Processes
    }
}
