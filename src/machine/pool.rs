//! A pool of frames under one policy: the whole machine, or one process's partition.

use super::reclaim::Watermarks;
use crate::policy::{FrameView, Occasion, Owner, PageId, Policy};
use crate::units::{FrameId, ProcessId};
use std::collections::{BTreeSet, VecDeque};

/// A run of frames, those of them that are free, and who waits for one.
pub(super) struct Pool {
    base: u32,
    frames: u32,
    never_used: u32,
    freed: Vec<u32>,
    pub policy: Box<dyn Policy>,
    /// Processes that faulted and found no frame, in order of arrival.
    pub waiters: VecDeque<ProcessId>,
    /// Frames that will become free when their write is done.
    pub cleaning: usize,
    /// Frames that its processes cannot do without.
    least: u32,
    /// Frames lent to the paging device.
    lent: Vec<u32>,
    /// Where there is a page daemon: its watermarks for the pool as long as nothing is lent, and now.
    marks: Option<(Watermarks, Watermarks)>,
    /// Whether the page daemon has work here.
    pub awake: bool,
    /// For each frame whether the policy has it; empty where every frame that is hit is in the policy's hands.
    held: Vec<bool>,
    /// Frames with dirty pages that nobody can write out because swap space is full.
    pub stranded: BTreeSet<u32>,
}

impl Pool {
    /// In a `guarded` pool, frames may be referenced that the policy does not hold.
    pub fn new(base: u32, frames: u32, least: u32, policy: Box<dyn Policy>, guarded: bool) -> Pool {
        Pool {
            base,
            frames,
            never_used: 0,
            freed: Vec::new(),
            policy,
            waiters: VecDeque::new(),
            cleaning: 0,
            least,
            lent: Vec::new(),
            marks: None,
            awake: false,
            stranded: BTreeSet::new(),
            held: vec![false; if guarded { frames as usize } else { 0 }],
        }
    }

    /// First frame of the pool; the policy counts from here.
    pub fn base(&self) -> u32 {
        self.base
    }

    /// Whether the policy has a frame of the machine, which may belong to another pool.
    #[inline]
    pub fn holds(&self, frame: FrameId) -> bool {
        self.held.get(frame.0.wrapping_sub(self.base) as usize).copied().unwrap_or(false)
    }

    /// The policy has named a frame as a victim by itself and forgotten it.
    pub fn named(&mut self, victim: FrameId) {
        self.note_held(victim, false);
    }

    fn note_held(&mut self, frame: FrameId, held: bool) {
        if let Some(note) = self.held.get_mut((frame.0 - self.base) as usize) {
            *note = held;
        }
    }

    pub fn take_free(&mut self) -> Option<FrameId> {
        if let Some(frame) = self.freed.pop() {
            return Some(FrameId(frame));
        }
        (self.never_used < self.frames).then(|| {
            self.never_used += 1;
            FrameId(self.base + self.never_used - 1)
        })
    }

    /// Gives the pool its share of the watermarks of a machine of `total` frames.
    pub fn watch(&mut self, of_machine: Watermarks, total: u32) {
        let share = |frames: u32| (u64::from(frames) * u64::from(self.frames)).div_ceil(u64::from(total)) as u32;
        let own = Watermarks { min: share(of_machine.min), low: share(of_machine.low), high: share(of_machine.high) };
        self.marks = Some((own, own));
        self.settle_marks();
    }

    /// What is lent is no longer there to be free, and what the processes cannot do without never is.
    fn settle_marks(&mut self) {
        let left = self.frames - self.lent.len() as u32;
        let most = left.saturating_sub(self.least);
        let frames = u64::from(self.frames.max(1));
        if let Some((whole, now)) = &mut self.marks {
            let scaled = |mark: u32| (u64::from(mark) * u64::from(left)).div_ceil(frames) as u32;
            // Rounded up, the marks of a small pool might meet.
            let min = scaled(whole.min);
            let low = scaled(whole.low).max(min + 1);
            now.high = scaled(whole.high).max(low + 1).min(most);
            now.low = low.min(now.high);
            now.min = min.min(now.low.saturating_sub(1));
        }
    }

    /// Frames that are free.
    pub fn free(&self) -> u32 {
        self.freed.len() as u32 + self.frames - self.never_used
    }

    /// A free frame for a page, unless those that are left are the reserve.
    pub fn allocate(&mut self) -> Option<FrameId> {
        match self.marks {
            Some((_, marks)) if self.free() <= marks.min => None,
            _ => self.take_free(),
        }
    }

    /// Free frames beyond the reserve.
    pub fn spare(&self) -> u32 {
        self.free().saturating_sub(self.marks.map_or(0, |(_, marks)| marks.min))
    }

    /// Whether frames that are free, or about to be, are so few that the page daemon should work here.
    pub fn is_low(&self) -> bool {
        self.marks.is_some_and(|(_, marks)| self.free() as usize + self.cleaning < marks.low as usize)
    }

    /// Frames that the page daemon still has to free.
    pub fn shortage(&self) -> usize {
        self.marks.map_or(0, |(_, marks)| (marks.high as usize).saturating_sub(self.free() as usize + self.cleaning))
    }

    /// Whether no frame is free, nobody waits for one, and nobody keeps any free.
    pub fn is_steady(&self) -> bool {
        self.marks.is_none() && self.never_used == self.frames && self.freed.is_empty() && self.waiters.is_empty()
    }

    /// Whether more frames are on their way than processes wait for.
    pub fn expects_frames(&self) -> bool {
        self.cleaning > self.waiters.len()
    }

    pub fn put_free(&mut self, frame: FrameId) {
        self.freed.push(frame.0);
    }

    /// Frames that are its own, lent ones included.
    #[cfg(test)]
    pub fn frames(&self) -> u32 {
        self.frames
    }

    /// Frames lent to the paging device.
    #[cfg(test)]
    pub fn lent(&self) -> u32 {
        self.lent.len() as u32
    }

    /// That it keeps what its processes cannot do without, and that its watermarks are in order and within reach.
    #[cfg(test)]
    pub fn check(&self) -> Result<(), String> {
        let left = self.frames - self.lent();
        if left < self.least {
            return Err(format!("a pool of {} frames keeps {left}, and needs {}", self.frames, self.least));
        }
        let Some((_, marks)) = self.marks else { return Ok(()) };
        let in_order = marks.min <= marks.low && marks.low <= marks.high && marks.high <= left - self.least;
        if in_order { Ok(()) } else { Err(format!("{marks:?} of {left} frames, {} of them needed", self.least)) }
    }

    /// Whether it can do with a frame less.
    pub fn can_lend(&self) -> bool {
        self.frames - self.lent.len() as u32 > self.least
    }

    pub fn lend(&mut self, frame: FrameId) {
        self.lent.push(frame.0);
        self.settle_marks();
    }

    pub fn take_back(&mut self) -> Option<FrameId> {
        let frame = self.lent.pop().map(FrameId);
        self.settle_marks();
        frame
    }

    /// The policy's victim, as a frame of the machine.
    pub fn victim(&mut self, incoming: PageId, view: &mut dyn FrameView) -> Option<FrameId> {
        let victim = self.policy.victim(incoming, view).map(|frame| FrameId(frame.0 + self.base))?;
        self.note_held(victim, false);
        Some(victim)
    }

    /// The frames that the policy releases of itself, as frames of the machine.
    pub fn release(&mut self, owner: Owner, why: Occasion, view: &mut dyn FrameView, leaving: &mut Vec<FrameId>) {
        self.policy.release(owner, why, view, leaving);
        for frame in leaving {
            *frame = FrameId(frame.0 + self.base);
            if !self.held.is_empty() {
                self.held[(frame.0 - self.base) as usize] = false;
            }
        }
    }

    pub fn loaded(&mut self, frame: FrameId, page: PageId, view: &mut dyn FrameView) {
        self.note_held(frame, true);
        self.policy.loaded(FrameId(frame.0 - self.base), page, view);
    }

    /// The page in a frame has gone in another way than by eviction.
    pub fn removed(&mut self, frame: FrameId) {
        if !self.held.is_empty() && !self.holds(frame) {
            // Set aside, or pinned.
            self.stranded.remove(&frame.0);
            return;
        }
        self.note_held(frame, false);
        self.policy.removed(FrameId(frame.0 - self.base));
    }
}
