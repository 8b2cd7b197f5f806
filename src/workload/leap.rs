//! The leap's side of a program: when the next fault is and on which page, and what happened to a page in the meantime, drawn
//! only when somebody asks. The derivation is in `docs/leap.md`.

use super::LifetimeFunction;
use super::program::{Component, Micro, Program};
use super::walk::Reference;
use crate::units::{Page, Span, Virtual};

/// A fault that lies ahead if nothing changes until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextFault {
    /// When, in the process's virtual time.
    pub at: Virtual,
    component: usize,
    /// The index of the page in the set, where it is known already.
    index: Option<u32>,
}

/// What became known about a page since it was last asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Revealed {
    /// When it was last referenced in that time, if it was.
    pub last: Option<Virtual>,
    /// Whether it was written to.
    pub written: bool,
}

impl LifetimeFunction {
    /// Mean virtual time between faults, in nanoseconds, with this many frames.
    pub fn lifetime(&self, frames: u32) -> f64 {
        let frames = f64::from(frames);
        match self {
            LifetimeFunction::ChamberlinFullerLiu { b, c } => {
                let ratio = c / frames;
                2.0 * b.0 as f64 / (1.0 + ratio * ratio)
            }
            LifetimeFunction::Power { a, k } => a.0 as f64 * libm::pow(frames, *k),
            LifetimeFunction::Table(points) => {
                let after = points.partition_point(|(m, _)| *m < frames);
                match (after.checked_sub(1).map(|before| points[before]), points.get(after)) {
                    (Some((m0, l0)), Some((m1, l1))) => {
                        let (l0, l1) = (l0.0 as f64, l1.0 as f64);
                        l0 + (l1 - l0) * (frames - m0) / (m1 - m0)
                    }
                    (None, Some((_, lifetime))) => lifetime.0 as f64,
                    (Some((_, lifetime)), None) => lifetime.0 as f64,
                    (None, None) => f64::INFINITY,
                }
            }
        }
    }
}

impl Program {
    /// The next fault of the process if it runs on from `now` with what is in memory at present, `held` frames of it.
    pub fn next_fault(&mut self, now: Virtual, held: u32) -> Option<NextFault> {
        let mut first: Option<NextFault> = None;
        let mut offer = |at: Virtual, component: usize, index: Option<u32>| {
            if first.is_none_or(|first| at < first.at) {
                first = Some(NextFault { at, component, index });
            }
        };
        for (number, component) in self.components.iter().enumerate() {
            match &component.micro {
                Micro::Drawn { total, absent: Some(absent), .. } => {
                    let weight = absent.weight();
                    if weight > 0 {
                        let rate = component.rate * (weight as f64 / *total as f64);
                        let gap = Span::from_nanos_f64(self.references.exponential() / rate);
                        offer(now.saturating_add(gap), number, None);
                    }
                }
                Micro::Path { path, period, origin, absent: Some(absent) } => {
                    let done = emitted(*origin, *period, now);
                    if let Some((k, index)) = path.next_absent(done, absent) {
                        offer(origin.saturating_add(Span(k.saturating_mul(period.0))), number, Some(index));
                    }
                }
                Micro::Lifetime { function, absent } if !absent.is_empty() => {
                    let mean = if held == 0 { 0.0 } else { function.lifetime(held) };
                    let gap = Span::from_nanos_f64(self.references.exponential() * mean);
                    offer(now.saturating_add(gap), number, None);
                }
                _ => {}
            }
        }
        first
    }

    /// The page of a fault that has come about.
    pub fn fault_page(&mut self, fault: NextFault) -> Reference {
        let component = &self.components[fault.component];
        let index = match (&component.micro, fault.index) {
            (_, Some(index)) => index,
            (Micro::Drawn { absent: Some(absent), .. }, None) => absent.draw(&mut self.references),
            (Micro::Lifetime { absent, .. }, None) => absent.draw(&mut self.references),
            _ => unreachable!("only sets with absent pages fault"),
        };
        let page = Page(component.first_page + component.members.page(index));
        Reference { page, write: self.references.chance(component.write_fraction) }
    }

    /// A page has come into memory.
    pub fn page_in(&mut self, page: Page) {
        for component in &mut self.components {
            let Some(index) = component.index_of(page) else { continue };
            match &mut component.micro {
                // A page of weight zero is never counted as absent.
                Micro::Drawn { absent: Some(absent), .. } if absent.contains(index) => absent.remove(index),
                Micro::Path { path, absent: Some(absent), .. } => absent.remove(path.bit(index)),
                Micro::Lifetime { absent, .. } => absent.remove(index),
                _ => {}
            }
        }
    }

    /// A page has left memory.
    pub fn page_out(&mut self, page: Page) {
        for component in &mut self.components {
            let Some(index) = component.index_of(page) else { continue };
            match &mut component.micro {
                Micro::Drawn { weights, absent: Some(absent), .. } => {
                    let weight = weights.as_ref().map_or(1, |weights| weights[index as usize]);
                    // A page of weight zero is never referenced by this component, present or not.
                    if weight > 0 {
                        absent.insert(index, weight);
                    }
                }
                Micro::Path { path, absent: Some(absent), .. } => absent.insert(path.bit(index)),
                Micro::Lifetime { absent, .. } => absent.insert(index),
                _ => {}
            }
        }
    }

    /// Whether any reference can be a write.
    pub fn writes(&self) -> bool {
        self.components.iter().any(|component| component.write_fraction > 0.0)
    }

    /// Draws whether a page in memory was referenced in (`from`, `to`], and, unless `dirty` says that it does not matter,
    /// whether it was written to. Times of references are not drawn.
    pub fn reveal_bits(&mut self, page: Page, from: Virtual, to: Virtual, dirty: bool) -> (bool, bool) {
        let mut referenced = false;
        let mut written = false;
        for number in 0..self.components.len() {
            let (r, w) = self.reveal_component_bits(number, page, from, to, dirty || written);
            referenced |= r;
            written |= w;
        }
        (referenced, written)
    }

    /// [`Program::reveal_bits`] for the references of one component.
    pub fn reveal_component_bits(
        &mut self,
        number: usize,
        page: Page,
        from: Virtual,
        to: Virtual,
        dirty: bool,
    ) -> (bool, bool) {
        let component = &self.components[number];
        let Some(index) = component.index_of(page) else { return (false, false) };
        let from = from.max(component.since);
        let omega = component.write_fraction;
        match &component.micro {
            Micro::Drawn { .. } => {
                let mean = component.rate_of(index) * to.saturating_since(from).0 as f64;
                // exp(-50) is less than the smallest probability that 52 random bits can express.
                let silent = if mean > 50.0 { 0.0 } else { libm::exp(-mean) };
                if !self.references.chance(1.0 - silent) {
                    return (false, false);
                }
                if dirty || omega == 0.0 {
                    return (true, false);
                }
                // Reads and writes are independent thinned streams: no write, given at least one reference.
                let unwritten = (libm::exp(-omega * mean) - silent) / (1.0 - silent);
                (true, self.references.chance(1.0 - unwritten))
            }
            Micro::Path { path, period, origin, .. } => {
                let visits = path.visits(index, emitted(*origin, *period, to))
                    - path.visits(index, emitted(*origin, *period, from));
                let written = visits > 0 && !dirty && omega > 0.0 && {
                    let unwritten = libm::pow(1.0 - omega, visits as f64);
                    self.references.chance(1.0 - unwritten)
                };
                (visits > 0, written)
            }
            _ => (false, false),
        }
    }

    /// Draws when a page in memory was last referenced in (`from`, `to`], if it was, and whether it was written to.
    pub fn reveal_last(&mut self, page: Page, from: Virtual, to: Virtual, dirty: bool) -> Revealed {
        let mut all = Revealed::default();
        for number in 0..self.components.len() {
            let one = self.reveal_component_last(number, page, from, to, dirty || all.written);
            all.last = all.last.max(one.last);
            all.written |= one.written;
        }
        all
    }

    /// [`Program::reveal_last`] for the references of one component.
    pub fn reveal_component_last(
        &mut self,
        number: usize,
        page: Page,
        from: Virtual,
        to: Virtual,
        dirty: bool,
    ) -> Revealed {
        let component = &self.components[number];
        let Some(index) = component.index_of(page) else { return Revealed::default() };
        let from = from.max(component.since);
        let omega = component.write_fraction;
        match &component.micro {
            Micro::Drawn { .. } => {
                let rate = component.rate_of(index);
                let length = to.saturating_since(from).0 as f64;
                // Backwards from `to`, the first reference is exponential; beyond `from` there is none.
                let ago = self.references.exponential() / rate;
                if rate == 0.0 || ago >= length {
                    return Revealed::default();
                }
                let last = Virtual(to.0 - ago as u64);
                let written = !dirty && omega > 0.0 && {
                    // The last reference itself is a write with probability omega; those before it are a Poisson stream.
                    let unwritten = (1.0 - omega) * libm::exp(-omega * rate * (length - ago));
                    self.references.chance(1.0 - unwritten)
                };
                Revealed { last: Some(last), written }
            }
            Micro::Path { path, period, origin, .. } => {
                let (done, before) = (emitted(*origin, *period, to), emitted(*origin, *period, from));
                let Some(k) = path.last_visit(index, done).filter(|&k| k > before) else { return Revealed::default() };
                let visits = path.visits(index, done) - path.visits(index, before);
                let written = !dirty && omega > 0.0 && {
                    let unwritten = libm::pow(1.0 - omega, visits as f64);
                    self.references.chance(1.0 - unwritten)
                };
                Revealed { last: Some(Virtual(origin.0 + k * period.0)), written }
            }
            _ => Revealed::default(),
        }
    }

    /// The number of a component whose phase has ended by `now`.
    pub fn ended_phase(&self, now: Virtual) -> Option<usize> {
        self.components.iter().position(|component| component.phase_end <= now)
    }

    /// Size of a component's current set.
    pub fn set_len(&self, number: usize) -> u32 {
        self.components[number].members.len()
    }

    /// A page of a component's current set.
    pub fn set_page(&self, number: usize, index: u32) -> Page {
        let component = &self.components[number];
        Page(component.first_page + component.members.page(index))
    }

    /// Moves a component on to its next phase, given which pages are in memory. What happened to the pages of the old set must
    /// have been revealed before.
    pub fn leap_to_next_phase(&mut self, number: usize, is_resident: impl Fn(u32) -> bool) {
        self.next_phase(number, is_resident);
    }
}

/// References made by `now` of those at `origin + k · period`.
#[inline]
fn emitted(origin: Virtual, period: Span, now: Virtual) -> u64 {
    now.saturating_since(origin).0 / period.0.max(1)
}

impl Component {
    /// The index in the current set of a page of the address space.
    #[inline]
    fn index_of(&self, page: Page) -> Option<u32> {
        let page = page.0.wrapping_sub(self.first_page);
        if page < self.pages { self.members.index(page) } else { None }
    }

    /// References per nanosecond to one member.
    #[inline]
    fn rate_of(&self, index: u32) -> f64 {
        match &self.micro {
            Micro::Drawn { weights: Some(weights), total, .. } => {
                self.rate * (weights[index as usize] as f64 / *total as f64)
            }
            Micro::Drawn { total, .. } => self.rate / *total as f64,
            _ => 0.0,
        }
    }
}
