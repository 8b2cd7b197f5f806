//! Working sets by a window of virtual time: what WS and the damped working set have in common.

use super::order::OwnerQueues;
use super::{FrameView, Owner, Setting};
use crate::units::{FrameId, Virtual};

/// The pages of each owner, with the last known use of each.
///
/// A page whose last use was at r is in its owner's working set up to r + T, T the owner's window, and that moment included: a reference
/// then still finds it, as one with a distance of T references does. Since a page is asked about whenever its last *known* use is a window ago, it
/// leaves exactly then if it was not used again.
#[derive(Debug)]
pub(super) struct WorkingSets {
    pub setting: Setting,
    pub queues: OwnerQueues,
    /// Pages that were given up although they were in a working set.
    pub forced: u64,
}

impl WorkingSets {
    pub fn new(frames: u32, setting: Setting) -> WorkingSets {
        WorkingSets { setting, queues: OwnerQueues::new(frames), forced: 0 }
    }

    pub fn loaded(&mut self, frame: FrameId, view: &dyn FrameView) {
        let owner = view.owner(frame);
        self.queues.push(owner, frame, view.owner_now(owner));
    }

    /// When the first page of an owner may leave its working set.
    pub fn expiry(&mut self, owner: Owner) -> Virtual {
        let window = self.setting.window(owner);
        self.queues.front(owner).map_or(Virtual::NEVER, |(_, known)| known.saturating_add(window))
    }

    /// Takes out the pages of an owner that are in its working set no more.
    pub fn expire(&mut self, owner: Owner, view: &mut dyn FrameView, leaving: &mut Vec<FrameId>) {
        let (now, window) = (view.owner_now(owner), self.setting.window(owner));
        while let Some((frame, known)) = self.queues.front(owner) {
            if known.saturating_add(window) > now {
                return;
            }
            if self.queues.settle_front(owner, |frame, known| view.last_use(frame, known)) {
                self.queues.remove(frame);
                leaving.push(frame);
            }
        }
    }

    /// The page of an owner that was used longest ago, and its age.
    pub fn oldest(&mut self, owner: Owner, view: &mut dyn FrameView) -> Option<(FrameId, u64)> {
        while !self.queues.settle_front(owner, |frame, known| view.last_use(frame, known)) {}
        let (frame, known) = self.queues.front(owner)?;
        Some((frame, view.owner_now(owner).saturating_since(known).0))
    }

    /// Takes the page that is oldest in terms of its owner's window, of all owners. Time stands still for a process that does not run, and so do
    /// the ages of its pages.
    pub fn force(&mut self, view: &mut dyn FrameView) -> Option<FrameId> {
        loop {
            // Ages by what is known are upper bounds, so the first that stands when it is asked is the largest.
            let mut first: Option<(u128, u128, Owner)> = None;
            let owners: Vec<Owner> = self.queues.owners().collect();
            for owner in owners {
                let Some((_, known)) = self.queues.front(owner) else { continue };
                let age = u128::from(view.owner_now(owner).saturating_since(known).0);
                let window = u128::from(self.setting.window(owner).0);
                if first.is_none_or(|(most, of, _)| age * of > most * window) {
                    first = Some((age, window, owner));
                }
            }
            let (.., owner) = first?;
            if self.queues.settle_front(owner, |frame, known| view.last_use(frame, known)) {
                let (frame, _) = self.queues.front(owner)?;
                self.queues.remove(frame);
                self.forced += 1;
                return Some(frame);
            }
        }
    }
}
