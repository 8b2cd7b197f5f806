//! A policy over a reference string, without a machine: the least that the rules of `FrameView` and `Policy` ask for.
#![allow(dead_code)]

use knee::policy::{self, Foresight, FrameView, PageId, Policy, PolicyEntry, Pool, Recency};
use knee::rng::Streams;
use knee::units::FrameId;

pub const NOWHERE: u32 = u32::MAX;

/// Accessed and dirty bits of the frames.
pub struct Bits {
    pub accessed: Vec<bool>,
    pub dirty: Vec<bool>,
}

impl FrameView for Bits {
    fn take_accessed(&mut self, frame: FrameId) -> bool {
        std::mem::take(&mut self.accessed[frame.0 as usize])
    }

    fn is_dirty(&mut self, frame: FrameId) -> bool {
        self.dirty[frame.0 as usize]
    }

    fn last_reference(&mut self, _frame: FrameId, known: Recency) -> Recency {
        known
    }

    fn now(&self) -> Recency {
        Recency(0)
    }
}

/// What a reference did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Hit,
    /// The page was loaded, and this one left for it.
    Fault(Option<u32>),
}

/// A memory of some frames under a policy.
pub struct Replay {
    entry: &'static PolicyEntry,
    pub policy: Box<dyn Policy>,
    pub bits: Bits,
    /// Frame of each page.
    frame_of: Vec<u32>,
    /// Page in each frame.
    page_in: Vec<u32>,
    used: u32,
    pub faults: u64,
}

impl Replay {
    pub fn new(name: &str, frames: u32) -> Replay {
        let entry = policy::find(name).expect("a policy of that name");
        let stream = Streams::new(1).named("replacement");
        Replay {
            entry,
            policy: (entry.build)(Pool { frames, stream, sees_hits: true }),
            bits: Bits { accessed: vec![false; frames as usize], dirty: vec![false; frames as usize] },
            frame_of: Vec::new(),
            page_in: vec![NOWHERE; frames as usize],
            used: 0,
            faults: 0,
        }
    }

    /// The same for a whole string, which OPT is told beforehand.
    pub fn of(name: &str, frames: u32, string: &[u32]) -> Replay {
        let mut replay = Replay::new(name, frames);
        if replay.entry.observes == policy::Observes::Future {
            replay.policy.foresee(Foresight::of(string, 0, false).expect("short enough"));
        }
        replay
    }

    pub fn reference(&mut self, page: u32, write: bool) -> Outcome {
        if self.frame_of.len() <= page as usize {
            self.frame_of.resize(page as usize + 1, NOWHERE);
        }
        let frame = self.frame_of[page as usize];
        if frame != NOWHERE {
            self.bits.accessed[frame as usize] = true;
            self.bits.dirty[frame as usize] |= write;
            if self.entry.observes.sees_hits() {
                (self.entry.hit)(self.policy.as_mut(), FrameId(frame));
            }
            return Outcome::Hit;
        }
        self.faults += 1;
        let mut left = None;
        let frame = if (self.used as usize) < self.page_in.len() {
            self.used += 1;
            self.used - 1
        } else {
            let frame = self.policy.victim(PageId(page), &mut self.bits).expect("the policy holds every frame").0;
            let victim = std::mem::replace(&mut self.page_in[frame as usize], NOWHERE);
            assert_ne!(victim, NOWHERE, "frame {frame} was given up twice");
            self.frame_of[victim as usize] = NOWHERE;
            left = Some(victim);
            frame
        };
        self.frame_of[page as usize] = frame;
        self.page_in[frame as usize] = page;
        self.bits.accessed[frame as usize] = true;
        self.bits.dirty[frame as usize] = write;
        self.policy.loaded(FrameId(frame), PageId(page), &mut self.bits);
        Outcome::Fault(left)
    }

    /// The pages in memory, in order of their numbers.
    pub fn resident(&self) -> Vec<u32> {
        let pages = (0..self.frame_of.len() as u32).filter(|&page| self.frame_of[page as usize] != NOWHERE);
        pages.collect()
    }
}

/// Faults of a policy over a string.
pub fn faults(name: &str, frames: u32, string: &[u32]) -> u64 {
    let mut replay = Replay::of(name, frames, string);
    for &page in string {
        replay.reference(page, false);
    }
    replay.policy.validate();
    replay.faults
}
