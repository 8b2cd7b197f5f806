//! Working-set admission.
//!
//! *Idea.* A process is active only if its working set fits into memory beside those of the others that are. If they outgrow it, one is suspended and
//! comes back when its working set fits again.
//!
//! *Paper.* P. J. Denning, "The working set model for program behavior", Comm. ACM 11(5), 1968; J. Rodriguez-Rosell and J.-P. Dupuy, "The
//! design, implementation, and evaluation of a working set dispatcher", Comm. ACM 16(4), 1973.
//!
//! *Deviation.* The replacement policy keeps the working sets (ws, dws, pff); what it reports of a process that has just begun to load is too
//! small, so the largest recent size counts, which fades. Nothing is known of a process that has never run: it counts as its class's others
//! do, and if nothing is known of those either, one such process is admitted a period. One process is admitted whatever its size: memory that is
//! too small for anybody has to be used by somebody.
//!
//! *Cost.* A look at every process for each admission and period.

use super::overcommitment::Overcommitment;
use super::{Action, Controller, ControllerEntry, Needs, Observation, Parameter, Sight, Standing};
use crate::units::{ProcessId, Span};

pub(crate) static ENTRY: ControllerEntry = ControllerEntry {
    needs: Needs::WorkingSets,
    ..ControllerEntry::of(
        "working-set",
        "a process is active only if its working set fits beside those of the others",
        "Denning 1968, Comm. ACM 11(5); Rodriguez-Rosell and Dupuy 1973, Comm. ACM 16(4)",
        Span(100_000_000),
        &[
            Parameter::share("memory", 1.0, "nobody would be admitted", "share of memory that working sets may fill"),
            Parameter::fraction(
                "tolerance",
                0.05,
                "share of the faults that may take a page in use before one is suspended",
            ),
            Parameter::fraction("fading", 0.02, "what the largest recent size of a working set loses a period"),
        ],
        |settings, site| {
            Box::new(WorkingSet {
                memory: settings.number("memory"),
                tolerance: settings.number("tolerance"),
                fading: settings.number("fading"),
                sizes: vec![0.0; site.processes as usize],
                overcommitment: Overcommitment::default(),
                untested: false,
            })
        },
    )
};

struct WorkingSet {
    memory: f64,
    tolerance: f64,
    fading: f64,
    /// The largest recent size of each process's working set; 0 if it has never run.
    sizes: Vec<f64>,
    overcommitment: Overcommitment,
    /// A process of unknown size has been admitted in this period.
    untested: bool,
}

impl WorkingSet {
    fn size(&self, id: ProcessId) -> f64 {
        self.sizes[id.0 as usize]
    }

    /// The size to expect of a process, from its own past or else from its class's; `None` if nothing is known.
    fn expected(&self, candidate: ProcessId, seen: &Observation<'_>) -> Option<f64> {
        let own = self.size(candidate);
        if own > 0.0 {
            return Some(own);
        }
        let class = seen.processes.get(candidate.0 as usize)?.class;
        let known = seen.processes.iter().filter(|other| other.class == class).map(|other| self.size(other.id));
        let (count, sum) =
            known.filter(|size| *size > 0.0).fold((0.0, 0.0), |(count, sum), size| (count + 1.0, sum + size));
        (count > 0.0).then(|| sum / count)
    }
}

impl Controller for WorkingSet {
    fn decide(&mut self, seen: &Observation<'_>, actions: &mut Vec<Action>) {
        for process in seen.processes.iter().filter(|process| process.standing == Standing::Active) {
            let size = &mut self.sizes[process.id.0 as usize];
            *size = (*size * (1.0 - self.fading)).max(f64::from(process.working_set));
        }
        self.untested = false;
        if self.overcommitment.beyond(self.tolerance, seen) && seen.active > 1 {
            actions.push(Action::Shed(1));
        }
    }

    fn admits(&mut self, candidate: ProcessId, seen: &Observation<'_>) -> bool {
        if seen.active == 0 {
            return true;
        }
        let active: f64 = seen.actives().map(|other| self.expected(other.id, seen).unwrap_or(0.0)).sum();
        let room = self.memory * f64::from(seen.frames) - active;
        match self.expected(candidate, seen) {
            Some(size) => size <= room,
            None => !std::mem::replace(&mut self.untested, true),
        }
    }

    fn sight(&self) -> Sight {
        Sight::Processes
    }
}
