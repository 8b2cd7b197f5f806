//! OPT (MIN): the optimum, which knows the future.
//!
//! *Idea.* The page that is referenced again last, or never, leaves. No policy that fetches on demand has fewer faults. A stack
//! algorithm.
//!
//! *Paper.* L. A. Belady, IBM Systems Journal 5(2), 1966; R. L. Mattson, J. Gecsei, D. R. Slutz and I. L. Traiger, IBM Systems Journal
//! 9(2), 1970.
//!
//! *Deviation.* Every fault loads its page. Among pages that are never referenced again the least recently used leaves, which makes no
//! difference to the number of faults. It needs a future that does not depend on what it decides: one recorded string, all of whose
//! references come to one pool in order.
//!
//! *Cost.* O(log c) for a hit and for a fault; 28 bytes a frame, and 4 bytes for each reference of the string.

use super::order::FrameHeap;
use super::{Foresight, FrameView, Observes, Owner, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::units::{FrameId, Virtual};
use std::cmp::Reverse;

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<Opt>(
    "opt",
    "the page that is referenced again last, or never, leaves (MIN); only over one recorded string",
    "Belady 1966, IBM Systems Journal 5(2)",
);

/// OPT.
#[derive(Debug)]
pub struct Opt {
    future: Foresight,
    /// Position in the string of the reference that comes next.
    position: usize,
    now: u64,
    /// Next reference, then the last: the order of leaving.
    resident: FrameHeap<(Reverse<u64>, u64)>,
}

impl Opt {
    /// A reference is made: when its page is referenced next, and now.
    #[inline]
    fn reference(&mut self) -> (Reverse<u64>, u64) {
        let distance = self.future.distance(self.position);
        self.position = self.future.after(self.position);
        self.now += 1;
        (Reverse(distance.map_or(u64::MAX, |distance| self.now + u64::from(distance))), self.now)
    }
}

impl Policy for Opt {
    fn loaded(&mut self, frame: FrameId, _page: PageId, _view: &mut dyn FrameView) {
        let uses = self.reference();
        self.resident.push(frame, uses);
    }

    fn victim(&mut self, _incoming: PageId, _view: &mut dyn FrameView) -> Option<FrameId> {
        self.resident.pop().map(|(frame, _)| frame)
    }

    fn removed(&mut self, frame: FrameId) {
        self.resident.remove(frame);
    }

    fn len(&self) -> usize {
        self.resident.len()
    }

    fn foresee(&mut self, _owner: Owner, future: Foresight) {
        self.position = future.first();
        self.future = future;
    }

    fn begin_anew(&mut self, _owner: Owner, _at: Virtual) {
        self.position = self.future.first();
    }

    fn validate(&self) {
        self.resident.validate();
    }
}

impl Replacement for Opt {
    const OBSERVES: Observes = Observes::Future;

    fn new(pool: Pool) -> Opt {
        Opt { future: Foresight::default(), position: 0, now: 0, resident: FrameHeap::new(pool.frames) }
    }

    #[inline]
    fn hit(&mut self, frame: FrameId) {
        let uses = self.reference();
        self.resident.change(frame, |_| uses);
    }
}
