//! What the paging device takes from the machine: frames for a compressed tier, CPU time to compress and decompress, and
//! the news that swap slots were freed.
//!
//! A tier grows when a page is written to it, before the frame of that page is free. So what it occupies is a debt at
//! first, and the next frames that become free pay it, before any process gets one. A pool never lends the frames that its
//! processes cannot do without.

#[cfg(test)]
mod tests;

use super::cpu::Mode;
use super::{Machine, Source};
use crate::device::DeviceSpec;
use crate::error::{Error, Result};
use crate::units::{FrameId, Span};

impl Machine<'_> {
    /// Frames that the paging device occupies and that nobody has given up for it yet.
    fn owed(&self) -> u64 {
        self.paging.frames_held().saturating_sub(u64::from(self.memory.lent()))
    }

    /// Brings the frames that are lent to the paging device up to, or down to, what it occupies. After every call that can
    /// change that.
    pub(super) fn settle_lent(&mut self) {
        if !self.lends {
            return;
        }
        for number in 0..self.pools.len() {
            while self.owed() > 0 && self.pools[number].can_lend() {
                let Some(frame) = self.pools[number].take_free() else { break };
                self.lend(number, frame);
            }
            while u64::from(self.memory.lent()) > self.paging.frames_held() {
                let Some(frame) = self.pools[number].take_back() else { break };
                self.memory.take_back(frame);
                self.give_frame(number, frame);
            }
        }
        self.counters.lent.set(self.now, u64::from(self.memory.lent()));
    }

    /// A frame of the pool has become free; true if the paging device gets it.
    pub(super) fn pays_debt(&mut self, number: usize, frame: FrameId) -> bool {
        if !self.lends || self.owed() == 0 || !self.pools[number].can_lend() {
            return false;
        }
        self.lend(number, frame);
        self.counters.lent.set(self.now, u64::from(self.memory.lent()));
        // Somebody may have counted on this frame.
        self.unblocked.push(number);
        true
    }

    fn lend(&mut self, number: usize, frame: FrameId) {
        self.memory.lend(frame);
        self.pools[number].lend(frame);
    }

    /// Reports a machine whose paging device has outgrown what its memory can give.
    pub(super) fn check_lent(&self) -> Result<()> {
        let owed = if self.lends { self.owed() } else { 0 };
        // Pages that are being written out still have their frames, which will pay.
        if owed <= u64::from(self.memory.in_transit()) + 1 {
            return Ok(());
        }
        Err(Error::Stuck(format!(
            "memory is exhausted at {} of simulated time: compressed pages take {} of {} frames, and processes need the \
             rest; bound the pool, put a device behind it, or give the machine more memory",
            self.now,
            self.paging.frames_held(),
            self.memory.frames()
        )))
    }

    /// Tells the paging device of the swap slots that were freed.
    pub(super) fn discard_freed(&mut self) {
        let mut told = false;
        while let Some(slot) = self.memory.swap.take_freed() {
            if self.discards {
                self.paging.discard(self.now, u64::from(slot), 1);
                told = true;
            }
        }
        if told {
            self.counters.paging.serve(self.now, self.paging.in_service());
            let next = self.paging.next_completion();
            self.schedule(Source::PagingDevice, next);
            self.settle_lent();
        }
    }

    /// CPU time that a device request has used. It passed while the request was served: an idle CPU has been at it since
    /// then, and what no idle CPU had the time for is taken from the next process that is dispatched.
    pub(super) fn charge_system(&mut self, mut time: Span) {
        if time == Span::ZERO {
            return;
        }
        for number in 0..self.cpus.len() {
            if self.cpus[number].mode == Mode::Idle && time > Span::ZERO {
                time = self.reclaim_idle(number, time);
            }
        }
        self.system_debt = self.system_debt.saturating_add(time);
    }
}

/// Whether a device of this kind does anything with discards.
pub(super) fn heeds_discards(spec: &DeviceSpec) -> bool {
    !matches!(spec, DeviceSpec::Queueing(_) | DeviceSpec::Disk(_) | DeviceSpec::Drum(_))
}

/// Whether a device of this kind can occupy frames of the machine.
pub(super) fn takes_frames(spec: &DeviceSpec) -> bool {
    match spec {
        DeviceSpec::Queueing(_) | DeviceSpec::Disk(_) | DeviceSpec::Drum(_) | DeviceSpec::Flash(_) => false,
        DeviceSpec::Compressed(_) => true,
        DeviceSpec::Throttle(throttle) => takes_frames(&throttle.behind),
        DeviceSpec::Far(far) => far.behind.as_deref().is_some_and(takes_frames),
        DeviceSpec::Remote(remote) => remote.behind.as_deref().is_some_and(takes_frames),
        DeviceSpec::Areas(areas) => areas.areas.iter().any(|area| takes_frames(&area.device)),
    }
}

/// Whether a device of this kind is only at work while it has a request. The others write their buffers and tiers back and
/// collect garbage when nobody waits for it; what of that is under way only they know.
pub(super) fn serves_only(spec: &DeviceSpec) -> bool {
    matches!(spec, DeviceSpec::Queueing(_) | DeviceSpec::Drum(_))
}
