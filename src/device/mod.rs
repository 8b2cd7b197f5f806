//! Devices: what serves page-ins, page-outs and file requests.
//!
//! | part | what it is |
//! |---|---|
//! | [`Queueing`] | service times from distributions: M/M/k and its relatives |
//! | [`disk`] | magnetic disk: seek curve, rotating platter, zones, buffers, schedulers |
//! | [`drum`] | paging drum, FCFS and SLTF |
//! | [`flash`] | SATA SSD and NVMe: dies, channels, translation layer, garbage collection |
//! | [`throttle`] | token buckets in front of a device: cloud volumes, control groups |
//! | [`tier`] | compressed, far and remote memory in front of a device |
//! | [`areas`] | several swap areas: priorities and striping |
//! | [`exercise`] | drives a device alone, as `fio` does |
//!
//! A device is a pure model behind one trait, [`Device`]: time comes in with each call and goes out as
//! [`Device::next_completion`]; there is no calendar outside it, no clock and no randomness but its own stream. The
//! same calls give the same answers on every platform.

mod account;
mod anatomy;
mod calendar;
mod join;
mod link;
mod presets;
mod queueing;
mod request;
mod spec;
mod stats;
mod validate;

pub mod areas;
pub mod disk;
pub mod drum;
pub mod exercise;
pub mod flash;
pub mod throttle;
pub mod tier;

pub use account::{Account, Traffic};
pub use anatomy::{Anatomy, Component};
pub use presets::{PRESETS, Preset, preset};
pub use queueing::{Queueing, QueueingSpec};
pub use request::{Completion, Operation, Origin, Request};
pub use spec::{DeviceSpec, build};
pub use stats::{Detail, DeviceStats};
pub use validate::{Problem, Site};

use crate::units::Instant;

/// A device with its queue. It keeps its own calendar; the machine asks when it next wants to be called.
///
/// Calls come in order of time. Everything that changes in a device changes within a call, so that what it says of
/// itself holds until the next one. Laws, exact over any time from idle to idle:
///
/// * Little: the integral of [`Device::requests`] is the sum of `waited + served` over the caller's completions;
/// * utilisation: the integral of [`Device::in_service`] is the sum of `busy` over all completions, the device's own
///   included.
pub trait Device: Send {
    /// Accepts a request at `now`.
    ///
    /// # Panics
    /// If the request goes beyond the capacity of the device ([`DeviceSpec::capacity`]).
    fn submit(&mut self, now: Instant, request: Request);
    /// When something will next be complete, as far as is known now; [`Instant::NEVER`] if the device is idle. A later
    /// `submit` can change the answer.
    fn next_completion(&self) -> Instant;
    /// Takes what completes at `now`, which must be [`Device::next_completion`]: a request of the caller, or, as
    /// [`Completion::origin`] tells, something of the device's own, which the caller passes over.
    fn complete(&mut self, now: Instant) -> Completion;
    /// Requests of the caller at the device, waiting or in service.
    fn requests(&self) -> usize;
    /// Servers at work, for the caller or for the device itself.
    fn in_service(&self) -> usize;
    /// Most servers that can be at work at once.
    fn servers(&self) -> usize;
    /// The pages hold nothing any more (their swap slots were freed): a tier drops them, a flash device need not move
    /// them.
    fn discard(&mut self, _now: Instant, _position: u64, _pages: u32) {}
    /// Page frames of the machine that the device occupies now (compressed memory).
    fn frames_held(&self) -> u64 {
        0
    }
    /// What the device has counted.
    fn stats(&self) -> DeviceStats;
}
