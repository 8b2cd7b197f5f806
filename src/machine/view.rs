//! What a policy learns when it asks: stored bits and stamps when walking, answers drawn at that moment when leaping.

use super::process::Process;
use crate::load_control::Standing;
use crate::memory::{Entry, MapperId, Memory, Use};
use crate::policy::{FrameView, Observes, Owner, Recency};
use crate::units::{FrameId, Instant, Page, ProcessId, Virtual};

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
    fn prefetch_after(&self, frame: FrameId) {
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
        if self.memory.is_shared(frame) {
            return self.settle_shared(frame, Asked::Dirty).1;
        }
        let (owner, page) = self.memory.owner(frame);
        let entry = self.memory.entry(owner, page);
        // A page that was read ahead has not been referenced, so it is not asked about.
        if entry.dirty() || !self.leaps || entry.protected() || entry.resident().is_none() {
            return entry.dirty();
        }
        let process = &mut self.processes[owner.0 as usize];
        if !process.program.writes() {
            return false;
        }
        let from = Virtual(self.memory.seen[frame.0 as usize]);
        let to = process.virtual_now(self.now);
        let (referenced, written) = process.program.reveal_bits(page, from, to, false, false);
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

    /// Asks all who map a page of a memory object. Its bits are those of the object's own entry or any of theirs; the accessed
    /// bits are forgotten if it is they that were asked for. Returns (accessed, dirty).
    fn settle_shared(&mut self, frame: FrameId, asked: Asked) -> (bool, bool) {
        let (object, object_page) = self.memory.owner(frame);
        let mut entry = self.memory.entry(object, object_page);
        let (mut accessed, mut dirty) = (entry.accessed(), entry.dirty());
        let mut next = self.memory.sharing.first(frame);
        while let Some(id) = next {
            next = self.memory.sharing.next(id);
            let mapper = self.memory.sharing.mapper(id);
            let mut own = self.memory.entry(mapper.process, mapper.page);
            accessed |= own.accessed();
            dirty |= own.dirty();
            if self.leaps {
                let process = &mut self.processes[mapper.process.0 as usize];
                let to = process.virtual_now(self.now);
                let may_dirty = !dirty && !own.protected() && process.program.writes();
                // An answer that is known needs no drawing, unless it decides about the dirty bit too.
                if may_dirty || (!accessed && asked == Asked::Accessed) {
                    let protected = own.protected();
                    let (referenced, written) =
                        process.program.reveal_bits(mapper.page, mapper.seen, to, dirty, protected);
                    accessed |= referenced;
                    dirty |= written;
                    if referenced {
                        own.set_accessed(true);
                    }
                    if written {
                        own.set_dirty();
                    }
                    self.memory.sharing.see(id, to);
                } else if asked == Asked::Accessed {
                    self.memory.sharing.see(id, to);
                }
            }
            if asked == Asked::Accessed {
                own.set_accessed(false);
            }
            *self.memory.entry_mut(mapper.process, mapper.page) = own;
        }
        // A page that was read ahead is in the frame, but not in the table.
        if asked == Asked::Accessed && entry.resident().is_some() {
            entry.set_accessed(false);
            *self.memory.entry_mut(object, object_page) = entry;
        }
        (accessed, dirty)
    }

    /// What the references of one process that maps an object's page say about it up to a time: it goes to the object's entry or,
    /// under a policy that asks for times, to what is known by the way. For a mapping that is about to go.
    pub fn settle_mapper(&mut self, id: MapperId, frame: FrameId, to: Virtual, times: bool) {
        let mapper = self.memory.sharing.mapper(id);
        let own = self.memory.entry(mapper.process, mapper.page);
        let process = &mut self.processes[mapper.process.0 as usize];
        let (page, from, dirty, protected) = (mapper.page, mapper.seen, own.dirty(), own.protected());
        if to <= from {
            return;
        }
        let (referenced, written) = if times {
            let revealed = process.program.reveal_last(page, from, to, dirty, protected);
            if let Some(last) = revealed.last {
                self.memory.learn(frame, process.history.real(last));
            }
            (false, revealed.written)
        } else {
            process.program.reveal_bits(page, from, to, dirty, protected)
        };
        let entry = self.memory.entry_mut(mapper.process, page);
        if referenced {
            entry.set_accessed(true);
        }
        if written {
            entry.set_dirty();
        }
    }

    /// The dirty bit of a process's own page that stays, so that what is learnt of its references must not be lost.
    pub fn look_dirty(&mut self, frame: FrameId, observes: Observes) -> bool {
        let local = FrameId(frame.0 - self.base);
        match observes {
            Observes::LastReference if self.leaps => {
                let last = self.last_reference(local, Recency(self.memory.known(frame).0));
                self.memory.learn(frame, Instant(last.0));
            }
            Observes::LastUse if self.leaps => {
                self.last_use(local, Virtual::ZERO);
            }
            _ => return self.settle_dirty(frame),
        }
        let (owner, page) = self.memory.owner(frame);
        self.memory.entry(owner, page).dirty()
    }

    /// When the references of one process to a page were made last, as far as is not known yet.
    fn reveal_last(&mut self, process: ProcessId, page: Page, from: Virtual) -> (Option<Recency>, Virtual) {
        let (last, to) = self.reveal_use(process, page, from);
        let history = &self.processes[process.0 as usize].history;
        (last.map(|last| Recency(history.real(last).0)), to)
    }

    /// The same in the process's virtual time.
    fn reveal_use(&mut self, process: ProcessId, page: Page, from: Virtual) -> (Option<Virtual>, Virtual) {
        let id = process;
        let process = &mut self.processes[id.0 as usize];
        let to = process.virtual_now(self.now);
        // It makes no difference to a program that does not write.
        let writes = process.program.writes();
        let entry = if writes { self.memory.entry(id, page) } else { Entry::BACKING };
        let revealed = process.program.reveal_last(page, from, to, entry.dirty(), entry.protected());
        if revealed.written {
            self.memory.entry_mut(id, page).set_dirty();
        }
        (revealed.last, to)
    }

    /// Whose page is in a frame; of a memory object, the first of those who map it, on whose clock its age is told.
    fn charged(&self, frame: FrameId) -> ProcessId {
        match self.memory.sharing.first(frame) {
            Some(first) => self.memory.sharing.mapper(first).process,
            None => self.memory.owner(frame).0,
        }
    }

    /// A page that several processes map is as old as it is for the one that used it last, each by its own virtual time; given on the clock of the
    /// process that it is charged to.
    fn last_shared_use(&mut self, frame: FrameId, known: Virtual) -> Virtual {
        let mut youngest = u64::MAX;
        let mut next = self.memory.sharing.first(frame);
        while let Some(id) = next {
            next = self.memory.sharing.next(id);
            let mapper = self.memory.sharing.mapper(id);
            if self.leaps {
                let (last, to) = self.reveal_use(mapper.process, mapper.page, mapper.seen);
                self.memory.sharing.see(id, to);
                if let Some(last) = last {
                    self.memory.sharing.used(id, last);
                }
            }
            let last = self.memory.sharing.mapper(id).last;
            let now = self.processes[mapper.process.0 as usize].virtual_now(self.now);
            youngest = youngest.min(now.saturating_since(last).0);
        }
        let now = self.owner_now(Owner(self.charged(frame).0));
        known.max(Virtual(now.0.saturating_sub(youngest)))
    }
}

/// What is asked about a page of a memory object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// Whether it was referenced, which is forgotten then.
    Accessed,
    /// Whether it must be written out.
    Dirty,
}

impl FrameView for View<'_> {
    fn take_accessed(&mut self, frame: FrameId) -> bool {
        self.asked += 1;
        let frame = FrameId(frame.0 + self.base);
        self.prefetch_after(frame);
        if self.memory.is_shared(frame) {
            return self.settle_shared(frame, Asked::Accessed).0;
        }
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
            let protected = entry.protected();
            // An answer that is known needs no drawing, unless it decides about the dirty bit too.
            if !accessed || (!entry.dirty() && !protected && process.program.writes()) {
                let (referenced, written) = process.program.reveal_bits(page, from, to, entry.dirty(), protected);
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
        if !self.leaps {
            // When walking, a policy has been told of every hit and needs no answer.
            return known;
        }
        let mut latest = known.max(Recency(self.memory.known(frame).0));
        if self.memory.is_shared(frame) {
            let mut next = self.memory.sharing.first(frame);
            while let Some(id) = next {
                next = self.memory.sharing.next(id);
                let mapper = self.memory.sharing.mapper(id);
                let (last, to) = self.reveal_last(mapper.process, mapper.page, mapper.seen);
                self.memory.sharing.see(id, to);
                latest = latest.max(last.unwrap_or(known));
            }
            return latest;
        }
        let from = Virtual(self.memory.seen[frame.0 as usize]);
        let (owner, page) = self.memory.owner(frame);
        // A page that was read ahead has not been referenced.
        if self.memory.usage(frame) == Use::Cached {
            return known;
        }
        let (last, to) = self.reveal_last(owner, page, from);
        self.memory.seen[frame.0 as usize] = to.0;
        latest.max(last.unwrap_or(known))
    }

    fn last_use(&mut self, frame: FrameId, known: Virtual) -> Virtual {
        let frame = FrameId(frame.0 + self.base);
        let (space, page) = self.memory.owner(frame);
        if self.memory.is_shared(frame) {
            return self.last_shared_use(frame, known);
        }
        if self.leaps && self.memory.entry(space, page).resident().is_some() {
            let from = Virtual(self.memory.seen[frame.0 as usize]);
            let (last, to) = self.reveal_use(space, page, from);
            self.memory.seen[frame.0 as usize] = to.0;
            if let Some(last) = last {
                self.memory.used(space, page, frame, last);
            }
        }
        known.max(Virtual(self.memory.known[frame.0 as usize]))
    }

    fn owner(&self, frame: FrameId) -> Owner {
        Owner(self.charged(FrameId(frame.0 + self.base)).0)
    }

    fn owner_now(&self, owner: Owner) -> Virtual {
        match self.processes.get(owner.0 as usize) {
            Some(process) => process.virtual_now(self.now),
            // A memory object that nobody maps: its pages grow old as time goes by.
            None => Virtual(self.now.0),
        }
    }

    fn is_active(&self, owner: Owner) -> bool {
        self.processes.get(owner.0 as usize).is_none_or(|process| process.control.standing != Standing::Suspended)
    }

    fn now(&self) -> Recency {
        Recency(self.now.0)
    }

    fn expect(&self, frame: FrameId) {
        self.prefetch(FrameId(frame.0 + self.base));
    }

    fn approach(&self, frame: FrameId) {
        self.memory.prefetch_frame(FrameId(frame.0 + self.base));
    }
}
