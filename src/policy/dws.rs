//! Damped working set, DWS.
//!
//! *Idea.* When a program turns to another locality, its working set grows by the new pages before the old ones are a window old. A page
//! whose age is a good part of the window has probably been left behind, so at a fault it is replaced instead of the set being enlarged: the
//! working set resists sudden expansion.
//!
//! *Paper.* A. J. Smith, "A modified working set paging algorithm", IEEE Transactions on Computers C-25(9), 1976.
//!
//! *Deviation.* The rule is told from the abstract: at a fault, the process's page that was used longest ago is given up if its age is at least
//! the damping, a share of the window; one page for each fault. With a damping of 1 it is the working set. Overcommitment as for `ws`.
//!
//! *Cost.* As `ws`, and one more question for a fault. 24 bytes a frame.

use super::windows::WorkingSets;
use super::{FrameView, Observes, Occasion, Owner, PageId, Policy, PolicyEntry, Pool, Replacement, Takes};
use crate::units::{FrameId, Virtual};

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<Dws>(
    "dws",
    "a working set that replaces its oldest page at a fault if that is old enough (damped working set)",
    "Smith 1976, IEEE Transactions on Computers C-25(9)",
)
.taking(Takes::DampedWindow);

/// The damped working-set policy.
#[derive(Debug)]
pub struct Dws {
    sets: WorkingSets,
}

impl Policy for Dws {
    fn loaded(&mut self, frame: FrameId, _page: PageId, view: &mut dyn FrameView) {
        self.sets.loaded(frame, view);
    }

    fn victim(&mut self, _incoming: PageId, view: &mut dyn FrameView) -> Option<FrameId> {
        self.sets.force(view)
    }

    fn removed(&mut self, frame: FrameId) {
        self.sets.queues.remove(frame);
    }

    fn len(&self) -> usize {
        self.sets.queues.len()
    }

    fn expiry(&mut self, owner: Owner) -> Virtual {
        self.sets.expiry(owner)
    }

    fn release(&mut self, owner: Owner, why: Occasion, view: &mut dyn FrameView, leaving: &mut Vec<FrameId>) {
        let before = leaving.len();
        self.sets.expire(owner, view, leaving);
        // A page that has just left makes room enough.
        if why == Occasion::Fault && leaving.len() == before {
            let least = self.sets.setting.damping * self.sets.setting.window(owner).0 as f64;
            if let Some((frame, age)) = self.sets.oldest(owner, view)
                && age as f64 >= least
            {
                self.sets.queues.remove(frame);
                leaving.push(frame);
            }
        }
    }

    fn forced(&self) -> u64 {
        self.sets.forced
    }

    fn working_set(&self, owner: Owner) -> Option<u32> {
        Some(self.sets.queues.members(owner))
    }

    fn validate(&self) {
        self.sets.queues.validate();
    }
}

impl Replacement for Dws {
    const OBSERVES: Observes = Observes::LastUse;
    const RELEASES: bool = true;

    fn new(pool: Pool) -> Dws {
        Dws { sets: WorkingSets::new(pool.frames, pool.setting) }
    }
}
