//! Compressed memory: zswap and zram.
//!
//! A page that leaves memory is compressed and kept in memory, in a pool that is taken out of the same frames. A page
//! filled with one value takes no room; one that does not compress well goes to the device behind. Loading a page costs
//! microseconds of CPU instead of a device. The page stays in the pool when it is loaded, as its copy on a device
//! would.
//!
//! *Sources.* Linux, `Documentation/admin-guide/mm/zswap`; A. Lagar-Cavilla et al., "Software-defined far memory in
//! warehouse-scale computers", ASPLOS 2019 (6 us to load, pages above 2990 bytes refused, about 3:1).

use super::medium::{Cost, Medium};
use super::{Overflow, TierSpec};
use crate::device::validate::Findings;
use crate::device::{Anatomy, Component, DeviceSpec};
use crate::rng::{Distribution, Stream};
use crate::units::{Instant, Span};

/// A pool of compressed pages in memory, in front of a device.
#[derive(Clone, Debug, PartialEq)]
pub struct CompressedSpec {
    /// Most frames that the pool may take; `None` is no limit.
    pub pool_frames: Option<u64>,
    /// Size of a page over its compressed size, drawn at each store; below 1 counts as 1.
    pub ratio: Distribution,
    /// Share of pages that are filled with one value.
    pub same_filled: f64,
    /// Pages whose compressed size is above this number of bytes are refused.
    pub largest: u32,
    /// Share of the pool's frames that is data; the rest is lost between objects.
    pub packing: f64,
    /// CPU time to compress a page.
    pub compress: Span,
    /// CPU time to decompress a page.
    pub decompress: Span,
    /// CPU time to look at, or to fill, a page of one value.
    pub fill: Span,
    /// Pages that are compressed or decompressed at once (at least 1).
    pub parallelism: u32,
    /// What happens when the pool is full.
    pub overflow: Overflow,
    /// The device behind; `None` keeps every page in the pool (zram).
    pub behind: Option<Box<DeviceSpec>>,
}

impl CompressedSpec {
    pub(in crate::device) fn validate(&self, findings: &mut Findings) {
        let (page, frames) = (findings.site.page_size, findings.site.frames);
        if let Some(pool) = self.pool_frames {
            findings.at_least_one("pool_frames", pool);
            findings.require(pool <= frames, "pool_frames", || {
                format!("is {pool}: the pool cannot be larger than the {frames} frames of memory")
            });
            findings.require(self.behind.is_some(), "pool_frames", || {
                format!("is {pool}, but there is no device behind for what does not fit: leave the limit out or add `behind`")
            });
        }
        let ratio = match &self.ratio {
            Distribution::Empirical(values) => values.iter().copied().fold(f64::INFINITY, f64::min),
            other => other.mean(),
        };
        findings.require(ratio >= 1.0, "ratio", || {
            format!("is {ratio}: a compression ratio (size over compressed size) is at least 1")
        });
        findings.share("same_filled", self.same_filled);
        findings.require(self.largest > 0 && u64::from(self.largest) <= page, "largest", || {
            format!("is {}: between 1 and the {page} bytes of a page are allowed", self.largest)
        });
        findings.require(self.packing > 0.0 && self.packing <= 1.0, "packing", || {
            format!("is {}: a share above 0, up to 1, is needed", self.packing)
        });
        findings.at_least_one("parallelism", self.parallelism.into());
        self.overflow.validate(findings);
        if let Some(behind) = &self.behind {
            findings.within("behind", |findings| behind.find(findings));
        }
    }

    pub(in crate::device) fn tier(&self, page_size: u64, stream: Stream) -> TierSpec {
        // A pool without a device behind cannot refuse a page; it keeps what does not compress as it is.
        let largest = if self.behind.is_some() { u64::from(self.largest) } else { page_size };
        TierSpec {
            medium: Box::new(Compressor { spec: self.clone(), page_size, largest, stream }),
            limit: self.pool_frames.map(|frames| (frames as f64 * page_size as f64 * self.packing) as u64),
            bytes_per_frame: Some(page_size as f64 * self.packing),
            parallelism: self.parallelism,
            overflow: self.overflow,
        }
    }
}

struct Compressor {
    spec: CompressedSpec,
    page_size: u64,
    largest: u64,
    stream: Stream,
}

fn compute(cpu: Span) -> Cost {
    Cost { time: Anatomy::of(Component::Compute, cpu), cpu }
}

impl Medium for Compressor {
    fn size(&mut self) -> Option<u32> {
        if self.stream.chance(self.spec.same_filled) {
            return Some(0);
        }
        let ratio = self.spec.ratio.sample(&mut self.stream).max(1.0);
        let bytes = libm::ceil(self.page_size as f64 / ratio) as u64;
        if self.spec.behind.is_none() && bytes > u64::from(self.spec.largest) {
            return Some(self.page_size as u32);
        }
        (bytes <= self.largest).then_some(bytes as u32)
    }

    fn store(&mut self, _now: Instant, bytes: Option<u32>) -> Cost {
        compute(if bytes == Some(0) { self.spec.fill } else { self.spec.compress })
    }

    fn load(&mut self, _now: Instant, bytes: u32) -> Cost {
        compute(if bytes == 0 { self.spec.fill } else { self.spec.decompress })
    }
}
