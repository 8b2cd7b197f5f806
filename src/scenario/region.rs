//! `[[process.<class>.region]]`: what an address space is made of.

use super::effective::Text;
use super::quantity::{self, Fault, MOST_PAGES};
use super::reader::{Place, Reader};
use super::references::{self, Needs};
use super::tree::{Node, Value, number, quoted};
use crate::workload::{Backing, ComponentSpec, Mapping, ObjectSpec, Protection, RegionKind, RegionSpec, View};

pub(super) const KINDS: &[(&str, RegionKind)] = &[
    ("text", RegionKind::Text),
    ("data", RegionKind::Data),
    ("heap", RegionKind::Heap),
    ("stack", RegionKind::Stack),
    ("file", RegionKind::File),
    ("shared", RegionKind::Shared),
    ("kernel", RegionKind::Kernel),
    ("gap", RegionKind::Gap),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    Private,
    Shared,
    CopyOnWrite,
}

pub(super) const MAPPINGS: &[(&str, Kept)] =
    &[("private", Kept::Private), ("shared", Kept::Shared), ("copy-on-write", Kept::CopyOnWrite)];

pub(super) const BACKINGS: &[(&str, Backing)] =
    &[("zero-fill", Backing::ZeroFill), ("file", Backing::File), ("swap", Backing::Swap)];

/// The memory objects that have been named so far, by all classes, each with the place where its size was given.
#[derive(Default)]
pub(super) struct Objects {
    pub(super) specs: Vec<ObjectSpec>,
    places: Vec<Place>,
}

impl Objects {
    /// The memory of a parent whose children see all of it: one region over the whole address space.
    pub(super) fn image(&mut self, class: &str, pages: u32, backing: Backing) -> Vec<RegionSpec> {
        let spec = ObjectSpec { name: format!("{class}/parent"), pages, backing, image: backing != Backing::File };
        self.specs.push(spec);
        let view = View { object: self.specs.len() as u32 - 1, offset: 0 };
        vec![RegionSpec {
            name: "parent".to_owned(),
            kind: RegionKind::Heap,
            first_page: 0,
            pages,
            address: 0,
            protection: Protection::DATA,
            executes: false,
            mapping: Mapping::CopyOnWrite(view),
            backing,
        }]
    }

    /// Pages of objects that may each need a slot of swap space, and pages of all.
    pub(super) fn pages(&self) -> (u64, u64) {
        let sum = |swapped: bool| {
            let specs = self.specs.iter().filter(|spec| !swapped || spec.image || spec.backing != Backing::File);
            specs.map(|spec| u64::from(spec.pages)).sum()
        };
        (sum(true), sum(false))
    }

    /// The object of this name; one that is named a second time must be the same.
    fn find(&mut self, wanted: ObjectSpec, place: Place, reader: &Reader<'_>) -> Option<u32> {
        let Some(index) = self.specs.iter().position(|spec| spec.name == wanted.name) else {
            self.specs.push(wanted);
            self.places.resize(self.specs.len(), place);
            return Some(self.specs.len() as u32 - 1);
        };
        let known = &self.specs[index];
        let problem = if known.pages != wanted.pages {
            Some((format!("{} pages", wanted.pages), format!("{} pages", known.pages)))
        } else if known.backing != wanted.backing {
            let name = |backing| BACKINGS.iter().find(|(_, b)| *b == backing).map_or("", |(name, _)| *name);
            Some((format!("backing {}", quoted(name(wanted.backing))), quoted(name(known.backing))))
        } else {
            None
        };
        if let Some((found, allowed)) = problem {
            let fault = Fault::new(
                format_args!("{found} for the object {}", quoted(&wanted.name)),
                format_args!("{allowed}, as at {} ({})", self.places[index].origin, self.places[index].key),
            );
            reader
                .context
                .report(&place, fault.help("an object has one size: map a part of it with offset and object_pages"));
            return None;
        }
        Some(index as u32)
    }
}

/// An address space of regions, as far as it could be read.
#[derive(Default)]
pub(super) struct Space {
    pub(super) pages: Option<u32>,
    pub(super) regions: Option<Vec<RegionSpec>>,
    pub(super) components: Option<Vec<ComponentSpec>>,
}

/// What regions inherit from their class.
pub(super) struct Inherited<'n> {
    pub(super) class: &'n str,
    pub(super) page_size: Option<u64>,
    /// Size of the address space.
    pub(super) space: u32,
    pub(super) write_fraction: Option<f64>,
    /// Whether the processes are children of a parent that has forked.
    pub(super) forked: bool,
    /// Whether references that are refused are asked for.
    pub(super) violations: bool,
}

/// Reads the regions of a class.
pub(super) fn regions(
    class: &mut Reader<'_>,
    inherited: &Inherited<'_>,
    objects: &mut Objects,
    needs: &mut Needs,
) -> Space {
    let Some(Value::List(items)) = class.entry("region").map(|entry| &entry.node.value) else {
        let found = class.entry("region").map_or_else(String::new, |entry| entry.node.describe());
        class.fault("region", Fault::new(found, "sections such as [[process.worker.region]]"));
        return Space::default();
    };
    if items.is_empty() {
        class.fault("region", Fault::new("an empty list", "at least one region"));
        return Space::default();
    }
    let key = class.place_of("region").key;
    let mut read: Vec<Option<RegionSpec>> = Vec::new();
    let mut components = Some(Vec::new());
    let mut places = Vec::new();
    let mut lines = Vec::new();
    let (mut first_page, mut address) = (0, 0);
    let mut shares = 0.0;
    for (index, item) in items.iter().enumerate() {
        let mut table = Reader::of_node(class.context, item, format!("{key}.{index}"));
        let known: Vec<&str> = read.iter().flatten().map(|region: &RegionSpec| region.name.as_str()).collect();
        let one = region(&mut table, inherited, objects, needs, (first_page, address), &known);
        let at = if table.has("address") { "address" } else { "pages" };
        places.push(table.place_of(at));
        match one {
            Some((region, parts)) => {
                first_page += region.pages;
                address = region.address.saturating_add(region.pages);
                shares += parts.iter().map(|part| part.share).sum::<f64>();
                if let Some(components) = &mut components {
                    components.extend(parts);
                }
                read.push(Some(region));
            }
            None => {
                components = None;
                read.push(None);
            }
        }
        lines.push(table.finish());
    }
    class.put("region", Some(Text::Sections(lines.clone())), Some(Text::Sections(lines)));
    overlaps(class, &read, &places);
    if components.is_some() && (shares - 1.0).abs() > 1e-6 {
        let fault = Fault::new(format_args!("regions whose shares sum to {}", number(shares)), "shares that sum to 1");
        class.fault("region", fault);
    }
    let regions: Option<Vec<RegionSpec>> = read.into_iter().collect();
    Space { pages: regions.as_ref().map(|_| first_page), regions, components }
}

/// Pages of a region that may each need a slot of swap space.
pub(super) fn swapped(region: &RegionSpec) -> u32 {
    match (region.kind, region.mapping) {
        (RegionKind::Kernel | RegionKind::Gap, _) | (_, Mapping::Shared(_)) => 0,
        _ => region.pages,
    }
}

/// Complains about regions that lie on one another.
fn overlaps(class: &Reader<'_>, regions: &[Option<RegionSpec>], places: &[Place]) {
    for (number, region) in regions.iter().enumerate() {
        let Some(region) = region else { continue };
        let end = |region: &RegionSpec| u64::from(region.address) + u64::from(region.pages);
        let other = regions[..number]
            .iter()
            .flatten()
            .find(|other| u64::from(region.address) < end(other) && u64::from(other.address) < end(region));
        if let Some(other) = other {
            let fault = Fault::new(
                format_args!("pages {} to {}, which overlap", region.address, end(region) - 1),
                format_args!(
                    "addresses beside region {}, which has pages {} to {}",
                    quoted(&other.name),
                    other.address,
                    end(other) - 1
                ),
            );
            class.context.report(&places[number], fault);
        }
    }
}

/// Reads one region, with its reference behaviour. `next` is where it begins if it does not say.
fn region(
    table: &mut Reader<'_>,
    inherited: &Inherited<'_>,
    objects: &mut Objects,
    needs: &mut Needs,
    (first_page, next): (u32, u32),
    known: &[&str],
) -> Option<(RegionSpec, Vec<ComponentSpec>)> {
    let Some(kind) = table.choice("kind", KINDS, None) else {
        table.mute();
        return None;
    };
    let kind_name = KINDS.iter().find(|(_, k)| *k == kind).map_or("", |(name, _)| *name);
    let name = name(table, kind_name, known);
    let pages = size(table, "pages", inherited.page_size, None);
    let address = table.count("address", (0, inherited.space.saturating_sub(1)), Some(next.min(inherited.space)));
    if let (Some(pages), Some(address)) = (pages, address)
        && u64::from(address) + u64::from(pages) > u64::from(inherited.space)
    {
        let fault = Fault::new(
            format_args!("{pages} pages from page {address}"),
            format_args!("a region within the address space of {} pages", inherited.space),
        );
        table.fault("pages", fault);
        return None;
    }
    let (executes, protection, mapping, backing) = how(table, kind, inherited.forked);
    let share = table.real("share", "a number from 0 to 1, the share of all references", Some(0.0), |share| {
        (0.0..=1.0).contains(&share)
    });
    let (name, pages, address, protection) = (name?, pages?, address?, protection?);
    let write_fraction = match share {
        Some(share) if share > 0.0 => {
            let usual = if protection.write { inherited.write_fraction.unwrap_or(0.0) } else { 0.0 };
            table.fraction("write_fraction", Some(usual))
        }
        _ => {
            for key in ["write_fraction", "references"] {
                table.pointless(key, "share", "the region has no share of the references, so nothing would read this");
            }
            Some(0.0)
        }
    };
    let parts = match share {
        Some(share) if share > 0.0 => {
            let (components, own) = references::components(table, Some(pages), write_fraction);
            needs.walk = needs.walk.take().or(own.walk);
            needs.ends |= own.ends;
            if let Some(place) = own.leap {
                let fault = Fault::new("a lifetime function in a region", "a source that references single pages");
                table.context.report(&place, fault);
            }
            let shift = |part: ComponentSpec| ComponentSpec {
                share: part.share * share,
                first_page: part.first_page + first_page,
                ..part
            };
            components.map(|parts| parts.into_iter().map(shift).collect::<Vec<_>>())
        }
        _ => Some(Vec::new()),
    };
    let (executes, mapping, backing) = (executes?, mapping?, backing?);
    let mapping = object(table, inherited, objects, (&name, pages), mapping, backing)?;
    let spec = RegionSpec { name, kind, first_page, pages, address, protection, executes, mapping, backing };
    let parts = parts?;
    if !inherited.violations {
        violates(table, &spec, &parts)?;
    }
    Some((spec, parts))
}

fn name(table: &mut Reader<'_>, kind: &str, known: &[&str]) -> Option<String> {
    let allowed = "1 to 64 letters, digits, `-` and `_`, another name for each region";
    let fits = |name: &str| {
        (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    let usual = (0..).map(|n| if n == 0 { kind.to_owned() } else { format!("{kind}-{n}") });
    let usual = usual.into_iter().find(|name| !known.contains(&name.as_str()));
    let read = |node: &Node| match &node.value {
        Value::Text(name) if fits(name) && !known.contains(&name.as_str()) => Ok(name.clone()),
        _ => Err(Fault::new(node.describe(), allowed)),
    };
    table.get("name", usual, allowed, read, |name| quoted(name))
}

fn size(table: &mut Reader<'_>, key: &str, page_size: Option<u64>, default: Option<u32>) -> Option<u32> {
    let page_size = page_size?;
    let read = |node: &Node| quantity::memory(node, page_size, (1, MOST_PAGES), true);
    let pages = table.get(key, default.map(u64::from), "a size such as 64 or \"256 KiB\"", read, u64::to_string)?;
    u32::try_from(pages).ok()
}

/// Protection, mapping and backing: what is usual for the kind, unless it is said.
#[allow(clippy::type_complexity)]
fn how(
    table: &mut Reader<'_>,
    kind: RegionKind,
    forked: bool,
) -> (Option<bool>, Option<Protection>, Option<Kept>, Option<Backing>) {
    if matches!(kind, RegionKind::Kernel | RegionKind::Gap) {
        let problem = match kind {
            RegionKind::Kernel => "the kernel's range is never paged and never open to user mode",
            _ => "a gap belongs to no region: nothing is mapped there",
        };
        for key in ["protection", "mapping", "backing", "object", "offset", "object_pages", "execute"] {
            table.pointless(key, "kind", problem);
        }
        let nothing = Protection { read: false, write: false, execute: false };
        return (Some(false), Some(nothing), Some(Kept::Private), Some(Backing::ZeroFill));
    }
    let (protection, mapping, backing) = match kind {
        RegionKind::Text => ("r-x", "shared", "file"),
        RegionKind::Data => ("rw-", "copy-on-write", "file"),
        RegionKind::File => ("r--", "shared", "file"),
        RegionKind::Shared => ("rw-", "shared", "zero-fill"),
        _ => ("rw-", "private", "zero-fill"),
    };
    let executes = table.flag("execute", kind == RegionKind::Text);
    let allowed = "three letters for read, write and execute, with `-` for what is not allowed, such as \"r-x\"";
    let read = |node: &Node| match &node.value {
        Value::Text(text) => parse(text).ok_or_else(|| Fault::new(node.describe(), allowed)),
        _ => Err(Fault::new(node.describe(), allowed)),
    };
    let protection = table.get("protection", parse(protection), allowed, read, |protection| quoted(&show(*protection)));
    let backing = table.choice("backing", BACKINGS, Some(backing));
    // What a parent has made is its children's too, until they write to it.
    let inherits = forked && mapping == "private";
    let mapping = table.choice("mapping", MAPPINGS, Some(if inherits { "copy-on-write" } else { mapping }));
    (executes, protection, mapping, backing)
}

fn parse(text: &str) -> Option<Protection> {
    let bytes = text.as_bytes();
    let bit = |at: usize, letter: u8| match bytes.get(at) {
        Some(byte) if *byte == letter => Some(true),
        Some(b'-') => Some(false),
        _ => None,
    };
    if bytes.len() != 3 {
        return None;
    }
    Some(Protection { read: bit(0, b'r')?, write: bit(1, b'w')?, execute: bit(2, b'x')? })
}

fn show(Protection { read, write, execute }: Protection) -> String {
    [(read, 'r'), (write, 'w'), (execute, 'x')].iter().map(|(may, letter)| if *may { *letter } else { '-' }).collect()
}

/// The object that a region shows, if it is not private.
fn object(
    table: &mut Reader<'_>,
    inherited: &Inherited<'_>,
    objects: &mut Objects,
    (name, pages): (&str, u32),
    mapping: Kept,
    backing: Backing,
) -> Option<Mapping> {
    if mapping == Kept::Private {
        for key in ["object", "offset", "object_pages"] {
            table.pointless(key, "mapping", "a private region shows no object; allowed: with another mapping");
        }
        return Some(Mapping::Private);
    }
    let image = mapping == Kept::CopyOnWrite && backing != Backing::File;
    if image && !inherited.forked {
        let fault = Fault::new(
            "a copy-on-write mapping of memory that has no file",
            "with backing = \"file\", or in a class with forked = true",
        );
        let key = if table.has("mapping") { "mapping" } else { "backing" };
        table.fault(key, fault);
        return None;
    }
    let usual = format!("{}/{name}", inherited.class);
    let allowed = "the name of a file or segment, the same for all who map it: 1 to 100 letters, digits and `-_./`";
    let fits = |name: &str| {
        (1..=100).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
    };
    let read = |node: &Node| match &node.value {
        Value::Text(name) if fits(name) => Ok(name.clone()),
        _ => Err(Fault::new(node.describe(), allowed)),
    };
    let object = table.get("object", Some(usual), allowed, read, |name| quoted(name));
    let most = u32::try_from(MOST_PAGES).unwrap_or(u32::MAX);
    let offset = table.count("offset", (0, most), Some(0));
    let (object, offset) = (object?, offset?);
    let end = offset.saturating_add(pages);
    let whole = size(table, "object_pages", inherited.page_size, Some(end))?;
    if end > whole {
        let fault = Fault::new(
            format_args!("{pages} pages from its page {offset}"),
            format_args!("a part of the object of {whole} pages"),
        );
        table.fault("object_pages", fault);
        return None;
    }
    let key = if table.has("object_pages") { "object_pages" } else { "pages" };
    let place = table.place_of(key);
    let spec = ObjectSpec { name: object, pages: whole, backing, image };
    let view = View { object: objects.find(spec, place, table)?, offset };
    Some(match mapping {
        Kept::CopyOnWrite => Mapping::CopyOnWrite(view),
        _ => Mapping::Shared(view),
    })
}

/// Refuses a reference behaviour that the protection never allows, unless that is wanted.
fn violates(table: &Reader<'_>, region: &RegionSpec, parts: &[ComponentSpec]) -> Option<()> {
    let referenced = !parts.is_empty();
    let writes = parts.iter().any(|part| part.write_fraction > 0.0);
    let reads = parts.iter().any(|part| part.write_fraction < 1.0);
    let allowed = region.protection;
    let (key, found) = match region.kind {
        RegionKind::Gap if referenced => ("share", "references to addresses that belong to no region".to_owned()),
        RegionKind::Kernel if referenced => ("share", "references from user mode to the kernel".to_owned()),
        _ if writes && !allowed.write => {
            ("write_fraction", format!("writes to pages that are {}", quoted(&show(allowed))))
        }
        _ if reads && region.executes && !allowed.execute => {
            ("protection", format!("instruction fetches from pages that are {}", quoted(&show(allowed))))
        }
        _ if reads && !region.executes && !allowed.read => {
            ("protection", format!("reads of pages that are {}", quoted(&show(allowed))))
        }
        _ => return Some(()),
    };
    let fault = Fault::new(found, "references that the region's protection allows");
    table.fault(key, fault.help("if these protection faults are wanted, give the class violations = \"expected\""));
    None
}
