//! CLOCK-Pro: LIRS with a clock.
//!
//! *Idea.* Hot pages (small reuse distance) and cold ones, in memory or gone, stand on one clock. A cold page is in its test period for
//! a while after it came in; referenced within it, it becomes hot. Three hands: the cold one looks for victims, the hot one demotes hot
//! pages and ends the tests it passes, the test one forgets pages that are gone when there are too many.
//!
//! *Paper.* S. Jiang, F. Chen and X. Zhang, "CLOCK-Pro: an effective improvement of the CLOCK replacement", USENIX 2005, section 4.
//!
//! *Deviation.* The number of frames for cold pages adapts, as in the paper's section 4.3 (the authors' simulator has it fixed at 5 %): one
//! more when a page is referenced within its test period, one fewer when a period ends without, from 1 to c − 1. A memory that is
//! filling takes pages in as cold. A bit found set while a test is ended is kept for the cold hand. The bit is clear on load.
//!
//! *Cost.* Nothing for a hit beyond the accessed bit; amortised O(1) for a fault. 4 bytes a frame; 26 bytes for each page on the
//! clock, at most 2c of them and those in flight, and 4 bytes for each page number seen.

use super::order::{Lists, PageMap};
use super::{FrameView, Observes, PageId, Policy, PolicyEntry, Pool, Replacement};
use crate::units::FrameId;

pub(crate) static ENTRY: PolicyEntry = PolicyEntry::of::<ClockPro>(
    "clock-pro",
    "hot pages, cold pages and cold pages that have left on one clock with three hands",
    "Jiang, Chen and Zhang, USENIX 2005",
);

const NOWHERE: u32 = u32::MAX;

/// A page on the clock.
#[derive(Clone, Copy, Debug)]
struct Node {
    page: PageId,
    /// Its frame, or [`NOWHERE`].
    frame: u32,
    hot: bool,
    /// In its test period. A page that is not in memory always is.
    test: bool,
    /// A set bit was found, and cleared, when the test period was ended.
    seen: bool,
}

impl Node {
    fn is_resident(&self) -> bool {
        self.frame != NOWHERE
    }
}

/// CLOCK-Pro. The head of the clock is just behind the hot hand.
#[derive(Debug)]
pub struct ClockPro {
    frames: usize,
    /// Frames meant for cold pages.
    cold_target: usize,
    hot: usize,
    cold: usize,
    gone: usize,
    nodes: Vec<Node>,
    free: Vec<u32>,
    node_of_page: PageMap,
    node_of_frame: Vec<u32>,
    clock: Lists,
    /// The nodes that the hands point to; none while the clock is empty.
    hands: [Option<u32>; 3],
}

const COLD: usize = 0;
const HOT: usize = 1;
const TEST: usize = 2;

impl ClockPro {
    fn node(&self, hand: usize) -> u32 {
        self.hands[hand].expect("the clock is not empty")
    }

    fn advance(&mut self, hand: usize) {
        self.hands[hand] = self.clock.next_around(self.node(hand));
    }

    /// Takes a node off the clock; hands that point to it move on.
    fn unlink(&mut self, node: u32) {
        let next = self.clock.next_around(node).filter(|&next| next != node);
        for hand in &mut self.hands {
            if *hand == Some(node) {
                *hand = next;
            }
        }
        self.clock.remove(node);
    }

    fn insert_at_head(&mut self, node: u32) {
        match self.hands[HOT] {
            Some(hot) => self.clock.insert_before(hot, node),
            None => {
                self.clock.push_back(0, node);
                self.hands = [Some(node); 3];
            }
        }
    }

    fn add(&mut self, node: Node) -> u32 {
        let number = self.free.pop().unwrap_or_else(|| {
            self.nodes.push(node);
            self.clock.grow(self.nodes.len() as u32);
            self.nodes.len() as u32 - 1
        });
        self.nodes[number as usize] = node;
        self.node_of_page.set(node.page, number);
        self.insert_at_head(number);
        number
    }

    /// Forgets a page altogether.
    fn forget(&mut self, node: u32) {
        self.unlink(node);
        self.node_of_page.clear(self.nodes[node as usize].page);
        self.free.push(node);
    }

    /// Whether the page was referenced since it was last looked at; clears the mark.
    fn take_referenced(&mut self, node: u32, view: &mut dyn FrameView) -> bool {
        let node = &mut self.nodes[node as usize];
        let seen = std::mem::take(&mut node.seen);
        view.take_accessed(FrameId(node.frame)) || seen
    }

    fn grow_cold(&mut self, view: &mut dyn FrameView) {
        self.cold_target = (self.cold_target + 1).min(self.frames.saturating_sub(1).max(1));
        self.limit_hot(view);
    }

    fn shrink_cold(&mut self) {
        self.cold_target = (self.cold_target - 1).max(1);
    }

    fn limit_hot(&mut self, view: &mut dyn FrameView) {
        while self.hot > self.frames - self.cold_target {
            self.demote(view);
        }
    }

    /// Ends the test period of a cold page in memory.
    fn end_test(&mut self, node: u32, view: &mut dyn FrameView) {
        if std::mem::take(&mut self.nodes[node as usize].test) {
            let seen = self.take_referenced(node, view);
            self.nodes[node as usize].seen = seen;
            if !seen {
                self.shrink_cold();
            }
        }
    }

    /// Forgets a page that is not in memory: its test has failed.
    fn fail(&mut self, node: u32) {
        self.forget(node);
        self.gone -= 1;
        self.shrink_cold();
    }

    /// Runs the hot hand until it has demoted a page; there must be a hot one.
    fn demote(&mut self, view: &mut dyn FrameView) {
        loop {
            let number = self.node(HOT);
            let node = self.nodes[number as usize];
            if !node.is_resident() {
                self.fail(number);
                continue;
            }
            self.advance(HOT);
            if !node.hot {
                self.end_test(number, view);
            } else if !self.take_referenced(number, view) {
                self.nodes[number as usize].hot = false;
                self.hot -= 1;
                self.cold += 1;
                return;
            }
        }
    }

    /// Runs the test hand until no more pages are remembered than there are frames.
    fn limit_gone(&mut self, view: &mut dyn FrameView) {
        while self.gone > self.frames {
            let number = self.node(TEST);
            let node = self.nodes[number as usize];
            if !node.is_resident() {
                self.fail(number);
                continue;
            }
            self.advance(TEST);
            if !node.hot {
                self.end_test(number, view);
            }
        }
    }
}

impl Policy for ClockPro {
    fn loaded(&mut self, frame: FrameId, page: PageId, view: &mut dyn FrameView) {
        view.take_accessed(frame);
        let remembered = self.node_of_page.get(page);
        if let Some(node) = remembered {
            self.forget(node);
            self.gone -= 1;
        }
        let hot = remembered.is_some();
        let node = self.add(Node { page, frame: frame.0, hot, test: !hot, seen: false });
        self.node_of_frame[frame.0 as usize] = node;
        if hot {
            self.hot += 1;
            self.grow_cold(view);
        } else {
            self.cold += 1;
        }
    }

    fn victim(&mut self, _incoming: PageId, view: &mut dyn FrameView) -> Option<FrameId> {
        if self.hot + self.cold == 0 {
            return None;
        }
        loop {
            if self.cold == 0 {
                self.demote(view);
            }
            let number = self.node(COLD);
            let node = self.nodes[number as usize];
            if node.hot || !node.is_resident() {
                self.advance(COLD);
                continue;
            }
            if !self.take_referenced(number, view) {
                self.cold -= 1;
                if node.test {
                    self.nodes[number as usize].frame = NOWHERE;
                    self.gone += 1;
                    self.advance(COLD);
                    self.limit_gone(view);
                } else {
                    self.forget(number);
                }
                return Some(FrameId(node.frame));
            }
            self.unlink(number);
            self.insert_at_head(number);
            if node.test {
                self.nodes[number as usize].hot = true;
                self.nodes[number as usize].test = false;
                self.cold -= 1;
                self.hot += 1;
                self.grow_cold(view);
            } else {
                self.nodes[number as usize].test = true;
            }
        }
    }

    fn removed(&mut self, frame: FrameId) {
        let node = self.node_of_frame[frame.0 as usize];
        if self.nodes[node as usize].hot {
            self.hot -= 1;
        } else {
            self.cold -= 1;
        }
        self.forget(node);
    }

    fn len(&self) -> usize {
        self.hot + self.cold
    }

    fn validate(&self) {
        self.clock.validate();
        let on: Vec<Node> = self.clock.iter(0).map(|node| self.nodes[node as usize]).collect();
        let count = |what: fn(&Node) -> bool| on.iter().filter(|node| what(node)).count();
        assert_eq!(count(|node| node.is_resident() && node.hot), self.hot, "hot pages");
        assert_eq!(count(|node| node.is_resident() && !node.hot), self.cold, "cold pages");
        assert_eq!(count(|node| !node.is_resident() && node.test && !node.hot), self.gone, "pages that are gone");
        assert_eq!(on.len(), self.hot + self.cold + self.gone, "pages on the clock");
        assert!(self.gone <= self.frames, "{} pages that are gone", self.gone);
        assert!(self.hot <= self.frames - self.cold_target, "{} hot pages", self.hot);
        for (number, node) in self.clock.iter(0).map(|number| (number, self.nodes[number as usize])) {
            assert_eq!(self.node_of_page.get(node.page), Some(number), "page {} is not indexed", node.page.0);
        }
        for hand in self.hands {
            assert_eq!(hand.is_some(), !on.is_empty(), "a hand points to nothing");
            assert!(hand.is_none_or(|hand| self.clock.is_on(0, hand)), "a hand points to a page that has left");
        }
    }
}

impl Replacement for ClockPro {
    const OBSERVES: Observes = Observes::AccessedBits;

    fn new(pool: Pool) -> ClockPro {
        ClockPro {
            frames: pool.frames as usize,
            cold_target: 1,
            hot: 0,
            cold: 0,
            gone: 0,
            nodes: Vec::new(),
            free: Vec::new(),
            node_of_page: PageMap::default(),
            node_of_frame: vec![NOWHERE; pool.frames as usize],
            clock: Lists::new(1, 0),
            hands: [None; 3],
        }
    }
}
