//! What the tiers differ in: how big a page is in there, and what it costs to put it in and to get it out.

use crate::device::Anatomy;
use crate::units::{Instant, Span};

/// What a page costs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    /// Time by part.
    pub time: Anatomy,
    /// CPU time of the machine; part of `time`.
    pub cpu: Span,
}

/// See the module.
pub(super) trait Medium: Send {
    /// Bytes that the next page stored will take; `None` if it is not worth storing, which is found out only by trying.
    fn size(&mut self) -> Option<u32>;
    /// Cost of storing a page of that size, begun at `now`; of trying to, for `None`.
    fn store(&mut self, now: Instant, bytes: Option<u32>) -> Cost;
    /// Cost of loading a page of that size, begun at `now`.
    fn load(&mut self, now: Instant, bytes: u32) -> Cost;
}
