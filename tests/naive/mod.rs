//! Every policy again, as its rule is told, over plain vectors: slow and short. Lists have their oldest page first.

use knee::rng::{Stream, Streams};

/// A policy that is told of pages.
pub trait Rule {
    fn hit(&mut self, page: u32, write: bool);
    /// The victim; the largest number if none is found but pages that are written out first.
    fn evict(&mut self, incoming: u32) -> u32;
    /// The pages that were found on the way to the last victim and leave when they are written out.
    fn written(&mut self) -> Vec<u32> {
        vec![]
    }
    fn load(&mut self, page: u32, write: bool);
    /// The pages that leave of themselves: at a fault, before it looks for a frame, or after a reference.
    fn release(&mut self, _fault: bool) -> Vec<u32> {
        vec![]
    }
}

/// The rule for the policy of this name; OPT is told the string, and the window is for those that have one.
pub fn rule(name: &str, frames: usize, string: &[u32], window: u64) -> Box<dyn Rule> {
    match name {
        "fifo" => Box::new(Fifo { queue: vec![] }),
        "random" => Box::new(Random { held: vec![], stream: Streams::new(1).named("replacement") }),
        "second-chance" | "clock" => Box::new(Clock { circle: vec![], hand: 0, hole: None, bit: true }),
        "clock-bit-0" => Box::new(Clock { circle: vec![], hand: 0, hole: None, bit: false }),
        "nru" => Box::new(Nru { frames, pages: vec![], moves: 0, victims: 0 }),
        "aging" => Box::new(Aging { frames, pages: vec![], victims: 0 }),
        "lru" => Box::new(Recency { list: vec![], newest: false }),
        "mru" => Box::new(Recency { list: vec![], newest: true }),
        "lru-2" => Box::new(LruK { frames, period: window - 1, now: 0, pages: vec![], history: vec![] }),
        "lfu" => Box::new(Lfu { now: 0, pages: vec![] }),
        "lfu-perfect" => Box::new(PerfectLfu { string: vec![], held: vec![] }),
        "2q" => Box::new(TwoQ { frames, a1in: vec![], a1out: vec![], am: vec![], again: false }),
        "arc" => Box::new(Arc { c: frames, t1: vec![], t2: vec![], b1: vec![], b2: vec![], p: 0.0, to_t2: false }),
        "car" => Box::new(Car { c: frames, t1: vec![], t2: vec![], b1: vec![], b2: vec![], p: 0.0 }),
        "lirs" => Box::new(Lirs { frames, stack: vec![], queue: vec![], gone: vec![] }),
        "clock-pro" => Box::new(ClockPro { c: frames, clock: vec![], hands: [0; 3], cold_target: 1 }),
        "s3-fifo" => Box::new(S3Fifo { c: frames, s: vec![], m: vec![], g: vec![], again: false, filling: true }),
        "sieve" => Box::new(Sieve { queue: vec![], hand: 0 }),
        "active-inactive" => Box::new(Linux { inactive: vec![], active: vec![], shadows: vec![], age: 0 }),
        "mglru" => Box::new(Mglru { pages: vec![], oldest: 0, youngest: 1 }),
        "opt" => Box::new(Opt { string: string.to_vec(), now: 0, held: vec![] }),
        "ws" => Box::new(WorkingSet { window, damping: None, now: 0, pages: vec![] }),
        "dws" => Box::new(WorkingSet { window, damping: Some(0.5), now: 0, pages: vec![] }),
        "pff" => Box::new(Pff { interval: window, now: 0, last: 0, pages: vec![] }),
        "vmin" => Box::new(Vmin { window, string: string.to_vec(), now: 0, held: vec![] }),
        "wsclock" => Box::new(WsClock { window, now: 0, circle: vec![], written: vec![] }),
        other => panic!("no rule is written down for {other}"),
    }
}

fn take<T>(list: &mut Vec<T>, is: impl Fn(&T) -> bool) -> Option<T> {
    list.iter().position(is).map(|at| list.remove(at))
}

struct Fifo {
    queue: Vec<u32>,
}

impl Rule for Fifo {
    fn hit(&mut self, _: u32, _: bool) {}
    fn evict(&mut self, _: u32) -> u32 {
        self.queue.remove(0)
    }
    fn load(&mut self, page: u32, _: bool) {
        self.queue.push(page);
    }
}

struct Random {
    held: Vec<u32>,
    stream: Stream,
}

impl Rule for Random {
    fn hit(&mut self, _: u32, _: bool) {}
    fn evict(&mut self, _: u32) -> u32 {
        self.held.swap_remove(self.stream.below(self.held.len() as u64) as usize)
    }
    fn load(&mut self, page: u32, _: bool) {
        self.held.push(page);
    }
}

/// Frames that stay where they are, and a hand.
struct Clock {
    circle: Vec<(u32, bool)>,
    hand: usize,
    hole: Option<usize>,
    bit: bool,
}

impl Rule for Clock {
    fn hit(&mut self, page: u32, _: bool) {
        self.circle.iter_mut().find(|frame| frame.0 == page).unwrap().1 = true;
    }
    fn evict(&mut self, _: u32) -> u32 {
        while std::mem::take(&mut self.circle[self.hand].1) {
            self.hand = (self.hand + 1) % self.circle.len();
        }
        self.hole = Some(self.hand);
        self.circle[self.hand].0
    }
    fn load(&mut self, page: u32, _: bool) {
        match self.hole.take() {
            None => self.circle.push((page, self.bit)),
            Some(hole) => {
                self.circle[hole] = (page, self.bit);
                self.hand = (hole + 1) % self.circle.len();
            }
        }
    }
}

/// Page, accessed and dirty bit, class, and since which move it has been in the class.
struct NruPage {
    page: u32,
    accessed: bool,
    dirty: bool,
    class: usize,
    since: u64,
}

struct Nru {
    frames: usize,
    pages: Vec<NruPage>,
    moves: u64,
    victims: usize,
}

impl Nru {
    fn first(&self, class: usize) -> Option<usize> {
        (0..self.pages.len()).filter(|&at| self.pages[at].class == class).min_by_key(|&at| self.pages[at].since)
    }
}

impl Rule for Nru {
    fn hit(&mut self, page: u32, write: bool) {
        let page = self.pages.iter_mut().find(|other| other.page == page).unwrap();
        page.accessed = true;
        page.dirty |= write;
    }
    fn evict(&mut self, _: u32) -> u32 {
        if self.victims == (self.frames / 4).max(1) {
            self.victims = 0;
            // Class by class, each in its order, behind those that have not been looked at.
            self.pages.sort_by_key(|page| (page.class, page.since));
            for page in &mut self.pages {
                self.moves += 1;
                (page.class, page.accessed, page.since) = (0, false, self.moves);
            }
        }
        self.victims += 1;
        for class in 0..4 {
            while let Some(at) = self.first(class) {
                let page = &mut self.pages[at];
                let referenced = class >= 2 || std::mem::take(&mut page.accessed);
                let now = 2 * usize::from(referenced) + usize::from(page.dirty);
                if now == class {
                    return self.pages.remove(at).page;
                }
                self.moves += 1;
                (page.class, page.since) = (now, self.moves);
            }
        }
        unreachable!("some class has a page")
    }
    fn load(&mut self, page: u32, write: bool) {
        self.moves += 1;
        self.pages.push(NruPage { page, accessed: true, dirty: write, class: 0, since: self.moves });
    }
}

/// Page, register, accessed bit.
struct Aging {
    frames: usize,
    pages: Vec<(u32, u8, bool)>,
    victims: usize,
}

impl Rule for Aging {
    fn hit(&mut self, page: u32, _: bool) {
        self.pages.iter_mut().find(|other| other.0 == page).unwrap().2 = true;
    }
    fn evict(&mut self, _: u32) -> u32 {
        if self.victims == (self.frames / 8).max(1) {
            self.victims = 0;
            self.pages.sort_by_key(|page| page.1);
            for (_, register, accessed) in &mut self.pages {
                *register = *register / 2 + 128 * u8::from(std::mem::take(accessed));
            }
        }
        self.victims += 1;
        let smallest = (0..self.pages.len()).min_by_key(|&at| self.pages[at].1).unwrap();
        self.pages.remove(smallest).0
    }
    fn load(&mut self, page: u32, _: bool) {
        self.pages.push((page, 128, false));
    }
}

struct Recency {
    list: Vec<u32>,
    newest: bool,
}

impl Rule for Recency {
    fn hit(&mut self, page: u32, _: bool) {
        self.list.retain(|&other| other != page);
        self.list.push(page);
    }
    fn evict(&mut self, _: u32) -> u32 {
        if self.newest { self.list.pop().unwrap() } else { self.list.remove(0) }
    }
    fn load(&mut self, page: u32, _: bool) {
        self.list.push(page);
    }
}

/// Page, last reference but one, last reference.
struct LruK {
    frames: usize,
    period: u64,
    now: u64,
    /// Page, its last uncorrelated reference but one, the last, and the last of any kind.
    pages: Vec<(u32, u64, u64, u64)>,
    history: Vec<(u32, u64)>,
}

impl Rule for LruK {
    fn hit(&mut self, page: u32, _: bool) {
        self.now += 1;
        let page = self.pages.iter_mut().find(|other| other.0 == page).unwrap();
        if self.now - page.3 > self.period {
            let correlated = page.3 - page.2;
            (page.1, page.2) = (page.2 + correlated, self.now);
        }
        page.3 = self.now;
    }
    fn evict(&mut self, _: u32) -> u32 {
        let past = self.pages.iter().filter(|page| self.now + 1 - page.3 > self.period);
        let oldest = past.min_by_key(|page| (page.1, page.2)).or(self.pages.iter().min_by_key(|page| page.3));
        let (gone, _, last, _) = *oldest.unwrap();
        self.pages.retain(|page| page.0 != gone);
        self.history.push((gone, last));
        gone
    }
    fn load(&mut self, page: u32, _: bool) {
        self.now += 1;
        let before = take(&mut self.history, |other| other.0 == page).map_or(0, |history| history.1);
        self.pages.push((page, before, self.now, self.now));
        if self.history.len() > self.frames {
            self.history.remove(0);
        }
    }
}

/// Page, count, last reference.
struct Lfu {
    now: u64,
    pages: Vec<(u32, u64, u64)>,
}

impl Lfu {
    fn age(&mut self) {
        if self.pages.iter().map(|page| page.1).sum::<u64>() > 10 * self.pages.len() as u64 {
            for page in &mut self.pages {
                page.1 = page.1.div_ceil(2);
            }
        }
    }
}

impl Rule for Lfu {
    fn hit(&mut self, page: u32, _: bool) {
        self.now += 1;
        let page = self.pages.iter_mut().find(|other| other.0 == page).unwrap();
        (page.1, page.2) = (page.1 + 1, self.now);
        self.age();
    }
    fn evict(&mut self, _: u32) -> u32 {
        let at = (0..self.pages.len()).min_by_key(|&at| (self.pages[at].1, self.pages[at].2)).unwrap();
        self.pages.remove(at).0
    }
    fn load(&mut self, page: u32, _: bool) {
        self.now += 1;
        self.pages.push((page, 1, self.now));
        self.age();
    }
}

/// Looks back over everything that was ever referenced.
struct PerfectLfu {
    string: Vec<u32>,
    held: Vec<u32>,
}

impl Rule for PerfectLfu {
    fn hit(&mut self, page: u32, _: bool) {
        self.string.push(page);
    }
    fn evict(&mut self, _: u32) -> u32 {
        let count = |page| self.string.iter().filter(|&&other| other == page).count();
        let last = |page| self.string.iter().rposition(|&other| other == page);
        let at = (0..self.held.len()).min_by_key(|&at| (count(self.held[at]), last(self.held[at]))).unwrap();
        self.held.remove(at)
    }
    fn load(&mut self, page: u32, _: bool) {
        self.string.push(page);
        self.held.push(page);
    }
}

struct TwoQ {
    frames: usize,
    a1in: Vec<u32>,
    a1out: Vec<u32>,
    am: Vec<u32>,
    again: bool,
}

impl Rule for TwoQ {
    fn hit(&mut self, page: u32, _: bool) {
        if take(&mut self.am, |&other| other == page).is_some() {
            self.am.push(page);
        }
    }
    fn evict(&mut self, incoming: u32) -> u32 {
        self.again = self.a1out.contains(&incoming);
        if self.a1in.len() > self.frames / 4 || self.am.is_empty() {
            let page = self.a1in.remove(0);
            self.a1out.push(page);
            if self.a1out.len() > self.frames / 2 {
                self.a1out.remove(0);
            }
            return page;
        }
        self.am.remove(0)
    }
    fn load(&mut self, page: u32, _: bool) {
        self.a1out.retain(|&other| other != page);
        if std::mem::take(&mut self.again) {
            self.am.push(page);
        } else {
            self.a1in.push(page);
        }
    }
}

struct Arc {
    c: usize,
    t1: Vec<u32>,
    t2: Vec<u32>,
    b1: Vec<u32>,
    b2: Vec<u32>,
    p: f64,
    to_t2: bool,
}

impl Arc {
    fn replace(&mut self, in_b2: bool) -> u32 {
        let t1 = self.t1.len() as f64;
        if t1 >= 1.0 && (t1 > self.p || (in_b2 && t1 == self.p)) {
            self.b1.push(self.t1.remove(0));
            return *self.b1.last().unwrap();
        }
        self.b2.push(self.t2.remove(0));
        *self.b2.last().unwrap()
    }
}

impl Rule for Arc {
    fn hit(&mut self, page: u32, _: bool) {
        self.t1.retain(|&other| other != page);
        self.t2.retain(|&other| other != page);
        self.t2.push(page);
    }
    fn evict(&mut self, x: u32) -> u32 {
        let (b1, b2) = (self.b1.len() as f64, self.b2.len() as f64);
        self.to_t2 = self.b1.contains(&x) || self.b2.contains(&x);
        if self.b1.contains(&x) {
            self.p = (self.c as f64).min(self.p + (b2 / b1).max(1.0));
            return self.replace(false);
        }
        if self.b2.contains(&x) {
            self.p = (self.p - (b1 / b2).max(1.0)).max(0.0);
            return self.replace(true);
        }
        if self.t1.len() + self.b1.len() == self.c {
            if self.t1.len() == self.c {
                return self.t1.remove(0);
            }
            self.b1.remove(0);
        } else if self.t1.len() + self.t2.len() + self.b1.len() + self.b2.len() == 2 * self.c {
            self.b2.remove(0);
        }
        self.replace(false)
    }
    fn load(&mut self, page: u32, _: bool) {
        self.b1.retain(|&other| other != page);
        self.b2.retain(|&other| other != page);
        if std::mem::take(&mut self.to_t2) {
            self.t2.push(page);
        } else {
            self.t1.push(page);
        }
    }
}

struct Car {
    c: usize,
    t1: Vec<(u32, bool)>,
    t2: Vec<(u32, bool)>,
    b1: Vec<u32>,
    b2: Vec<u32>,
    p: f64,
}

impl Rule for Car {
    fn hit(&mut self, page: u32, _: bool) {
        self.t1.iter_mut().chain(&mut self.t2).find(|other| other.0 == page).unwrap().1 = true;
    }
    fn evict(&mut self, x: u32) -> u32 {
        let victim = loop {
            let from_t1 = self.t1.len() as f64 >= self.p.max(1.0);
            let (page, bit) = if from_t1 { self.t1.remove(0) } else { self.t2.remove(0) };
            if !bit {
                if from_t1 {
                    self.b1.push(page)
                } else {
                    self.b2.push(page)
                }
                break page;
            }
            self.t2.push((page, false));
        };
        if !self.b1.contains(&x) && !self.b2.contains(&x) {
            if self.t1.len() + self.b1.len() == self.c {
                self.b1.remove(0);
            } else if self.t1.len() + self.t2.len() + self.b1.len() + self.b2.len() == 2 * self.c {
                self.b2.remove(0);
            }
        }
        victim
    }
    fn load(&mut self, page: u32, _: bool) {
        let (b1, b2) = (self.b1.len() as f64, self.b2.len() as f64);
        if take(&mut self.b1, |&other| other == page).is_some() {
            self.p = (self.c as f64).min(self.p + (b2 / b1).max(1.0));
            self.t2.push((page, false));
        } else if take(&mut self.b2, |&other| other == page).is_some() {
            self.p = (self.p - (b1 / b2).max(1.0)).max(0.0);
            self.t2.push((page, false));
        } else {
            self.t1.push((page, false));
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Status {
    Lir,
    Hir,
    Gone,
}

/// The stack with its top last; pages that are gone in order of leaving.
struct Lirs {
    frames: usize,
    stack: Vec<(u32, Status)>,
    queue: Vec<u32>,
    gone: Vec<u32>,
}

impl Lirs {
    fn lirs(&self) -> usize {
        self.stack.iter().filter(|page| page.1 == Status::Lir).count()
    }
    fn lir_frames(&self) -> usize {
        self.frames.saturating_sub((self.frames / 100).max(2))
    }
    fn prune(&mut self) {
        while self.stack.first().is_some_and(|page| page.1 != Status::Lir) {
            let (page, _) = self.stack.remove(0);
            self.gone.retain(|&other| other != page);
        }
    }
    fn become_lir(&mut self, page: u32) {
        take(&mut self.stack, |other| other.0 == page);
        self.queue.retain(|&other| other != page);
        self.gone.retain(|&other| other != page);
        self.stack.push((page, Status::Lir));
        self.prune();
        if self.lirs() > self.lir_frames() {
            self.queue.push(self.stack.remove(0).0);
            self.prune();
        }
    }
}

impl Rule for Lirs {
    fn hit(&mut self, page: u32, _: bool) {
        match self.stack.iter().find(|other| other.0 == page).map(|page| page.1) {
            Some(Status::Lir) => {
                take(&mut self.stack, |other| other.0 == page);
                self.stack.push((page, Status::Lir));
                self.prune();
            }
            Some(_) => self.become_lir(page),
            None => {
                self.stack.push((page, Status::Hir));
                self.queue.retain(|&other| other != page);
                self.queue.push(page);
                if self.lirs() == 0 {
                    self.stack.clear();
                }
            }
        }
    }
    fn evict(&mut self, _: u32) -> u32 {
        let page = self.queue.remove(0);
        if let Some(entry) = self.stack.iter_mut().find(|other| other.0 == page) {
            entry.1 = Status::Gone;
            self.gone.push(page);
        }
        page
    }
    fn load(&mut self, page: u32, _: bool) {
        if self.gone.contains(&page) || self.lirs() < self.lir_frames() {
            self.become_lir(page);
        } else {
            self.stack.push((page, Status::Hir));
            self.queue.push(page);
            self.prune();
        }
        if self.gone.len() > 16 * self.frames {
            let forgotten = self.gone.remove(0);
            self.stack.retain(|other| other.0 != forgotten);
        }
    }
}

#[derive(Clone, Copy)]
struct Hand {
    page: u32,
    resident: bool,
    hot: bool,
    test: bool,
    bit: bool,
}

/// The clock as a vector that wraps around; hands are places in it: cold, hot, test.
struct ClockPro {
    c: usize,
    clock: Vec<Hand>,
    hands: [usize; 3],
    cold_target: usize,
}

impl ClockPro {
    fn count(&self, what: impl Fn(&Hand) -> bool) -> usize {
        self.clock.iter().filter(|page| what(page)).count()
    }
    fn step(&mut self, hand: usize) {
        self.hands[hand] = (self.hands[hand] + 1) % self.clock.len();
    }
    fn take_out(&mut self, at: usize) -> Hand {
        let page = self.clock.remove(at);
        for hand in &mut self.hands {
            if *hand > at {
                *hand -= 1;
            }
            if *hand == self.clock.len() {
                *hand = 0;
            }
        }
        page
    }
    fn put_behind_hot_hand(&mut self, page: Hand) {
        if self.clock.is_empty() {
            self.clock.push(page);
            return;
        }
        let at = self.hands[1];
        self.clock.insert(at, page);
        for hand in &mut self.hands {
            if *hand >= at {
                *hand += 1;
            }
        }
    }
    fn one_fewer_cold(&mut self) {
        self.cold_target = (self.cold_target - 1).max(1);
    }
    /// The hot or the test hand passes a page and ends its test.
    fn pass(&mut self, hand: usize) {
        let at = self.hands[hand];
        let page = &mut self.clock[at];
        if !page.resident {
            self.take_out(at);
            self.one_fewer_cold();
            return;
        }
        if !page.hot && page.test {
            page.test = false;
            if !page.bit {
                self.one_fewer_cold();
            }
        }
        self.step(hand);
    }
    fn demote(&mut self) {
        loop {
            let page = &mut self.clock[self.hands[1]];
            if page.resident && page.hot {
                let bit = std::mem::take(&mut page.bit);
                page.hot = bit;
                self.step(1);
                if !bit {
                    return;
                }
            } else {
                self.pass(1);
            }
        }
    }
    fn one_more_cold(&mut self) {
        self.cold_target = (self.cold_target + 1).min((self.c - 1).max(1));
        while self.count(|page| page.hot) > self.c - self.cold_target {
            self.demote();
        }
    }
}

impl Rule for ClockPro {
    fn hit(&mut self, page: u32, _: bool) {
        self.clock.iter_mut().find(|other| other.page == page).unwrap().bit = true;
    }
    fn evict(&mut self, _: u32) -> u32 {
        loop {
            if self.count(|page| page.resident && !page.hot) == 0 {
                self.demote();
            }
            let at = self.hands[0];
            let page = self.clock[at];
            if page.hot || !page.resident {
                self.step(0);
            } else if page.bit && page.test {
                self.take_out(at);
                self.put_behind_hot_hand(Hand { hot: true, test: false, bit: false, ..page });
                self.one_more_cold();
            } else if page.bit {
                self.take_out(at);
                self.put_behind_hot_hand(Hand { test: true, bit: false, ..page });
            } else if page.test {
                self.clock[at].resident = false;
                self.step(0);
                while self.count(|page| !page.resident) > self.c {
                    self.pass(2);
                }
                return page.page;
            } else {
                self.take_out(at);
                return page.page;
            }
        }
    }
    fn load(&mut self, page: u32, _: bool) {
        let remembered = self.clock.iter().position(|other| other.page == page);
        if let Some(at) = remembered {
            self.take_out(at);
        }
        let hot = remembered.is_some();
        self.put_behind_hot_hand(Hand { page, resident: true, hot, test: !hot, bit: false });
        if hot {
            self.one_more_cold();
        }
    }
}

/// Page and count.
struct S3Fifo {
    c: usize,
    s: Vec<(u32, u8)>,
    m: Vec<(u32, u8)>,
    g: Vec<u32>,
    again: bool,
    /// No page has left yet.
    filling: bool,
}

impl Rule for S3Fifo {
    fn hit(&mut self, page: u32, _: bool) {
        let page = self.s.iter_mut().chain(&mut self.m).find(|other| other.0 == page).unwrap();
        page.1 = 3.min(page.1 + 1);
    }
    fn evict(&mut self, incoming: u32) -> u32 {
        self.again = take(&mut self.g, |&other| other == incoming).is_some();
        self.filling = false;
        if self.s.len() >= (self.c / 10).max(1) || self.m.is_empty() {
            while !self.s.is_empty() {
                let (page, count) = self.s.remove(0);
                if count < 2 {
                    self.g.push(page);
                    if self.g.len() > self.c * 9 / 10 {
                        self.g.remove(0);
                    }
                    return page;
                }
                self.m.push((page, 0));
            }
        }
        loop {
            let (page, count) = self.m.remove(0);
            if count == 0 {
                return page;
            }
            self.m.push((page, count - 1));
        }
    }
    fn load(&mut self, page: u32, _: bool) {
        let straight = self.filling && self.s.len() >= self.c / 10;
        if std::mem::take(&mut self.again) || straight { self.m.push((page, 0)) } else { self.s.push((page, 0)) }
    }
}

struct Sieve {
    queue: Vec<(u32, bool)>,
    hand: usize,
}

impl Rule for Sieve {
    fn hit(&mut self, page: u32, _: bool) {
        self.queue.iter_mut().find(|other| other.0 == page).unwrap().1 = true;
    }
    fn evict(&mut self, _: u32) -> u32 {
        loop {
            if self.hand == self.queue.len() {
                self.hand = 0;
            }
            if !std::mem::take(&mut self.queue[self.hand].1) {
                // What comes after it moves up to the hand; behind the newest there is nothing until the hand begins anew.
                let newest = self.hand + 1 == self.queue.len();
                let page = self.queue.remove(self.hand).0;
                if newest {
                    self.hand = 0;
                }
                return page;
            }
            self.hand += 1;
        }
    }
    fn load(&mut self, page: u32, _: bool) {
        self.queue.push((page, false));
    }
}

struct Linux {
    inactive: Vec<(u32, bool)>,
    active: Vec<(u32, bool)>,
    shadows: Vec<(u32, usize)>,
    age: usize,
}

impl Rule for Linux {
    fn hit(&mut self, page: u32, _: bool) {
        self.inactive.iter_mut().chain(&mut self.active).find(|other| other.0 == page).unwrap().1 = true;
    }
    fn evict(&mut self, _: u32) -> u32 {
        loop {
            // Memories of less than a GiB.
            while self.inactive.len() < self.active.len() {
                let (page, _) = self.active.remove(0);
                self.inactive.push((page, false));
            }
            let (page, referenced) = self.inactive.remove(0);
            if !referenced {
                self.shadows.push((page, self.age));
                self.age += 1;
                return page;
            }
            self.active.push((page, false));
            self.age += 1;
        }
    }
    fn load(&mut self, page: u32, _: bool) {
        let shadow = take(&mut self.shadows, |other| other.0 == page);
        if shadow.is_some_and(|(_, age)| self.age - age <= self.active.len()) {
            self.active.push((page, false));
            self.age += 1;
        } else {
            self.inactive.push((page, false));
        }
    }
}

/// Page, generation, accessed bit; among the pages of a generation, in order of joining it.
struct Mglru {
    pages: Vec<(u32, u64, bool)>,
    oldest: u64,
    youngest: u64,
}

impl Mglru {
    fn join_youngest(&mut self, at: usize) {
        let (page, ..) = self.pages.remove(at);
        self.pages.push((page, self.youngest, false));
    }
}

impl Rule for Mglru {
    fn hit(&mut self, page: u32, _: bool) {
        self.pages.iter_mut().find(|other| other.0 == page).unwrap().2 = true;
    }
    fn evict(&mut self, _: u32) -> u32 {
        loop {
            if self.youngest - self.oldest < 2 {
                for page in self.pages.iter_mut().filter(|page| page.1 == self.youngest) {
                    page.2 = false;
                }
                for generation in self.oldest..self.youngest {
                    while let Some(at) = self.pages.iter().position(|page| page.1 == generation && page.2) {
                        self.join_youngest(at);
                    }
                }
                self.youngest += 1;
            }
            match self.pages.iter().position(|page| page.1 == self.oldest) {
                None => self.oldest += 1,
                Some(at) if self.pages[at].2 => self.join_youngest(at),
                Some(at) => return self.pages.remove(at).0,
            }
        }
    }
    fn load(&mut self, page: u32, _: bool) {
        self.pages.push((page, self.youngest, true));
    }
}

/// Looks forward in the string.
struct Opt {
    string: Vec<u32>,
    now: usize,
    held: Vec<u32>,
}

impl Rule for Opt {
    fn hit(&mut self, _: u32, _: bool) {
        self.now += 1;
    }
    fn evict(&mut self, _: u32) -> u32 {
        let (past, future) = self.string.split_at(self.now);
        let next = |page| future.iter().position(|&other| other == page).unwrap_or(usize::MAX);
        let last = |page| past.iter().rposition(|&other| other == page);
        let at = (0..self.held.len()).min_by_key(|&at| (std::cmp::Reverse(next(self.held[at])), last(self.held[at])));
        self.held.remove(at.unwrap())
    }
    fn load(&mut self, page: u32, _: bool) {
        self.now += 1;
        self.held.push(page);
    }
}

/// Pages with the number of the last reference to each.
struct WorkingSet {
    window: u64,
    /// Share of the window at which the oldest page is replaced at a fault.
    damping: Option<f64>,
    now: u64,
    pages: Vec<(u32, u64)>,
}

impl WorkingSet {
    fn reference(&mut self, page: u32) {
        self.now += 1;
        self.pages.retain(|&(other, _)| other != page);
        self.pages.push((page, self.now));
    }
}

impl Rule for WorkingSet {
    fn hit(&mut self, page: u32, _: bool) {
        self.reference(page);
    }
    fn evict(&mut self, _: u32) -> u32 {
        self.pages.remove(0).0
    }
    fn load(&mut self, page: u32, _: bool) {
        self.reference(page);
    }
    /// At a fault the reference that faults is not counted yet.
    fn release(&mut self, fault: bool) -> Vec<u32> {
        let now = self.now + u64::from(fault);
        let (kept, mut gone): (Vec<_>, Vec<_>) = self.pages.drain(..).partition(|&(_, last)| last + self.window > now);
        self.pages = kept;
        if let (true, true, Some(damping), Some(&(_, last))) =
            (fault, gone.is_empty(), self.damping, self.pages.first())
            && (now - last) as f64 >= damping * self.window as f64
        {
            gone.push(self.pages.remove(0));
        }
        gone.into_iter().map(|(page, _)| page).collect()
    }
}

/// Pages in order of loading, with their use bits.
struct Pff {
    interval: u64,
    now: u64,
    last: u64,
    pages: Vec<(u32, bool)>,
}

impl Rule for Pff {
    fn hit(&mut self, page: u32, _: bool) {
        self.now += 1;
        self.pages.iter_mut().filter(|(other, _)| *other == page).for_each(|(_, used)| *used = true);
    }
    fn evict(&mut self, _: u32) -> u32 {
        self.pages.remove(0).0
    }
    fn load(&mut self, page: u32, _: bool) {
        self.now += 1;
        self.pages.push((page, true));
    }
    fn release(&mut self, fault: bool) -> Vec<u32> {
        if !fault {
            return vec![];
        }
        let now = self.now + 1;
        let since = now - std::mem::replace(&mut self.last, now);
        if since <= self.interval {
            return vec![];
        }
        let (kept, gone) = self.pages.drain(..).partition(|&(_, used)| used);
        self.pages = kept;
        self.pages.iter_mut().for_each(|(_, used)| *used = false);
        gone.into_iter().map(|(page, _)| page).collect()
    }
}

/// Pages in memory, and the string.
struct Vmin {
    window: u64,
    string: Vec<u32>,
    now: usize,
    held: Vec<u32>,
}

impl Vmin {
    /// References from here to the next one to a page.
    fn ahead(&self, page: u32) -> Option<usize> {
        self.string[self.now..].iter().position(|&other| other == page).map(|at| at + 1)
    }
}

impl Rule for Vmin {
    fn hit(&mut self, _: u32, _: bool) {
        self.now += 1;
    }
    fn evict(&mut self, _: u32) -> u32 {
        let furthest = |&page: &u32| self.ahead(page).unwrap_or(usize::MAX);
        let page = self.held.iter().copied().max_by_key(furthest).unwrap();
        take(&mut self.held, |&other| other == page).unwrap()
    }
    fn load(&mut self, page: u32, _: bool) {
        self.now += 1;
        self.held.push(page);
    }
    fn release(&mut self, fault: bool) -> Vec<u32> {
        let page = match (fault, self.now.checked_sub(1)) {
            (false, Some(last)) => self.string[last],
            _ => return vec![],
        };
        let kept = self.ahead(page).is_some_and(|ahead| ahead as u64 <= self.window);
        if kept { vec![] } else { take(&mut self.held, |&other| other == page).into_iter().collect() }
    }
}

struct Used {
    page: u32,
    bit: bool,
    dirty: bool,
    seen: u64,
}

/// Frames in the order in which the hand comes to them.
struct WsClock {
    window: u64,
    now: u64,
    circle: Vec<Used>,
    written: Vec<u32>,
}

impl Rule for WsClock {
    fn hit(&mut self, page: u32, write: bool) {
        self.now += 1;
        for frame in self.circle.iter_mut().filter(|frame| frame.page == page) {
            frame.bit = true;
            frame.dirty |= write;
        }
    }
    fn evict(&mut self, _: u32) -> u32 {
        let now = self.now + 1;
        for _ in 0..self.circle.len() {
            let mut frame = self.circle.remove(0);
            if frame.bit {
                (frame.bit, frame.seen) = (false, now);
            } else if now - frame.seen > self.window && !frame.dirty {
                return frame.page;
            } else if now - frame.seen > self.window {
                self.written.push(frame.page);
                continue;
            }
            self.circle.push(frame);
        }
        if !self.written.is_empty() {
            return u32::MAX;
        }
        let mut oldest = 0;
        for at in 1..self.circle.len() {
            if self.circle[at].seen < self.circle[oldest].seen {
                oldest = at;
            }
        }
        self.circle.remove(oldest).page
    }
    fn written(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.written)
    }
    fn load(&mut self, page: u32, write: bool) {
        self.now += 1;
        self.circle.push(Used { page, bit: true, dirty: write, seen: self.now });
    }
}
