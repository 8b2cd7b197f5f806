//! `[process.<class>.references]`: where a program's next page reference comes from.

use super::distribution::{file_name, verify_digest};
use super::effective::Text;
use super::phases;
use super::quantity::{self, Fault, MOST_PAGES};
use super::reader::{Place, Reader, real};
use super::tree::{Node, Value, number, quoted};
use super::weights;
use crate::units::Span;
use crate::workload::{ComponentSpec, LifetimeFunction, RecordedSpec, SourceSpec};

/// What a program's sources need of the engine and the job.
#[derive(Clone, Debug, Default)]
pub(super) struct Needs {
    /// A source that can only walk, and its name.
    pub(super) walk: Option<(Place, &'static str)>,
    /// A source that can only leap.
    pub(super) leap: Option<Place>,
    /// The program ends with its recorded string.
    pub(super) ends: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Independent,
    Phases,
    Scan,
    Sawtooth,
    LruStack,
    Recorded,
    Lifetime,
}

const KINDS: &[(&str, Kind)] = &[
    ("independent", Kind::Independent),
    ("phases", Kind::Phases),
    ("scan", Kind::Scan),
    ("sawtooth", Kind::Sawtooth),
    ("lru-stack", Kind::LruStack),
    ("recorded", Kind::Recorded),
    ("lifetime", Kind::Lifetime),
];

/// What a source inherits from its class.
struct Inherited {
    pages: Option<u32>,
    write_fraction: Option<f64>,
    alone: bool,
}

/// Reads one source, or several with their shares.
pub(super) fn components(
    class: &mut Reader<'_>,
    pages: Option<u32>,
    write_fraction: Option<f64>,
) -> (Option<Vec<ComponentSpec>>, Needs) {
    let mut needs = Needs::default();
    let entry = class.entry("references");
    let items = match entry.map(|entry| &entry.node.value) {
        Some(Value::List(items)) => items,
        _ => {
            let mut table = class.table("references");
            let inherited = Inherited { pages, write_fraction, alone: true };
            let component = component(&mut table, &inherited, None, &mut needs);
            let lines = table.finish();
            class.put("references", Some(Text::Section(lines.clone())), Some(Text::Section(lines)));
            return (component.map(|component| vec![component]), needs);
        }
    };
    if items.is_empty() {
        class.fault("references", Fault::new("an empty list", "at least one source"));
        return (None, needs);
    }
    let key = class.place_of("references").key;
    let inherited = Inherited { pages, write_fraction, alone: items.len() == 1 };
    let mut components = Vec::new();
    let mut lines = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let mut table = Reader::of_node(class.context, item, format!("{key}.{index}"));
        let share = match inherited.alone {
            true => share(&mut table, Some(1.0)),
            false => share(&mut table, None),
        };
        components.push(component(&mut table, &inherited, share, &mut needs));
        if inherited.alone {
            table.plan_only("share");
        }
        lines.push(table.finish());
    }
    let cell = match lines.as_slice() {
        [only] => Text::Section(only.clone()),
        _ => Text::Sections(lines.clone()),
    };
    class.put("references", Some(Text::Sections(lines)), Some(cell));
    let components: Option<Vec<ComponentSpec>> = components.into_iter().collect();
    if let Some(components) = &components {
        let sum: f64 = components.iter().map(|component| component.share).sum();
        if (sum - 1.0).abs() > 1e-6 {
            let fault = Fault::new(format_args!("shares that sum to {}", number(sum)), "shares that sum to 1");
            class.fault("references", fault);
        }
    }
    (components, needs)
}

fn share(table: &mut Reader<'_>, default: Option<f64>) -> Option<f64> {
    table.real("share", "a number above 0, up to 1", default, |share| share > 0.0 && share <= 1.0)
}

fn component(
    table: &mut Reader<'_>,
    inherited: &Inherited,
    share: Option<f64>,
    needs: &mut Needs,
) -> Option<ComponentSpec> {
    let share = if inherited.alone { Some(1.0) } else { share };
    let Some(kind) = table.choice("kind", KINDS, None) else {
        table.mute();
        return None;
    };
    let (first_page, pages, write_fraction) = match kind {
        Kind::Lifetime => {
            for key in ["first_page", "pages"] {
                table.pointless(key, "kind", "a lifetime function speaks of the whole address space");
            }
            (Some(0), inherited.pages, write_fraction(table, inherited))
        }
        Kind::Recorded => {
            table.pointless("write_fraction", "kind", "the recording says which references are writes");
            let (first_page, pages) = range(table, inherited);
            (first_page, pages, Some(0.0))
        }
        _ => {
            let (first_page, pages) = range(table, inherited);
            (first_page, pages, write_fraction(table, inherited))
        }
    };
    let source = match kind {
        Kind::Independent => weights::of_range(table, "weights", pages, false).map(SourceSpec::Independent),
        Kind::LruStack => {
            needs.walk.get_or_insert((table.place_of("kind"), "the LRU-stack model"));
            weights::of_range(table, "weights", pages, true).map(SourceSpec::LruStack)
        }
        Kind::Scan => {
            table.count("stride", (1, pages.unwrap_or(u32::MAX)), Some(1)).map(|stride| SourceSpec::Scan { stride })
        }
        Kind::Sawtooth => Some(SourceSpec::Sawtooth),
        Kind::Phases => phases::read(table, pages, needs).map(SourceSpec::Phases),
        Kind::Recorded => {
            needs.walk.get_or_insert((table.place_of("kind"), "a recorded string"));
            recorded(table, pages, inherited, needs).map(SourceSpec::Recorded)
        }
        Kind::Lifetime => {
            needs.leap.get_or_insert(table.place_of("kind"));
            if !inherited.alone {
                let fault = Fault::new("a lifetime function in a mixture", "a lifetime function alone");
                table.fault("kind", fault);
            }
            lifetime(table).map(SourceSpec::Lifetime)
        }
    };
    Some(ComponentSpec {
        share: share?,
        write_fraction: write_fraction?,
        first_page: first_page?,
        pages: pages?,
        source: source?,
    })
}

fn write_fraction(table: &mut Reader<'_>, inherited: &Inherited) -> Option<f64> {
    // Where the class's own is wrong that has been said, and any number will do.
    table.fraction("write_fraction", Some(inherited.write_fraction.unwrap_or(0.0)))
}

/// The range of pages, which must lie in the address space.
fn range(table: &mut Reader<'_>, inherited: &Inherited) -> (Option<u32>, Option<u32>) {
    let space = inherited.pages.unwrap_or(u32::try_from(MOST_PAGES).unwrap_or(u32::MAX));
    let first_page = table.count("first_page", (0, space.saturating_sub(1)), Some(0));
    let (Some(first_page), Some(_)) = (first_page, inherited.pages) else {
        table.count("pages", (1, space), Some(1));
        return (first_page, None);
    };
    let pages = table.count("pages", (1, space), Some(space - first_page));
    if let Some(pages) = pages
        && pages > space - first_page
    {
        let fault = Fault::new(
            format_args!("{pages} pages from page {first_page}"),
            format_args!("a range within the address space of {space} pages"),
        );
        table.fault("pages", fault);
        return (Some(first_page), None);
    }
    (Some(first_page), pages)
}

fn recorded(
    table: &mut Reader<'_>,
    pages: Option<u32>,
    inherited: &Inherited,
    needs: &mut Needs,
) -> Option<RecordedSpec> {
    let name = file_name(table, "file");
    let looped = table.get(
        "loop",
        Some(true),
        "true or false",
        |node| match node.value {
            Value::Truth(truth) => Ok(truth),
            _ => Err(Fault::new(node.describe(), "true or false")),
        },
        bool::to_string,
    );
    if looped == Some(false) {
        needs.ends = inherited.alone;
        if !inherited.alone {
            table.fault("loop", Fault::new("false in a mixture", "true, or a recording alone"));
        }
    }
    let (references, digest) = match table.context.files.recording(&name?) {
        Ok(loaded) => loaded,
        Err(problem) => {
            table.has("offset");
            table.has("blake3");
            table.fault("file", Fault { problem, help: None });
            return None;
        }
    };
    verify_digest(table, &digest);
    let offset = table.whole("offset", (0, (references.len() as u64).saturating_sub(1)), Some(0));
    let largest = references.iter().map(|reference| reference.page).max().unwrap_or(0);
    if let Some(pages) = pages
        && largest >= pages
    {
        let fault = Fault::new(
            format_args!("a recording that references page {largest}"),
            format_args!("pages 0 to {}, the range of this source", pages - 1),
        );
        table.fault("file", fault.help(format!("the range needs at least {} pages", u64::from(largest) + 1)));
    }
    Some(RecordedSpec { references, offset: offset?, looped: looped? })
}

fn lifetime(table: &mut Reader<'_>) -> Option<LifetimeFunction> {
    #[derive(Clone, Copy)]
    enum Function {
        ChamberlinFullerLiu,
        Power,
        Table,
    }
    let functions = [
        ("chamberlin-fuller-liu", Function::ChamberlinFullerLiu),
        ("power", Function::Power),
        ("table", Function::Table),
    ];
    let Some(function) = table.choice("function", &functions, None) else {
        table.mute();
        return None;
    };
    match function {
        Function::ChamberlinFullerLiu => {
            let b = table.duration("b", Span(1), None);
            let c = table.real("c", "a number of frames above 0, such as 40", None, |c| c > 0.0 && c <= 1e9);
            Some(LifetimeFunction::ChamberlinFullerLiu { b: b?, c: c? })
        }
        Function::Power => {
            let a = table.duration("a", Span(1), None);
            let k = table.real("k", "a number from 0 to 10, such as 2", None, |k| (0.0..=10.0).contains(&k));
            Some(LifetimeFunction::Power { a: a?, k: k? })
        }
        Function::Table => points(table).map(LifetimeFunction::Table),
    }
}

fn points(table: &mut Reader<'_>) -> Option<Vec<(f64, Span)>> {
    let allowed = "a list of [frames, lifetime] in ascending order, such as [[10, \"1 ms\"], [40, \"8 ms\"]]";
    let point = |node: &Node| match &node.value {
        Value::List(pair) => match pair.as_slice() {
            [frames, lifetime] => Ok((
                real(frames, "a number of frames from 0", |frames| (0.0..=1e9).contains(&frames))?,
                quantity::duration(lifetime, 1)?,
            )),
            _ => Err(Fault::new(format_args!("a list of {}", pair.len()), "[frames, lifetime]")),
        },
        _ => Err(Fault::new(node.describe(), "[frames, lifetime]")),
    };
    let read = |node: &Node| {
        let Value::List(items) = &node.value else { return Err(Fault::new(node.describe(), allowed)) };
        let points: Vec<(f64, u64)> = items.iter().map(point).collect::<Result<_, _>>()?;
        if points.is_empty() || points.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
            return Err(Fault::new("points that do not ascend", allowed));
        }
        Ok(points)
    };
    let show = |points: &Vec<(f64, u64)>| {
        let shown: Vec<String> = points
            .iter()
            .map(|(frames, lifetime)| format!("[{}, {}]", number(*frames), quoted(&quantity::show_duration(*lifetime))))
            .collect();
        format!("[{}]", shown.join(", "))
    };
    let points = table.get("points", None, allowed, read, show)?;
    Some(points.into_iter().map(|(frames, lifetime)| (frames, Span(lifetime))).collect())
}
