//! The event calendar: each source has at most one event pending, so events are moved, never cancelled, and nothing is
//! allocated after the start. Order is (time, class, insertion number): a run is a pure function of what was scheduled.

use crate::units::Instant;

/// Who an event is for; small integers given out by the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceId(pub u32);

#[derive(Clone, Copy, Debug)]
struct Pending {
    time: u64,
    /// Class in the top byte, insertion number below it.
    order: u64,
    source: u32,
}

impl Pending {
    #[inline]
    fn key(&self) -> (u64, u64) {
        (self.time, self.order)
    }
}

const ABSENT: u32 = u32::MAX;
const FANOUT: usize = 4;

/// A four-ary heap of pending events that knows where each source's event is.
#[derive(Debug)]
pub struct Calendar {
    heap: Vec<Pending>,
    place: Vec<u32>,
    class: Vec<u8>,
    inserted: u64,
}

impl Calendar {
    /// A calendar for the sources `0..classes.len()`, each with its class: at equal times a lower class comes first.
    pub fn new(classes: Vec<u8>) -> Calendar {
        Calendar {
            heap: Vec::with_capacity(classes.len()),
            place: vec![ABSENT; classes.len()],
            class: classes,
            inserted: 0,
        }
    }

    /// Number of pending events.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// Schedules the source's event, or moves it; [`Instant::NEVER`] takes it away.
    pub fn set(&mut self, source: SourceId, time: Instant) {
        if time == Instant::NEVER {
            self.clear(source);
            return;
        }
        self.inserted += 1;
        let order = u64::from(self.class[source.0 as usize]) << 56 | self.inserted;
        let pending = Pending { time: time.0, order, source: source.0 };
        match self.place[source.0 as usize] {
            ABSENT => {
                self.heap.push(pending);
                self.rise(self.heap.len() - 1, pending);
            }
            at => {
                let at = at as usize;
                if pending.key() < self.heap[at].key() {
                    self.rise(at, pending);
                } else {
                    self.sink(at, pending);
                }
            }
        }
    }

    /// Takes the source's event away, if it has one.
    pub fn clear(&mut self, source: SourceId) {
        let at = self.place[source.0 as usize];
        if at != ABSENT {
            self.remove(at as usize);
        }
    }

    /// The next event.
    #[inline]
    pub fn peek(&self) -> Option<(Instant, SourceId)> {
        self.heap.first().map(|first| (Instant(first.time), SourceId(first.source)))
    }

    /// Takes the next event.
    pub fn pop(&mut self) -> Option<(Instant, SourceId)> {
        let next = self.peek()?;
        self.remove(0);
        Some(next)
    }

    fn remove(&mut self, at: usize) {
        self.place[self.heap[at].source as usize] = ABSENT;
        let last = self.heap.pop().expect("there is an event to remove");
        if at == self.heap.len() {
            return;
        }
        if at > 0 && last.key() < self.heap[(at - 1) / FANOUT].key() {
            self.rise(at, last);
        } else {
            self.sink(at, last);
        }
    }

    fn rise(&mut self, mut at: usize, pending: Pending) {
        while at > 0 {
            let parent = (at - 1) / FANOUT;
            if self.heap[parent].key() <= pending.key() {
                break;
            }
            self.put(at, self.heap[parent]);
            at = parent;
        }
        self.put(at, pending);
    }

    fn sink(&mut self, mut at: usize, pending: Pending) {
        loop {
            let first = at * FANOUT + 1;
            if first >= self.heap.len() {
                break;
            }
            let children = first..(first + FANOUT).min(self.heap.len());
            let mut smallest = first;
            let mut key = self.heap[first].key();
            for child in children.skip(1) {
                let other = self.heap[child].key();
                if other < key {
                    (smallest, key) = (child, other);
                }
            }
            if key >= pending.key() {
                break;
            }
            self.put(at, self.heap[smallest]);
            at = smallest;
        }
        self.put(at, pending);
    }

    #[inline]
    fn put(&mut self, at: usize, pending: Pending) {
        self.heap[at] = pending;
        self.place[pending.source as usize] = at as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// Against a plain map ordered by (time, class, insertion).
        #[test]
        fn events_come_in_order(steps in proptest::collection::vec((0u32..20, 0u64..8, 0u8..5), 1..300)) {
            let class = |source: u32| (source % 3) as u8;
            let mut calendar = Calendar::new((0..20).map(class).collect());
            let mut model: BTreeMap<u32, (u64, u8, usize)> = BTreeMap::new();
            for (number, (source, time, action)) in steps.into_iter().enumerate() {
                match action {
                    0 => { calendar.clear(SourceId(source)); model.remove(&source); }
                    1 => {
                        let first = model.iter().min_by_key(|(_, key)| **key).map(|(s, key)| (*s, *key));
                        let popped = calendar.pop().map(|(t, s)| (s.0, t.0));
                        prop_assert_eq!(popped, first.map(|(s, key)| (s, key.0)));
                        if let Some((s, _)) = first { model.remove(&s); }
                    }
                    _ => { calendar.set(SourceId(source), Instant(time)); model.insert(source, (time, class(source), number)); }
                }
                prop_assert_eq!(calendar.len(), model.len());
            }
        }
    }
}
