//! Devices: what serves page-ins, page-outs and file requests.

mod queueing;
mod spec;

pub use queueing::Queueing;
pub use spec::{DeviceSpec, QueueingSpec};

use crate::rng::Stream;
use crate::units::{Instant, Span};

/// What a request asks of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Device to memory.
    Read,
    /// Memory to device.
    Write,
}

/// A request for one or more neighbouring pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// The caller's name for it; given back on completion.
    pub tag: u64,
    /// Read or write.
    pub operation: Operation,
    /// Where on the device, in pages from its beginning.
    pub position: u64,
    /// How many pages.
    pub pages: u32,
}

/// A request that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The request.
    pub request: Request,
    /// Time it waited before service.
    pub waited: Span,
    /// Time it was served.
    pub served: Span,
}

/// A device with its queue. It keeps its own calendar; the machine asks when it next wants to be called.
pub trait Device: Send {
    /// Accepts a request at `now`.
    fn submit(&mut self, now: Instant, request: Request);
    /// When the next request will be complete, as far as is known now; [`Instant::NEVER`] if the device is idle.
    fn next_completion(&self) -> Instant;
    /// Takes the request that completes at `now`, which must be [`Device::next_completion`].
    fn complete(&mut self, now: Instant) -> Completion;
    /// Requests at the device, waiting or in service.
    fn requests(&self) -> usize;
    /// Requests in service.
    fn in_service(&self) -> usize;
    /// Most requests that can be in service at once.
    fn servers(&self) -> usize;
}

/// Makes the device that a specification describes, with its own random numbers.
pub fn build(spec: &DeviceSpec, stream: Stream) -> Box<dyn Device> {
    match spec {
        DeviceSpec::Queueing(spec) => Box::new(Queueing::new(spec.clone(), stream)),
    }
}
