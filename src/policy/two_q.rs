//! 2Q, full version.
//!
//! *Idea.* A new page has to prove itself: it passes through a FIFO queue (A1in), and only if it is wanted again after it has left,
//! while its identity is still remembered (A1out), does it enter the LRU list of the others (Am). References close together thus count
//! as one.
//!
//! *Paper.* T. Johnson and D. Shasha, "2Q: a low overhead high performance buffer management replacement algorithm", VLDB 1994,
//! section 3 ("full version"), with the authors' tuning Kin = c/4 and Kout = c/2.
//!
//! *Deviation.* None over a trace. (libCacheSim's admits nothing below four frames, where c/4 rounds to no frame at all.) Under the timed machine, where frames may be in transit, an empty Am gives its turn to A1in.
//!
//! *Cost.* A move in a list for a hit in Am, nothing in A1in; O(1) for a fault. 14 bytes a frame; c/2 ghosts of 12 bytes and 4
//! bytes for each page number seen.

use super::order::{Ghosts, Lists};
use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<TwoQ>(
    "2q",
    "new pages pass through a FIFO queue; those wanted again after they left it are kept in LRU order",
    "Johnson and Shasha, VLDB 1994",
);

const A1IN: usize = 0;
const AM: usize = 1;
const A1OUT: usize = 0;
/// Pages of A1out whose fault is being served.
const COMING: usize = 1;

/// 2Q: the front of each list is its oldest page.
#[derive(Debug)]
pub struct TwoQ {
    kin: usize,
    kout: usize,
    resident: Lists,
    ghosts: Ghosts,
    pages: Vec<PageId>,
}

impl Policy for TwoQ {
    fn loaded(&mut self, frame: FrameId, page: PageId, _view: &mut dyn FrameView) {
        let again = self.ghosts.remove(page).is_some();
        self.pages[frame.0 as usize] = page;
        self.resident.push_back(if again { AM } else { A1IN }, frame.0);
    }

    fn victim(&mut self, incoming: PageId, _view: &mut dyn FrameView) -> Option<FrameId> {
        let remembered = self.ghosts.list_of(incoming) == Some(A1OUT);
        let from = if self.resident.len(A1IN) > self.kin || self.resident.len(AM) == 0 { A1IN } else { AM };
        let frame = self.resident.pop_front(from)?;
        if from == A1IN {
            self.ghosts.push_back(A1OUT, self.pages[frame as usize], ());
            if self.ghosts.len(A1OUT) > self.kout {
                self.ghosts.pop_front(A1OUT);
            }
        }
        // It was looked up before the room was made, which may have pushed it off the end of A1out.
        if remembered {
            self.ghosts.remove(incoming);
            self.ghosts.push_back(COMING, incoming, ());
        }
        Some(FrameId(frame))
    }

    fn removed(&mut self, frame: FrameId) {
        self.resident.remove(frame.0);
    }

    fn len(&self) -> usize {
        self.resident.total()
    }

    fn validate(&self) {
        self.resident.validate();
        self.ghosts.validate();
        assert!(self.ghosts.len(A1OUT) <= self.kout, "{} pages on A1out", self.ghosts.len(A1OUT));
    }
}

impl Replacement for TwoQ {
    const OBSERVES: Observes = Observes::EveryReference;

    fn new(pool: Pool) -> TwoQ {
        TwoQ {
            kin: pool.frames as usize / 4,
            kout: pool.frames as usize / 2,
            resident: Lists::new(2, pool.frames),
            ghosts: Ghosts::new(2),
            pages: vec![PageId(0); pool.frames as usize],
        }
    }

    #[inline]
    fn hit(&mut self, frame: FrameId) {
        if self.resident.is_on(AM, frame.0) {
            self.resident.move_to_back(AM, frame.0);
        }
    }

    #[inline]
    fn prefetch(&self, frame: Option<FrameId>, page: PageId) {
        match frame {
            Some(frame) => self.resident.prefetch(frame.0),
            None => self.ghosts.prefetch(page),
        }
    }

    #[inline]
    fn prefetch_more(&self, frame: FrameId) {
        self.resident.prefetch_neighbours(frame.0);
    }
}
