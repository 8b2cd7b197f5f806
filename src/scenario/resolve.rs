//! One document to one machine: reads every section, then checks how they fit together.

use super::Control;
use super::device;
use super::effective::{Line, Text};
use super::load_control;
use super::process::{self, Class, MOST_PROCESSES};
use super::quantity::{self, Fault, MOST_PAGES};
use super::reader::{Context, Place, Reader};
use super::reclaim;
use super::region::Objects;
use super::sections::{self, MachinePart};
use super::tree::{Node, Table, Value, quoted};
use super::virtual_memory;
use crate::device::Site;
use crate::machine::{Config, Engine, OnFull, PageDaemon, Reclaim, Scope, VirtualMemory};
use crate::policy::{Observes, PolicyEntry};
use crate::workload::{Backing, RegionKind};

/// What a document says, as far as it could be understood.
pub(super) struct Resolved {
    pub(super) name: Option<String>,
    pub(super) title: Option<String>,
    pub(super) config: Option<Config>,
    pub(super) control: Option<Control>,
    pub(super) lines: Vec<Line>,
}

/// The keys of a document, in the order in which people think: what a dotted path can begin with, other than a class.
pub(super) const ORDER: &[&str] = &[
    "name",
    "title",
    "machine",
    "replacement",
    "reclaim",
    "device",
    "swap",
    "virtual_memory",
    "process",
    "load_control",
    "run",
    "sweep",
];

/// Reads a document without its sweep. Complaints go to the context.
pub(super) fn resolve(context: &Context<'_>, document: &Node, default_name: &str) -> Resolved {
    let nothing = Table::new();
    let table = match &document.value {
        Value::Table(table) => table,
        _ => &nothing,
    };
    let mut root = Reader::new(context, table, Place { origin: document.origin.clone(), key: String::new() });
    for section in ORDER {
        root.has(section);
    }
    let name = name(&mut root, default_name);
    let title = root.get("title", Some(String::new()), "", title, |title| quoted(title));
    root.plan_only("name");
    root.plan_only("title");

    let machine = sections::machine(&mut root);
    let mut objects = Objects::default();
    let classes = process::classes(&mut root, machine.page_size, &mut objects);
    let virtual_memory = virtual_memory::read(&mut root);
    let wired = virtual_memory.and_then(|virtual_memory| wired(context, &virtual_memory, &classes));
    let pageable = machine.frames.map(|frames| u64::from(frames).saturating_sub(wired.unwrap_or(0)) as u32);
    let mut replacement = root.table("replacement");
    let policy = sections::policy(&mut replacement);
    let policy_place = replacement.place_of("policy");
    let parameters = sections::parameters(&mut replacement, policy);
    let scope = scope(&mut replacement, pageable, &classes);
    let lines = replacement.finish();
    root.put("replacement", Some(Text::Section(lines.clone())), Some(Text::Section(lines)));

    let spare = pageable.and_then(|frames| u64::from(frames).checked_sub(processes(&classes)?));
    let daemon = reclaim::reclaim(&mut root, machine.page_size, machine.frames, spare);
    let swap = swap(&mut root, machine.page_size, &classes, &objects, policy, daemon.as_ref());
    let mut devices = root.table("device");
    let site = |pages: u64| {
        Some(Site { page_size: machine.page_size?, frames: machine.frames.map_or(MOST_PAGES, u64::from), pages })
    };
    // Program files lie behind swap space, if a program begins on the device.
    let from_file = |class: &Class| {
        let program = class.config.as_ref().map(|class| &class.program);
        program.is_some_and(|program| match program.regions.is_empty() {
            true => program.backing != Backing::ZeroFill,
            false => program.regions.iter().any(|region| region.backing != Backing::ZeroFill),
        })
    };
    let all_pages = pages(&classes).map(|pages| pages + objects.pages().1);
    let programs = if classes.iter().any(from_file) { all_pages } else { Some(0) };
    // Where the sizes were not understood the device is still looked at, as far as it goes.
    let needed = u64::from(swap.pages.unwrap_or(0)) + programs.unwrap_or(0);
    let paging = device::device(&mut devices, "paging", site(needed));
    let asks = classes.iter().find_map(|class| class.file_io.clone());
    let file = match (devices.has("file"), &asks) {
        (true, asks) if asks.is_some() || maps_files(&classes) => {
            device::device(&mut devices, "file", site(all_pages.unwrap_or(0))).map(Some)
        }
        (true, _) => {
            let problem = "no process does file I/O, so nothing would read this";
            let help = "give a class burst = { length = \"10 ms\", file_io = true }, or take the device away";
            devices.fault_at_key("file", Fault { problem: problem.to_owned(), help: Some(help.to_owned()) });
            None
        }
        (false, Some(place)) => {
            let fault = Fault::new("file_io = true, but no device for it", "together with a section [device.file]");
            context.report(place, fault.help("add [device.file] with a service time"));
            None
        }
        (false, None) => Some(None),
    };
    let lines = devices.finish();
    root.put("device", Some(Text::Section(lines.clone())), Some(Text::Section(lines)));
    let load_control = load_control::load_control(&mut root);
    let controller_place = root.place_within("load_control.controller");
    let run = sections::run(&mut root, &classes);

    sizes(context, &machine, &classes, wired.unwrap_or(0), objects.pages().1);
    let spec = load_control.as_ref().and_then(Option::as_ref);
    let local = matches!(scope, Some(Scope::Local(_)));
    load_control::fit(context, spec, &controller_place, policy, machine.frames, local, &classes);
    engine(context, &machine, policy, &classes);
    let mut lines = root.finish();
    // Sections are read in the order in which they need each other, and shown in another order.
    lines.sort_by_key(|line| ORDER.iter().position(|key| *key == line.key));
    let config = || {
        Some(Config {
            page_size: machine.page_size?,
            frames: machine.frames?,
            cpus: machine.cpus?,
            quantum: machine.quantum?,
            context_switch: machine.context_switch?,
            fault_time: machine.fault_time?,
            engine: machine.engine?,
            policy: policy?,
            parameters: parameters?,
            scope: scope?,
            paging: paging?,
            file: file?,
            swap_pages: swap.pages?,
            reclaim: Reclaim { daemon: daemon?, readahead: swap.readahead? },
            load_control: load_control?,
            objects: objects.specs,
            virtual_memory: VirtualMemory { on_full: swap.on_full?, ..virtual_memory? },
            classes: classes.into_iter().map(|class| class.config).collect::<Option<_>>()?,
            duration: run.duration?,
            warmup: run.warmup?,
            observations: run.observations?,
            livelock_after: run.livelock_after?,
            locality: run.locality?,
        })
    };
    let config = config();
    if let Some(Err(problem)) = config.as_ref().map(Config::foresights) {
        context.report(&policy_place, Fault { problem, help: None });
    }
    Resolved { name, title, config, control: run.control, lines }
}

fn name(root: &mut Reader<'_>, default: &str) -> Option<String> {
    let allowed = "1 to 100 letters, digits, `-`, `_` and `.`, not first a `.`: results go to a folder of this name";
    let fits = |name: &str| {
        (1..=100).contains(&name.len())
            && !name.starts_with('.')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    let read = |node: &Node| match &node.value {
        Value::Text(name) if fits(name) => Ok(name.clone()),
        _ => Err(Fault::new(node.describe(), allowed)),
    };
    root.get("name", Some(default.to_owned()), allowed, read, |name| quoted(name))
}

fn title(node: &Node) -> Result<String, Fault> {
    match &node.value {
        Value::Text(title) if title.len() <= 300 && !title.chars().any(char::is_control) => Ok(title.clone()),
        _ => Err(Fault::new(node.describe(), "one line of up to 300 bytes")),
    }
}

fn processes(classes: &[Class]) -> Option<u64> {
    classes.iter().map(|class| class.count.map(u64::from)).sum()
}

fn pages(classes: &[Class]) -> Option<u64> {
    classes.iter().map(|class| Some(u64::from(class.count?) * u64::from(class.pages?))).sum()
}

/// Whether some region shows a file.
fn maps_files(classes: &[Class]) -> bool {
    let programs = classes.iter().filter_map(|class| Some(&class.config.as_ref()?.program));
    programs.flat_map(|program| &program.regions).any(|region| region.backing == Backing::File)
}

/// Frames that never leave: the kernel's, whose range is the same in all address spaces, and those of page tables.
fn wired(context: &Context<'_>, virtual_memory: &VirtualMemory, classes: &[Class]) -> Option<u64> {
    let mut kernel: Option<(u32, &Class)> = None;
    let mut tables = 0;
    for class in classes {
        let config = class.config.as_ref()?;
        let regions = config.program.regions.iter().filter(|region| region.kind == RegionKind::Kernel);
        for pages in regions.map(|region| region.pages) {
            if let Some((known, other)) = kernel.filter(|(known, _)| *known != pages) {
                let fault = Fault::new(
                    format_args!("a kernel range of {pages} pages"),
                    format_args!(
                        "{known} pages, as in class {}: it is the same in all address spaces",
                        quoted(&other.name)
                    ),
                );
                context.report(&class.pages_place, fault);
            }
            kernel.get_or_insert((pages, class));
        }
        if let Some(shape) = virtual_memory.page_tables {
            tables += u64::from(config.count) * u64::from(shape.pages(&config.program));
        }
    }
    Some(tables + kernel.map_or(0, |(pages, _)| u64::from(pages)))
}

/// How the sizes of memory, processes and address spaces fit together.
fn sizes(context: &Context<'_>, machine: &MachinePart, classes: &[Class], wired: u64, objects: u64) {
    let Some(processes) = processes(classes) else { return };
    let most = |classes: &[Class]| {
        let largest = classes.iter().max_by_key(|class| class.count);
        largest.map(|class| class.count_place.clone())
    };
    if processes > u64::from(MOST_PROCESSES)
        && let Some(place) = most(classes)
    {
        let fault = Fault::new(
            format_args!("{processes} processes in all classes"),
            format_args!("up to {MOST_PROCESSES} together"),
        );
        context.report(&place, fault);
    }
    if let Some(frames) = machine.frames
        && wired > 0
        && u64::from(frames) < processes + wired
    {
        let fault = Fault::new(
            format_args!("{frames} frames for {processes} processes"),
            format_args!(
                "at least {}: {wired} for the kernel and page tables, and the page that each process references",
                processes + wired
            ),
        );
        context.report(&machine.frames_place, fault.help("enlarge memory, or run fewer processes"));
    } else if let Some(frames) = machine.frames
        && u64::from(frames) < processes
    {
        let fault = Fault::new(
            format_args!("{frames} frames for {processes} processes"),
            format_args!("at least {processes} frames: each process that runs needs the page it references"),
        );
        context.report(&machine.frames_place, fault.help("enlarge memory, or run fewer processes"));
    }
    if let Some(pages) = pages(classes).map(|pages| pages + objects)
        && pages >= u64::from(u32::MAX)
    {
        let largest = classes
            .iter()
            .max_by_key(|class| u64::from(class.count.unwrap_or(0)) * u64::from(class.pages.unwrap_or(0)));
        if let Some(class) = largest {
            let fault = Fault::new(
                format_args!("address spaces of {pages} pages in all processes"),
                format_args!("less than {} together", u32::MAX),
            );
            context.report(&class.pages_place, fault);
        }
    }
}

/// Which engines source and policy leave, and which was asked for.
fn engine(context: &Context<'_>, machine: &MachinePart, policy: Option<&PolicyEntry>, classes: &[Class]) {
    let blocks = policy.filter(|policy| !policy.observes.allows_leap());
    if machine.engine == Some(Engine::Leap) {
        let allowed = "engine = \"auto\" or \"walk\"";
        if let Some(policy) = blocks {
            let found = format!("\"leap\", but policy {} observes {}", quoted(policy.name), policy.observes);
            context.report(&machine.engine_place, Fault::new(found, allowed));
        }
        for class in classes {
            if let Some((place, what)) = &class.needs.walk {
                let found = format!("\"leap\", but {what} ({}) can only walk", place.key);
                context.report(&machine.engine_place, Fault::new(found, allowed));
            }
        }
    }
    for class in classes {
        let Some(place) = &class.needs.leap else { continue };
        if machine.engine == Some(Engine::Walk) {
            let found = format!("\"walk\", but a lifetime function ({}) has no single references to walk", place.key);
            context.report(&machine.engine_place, Fault::new(found, "engine = \"auto\" or \"leap\""));
        } else if let Some(policy) = blocks {
            let found =
                format!("a lifetime function under policy {}, which observes {}", quoted(policy.name), policy.observes);
            context.report(place, Fault::new(found, "a policy that does not see every reference"));
        }
    }
}

/// Swap space in pages, by default enough for every page of every process.
/// What `[swap]` says.
struct Swap {
    pages: Option<u32>,
    readahead: Option<u32>,
    on_full: Option<OnFull>,
}

/// Swap space in pages, by default enough for every page of every process and object; the pages that are read at once; and what happens
/// when it is full.
fn swap(
    root: &mut Reader<'_>,
    page_size: Option<u64>,
    classes: &[Class],
    objects: &Objects,
    policy: Option<&PolicyEntry>,
    daemon: Option<&Option<PageDaemon>>,
) -> Swap {
    let mut table = root.table("swap");
    let private: Option<u64> =
        classes.iter().map(|class| Some(u64::from(class.count?) * u64::from(class.swapped?))).sum();
    let all = private.map(|private| private + objects.pages().0);
    let size = page_size.and_then(|page_size| {
        table.get(
            "size",
            Some(None),
            "",
            |node| match &node.value {
                Value::Text(text) if text.trim() == "auto" => Ok(None),
                _ => quantity::memory(node, page_size, (0, u64::from(u32::MAX - 1)), false).map(Some).map_err(
                    |mut fault| {
                        fault.problem.push_str(", or \"auto\"");
                        fault
                    },
                ),
            },
            |size| size.map_or_else(|| quoted("auto"), |pages| quoted(&format!("{pages} pages"))),
        )
    });
    table.has("size");
    let pages = match size {
        Some(None) => all,
        Some(explicit) => explicit,
        None => None,
    };
    if let Some(pages) = pages {
        table.replace_cell("size", quoted(&format!("{pages} pages")));
    }
    let readahead = table.count("readahead", (1, reclaim::MOST_CLUSTER), Some(1));
    match readahead {
        Some(1) => table.plan_only("readahead"),
        Some(several) => {
            if let Some(policy) = policy.filter(|policy| policy.observes == Observes::Future) {
                let found = format_args!("{several} under policy {}, which counts references", quoted(policy.name));
                table.fault("readahead", Fault::new(found, "1 under this policy"));
            }
            if daemon.is_some_and(Option::is_none) {
                let fault =
                    Fault::new(several, "1, or more with watermarks: pages are read ahead into free frames only");
                table.fault("readahead", fault.help("add reclaim.watermarks = { min, low, high }"));
            }
        }
        None => {}
    }
    let words = [("error", OnFull::Error), ("stall", OnFull::Stall), ("kill-largest", OnFull::KillLargest)];
    let on_full = table.choice("on_full", &words, Some("error"));
    if on_full == Some(OnFull::Error) {
        table.plan_only("on_full");
    }
    let lines = table.finish();
    root.put("swap", Some(Text::Section(lines.clone())), Some(Text::Section(lines)));
    Swap { pages: pages.and_then(|pages| u32::try_from(pages).ok()), readahead, on_full }
}

#[derive(Clone, Copy)]
enum Partition {
    Equal,
    Proportional,
}

/// The scope of replacement, with frames for each process if it is local.
fn scope(table: &mut Reader<'_>, frames: Option<u32>, classes: &[Class]) -> Option<Scope> {
    let local = table.choice("scope", &[("global", false), ("local", true)], Some("global"));
    match local {
        Some(true) => {}
        Some(false) => {
            table.pointless("partition", "scope", "contradicts scope = \"global\"; allowed: with scope = \"local\"");
            return Some(Scope::Global);
        }
        None => {
            table.has("partition");
            return None;
        }
    }
    // Frames for each process of each class.
    let explicit = matches!(table.entry("partition").map(|entry| &entry.node.value), Some(Value::Table(_)));
    let shares = if explicit { given(table, classes) } else { computed(table, frames, classes) }?;
    let total: u64 =
        classes.iter().zip(&shares).map(|(class, share)| u64::from(class.count.unwrap_or(0)) * u64::from(*share)).sum();
    if let Some(frames) = frames
        && total > u64::from(frames)
    {
        let fault = Fault::new(
            format_args!("a partition of {total} frames"),
            format_args!("at most {frames}, the machine's memory"),
        );
        table.fault("partition", fault);
        return None;
    }
    // Beyond the limits on processes and frames, which are complained about elsewhere, there is nothing to list.
    let counts: Vec<u32> = classes.iter().map(|class| class.count).collect::<Option<_>>()?;
    if processes(classes)? > u64::from(MOST_PROCESSES) {
        return None;
    }
    let list = counts.iter().zip(&shares).flat_map(|(count, share)| (0..*count).map(move |_| *share));
    Some(Scope::Local(list.collect()))
}

fn given(table: &mut Reader<'_>, classes: &[Class]) -> Option<Vec<u32>> {
    let most = u32::try_from(MOST_PAGES).unwrap_or(u32::MAX);
    let mut shares = table.table("partition");
    let frames: Vec<Option<u32>> = classes.iter().map(|class| shares.count(&class.name, (1, most), None)).collect();
    let lines = shares.finish();
    table.put("partition", Some(Text::Inline(lines.clone())), Some(Text::Inline(lines)));
    frames.into_iter().collect()
}

fn computed(table: &mut Reader<'_>, frames: Option<u32>, classes: &[Class]) -> Option<Vec<u32>> {
    let words = [("equal", Partition::Equal), ("proportional", Partition::Proportional)];
    let partition = table.choice("partition", &words, Some("equal"))?;
    let (frames, processes, pages) = (u64::from(frames?), processes(classes)?, pages(classes)?);
    // Fewer frames than processes is complained about elsewhere.
    let spare = frames.checked_sub(processes)?;
    let share = |class: &Class| match partition {
        Partition::Equal => frames / processes.max(1),
        // One frame for each process, the rest in proportion, so that nobody goes without.
        Partition::Proportional => 1 + spare * u64::from(class.pages.unwrap_or(0)) / pages.max(1),
    };
    let shares: Vec<u32> = classes.iter().map(|class| u32::try_from(share(class)).ok()).collect::<Option<_>>()?;
    let shown: Vec<String> = classes
        .iter()
        .zip(&shares)
        .map(|(class, share)| format!("{} = {share}", super::tree::bare(&class.name)))
        .collect();
    table.replace_cell("partition", format!("{{ {} }}", shown.join(", ")));
    Some(shares)
}
