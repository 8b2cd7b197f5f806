//! Mistakes in scenarios with regions: each is named with file, line, key, what was found and what is allowed; and what is right is
//! read, printed and read again as the same.

use knee::machine::{Loading, OnFull, OnViolation, PageTables};
use knee::scenario::Scenario;
use knee::units::Span;
use knee::workload::{Backing, Mapping, RegionKind};
use std::path::Path;

const VALID: &str = r#"[machine]
memory = "400 frames"
[virtual_memory]
on_violation = "count"
page_tables = "charged"
fault_costs = { copy_on_write = "2 us" }
[swap]
on_full = "kill-largest"
[device.paging]
service = "5 ms"
[device.file]
service = "1 ms"
[process.worker]
count = 8
pages = 2048
forked = true
job = "5 ms"
loading = "prepage"
prepage = 12
[[process.worker.region]]
kind = "text"
pages = 100
share = 0.5
references = { kind = "scan" }
[[process.worker.region]]
kind = "heap"
pages = "400 KiB"
share = 0.3
references = { kind = "independent" }
[[process.worker.region]]
kind = "shared"
object = "cache"
address = 1000
pages = 64
share = 0.2
write_fraction = 0.1
references = { kind = "independent" }
[[process.worker.region]]
kind = "kernel"
pages = 32
[process.other]
[[process.other.region]]
kind = "shared"
object = "cache"
offset = 14
pages = 50
share = 1
references = { kind = "sawtooth" }
[run]
duration = "60 s"
"#;

fn plan(text: &str) -> Result<knee::scenario::Plan, String> {
    Scenario::parse(text, "s.toml", Path::new("")).and_then(|s| s.plan()).map_err(|error| error.to_string())
}

#[test]
fn regions_are_read_and_printed_back() {
    let plan_of_it = plan(VALID).unwrap();
    let config = &plan_of_it.config;
    let worker = &config.classes[0].program;
    assert_eq!(
        worker.regions.iter().map(|r| r.kind).collect::<Vec<_>>(),
        [RegionKind::Text, RegionKind::Heap, RegionKind::Shared, RegionKind::Kernel]
    );
    assert_eq!(
        worker.regions.iter().map(|r| (r.first_page, r.address, r.pages)).collect::<Vec<_>>(),
        [(0, 0, 100), (100, 100, 100), (200, 1000, 64), (264, 1064, 32)]
    );
    assert_eq!(worker.pages, 296);
    assert!(matches!(worker.regions[0].mapping, Mapping::Shared(_)) && worker.regions[0].executes);
    assert!(matches!(worker.regions[1].mapping, Mapping::CopyOnWrite(_)), "forked");
    let objects: Vec<_> = config.objects.iter().map(|o| (o.name.as_str(), o.pages, o.backing, o.image)).collect();
    assert_eq!(
        objects,
        [
            ("worker/text", 100, Backing::File, false),
            ("worker/heap", 100, Backing::ZeroFill, true),
            ("cache", 64, Backing::ZeroFill, false)
        ]
    );
    let shares: Vec<_> = worker.components.iter().map(|c| (c.first_page, c.pages, c.share)).collect();
    assert_eq!(shares, [(0, 100, 0.5), (100, 100, 0.3), (200, 64, 0.2)]);
    assert_eq!(worker.components[0].write_fraction, 0.0, "text is not written to unless that is said");
    assert_eq!(config.virtual_memory.on_violation, OnViolation::Count);
    assert_eq!(config.virtual_memory.on_full, OnFull::KillLargest);
    assert_eq!(config.virtual_memory.page_tables, Some(PageTables { levels: 4, entries: 512 }));
    assert_eq!(config.virtual_memory.costs.copy, Span(2_000));
    assert_eq!(config.classes[0].loading, Loading::Prepage(12));
    // Swap space: what each may copy or have of its own, the parent's memory and the segment once.
    assert_eq!(config.swap_pages, 8 * 100 + 100 + 64);
    let again = plan(&plan_of_it.effective).unwrap();
    assert_eq!(format!("{:?}", again.config), format!("{config:?}"));
    assert_eq!(again.effective, plan_of_it.effective);
    let cell = plan(&plan_of_it.cells.get(0).effective).unwrap();
    assert_eq!(format!("{:?}", cell.config), format!("{config:?}"));
}

/// What is mistaken, the line of the valid scenario, what stands in its place, and what the message must contain.
const CASES: &[(&str, &str, &str, &[&str])] = &[
    (
        "overlapping regions",
        "address = 1000",
        "address = 150",
        &[
            "s.toml:33:11: process.worker.region.2.address: found pages 150 to 213, which overlap",
            "addresses beside region \"heap\", which has pages 100 to 199",
        ],
    ),
    (
        "always refused writes",
        "references = { kind = \"scan\" }",
        "references = { kind = \"scan\" }\nwrite_fraction = 0.1",
        &[
            "process.worker.region.0.write_fraction: found writes to pages that are \"r-x\"",
            "violations = \"expected\"",
        ],
    ),
    (
        "always refused fetches",
        "kind = \"text\"",
        "kind = \"text\"\nprotection = \"r--\"",
        &["s.toml:22:14: process.worker.region.0.protection: found instruction fetches from pages that are \"r--\""],
    ),
    (
        "references to the kernel",
        "kind = \"kernel\"\npages = 32",
        "kind = \"kernel\"\npages = 32\nshare = 0.1\nreferences = { kind = \"scan\" }",
        &["process.worker.region.3.share: found references from user mode to the kernel"],
    ),
    (
        "shares that do not sum to 1",
        "share = 0.5",
        "share = 0.25",
        &["process.worker.region: found regions whose shares sum to 0.75", "allowed: shares that sum to 1"],
    ),
    (
        "a segment with two sizes",
        "offset = 14\npages = 50",
        "pages = 50",
        &[
            "process.other.region.0.pages: found 50 pages for the object \"cache\"; allowed: 64 pages, as at s.toml:34:9",
        ],
    ),
    (
        "a part beyond the object",
        "offset = 14",
        "offset = 14\nobject_pages = 20",
        &["found 50 pages from its page 14; allowed: a part of the object of 20 pages"],
    ),
    (
        "a region larger than the address space",
        "pages = \"400 KiB\"",
        "pages = \"40 MiB\"",
        &[
            "process.worker.region.1.pages: found 10240 pages from page 100; allowed: a region within the address space of 2048 pages",
        ],
    ),
    (
        "protection in other letters",
        "kind = \"text\"",
        "kind = \"text\"\nprotection = \"rx\"",
        &["process.worker.region.0.protection: found \"rx\"; allowed: three letters"],
    ),
    ("a copy of nothing", "forked = true", "forked = false", &[]),
    (
        "anonymous copy-on-write without a fork",
        "kind = \"sawtooth\" }",
        "kind = \"sawtooth\" }\n[[process.other.region]]\nkind = \"heap\"\nmapping = \"copy-on-write\"\npages = 3",
        &["process.other.region.1.mapping: found a copy-on-write mapping of memory that has no file"],
    ),
    (
        "both regions and references",
        "forked = true",
        "references = { kind = \"scan\" }",
        &["process.worker.references: each region says how its pages are referenced"],
    ),
    (
        "a file device that nobody needs",
        "kind = \"text\"",
        "kind = \"text\"\nbacking = \"zero-fill\"",
        &["device.file: no process does file I/O"],
    ),
    (
        "too little memory for page tables",
        "memory = \"400 frames\"",
        "memory = \"60 frames\"",
        &["machine.memory: found 60 frames for 9 processes; allowed: at least 93: 84 for the kernel and page tables"],
    ),
    (
        "an unknown kind",
        "kind = \"heap\"",
        "kind = \"heep\"",
        &["process.worker.region.1.kind: found \"heep\"", "did you mean \"heap\"?"],
    ),
    (
        "prepage without prepaging",
        "loading = \"prepage\"",
        "loading = \"whole\"",
        &["process.worker.prepage: only prepaging brings in a number of pages"],
    ),
    (
        "an unknown key",
        "share = 0.2",
        "share = 0.2\nshares = true",
        &["process.worker.region.2.shares: unknown key", "did you mean share?"],
    ),
];

#[test]
fn mistakes_are_named() {
    for (mistake, line, instead, messages) in CASES {
        assert!(VALID.contains(line), "{mistake}");
        let result = plan(&VALID.replacen(line, instead, 1));
        match (result, messages.is_empty()) {
            (Ok(_), true) => {}
            (Ok(_), false) => panic!("{mistake}: found valid"),
            (Err(error), _) => {
                assert!(!messages.is_empty(), "{mistake}: {error}");
                for message in *messages {
                    assert!(error.contains(message), "{mistake}:\n{error}\ndoes not contain\n{message}");
                }
            }
        }
    }
}

/// What is refused is accepted where it is asked for.
#[test]
fn violations_can_be_expected() {
    let text = VALID.replacen("forked = true", "violations = \"expected\"", 1).replacen(
        "references = { kind = \"scan\" }",
        "references = { kind = \"scan\" }\nwrite_fraction = 0.1",
        1,
    );
    plan(&text).unwrap();
}

/// Nothing that this brings is in the canonical text of a scenario that does not use it: results keep their addresses.
#[test]
fn scenarios_without_regions_keep_their_text() {
    let text = "[machine]\nmemory = \"4 frames\"\n[device.paging]\nservice = \"1 ms\"\n[process.p]\npages = 9\nreferences = { kind = \"scan\" }\n";
    let cell = plan(text).unwrap().cells.get(0).effective.clone();
    for key in ["virtual_memory", "forked", "loading", "violations", "on_full", "region"] {
        assert!(!cell.contains(key), "{cell}");
    }
}
