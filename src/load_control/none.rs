//! No control: everybody who has a job is active.
//!
//! *Idea.* What all others are compared with. Memory is shared by whoever asks for it, and past the knee all of them lose.
//!
//! *Paper.* P. J. Denning, "Thrashing: its causes and prevention", AFIPS FJCC 33, 1968, describes what comes of it.
//!
//! *Deviation.* None. A scenario that names it has the same runs as one that names no controller, and reports activity and
//! fairness besides.
//!
//! *Cost.* None.

use super::{Action, Controller, ControllerEntry, Observation};
use crate::units::Span;

pub(crate) static ENTRY: ControllerEntry = ControllerEntry::of(
    "none",
    "everybody who has a job is active",
    "Denning 1968, AFIPS FJCC 33, on what comes of it",
    Span(1_000_000_000),
    &[],
    |_, _| Box::new(None),
);

struct None;

impl Controller for None {
    fn decide(&mut self, _seen: &Observation<'_>, _actions: &mut Vec<Action>) {}
}
