//! Replacement policies: one file each, named as in the literature.
//!
//! The kernel part ([`crate::memory`]) owns residency, accessed and dirty bits and all counters. A policy orders the
//! frames of its pool and names victims; what it may know it asks of a [`FrameView`]. A policy sees frames numbered from
//! 0 to the size of its pool, whether it manages the whole machine or one process's partition.
//!
//! To add a policy, write one file with a type that implements [`Policy`] and [`Replacement`] and a `PolicyEntry`, and
//! add one line to [`registry`].

pub(crate) mod active_inactive;
pub(crate) mod aging;
pub(crate) mod arc;
pub(crate) mod car;
pub(crate) mod clock;
pub(crate) mod clock_bit_0;
pub(crate) mod clock_pro;
pub(crate) mod dws;
pub(crate) mod fifo;
mod foresight;
pub(crate) mod lfu;
pub(crate) mod lirs;
pub(crate) mod lru;
pub(crate) mod lru_k;
pub(crate) mod mglru;
pub(crate) mod mru;
pub(crate) mod nru;
pub(crate) mod opt;
mod order;
mod parameters;
pub(crate) mod perfect_lfu;
pub(crate) mod pff;
pub(crate) mod random;
pub mod registry;
pub(crate) mod s3_fifo;
pub(crate) mod second_chance;
pub(crate) mod sieve;
pub(crate) mod two_q;
pub(crate) mod vmin;
mod windows;
pub(crate) mod ws;
pub(crate) mod wsclock;

pub use foresight::Foresight;
pub use parameters::{Parameters, Setting, Window};
pub use registry::{POLICIES, find};

use crate::rng::Stream;
use crate::units::{FrameId, Virtual};
use std::any::Any;
use std::fmt;

/// What a policy observes of the references, which decides the engines it can run under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observes {
    /// Nothing: only loads and removals.
    Nothing,
    /// The accessed bit of a frame, when it asks.
    AccessedBits,
    /// The last reference time of a frame, when it asks.
    LastReference,
    /// The last reference to a frame in its owner's virtual time, when it asks.
    LastUse,
    /// Every reference, as it happens.
    EveryReference,
    /// References that have not happened yet.
    Future,
}

impl Observes {
    /// Whether such a policy is told of every hit when the processes walk.
    #[inline]
    pub const fn sees_hits(self) -> bool {
        matches!(self, Observes::LastReference | Observes::EveryReference | Observes::Future)
    }

    /// Whether a process under such a policy can leap from fault to fault: only if nobody must see each hit.
    pub fn allows_leap(self) -> bool {
        !matches!(self, Observes::EveryReference | Observes::Future)
    }
}

impl fmt::Display for Observes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Observes::Nothing => "nothing",
            Observes::AccessedBits => "accessed bits, when it asks",
            Observes::LastReference => "last reference time, when it asks",
            Observes::LastUse => "last reference in virtual time, when it asks",
            Observes::EveryReference => "every reference",
            Observes::Future => "the future",
        })
    }
}

/// When something was last referenced, on a scale on which a larger number is more recent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recency(pub u64);

/// Identity of a page across the machine, kept while the page is out of memory (ghost lists are lists of these).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageId(pub u32);

/// Whose page it is: the number of a process of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner(pub u32);

/// What a policy may ask about the frames of its pool.
pub trait FrameView {
    /// Whether the page in the frame was referenced since this was last asked, and forgets it: test and clear of the accessed
    /// bit. The reference that loads a page sets its bit before [`Policy::loaded`].
    fn take_accessed(&mut self, frame: FrameId) -> bool;
    /// Whether the page in the frame would have to be written out if it left. Never, where nothing is written out.
    fn is_dirty(&mut self, _frame: FrameId) -> bool {
        false
    }
    /// When the page in the frame was last referenced, given that `known` was the last answer (or, for the first
    /// question, [`FrameView::now`] at the load). Never less than `known`. Only the leap answers: when walking, the policy has been
    /// told of every hit.
    fn last_reference(&mut self, frame: FrameId, known: Recency) -> Recency;
    /// The present, on the scale of [`Recency`].
    fn now(&self) -> Recency;
    /// Whose page is in the frame.
    fn owner(&self, _frame: FrameId) -> Owner {
        Owner(0)
    }
    /// The present of an owner, in its own virtual time; it stands still while the owner does not run.
    fn owner_now(&self, _owner: Owner) -> Virtual {
        Virtual(self.now().0)
    }
    /// When the page in the frame was last used, in its owner's virtual time, given that `known` was the last answer (or, for the first
    /// question, [`FrameView::owner_now`] at the load). Never less than `known`. Only for policies that observe [`Observes::LastUse`].
    fn last_use(&mut self, _frame: FrameId, known: Virtual) -> Virtual {
        known
    }
    /// Whether load control lets the owner run at all.
    fn is_active(&self, _owner: Owner) -> bool {
        true
    }
    /// The frame will be asked about soon: an occasion to ask for the memory that the answer will need. Changes nothing.
    fn expect(&self, _frame: FrameId) {}
    /// The frame will be expected soon: asks for the memory that [`FrameView::expect`] itself will need. Changes nothing.
    fn approach(&self, _frame: FrameId) {}
}

/// The part of a policy that is called once for a fault or less.
pub trait Policy: Any + Send {
    /// A page was loaded into the frame and its first reference has been made; from now on it may be chosen as a victim.
    fn loaded(&mut self, frame: FrameId, page: PageId, view: &mut dyn FrameView);
    /// Names the frame to give up for `incoming`, and forgets that frame; `None` if the policy holds no frame.
    fn victim(&mut self, incoming: PageId, view: &mut dyn FrameView) -> Option<FrameId>;
    /// The page left the frame in another way (its process ended): the frame is forgotten.
    fn removed(&mut self, frame: FrameId);
    /// Number of frames the policy holds; the machine asserts that it is the number of evictable frames of the pool.
    fn len(&self) -> usize;
    /// Whether the policy holds no frame.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// When, in an owner's virtual time, [`Policy::release`] wants to be asked next on account of that owner: after its references of
    /// that moment.
    fn expiry(&mut self, _owner: Owner) -> Virtual {
        Virtual::NEVER
    }
    /// Names the frames whose pages leave memory although no fault asks for them, and forgets them: what makes a partition variable.
    fn release(&mut self, _owner: Owner, _why: Occasion, _view: &mut dyn FrameView, _leaving: &mut Vec<FrameId>) {}
    /// How many victims were pages that the policy would have kept: memory was overcommitted.
    fn forced(&self) -> u64 {
        0
    }
    /// How many pages of an owner are in use, as the policy sees it; `None` if it has no opinion.
    fn working_set(&self, _owner: Owner) -> Option<u32> {
        None
    }
    /// Tells the policy an owner's future, before the first reference; only if it observes [`Observes::Future`].
    fn foresee(&mut self, _owner: Owner, _future: Foresight) {}
    /// An owner's program begins anew, at a virtual time of its own; all its pages have left. Only a policy that is told the future has
    /// to know.
    fn begin_anew(&mut self, _owner: Owner, _at: Virtual) {}
    /// Checks the policy's own structure, for tests; panics where it is broken.
    fn validate(&self) {}
}

/// The part of a policy that the walk's loop is compiled for.
pub trait Replacement: Policy + Sized {
    /// What the policy observes.
    const OBSERVES: Observes;
    /// Whether it releases pages of itself: [`Policy::release`] and [`Policy::expiry`].
    const RELEASES: bool = false;
    /// An empty policy for a pool.
    fn new(pool: Pool) -> Self;
    /// A resident page was referenced; called only when walking, and only if [`Observes::sees_hits`].
    #[inline]
    fn hit(&mut self, _frame: FrameId) {}
    /// A reference to the page, in this frame or in none, is a few references ahead: asks for the memory that it will need, and changes
    /// nothing.
    #[inline]
    fn prefetch(&self, _frame: Option<FrameId>, _page: PageId) {}
    /// The same, nearer still, for the memory that is known only from what [`Replacement::prefetch`] has asked for.
    #[inline]
    fn prefetch_more(&self, _frame: FrameId) {}
}

/// Why a policy is asked which pages it releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// The moment has come that [`Policy::expiry`] named.
    Expiry,
    /// A reference of the owner has faulted and is about to look for a frame.
    Fault,
    /// A victim has been asked for; on the way to it others may have been found that leave.
    Replacement,
}

/// Which parameters a policy has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// None.
    Nothing,
    /// A window of virtual time.
    Window,
    /// A window, and the share of it from which on a page may be replaced.
    DampedWindow,
    /// A critical interval between faults.
    Interval,
    /// A correlated reference period.
    CorrelatedPeriod,
}

impl Takes {
    /// Whether it has a window, or an interval that is given like one.
    pub fn has_window(self) -> bool {
        matches!(self, Takes::Window | Takes::DampedWindow | Takes::Interval)
    }
}

/// What a policy is made for.
#[derive(Debug)]
pub struct Pool {
    /// Frames of the pool.
    pub frames: u32,
    /// The policy's own random numbers.
    pub stream: Stream,
    /// Whether the processes walk, so that a policy which observes reference times is told of every hit.
    pub sees_hits: bool,
    /// Its parameters, if it has any.
    pub setting: Setting,
}

/// A policy as the registry knows it.
#[derive(Debug)]
pub struct PolicyEntry {
    /// Name in scenarios and results.
    pub name: &'static str,
    /// One line for a person.
    pub summary: &'static str,
    /// Where it was published.
    pub paper: &'static str,
    /// What it observes.
    pub observes: Observes,
    /// Which parameters it has.
    pub takes: Takes,
    /// Whether it releases pages of itself.
    pub releases: bool,
    /// Whether it holds as many frames as it sees use for.
    pub variable: bool,
    /// Makes an empty one.
    pub build: fn(Pool) -> Box<dyn Policy>,
    /// [`Replacement::hit`] of one that was built so, for callers that are not compiled for each policy.
    pub hit: fn(&mut dyn Policy, FrameId),
}

impl PolicyEntry {
    /// The entry of the policy type `P`.
    pub const fn of<P: Replacement>(name: &'static str, summary: &'static str, paper: &'static str) -> PolicyEntry {
        PolicyEntry {
            name,
            summary,
            paper,
            observes: P::OBSERVES,
            takes: Takes::Nothing,
            releases: P::RELEASES,
            variable: P::RELEASES,
            build: |pool| Box::new(P::new(pool)),
            hit: hit::<P>,
        }
    }

    /// The same, but it always fills its pool: what it releases only becomes free earlier.
    pub const fn in_fixed_memory(self) -> PolicyEntry {
        PolicyEntry { variable: false, ..self }
    }

    /// The same with parameters.
    pub const fn taking(self, takes: Takes) -> PolicyEntry {
        PolicyEntry { takes, ..self }
    }
}

fn hit<P: Replacement>(policy: &mut dyn Policy, frame: FrameId) {
    let policy: &mut dyn Any = policy;
    policy.downcast_mut::<P>().expect("built by the same entry").hit(frame);
}
