//! The token bucket: credit that grows at a steady rate up to a limit.
//!
//! Kept in whole numbers of a billionth of a token, so that no rounding ever lets more pass than the rate allows.
//! Source: A. S. Tanenbaum, *Computer Networks*, 3rd edition, 1996, section 5.3; J. S. Turner, "New directions in
//! communications", IEEE Communications Magazine 24(10), 1986.

use crate::units::Instant;

const TOKEN: i128 = 1_000_000_000;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    per_second: i128,
    burst: i128,
    /// Credit at `since`, in billionths of a token. A request larger than the burst leaves it below zero.
    credit: i128,
    since: Instant,
}

impl Bucket {
    /// A bucket with `initial` tokens.
    pub fn new(per_second: u64, burst: u64, initial: u64) -> Bucket {
        Bucket {
            per_second: i128::from(per_second),
            burst: i128::from(burst) * TOKEN,
            credit: i128::from(initial.min(burst)) * TOKEN,
            since: Instant::ZERO,
        }
    }

    /// A token a second is a billionth of a token each nanosecond.
    fn credit(&self, now: Instant) -> i128 {
        (self.credit + i128::from((now - self.since).0) * self.per_second).min(self.burst)
    }

    /// When a request of `tokens` may pass, if nothing else does before: when the bucket holds that many, or is full.
    pub fn ready(&self, now: Instant, tokens: u64) -> Instant {
        let missing = (i128::from(tokens) * TOKEN).min(self.burst) - self.credit(now);
        if missing <= 0 {
            return now;
        }
        let nanos = (missing + self.per_second - 1) / self.per_second;
        Instant(now.0.saturating_add(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }

    /// A request of `tokens` passes, being ready.
    pub fn take(&mut self, now: Instant, tokens: u64) {
        self.credit = self.credit(now) - i128::from(tokens) * TOKEN;
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Over any window whatever: at most the burst (or one request larger than it) and the rate times the window.
        #[test]
        fn the_rate_is_never_exceeded_beyond_the_burst(
            per_second in 1u64..1_000_000_000,
            burst in 1u64..10_000,
            requests in prop::collection::vec((0u64..100_000_000, 1u64..20_000), 1..60),
        ) {
            let mut bucket = Bucket::new(per_second, burst, burst);
            let mut now = Instant::ZERO;
            let mut passed: Vec<(Instant, u64)> = Vec::new();
            for (gap, tokens) in requests {
                now = bucket.ready(now.saturating_add(crate::units::Span(gap)), tokens);
                bucket.take(now, tokens);
                passed.push((now, tokens));
            }
            for first in 0..passed.len() {
                let mut sum = 0;
                for (last, (end, tokens)) in passed.iter().enumerate().skip(first) {
                    sum += u128::from(*tokens);
                    let window = u128::from((*end - passed[first].0).0);
                    // The last request of the window may be larger than the burst; it leaves the bucket in debt.
                    let excess = u128::from(tokens.saturating_sub(burst));
                    let allowed = (u128::from(burst) + excess) * 1_000_000_000 + window * u128::from(per_second);
                    prop_assert!(sum * 1_000_000_000 <= allowed, "requests {first}..={last}: {sum} tokens in {window} ns");
                }
            }
        }

        /// A request that waits for its credit waits no longer than it must.
        #[test]
        fn a_request_passes_as_soon_as_it_may(
            per_second in 1u64..1_000_000,
            burst in 1u64..1_000,
            tokens in 1u64..1_000,
        ) {
            let mut bucket = Bucket::new(per_second, burst, burst);
            bucket.take(Instant::ZERO, burst);
            let ready = bucket.ready(Instant::ZERO, tokens);
            let needed = tokens.min(burst);
            prop_assert!(bucket.credit(ready) >= i128::from(needed) * TOKEN);
            prop_assert!(bucket.credit(Instant(ready.0 - 1)) < i128::from(needed) * TOKEN);
        }
    }
}
