//! The page daemon: it evicts and cleans pages in the background, so that a fault finds a frame.
//!
//! It is a thread of the kernel. When the free frames of a pool fall below the low watermark it goes to the head of the ready
//! queue, takes an idle CPU or that of a process that it preempts, evicts a batch of pages, pays for the frames that it
//! has looked at, and takes its turn again behind the others until the high watermark is reached. What it writes out goes through
//! the same queue of the paging device as everything else. Sources: Linux, `mm/vmscan.c` (kswapd, watermarks, direct
//! reclaim, batches of `SWAP_CLUSTER_MAX`); McKusick et al., *Design and Implementation of the 4.4BSD Operating System*, 1996, section 5.12.

use super::cpu::{Mode, Stop};
use super::fault::pool_and_view;
use super::reclaim::PageDaemon;
use super::{Machine, OnFull, Source};
use crate::error::{Error, Result};
use crate::memory::{Copy, Memory, Use};
use crate::metrics::Activity;
use crate::policy::{Occasion, Owner, PageId};
use crate::units::{FrameId, ProcessId, Span};
use std::collections::VecDeque;

/// The daemon's place in the ready queue.
pub(super) const PAGE_DAEMON: ProcessId = ProcessId(u32::MAX);

/// No page comes in for those that the daemon evicts.
const NOBODY: PageId = PageId(u32::MAX);

/// Pages that the daemon evicts in one turn on a CPU (`SWAP_CLUSTER_MAX`), unless it writes larger clusters.
const BATCH: u32 = 32;

/// What the daemon is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Sleeping,
    /// In the ready queue.
    Waiting,
    /// On a CPU.
    Working,
}

/// The page daemon at run time.
#[derive(Debug)]
pub(super) struct Daemon {
    spec: PageDaemon,
    doing: Doing,
    /// Pools that it has to work on.
    awake: VecDeque<usize>,
    /// Scratch: changed pages of the present batch.
    dirty: Vec<FrameId>,
    /// What has gone wrong in the background, until the end of the event.
    failure: Option<Error>,
    /// The frame that the cleaner looks at next, counted over the machine.
    hand: u32,
    /// Whether the cleaner's next turn has come.
    cleaning_is_due: bool,
}

impl Daemon {
    pub fn new(spec: &PageDaemon) -> Daemon {
        Daemon {
            spec: spec.clone(),
            doing: Doing::Sleeping,
            awake: VecDeque::new(),
            dirty: Vec::new(),
            failure: None,
            hand: 0,
            cleaning_is_due: false,
        }
    }

    fn has_work(&self) -> bool {
        !self.awake.is_empty() || self.cleaning_is_due
    }
}

impl Machine<'_> {
    /// A pool has given a free frame away: the daemon may have to wake.
    pub(super) fn watch(&mut self, number: usize) {
        let Some(daemon) = &mut self.daemon else { return };
        let pool = &mut self.pools[number];
        if !pool.awake && pool.is_low() {
            pool.awake = true;
            daemon.awake.push_back(number);
        }
    }

    /// Direct reclaim has looked at so many frames: the process that the CPU turns to next pays for it.
    pub(super) fn charge_scan(&mut self, asked: u64) {
        let Some(daemon) = &self.daemon else { return };
        let asked = asked.max(1);
        self.counters.direct_scanned += asked;
        self.system_debt = self.system_debt.saturating_add(Span(daemon.spec.cost.0.saturating_mul(asked)));
    }

    /// A frame of the reserve, for a process that would else wait for ever: no page can be evicted and none is on its way out.
    pub(super) fn reserve(&mut self, number: usize) -> Option<FrameId> {
        let pool = &mut self.pools[number];
        if pool.cleaning > 0 {
            return None;
        }
        pool.take_free()
    }

    /// Wakes the daemon if it sleeps and has work. True if that may have made more work for the others.
    pub(super) fn rouse_daemon(&mut self) -> bool {
        let Some(daemon) = &mut self.daemon else { return false };
        if daemon.doing != Doing::Sleeping || !daemon.has_work() {
            return false;
        }
        daemon.doing = Doing::Waiting;
        self.ready.push_front(PAGE_DAEMON);
        if let Some(cpu) = self.cpus.iter().position(|cpu| cpu.mode == Mode::Idle) {
            self.fill_cpu(cpu);
        } else if self.config.quantum.is_some()
            && let Some(cpu) = self.cpus.iter().position(|cpu| cpu.mode == Mode::User)
        {
            // The process goes on when the daemon has had its turn.
            let process = self.vacate(cpu);
            self.turn(process, Activity::Ready);
            self.ready.insert(1, process);
            self.fill_cpu(cpu);
        }
        true
    }

    /// What has gone wrong in the background during this event.
    pub(super) fn daemon_failure(&mut self) -> Result<()> {
        match self.daemon.as_mut().and_then(|daemon| daemon.failure.take()) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// The daemon has been given a CPU: it does a batch of its work at once, and stays for the time that this takes.
    pub(super) fn run_daemon(&mut self, cpu: usize) {
        self.turn_cpu(cpu, Mode::System);
        let Some(mut daemon) = self.daemon.take() else { return };
        daemon.doing = Doing::Working;
        let mut dirty = std::mem::take(&mut daemon.dirty);
        let cost = daemon.spec.cost;
        self.daemon = Some(daemon);
        let looked = self.clean_batch(&mut dirty) + self.reclaim_batch(&mut dirty);
        dirty.clear();
        if let Some(daemon) = &mut self.daemon {
            daemon.dirty = dirty;
        }
        self.counters.background_scanned += looked;
        self.stop_after(cpu, Span(cost.0.saturating_mul(looked)), Stop::Reclaimed);
    }

    /// The daemon's time on a CPU is over.
    pub(super) fn daemon_ran(&mut self, cpu: usize) {
        self.turn_cpu(cpu, Mode::Idle);
        if let Some(daemon) = &mut self.daemon {
            daemon.doing = if daemon.has_work() { Doing::Waiting } else { Doing::Sleeping };
            if daemon.doing == Doing::Waiting {
                self.ready.push_back(PAGE_DAEMON);
            }
        }
        self.fill_cpu(cpu);
    }

    /// Evicts a batch of pages from the pools that are short of free frames; how many frames it has looked at.
    fn reclaim_batch(&mut self, dirty: &mut Vec<FrameId>) -> u64 {
        let (mut left, mut looked) = (BATCH.max(self.write_cluster()), 0);
        while let Some(number) = self.daemon.as_ref().and_then(|daemon| daemon.awake.front().copied()) {
            if left == 0 {
                break;
            }
            let shortage = self.pools[number].shortage();
            let mut leaving = std::mem::take(&mut self.leaving);
            let (victim, asked) = if shortage == 0 {
                (None, 0)
            } else if self.protects {
                self.unprotected_victim(number, NOBODY)
            } else {
                let (pool, mut view) = pool_and_view!(self, number);
                let victim = pool.victim(NOBODY, &mut view);
                if self.config.policy.releases {
                    pool.release(Owner(0), Occasion::Replacement, &mut view, &mut leaving);
                }
                (victim, view.asked)
            };
            let released = leaving.len();
            leaving.extend(victim);
            if leaving.is_empty() {
                self.pools[number].awake = false;
                if let Some(daemon) = &mut self.daemon {
                    daemon.awake.pop_front();
                }
                self.leaving = leaving;
                continue;
            }
            left = left.saturating_sub(leaving.len() as u32);
            looked += asked.max(1);
            for (place, victim) in leaving.drain(..).enumerate() {
                if self.config.virtual_memory.on_full != OnFull::Error {
                    // What is in the batch has its slots before more is promised any.
                    if self.memory.swap.capacity() - self.memory.swap.used() <= dirty.len() as u32 {
                        self.evict_dirty(dirty);
                        dirty.clear();
                    }
                    if self.set_aside(number, victim) {
                        continue;
                    }
                }
                self.counters.releases += u64::from(place < released);
                self.counters.background_evictions += 1;
                let (pool, mut view) = pool_and_view!(self, number);
                if view.settle_dirty(victim) {
                    pool.cleaning += 1;
                    dirty.push(victim);
                } else if let Some(frame) = self.drop_page(number, victim) {
                    self.give_frame(number, frame);
                }
            }
            self.leaving = leaving;
        }
        if let Some(daemon) = &mut self.daemon {
            // Several pools that are short have their turns one after the other.
            if daemon.awake.len() > 1 {
                daemon.awake.rotate_left(1);
            }
        }
        self.evict_dirty(dirty);
        looked
    }

    fn write_cluster(&self) -> u32 {
        self.daemon.as_ref().map_or(1, |daemon| daemon.spec.write_cluster)
    }

    /// Evicts changed pages that no policy holds any more and that count as being cleaned: writes them out, in clusters.
    fn evict_dirty(&mut self, dirty: &[FrameId]) {
        for &frame in dirty {
            self.unmap(frame);
            self.counters.dirty_evictions += 1;
        }
        let written = self.write_out(dirty, |memory, frame, slot| memory.begin_clean_to(frame, slot));
        if written < dirty.len() {
            let error = self.swap_is_full();
            if let Some(daemon) = &mut self.daemon {
                daemon.failure.get_or_insert(error);
            }
        }
    }

    /// Writes pages out to neighbouring slots of swap space, as many together as there is room for side by side; how many, before swap space
    /// was full. `begin` changes the state of a frame: its page goes to the slot that is given, or, without one, to its own.
    fn write_out(&mut self, frames: &[FrameId], begin: Begin) -> usize {
        let cluster = self.write_cluster() as usize;
        let mut rest = frames;
        while let &[first, ..] = rest {
            // A page that is still being written stays where it is, and so does one of a file.
            let moves = |frame: &FrameId| self.memory.usage(*frame) != Use::Rescued && !self.memory.writes_back(*frame);
            let movable = rest.iter().take(cluster).take_while(|frame| moves(frame)).count();
            let run = if cluster > 1 && movable > 0 { self.memory.swap.allocate_run(movable as u32) } else { None };
            let (copy, count) = match run {
                Some((slot, count)) => {
                    for (frame, slot) in rest.iter().zip(slot..slot + count) {
                        begin(&mut self.memory, *frame, Some(slot));
                    }
                    (Copy::Slot(slot), count as usize)
                }
                None => match begin(&mut self.memory, first, None) {
                    Some(copy) => (copy, 1),
                    None => break,
                },
            };
            let (now, later) = rest.split_at(count);
            self.counters.writes += count as u64;
            // Before the slots that these pages have left are given to others.
            self.discard_freed();
            self.submit_copy(now, copy);
            rest = later;
        }
        self.note_resident();
        self.note_swap();
        frames.len() - rest.len()
    }

    /// Schedules the first turn of the cleaner, if there is one, or the one after the present.
    pub(super) fn schedule_cleaner(&mut self) {
        if let Some(cleaner) = self.daemon.as_ref().and_then(|daemon| daemon.spec.cleaner) {
            self.schedule(Source::Cleaner, self.now.saturating_add(cleaner.interval));
        }
    }

    /// It is time for the cleaner; it waits for a CPU like the rest of the daemon, and never for two turns at once.
    pub(super) fn cleaning_is_due(&mut self) {
        if let Some(daemon) = &mut self.daemon {
            daemon.cleaning_is_due = true;
        }
        self.schedule_cleaner();
    }

    /// Passes over some frames, if that is due, and begins to write out the changed pages in them; how many frames it has looked at.
    fn clean_batch(&mut self, dirty: &mut Vec<FrameId>) -> u64 {
        let Some(daemon) = &mut self.daemon else { return 0 };
        let Some(cleaner) = daemon.spec.cleaner.filter(|_| daemon.cleaning_is_due) else { return 0 };
        daemon.cleaning_is_due = false;
        let (hand, all) = (daemon.hand, self.memory.frames());
        let count = cleaner.frames.min(all);
        daemon.hand = (hand + count) % all;
        let mut looked = 0;
        for number in 0..count {
            let frame = FrameId((hand + number) % all);
            // What processes share is left to its eviction.
            if self.memory.usage(frame) != Use::Resident || self.memory.is_shared(frame) {
                continue;
            }
            let (owner, _) = self.memory.owner(frame);
            if self.processes[owner.0 as usize].pinned == Some(frame) {
                continue;
            }
            looked += 1;
            let observes = self.config.policy.observes;
            let (_, mut view) = pool_and_view!(self, self.processes[owner.0 as usize].pool);
            if view.look_dirty(frame, observes) {
                dirty.push(frame);
            }
        }
        let written = self.write_out(dirty, |memory, frame, slot| memory.begin_clean_in_place(frame, slot));
        self.counters.cleanings += written as u64;
        dirty.clear();
        looked
    }
}

/// How a frame's state changes when a write out of it begins: where to, or `None` if swap space is full.
type Begin = fn(&mut Memory, FrameId, Option<u32>) -> Option<Copy>;
