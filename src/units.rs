//! Quantities as types: instants, spans and virtual time in integer nanoseconds, and the identifiers that
//! every part shares. Simulated time is never a float: two instants are equal or they are not.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// A length of simulated time, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub u64);

/// A point of simulated real time, in nanoseconds since the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub u64);

/// A point of one process's virtual time: the CPU time, in nanoseconds, that it has used for its own references.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Virtual(pub u64);

/// Index of a page frame of the machine, `0..frames`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(pub u32);

/// Number of a page within one address space, `0..pages`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Page(pub u32);

/// Index of a process of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessId(pub u32);

const OVERFLOW: &str = "simulated time exceeds 2^64 ns (584 years)";

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// The longest span; stands for "never ends".
    pub const MAX: Span = Span(u64::MAX);

    /// From a number of seconds, rounded to the nearest nanosecond and held within the range of the type.
    pub fn from_secs_f64(seconds: f64) -> Span {
        Span::from_nanos_f64(seconds * 1e9)
    }

    /// From a number of nanoseconds, rounded and held within the range of the type (NaN and negative become 0).
    pub fn from_nanos_f64(nanos: f64) -> Span {
        // `as` saturates, which is the behaviour wanted for the far tail of a heavy-tailed distribution.
        Span(libm::round(nanos) as u64)
    }

    /// As seconds.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The sum, held at [`Span::MAX`].
    pub fn saturating_add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }

    /// The difference, held at zero.
    pub fn saturating_sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl Instant {
    /// The start of the run.
    pub const ZERO: Instant = Instant(0);
    /// Later than any event.
    pub const NEVER: Instant = Instant(u64::MAX);

    /// This instant plus a span, held at [`Instant::NEVER`].
    pub fn saturating_add(self, span: Span) -> Instant {
        Instant(self.0.saturating_add(span.0))
    }

    /// As seconds since the start of the run.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Virtual {
    /// The beginning of a process.
    pub const ZERO: Virtual = Virtual(0);
    /// Later than any point of a process's life.
    pub const NEVER: Virtual = Virtual(u64::MAX);

    /// This point plus a span, held at [`Virtual::NEVER`].
    pub fn saturating_add(self, span: Span) -> Virtual {
        Virtual(self.0.saturating_add(span.0))
    }

    /// The span since an earlier point, zero if that point is not earlier.
    pub fn saturating_since(self, earlier: Virtual) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.checked_add(other.0).expect(OVERFLOW))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Span) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Span;
    fn sub(self, other: Span) -> Span {
        Span(self.0.checked_sub(other.0).expect("a span cannot be negative"))
    }
}

impl Add<Span> for Instant {
    type Output = Instant;
    fn add(self, span: Span) -> Instant {
        Instant(self.0.checked_add(span.0).expect(OVERFLOW))
    }
}

impl Sub for Instant {
    type Output = Span;
    fn sub(self, earlier: Instant) -> Span {
        Span(self.0.checked_sub(earlier.0).expect("time runs backwards"))
    }
}

impl Add<Span> for Virtual {
    type Output = Virtual;
    fn add(self, span: Span) -> Virtual {
        Virtual(self.0.checked_add(span.0).expect(OVERFLOW))
    }
}

impl Sub for Virtual {
    type Output = Span;
    fn sub(self, earlier: Virtual) -> Span {
        Span(self.0.checked_sub(earlier.0).expect("virtual time runs backwards"))
    }
}

impl fmt::Display for Span {
    /// With the largest unit that leaves a number of at least one: `2.5 ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0;
        let (unit, size) = match nanos {
            0..1_000 => ("ns", 1.0),
            1_000..1_000_000 => ("us", 1e3),
            1_000_000..1_000_000_000 => ("ms", 1e6),
            _ => ("s", 1e9),
        };
        write!(f, "{} {unit}", nanos as f64 / size)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Span(self.0).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_print_in_the_unit_a_person_would_choose() {
        let shown: Vec<String> =
            [0, 999, 1_500, 2_500_000, 60_000_000_000].map(|nanos| Span(nanos).to_string()).to_vec();
        assert_eq!(shown, ["0 ns", "999 ns", "1.5 us", "2.5 ms", "60 s"]);
    }

    #[test]
    fn the_far_tail_of_a_distribution_is_held_in_range() {
        assert_eq!(Span::from_nanos_f64(1e300), Span::MAX);
        assert_eq!(Span::from_nanos_f64(f64::NAN), Span::ZERO);
    }
}
