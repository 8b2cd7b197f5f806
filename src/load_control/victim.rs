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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load_control::Standing;
    use crate::units::{Instant, Span};

    fn seen(id: u32, activated: u64, resident: u32, priority: i32) -> Seen {
        Seen {
            id: ProcessId(id),
            class: 0,
            priority,
            standing: Standing::Active,
            activated: Instant(activated),
            resident,
            swapped: 0,
            progress: Span::ZERO,
            faults: 0,
            refaults: 0,
            evictions: 0,
            stalled: Span::ZERO,
            limit: None,
            working_set: resident,
        }
    }

    #[test]
    fn each_chooses_what_its_name_says() {
        let processes = [seen(0, 50, 20, 1), seen(1, 90, 30, 0), seen(2, 70, 60, 2), seen(3, 10, 5, 3)];
        let faults = [40, 10, 20, 30];
        let chosen = |victim: Victim| victim.choose(processes.iter().zip(faults)).map(|id| id.0);
        let names: Vec<_> = VICTIMS.iter().map(|(name, victim)| (*name, chosen(*victim))).collect();
        assert_eq!(
            names,
            [
                ("last-activated", Some(1)),
                ("largest", Some(2)),
                ("smallest", Some(3)),
                ("lowest-priority", Some(1)),
                ("most-faulting", Some(0)),
            ]
        );
        assert_eq!(Victim::Largest.choose(std::iter::empty()), None);
    }

    #[test]
    fn of_equals_the_last_activated_goes_and_of_those_the_first() {
        let processes = [seen(0, 50, 20, 1), seen(1, 90, 20, 1), seen(2, 90, 20, 1)];
        for (name, victim) in VICTIMS {
            let chosen = victim.choose(processes.iter().map(|seen| (seen, 7)));
            assert_eq!(chosen, Some(ProcessId(1)), "{name}");
        }
    }
}
