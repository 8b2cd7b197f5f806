//! First in, first out.
//!
//! *Idea.* The page that has been in memory longest leaves. Nothing is observed and nothing is moved on a hit. More frames
//! can mean more faults (Belady's anomaly).
//!
//! *Paper.* L. A. Belady, "A study of replacement algorithms for a virtual-storage computer", IBM Systems Journal 5(2), 1966;
//! Belady, Nelson and Shedler, CACM 12(6), 1969, for the anomaly.
//!
//! *Deviation.* Under the timed machine "in" is the moment of the first reference after the load, because a page that has not
//! been referenced yet is pinned.
//!
//! *Cost.* Nothing for a hit, O(1) for a fault, 8 bytes a frame.

use super::order::FrameList;
use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry =
    PolicyEntry::of::<Fifo>("fifo", "the page longest in memory leaves", "Belady 1966, IBM Systems Journal 5(2)");

/// First in, first out.
#[derive(Debug)]
pub struct Fifo {
    queue: FrameList,
}

impl Policy for Fifo {
    fn loaded(&mut self, frame: FrameId, _page: PageId, _view: &mut dyn FrameView) {
        self.queue.push_back(frame);
    }

    fn victim(&mut self, _incoming: PageId, view: &mut dyn FrameView) -> Option<FrameId> {
        let victim = self.queue.pop_front()?;
        // Where only faults free frames, the queue is mostly in order of their numbers.
        const AHEAD: u32 = 8;
        view.expect(FrameId(victim.0 + AHEAD));
        Some(victim)
    }

    fn removed(&mut self, frame: FrameId) {
        self.queue.remove(frame);
    }

    fn len(&self) -> usize {
        self.queue.len()
    }

    fn validate(&self) {
        self.queue.validate();
    }
}

impl Replacement for Fifo {
    const OBSERVES: Observes = Observes::Nothing;

    fn new(pool: Pool) -> Fifo {
        Fifo { queue: FrameList::new(pool.frames) }
    }
}
