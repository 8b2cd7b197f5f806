//! Variable partitions: pages that leave memory although no fault asks for their frames.
//!
//! A policy of this kind names the moment, in a process's virtual time, at which the next page may leave. The process stops there if it
//! gets so far; while it does not run its virtual time stands still, and nothing leaves.

use super::{Config, Machine};
use crate::error::Result;
use crate::memory::Memory;
use crate::policy::{Observes, Occasion, Owner, Setting};
use crate::units::{FrameId, ProcessId, Virtual};

impl Config {
    /// The policy's parameters, with the window of each process.
    pub(super) fn setting(&self) -> Setting {
        let classes = self.classes.iter();
        let windows = classes.flat_map(|class| {
            let window = self.parameters.window.span(class.program.reference_time);
            (0..class.count).map(move |_| window)
        });
        Setting { windows: windows.collect(), damping: self.parameters.damping }
    }

    /// Whether the walk has to stamp each reference with its virtual time.
    pub(super) fn stamps(&self, leaps: bool) -> bool {
        !leaps && self.policy.observes == Observes::LastUse
    }
}

impl Machine<'_> {
    /// When the policy wants to be asked on account of a process that runs.
    pub(super) fn expiry(&mut self, id: ProcessId) -> Virtual {
        if !self.config.policy.variable {
            return Virtual::NEVER;
        }
        let pool = self.processes[id.0 as usize].pool;
        self.pools[pool].policy.expiry(Owner(id.0))
    }

    /// Lets go what the policy releases on account of a process.
    pub(super) fn release(&mut self, id: ProcessId, why: Occasion) -> Result<()> {
        if !self.config.policy.variable {
            return Ok(());
        }
        let number = self.processes[id.0 as usize].pool;
        let mut leaving = std::mem::take(&mut self.leaving);
        let (pool, mut view) = super::fault::pool_and_view!(self, number);
        pool.policy.release(Owner(id.0), why, &mut view, &mut leaving);
        let base = self.pools[number].base();
        for frame in leaving.drain(..) {
            self.counters.releases += 1;
            if let Some(frame) = self.evict(number, FrameId(frame.0 + base))? {
                self.give_frame(number, frame);
            }
        }
        self.leaving = leaving;
        Ok(())
    }

    /// A stretch of virtual time is over after which pages may leave.
    pub(super) fn expire(&mut self, cpu: usize, id: ProcessId) -> Result<()> {
        self.release(id, Occasion::Expiry)?;
        if self.replan.last() != Some(&cpu) {
            self.replan.push(cpu);
        }
        Ok(())
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
}
