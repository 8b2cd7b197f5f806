//! The walk's side of a program: every reference, in order, each with its time.
//!
//! Independent references are a Poisson stream. Its times are not drawn one by one: a *window* of virtual time gets its number
//! of references, which are then uniform in it, and a window is cut (binomially) only where something ends and resolved (by an
//! order statistic) only where a fault happens. That is the same law at no cost per reference. The pages come from a stream of
//! their own, so two policies see the same string.

use super::program::{Micro, Program};
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
    from: Virtual,
    /// Its end.
    pub end: Virtual,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    count: u64,
    end: Virtual,
}

/// References that are drawn together.
const BATCH: usize = 32;
/// References, on average, in a window when no phase ends earlier.
const WINDOW: f64 = 4096.0;
const WRITE: u32 = 1 << 31;

/// Where the walk stands.
#[derive(Debug)]
pub struct WalkState {
    timing: Stream,
    /// Poisson references up to here have been handed out.
    drawn_to: Virtual,
    /// What lies ahead, next piece last.
    windows: Vec<Window>,
    /// References in the windows that are not yet in the buffer.
    owed: u64,
    /// A Poisson reference whose time is already known, because walkers on other CPUs had to be compared with it.
    next_at: Option<Virtual>,
    buffer: [u32; BATCH],
    head: usize,
    filled: usize,
}

impl WalkState {
    pub(super) fn new(timing: Stream) -> WalkState {
        WalkState {
            timing,
            drawn_to: Virtual::ZERO,
            windows: Vec::new(),
            owed: 0,
            next_at: None,
            buffer: [0; BATCH],
            head: 0,
            filled: 0,
        }
    }

    pub(super) fn restart(&mut self, now: Virtual) {
        self.drawn_to = now;
        self.windows.clear();
        self.owed = 0;
        self.next_at = None;
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

    /// Makes sure there is a window ahead. False if the program has no Poisson references.
    fn refill(&mut self) -> bool {
        if !self.walk.windows.is_empty() {
            return true;
        }
        let rate = self.drawn_rate();
        if rate == 0.0 {
            return false;
        }
        let now = self.walk.drawn_to;
        let mut end = now.saturating_add(Span::from_nanos_f64((WINDOW / rate).max(1.0)));
        for number in 0..self.components.len() {
            if matches!(self.components[number].micro, Micro::Drawn { .. } | Micro::Stack(_)) {
                while self.components[number].phase_end <= now {
                    self.next_phase(number, |_| false);
                }
                end = end.min(self.components[number].phase_end);
            }
        }
        let count = self.walk.timing.poisson(rate * (end - now).0 as f64);
        self.walk.windows.push(Window { count, end });
        self.walk.owed += count;
        true
    }

    /// The next piece of Poisson references, none of them after `limit`. A piece with none that ends at the limit says that
    /// there are no more before it.
    pub fn slice(&mut self, limit: Virtual) -> Slice {
        let from = self.walk.drawn_to;
        if let Some(at) = self.walk.next_at {
            return if at <= limit { Slice { count: 1, from, end: at } } else { Slice { count: 0, from, end: limit } };
        }
        if limit <= from || !self.refill() {
            return Slice { count: 0, from, end: limit };
        }
        let walk = &mut self.walk;
        let window = walk.windows.last_mut().expect("refill leaves a window");
        if window.end <= limit {
            let Window { count, end } = *window;
            walk.windows.pop();
            Slice { count, from, end }
        } else {
            let count = walk.timing.binomial(window.count, (limit - from).0 as f64 / (window.end - from).0 as f64);
            window.count -= count;
            Slice { count, from, end: limit }
        }
    }

    /// All references of the slice were made.
    pub fn finish(&mut self, slice: Slice) {
        if slice.count > 0 {
            self.walk.next_at = None;
        }
        self.walk.drawn_to = self.walk.drawn_to.max(slice.end);
    }

    /// The `made`-th reference of the slice (from 1) was the last; the others stay ahead. Returns its time.
    pub fn interrupt(&mut self, slice: Slice, made: u64) -> Virtual {
        if self.walk.next_at.take().is_some() {
            self.walk.drawn_to = slice.end;
            return slice.end;
        }
        let place = self.walk.timing.order_statistic(made, slice.count);
        let length = (slice.end - slice.from).0;
        let at = slice.from + Span(((place * length as f64) as u64).min(length));
        self.walk.windows.push(Window { count: slice.count - made, end: slice.end });
        self.walk.drawn_to = at;
        at
    }

    /// The time of the next Poisson reference, wherever it is.
    pub fn next_drawn(&mut self) -> Virtual {
        loop {
            if let Some(at) = self.walk.next_at {
                return at;
            }
            if !self.refill() {
                return Virtual::NEVER;
            }
            let walk = &mut self.walk;
            let window = walk.windows.last_mut().expect("refill leaves a window");
            if window.count == 0 {
                walk.drawn_to = window.end;
                walk.windows.pop();
                continue;
            }
            let length = (window.end - walk.drawn_to).0;
            let place = walk.timing.order_statistic(1, window.count);
            window.count -= 1;
            walk.drawn_to = walk.drawn_to + Span(((place * length as f64) as u64).min(length));
            walk.next_at = Some(walk.drawn_to);
        }
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
                Micro::Drawn { alias: Some(alias), .. } if whole => {
                    for packed in buffer.iter_mut() {
                        *packed = first_page + alias.draw(stream);
                    }
                }
                Micro::Drawn { alias, total, .. } => {
                    let members = &component.members;
                    for packed in buffer.iter_mut() {
                        let index = match alias {
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
                Micro::Drawn { alias: Some(alias), .. } => alias.draw(&mut self.references),
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
            self.next_phase(number, |_| false);
        }
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
