//! The walk's side of a program: every reference, in order, each with its time.
//!
//! Independent references are a Poisson stream. Its times are not drawn one by one: a window of virtual time gets its
//! number of references, and says when one of them happens only if somebody asks. That is the same law at no cost per reference. Pages
//! and windows come from streams of their own and depend on nothing else: two policies see the same string at the same times, and
//! where the walk is interrupted changes nothing.

use super::program::{Component, Micro, Presence, Program, WeightTables};
use super::weights::Begun;
use super::window::{Times, Window};
use crate::rng::Stream;
use crate::units::{Page, Span, Virtual};

/// One reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The page.
    pub page: Page,
    /// Whether it writes.
    pub write: bool,
}

/// A piece of virtual time with a known number of Poisson references in it, still to be made.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// References in the piece.
    pub count: u64,
    /// Its end.
    pub end: Virtual,
}

/// The times of the references of a slice, counted from its first one.
#[derive(Debug)]
pub struct Clock {
    times: Times,
    made: u64,
}

impl Clock {
    /// The time of the `number`-th reference of the slice, from 1.
    #[inline]
    pub fn time(&mut self, number: u64) -> Virtual {
        self.times.time(self.made + number)
    }
}

/// References that are drawn together.
const BATCH: usize = 32;
/// References, on average, in a window when no phase ends earlier.
const WINDOW: f64 = 1024.0;
const WRITE: u32 = 1 << 31;

/// Where the walk stands.
#[derive(Debug)]
pub struct WalkState {
    /// Draws windows.
    timing: Stream,
    window: Window,
    /// References of the window that have been made.
    made: u64,
    /// References of the window that are not yet in the buffer.
    owed: u64,
    buffer: [u32; BATCH],
    head: usize,
    filled: usize,
}

impl WalkState {
    pub(super) fn new(timing: Stream) -> WalkState {
        let window = Window::empty(Virtual::ZERO);
        WalkState { timing, window, made: 0, owed: 0, buffer: [0; BATCH], head: 0, filled: 0 }
    }

    pub(super) fn restart(&mut self, now: Virtual) {
        self.window = Window::empty(now);
        self.made = 0;
        self.owed = 0;
        self.head = 0;
        self.filled = 0;
    }
}

impl Program {
    /// Whether the program has Poisson references at all.
    fn drawn_rate(&self) -> f64 {
        self.components
            .iter()
            .filter(|component| matches!(component.micro, Micro::Drawn { .. } | Micro::Stack(_)))
            .map(|component| component.rate)
            .sum()
    }

    /// Makes sure that there is a window whose end lies ahead or that has references left. False if the program has no Poisson
    /// references.
    fn refill(&mut self) -> bool {
        let now = self.walk.window.end;
        let rate = self.drawn_rate();
        if rate == 0.0 {
            return false;
        }
        let mut end = now.saturating_add(Span::from_nanos_f64((WINDOW / rate).max(1.0)));
        for number in 0..self.components.len() {
            if matches!(self.components[number].micro, Micro::Drawn { .. } | Micro::Stack(_)) {
                while self.components[number].phase_end <= now {
                    self.next_phase(number, |_| Presence::Absent);
                }
                end = end.min(self.components[number].phase_end);
            }
        }
        let walk = &mut self.walk;
        let count = walk.timing.poisson(rate * (end - now).0 as f64);
        walk.window = Window { start: now, end, count, seed: walk.timing.bits() };
        walk.made = 0;
        walk.owed = count;
        true
    }

    /// The next piece of Poisson references, none of them after `limit`. A piece that ends at the limit says that there are no
    /// more before it.
    pub fn slice(&mut self, limit: Virtual) -> Slice {
        if self.walk.made == self.walk.window.count && self.walk.window.end < limit && !self.refill() {
            return Slice { count: 0, end: limit };
        }
        let walk = &self.walk;
        if walk.window.end <= limit {
            return Slice { count: walk.window.count - walk.made, end: walk.window.end };
        }
        Slice { count: walk.window.count_until(limit).saturating_sub(walk.made), end: limit }
    }

    /// All references of the slice were made.
    pub fn finish(&mut self, slice: Slice) {
        self.walk.made += slice.count;
    }

    /// The `made`-th reference of the slice (from 1) was the last; the others stay ahead. Returns its time.
    pub fn interrupt(&mut self, made: u64) -> Virtual {
        self.walk.made += made;
        self.walk.window.time(self.walk.made)
    }

    /// Tells the times of the references of the slice at hand.
    pub fn clock(&self) -> Clock {
        Clock { times: self.walk.window.times(), made: self.walk.made }
    }

    /// The time of the next Poisson reference, wherever it is.
    pub fn next_drawn(&mut self) -> Virtual {
        while self.walk.made == self.walk.window.count {
            if !self.refill() {
                return Virtual::NEVER;
            }
        }
        self.walk.window.time(self.walk.made + 1)
    }

    /// Draws what the next references of the slice are, at most `wanted` of them, and hands them to `visit` until it returns
    /// false; returns how many were visited. Those not visited are kept.
    #[inline]
    pub fn draw_batch(&mut self, wanted: u64, prepare: impl Fn(Page), mut visit: impl FnMut(Reference) -> bool) -> u64 {
        if self.walk.head == self.walk.filled {
            self.fill();
            for &packed in &self.walk.buffer[..self.walk.filled] {
                prepare(Page(packed & !WRITE));
            }
        }
        let available = ((self.walk.filled - self.walk.head) as u64).min(wanted) as usize;
        let head = self.walk.head;
        for (visited, &packed) in self.walk.buffer[head..head + available].iter().enumerate() {
            if !visit(Reference { page: Page(packed & !WRITE), write: packed & WRITE != 0 }) {
                self.walk.head = head + visited + 1;
                return visited as u64 + 1;
            }
        }
        self.walk.head = head + available;
        available as u64
    }

    /// Draws the next references into the buffer; never more than belong to the windows ahead, so none crosses a phase.
    fn fill(&mut self) {
        let count = (self.walk.owed as usize).min(BATCH);
        self.walk.owed -= count as u64;
        self.walk.head = 0;
        self.walk.filled = count;
        let (buffer, stream) = (&mut self.walk.buffer[..count], &mut self.references);
        if let [component] = &mut self.components[..] {
            let write_fraction = component.write_fraction;
            let first_page = component.first_page;
            let whole = component.phase_end == Virtual::NEVER;
            match &mut component.micro {
                // The common case, and the one whose speed is measured: one component over its whole range.
                Micro::Drawn { tables: Some(WeightTables::Walk(alias)), .. } if whole => {
                    let mut begun = [Begun::default(); BATCH];
                    for draw in &mut begun[..count] {
                        *draw = alias.begin(stream);
                    }
                    for (packed, draw) in buffer.iter_mut().zip(begun) {
                        *packed = first_page + alias.finish(draw);
                    }
                }
                Micro::Drawn { tables, total, .. } => {
                    let members = &component.members;
                    for packed in buffer.iter_mut() {
                        let index = match tables.as_ref().and_then(WeightTables::alias) {
                            Some(alias) => alias.draw(stream),
                            None => stream.below(*total) as u32,
                        };
                        *packed = first_page + members.page(index);
                    }
                }
                Micro::Stack(stack) => {
                    for packed in buffer.iter_mut() {
                        *packed = first_page + component.members.page(stack.draw(stream));
                    }
                }
                _ => unreachable!("only Poisson components are drawn in batches"),
            }
            if write_fraction > 0.0 {
                for packed in buffer {
                    *packed |= if stream.chance(write_fraction) { WRITE } else { 0 };
                }
            }
            return;
        }
        let rates = self.components.iter().map(|component| match component.micro {
            Micro::Drawn { .. } | Micro::Stack(_) => component.rate,
            _ => 0.0,
        });
        let total: f64 = rates.clone().sum();
        for packed in buffer {
            let mut left = stream.unit() * total;
            let mut chosen = 0;
            for (number, rate) in rates.clone().enumerate().filter(|(_, rate)| *rate > 0.0) {
                chosen = number;
                left -= rate;
                if left < 0.0 {
                    break;
                }
            }
            // The borrow of `rates` ends before the component is used mutably, so it is looked up by number.
            *packed = chosen as u32;
        }
        for at in 0..count {
            let component = &mut self.components[self.walk.buffer[at] as usize];
            let index = match &mut component.micro {
                Micro::Drawn { tables: Some(WeightTables::Walk(alias)), .. } => alias.draw(&mut self.references),
                Micro::Drawn { total, .. } => self.references.below(*total) as u32,
                Micro::Stack(stack) => stack.draw(&mut self.references),
                _ => unreachable!("only Poisson components are drawn in batches"),
            };
            let page = component.first_page + component.members.page(index);
            let write = self.references.chance(component.write_fraction);
            self.walk.buffer[at] = page | if write { WRITE } else { 0 };
        }
    }

    /// When the next reference of a deterministic component is due, after `done` (virtual time already lived).
    pub fn next_fixed(&mut self) -> Virtual {
        let mut earliest = Virtual::NEVER;
        for number in 0..self.components.len() {
            earliest = earliest.min(self.fixed_due(number));
        }
        earliest
    }

    fn fixed_due(&mut self, number: usize) -> Virtual {
        loop {
            let component = &self.components[number];
            let due = match &component.micro {
                Micro::Path { period, origin, .. } => {
                    origin.saturating_add(Span(period.0.saturating_mul(component.made + 1)))
                }
                Micro::Recorded(replay) => replay.due(),
                _ => return Virtual::NEVER,
            };
            if due <= component.phase_end {
                return due;
            }
            self.next_phase(number, |_| Presence::Absent);
        }
    }

    /// Takes the next reference and its time, if the program is nothing but a recording and that is due by `limit`: what [`Program::next_fixed`],
    /// [`Program::slice`] and [`Program::take_fixed`] would come to, without asking all of them for each reference.
    #[inline]
    pub fn take_recorded(&mut self, limit: Virtual) -> Option<(Virtual, Reference)> {
        let [Component { micro: Micro::Recorded(replay), first_page, .. }] = &mut self.components[..] else {
            return None;
        };
        let due = replay.due();
        if due > limit {
            return None;
        }
        let reference = replay.take();
        Some((due, Reference { page: Page(*first_page + reference.page), write: reference.write }))
    }

    /// Takes the reference that is due at `due`, as [`Program::next_fixed`] said.
    pub fn take_fixed(&mut self, due: Virtual) -> Reference {
        for number in 0..self.components.len() {
            if self.fixed_due(number) != due {
                continue;
            }
            let component = &mut self.components[number];
            let k = component.made + 1;
            let first_page = component.first_page;
            let reference = match &mut component.micro {
                Micro::Path { path, .. } => {
                    let page = Page(first_page + component.members.page(path.index(k)));
                    let write = self.references.chance(component.write_fraction);
                    component.made = k;
                    Reference { page, write }
                }
                Micro::Recorded(replay) => {
                    let reference = replay.take();
                    Reference { page: Page(first_page + reference.page), write: reference.write }
                }
                _ => unreachable!("only deterministic components have fixed references"),
            };
            return reference;
        }
        unreachable!("a reference is taken only when one is due")
    }
}
