//! How many are at a place over time, counted in two ways that must agree.

use crate::units::Instant;

/// Those that are at one place: processes in a state, requests at a device, jobs in the system.
///
/// Identity (Little's law N = X·R, with the residence of those still inside counted):
/// `area = residence + inside · now − entered`. The left side is built from the number inside, whenever it changes; the right
/// side from each visitor's own times.
#[derive(Clone, Copy, Debug, Default)]
pub struct Occupancy {
    /// Visitors now.
    pub inside: u64,
    /// Arrivals so far.
    pub arrivals: u64,
    /// Departures so far.
    pub departures: u64,
    /// Integral of the number inside over time, in nanoseconds, up to `changed`.
    area: u128,
    changed: Instant,
    /// Total time of those that have left, in nanoseconds.
    residence: u128,
    /// Sum of the arrival times of those inside.
    entered: u128,
}

impl Occupancy {
    /// One arrives.
    #[inline]
    pub fn arrive(&mut self, now: Instant) {
        self.advance(now);
        self.inside += 1;
        self.arrivals += 1;
        self.entered += u128::from(now.0);
    }

    /// One that came at `since` leaves.
    #[inline]
    pub fn depart(&mut self, since: Instant, now: Instant) {
        self.advance(now);
        self.inside -= 1;
        self.departures += 1;
        self.entered -= u128::from(since.0);
        self.residence += u128::from((now - since).0);
    }

    #[inline]
    fn advance(&mut self, now: Instant) {
        self.area += u128::from(self.inside) * u128::from((now - self.changed).0);
        self.changed = now;
    }

    /// Integral of the number inside up to `now`, in nanoseconds.
    pub fn area(&self, now: Instant) -> u128 {
        self.area + u128::from(self.inside) * u128::from((now - self.changed).0)
    }

    /// Total time of all visitors up to `now`, in nanoseconds, those still inside counted.
    pub fn residence(&self, now: Instant) -> u128 {
        self.residence + u128::from(self.inside) * u128::from(now.0) - self.entered
    }

    /// Total time of those that have left, in nanoseconds.
    pub fn completed_residence(&self) -> u128 {
        self.residence
    }

    /// Total time up to `now` of those still inside, in nanoseconds.
    pub fn unfinished(&self, now: Instant) -> u128 {
        u128::from(self.inside) * u128::from(now.0) - self.entered
    }
}
