//! The moving parts: an arm over a cylinder and a platter whose angle is a function of simulated time.

use super::geometry::{Geometry, Place};
use super::{DiskSpec, SeekCurve};
use crate::device::{Anatomy, Component};
use crate::units::{Instant, Span};

/// Arm, heads and platter.
#[derive(Debug)]
pub(super) struct Mechanism {
    pub geometry: Geometry,
    curve: SeekCurve,
    revolution: u64,
    head_switch: Span,
    cylinder: u32,
    head: u32,
}

/// How far a pass over neighbouring sectors came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pass {
    /// Sectors passed.
    pub sectors: u64,
    /// End of the last of them.
    pub end: Instant,
    pub switch: Span,
    pub rotation: Span,
    pub transfer: Span,
    /// The track it ended on.
    pub cylinder: u32,
    pub head: u32,
}

impl Mechanism {
    /// The arm over the outermost cylinder, angle 0 at time 0.
    pub fn new(spec: &DiskSpec) -> Mechanism {
        Mechanism {
            geometry: Geometry::new(spec),
            curve: spec.seek.clone(),
            revolution: spec.revolution.0,
            head_switch: spec.head_switch,
            cylinder: 0,
            head: 0,
        }
    }

    /// The cylinder that the arm is over.
    pub fn cylinder(&self) -> u32 {
        self.cylinder
    }

    /// Puts the arm where a pass ended.
    pub fn moved_to(&mut self, cylinder: u32, head: u32) {
        self.cylinder = cylinder;
        self.head = head;
    }

    /// Time until the head is on the track of `place`. A head switch goes on while the arm moves.
    #[inline]
    pub fn arm_time(&self, place: &Place) -> Span {
        self.track_time((self.cylinder, self.head), (place.cylinder, place.head))
    }

    #[inline]
    fn track_time(&self, from: (u32, u32), to: (u32, u32)) -> Span {
        if from == to {
            Span::ZERO
        } else if from.0 == to.0 {
            self.head_switch
        } else {
            self.curve.time(from.0.abs_diff(to.0)).max(self.head_switch)
        }
    }

    /// Time from `at`, with the head on the track, until the sector of `place` comes round.
    pub fn rotation_time(&self, place: &Place, at: Instant) -> Span {
        let phase = self.phase(at);
        Span(if place.angle >= phase { place.angle - phase } else { place.angle + self.revolution - phase })
    }

    /// Time until the sector of `place` can begin, if `overhead` comes first: seek and rotation together. `phase` is
    /// the time into the revolution at present. A scheduler asks this of every request that waits, so it does without
    /// a division unless the disk turns many times during a seek.
    #[inline]
    pub fn positioning_time(&self, place: &Place, overhead: Span, phase: u64) -> u64 {
        let moved = overhead.0 + self.arm_time(place).0;
        let mut turned = phase + moved;
        if turned / 8 >= self.revolution {
            turned %= self.revolution;
        }
        while turned >= self.revolution {
            turned -= self.revolution;
        }
        let past = turned > place.angle;
        moved + place.angle + u64::from(past) * self.revolution - turned
    }

    /// Time into the revolution at `now`.
    pub fn phase(&self, now: Instant) -> u64 {
        now.0 % self.revolution
    }

    /// Passes over `count` sectors from `first`, whose beginning is under the head at `at`, but over no sector that
    /// would end after `until`.
    pub fn pass(&self, first: u64, count: u64, at: Instant, until: Instant) -> Pass {
        let mut place = self.geometry.place(first);
        let mut pass = Pass {
            sectors: 0,
            end: at,
            switch: Span::ZERO,
            rotation: Span::ZERO,
            transfer: Span::ZERO,
            cylinder: place.cylinder,
            head: place.head,
        };
        loop {
            let left = count - pass.sectors;
            let on_track = left.min(u64::from(place.sectors_per_track - place.sector)) as u32;
            let passed = self.fitting(&place, on_track, pass.end, until);
            let transfer = self.sectors_time(&place, passed);
            pass.transfer += transfer;
            pass.end = pass.end.saturating_add(transfer);
            pass.sectors += u64::from(passed);
            if passed < on_track || pass.sectors == count {
                return pass;
            }
            let next = self.geometry.place(first + pass.sectors);
            let switch = self.track_time((pass.cylinder, pass.head), (next.cylinder, next.head));
            let rotation = self.rotation_time(&next, pass.end + switch);
            if pass.end + switch + rotation > until {
                return pass;
            }
            pass.switch += switch;
            pass.rotation += rotation;
            pass.end = pass.end + switch + rotation;
            (pass.cylinder, pass.head) = (next.cylinder, next.head);
            place = next;
        }
    }

    /// How many of `count` sectors from `place`, begun at `at`, end by `until`.
    fn fitting(&self, place: &Place, count: u32, at: Instant, until: Instant) -> u32 {
        if at.saturating_add(self.sectors_time(place, count)) <= until {
            return count;
        }
        let time = (until - at).0;
        // The division rounds down in time, so the guess is right or one too low.
        let mut fit = (time * u64::from(place.sectors_per_track) / self.revolution) as u32;
        if self.sectors_time(place, fit + 1).0 <= time {
            fit += 1;
        }
        while self.sectors_time(place, fit).0 > time {
            fit -= 1;
        }
        fit
    }

    fn sectors_time(&self, place: &Place, count: u32) -> Span {
        Span(self.geometry.slot_time(place.slot + count, place.sectors_per_track) - place.angle)
    }

    /// Goes to the sector `first` from `at`, with `settle` after the arm has moved, passes over `count` sectors and
    /// stays there. Returns the end and adds the parts to `anatomy`.
    pub fn access(&mut self, first: u64, count: u64, at: Instant, settle: Span, anatomy: &mut Anatomy) -> Instant {
        let place = self.geometry.place(first);
        let arm = self.arm_time(&place);
        let moving = if place.cylinder == self.cylinder { Component::Switch } else { Component::Seek };
        let rotation = self.rotation_time(&place, at + arm + settle);
        let pass = self.pass(first, count, at + arm + settle + rotation, Instant::NEVER);
        anatomy.add(moving, arm);
        anatomy.add(Component::Seek, settle);
        anatomy.add(Component::Rotation, rotation + pass.rotation);
        anatomy.add(Component::Switch, pass.switch);
        anatomy.add(Component::Transfer, pass.transfer);
        self.moved_to(pass.cylinder, pass.head);
        pass.end
    }
}

#[cfg(test)]
mod tests {
    use super::super::presets;
    use super::*;

    #[test]
    fn the_angle_follows_simulated_time() {
        let spec = presets::hp97560();
        let mut disk = Mechanism::new(&spec);
        let mut anatomy = Anatomy::default();
        // Sector 0 is under the head at time 0, and again one revolution after each.
        let end = disk.access(0, 8, Instant::ZERO, Span::ZERO, &mut anatomy);
        assert_eq!(anatomy.get(Component::Rotation), Span::ZERO);
        assert_eq!(end.0, 8 * spec.revolution.0 / 72);
        let mut again = Anatomy::default();
        disk.access(0, 8, end, Span::ZERO, &mut again);
        assert_eq!(again.get(Component::Rotation).0, spec.revolution.0 - end.0, "it has just gone by");
    }

    #[test]
    fn positioning_is_the_seek_and_the_rotation_after_it() {
        for spec in [presets::hp97560(), DiskSpec { revolution: Span(90_000), ..presets::hp97560() }] {
            let disk = Mechanism::new(&spec);
            for sector in (0..disk.geometry.sectors()).step_by(9_973) {
                let (place, now, overhead) = (disk.geometry.place(sector), Instant(sector * 1_001), Span(2_200_000));
                let moved = overhead + disk.arm_time(&place);
                let expected = moved + disk.rotation_time(&place, now + moved);
                assert_eq!(disk.positioning_time(&place, overhead, disk.phase(now)), expected.0);
            }
        }
    }

    #[test]
    fn skew_lets_a_transfer_go_on_to_the_next_track() {
        let spec = presets::hp97560();
        let disk = Mechanism::new(&spec);
        let pass = disk.pass(0, 144, Instant::ZERO, Instant::NEVER);
        assert_eq!(pass.switch, spec.head_switch);
        // 8 sectors of skew are 1.666 ms; the head switch takes 1.6 ms of it.
        assert!(pass.rotation.0 < 70_000, "{}", pass.rotation);
        assert_eq!(pass.end.0, (144 + 8) * spec.revolution.0 / 72);
    }

    #[test]
    fn a_pass_stops_at_the_last_sector_that_ends_in_time() {
        let disk = Mechanism::new(&presets::hp97560());
        for until in (0..40_000_000).step_by(77_773) {
            let pass = disk.pass(5, 1000, Instant::ZERO, Instant(until));
            let more = disk.pass(5, pass.sectors + 1, Instant::ZERO, Instant::NEVER);
            assert!(pass.end.0 <= until || pass.sectors == 0);
            assert!(more.end.0 > until, "sector {} ends at {} by {until}", pass.sectors, more.end);
        }
    }
}
