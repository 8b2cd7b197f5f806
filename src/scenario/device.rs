//! `[device.paging]` and `[device.file]`: a kind or a preset, and every parameter of it.
//!
//! A preset is where a device's parameters begin; each can be given another value. A kind alone begins from the preset that
//! stands for it. A kind or preset that comes from a later layer than the parameters beside it (an override, a sweep) is
//! another device, to which they do not apply: they are passed over.

mod disk;
mod flash;
mod limits;
mod tier;

use super::effective::Text;
use super::origin::Layer;
use super::quantity::{self, Fault, Measure};
use super::reader::{self, Reader};
use super::tree::{Node, Value, quoted};
use super::{distribution, suggest};
use crate::device::areas::{Area, AreasSpec};
use crate::device::{DeviceSpec, PRESETS, Problem, QueueingSpec, Site, preset};
use crate::rng::Distribution;
use crate::units::Span;

/// A kind of device, as scenarios and `knee list` name it.
#[derive(Debug)]
pub struct DeviceKind {
    /// Its word in scenarios.
    pub name: &'static str,
    /// One line for a person.
    pub summary: &'static str,
    /// Where it was published.
    pub paper: &'static str,
    /// The preset that it begins from; `None` needs parameters.
    pub preset: Option<&'static str>,
}

/// Every kind of device that a scenario can name.
pub static DEVICE_KINDS: &[DeviceKind] = &[
    DeviceKind {
        name: "queueing",
        summary: "service times from distributions for reads and writes, one queue in order of arrival, k requests served at once",
        paper: "G/G/k queue; Kleinrock, Queueing Systems I, 1975",
        preset: None,
    },
    DeviceKind {
        name: "disk",
        summary: "magnetic disk: zones, seek curve, rotating platter, skews, buffers, six schedulers",
        paper: "Ruemmler and Wilkes, An introduction to disk drive modeling, IEEE Computer 27(3), 1994",
        preset: Some("sata-7200"),
    },
    DeviceKind {
        name: "drum",
        summary: "paging drum: sectors under fixed heads, in order of arrival or of the next sector",
        paper: "Denning 1967; Coffman 1969",
        preset: Some("drum-2301"),
    },
    DeviceKind {
        name: "flash",
        summary: "SSD or NVMe drive: dies, channels, translation layer, garbage collection",
        paper: "Agrawal et al. 2008; Tavakkol et al. 2018",
        preset: Some("nvme-p3700"),
    },
    DeviceKind {
        name: "throttled",
        summary: "token buckets of operations and bytes in front of any device",
        paper: "Turner 1986; Amazon EBS user guide; Linux io.max",
        preset: Some("cloud-volume"),
    },
    DeviceKind {
        name: "compressed",
        summary: "compressed memory in the machine's own frames, in front of a device (zswap) or alone (zram)",
        paper: "Lagar-Cavilla et al., Software-defined far memory, ASPLOS 2019",
        preset: Some("zswap"),
    },
    DeviceKind {
        name: "far",
        summary: "a memory expander on CXL, in front of a device or alone",
        paper: "Li et al., Pond, ASPLOS 2023",
        preset: Some("cxl"),
    },
    DeviceKind {
        name: "remote",
        summary: "another machine's memory over a network, in front of a device or alone",
        paper: "Gu et al., Infiniswap, NSDI 2017; Amaro et al., Fastswap, EuroSys 2020",
        preset: Some("rdma"),
    },
    DeviceKind {
        name: "areas",
        summary: "several swap areas, each with its device: priorities, striping over equals",
        paper: "Linux swapon(8)",
        preset: None,
    },
];

/// The word for the kind of a specification.
pub(super) fn kind_of(spec: &DeviceSpec) -> &'static str {
    match spec {
        DeviceSpec::Queueing(_) => "queueing",
        DeviceSpec::Disk(_) => "disk",
        DeviceSpec::Drum(_) => "drum",
        DeviceSpec::Flash(_) => "flash",
        DeviceSpec::Throttle(_) => "throttled",
        DeviceSpec::Compressed(_) => "compressed",
        DeviceSpec::Far(_) => "far",
        DeviceSpec::Remote(_) => "remote",
        DeviceSpec::Areas(_) => "areas",
    }
}

/// What a kind begins from when no preset is named.
fn origin_of(kind: &str) -> Option<DeviceSpec> {
    if kind == "areas" {
        return Some(DeviceSpec::Areas(AreasSpec { stripe: 1, areas: Vec::new() }));
    }
    let known = DEVICE_KINDS.iter().find(|known| known.name == kind)?;
    known.preset.and_then(preset).map(|preset| (preset.spec)())
}

/// The device under a name, or `None` if it was not understood. `site` is the machine it is for, as far as that is known.
pub(super) fn device(devices: &mut Reader<'_>, name: &str, site: Option<Site>) -> Option<DeviceSpec> {
    let mut table = devices.table(name);
    let spec = read(&mut table, None, site);
    if let (Some(spec), Some(site)) = (&spec, &site) {
        let problems = spec.validate(site);
        for Problem { key, problem } in &problems {
            let place = table.place_within(key);
            let found = problem.strip_prefix("is ").map_or_else(|| problem.clone(), |rest| format!("found {rest}"));
            table.context.report(&place, Fault { problem: found, help: advice(key, problem) });
        }
        if !problems.is_empty() {
            table.finish();
            return None;
        }
    }
    let lines = table.finish();
    devices.put(name, Some(Text::Section(lines.clone())), Some(Text::Section(lines)));
    spec
}

/// What to do about a problem, where that can be said.
fn advice(key: &str, problem: &str) -> Option<String> {
    let advice = match key {
        "" => "take a larger device, or give [swap] a smaller size",
        _ if key.ends_with("pool_frames") && problem.contains("larger than") => {
            "give the pool a part of memory, or the machine more memory"
        }
        _ if key.ends_with("over_provisioning") => "give the drive more spare space, or smaller blocks",
        _ => return None,
    };
    Some(advice.to_owned())
}

/// A device's table. Parameters that it does not give are those of `base`.
fn read(table: &mut Reader<'_>, base: Option<&DeviceSpec>, site: Option<Site>) -> Option<DeviceSpec> {
    let given = |table: &mut Reader<'_>, key: &str| {
        let plain = |node: &Node| matches!(&node.value, Value::Text(text) if text == "queueing");
        let node = &table.entry(key)?.node;
        // A queueing device has no preset, and its times can be overridden one by one.
        (key == "preset" || !plain(node)).then_some(node.origin.layer)
    };
    let latest = given(table, "kind").max(given(table, "preset"));
    table.hide_before(latest.unwrap_or(Layer::File));

    let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
    let mut named = None;
    if let Some(entry) = table.entry("preset") {
        match reader::word(&entry.node, &names) {
            Ok(name) => named = preset(name),
            Err(fault) => {
                table.fault("preset", fault);
                table.mute();
                return None;
            }
        }
    }
    let base = match named {
        Some(preset) => Some((preset.spec)()),
        None => base.cloned(),
    };
    let kinds: Vec<(&str, &str)> = DEVICE_KINDS.iter().map(|kind| (kind.name, kind.name)).collect();
    let Some(kind) = table.choice("kind", &kinds, Some(base.as_ref().map_or("queueing", kind_of))) else {
        table.mute();
        return None;
    };
    if let Some(preset) = named {
        let own = base.as_ref().map_or("queueing", kind_of);
        if kind != own {
            let fault = Fault::new(
                format_args!("{}, which contradicts preset = {}", quoted(kind), quoted(preset.name)),
                format_args!("{}, or no kind at all", quoted(own)),
            );
            table.fault("kind", fault);
            table.mute();
            return None;
        }
        table.put("preset", Some(Text::Value(quoted(preset.name))), None);
    }
    let base = base.filter(|base| kind_of(base) == kind).or_else(|| origin_of(kind));
    let base = match base {
        None => return queueing(table, None).map(DeviceSpec::Queueing),
        Some(DeviceSpec::Queueing(base)) => return queueing(table, Some(&base)).map(DeviceSpec::Queueing),
        Some(DeviceSpec::Disk(base)) => return disk::read(table, &base).map(DeviceSpec::Disk),
        Some(other) => other,
    };
    let Some(site) = site else {
        // What a page is was not understood, and has been complained about where it stands.
        table.mute();
        return None;
    };
    match base {
        DeviceSpec::Drum(base) => disk::drum(table, &base, site).map(DeviceSpec::Drum),
        DeviceSpec::Flash(base) => flash::read(table, &base, site).map(DeviceSpec::Flash),
        DeviceSpec::Throttle(base) => limits::read(table, &base, site).map(DeviceSpec::Throttle),
        DeviceSpec::Compressed(base) => tier::compressed(table, &base, site).map(DeviceSpec::Compressed),
        DeviceSpec::Far(base) => tier::far(table, &base, site).map(DeviceSpec::Far),
        DeviceSpec::Remote(base) => tier::remote(table, &base, site).map(DeviceSpec::Remote),
        DeviceSpec::Areas(base) => areas(table, &base, site).map(DeviceSpec::Areas),
        DeviceSpec::Queueing(_) | DeviceSpec::Disk(_) => None,
    }
}

fn queueing(table: &mut Reader<'_>, base: Option<&QueueingSpec>) -> Option<QueueingSpec> {
    // One time for both, or one for each. An override of one of them leaves the other as it was.
    let service = table.has("service");
    let mut own = |key: &str| table.has(key) && (!service || table.layer(key) > table.layer("service"));
    let (own_read, own_write) = (own("read"), own("write"));
    for (key, own) in [("read", own_read), ("write", own_write)] {
        if service && !own {
            let problem = "contradicts service, which is for reads and writes; give either service or read and write";
            table.pointless(key, "service", problem);
        }
    }
    let mut time = |key: &str| distribution::read(table, key, Measure::Time, None);
    let (read, write) = match (own_read, own_write, service, base) {
        (true, true, ..) => (time("read"), time("write")),
        (true, false, true, _) => {
            let times = (time("read"), time("service"));
            table.rename_line("service", "write");
            times
        }
        (false, true, true, _) => {
            let times = (time("service"), time("write"));
            table.rename_line("service", "read");
            times
        }
        (_, _, false, Some(base)) => {
            let read = distribution(table, "read", Measure::Time, &base.read);
            (read, distribution(table, "write", Measure::Time, &base.write))
        }
        (true, false, false, _) => {
            let read = time("read");
            table.copy_line("read", "write");
            (read.clone(), read)
        }
        (false, false, true, _) => {
            let both = time("service");
            table.split_line("service", &["read", "write"]);
            (both.clone(), both)
        }
        (false, _, false, _) => {
            let key = if own_write { "read" } else { "service" };
            table.missing(key, "a service time, such as \"5 ms\" or { kind = \"exponential\", mean = \"5 ms\" }");
            (None, None)
        }
    };
    let usual = base.map_or(1, |base| base.parallelism);
    let parallelism = table.count("parallelism", (1, 1_000_000), Some(usual));
    Some(QueueingSpec { read: read?, write: write?, parallelism: parallelism? })
}

fn areas(table: &mut Reader<'_>, base: &AreasSpec, site: Site) -> Option<AreasSpec> {
    let stripe = table.count("stripe", (1, 1 << 20), Some(base.stripe));
    let allowed = "a list of areas, such as [[device.paging.areas]] with priority and device";
    let Some(entry) = table.entry("areas") else {
        table.missing("areas", allowed);
        return None;
    };
    let Value::List(items) = &entry.node.value else {
        table.fault("areas", Fault::new(entry.node.describe(), allowed));
        return None;
    };
    let path = table.place_of("areas").key;
    let mut sections = Vec::with_capacity(items.len());
    let areas: Vec<Option<Area>> = items
        .iter()
        .enumerate()
        .map(|(number, item)| {
            let mut area = Reader::of_node(table.context, item, format!("{path}[{number}]"));
            let read_priority = |node: &Node| match node.value {
                Value::Whole(priority @ -32_768..=32_767) => Ok(priority as i32),
                _ => Err(Fault::new(node.describe(), "a whole number from -32768 to 32767")),
            };
            let priority = area.get("priority", Some(0), "", read_priority, i32::to_string);
            let pages = area.get(
                "pages",
                Some(None),
                "",
                |node| match &node.value {
                    Value::Text(text) if text == "all" => Ok(None),
                    _ => quantity::memory(node, site.page_size, (1, 1 << 40), true).map(Some),
                },
                |pages| pages.map_or_else(|| quoted("all"), |pages| quoted(&format!("{pages} pages"))),
            );
            if !area.has("device") {
                area.missing("device", "a device, such as { preset = \"sata-ssd\" }");
            }
            let device = nested(&mut area, "device", None, site);
            sections.push(area.finish());
            Some(Area { priority: priority?, pages: pages?, device: device? })
        })
        .collect();
    table.put("areas", Some(Text::Sections(sections.clone())), Some(Text::Sections(sections)));
    Some(AreasSpec { stripe: stripe?, areas: areas.into_iter().collect::<Option<_>>()? })
}

/// A device inside another one.
fn nested(table: &mut Reader<'_>, key: &str, base: Option<&DeviceSpec>, site: Site) -> Option<DeviceSpec> {
    let mut inner = table.table(key);
    let spec = read(&mut inner, base, Some(site));
    let lines = inner.finish();
    table.put(key, Some(Text::Section(lines.clone())), Some(Text::Section(lines)));
    spec
}

/// A distribution whose default may be any.
fn distribution(table: &mut Reader<'_>, key: &str, measure: Measure, default: &Distribution) -> Option<Distribution> {
    if table.has(key) {
        return distribution::read(table, key, measure, None);
    }
    let text = distribution::show(default, measure);
    table.put(key, Some(text.clone()), Some(text));
    Some(default.clone())
}

/// A part that can be left out: `"none"`, or a table. `base` is the default, `usual` what a table begins from where the
/// default is none.
pub(super) fn part<T: Clone>(
    table: &mut Reader<'_>,
    key: &str,
    base: Option<&T>,
    usual: &T,
    read: impl FnOnce(&mut Reader<'_>, &T) -> Option<T>,
) -> Option<Option<T>> {
    let none = match table.entry(key).map(|entry| &entry.node) {
        None => base.is_none(),
        Some(Node { value: Value::Table(_), .. }) => false,
        Some(Node { value: Value::Text(text), .. }) if text == "none" => true,
        Some(node) => {
            let mut fault = Fault::new(node.describe(), "a table, or \"none\"");
            if let Value::Text(text) = &node.value {
                fault.help = suggest::closest(text, ["none"]).map(|_| "did you mean \"none\"?".to_owned());
            }
            table.fault(key, fault);
            return None;
        }
    };
    if none {
        table.put_value(key, quoted("none"));
        return Some(None);
    }
    let mut inner = table.table(key);
    let value = read(&mut inner, base.unwrap_or(usual));
    let lines = inner.finish();
    table.put(key, Some(Text::Section(lines.clone())), Some(Text::Section(lines)));
    value.map(Some)
}

/// A time or `"none"`.
fn time_or_none(table: &mut Reader<'_>, key: &str, default: Option<Span>) -> Option<Option<Span>> {
    table.get(
        key,
        Some(default),
        "",
        |node| match &node.value {
            Value::Text(text) if text == "none" => Ok(None),
            _ => quantity::duration(node, 0).map(|nanos| Some(Span(nanos))),
        },
        |span| span.map_or_else(|| quoted("none"), |span| quoted(&quantity::show_duration(span.0))),
    )
}

/// Pages, as a number or with a unit.
fn pages(table: &mut Reader<'_>, key: &str, site: Site, default: u64) -> Option<u64> {
    let read = |node: &Node| quantity::memory(node, site.page_size, (1, 1 << 40), true);
    table.get(key, Some(default), "", read, |pages| quoted(&format!("{pages} pages")))
}

/// Bytes, or bytes per second.
fn bytes(table: &mut Reader<'_>, key: &str, default: u64) -> Option<u64> {
    let read = |node: &Node| quantity::bytes(node, (1, 1 << 50));
    table.get(key, Some(default), "", read, |bytes| quoted(&quantity::show_bytes(*bytes)))
}
