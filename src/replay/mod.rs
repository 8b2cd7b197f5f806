//! Replaying a reference string without time: how often each policy faults with each number of frames, in one reading.
//!
//! The rules are those of the timed machine with a single process whose faults take no time: the reference that faults is made
//! before its page can be chosen as a victim. The loop is compiled for each policy.

use crate::analysis::opt::NextUses;
use crate::error::{Error, Result};
use crate::policy::registry::for_each_policy;
use crate::policy::{
    FrameView, Observes, Occasion, Owner, PageId, Parameters, PolicyEntry, Pool, Recency, Replacement, Setting,
};
use crate::prefetch::prefetch;
use crate::rng::Streams;
use crate::trace::{self, Access, Interner, References};
use crate::units::{FrameId, Span, Virtual};
use rayon::prelude::*;

/// A policy with so many frames.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// The policy.
    pub policy: &'static PolicyEntry,
    /// Frames, at least one. A policy of variable partitions has as many as it wants, and this says nothing.
    pub frames: u32,
    /// Its parameters, where it has any; virtual time is counted in references.
    pub parameters: Parameters,
}

/// What a replay found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// References made.
    pub references: u64,
    /// Those of them that write.
    pub writes: u64,
    /// Distinct pages.
    pub pages: u32,
    /// Malformed lines that were passed over.
    pub skipped: u64,
    /// Faults of each cell, first references included, in the order of the cells.
    pub faults: Vec<u64>,
    /// Space-time of each cell in page-references: pages in memory after each reference, added up. A page is there at least during the reference to it.
    /// 0 for policies that know the future and have a fixed number of frames.
    pub space_time: Vec<u64>,
}

/// A reference as the replay keeps it, in four bytes: the number of the page, and whether it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packed(u32);

const WRITE: u32 = 1 << 31;

impl Packed {
    fn page(self) -> u32 {
        self.0 & !WRITE
    }

    fn writes(self) -> bool {
        self.0 & WRITE != 0
    }
}

/// References that are read, and then made by all cells, together.
const BLOCK: usize = 1 << 16;

/// Reads a trace as packed references with dense page numbers, a block at a time.
struct Blocks<'a> {
    trace: &'a mut (dyn References + Send),
    interner: Interner,
    batch: Vec<trace::Reference>,
    numbers: Vec<u32>,
}

impl<'a> Blocks<'a> {
    fn new(trace: &'a mut (dyn References + Send)) -> Blocks<'a> {
        Blocks { trace, interner: Interner::new(), batch: Vec::new(), numbers: Vec::new() }
    }

    /// Replaces the content of `block`; an empty one is the end.
    fn fill(&mut self, block: &mut Vec<Packed>) -> Result<()> {
        block.clear();
        while block.len() + trace::BATCH <= BLOCK {
            self.trace.fill(&mut self.batch)?;
            if self.batch.is_empty() {
                break;
            }
            self.interner.number_all(&self.batch, &mut self.numbers)?;
            if self.interner.len() > WRITE {
                return Err(Error::Usage(
                    "a trace of more than 2,147,483,648 distinct pages cannot be replayed".to_owned(),
                ));
            }
            let pairs = self.numbers.iter().zip(&self.batch);
            block.extend(pairs.map(|(&number, reference)| {
                Packed(number | if reference.access == Access::Write { WRITE } else { 0 })
            }));
        }
        Ok(())
    }
}

/// A whole trace in memory, four bytes a reference.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    string: Vec<Packed>,
    pages: u32,
    skipped: u64,
}

impl Kept {
    /// Reads a trace to its end.
    ///
    /// # Errors
    /// Those of the trace.
    pub fn read(trace: &mut (dyn References + Send)) -> Result<Kept> {
        let mut blocks = Blocks::new(trace);
        let (mut block, mut string) = (Vec::new(), Vec::new());
        loop {
            blocks.fill(&mut block)?;
            if block.is_empty() {
                return Ok(Kept { string, pages: blocks.interner.len(), skipped: blocks.trace.skipped() });
            }
            string.extend_from_slice(&block);
        }
    }

    /// Distinct pages.
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// The numbers of the pages, in order of reference.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        self.string.iter().map(|reference| reference.page())
    }
}

/// Counts the distinct pages of a trace, reading it to its end.
///
/// # Errors
/// Those of the trace.
pub fn distinct_pages(trace: &mut (dyn References + Send)) -> Result<u32> {
    let mut blocks = Blocks::new(trace);
    let mut block = Vec::new();
    loop {
        blocks.fill(&mut block)?;
        if block.is_empty() {
            return Ok(blocks.interner.len());
        }
    }
}

/// Replays a trace in all cells while it is read; the next block is read while the cells make the last one. Memory does not depend on the
/// length of the trace, except for policies that must know the future: these keep four bytes a reference, and twelve while they are counted.
///
/// # Errors
/// Those of the trace.
pub fn replay(trace: &mut (dyn References + Send), cells: &[Cell]) -> Result<Outcome> {
    let mut memories = Memories::new(cells);
    let mut blocks = Blocks::new(trace);
    let (mut block, mut next) = (Vec::new(), Vec::new());
    blocks.fill(&mut block)?;
    while !block.is_empty() {
        let pages = blocks.interner.len();
        let (read, ()) = rayon::join(|| blocks.fill(&mut next), || memories.make(&block, pages));
        read?;
        std::mem::swap(&mut block, &mut next);
    }
    let (pages, skipped) = (blocks.interner.len(), blocks.trace.skipped());
    Ok(memories.finish(pages, skipped))
}

/// The same for a trace that is in memory.
pub fn replay_kept(kept: &Kept, cells: &[Cell]) -> Outcome {
    let mut memories = Memories::new(cells);
    for block in kept.string.chunks(BLOCK) {
        memories.make(block, kept.pages);
    }
    memories.finish(kept.pages, kept.skipped)
}

/// All cells, and what they have in common.
struct Memories<'a> {
    cells: &'a [Cell],
    /// One for each cell; none where the policy must know the future.
    memories: Vec<Option<Box<dyn Memory>>>,
    /// The whole string, for those.
    string: Option<Vec<u32>>,
    references: u64,
    writes: u64,
}

impl<'a> Memories<'a> {
    fn new(cells: &'a [Cell]) -> Memories<'a> {
        let foresees = |cell: &Cell| cell.policy.observes == Observes::Future && !cell.policy.variable;
        let memories = cells.iter().map(|cell| (!foresees(cell)).then(|| memory(cell))).collect();
        let string = cells.iter().any(foresees).then(Vec::new);
        Memories { cells, memories, string, references: 0, writes: 0 }
    }

    fn make(&mut self, block: &[Packed], pages: u32) {
        self.references += block.len() as u64;
        self.writes += block.iter().filter(|reference| reference.writes()).count() as u64;
        if let Some(string) = &mut self.string {
            string.extend(block.iter().map(|reference| reference.page()));
        }
        self.memories.par_iter_mut().flatten().for_each(|memory| memory.make(block, pages));
    }

    fn finish(self, pages: u32, skipped: u64) -> Outcome {
        // None only for more than 2^32 references, which is more than fits in memory here.
        let future = self.string.and_then(NextUses::of);
        let cells = self.cells.par_iter().zip(self.memories);
        let found = cells.map(|(cell, memory)| match (memory, &future) {
            (Some(memory), _) => memory.found(),
            (None, Some(future)) => (future.faults(cell.frames), 0),
            (None, None) => (0, 0),
        });
        let (faults, space_time) = found.collect::<Vec<(u64, u64)>>().into_iter().unzip();
        Outcome { references: self.references, writes: self.writes, pages, skipped, faults, space_time }
    }
}

/// A memory under some policy.
trait Memory: Send {
    /// Makes references to pages numbered below `pages`.
    fn make(&mut self, references: &[Packed], pages: u32);
    /// Faults and space-time so far.
    fn found(&self) -> (u64, u64);
}

macro_rules! memories {
    ($($module:ident::$policy:ident,)*) => {
        fn memory(cell: &Cell) -> Box<dyn Memory> {
            let stream = Streams::new(1).named("replacement");
            let Parameters { window, damping, correlated_period } = cell.parameters;
            let setting = Setting { damping, correlated_period, ..Setting::of(window.span(Span(1))) };
            let frames = if cell.policy.variable { 0 } else { cell.frames };
            let pool = Pool { frames, stream, sees_hits: true, setting };
            if std::ptr::eq(cell.policy, &raw const crate::policy::vmin::ENTRY) {
                return Box::new(Vmin { window: cell.parameters.window.span(Span(1)).0, ..Vmin::default() });
            }
            $(if std::ptr::eq(cell.policy, &raw const crate::policy::$module::ENTRY) {
                return Box::new(Simulated::new(<crate::policy::$module::$policy as Replacement>::new(pool), frames, cell.policy.variable));
            })*
            unreachable!("every policy is in the registry")
        }
    };
}
for_each_policy!(memories);

const NOWHERE: u32 = u32::MAX;
const ACCESSED: u8 = 1;
const DIRTY: u8 = 2;

/// What the policy may see.
struct Frames {
    bits: Vec<u8>,
    /// For policies that ask for it: the last reference to each.
    used: Vec<u64>,
    now: u64,
}

impl FrameView for Frames {
    fn take_accessed(&mut self, frame: FrameId) -> bool {
        let bits = &mut self.bits[frame.0 as usize];
        let accessed = *bits & ACCESSED != 0;
        *bits &= !ACCESSED;
        accessed
    }

    fn is_dirty(&mut self, frame: FrameId) -> bool {
        self.bits[frame.0 as usize] & DIRTY != 0
    }

    fn last_reference(&mut self, _frame: FrameId, known: Recency) -> Recency {
        // The policy is told of every hit.
        known
    }

    fn last_use(&mut self, frame: FrameId, _known: Virtual) -> Virtual {
        Virtual(self.used[frame.0 as usize])
    }

    fn now(&self) -> Recency {
        Recency(self.now)
    }
}

/// The only process there is.
const OWNER: Owner = Owner(0);

struct Simulated<P> {
    policy: P,
    frame_of: Vec<u32>,
    page_in: Vec<u32>,
    frames: Frames,
    used: u32,
    faults: u64,
    /// Policies that release pages: whether there are as many frames as they want, those that are free, and those that are leaving.
    grows: bool,
    free: Vec<u32>,
    leaving: Vec<FrameId>,
    held: u32,
    /// Space-time up to the reference at which `held` changed last.
    space: u64,
    since: u64,
}

impl<P: Replacement> Simulated<P> {
    fn new(policy: P, frames: u32, grows: bool) -> Simulated<P> {
        let used = if P::OBSERVES == Observes::LastUse { frames as usize } else { 0 };
        let view = Frames { bits: vec![0; frames as usize], used: vec![0; used], now: 0 };
        Simulated {
            policy,
            frame_of: Vec::new(),
            page_in: vec![NOWHERE; frames as usize],
            frames: view,
            used: 0,
            faults: 0,
            grows,
            free: if P::RELEASES { (0..frames).rev().collect() } else { Vec::new() },
            leaving: Vec::new(),
            held: 0,
            space: 0,
            since: 1,
        }
    }

    fn fault(&mut self, reference: Packed) {
        self.faults += 1;
        let page = reference.page();
        if P::RELEASES {
            self.release(Occasion::Fault, NOWHERE);
        }
        let frame = if P::RELEASES {
            self.find_frame(page)
        } else if (self.used as usize) < self.page_in.len() {
            self.hold(1);
            self.used += 1;
            self.used - 1
        } else {
            let frame = self.policy.victim(PageId(page), &mut self.frames).expect("the policy holds every frame").0;
            self.frame_of[self.page_in[frame as usize] as usize] = NOWHERE;
            frame
        };
        if P::RELEASES {
            self.hold(1);
        }
        if P::OBSERVES == Observes::LastUse {
            self.frames.used[frame as usize] = self.frames.now;
        }
        self.frame_of[page as usize] = frame;
        self.page_in[frame as usize] = page;
        // The reference is made before the policy learns of the page, as a page table has it.
        self.frames.bits[frame as usize] = ACCESSED | if reference.writes() { DIRTY } else { 0 };
        self.policy.loaded(FrameId(frame), PageId(page), &mut self.frames);
    }

    /// Policies that release pages: a free frame, or one that a page leaves for this one.
    fn find_frame(&mut self, page: u32) -> u32 {
        loop {
            if let Some(frame) = self.free.pop() {
                return frame;
            }
            if self.grows {
                return self.further_frame();
            }
            if let Some(FrameId(frame)) = self.policy.victim(PageId(page), &mut self.frames) {
                self.frame_of[self.page_in[frame as usize] as usize] = NOWHERE;
                self.hold(-1);
                self.release(Occasion::Replacement, NOWHERE);
                return frame;
            }
            self.release(Occasion::Replacement, NOWHERE);
        }
    }

    /// Variable partitions: a frame that has not been there.
    fn further_frame(&mut self) -> u32 {
        let frame = self.page_in.len() as u32;
        self.page_in.push(NOWHERE);
        self.frames.bits.push(0);
        if P::OBSERVES == Observes::LastUse {
            self.frames.used.push(0);
        }
        frame
    }

    /// The number of pages in memory changes with the present reference.
    fn hold(&mut self, change: i32) {
        self.space += u64::from(self.held) * (self.frames.now - self.since);
        self.since = self.frames.now;
        self.held = self.held.wrapping_add_signed(change);
    }

    /// Variable partitions: after a reference, pages whose time has come leave.
    #[inline]
    fn expire(&mut self, reference: Packed) {
        if self.policy.expiry(OWNER) <= Virtual(self.frames.now) {
            self.release(Occasion::Expiry, self.frame_of[reference.page() as usize]);
        }
    }

    /// Variable partitions: lets go what the policy releases. The page in the frame `present` is the one referenced at this moment.
    fn release(&mut self, why: Occasion, present: u32) {
        let mut leaving = std::mem::take(&mut self.leaving);
        self.policy.release(OWNER, why, &mut self.frames, &mut leaving);
        for FrameId(frame) in leaving.drain(..) {
            self.hold(-1);
            self.space += u64::from(frame == present);
            let page = std::mem::replace(&mut self.page_in[frame as usize], NOWHERE);
            self.frame_of[page as usize] = NOWHERE;
            self.free.push(frame);
        }
        self.leaving = leaving;
    }
}

/// How far ahead of a reference its page's frame, what is known of that frame, and what is known through that are asked for.
const FAR: usize = 32;
const NEAR: usize = 16;
const NEXT: usize = 6;
/// Bytes that a processor's own cache holds, about.
const CACHED: usize = 1 << 20;

impl<P: Replacement> Memory for Simulated<P> {
    fn make(&mut self, references: &[Packed], pages: u32) {
        if self.frame_of.len() < pages as usize {
            self.frame_of.resize(pages as usize, NOWHERE);
        }
        // A byte for each frame is near enough for most numbers of frames.
        let wide = P::OBSERVES == Observes::AccessedBits && self.frames.bits.len() > CACHED;
        for (at, &reference) in references.iter().enumerate() {
            if let Some(ahead) = references.get(at + FAR) {
                prefetch(&self.frame_of, ahead.page() as usize);
            }
            if (wide || P::OBSERVES.sees_hits())
                && let Some(ahead) = references.get(at + NEAR)
            {
                let frame = self.frame_of[ahead.page() as usize];
                if P::OBSERVES.sees_hits() {
                    self.policy.prefetch((frame != NOWHERE).then_some(FrameId(frame)), PageId(ahead.page()));
                } else {
                    prefetch(&self.frames.bits, frame as usize);
                }
            }
            if P::OBSERVES.sees_hits()
                && let Some(ahead) = references.get(at + NEXT)
            {
                let frame = self.frame_of[ahead.page() as usize];
                if frame != NOWHERE {
                    self.policy.prefetch_more(FrameId(frame));
                }
            }
            self.frames.now += 1;
            let frame = self.frame_of[reference.page() as usize];
            if frame == NOWHERE {
                self.fault(reference);
                if P::RELEASES {
                    self.expire(reference);
                }
                continue;
            }
            if P::OBSERVES == Observes::AccessedBits {
                self.frames.bits[frame as usize] |= ACCESSED | if reference.writes() { DIRTY } else { 0 };
            } else if reference.writes() {
                self.frames.bits[frame as usize] |= DIRTY;
            }
            if P::OBSERVES == Observes::LastUse {
                self.frames.used[frame as usize] = self.frames.now;
            }
            if P::OBSERVES.sees_hits() {
                self.policy.hit(FrameId(frame));
            }
            if P::RELEASES {
                self.expire(reference);
            }
        }
    }

    fn found(&self) -> (u64, u64) {
        (self.faults, self.space + u64::from(self.held) * (self.frames.now + 1 - self.since))
    }
}

/// VMIN, told from what is known when a page is referenced again: it was kept until now, or left at once.
#[derive(Default)]
struct Vmin {
    window: u64,
    /// Number of the last reference to each page, from 1; 0 is never.
    last: Vec<u64>,
    now: u64,
    faults: u64,
    space: u64,
}

impl Memory for Vmin {
    fn make(&mut self, references: &[Packed], pages: u32) {
        self.last.resize(self.last.len().max(pages as usize), 0);
        for (at, reference) in references.iter().enumerate() {
            if let Some(ahead) = references.get(at + FAR) {
                prefetch(&self.last, ahead.page() as usize);
            }
            self.now += 1;
            let before = std::mem::replace(&mut self.last[reference.page() as usize], self.now);
            let interval = self.now - before;
            // During the reference itself the page is there in any case.
            self.space += 1;
            if before > 0 && interval <= self.window {
                self.space += interval - 1;
            } else {
                self.faults += 1;
            }
        }
    }

    fn found(&self) -> (u64, u64) {
        (self.faults, self.space)
    }
}
