//! A policy over a reference string, without a machine: the least that the rules of `FrameView` and `Policy` ask for.
#![allow(dead_code)]

use knee::policy::{self, Foresight, FrameView, Occasion, Owner, PageId, Policy, PolicyEntry, Pool, Recency, Setting};
use knee::rng::Streams;
use knee::units::{FrameId, Span, Virtual};

pub const NOWHERE: u32 = u32::MAX;

/// The only process.
pub const OWNER: Owner = Owner(0);

/// Accessed and dirty bits of the frames, when each was used last, and the number of the reference at hand.
pub struct Bits {
    pub accessed: Vec<bool>,
    pub dirty: Vec<bool>,
    pub used: Vec<u64>,
    pub now: u64,
}

impl Bits {
    pub fn new(frames: u32) -> Bits {
        let bits = vec![false; frames as usize];
        Bits { accessed: bits.clone(), dirty: bits, used: vec![0; frames as usize], now: 0 }
    }
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

    fn last_use(&mut self, frame: FrameId, _known: Virtual) -> Virtual {
        Virtual(self.used[frame.0 as usize])
    }

    fn now(&self) -> Recency {
        Recency(self.now)
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
    free: Vec<u32>,
    pub faults: u64,
    /// Pages that the policy released at the last reference, in order of their numbers.
    pub released: Vec<u32>,
    /// Pages in memory after each reference, added up; at least during the reference to it a page is there.
    pub space_time: u64,
}

impl Replay {
    pub fn new(name: &str, frames: u32) -> Replay {
        Replay::with(name, frames, Setting::default())
    }

    pub fn with(name: &str, frames: u32, setting: Setting) -> Replay {
        let entry = policy::find(name).expect("a policy of that name");
        let stream = Streams::new(1).named("replacement");
        Replay {
            entry,
            policy: (entry.build)(Pool { frames, stream, sees_hits: true, setting }),
            bits: Bits::new(frames),
            frame_of: Vec::new(),
            page_in: vec![NOWHERE; frames as usize],
            free: (0..frames).rev().collect(),
            faults: 0,
            released: Vec::new(),
            space_time: 0,
        }
    }

    /// The same for a whole string, which OPT is told beforehand.
    pub fn of(name: &str, frames: u32, string: &[u32]) -> Replay {
        let mut replay = Replay::new(name, frames);
        replay.foresee(string);
        replay
    }

    /// With a window of so many references, for the policies that have one, and a correlated period of one less for those that have that.
    pub fn windowed(name: &str, frames: u32, string: &[u32], window: u64) -> Replay {
        let setting = Setting { correlated_period: window - 1, ..Setting::of(Span(window)) };
        let mut replay = Replay::with(name, frames, setting);
        replay.foresee(string);
        replay
    }

    fn foresee(&mut self, string: &[u32]) {
        if self.entry.observes == policy::Observes::Future {
            self.policy.foresee(OWNER, Foresight::of(string, 0, false).expect("short enough"));
        }
    }

    /// Makes a reference, and lets go what the policy releases after it.
    pub fn reference(&mut self, page: u32, write: bool) -> Outcome {
        self.bits.now += 1;
        self.released.clear();
        let outcome = self.make(page, write);
        if self.policy.expiry(OWNER) <= Virtual(self.bits.now) {
            self.release(Occasion::Expiry);
        }
        self.released.sort_unstable();
        let present = self.released.contains(&page);
        self.space_time += self.policy.len() as u64 + u64::from(present);
        outcome
    }

    fn release(&mut self, why: Occasion) {
        let mut leaving = Vec::new();
        self.policy.release(OWNER, why, &mut self.bits, &mut leaving);
        for FrameId(frame) in leaving {
            let page = std::mem::replace(&mut self.page_in[frame as usize], NOWHERE);
            assert_ne!(page, NOWHERE, "frame {frame} was released twice");
            self.frame_of[page as usize] = NOWHERE;
            self.released.push(page);
            self.free.push(frame);
        }
    }

    fn make(&mut self, page: u32, write: bool) -> Outcome {
        if self.frame_of.len() <= page as usize {
            self.frame_of.resize(page as usize + 1, NOWHERE);
        }
        let frame = self.frame_of[page as usize];
        if frame != NOWHERE {
            self.bits.accessed[frame as usize] = true;
            self.bits.dirty[frame as usize] |= write;
            self.bits.used[frame as usize] = self.bits.now;
            if self.entry.observes.sees_hits() {
                (self.entry.hit)(self.policy.as_mut(), FrameId(frame));
            }
            return Outcome::Hit;
        }
        self.faults += 1;
        self.release(Occasion::Fault);
        let mut left = None;
        let frame = if let Some(frame) = self.free.pop() {
            frame
        } else if let Some(FrameId(frame)) = self.policy.victim(PageId(page), &mut self.bits) {
            let victim = std::mem::replace(&mut self.page_in[frame as usize], NOWHERE);
            assert_ne!(victim, NOWHERE, "frame {frame} was given up twice");
            self.frame_of[victim as usize] = NOWHERE;
            left = Some(victim);
            self.release(Occasion::Replacement);
            frame
        } else {
            self.release(Occasion::Replacement);
            self.free.pop().expect("the policy holds every frame")
        };
        self.frame_of[page as usize] = frame;
        self.page_in[frame as usize] = page;
        self.bits.accessed[frame as usize] = true;
        self.bits.dirty[frame as usize] = write;
        self.bits.used[frame as usize] = self.bits.now;
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
