//! The disk's buffer for reads: segments, each holding one run of sectors, and the read-ahead that fills them.
//!
//! After a read the disk reads on into the segment until it is full or another request moves the arm. How far it came
//! is worked out when somebody asks, from the angle of the platter at that time; there is no event for it. Source:
//! Ruemmler and Wilkes 1994; Kotz, Toh and Radhakrishnan 1994 (immediate and aborted read-ahead of the HP 97560).

use super::ReadCacheSpec;
use super::mechanism::Mechanism;
use crate::units::Instant;
use std::ops::Range;

#[derive(Debug)]
struct Segment {
    sectors: Range<u64>,
    used: u64,
}

/// Read-ahead under way.
#[derive(Clone, Copy, Debug)]
struct Fill {
    segment: usize,
    /// The first sector it reads, which came under the head at `since`.
    from: u64,
    since: Instant,
    /// Where it ends, the segment being full.
    limit: u64,
}

/// What the buffer has of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    /// All of it.
    Hit,
    /// The rest is being read ahead, and will be there at this instant.
    Coming(Instant),
    /// Not enough.
    Miss,
}

/// See the module.
#[derive(Debug)]
pub(super) struct ReadCache {
    segments: Vec<Segment>,
    capacity: usize,
    /// Sectors of a segment.
    size: u64,
    read_ahead: bool,
    fill: Option<Fill>,
    /// The segment that read-ahead has filled, while the arm still stands where it ended.
    filled: Option<usize>,
    uses: u64,
}

impl ReadCache {
    pub fn new(spec: &ReadCacheSpec, sector_bytes: u32) -> ReadCache {
        ReadCache {
            segments: Vec::new(),
            capacity: spec.segments as usize,
            size: spec.segment_bytes / u64::from(sector_bytes),
            read_ahead: spec.read_ahead,
            fill: None,
            filled: None,
            uses: 0,
        }
    }

    /// What the buffer has of a read that could take its data at `ready`.
    pub fn look_up(&mut self, wanted: &Range<u64>, ready: Instant, disk: &mut Mechanism) -> Lookup {
        self.advance(ready, disk);
        self.uses += 1;
        let uses = self.uses;
        let holds = |segment: &Segment| segment.sectors.start <= wanted.start && wanted.end <= segment.sectors.end;
        if let Some(index) = self.segments.iter().position(holds) {
            self.segments[index].used = uses;
            self.make_room(index, wanted.start, ready, disk);
            return Lookup::Hit;
        }
        if let Some(fill) = &mut self.fill {
            let segment = &mut self.segments[fill.segment];
            // Further ahead it is quicker to go there than to let the sectors between pass by.
            let joins = segment.sectors.start <= wanted.start && wanted.start <= segment.sectors.end;
            if joins && wanted.end <= disk.geometry.sectors() && wanted.end - wanted.start <= self.size {
                segment.used = uses;
                fill.limit = fill.limit.max(wanted.end);
                let pass = disk.pass(fill.from, wanted.end - fill.from, fill.since, Instant::NEVER);
                return Lookup::Coming(pass.end);
            }
        }
        Lookup::Miss
    }

    /// Sectors before `taken` are not needed any more: read-ahead may go on for as much.
    fn make_room(&mut self, index: usize, taken: u64, now: Instant, disk: &Mechanism) {
        let limit = (taken + self.size).min(disk.geometry.sectors());
        if let Some(fill) = self.fill.as_mut().filter(|fill| fill.segment == index) {
            fill.limit = fill.limit.max(limit);
        } else if self.filled == Some(index) && limit > self.segments[index].sectors.end {
            let from = self.segments[index].sectors.end;
            self.fill = Some(Fill { segment: index, from, since: Self::arrival(from, now, disk), limit });
            self.filled = None;
        }
    }

    /// Brings the segment that is being filled up to `now`.
    fn advance(&mut self, now: Instant, disk: &mut Mechanism) {
        let Some(fill) = self.fill else { return };
        if now < fill.since {
            return;
        }
        let pass = disk.pass(fill.from, fill.limit - fill.from, fill.since, now);
        let segment = &mut self.segments[fill.segment];
        segment.sectors.end = segment.sectors.end.max(fill.from + pass.sectors);
        segment.sectors.start = segment.sectors.start.max(segment.sectors.end.saturating_sub(self.size));
        disk.moved_to(pass.cylinder, pass.head);
        let from = fill.from + pass.sectors;
        self.fill = None;
        if from == fill.limit {
            self.filled = Some(fill.segment);
        } else {
            // From here next time: a long sequential read must not be walked over again and again.
            let since = if pass.sectors == 0 { fill.since } else { Self::arrival(from, pass.end, disk) };
            self.fill = Some(Fill { from, since, ..fill });
        }
    }

    /// The arm leaves: read-ahead ends at `now`.
    pub fn stop(&mut self, now: Instant, disk: &mut Mechanism) {
        self.advance(now, disk);
        self.fill = None;
        self.filled = None;
    }

    /// The sectors were read from the medium, the last of them at `end`; read-ahead begins there.
    pub fn read(&mut self, sectors: Range<u64>, end: Instant, disk: &Mechanism) {
        self.uses += 1;
        let start = sectors.start.max(sectors.end.saturating_sub(self.size));
        let kept = Segment { sectors: start..sectors.end, used: self.uses };
        let index = self.segment_for(&sectors);
        if index == self.segments.len() {
            self.segments.push(kept);
        } else {
            self.segments[index] = kept;
        }
        let limit = (start + self.size).min(disk.geometry.sectors());
        self.fill = (self.read_ahead && limit > sectors.end).then(|| Fill {
            segment: index,
            from: sectors.end,
            since: Self::arrival(sectors.end, end, disk),
            limit,
        });
    }

    /// The segment whose run these sectors go on with, else an unused one, else the one used least recently.
    fn segment_for(&self, sectors: &Range<u64>) -> usize {
        let goes_on =
            |segment: &Segment| segment.sectors.contains(&sectors.start) || segment.sectors.end == sectors.start;
        if let Some(index) = self.segments.iter().position(goes_on) {
            index
        } else if self.segments.len() < self.capacity {
            self.segments.len()
        } else {
            let oldest = (0..self.segments.len()).min_by_key(|&i| self.segments[i].used);
            oldest.expect("a cache has at least one segment")
        }
    }

    /// When `sector` comes under the head next after `now`, the arm being over its track or the one before.
    fn arrival(sector: u64, now: Instant, disk: &Mechanism) -> Instant {
        let place = disk.geometry.place(sector);
        let arm = disk.arm_time(&place);
        now + arm + disk.rotation_time(&place, now + arm)
    }

    /// The sectors were written: what is kept of them is old.
    pub fn written(&mut self, sectors: &Range<u64>) {
        for (index, segment) in self.segments.iter_mut().enumerate() {
            if segment.sectors.start < sectors.end && sectors.start < segment.sectors.end {
                segment.sectors = 0..0;
                self.fill = self.fill.filter(|fill| fill.segment != index);
                self.filled = self.filled.filter(|filled| *filled != index);
            }
        }
    }
}
