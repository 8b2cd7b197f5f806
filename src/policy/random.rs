//! Random replacement.
//!
//! *Idea.* Any page may leave, each as likely as the others. Nothing is observed; on a loop larger than memory it beats LRU, and
//! under independent references it equals FIFO in the long run.
//!
//! *Paper.* L. A. Belady, "A study of replacement algorithms for a virtual-storage computer", IBM Systems Journal 5(2), 1966;
//! W. F. King III, IFIP Congress 1971, for the equality with FIFO.
//!
//! *Deviation.* None.
//!
//! *Cost.* Nothing for a hit, O(1) for a fault, 8 bytes a frame.

use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::large;
use crate::prefetch::prefetch;
use crate::rng::Stream;
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<Random>(
    "random",
    "any page leaves, each as likely as the others",
    "Belady 1966, IBM Systems Journal 5(2)",
);

const ABSENT: u32 = u32::MAX;

/// Random replacement: a dense array of frames, and the place of each frame in it.
#[derive(Debug)]
pub struct Random {
    held: Vec<u32>,
    place: Vec<u32>,
    stream: Stream,
}

impl Random {
    /// Asks for the memory that the next three victims will need, each a step further on its way. Which they will be, a copy of the
    /// stream tells, if as many frames are held then; the stream itself is not touched.
    fn look_ahead(&self, count: u64, view: &dyn FrameView) {
        let mut scout = self.stream.clone();
        let mut place = || scout.below(count) as usize;
        let (next, second, third) = (place(), place(), place());
        if let Some(&frame) = self.held.get(next) {
            view.expect(FrameId(frame));
            prefetch(&self.place, frame as usize);
        }
        if let Some(&frame) = self.held.get(second) {
            view.approach(FrameId(frame));
        }
        prefetch(&self.held, third);
    }

    fn take(&mut self, place: usize) -> FrameId {
        let frame = self.held.swap_remove(place);
        self.place[frame as usize] = ABSENT;
        if let Some(&moved) = self.held.get(place) {
            self.place[moved as usize] = place as u32;
        }
        FrameId(frame)
    }
}

impl Policy for Random {
    fn loaded(&mut self, frame: FrameId, _page: PageId, _view: &mut dyn FrameView) {
        self.place[frame.0 as usize] = self.held.len() as u32;
        self.held.push(frame.0);
    }

    fn victim(&mut self, _incoming: PageId, view: &mut dyn FrameView) -> Option<FrameId> {
        if self.held.is_empty() {
            return None;
        }
        let count = self.held.len() as u64;
        let place = self.stream.below(count) as usize;
        self.look_ahead(count, view);
        Some(self.take(place))
    }

    fn removed(&mut self, frame: FrameId) {
        let place = self.place[frame.0 as usize];
        self.take(place as usize);
    }

    fn len(&self) -> usize {
        self.held.len()
    }

    fn validate(&self) {
        for (place, &frame) in self.held.iter().enumerate() {
            assert_eq!(self.place[frame as usize] as usize, place, "frame {frame} is not where its index says");
        }
    }
}

impl Replacement for Random {
    const OBSERVES: Observes = Observes::Nothing;

    fn new(pool: Pool) -> Random {
        Random {
            held: Vec::with_capacity(pool.frames as usize),
            place: large::filled(ABSENT, pool.frames as usize),
            stream: pool.stream,
        }
    }
}
