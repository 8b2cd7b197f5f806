//! What is asked of a device and what it answers.

use super::Anatomy;
use crate::units::Span;

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
    /// How many pages (at least 1).
    pub pages: u32,
}

impl Request {
    /// The position after its last page.
    pub fn end(&self) -> u64 {
        self.position + u64::from(self.pages)
    }
}

/// On whose behalf something was completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A request of the caller is done.
    Caller,
    /// A request that the device made of itself is done: a cached write reached the medium, a tier wrote a page back.
    /// Its `tag` means nothing to the caller.
    Device,
    /// No request is done, but one moved on within the device (a token bucket let it pass, a page was found
    /// incompressible and went on to the device behind).
    Wake,
}

/// A request that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The request.
    pub request: Request,
    /// Time it waited before service.
    pub waited: Span,
    /// Time it was served; `waited + served` is its whole time at the device.
    pub served: Span,
    /// Whose request it was. Only those of [`Origin::Caller`] answer a `submit`.
    pub origin: Origin,
    /// Server time it used: equal to `served`, but for a request that was split over several servers, and for one that
    /// was served in the rotation of a drum that another request had already been waiting in.
    pub busy: Span,
    /// CPU time of the machine that it used (compression, page migration). It is part of `busy` already, except for the
    /// write-back of a tier, which is decompressed before it is sent: the caller charges it to a CPU, it does not add
    /// it to the latency.
    pub cpu: Span,
    /// Where `waited` and `served` went, part by part.
    pub anatomy: Anatomy,
}

impl Completion {
    /// A caller's request that waited and was then served in the parts of `service`, by one server, at no CPU cost.
    pub(super) fn new(request: Request, waited: Span, service: Anatomy) -> Completion {
        let served = service.total();
        let mut anatomy = service;
        anatomy.add(super::Component::Queue, waited);
        Completion { request, waited, served, origin: Origin::Caller, busy: served, cpu: Span::ZERO, anatomy }
    }

    /// Nothing is done; `request` only moved on.
    pub(super) fn wake(request: Request) -> Completion {
        Completion { origin: Origin::Wake, ..Completion::new(request, Span::ZERO, Anatomy::default()) }
    }

    /// Its whole time at the device.
    pub fn residence(&self) -> Span {
        self.waited + self.served
    }
}
