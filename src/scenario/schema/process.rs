//! `[process.<class>]` and its sources of references.

use super::super::process::MOST_PROCESSES;
use super::super::quantity::MOST_PAGES;
use super::super::region;
use super::build::{Key, Table, any, flag, fraction, key, list, number, or_word, pair, reference, whole, words};
use super::quantities::{digest, file, weights, write_fraction};
use serde_json::{Map, Value, json};

const MOST: i64 = MOST_PAGES as i64;

pub(super) fn define(definitions: &mut Map<String, Value>) {
    definitions.insert("class".to_owned(), class());
    definitions.insert("region".to_owned(), region());
    definitions.insert("source".to_owned(), source(None));
    let share =
        key("share", json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1 }), "share of the references");
    definitions.insert("source-of-several".to_owned(), source(Some(share)));
}

pub(super) fn classes() -> Value {
    json!({
        "type": "object",
        "propertyNames": { "pattern": "^[A-Za-z0-9_-]{1,64}$" },
        "additionalProperties": reference("class"),
    })
}

fn class() -> Value {
    let time = || reference("distribution-of-time");
    let prepage = key("prepage", reference("pages"), "with prepaging: pages that are brought in").default(16);
    let step = Table::of([
        key("at", reference("time"), "from this time on"),
        key("count", whole(0, i64::from(MOST_PROCESSES)), "so many"),
    ]);
    Table::of([
        key("count", whole(1, i64::from(MOST_PROCESSES)), "processes of the class").default(1),
        key("pages", reference("pages"), "address space of each; required"),
        key("backing", words(backings()), "where a page comes from that is touched first").default("zero-fill"),
        key("reference_time", reference("positive-time"), "CPU time for each page reference").default("100 ns"),
        write_fraction("share of the references that are writes").default(0.3),
        key("references", sources(), "where references come from: one source, or several with their shares"),
        key(
            "region",
            list(reference("region"), 1),
            "what the address space is made of, instead of backing and references",
        ),
        key("forked", flag(), "whether the processes are children of a parent that has forked").default(false),
        key(
            "violations",
            words(["refused", "expected"]),
            "with regions: whether references that they never allow are a mistake",
        )
        .default("refused"),
        key("loading", words(["demand", "whole", "prepage"]), "what is brought in before the first reference")
            .default("demand"),
        key("job", time(), "CPU time of a job; without it the job never ends"),
        key("think", time(), "closed system: pause between a process's jobs"),
        key("arrivals", time(), "open system: time between arrivals of jobs for the class"),
        key("queue_limit", or_word(whole(0, 1_000_000_000), "none"), "with arrivals: jobs that may wait for a process")
            .default("none"),
        key("memory_between_jobs", words(["keep", "fresh"]), "whether a job finds the pages of the one before")
            .default("keep"),
        key("burst", burst(), "a pause after each CPU burst"),
        key("stagger", reference("time"), "the i-th process, from 0, begins at i times this").default("0 ns"),
        key("priority", whole(-1000, 1000), "for load control: a larger number is more important"),
        key("memory_max", reference("memory"), "most frames of each process"),
        key("memory_low", reference("memory"), "frames of each that are taken only where nobody has more than that"),
        key("memory_min", reference("memory"), "frames of each that are never taken"),
        key("schedule", list(step.json(), 1), "how many processes of the class there are from which time on"),
    ])
    .by("loading", [("demand", Vec::new()), ("whole", Vec::new()), ("prepage", vec![prepage])])
    .json()
}

fn sources() -> Value {
    any([reference("source"), list(reference("source-of-several"), 1)])
}

fn backings() -> impl Iterator<Item = &'static str> {
    region::BACKINGS.iter().map(|(word, _)| *word)
}

fn region() -> Value {
    let shown = || {
        let name = json!({ "type": "string", "pattern": "^[A-Za-z0-9_./-]{1,100}$" });
        vec![
            key("object", name, "the file or segment that it shows; all who name it share it"),
            key("offset", whole(0, MOST), "the object's page that is the region's first").default(0),
            key("object_pages", reference("pages"), "size of the object; to the end of the region unless given"),
        ]
    };
    let protection = json!({ "type": "string", "pattern": "^[r-][w-][x-]$" });
    let mapped = || {
        let mapping = "whose its pages are; what is usual for the kind unless given";
        let mut keys = vec![
            key("execute", flag(), "whether its reads are instruction fetches"),
            key("protection", protection.clone(), "what is allowed, such as r-x"),
            key("backing", words(backings()), "where a page comes from that is touched first"),
            key("mapping", words(region::MAPPINGS.iter().map(|(word, _)| *word)), mapping),
        ];
        keys.extend(shown());
        keys
    };
    let kinds = region::KINDS.iter().map(|(word, _)| match *word {
        "kernel" | "gap" => (*word, Vec::new()),
        _ => (*word, mapped()),
    });
    let name = json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" });
    Table::of([
        key("kind", words(region::KINDS.iter().map(|(word, _)| *word)), "the kind of region; required"),
        key("name", name, "its name; that of the kind unless given"),
        key("pages", reference("pages"), "its size; required"),
        key("address", whole(0, MOST), "page number where it lies; behind the region before unless given"),
        key("share", fraction(), "share of all references").default(0),
        write_fraction("share of its references that are writes; the class's unless given"),
        key("references", sources(), "where its references come from; required with a share"),
    ])
    .by("kind", kinds)
    .by("mapping", [("private", Vec::new()), ("shared", shown()), ("copy-on-write", shown())])
    .json()
}

fn burst() -> Value {
    let time = || reference("distribution-of-time");
    Table::of([
        key("length", time(), "CPU time of a burst"),
        key("think", time(), "the process waits so long"),
        key("file_io", flag(), "instead: it makes one request to the file device"),
        write_fraction("with file_io: share of the requests that are writes").default(0.0),
    ])
    .json()
}

fn source(share: Option<Key>) -> Value {
    let range = || {
        [
            key("first_page", whole(0, MOST), "first page of the range that the source references").default(0),
            key("pages", whole(1, MOST), "pages of the range; to the end of the address space unless given"),
        ]
    };
    // The class's own where it is not given.
    let writes = || write_fraction("share of the source's references that are writes; the class's unless given");
    let with = |more: Vec<Key>| range().into_iter().chain([writes()]).chain(more).collect::<Vec<Key>>();
    let listed = || any([reference("weights"), list(json!({ "type": "number", "minimum": 0 }), 1)]);
    let weighed = |meaning: &str| vec![key("weights", listed(), meaning).default("uniform")];
    let recorded = [
        key("file", file(), "a recording or a trace, relative to the scenario's folder"),
        key("offset", whole(0, i64::MAX), "position at which it begins").default(0),
        key("loop", flag(), "whether it begins again; else the job ends with it").default(true),
        key("blake3", digest(), "digest that the file must have"),
    ];
    let function = key(
        "function",
        words(["chamberlin-fuller-liu", "power", "table"]),
        "time between faults as a function of the frames held",
    );
    let kinds = [
        ("independent", with(weighed("relative probabilities of the pages"))),
        ("phases", with(phases())),
        (
            "scan",
            with(vec![key("stride", whole(1, i64::from(u32::MAX)), "pages from one reference to the next").default(1)]),
        ),
        ("sawtooth", with(Vec::new())),
        ("lru-stack", with(weighed("relative probabilities of the stack distances"))),
        ("recorded", range().into_iter().chain(recorded).collect()),
        ("lifetime", [writes(), function].into_iter().chain(lifetime()).collect()),
    ];
    let functions = [("chamberlin-fuller-liu", &["b", "c"][..]), ("power", &["a", "k"]), ("table", &["points"])];
    let of = |own: &[&str]| lifetime().into_iter().filter(|key| own.contains(&key.name())).collect();
    let kind = key("kind", words(kinds.iter().map(|(word, _)| *word)), "the kind of source");
    Table::of([kind].into_iter().chain(share))
        .by("kind", kinds)
        .by("function", functions.map(|(word, own)| (word, of(own))))
        .json()
}

fn lifetime() -> Vec<Key> {
    let point = pair(number(0.0, 1e9), reference("positive-time"));
    vec![
        key("b", reference("positive-time"), "half of the lifetime with unlimited memory"),
        key(
            "c",
            json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1e9 }),
            "frames at which it is half of that",
        ),
        key("a", reference("positive-time"), "lifetime with one frame"),
        key("k", number(0.0, 10.0), "power of the frames"),
        key("points", list(point, 1), "[frames, lifetime], ascending, straight lines between"),
    ]
}

fn phases() -> Vec<Key> {
    let set = pair(whole(1, i64::from(u32::MAX)), fraction());
    let normal = Table::of([
        key("kind", words(["normal"]), "a normal distribution made discrete"),
        key("mean", reference("some-pages"), "its mean"),
        key("sd", json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1e9 }), "its standard deviation"),
    ]);
    let locality = Table::of([
        key("size", any([reference("distribution-of-pages"), normal.json()]), "pages of a locality set"),
        key("overlap", fraction(), "share of the old set that the next one keeps").default(0),
        key("points", whole(2, 1001), "with a normal distribution: number of sizes").default(11),
        key("sets", list(set, 1), "instead: disjoint sets, [pages, probability]"),
    ]);
    let micromodel =
        weights(&[("random", vec![]), ("cyclic", vec![]), ("sawtooth", vec![]), ("lru-stack", vec!["weights"])]);
    let plain = words(["random", "cyclic", "sawtooth"]);
    vec![
        key("locality", locality.json(), "the sets of pages that are used together"),
        key("layout", words(["scattered", "contiguous"]), "where the pages of a set lie").default("scattered"),
        key("run_length", whole(1, MOST), "with scattered sets: pages that lie side by side").default(1),
        key("holding", reference("distribution-of-references"), "length of a phase"),
        key("micromodel", any([plain, micromodel]), "how the set is referenced").default("random"),
    ]
}
