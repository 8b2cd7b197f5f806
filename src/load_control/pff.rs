//! Page fault frequency with suspension.
//!
//! *Idea.* Under page fault frequency a process that faults often gets a frame more. If none is free that has been given up, a process is
//! suspended; it comes back when as many frames are free as it held.
//!
//! *Paper.* W. W. Chu and H. Opderbeck, "Program behavior and the page-fault-frequency replacement algorithm", Computer 9(11), 1976.
//!
//! *Deviation.* The policy (pff) takes a page in use and reports it; it is over a period that a process is suspended for it.
//!
//! *Cost.* A look at every process for each admission and period.

use super::overcommitment::Overcommitment;
use super::{Action, Controller, ControllerEntry, Needs, Observation, Parameter, Sight};
use crate::units::{ProcessId, Span};

pub(crate) static ENTRY: ControllerEntry = ControllerEntry {
    needs: Needs::Overcommitment,
    ..ControllerEntry::of(
        "pff",
        "one is suspended when a process that faults often finds no free frame, and resumed when what it held is free",
        "Chu and Opderbeck 1976, Computer 9(11)",
        Span(100_000_000),
        &[
            Parameter::fraction(
                "tolerance",
                0.05,
                "share of the faults that may take a page in use before one is suspended",
            ),
            Parameter::fraction("reserve", 0.05, "share of memory that has to be free besides, before one is admitted"),
        ],
        |settings, _| {
            Box::new(Pff {
                tolerance: settings.number("tolerance"),
                reserve: settings.number("reserve"),
                overcommitment: Overcommitment::default(),
                admitted: false,
            })
        },
    )
};

struct Pff {
    tolerance: f64,
    reserve: f64,
    overcommitment: Overcommitment,
    /// Somebody has been admitted in this period, whose pages are not in memory yet.
    admitted: bool,
}

impl Controller for Pff {
    fn decide(&mut self, seen: &Observation<'_>, actions: &mut Vec<Action>) {
        self.admitted = false;
        if self.overcommitment.beyond(self.tolerance, seen) && seen.active > 1 {
            actions.push(Action::Shed(1));
        }
    }

    fn admits(&mut self, candidate: ProcessId, seen: &Observation<'_>) -> bool {
        if seen.active == 0 {
            return true;
        }
        let held = seen.processes.get(candidate.0 as usize).map_or(0, |process| process.working_set);
        let wanted = f64::from(held) + self.reserve * f64::from(seen.frames);
        !self.admitted && f64::from(seen.free) >= wanted
    }

    fn admitted(&mut self, _process: ProcessId, _seen: &Observation<'_>) {
        self.admitted = true;
    }

    fn sight(&self) -> Sight {
        Sight::Processes
    }
}
