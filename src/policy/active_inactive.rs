//! Linux's active and inactive lists with refault distances.
//!
//! *Idea.* A new page enters an inactive FIFO list; one that was referenced again when it comes to its end is activated, the others
//! leave. A page that comes back soon, after fewer evictions and activations than there are active pages, would have
//! stayed had the inactive list been longer: it is activated at once and challenges the active ones.
//!
//! *Paper.* J. Weiner, "mm: thrash detection-based file cache sizing", Linux 3.15, 2014: mm/workingset.c, and
//! inactive_is_low() in mm/vmscan.c. Two lists of this kind: O. Babaoglu and W. Joy, SOSP 1981; R. Turner and H. Levy, "Segmented
//! FIFO page replacement", SIGMETRICS 1981.
//!
//! *Deviation.* One type of pages, mapped ones: the second access is seen in the accessed bit when the page comes to the end of the
//! inactive list, and the instantiating fault does not count. Pages are demoted from the active list one at a time, whether
//! referenced or not, while |inactive| · ratio < |active|, ratio = ⌊√(10 · GiB)⌋ and 1 below one GiB of frames of 4 KiB. Shadow
//! entries have no workingset flag, which only feeds statistics.
//!
//! *Cost.* Nothing for a hit beyond the accessed bit; amortised O(1) for a fault. 14 bytes a frame; c shadows of 48 bytes (older ones
//! could not activate their page), and 4 bytes for each page number seen.

use super::order::{Ghosts, Lists};
use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<ActiveInactive>(
    "active-inactive",
    "Linux's two lists; a page that refaults within the length of the active one is activated",
    "Weiner 2014, Linux mm/workingset.c; Turner and Levy, SIGMETRICS 1981",
);

const INACTIVE: usize = 0;
const ACTIVE: usize = 1;

/// Active and inactive list; the front of each is its tail in the kernel's words.
#[derive(Debug)]
pub struct ActiveInactive {
    frames: usize,
    /// Evictions and activations so far: the kernel's nonresident_age.
    age: u64,
    lists: Lists,
    /// Age at eviction.
    shadows: Ghosts<u64>,
    pages: Vec<PageId>,
}

impl ActiveInactive {
    /// How many times longer than the inactive list the active one may be.
    fn ratio(&self) -> usize {
        let gib = self.lists.total() >> (30 - 12);
        if gib == 0 { 1 } else { (10 * gib).isqrt() }
    }

    fn demote(&mut self, view: &mut dyn FrameView) {
        let ratio = self.ratio();
        while self.lists.len(INACTIVE) * ratio < self.lists.len(ACTIVE) {
            let Some(frame) = self.lists.front(ACTIVE) else { break };
            view.take_accessed(FrameId(frame));
            self.lists.move_to_back(INACTIVE, frame);
        }
    }
}

impl Policy for ActiveInactive {
    fn loaded(&mut self, frame: FrameId, page: PageId, view: &mut dyn FrameView) {
        view.take_accessed(frame);
        self.pages[frame.0 as usize] = page;
        let shadow = self.shadows.remove(page);
        let refaulted = shadow.is_some_and(|shadow| self.age - shadow <= self.lists.len(ACTIVE) as u64);
        if refaulted {
            self.age += 1;
        }
        self.lists.push_back(if refaulted { ACTIVE } else { INACTIVE }, frame.0);
    }

    fn victim(&mut self, _incoming: PageId, view: &mut dyn FrameView) -> Option<FrameId> {
        loop {
            self.demote(view);
            let frame = self.lists.front(INACTIVE)?;
            if view.take_accessed(FrameId(frame)) {
                self.age += 1;
                self.lists.move_to_back(ACTIVE, frame);
                continue;
            }
            self.lists.remove(frame);
            self.shadows.push_back(0, self.pages[frame as usize], self.age);
            self.age += 1;
            if self.shadows.len(0) > self.frames {
                self.shadows.pop_front(0);
            }
            return Some(FrameId(frame));
        }
    }

    fn removed(&mut self, frame: FrameId) {
        self.lists.remove(frame.0);
    }

    fn len(&self) -> usize {
        self.lists.total()
    }

    fn validate(&self) {
        self.lists.validate();
        self.shadows.validate();
        assert!(self.shadows.len(0) <= self.frames, "{} shadows", self.shadows.len(0));
    }
}

impl Replacement for ActiveInactive {
    const OBSERVES: Observes = Observes::AccessedBits;

    fn new(pool: Pool) -> ActiveInactive {
        ActiveInactive {
            frames: pool.frames as usize,
            age: 0,
            lists: Lists::new(2, pool.frames),
            shadows: Ghosts::new(1),
            pages: vec![PageId(0); pool.frames as usize],
        }
    }
}
