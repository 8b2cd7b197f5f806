//! Who is suspended, where the controller leaves that open.

use super::Seen;
use crate::units::ProcessId;
use std::cmp::Reverse;

/// How the process to suspend is chosen among the active ones. Equals are told apart by who was activated later, then by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    /// Whoever became active last (Denning's working-set dispatcher; it has invested least).
    LastActivated,
    /// The one with most frames: memory is got with one suspension.
    Largest,
    /// The one with fewest frames: cheapest to swap.
    Smallest,
    /// The one whose class has the lowest priority.
    LowestPriority,
    /// The one that faulted most since it became active.
    MostFaulting,
}

/// Their names in scenarios.
pub const VICTIMS: &[(&str, Victim)] = &[
    ("last-activated", Victim::LastActivated),
    ("largest", Victim::Largest),
    ("smallest", Victim::Smallest),
    ("lowest-priority", Victim::LowestPriority),
    ("most-faulting", Victim::MostFaulting),
];

impl Victim {
    /// Chooses among the processes given with their faults since they became active.
    pub fn choose<'a>(self, among: impl Iterator<Item = (&'a Seen, u64)>) -> Option<ProcessId> {
        let rank = |seen: &Seen, faults: u64| match self {
            Victim::LastActivated => 0,
            Victim::Largest => i128::from(seen.resident),
            Victim::Smallest => -i128::from(seen.resident),
            Victim::LowestPriority => -i128::from(seen.priority),
            Victim::MostFaulting => i128::from(faults),
        };
        among
            .max_by_key(|(seen, faults)| (rank(seen, *faults), seen.activated, Reverse(seen.id)))
            .map(|(seen, _)| seen.id)
    }
}
