//! Most recently used.
//!
//! *Idea.* The page referenced last leaves: on a loop larger than memory it is the one needed latest, and there this is optimal.
//! Elsewhere it is mostly a mistake.
//!
//! *Paper.* H.-T. Chou and D. J. DeWitt, "An evaluation of buffer management strategies for relational database systems", VLDB
//! 1985.
//!
//! *Deviation.* None. When leaping every frame is asked at a fault, as each may have been referenced a moment ago.
//!
//! *Cost.* When walking, a move in a list for a hit and O(1) for a fault, 10 bytes a frame. When leaping, nothing for a hit, O(c) for a
//! fault; 18 bytes a frame.

use super::order::Lists;
use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Recency, Replacement};
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry =
    PolicyEntry::of::<Mru>("mru", "the page referenced last leaves", "Chou and DeWitt, VLDB 1985");

/// Most recently used: the back of the list, when walking, is the victim.
#[derive(Debug)]
pub struct Mru {
    list: Lists,
    /// Last known reference of each frame; empty when every hit is seen.
    known: Vec<Recency>,
}

impl Policy for Mru {
    fn loaded(&mut self, frame: FrameId, _page: PageId, view: &mut dyn FrameView) {
        self.list.push_back(0, frame.0);
        if let Some(known) = self.known.get_mut(frame.0 as usize) {
            *known = view.now();
        }
    }

    fn victim(&mut self, _incoming: PageId, view: &mut dyn FrameView) -> Option<FrameId> {
        for frame in self.list.iter(0) {
            if let Some(known) = self.known.get_mut(frame as usize) {
                *known = view.last_reference(FrameId(frame), *known);
            }
        }
        let frame = if self.known.is_empty() {
            self.list.back(0)?
        } else {
            self.list.iter(0).max_by_key(|&frame| self.known[frame as usize])?
        };
        self.list.remove(frame);
        Some(FrameId(frame))
    }

    fn removed(&mut self, frame: FrameId) {
        self.list.remove(frame.0);
    }

    fn len(&self) -> usize {
        self.list.len(0)
    }

    fn validate(&self) {
        self.list.validate();
    }
}

impl Replacement for Mru {
    const OBSERVES: Observes = Observes::LastReference;

    fn new(pool: Pool) -> Mru {
        let asks = if pool.sees_hits { 0 } else { pool.frames as usize };
        Mru { list: Lists::new(1, pool.frames), known: vec![Recency(0); asks] }
    }

    #[inline]
    fn hit(&mut self, frame: FrameId) {
        self.list.move_to_back(0, frame.0);
    }
}
