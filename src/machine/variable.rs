//! Variable partitions: pages that leave memory although no fault asks for their frames.
//!
//! A policy of this kind names the moment, in a process's virtual time, at which the next page may leave. The process stops there if it
//! gets so far; while it does not run its virtual time stands still, and nothing leaves.

use super::{Config, Machine};
use crate::error::Result;
use crate::memory::Memory;
use crate::policy::{Observes, Occasion, Owner, Parameters, Setting};
use crate::units::{FrameId, Page, ProcessId, Virtual};

impl Config {
    /// The policy's parameters, with the window of each process.
    pub(super) fn setting(&self) -> Setting {
        let classes = self.classes.iter();
        let windows = classes.flat_map(|class| {
            let window = self.parameters.window.span(class.program.reference_time);
            (0..class.count).map(move |_| window)
        });
        let Parameters { damping, correlated_period, .. } = self.parameters;
        Setting { windows: windows.collect(), damping, correlated_period }
    }

    /// Whether the walk has to stamp each reference with its virtual time.
    pub(super) fn stamps(&self, leaps: bool) -> bool {
        !leaps && self.policy.observes == Observes::LastUse
    }
}

impl Machine<'_> {
    /// When the policy wants to be asked on account of a process that runs.
    pub(super) fn expiry(&mut self, id: ProcessId) -> Virtual {
        if !self.config.policy.releases {
            return Virtual::NEVER;
        }
        let pool = self.processes[id.0 as usize].pool;
        self.pools[pool].policy.expiry(Owner(id.0))
    }

    /// Lets go what the policy releases on account of a process.
    pub(super) fn release(&mut self, id: ProcessId, why: Occasion) -> Result<()> {
        if !self.config.policy.releases {
            return Ok(());
        }
        let number = self.processes[id.0 as usize].pool;
        self.release_from(number, Owner(id.0), why)?;
        Ok(())
    }

    /// The same for a pool; how many pages.
    pub(super) fn release_from(&mut self, number: usize, owner: Owner, why: Occasion) -> Result<usize> {
        let mut leaving = std::mem::take(&mut self.leaving);
        let (pool, mut view) = super::fault::pool_and_view!(self, number);
        pool.release(owner, why, &mut view, &mut leaving);
        let mut released = 0;
        for frame in leaving.drain(..) {
            if self.set_aside(number, frame) {
                continue;
            }
            released += 1;
            self.counters.releases += 1;
            // What a search for a victim has come upon is its work, all else happens of itself.
            match why {
                Occasion::Replacement => self.counters.direct_evictions += 1,
                Occasion::Expiry | Occasion::Fault => self.counters.background_evictions += 1,
            }
            let Some(frame) = self.take_out(number, frame)? else { continue };
            if why != Occasion::Replacement {
                self.give_frame(number, frame);
            } else if !self.pays_debt(number, frame) {
                // Not to the first of those who wait: it may be for that one that a victim is sought.
                self.pools[number].put_free(frame);
                self.unblocked.push(number);
            }
        }
        self.leaving = leaving;
        Ok(released)
    }

    /// A stretch of virtual time is over after which pages may leave.
    pub(super) fn expire(&mut self, cpu: usize, id: ProcessId) -> Result<()> {
        self.release(id, Occasion::Expiry)?;
        if self.replan.last() != Some(&cpu) {
            self.replan.push(cpu);
        }
        Ok(())
    }

    /// A page of a memory object has one process less that maps it. It is charged to another of them, or to nobody.
    pub(super) fn recharge(&mut self, frame: FrameId) {
        let number = self.pool_of(frame);
        if self.config.policy.releases && self.pools[number].holds(frame) {
            self.pools[number].removed(frame);
            self.hand_over(frame);
        }
    }

    /// Victims that the policies would have kept.
    pub(super) fn forced(&self) -> u64 {
        self.pools.iter().map(|pool| pool.policy.forced()).sum()
    }
}

impl Memory {
    /// Makes the stamp of the reference that loaded a page.
    pub(super) fn stamp(&mut self, frame: FrameId, at: Virtual) {
        if let Some(stamp) = self.known.get_mut(frame.0 as usize) {
            *stamp = at.0;
        }
    }

    /// A process used a page, in a frame, at a virtual time of its own.
    #[inline]
    pub(super) fn used(&mut self, process: ProcessId, page: Page, frame: FrameId, at: Virtual) {
        match self.sharing.of(process, page) {
            Some(mapper) if self.is_shared(frame) => self.sharing.used(mapper, at),
            _ => {
                let known = &mut self.known[frame.0 as usize];
                *known = (*known).max(at.0);
            }
        }
    }
}
