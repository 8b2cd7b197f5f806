//! Requests to the paging device, of one page or of several neighbours at once.
//!
//! A request for one page bears the number of the frame; one for several, a number beyond all frames, under which they are kept.

use super::fault::{PAGE_TAG, Store};
use super::{Event, Machine, Source};
use crate::device::{Operation, Request};
use crate::units::FrameId;

/// Requests under way for more than one page.
#[derive(Debug, Default)]
pub(super) struct Transfers {
    frames: Vec<Vec<FrameId>>,
    unused: Vec<usize>,
}

/// Numbers of requests for several pages begin here.
const SEVERAL: u64 = 1 << 32;

impl Transfers {
    /// The number for a request of these frames, in order of their positions on the device.
    fn open(&mut self, frames: &[FrameId]) -> u64 {
        if let &[frame] = frames {
            return u64::from(frame.0);
        }
        let place = self.unused.pop().unwrap_or_else(|| {
            self.frames.push(Vec::new());
            self.frames.len() - 1
        });
        self.frames[place].extend_from_slice(frames);
        SEVERAL + place as u64
    }

    /// The frames of a request that is done, in order; its number may be given again.
    pub fn close(&mut self, tag: u64) -> Closed {
        match tag.checked_sub(SEVERAL) {
            None => Closed::One(FrameId(tag as u32)),
            Some(place) => {
                self.unused.push(place as usize);
                Closed::Several(std::mem::take(&mut self.frames[place as usize]))
            }
        }
    }
}

/// The frames of a request that is done.
pub(super) enum Closed {
    One(FrameId),
    Several(Vec<FrameId>),
}

impl Closed {
    pub fn as_slice(&self) -> &[FrameId] {
        match self {
            Closed::One(frame) => std::slice::from_ref(frame),
            Closed::Several(frames) => frames,
        }
    }
}

impl Machine<'_> {
    /// Sends one request for neighbouring pages, the first of which is at `position`.
    pub(super) fn submit(&mut self, operation: Operation, frames: &[FrameId], position: u64, store: Store) {
        let pages = frames.len() as u32;
        let tag = self.transfers.open(frames);
        if store == Store::File
            && self.files_apart(frames[0])
            && let Some(file) = &mut self.file
        {
            self.counters.file.requests.arrive(self.now);
            file.submit(self.now, Request { tag: PAGE_TAG | tag, operation, position, pages });
            self.counters.file.serve(self.now, file.in_service());
            self.counters.file_pages += u64::from(pages);
            let next = file.next_completion();
            self.schedule(Source::FileDevice, next);
            self.tell(Event::Request { tag, operation, file: true, pages });
            return;
        }
        let request = Request { tag, operation, position, pages };
        self.counters.paging.requests.arrive(self.now);
        self.counters.clustered += u64::from(pages - 1);
        self.paging.submit(self.now, request);
        self.counters.paging.serve(self.now, self.paging.in_service());
        let next = self.paging.next_completion();
        self.schedule(Source::PagingDevice, next);
        self.settle_lent();
        self.tell(Event::Request { tag, operation, file: false, pages });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// Whatever the order in which requests end, each gives back what it was opened with.
        #[test]
        fn a_transfer_gives_its_own_frames_back(steps in proptest::collection::vec((1usize..5, any::<bool>()), 1..80)) {
            let (mut transfers, mut next) = (Transfers::default(), 0);
            let mut open: BTreeMap<u64, Vec<FrameId>> = BTreeMap::new();
            for (pages, close) in steps {
                if let (true, Some((tag, frames))) = (close, open.pop_first()) {
                    let closed = transfers.close(tag);
                    prop_assert_eq!(closed.as_slice(), &frames[..]);
                    continue;
                }
                let frames: Vec<FrameId> = (next..next + pages as u32).map(FrameId).collect();
                next += pages as u32;
                prop_assert!(open.insert(transfers.open(&frames), frames).is_none(), "a number in use was given again");
            }
        }
    }
}
