//! Devices by name.

use super::{DeviceSpec, disk, drum, flash, throttle, tier};

/// A named device, with where its numbers come from.
#[derive(Debug)]
pub struct Preset {
    /// Name in scenarios.
    pub name: &'static str,
    /// One line for a person.
    pub summary: &'static str,
    /// Where its parameters come from.
    pub source: &'static str,
    /// The measured point that the model was fitted to, which the tests reproduce.
    pub fitted: &'static str,
    /// The device.
    pub spec: fn() -> DeviceSpec,
}

/// The preset of this name.
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}

/// Every preset, from the oldest device to the newest.
pub static PRESETS: &[Preset] = &[
    Preset {
        name: "drum-2301",
        summary: "IBM 2301 paging drum (1966): 4.5 pages in a revolution of 17.2 ms, sector queueing",
        source: "IBM 2820/2301 component description, 1969; recollections of CP-67",
        fitted: "80 pages per second in order of arrival, 270 ordered (CP-67)",
        spec: || DeviceSpec::Drum(drum::ibm2301()),
    },
    Preset {
        name: "hpc2200a",
        summary: "HP C2200A disk (1990): 335 MB, 4002 rpm",
        source: "Ruemmler and Wilkes 1994",
        fitted: "published seek curve",
        spec: || DeviceSpec::Disk(disk::presets::hpc2200a()),
    },
    Preset {
        name: "hp97560",
        summary: "HP 97560 disk (1991): 1.3 GB, 4002 rpm",
        source: "Kotz, Toh and Radhakrishnan 1994; Ruemmler and Wilkes 1994",
        fitted: "published seek curve; random 4 KiB read 24.19 ms",
        spec: || DeviceSpec::Disk(disk::presets::hp97560()),
    },
    Preset {
        name: "sas-15k",
        summary: "15,000 rpm SAS disk (2008): 450 GB",
        source: "Hitachi Ultrastar 15K450 specification",
        fitted: "mean seek 3.3 ms, rotation 2.0 ms: random 4 KiB read 5.4 ms",
        spec: || DeviceSpec::Disk(disk::presets::sas_15k()),
    },
    Preset {
        name: "sata-7200",
        summary: "7200 rpm SATA disk (2010): 500 GB",
        source: "data sheets of its class",
        fitted: "mean seek 8.5 ms, rotation 4.17 ms: random 4 KiB read 12.7 ms, 79 per second",
        spec: || DeviceSpec::Disk(disk::presets::sata_7200()),
    },
    Preset {
        name: "sata-ssd",
        summary: "SATA SSD with TLC flash",
        source: "reviews of its class",
        fitted: "random 4 KiB read 110 us at queue depth 1; 95,000 per second at 32",
        spec: || DeviceSpec::Flash(flash::presets::sata_ssd()),
    },
    Preset {
        name: "nvme-9100",
        summary: "Micron 9100 NVMe drive (2016): planar MLC flash, many dies",
        source: "AnandTech review of the Intel Optane P4800X, 2017",
        fitted: "random 4 KiB read 107.7 us at queue depth 1; 116.2 us, 135,700 per second at 16",
        spec: || DeviceSpec::Flash(flash::presets::nvme_9100()),
    },
    Preset {
        name: "nvme-p3700",
        summary: "Intel P3700 NVMe drive (2014): planar MLC flash",
        source: "AnandTech review of the Intel Optane P4800X, 2017",
        fitted: "random 4 KiB read 77.9 us at queue depth 1; 93.9 us, 167,200 per second at 16",
        spec: || DeviceSpec::Flash(flash::presets::nvme_p3700()),
    },
    Preset {
        name: "nvme-p4800x",
        summary: "Intel Optane P4800X NVMe drive (2017): 3D XPoint, overwritten in place",
        source: "AnandTech review of the Intel Optane P4800X, 2017",
        fitted: "random 4 KiB read 8.9 us at queue depth 1; 25.5 us, 584,800 per second at 16",
        spec: || DeviceSpec::Flash(flash::presets::optane_p4800x()),
    },
    Preset {
        name: "cloud-volume",
        summary: "cloud block volume of 100 GiB: 300 operations per second, bursts of 3,000 from credit, 128 MiB/s",
        source: "Amazon EBS user guide, gp2",
        fitted: "its limits",
        spec: || DeviceSpec::Throttle(throttle::cloud_volume()),
    },
    Preset {
        name: "zswap",
        summary: "compressed memory of at most 16,384 frames before a SATA SSD",
        source: "Lagar-Cavilla et al. 2019 (ASPLOS); Linux zswap",
        fitted: "6 us to load a page; pages above 2990 bytes refused",
        spec: || DeviceSpec::Compressed(tier::presets::zswap()),
    },
    Preset {
        name: "zram",
        summary: "all of swap in compressed memory",
        source: "Lagar-Cavilla et al. 2019 (ASPLOS)",
        fitted: "6 us to load a page",
        spec: || DeviceSpec::Compressed(tier::presets::zram()),
    },
    Preset {
        name: "cxl",
        summary: "4 GiB of CXL memory before a SATA SSD, pages moved by software",
        source: "Li et al. 2023 (Pond, ASPLOS)",
        fitted: "210 ns load-to-use; about 2 us a page",
        spec: || DeviceSpec::Far(tier::presets::cxl()),
    },
    Preset {
        name: "rdma",
        summary: "4 GiB of another machine's memory over 100 Gb/s RDMA before a SATA SSD",
        source: "Amaro et al. 2020 (Fastswap, EuroSys)",
        fitted: "about 5 us a page",
        spec: || DeviceSpec::Remote(tier::presets::rdma()),
    },
];
