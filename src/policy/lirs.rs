//! LIRS: low inter-reference recency set.
//!
//! *Idea.* What counts is not when a page was last referenced but how many other pages were between its last two references. Pages for
//! which that is small (LIR) hold nearly all frames; the others (HIR) pass through a few frames, and one that is
//! referenced again while it is still on the recency stack changes places with the LIR page at the stack's bottom.
//!
//! *Paper.* S. Jiang and X. Zhang, "LIRS: an efficient low inter-reference recency set replacement policy to improve buffer cache
//! performance", SIGMETRICS 2002, section 3; HIR pages get 1 % of the frames, at least 2, as there.
//!
//! *Deviation.* Pages that are on the stack but not in memory are limited to sixteen times the frames, those that left memory longest
//! ago forgotten first (the paper has no limit, the authors' program 2,500 times the frames). Under the timed machine the
//! place of a LIR page that has gone is taken by the next page loaded; if no HIR page can be evicted the bottom LIR page is.
//!
//! *Cost.* A move or two in lists for a hit; amortised O(1) for a fault. 14 bytes a frame; 36 bytes for each page on the stack, at
//! most 17c, and 4 bytes for each page number seen.

use super::order::{Lists, PageMap};
use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<Lirs>(
    "lirs",
    "pages with few others between their last two references stay; the rest pass through a few frames",
    "Jiang and Zhang, SIGMETRICS 2002",
);

/// Ghosts for each frame.
const GHOSTS: usize = 16;
const NOWHERE: u32 = u32::MAX;

/// A page in memory or on the stack.
#[derive(Clone, Copy, Debug)]
struct Node {
    page: PageId,
    frame: u32,
    lir: bool,
}

/// LIRS: the front of the stack is its bottom, the front of the queue the next victim.
#[derive(Debug)]
pub struct Lirs {
    lir_frames: usize,
    most_ghosts: usize,
    lirs: usize,
    nodes: Vec<Node>,
    free: Vec<u32>,
    node_of_page: PageMap,
    node_of_frame: Vec<u32>,
    /// Nodes by recency.
    stack: Lists,
    /// Nodes on the stack whose page is not in memory, in the order in which they left.
    ghosts: Lists,
    /// Frames of HIR pages.
    queue: Lists,
}

impl Lirs {
    fn add_node(&mut self, page: PageId) -> u32 {
        let node = Node { page, frame: NOWHERE, lir: false };
        let number = self.free.pop().unwrap_or_else(|| {
            self.nodes.push(node);
            // Grown by half: both lists are resized with the nodes.
            let room = self.nodes.capacity() as u32;
            self.stack.grow(room);
            self.ghosts.grow(room);
            self.nodes.len() as u32 - 1
        });
        self.nodes[number as usize] = node;
        self.node_of_page.set(page, number);
        number
    }

    fn drop_node(&mut self, node: u32) {
        self.node_of_page.clear(self.nodes[node as usize].page);
        self.free.push(node);
    }

    fn on_stack(&self, node: u32) -> bool {
        self.stack.is_on(0, node)
    }

    fn drop_ghost(&mut self, node: u32) {
        self.ghosts.remove(node);
        self.stack.remove(node);
        self.drop_node(node);
    }

    /// Takes everything below the lowest LIR page off the stack: all of it, if there is none.
    fn prune(&mut self) {
        while let Some(node) = self.stack.front(0) {
            let Node { lir, frame, .. } = self.nodes[node as usize];
            if lir {
                break;
            }
            if frame == NOWHERE {
                self.drop_ghost(node);
            } else {
                self.stack.remove(node);
            }
        }
    }

    /// The LIR pages at the bottom become HIR pages while there are too many of them.
    fn demote_down_to(&mut self, lirs: usize) {
        self.prune();
        while self.lirs > lirs {
            let node = self.stack.pop_front(0).expect("every LIR page is on the stack");
            self.nodes[node as usize].lir = false;
            self.lirs -= 1;
            self.queue.push_back(0, self.nodes[node as usize].frame);
            self.prune();
        }
    }

    fn touch_stack(&mut self, node: u32) {
        if self.on_stack(node) {
            self.stack.move_to_back(0, node);
        } else {
            self.stack.push_back(0, node);
        }
    }

    fn promote(&mut self, node: u32) {
        self.touch_stack(node);
        self.nodes[node as usize].lir = true;
        self.lirs += 1;
        self.demote_down_to(self.lir_frames);
    }

    #[inline(never)]
    fn hit_hir(&mut self, frame: u32, node: u32) {
        if self.on_stack(node) {
            self.queue.remove(frame);
            self.promote(node);
        } else {
            self.stack.push_back(0, node);
            self.queue.move_to_back(0, frame);
            self.prune();
        }
    }
}

impl Policy for Lirs {
    fn loaded(&mut self, frame: FrameId, page: PageId, _view: &mut dyn FrameView) {
        let ghost = self.node_of_page.get(page);
        let node = ghost.unwrap_or_else(|| self.add_node(page));
        if ghost.is_some() {
            self.ghosts.remove(node);
        }
        self.nodes[node as usize].frame = frame.0;
        self.node_of_frame[frame.0 as usize] = node;
        if ghost.is_some() || self.lirs < self.lir_frames {
            self.promote(node);
        } else {
            self.stack.push_back(0, node);
            self.queue.push_back(0, frame.0);
            self.prune();
        }
        while self.ghosts.len(0) > self.most_ghosts {
            let oldest = self.ghosts.front(0).expect("not empty");
            self.drop_ghost(oldest);
        }
    }

    fn victim(&mut self, _incoming: PageId, _view: &mut dyn FrameView) -> Option<FrameId> {
        if self.queue.len(0) == 0 && self.lirs > 0 {
            self.demote_down_to(self.lirs - 1);
        }
        let frame = self.queue.pop_front(0)?;
        let node = std::mem::replace(&mut self.node_of_frame[frame as usize], NOWHERE);
        if self.on_stack(node) {
            self.nodes[node as usize].frame = NOWHERE;
            self.ghosts.push_back(0, node);
        } else {
            self.drop_node(node);
        }
        Some(FrameId(frame))
    }

    fn removed(&mut self, frame: FrameId) {
        let node = std::mem::replace(&mut self.node_of_frame[frame.0 as usize], NOWHERE);
        if self.nodes[node as usize].lir {
            self.lirs -= 1;
        } else {
            self.queue.remove(frame.0);
        }
        if self.on_stack(node) {
            self.stack.remove(node);
        }
        self.drop_node(node);
        self.prune();
    }

    fn len(&self) -> usize {
        self.lirs + self.queue.len(0)
    }

    fn validate(&self) {
        self.stack.validate();
        self.ghosts.validate();
        self.queue.validate();
        assert!(self.lirs <= self.lir_frames, "{} LIR pages", self.lirs);
        // They are cut back at a load, and no more pages can leave between two loads than there are frames.
        assert!(self.ghosts.len(0) <= self.most_ghosts + self.node_of_frame.len(), "{} ghosts", self.ghosts.len(0));
        let bottom = self.stack.front(0).map(|node| self.nodes[node as usize].lir);
        assert_ne!(bottom, Some(false), "the bottom of the stack is not a LIR page");
        let on_stack: Vec<Node> = self.stack.iter(0).map(|node| self.nodes[node as usize]).collect();
        assert_eq!(on_stack.iter().filter(|node| node.lir).count(), self.lirs, "LIR pages not on the stack");
        let absent = on_stack.iter().filter(|node| node.frame == NOWHERE).count();
        assert_eq!(absent, self.ghosts.len(0), "pages on the stack that are not in memory");
        for (frame, &node) in self.node_of_frame.iter().enumerate() {
            if node != NOWHERE {
                let Node { page, frame: of_node, lir } = self.nodes[node as usize];
                assert_eq!(of_node as usize, frame, "the frame of page {}", page.0);
                assert_eq!(self.node_of_page.get(page), Some(node), "page {} is not indexed", page.0);
                assert_ne!(self.queue.is_on(0, frame as u32), lir, "the queue holds the HIR pages, no others");
            }
        }
    }
}

impl Replacement for Lirs {
    const OBSERVES: Observes = Observes::EveryReference;

    fn new(pool: Pool) -> Lirs {
        let frames = pool.frames as usize;
        Lirs {
            lir_frames: frames.saturating_sub((frames / 100).max(2)),
            most_ghosts: GHOSTS * frames,
            lirs: 0,
            nodes: Vec::new(),
            free: Vec::new(),
            node_of_page: PageMap::default(),
            node_of_frame: vec![NOWHERE; frames],
            stack: Lists::new(1, 0),
            ghosts: Lists::new(1, 0),
            queue: Lists::new(1, pool.frames),
        }
    }

    #[inline]
    fn hit(&mut self, frame: FrameId) {
        let node = self.node_of_frame[frame.0 as usize];
        if self.nodes[node as usize].lir {
            self.stack.move_to_back(0, node);
            self.prune();
        } else {
            self.hit_hir(frame.0, node);
        }
    }
}
