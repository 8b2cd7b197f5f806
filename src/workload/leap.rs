//! The leap's side of a program: when the next fault is and on which page, and what happened to a page in the meantime, drawn
//! only when somebody asks. The derivation is in `docs/leap.md`.

use super::LifetimeFunction;
use super::bits::BitTree;
use super::path::Path;
use super::program::{Component, Micro, Presence, Program, WeightTables};
use super::walk::Reference;
use crate::units::{Page, Span, Virtual};

/// A fault that lies ahead if nothing changes until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextFault {
    /// When, in the process's virtual time.
    pub at: Virtual,
    component: usize,
    page: FaultPage,
}

/// Which page of the set it is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FaultPage {
    /// The absent one with this index.
    Index(u32),
    /// The protected one with this index, which is written to.
    Protected(u32),
    /// One of the absent, which is still to be drawn.
    Absent,
    /// One of the protected, which is still to be drawn and is written to.
    Written,
    /// None at all: many protected pages were only read, and the search is to go on from here.
    Nothing,
}

/// Visits to protected pages that are looked at in one search: each is a write or not. Only a component that hardly ever writes has
/// to search again.
const LOOKED_AT: u32 = 1024;

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
        let mut offer = |at: Virtual, component: usize, page: FaultPage| {
            if first.is_none_or(|first| at < first.at) {
                first = Some(NextFault { at, component, page });
            }
        };
        for (number, component) in self.components.iter().enumerate() {
            match &component.micro {
                Micro::Drawn { total, absent: Some(absent), protected, .. } => {
                    let weight = absent.weight();
                    if weight > 0 {
                        let rate = component.rate * (weight as f64 / *total as f64);
                        let gap = self.references.exponential_as(self.foreseen.as_ref()) / rate;
                        offer(now.saturating_add(Span::from_nanos_f64(gap)), number, FaultPage::Absent);
                    }
                    // Writes are a thinned stream of their own; those to protected pages fault.
                    let weight = protected.as_ref().map_or(0, |protected| protected.weight());
                    if weight > 0 {
                        let rate = component.rate * component.write_fraction * (weight as f64 / *total as f64);
                        let gap = Span::from_nanos_f64(self.references.exponential() / rate);
                        offer(now.saturating_add(gap), number, FaultPage::Written);
                    }
                }
                Micro::Path { path, period, origin, absent: Some(absent), protected } => {
                    // Whose turn is still to come at this very moment has not been there yet.
                    let still_due = self.faulted.0 == now && number > self.faulted.1;
                    let until = if still_due { Virtual(now.0.saturating_sub(1)) } else { now };
                    let done = emitted(*origin, *period, until);
                    let missing = path.next_absent(done, absent).map(|(k, index)| (k, FaultPage::Index(index)));
                    let next = match protected {
                        Some(protected) => {
                            let omega = component.write_fraction;
                            next_write(path, done, protected, missing, || self.references.chance(omega))
                        }
                        None => missing,
                    };
                    if let Some((k, page)) = next {
                        let at = origin.saturating_add(Span(k.saturating_mul(period.0)));
                        offer(at, number, page);
                    }
                }
                Micro::Lifetime { function, absent } if !absent.is_empty() => {
                    let mean = if held == 0 { 0.0 } else { function.lifetime(held) };
                    let gap = Span::from_nanos_f64(self.references.exponential() * mean);
                    offer(now.saturating_add(gap), number, FaultPage::Absent);
                }
                _ => {}
            }
        }
        first
    }

    /// The reference of a fault that has come about; `None` if there was nothing but an occasion to plan anew. Tells of pages that will
    /// be faulted on later, most likely.
    pub fn fault_page(&mut self, fault: NextFault, mut tell: impl FnMut(Page)) -> Option<Reference> {
        self.faulted = (fault.at, fault.component);
        let component = &mut self.components[fault.component];
        let (first_page, members) = (component.first_page, &component.members);
        let tell = |index| tell(Page(first_page + members.page(index)));
        let (index, write) = match (&mut component.micro, fault.page) {
            (_, FaultPage::Nothing) => return None,
            (_, FaultPage::Index(index)) => (index, None),
            (_, FaultPage::Protected(index)) => (index, Some(true)),
            (Micro::Drawn { absent: Some(absent), .. }, FaultPage::Absent) => {
                (absent.draw(&mut self.references, tell), None)
            }
            (Micro::Drawn { protected: Some(protected), .. }, FaultPage::Written) => {
                (protected.draw(&mut self.references, tell), Some(true))
            }
            (Micro::Lifetime { absent, .. }, FaultPage::Absent) => (absent.draw(&mut self.references), None),
            _ => unreachable!("only sets with absent or protected pages fault"),
        };
        let page = Page(component.first_page + component.members.page(index));
        let write = write.unwrap_or_else(|| self.references.chance(component.write_fraction));
        if self.foreseen.is_some() {
            self.foreseen = Some(self.references.foresee());
        }
        Some(Reference { page, write })
    }

    /// A page can be read from now on, and, unless it is protected, written.
    pub fn page_in(&mut self, page: Page, protected: bool) {
        for component in &mut self.components {
            let Some(index) = component.index_of(page) else { continue };
            match &mut component.micro {
                // A page of weight zero is never counted as absent.
                Micro::Drawn { absent: Some(absent), protected: guarded, .. } if absent.contains(index) => {
                    absent.remove(index);
                    if let Some(guarded) = guarded.as_mut().filter(|_| protected) {
                        guarded.insert(index);
                    }
                }
                Micro::Path { path, absent: Some(absent), protected: guarded, .. } => {
                    absent.remove(path.bit(index));
                    if let Some(guarded) = guarded.as_mut().filter(|_| protected) {
                        guarded.insert(path.bit(index));
                    }
                }
                Micro::Lifetime { absent, .. } => absent.remove(index),
                _ => {}
            }
        }
    }

    /// A page cannot be referenced any more.
    pub fn page_out(&mut self, page: Page) {
        for component in &mut self.components {
            let Some(index) = component.index_of(page) else { continue };
            match &mut component.micro {
                Micro::Drawn { tables, absent: Some(absent), protected, .. } => {
                    if let Some(protected) = protected.as_mut().filter(|protected| protected.contains(index)) {
                        protected.remove(index);
                    }
                    // A page of weight zero is never referenced by this component, present or not.
                    if tables.as_ref().and_then(WeightTables::weights).is_none_or(|weights| weights.get(index) > 0) {
                        absent.insert(index);
                    }
                }
                Micro::Path { path, absent: Some(absent), protected, .. } => {
                    if let Some(protected) = protected {
                        protected.remove(path.bit(index));
                    }
                    absent.insert(path.bit(index));
                }
                Micro::Lifetime { absent, .. } => absent.insert(index),
                _ => {}
            }
        }
    }

    /// Asks for the memory that questions about a page, or its leaving, will need.
    #[inline]
    pub fn prefetch(&self, page: Page) {
        for component in &self.components {
            let index = page.0.wrapping_sub(component.first_page);
            // Where the set has been moved or scattered, finding the member would itself wait for memory.
            if index < component.pages
                && component.members.in_place()
                && let Micro::Drawn { absent: Some(absent), .. } = &component.micro
            {
                absent.prefetch(index);
            }
        }
    }

    /// Whether any reference can be a write.
    pub fn writes(&self) -> bool {
        self.components.iter().any(|component| component.write_fraction > 0.0)
    }

    /// Draws whether a page in memory was referenced in (`from`, `to`], and, unless `dirty` says that it does not matter,
    /// whether it was written to. Times of references are not drawn. Of a page that was `protected` all that time it is known
    /// that nobody wrote to it: a write would have faulted.
    pub fn reveal_bits(
        &mut self,
        page: Page,
        from: Virtual,
        to: Virtual,
        dirty: bool,
        protected: bool,
    ) -> (bool, bool) {
        let mut referenced = false;
        let mut written = false;
        for number in 0..self.components.len() {
            let (r, w) = self.reveal_component_bits(number, page, from, to, dirty || written, protected);
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
        protected: bool,
    ) -> (bool, bool) {
        let component = &self.components[number];
        let Some(index) = component.index_of(page) else { return (false, false) };
        let from = from.max(component.since);
        let (omega, reads) = component.streams(protected);
        match &component.micro {
            Micro::Drawn { .. } => {
                let mean = reads * component.rate_of(index) * to.saturating_since(from).0 as f64;
                if !self.references.any_of(mean) {
                    return (false, false);
                }
                if dirty || omega == 0.0 {
                    return (true, false);
                }
                // exp(-50) is less than the smallest probability that 52 random bits can express.
                let silent = if mean > 50.0 { 0.0 } else { libm::exp(-mean) };
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
    pub fn reveal_last(&mut self, page: Page, from: Virtual, to: Virtual, dirty: bool, protected: bool) -> Revealed {
        let mut all = Revealed::default();
        for number in 0..self.components.len() {
            let one = self.reveal_component_last(number, page, from, to, dirty || all.written, protected);
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
        protected: bool,
    ) -> Revealed {
        let component = &self.components[number];
        let Some(index) = component.index_of(page) else { return Revealed::default() };
        let from = from.max(component.since);
        let (omega, reads) = component.streams(protected);
        match &component.micro {
            Micro::Drawn { .. } => {
                let rate = reads * component.rate_of(index);
                let length = to.saturating_since(from).0 as f64;
                // Backwards from `to`, the first reference is exponential; beyond `from` there is none.
                let ago = self.references.exponential_as(self.foreseen.as_ref()) / rate;
                // Most likely it is for another answer, or the next fault, that something is drawn next.
                self.foreseen = Some(self.references.foresee());
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

    /// Moves a component on to its next phase, given how pages are at present. What happened to the pages of the old set must
    /// have been revealed before.
    pub fn leap_to_next_phase(&mut self, number: usize, presence: impl Fn(u32) -> Presence) {
        self.next_phase(number, presence);
    }
}

/// The first of: what is `missing` along the path, and a write to a protected page before it. Each visit of a protected page is
/// drawn: `writes` says whether it is a write. Those that lie ahead and are not come to are drawn again the next time, which is the
/// same law, since nothing that happens in between depends on them.
fn next_write(
    path: &Path,
    done: u64,
    protected: &BitTree,
    missing: Option<(u64, FaultPage)>,
    mut writes: impl FnMut() -> bool,
) -> Option<(u64, FaultPage)> {
    let mut at = done;
    for _ in 0..LOOKED_AT {
        match path.next_absent(at, protected) {
            Some((k, index)) if missing.is_none_or(|(first, _)| k < first) => {
                if writes() {
                    return Some((k, FaultPage::Protected(index)));
                }
                at = k;
            }
            _ => return missing,
        }
    }
    Some((at, FaultPage::Nothing))
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

    /// The fraction of writes among those references of a page that did not fault, and the share of all that those are.
    #[inline]
    fn streams(&self, protected: bool) -> (f64, f64) {
        if protected { (0.0, 1.0 - self.write_fraction) } else { (self.write_fraction, 1.0) }
    }

    /// References per nanosecond to one member.
    #[inline]
    fn rate_of(&self, index: u32) -> f64 {
        match &self.micro {
            Micro::Drawn { tables: Some(WeightTables::Leap { weights, total }), .. } => {
                self.rate * (weights.get(index) as f64 / *total as f64)
            }
            Micro::Drawn { total, .. } => self.rate / *total as f64,
            _ => 0.0,
        }
    }
}
