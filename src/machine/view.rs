//! What a policy learns when it asks: stored bits and stamps when walking, answers drawn at that moment when leaping.

use super::process::Process;
use crate::memory::Memory;
use crate::policy::{FrameView, Recency};
use crate::units::{FrameId, Instant, Virtual};

/// The frames of one pool, as its policy may see them.
pub(super) struct View<'a> {
    pub memory: &'a mut Memory,
    pub processes: &'a mut [Process],
    pub base: u32,
    pub now: Instant,
    pub leaps: bool,
    /// Questions asked: what a scan of the frames costs.
    pub asked: u64,
}

impl View<'_> {
    /// Asks for what is known of a frame a little after this one. Hands and queues pass over the frames mostly in order of their
    /// numbers, while page-table entries and weights are anywhere: without this each step would wait for memory.
    #[inline]
    pub fn prefetch_after(&self, frame: FrameId) {
        const AHEAD: u32 = 8;
        self.prefetch(FrameId(frame.0 + AHEAD));
    }

    /// Asks for what is known of a frame of the machine, if there is one of that number.
    #[inline]
    fn prefetch(&self, frame: FrameId) {
        if let Some((owner, page)) = self.memory.prefetch(frame)
            && self.leaps
            && let Some(process) = self.processes.get(owner.0 as usize)
        {
            process.program.prefetch(page);
        }
    }

    /// Makes the dirty bit of a frame's page true to the present.
    pub fn settle_dirty(&mut self, frame: FrameId) -> bool {
        let (owner, page) = self.memory.owner(frame);
        let dirty = self.memory.entry(owner, page).dirty();
        // A page that was read ahead has not been referenced, so it is not asked about.
        if dirty || !self.leaps || self.memory.entry(owner, page).resident().is_none() {
            return dirty;
        }
        let process = &mut self.processes[owner.0 as usize];
        let from = Virtual(self.memory.seen[frame.0 as usize]);
        let to = process.virtual_now(self.now);
        let (referenced, written) = process.program.reveal_bits(page, from, to, false);
        self.memory.seen[frame.0 as usize] = to.0;
        let entry = self.memory.entry_mut(owner, page);
        if referenced {
            entry.set_accessed(true);
        }
        if written {
            entry.set_dirty();
        }
        written
    }
}

impl View<'_> {
    /// The same for a page that stays, so that what is learnt of its references must not be lost.
    pub fn look_dirty(&mut self, frame: FrameId) -> bool {
        if !self.leaps || self.memory.known.is_empty() {
            return self.settle_dirty(frame);
        }
        let known = Recency(self.memory.known[frame.0 as usize]);
        let last = self.last_reference(FrameId(frame.0 - self.base), known);
        self.memory.known[frame.0 as usize] = last.0;
        let (owner, page) = self.memory.owner(frame);
        self.memory.entry(owner, page).dirty()
    }
}

impl FrameView for View<'_> {
    fn take_accessed(&mut self, frame: FrameId) -> bool {
        self.asked += 1;
        let frame = FrameId(frame.0 + self.base);
        self.prefetch_after(frame);
        let (owner, page) = self.memory.owner(frame);
        let mut entry = self.memory.entry(owner, page);
        if entry.resident().is_none() {
            return false;
        }
        let mut accessed = entry.accessed();
        if self.leaps {
            let process = &mut self.processes[owner.0 as usize];
            let from = Virtual(self.memory.seen[frame.0 as usize]);
            let to = process.virtual_now(self.now);
            self.memory.seen[frame.0 as usize] = to.0;
            // An answer that is known needs no drawing, unless it decides about the dirty bit too.
            if !accessed || (!entry.dirty() && process.program.writes()) {
                let (referenced, written) = process.program.reveal_bits(page, from, to, entry.dirty());
                accessed |= referenced;
                if written {
                    entry.set_dirty();
                }
            }
        }
        entry.set_accessed(false);
        *self.memory.entry_mut(owner, page) = entry;
        accessed
    }

    fn is_dirty(&mut self, frame: FrameId) -> bool {
        self.asked += 1;
        self.settle_dirty(FrameId(frame.0 + self.base))
    }

    fn last_reference(&mut self, frame: FrameId, known: Recency) -> Recency {
        self.asked += 1;
        let frame = FrameId(frame.0 + self.base);
        let (owner, page) = self.memory.owner(frame);
        if !self.leaps || self.memory.entry(owner, page).resident().is_none() {
            // When walking, a policy has been told of every hit and needs no answer.
            return known;
        }
        let from = Virtual(self.memory.seen[frame.0 as usize]);
        let process = &mut self.processes[owner.0 as usize];
        let to = process.virtual_now(self.now);
        self.memory.seen[frame.0 as usize] = to.0;
        let entry = self.memory.entry_mut(owner, page);
        let revealed = process.program.reveal_last(page, from, to, entry.dirty());
        if revealed.written {
            entry.set_dirty();
        }
        let by_the_way = Recency(self.memory.known[frame.0 as usize]);
        let last = revealed.last.map_or(known, |last| Recency(process.history.real(last).0));
        known.max(by_the_way).max(last)
    }

    fn now(&self) -> Recency {
        Recency(self.now.0)
    }

    fn expect(&self, frame: FrameId) {
        self.prefetch(FrameId(frame.0 + self.base));
    }
}
