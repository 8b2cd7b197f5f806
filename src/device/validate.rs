//! What is wrong with a device's parameters, by key, in words for the person who wrote them.

use crate::rng::Distribution;
use crate::units::Span;
use std::fmt::Display;

/// One thing that is wrong with a specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The parameter, as a path of field names: `geometry.zones[0].cylinders`, `behind.channels`.
    pub key: String,
    /// What was found and what is allowed.
    pub problem: String,
}

/// The machine that a device is for, as far as its parameters depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// Bytes of a page (a power of two).
    pub page_size: u64,
    /// Page frames of the machine.
    pub frames: u64,
    /// Pages that the device must hold: swap space, and program files that lie behind it.
    pub pages: u64,
}

/// Collects problems under a path of keys.
#[derive(Debug)]
pub(super) struct Findings {
    pub site: Site,
    path: String,
    problems: Vec<Problem>,
}

impl Findings {
    pub fn new(site: Site) -> Findings {
        Findings { site, path: String::new(), problems: Vec::new() }
    }

    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Runs `inner` with `key` before the keys of its findings.
    pub fn within(&mut self, key: impl Display, inner: impl FnOnce(&mut Findings)) {
        let outer = self.path.clone();
        self.path = format!("{outer}{key}.");
        inner(self);
        self.path = outer;
    }

    /// Notes a problem.
    pub fn add(&mut self, key: impl Display, problem: impl Into<String>) {
        self.problems.push(Problem { key: format!("{}{key}", self.path), problem: problem.into() });
    }

    /// Notes a problem unless `good`.
    pub fn require(&mut self, good: bool, key: impl Display, problem: impl FnOnce() -> String) {
        if !good {
            self.add(key, problem());
        }
    }

    pub fn at_least_one(&mut self, key: impl Display, value: u64) {
        self.require(value > 0, key, || "is 0: at least 1 is needed".to_string());
    }

    pub fn positive(&mut self, key: impl Display, span: Span) {
        self.require(span > Span::ZERO, key, || "is 0 s: a positive time is needed".to_string());
    }

    pub fn share(&mut self, key: impl Display, value: f64) {
        self.require((0.0..=1.0).contains(&value), key, || format!("is {value}: a share between 0 and 1 is needed"));
    }

    /// A time given as a distribution in nanoseconds.
    pub fn duration(&mut self, key: impl Display, distribution: &Distribution) {
        let mean = distribution.mean();
        self.require(mean.is_finite() && mean >= 0.0, key, || {
            format!("has mean {mean} ns: a time that is not negative is needed")
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::areas::{Area, AreasSpec};
    use crate::device::disk::{self, DeadlineSpec, DiskSpec, ReadCacheSpec, SchedulerSpec, SeekCurve};
    use crate::device::drum::{self, DrumSpec};
    use crate::device::flash::{self, FlashSpec, FtlSpec};
    use crate::device::throttle::{self, Limit, ThrottleSpec};
    use crate::device::tier::{self, CompressedSpec, FarSpec, Overflow};
    use crate::device::{DeviceSpec, PRESETS, QueueingSpec, preset};

    const SITE: Site = Site { page_size: 4096, frames: 65_536, pages: 800 };

    #[test]
    fn presets_are_valid_and_have_names_of_their_own() {
        for entry in PRESETS {
            assert_eq!((entry.spec)().validate(&SITE), [], "{}", entry.name);
            assert!(std::ptr::eq(preset(entry.name).unwrap(), entry), "{} is there twice", entry.name);
        }
    }

    /// The only problem of a specification, as `key: problem`.
    fn only_problem(spec: DeviceSpec) -> String {
        let problems = spec.validate(&SITE);
        let [Problem { key, problem }] = &problems[..] else { panic!("not one problem: {problems:?}") };
        format!("{key}: {problem}")
    }

    fn disk(change: impl FnOnce(&mut DiskSpec)) -> DeviceSpec {
        let mut spec = disk::presets::hp97560();
        change(&mut spec);
        DeviceSpec::Disk(spec)
    }

    fn ssd(change: impl FnOnce(&mut FlashSpec)) -> DeviceSpec {
        let mut spec = flash::presets::sata_ssd();
        change(&mut spec);
        DeviceSpec::Flash(spec)
    }

    fn ftl(change: impl FnOnce(&mut FtlSpec)) -> DeviceSpec {
        ssd(|ssd| change(ssd.ftl.as_mut().unwrap()))
    }

    fn zswap(change: impl FnOnce(&mut CompressedSpec)) -> DeviceSpec {
        let mut spec = tier::presets::zswap();
        change(&mut spec);
        DeviceSpec::Compressed(spec)
    }

    fn volume(change: impl FnOnce(&mut Limit)) -> DeviceSpec {
        let mut spec = throttle::cloud_volume();
        change(&mut spec.limits[0]);
        DeviceSpec::Throttle(spec)
    }

    #[test]
    fn every_problem_names_its_key_and_what_would_be_right() {
        let ratio = |ratio| zswap(|zswap| zswap.ratio = Distribution::Constant(ratio));
        let cases = [
            (disk(|disk| disk.zones.clear()), "zones: is empty: at least one zone is needed"),
            (
                disk(|disk| disk.zones[0].sectors_per_track = 0),
                "zones[0].sectors_per_track: is 0: at least 1 is needed",
            ),
            (
                disk(|disk| disk.zones[0].track_skew = 72),
                "zones[0].track_skew: is 72: it must be less than the 72 sectors of a track",
            ),
            (
                disk(|disk| disk.sector_bytes = 520),
                "sector_bytes: is 520: a page of 4096 bytes must be a whole number of sectors",
            ),
            (disk(|disk| disk.revolution = Span::ZERO), "revolution: is 0 s: a positive time is needed"),
            (
                disk(|disk| disk.seek = SeekCurve::Table(vec![(1, Span(3_000_000)), (100, Span(2_000_000))])),
                "seek.table: has 2 ms for 100 cylinders after 3 ms for 1: the seek time must not decrease with the distance",
            ),
            (
                disk(|disk| {
                    if let SeekCurve::TwoPiece { near_factor, .. } = &mut disk.seek {
                        *near_factor = -1.0;
                    }
                }),
                "seek.near_factor: is -1: the seek time must not decrease with the distance",
            ),
            (
                disk(|disk| {
                    if let SeekCurve::TwoPiece { far_base, .. } = &mut disk.seek {
                        *far_base = Span(5_000_000);
                    }
                }),
                "seek.far_base: gives 8.064 ms for a seek over 383 cylinders, but one over 382 takes 11.057928 ms: \
                 the seek time must not decrease with the distance",
            ),
            (
                disk(|disk| {
                    disk.read_cache = Some(ReadCacheSpec { segments: 1, segment_bytes: 512, read_ahead: true })
                }),
                "read_cache.segment_bytes: is 512: a segment must hold at least one page of 4096 bytes",
            ),
            (
                disk(|disk| disk.scheduler = SchedulerSpec::Deadline(DeadlineSpec { batch: 0, ..DeadlineSpec::LINUX })),
                "scheduler.batch: is 0: at least 1 is needed",
            ),
            (DeviceSpec::Drum(DrumSpec { sectors: 0, ..drum::ibm2301() }), "sectors: is 0: at least 1 is needed"),
            (
                DeviceSpec::Drum(DrumSpec { capacity: 100, ..drum::ibm2301() }),
                ": holds 100 pages, but 800 are needed for swap space and program files",
            ),
            (ssd(|ssd| ssd.channels = 0), "channels: is 0: at least 1 is needed"),
            (ssd(|ssd| ssd.read_jitter = 1.5), "read_jitter: is 1.5: a share between 0 and 1 is needed"),
            (ssd(|ssd| ssd.buffer_pages = 4), "buffer_pages: is 4: the buffer must hold the 8 pages of a program"),
            (
                ftl(|ftl| ftl.over_provisioning = 0.0),
                "ftl.over_provisioning: is 0: a share above 0 is needed, or no block ever becomes free",
            ),
            (
                ftl(|ftl| ftl.over_provisioning = 0.01),
                "ftl.over_provisioning: is 0.01: that makes 259 blocks of 128 pages on each of 32 dies, \
                 and 1048576 pages of data with a reserve of 2 need 260",
            ),
            (
                ftl(|ftl| ftl.block_pages = 100),
                "ftl.block_pages: is 100: a multiple of the 8 pages of a program, up to 32768, is needed",
            ),
            (ftl(|ftl| ftl.reserve = 1), "ftl.reserve: is 1: at least 2 free blocks a die are needed to move pages"),
            (volume(|limit| limit.per_second = 0), "limits[0].per_second: is 0: at least 1 is needed"),
            (
                volume(|limit| limit.burst = 100),
                "limits[0].initial: is 5400000: more than the 100 tokens that can be saved up",
            ),
            (ratio(0.8), "ratio: is 0.8: a compression ratio (size over compressed size) is at least 1"),
            (
                zswap(|zswap| zswap.pool_frames = Some(1 << 20)),
                "pool_frames: is 1048576: the pool cannot be larger than the 65536 frames of memory",
            ),
            (
                zswap(|zswap| zswap.largest = 5000),
                "largest: is 5000: between 1 and the 4096 bytes of a page are allowed",
            ),
            (
                zswap(|zswap| zswap.behind = None),
                "pool_frames: is 16384, but there is no device behind for what does not fit: \
                 leave the limit out or add `behind`",
            ),
            (
                zswap(|zswap| zswap.overflow = Overflow { accept: 2.0, ..zswap.overflow }),
                "overflow.accept: is 2: a share between 0 and 1 is needed",
            ),
            (
                zswap(|zswap| zswap.behind = Some(Box::new(ssd(|ssd| ssd.queue_depth = 0)))),
                "behind.queue_depth: is 0: at least 1 is needed",
            ),
            (
                DeviceSpec::Far(FarSpec { capacity: 500, behind: None, ..tier::presets::cxl() }),
                "capacity: is 500: without a device behind it must hold all 800 pages of swap space and program files",
            ),
            (
                DeviceSpec::Areas(AreasSpec { stripe: 1, areas: Vec::new() }),
                "areas: is empty: at least one area is needed",
            ),
            (
                DeviceSpec::Areas(AreasSpec {
                    stripe: 1,
                    areas: vec![Area { priority: 0, pages: Some(1 << 21), device: ssd(|_| ()) }],
                }),
                "areas[0].pages: is 2097152, but its device holds 1048576 pages",
            ),
        ];
        for (spec, expected) in cases {
            assert_eq!(only_problem(spec), expected);
        }
    }

    #[test]
    fn all_problems_are_found_at_once() {
        let constant = Distribution::Constant(1.0);
        let behind = QueueingSpec { read: constant.clone(), write: constant, parallelism: 0 };
        let spec = DeviceSpec::Throttle(ThrottleSpec {
            limits: Vec::new(),
            operation_bytes: 0,
            behind: Box::new(DeviceSpec::Queueing(behind)),
        });
        let keys: Vec<String> = spec.validate(&SITE).into_iter().map(|problem| problem.key).collect();
        assert_eq!(keys, ["limits", "operation_bytes", "behind.parallelism"]);
    }
}
