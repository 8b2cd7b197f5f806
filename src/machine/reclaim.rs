//! How memory is kept from running out, and how many pages move at once: part of the machine's configuration.

use crate::units::Span;

/// The page daemon and reading ahead. By default there is neither: a fault that finds no free frame makes one itself, and every
/// request to the paging device is for one page.
#[derive(Clone, Debug, PartialEq)]
pub struct Reclaim {
    /// The page daemon.
    pub daemon: Option<PageDaemon>,
    /// Pages of the cluster on the device from which a page-in takes the neighbours too (at least 1, which is the page alone).
    /// Neighbours go into free frames only, so without a page daemon there is soon no room for them.
    pub readahead: u32,
}

impl Default for Reclaim {
    fn default() -> Reclaim {
        Reclaim { daemon: None, readahead: 1 }
    }
}

/// The page daemon: it keeps frames free, in the background.
#[derive(Clone, Debug, PartialEq)]
pub struct PageDaemon {
    /// When it works, in frames of the whole machine.
    pub watermarks: Watermarks,
    /// CPU time for each page that it looks at; direct reclaim costs the same.
    pub cost: Span,
    /// Pages that it writes out in one request, to neighbouring slots of swap space (at least 1).
    pub write_cluster: u32,
    /// Whether it also writes changed pages out that stay.
    pub cleaner: Option<Cleaner>,
}

/// Free frames of the machine at which reclaim begins and ends. A pool of fewer frames has its share of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watermarks {
    /// A fault that finds no more than so many frees one itself (direct reclaim).
    pub min: u32,
    /// Below this the daemon wakes; above `min`.
    pub low: u32,
    /// When so many are free, or about to be, it sleeps again; above `low`.
    pub high: u32,
}

/// The daemon's hand that goes round the frames and writes changed pages out, so that they can be dropped when their turn comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cleaner {
    /// Time between two turns.
    pub interval: Span,
    /// Frames that it passes over in one turn.
    pub frames: u32,
}
