//! Requests that were split: parts on several devices, done when the last part is.

use super::calendar::Slots;
use super::{Completion, Request};
use crate::units::Span;

#[derive(Clone, Copy, Debug)]
struct Whole {
    request: Request,
    parts: u32,
    busy: Span,
    cpu: Span,
}

/// The requests of which parts are still out.
#[derive(Debug)]
pub(super) struct Joins(Slots<Whole>);

impl Joins {
    pub fn new() -> Joins {
        Joins(Slots::new())
    }

    /// A request is about to be split.
    pub fn open(&mut self, request: Request) -> u32 {
        self.0.insert(Whole { request, parts: 0, busy: Span::ZERO, cpu: Span::ZERO })
    }

    /// A part is sent off.
    pub fn part(&mut self, whole: u32) {
        self.0.get_mut(whole).parts += 1;
    }

    /// A part is done. The whole is, with its last part: that part's way through the devices is the way of the whole,
    /// as all parts were sent off together; server and CPU time are those of all.
    pub fn done(&mut self, whole: u32, part: &Completion) -> Option<Completion> {
        let entry = self.0.get_mut(whole);
        entry.parts -= 1;
        entry.busy = entry.busy.saturating_add(part.busy);
        entry.cpu = entry.cpu.saturating_add(part.cpu);
        if entry.parts > 0 {
            return None;
        }
        let Whole { request, busy, cpu, .. } = self.0.remove(whole);
        Some(Completion { request, busy, cpu, ..*part })
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}
