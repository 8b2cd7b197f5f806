//! What a device is, as data.

use crate::rng::Distribution;

/// A device of the machine, as the scenario describes it.
#[derive(Clone, Debug)]
pub enum DeviceSpec {
    /// A queue in order of arrival before `parallelism` identical servers.
    Queueing(QueueingSpec),
}

/// A device whose service times are drawn from distributions.
#[derive(Clone, Debug)]
pub struct QueueingSpec {
    /// Service time of a read, in nanoseconds.
    pub read: Distribution,
    /// Service time of a write, in nanoseconds.
    pub write: Distribution,
    /// Requests served at once (at least 1).
    pub parallelism: u32,
}
