//! The registry: one line for each policy.

use super::PolicyEntry;

/// Lists every policy once: `module::Type` and its entry are named here and nowhere else. Calls the macro `$with` with the
/// list, so that the walk can be compiled for each of them without the policies knowing the walk.
macro_rules! for_each_policy {
    ($with:ident) => {
        $with! {
            fifo::Fifo,
            random::Random,
            second_chance::SecondChance,
            clock::Clock,
            clock_bit_0::ClockBit0,
            nru::Nru,
            aging::Aging,
            lru::Lru,
            mru::Mru,
            lru_k::LruK,
            lfu::Lfu,
            perfect_lfu::PerfectLfu,
            two_q::TwoQ,
            arc::Arc,
            car::Car,
            lirs::Lirs,
            clock_pro::ClockPro,
            s3_fifo::S3Fifo,
            sieve::Sieve,
            active_inactive::ActiveInactive,
            mglru::Mglru,
            opt::Opt,
            ws::Ws,
            dws::Dws,
            pff::Pff,
            vmin::Vmin,
            wsclock::WsClock,
        }
    };
}
pub(crate) use for_each_policy;

macro_rules! entries {
    ($($module:ident::$policy:ident,)*) => {
        /// Every policy, in the order of the registry.
        pub static POLICIES: &[&PolicyEntry] = &[$(&super::$module::ENTRY),*];
    };
}
for_each_policy!(entries);

/// The policy of this name.
pub fn find(name: &str) -> Option<&'static PolicyEntry> {
    POLICIES.iter().copied().find(|entry| entry.name == name)
}
