//! Memory limits and protection of single processes under a global policy, as Linux gives them to control groups: `memory.max` and
//! `memory.high`, `memory.low` and `memory.min`.
//!
//! A process at its limit replaces a page of its own. Which, the policy cannot say, since it orders all pages together; as in the kernel's reclaim within
//! a group, a hand goes over the process's pages, and one that was referenced since it last passed gets a second chance. A protected page that the policy names
//! gets another round, as if it were loaded again. A page that is wanted again while it is written out counts against the limit only when that is
//! done: it cannot go before.

use super::Machine;
use super::fault::pool_and_view;
use super::view::View;
use crate::error::Result;
use crate::memory::Use;
use crate::policy::{FrameView, Observes, PageId, Recency};
use crate::units::{FrameId, Instant, Page, ProcessId, Virtual};

impl Machine<'_> {
    /// From now on a process may hold so many frames; what it holds beyond that goes.
    pub(super) fn limit(&mut self, id: ProcessId, limit: Option<u32>) {
        let process = &mut self.processes[id.0 as usize];
        let fixed = self.config.classes[process.class].control.max;
        let limit = limit.into_iter().chain(fixed).min().map(|frames| frames.max(1));
        process.control.limit = limit;
        if limit.is_some_and(|limit| process.held > limit) {
            self.squeezed.push(id);
        }
        self.limited |= limit.is_some();
    }

    /// Whether a process may hold no frame more.
    pub(super) fn at_limit(&self, id: ProcessId) -> bool {
        let process = &self.processes[id.0 as usize];
        process.control.limit.is_some_and(|limit| process.held >= limit) && process.held > 0
    }

    /// Reclaims what a process holds beyond its limit, as far as it can go.
    pub(super) fn squeeze(&mut self, id: ProcessId) -> Result<()> {
        let number = self.processes[id.0 as usize].pool;
        while let Some(limit) = self.processes[id.0 as usize].control.limit
            && self.processes[id.0 as usize].held > limit
        {
            let Some((victim, _)) = self.own_victim(id) else { break };
            if self.set_aside(number, victim) {
                continue;
            }
            if let Some(frame) = self.evict(number, victim)? {
                self.give_frame(number, frame);
            }
        }
        Ok(())
    }

    /// A page of the process's own that can go, and how many were looked at; its policy holds it no more.
    pub(super) fn own_victim(&mut self, id: ProcessId) -> Option<(FrameId, u64)> {
        let process = &self.processes[id.0 as usize];
        let (number, pinned, hand) = (process.pool, process.pinned, process.control.hand);
        let pages = self.memory.tables[id.0 as usize].pages();
        let mut looked = 0;
        // In the second round nothing has a second chance left, but for what was referenced since the first.
        for step in 0..3 * u64::from(pages) {
            let page = ((u64::from(hand) + step) % u64::from(pages)) as u32;
            let Some(frame) = self.memory.entry(id, Page(page)).resident() else { continue };
            let stays = self.pools[number].stranded.contains(&frame.0)
                || self.memory.is_shared(frame)
                || self.memory.usage(frame) == Use::Rescued;
            if Some(frame) == pinned || stays {
                continue;
            }
            looked += 1;
            let (pool, mut view) = pool_and_view!(self, number);
            if step < 2 * u64::from(pages) && referenced(&mut view, frame, self.config.policy.observes) {
                continue;
            }
            pool.removed(frame);
            self.processes[id.0 as usize].control.hand = (page + 1) % pages;
            return Some((frame, looked));
        }
        None
    }

    /// The policy's victim among the pages that are not protected, and how many were looked at; those under `memory.low` are if there
    /// are no others.
    pub(super) fn unprotected_victim(&mut self, number: usize, incoming: PageId) -> (Option<FrameId>, u64) {
        let mut looked = 0;
        for low_counts in [true, false] {
            for _ in 0..self.pools[number].policy.len() {
                let (pool, mut view) = pool_and_view!(self, number);
                let victim = pool.victim(incoming, &mut view);
                looked += view.asked;
                let Some(victim) = victim else { return (None, looked) };
                let (owner, page) = self.memory.owner(victim);
                let process = self.processes.get(owner.0 as usize).filter(|_| self.memory.usage(victim) != Use::Cached);
                let Some(process) = process else { return (Some(victim), looked) };
                let low = if low_counts { process.control.low } else { 0 };
                if process.held > low.max(process.control.min) {
                    return (Some(victim), looked);
                }
                let page = self.page_id_in(owner, page);
                let (pool, mut view) = pool_and_view!(self, number);
                pool.loaded(victim, page, &mut view);
            }
        }
        (None, looked)
    }
}

/// Whether the page in a frame was referenced since the hand last came by. What a policy will want to know of it later is kept.
fn referenced(view: &mut View<'_>, frame: FrameId, observes: Observes) -> bool {
    let local = FrameId(frame.0 - view.base);
    let (owner, page) = view.memory.owner(frame);
    match observes {
        Observes::LastReference if view.leaps => {
            let before = Recency(view.memory.known(frame).0);
            let last = view.last_reference(local, before);
            view.memory.learn(frame, Instant(last.0));
            take_bit(view, owner, page) || last > before
        }
        Observes::LastUse => {
            let before = view.memory.known.get(frame.0 as usize).copied().unwrap_or(0);
            let last = view.last_use(local, Virtual(before)).0;
            take_bit(view, owner, page) || last > before
        }
        _ => view.take_accessed(local),
    }
}

fn take_bit(view: &mut View<'_>, owner: ProcessId, page: Page) -> bool {
    let entry = view.memory.entry_mut(owner, page);
    let accessed = entry.accessed();
    entry.set_accessed(false);
    accessed
}
