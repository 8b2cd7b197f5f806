//! `[process.<class>]`: how many processes, what each has to do, and where its next job comes from.

use super::distribution;
use super::effective::Text;
use super::load_control;
use super::quantity::{self, Fault, MOST_PAGES, Measure};
use super::reader::{Context, Place, Reader};
use super::references::{self, Needs};
use super::region::{self, Objects, Space};
use super::tree::{Entry, quoted};
use crate::machine::{Burst, ClassConfig, JobSource, Loading, MemoryBetweenJobs, Pause};
use crate::units::Span;
use crate::workload::{Backing, ProgramSpec};

/// Most processes of a machine.
pub(super) const MOST_PROCESSES: u32 = 100_000;

/// A class as far as it could be read, with what the checks across sections need.
pub(super) struct Class {
    pub(super) name: String,
    pub(super) count: Option<u32>,
    /// Pages of all regions.
    pub(super) pages: Option<u32>,
    /// Of these, how many may each need a slot of swap space.
    pub(super) swapped: Option<u32>,
    pub(super) pages_place: Place,
    pub(super) count_place: Place,
    /// Where file I/O is asked for.
    pub(super) file_io: Option<Place>,
    pub(super) needs: Needs,
    pub(super) config: Option<ClassConfig>,
}

/// Reads every class, in order.
pub(super) fn classes(root: &mut Reader<'_>, page_size: Option<u64>, objects: &mut Objects) -> Vec<Class> {
    let mut section = root.table("process");
    let names: Vec<String> = section.names().into_iter().map(str::to_owned).collect();
    if names.is_empty() {
        section.fault_at_key("", Fault::new("no process class", "at least one section such as [process.worker]"));
    }
    let mut classes = Vec::new();
    for name in names {
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if !plain || name.is_empty() || name.len() > 64 {
            let fault =
                Fault::new(format_args!("the class name {}", quoted(&name)), "up to 64 letters, digits, `-` and `_`");
            section.fault_at_key(&name, fault);
        }
        let mut reader = section.table(&name);
        classes.push(class(&mut reader, name.clone(), page_size, objects));
        let lines = reader.finish();
        section.put(&name, Some(Text::Section(lines.clone())), Some(Text::Section(lines)));
    }
    let lines = section.finish();
    root.put("process", Some(Text::Section(lines.clone())), Some(Text::Section(lines)));
    classes
}

fn class(reader: &mut Reader<'_>, name: String, page_size: Option<u64>, objects: &mut Objects) -> Class {
    let in_regions = reader.has("region");
    let count = reader.count("count", (1, MOST_PROCESSES), Some(1));
    let pages = page_size.and_then(|page_size| {
        reader.get(
            "pages",
            in_regions.then_some(MOST_PAGES),
            "the size of the address space, such as 1024 or \"4 MiB\"",
            |node| quantity::memory(node, page_size, (1, MOST_PAGES), true),
            u64::to_string,
        )
    });
    reader.has("pages");
    let pages = pages.and_then(|pages| u32::try_from(pages).ok());
    let backing = match in_regions {
        true => {
            reader.pointless("backing", "region", "each region says where its pages come from");
            Some(Backing::ZeroFill)
        }
        false => reader.choice("backing", region::BACKINGS, Some("zero-fill")),
    };
    let reference_time = reader.duration("reference_time", Span(1), Some(Span(100)));
    let job = optional(reader, "job", |reader| distribution::read(reader, "job", Measure::Time, None));
    let write_fraction = reader.fraction("write_fraction", Some(0.3));
    let forked = reader.flag("forked", false);
    if forked != Some(true) {
        reader.plan_only("forked");
    }
    let (space, needs) = if in_regions {
        reader.pointless("references", "region", "each region says how its pages are referenced");
        let expected = reader.choice("violations", &[("refused", false), ("expected", true)], Some("refused"));
        if expected != Some(true) {
            reader.plan_only("violations");
        }
        let inherited = region::Inherited {
            class: &name,
            page_size,
            space: pages.unwrap_or(u32::try_from(MOST_PAGES).unwrap_or(u32::MAX)),
            write_fraction,
            forked: forked.unwrap_or(false),
            violations: expected.unwrap_or(true),
        };
        let mut needs = Needs::default();
        (region::regions(reader, &inherited, objects, &mut needs), needs)
    } else {
        reader.pointless(
            "violations",
            "region",
            "an address space that is not made of regions may be read and written",
        );
        let (components, needs) = references::components(reader, pages, write_fraction);
        let regions = match (forked, pages, backing) {
            (Some(true), Some(pages), Some(backing)) => objects.image(&name, pages, backing),
            _ => Vec::new(),
        };
        (Space { pages, regions: Some(regions), components }, needs)
    };
    let Space { pages, regions, components } = space;
    let jobs = jobs(reader, needs.ends);
    let file_io =
        reader.entry("burst").and_then(|entry| asks_for_file(reader.context, entry, reader.place_of("burst")));
    let burst = optional(reader, "burst", burst);
    if needs.ends && reader.has("job") {
        let problem = "contradicts loop = false: the job ends with its recorded string; give one of the two";
        reader.fault_at_key("job", Fault { problem: problem.to_owned(), help: None });
    }
    let finite = needs.ends || reader.has("job");
    let memory = if finite {
        let words = [("keep", MemoryBetweenJobs::Keep), ("fresh", MemoryBetweenJobs::Fresh)];
        reader.choice("memory_between_jobs", &words, Some("keep"))
    } else {
        endless(reader, "memory_between_jobs");
        Some(MemoryBetweenJobs::Keep)
    };
    let loading = loading(reader, page_size);
    let stagger = reader.duration("stagger", Span::ZERO, Some(Span::ZERO));
    let control = load_control::class(reader, page_size, count);
    let swapped = regions.as_ref().and_then(|regions| match regions.is_empty() {
        true => pages,
        false => Some(regions.iter().map(region::swapped).sum()),
    });
    let config = || {
        Some(ClassConfig {
            name: name.clone(),
            count: count?,
            program: ProgramSpec {
                pages: pages?,
                backing: backing?,
                regions: regions?,
                reference_time: reference_time?,
                components: components?,
            },
            job: job?,
            jobs: jobs?,
            burst: burst?,
            memory: memory?,
            loading: loading?,
            stagger: stagger?,
            control: control.clone()?,
        })
    };
    let config = config();
    Class {
        count,
        pages,
        swapped,
        pages_place: reader.place_of("pages"),
        count_place: reader.place_of("count"),
        file_io,
        needs,
        config,
        name,
    }
}

/// What is brought in before the first reference in a new address space.
fn loading(reader: &mut Reader<'_>, page_size: Option<u64>) -> Option<Loading> {
    #[derive(Clone, Copy, PartialEq)]
    enum Word {
        Demand,
        Whole,
        Prepage,
    }
    let words = [("demand", Word::Demand), ("whole", Word::Whole), ("prepage", Word::Prepage)];
    let word = reader.choice("loading", &words, Some("demand"))?;
    if word == Word::Demand {
        reader.plan_only("loading");
    }
    if word == Word::Prepage {
        let pages = page_size.and_then(|page_size| {
            reader.get(
                "prepage",
                Some(16),
                "a number of pages",
                |node| quantity::memory(node, page_size, (1, MOST_PAGES), true),
                u64::to_string,
            )
        });
        reader.has("prepage");
        return pages.and_then(|pages| u32::try_from(pages).ok()).map(Loading::Prepage);
    }
    reader.pointless(
        "prepage",
        "loading",
        "only prepaging brings in a number of pages; allowed: with loading = \"prepage\"",
    );
    Some(if word == Word::Whole { Loading::Whole } else { Loading::Demand })
}

/// Reads what may be absent: `None` is a mistake, `Some(None)` is absent.
fn optional<'a, T>(
    reader: &mut Reader<'a>,
    key: &str,
    read: impl FnOnce(&mut Reader<'a>) -> Option<T>,
) -> Option<Option<T>> {
    if reader.has(key) { read(reader).map(Some) } else { Some(None) }
}

/// A key that only says something about the next job is refused where jobs never end.
fn endless(reader: &mut Reader<'_>, key: &str) {
    if reader.has(key) {
        let fault = Fault {
            problem: "jobs of this class never end, so nothing would read this".to_owned(),
            help: Some(
                "give the CPU time of a job, for instance job = { kind = \"exponential\", mean = \"1 s\" }".to_owned(),
            ),
        };
        reader.fault_at_key(key, fault);
    }
}

fn jobs(reader: &mut Reader<'_>, ends: bool) -> Option<JobSource> {
    let finite = ends || reader.has("job");
    let (arrivals, think) = (reader.has("arrivals"), reader.has("think"));
    if !finite {
        ["think", "arrivals", "queue_limit"].iter().for_each(|key| endless(reader, key));
        return Some(JobSource::Closed { think: None });
    }
    // Of two that contradict each other the later layer wins; in the same layer neither does.
    let open = arrivals && (!think || reader.layer("arrivals") >= reader.layer("think"));
    if open {
        let interarrival = distribution::read(reader, "arrivals", Measure::Time, None);
        let problem = "contradicts arrivals: jobs either arrive from outside or follow each other after a think time";
        reader.pointless("think", "arrivals", problem);
        let queue_limit = queue_limit(reader);
        return Some(JobSource::Open { interarrival: interarrival?, queue_limit: queue_limit? });
    }
    if !(arrivals && think) {
        reader.pointless("queue_limit", "arrivals", "only jobs that arrive can queue; allowed: together with arrivals");
    }
    reader.has("queue_limit");
    optional(reader, "think", |reader| distribution::read(reader, "think", Measure::Time, None))
        .map(|think| JobSource::Closed { think })
}

fn queue_limit(reader: &mut Reader<'_>) -> Option<Option<u32>> {
    use super::tree::Value;
    let allowed = "a whole number from 0 to 1000000000, or \"none\"";
    reader.get(
        "queue_limit",
        Some(None),
        allowed,
        |node| match &node.value {
            Value::Text(text) if text == "none" => Ok(None),
            Value::Whole(limit @ 0..=1_000_000_000) => {
                u32::try_from(*limit).map(Some).map_err(|_| Fault::new(node.describe(), allowed))
            }
            _ => Err(Fault::new(node.describe(), allowed)),
        },
        |limit| limit.map_or_else(|| quoted("none"), |limit| limit.to_string()),
    )
}

fn asks_for_file(_: &Context<'_>, entry: &Entry, place: Place) -> Option<Place> {
    use super::tree::Value;
    let Value::Table(entries) = &entry.node.value else { return None };
    let file_io = entries.iter().find(|entry| entry.key == "file_io")?;
    matches!(file_io.node.value, Value::Truth(true))
        .then(|| Place { origin: file_io.node.origin.clone(), key: format!("{}.file_io", place.key) })
}

fn burst(reader: &mut Reader<'_>) -> Option<Burst> {
    let mut table = reader.table("burst");
    let length = distribution::read(&mut table, "length", Measure::Time, None);
    let pause = pause(&mut table);
    let lines = table.finish();
    reader.put("burst", Some(Text::Inline(lines.clone())), Some(Text::Inline(lines)));
    Some(Burst { length: length?, pause: pause? })
}

fn pause(table: &mut Reader<'_>) -> Option<Pause> {
    use super::tree::Value;
    let think = table.has("think");
    let file_io = match table.entry("file_io").map(|entry| &entry.node) {
        None => false,
        Some(node) => match node.value {
            Value::Truth(truth) => truth,
            _ => {
                table.fault("file_io", Fault::new(node.describe(), "true or false"));
                return None;
            }
        },
    };
    if think && file_io {
        table.pointless("think", "file_io", "contradicts file_io: a burst ends in a pause or in a request; give one");
    }
    if file_io {
        table.put_value("file_io", "true".to_owned());
        return table.fraction("write_fraction", Some(0.0)).map(|write_fraction| Pause::FileIo { write_fraction });
    }
    table.pointless("write_fraction", "file_io", "only a file request can be a write; allowed: with file_io = true");
    if !think {
        table.missing("think", "how long the process waits after a burst, such as \"20 ms\", or file_io = true");
        return None;
    }
    distribution::read(table, "think", Measure::Time, None).map(Pause::Think)
}
