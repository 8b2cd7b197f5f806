//! What a device is, as data.

use super::areas::{Areas, AreasSpec};
use super::disk::{Disk, DiskSpec};
use super::drum::{Drum, DrumSpec};
use super::flash::{Flash, FlashSpec};
use super::throttle::{Throttle, ThrottleSpec};
use super::tier::{CompressedSpec, FarSpec, RemoteSpec, Tier};
use super::validate::Findings;
use super::{Device, Problem, Queueing, QueueingSpec, Site};
use crate::rng::{Stream, Streams};

/// A device of the machine, as the scenario describes it.
#[derive(Clone, Debug, PartialEq)]
pub enum DeviceSpec {
    /// A queue in order of arrival before `parallelism` identical servers.
    Queueing(QueueingSpec),
    /// A magnetic disk.
    Disk(DiskSpec),
    /// A paging drum.
    Drum(DrumSpec),
    /// A solid-state drive.
    Flash(FlashSpec),
    /// A rate limit in front of a device.
    Throttle(ThrottleSpec),
    /// Compressed memory, in front of a device or alone.
    Compressed(CompressedSpec),
    /// Far memory (CXL), in front of a device or alone.
    Far(FarSpec),
    /// Remote memory over a network, in front of a device or alone.
    Remote(RemoteSpec),
    /// Several swap areas.
    Areas(AreasSpec),
}

impl DeviceSpec {
    /// Pages that the device holds; `None` if it has no end of its own.
    pub fn capacity(&self, page_size: u64) -> Option<u64> {
        match self {
            DeviceSpec::Queueing(_) => None,
            DeviceSpec::Disk(disk) => Some(disk.capacity(page_size)),
            DeviceSpec::Drum(drum) => Some(drum.capacity),
            DeviceSpec::Flash(flash) => Some(flash.capacity),
            DeviceSpec::Throttle(throttle) => throttle.behind.capacity(page_size),
            DeviceSpec::Compressed(compressed) => compressed.behind.as_ref()?.capacity(page_size),
            DeviceSpec::Far(FarSpec { behind, capacity, .. })
            | DeviceSpec::Remote(RemoteSpec { behind, capacity, .. }) => {
                match behind {
                    // Every slot has its place behind; the tier holds some of them for a while.
                    Some(behind) => behind.capacity(page_size),
                    None => Some(*capacity),
                }
            }
            DeviceSpec::Areas(areas) => Some(areas.capacity(page_size)),
        }
    }

    /// Everything that is wrong with the specification, for the machine it is meant for; nothing if it can be built.
    pub fn validate(&self, site: &Site) -> Vec<Problem> {
        let mut findings = Findings::new(*site);
        self.find(&mut findings);
        let mut problems = findings.into_problems();
        if problems.is_empty()
            && let Some(capacity) = self.capacity(site.page_size)
            && capacity < site.pages
        {
            let problem =
                format!("holds {capacity} pages, but {} are needed for swap space and program files", site.pages);
            problems.push(Problem { key: String::new(), problem });
        }
        problems
    }

    pub(super) fn find(&self, findings: &mut Findings) {
        match self {
            DeviceSpec::Queueing(queueing) => queueing.validate(findings),
            DeviceSpec::Disk(disk) => disk.validate(findings),
            DeviceSpec::Drum(drum) => drum.validate(findings),
            DeviceSpec::Flash(flash) => flash.validate(findings),
            DeviceSpec::Throttle(throttle) => throttle.validate(findings),
            DeviceSpec::Compressed(compressed) => compressed.validate(findings),
            DeviceSpec::Far(far) => far.validate(findings),
            DeviceSpec::Remote(remote) => remote.validate(findings),
            DeviceSpec::Areas(areas) => areas.validate(findings),
        }
    }
}

/// Makes the device that a specification describes, idle and for pages of `page_size` bytes, with its own random
/// numbers.
///
/// # Panics
/// May panic, here or later, if [`DeviceSpec::validate`] finds problems.
pub fn build(spec: &DeviceSpec, page_size: u64, stream: Stream) -> Box<dyn Device> {
    match spec {
        DeviceSpec::Queueing(spec) => Box::new(Queueing::new(spec.clone(), stream)),
        DeviceSpec::Disk(spec) => Box::new(Disk::new(spec.clone(), page_size)),
        DeviceSpec::Drum(spec) => Box::new(Drum::new(*spec)),
        DeviceSpec::Flash(spec) => Box::new(Flash::new(spec.clone(), page_size, stream)),
        DeviceSpec::Throttle(spec) => {
            Box::new(Throttle::new(spec.clone(), page_size, build(&spec.behind, page_size, stream)))
        }
        DeviceSpec::Compressed(spec) => {
            let (own, behind) = with_behind(spec.behind.as_deref(), page_size, stream);
            Box::new(Tier::new(spec.tier(page_size, own), behind))
        }
        DeviceSpec::Far(spec) => {
            let (own, behind) = with_behind(spec.behind.as_deref(), page_size, stream);
            Box::new(Tier::new(spec.tier(page_size, own), behind))
        }
        DeviceSpec::Remote(spec) => {
            let (own, behind) = with_behind(spec.behind.as_deref(), page_size, stream);
            Box::new(Tier::new(spec.tier(page_size, own), behind))
        }
        DeviceSpec::Areas(spec) => {
            let streams = substreams(stream);
            let device = |(i, area): (usize, &super::areas::Area)| {
                build(&area.device, page_size, streams.named(&format!("area#{i}")))
            };
            let devices = spec.areas.iter().enumerate().map(device).collect();
            Box::new(Areas::new(spec, page_size, devices))
        }
    }
}

/// Streams for the parts of a device, by name, so that adding a part shifts no other part's numbers.
fn substreams(mut stream: Stream) -> Streams {
    Streams::new(stream.bits())
}

fn with_behind(behind: Option<&DeviceSpec>, page_size: u64, stream: Stream) -> (Stream, Option<Box<dyn Device>>) {
    let streams = substreams(stream);
    (streams.named("tier"), behind.map(|spec| build(spec, page_size, streams.named("behind"))))
}
