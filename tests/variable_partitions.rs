//! Variable partitions under the timed machine: the faults and the space-time of the one-pass analyses, whoever else runs.

mod common;
#[allow(dead_code)]
mod shared;

use common::{MS, class, count, device, machine, program, run, string};
use knee::analysis::working_set::WorkingSets;
use knee::machine::{ClassConfig, Config, JobSource, MemoryBetweenJobs};
use knee::policy::{self, Parameters, Window};
use knee::replay::{Cell, Outcome, replay};
use knee::rng::{Distribution, Stream, Streams};
use knee::trace::{Options, Trace};
use knee::units::Span;
use knee::workload::{Backing, RecordedReference, RecordedSpec, SourceSpec};

const REFERENCE: u64 = 1_000;

/// T, Σ w(t,T) and M(T).
type Row = (u64, u64, u64);

/// The string of ../shared/oracles/working_set.md, and its table.
fn oracle() -> Option<(Vec<u32>, Vec<Row>)> {
    let text = std::fs::read_to_string(shared::file("oracles/ws_trace.txt")?).unwrap();
    let string = text.split_whitespace().map(|page| page.parse().unwrap()).collect();
    let table = vec![
        (1, 2_089, 1_736),
        (5, 7_493, 880),
        (10, 10_861, 480),
        (20, 14_416, 284),
        (50, 21_477, 232),
        (100, 31_683, 194),
    ];
    Some((string, table))
}

/// A process that thinks for a second; then its job is the string, which takes its memory with it, and the next does not begin before
/// two seconds are over.
fn once(name: &str, pages: u32, source: SourceSpec) -> ClassConfig {
    let mut class = class(name, 1, program(pages, Span(REFERENCE), source));
    class.jobs = JobSource::Closed { think: Some(Distribution::Constant(1.0e9)) };
    class.memory = MemoryBetweenJobs::Fresh;
    class
}

fn windowed(mut config: Config, window: u64) -> Config {
    config.parameters = Parameters { window: Window::References(window), ..Parameters::default() };
    config
}

fn random_string(stream: &mut Stream, length: usize) -> (u32, Vec<u32>) {
    let pages = 3 + stream.below(30);
    let mut near = 0;
    let string = (0..length).map(|_| {
        near = if stream.below(4) == 0 { stream.below(pages) } else { (near + stream.below(3)) % pages };
        near as u32
    });
    (pages as u32, string.collect())
}

#[test]
fn ws_under_the_machine_has_the_faults_and_the_space_of_the_one_pass_analysis() {
    let Some((pages, table)) = oracle() else { return };
    let sets = WorkingSets::of(pages.iter().copied());
    for (window, space_time, faults) in table {
        let mut only = once("string", 100, string(&pages));
        // New pages take no time, so that real time is virtual time and memory · time is space-time.
        only.program.backing = Backing::ZeroFill;
        let config = windowed(machine("ws", 100, vec![only], Span(1_950_000_000)), window);
        let report = run(&config, 1);
        assert_eq!(count(&report, "faults_per_second"), faults, "T = {window}");
        let space = (report.values["resident_frames"] * config.duration.0 as f64 / REFERENCE as f64).round() as u64;
        // The last reference is made at the moment the string ends, and nobody is there after it.
        assert_eq!(space + sets.window(window).at_end, space_time, "T = {window}");
    }
}

/// Space-time of VMIN by the same table, for T = 5, 20 and 50.
const VMIN: [(u64, u64, u64); 3] = [(5, 3_983, 880), (20, 9_133, 284), (50, 10_524, 232)];

#[test]
fn vmin_has_the_faults_of_ws_and_less_space_under_the_machine_and_in_replay() {
    let Some((pages, _)) = oracle() else { return };
    let cells = VMIN.map(|(window, ..)| cell("vmin", window));
    let outcome = replayed(&pages, &cells);
    for (at, (window, space_time, faults)) in VMIN.into_iter().enumerate() {
        let mut only = once("string", 100, string(&pages));
        only.program.backing = Backing::ZeroFill;
        let config = windowed(machine("vmin", 100, vec![only], Span(1_950_000_000)), window);
        let report = run(&config, 1);
        assert_eq!(count(&report, "faults_per_second"), faults, "T = {window}");
        let space = (report.values["resident_frames"] * config.duration.0 as f64 / REFERENCE as f64).round() as u64;
        // A page that leaves at once takes no time here, and that of its reference in the table.
        assert_eq!(space + faults, space_time, "T = {window}");
        assert_eq!((outcome.space_time[at], outcome.faults[at]), (space_time, faults), "T = {window}");
    }
}

#[test]
fn a_damping_of_one_is_the_working_set_and_less_of_it_takes_less_space() {
    let Some((pages, table)) = oracle() else { return };
    for (window, space_time, faults) in table {
        let damped = |damping| {
            let mut cell = cell("dws", window);
            cell.parameters.damping = damping;
            let outcome = replayed(&pages, &[cell]);
            (outcome.space_time[0], outcome.faults[0])
        };
        assert_eq!(damped(1.0), (space_time, faults), "T = {window}");
        let (less, more) = damped(0.5);
        assert!(less <= space_time && more >= faults, "T = {window}: {less} pages and {more} faults");
    }
}

fn cell(policy: &str, window: u64) -> Cell {
    let parameters = Parameters { window: Window::References(window), ..Parameters::default() };
    Cell { policy: policy::find(policy).unwrap(), frames: 1, parameters }
}

fn replayed(pages: &[u32], cells: &[Cell]) -> Outcome {
    let text: String = pages.iter().map(|page| format!("{page}\n")).collect();
    let reader = Box::new(std::io::Cursor::new(text.into_bytes()));
    let mut trace = Trace::from_reader(reader, "string", &Options::default()).unwrap();
    replay(&mut trace, cells).unwrap()
}

#[test]
fn replay_counts_the_same_faults_and_the_same_space() {
    let Some((pages, table)) = oracle() else { return };
    let cells: Vec<Cell> = table.iter().map(|&(window, ..)| cell("ws", window)).collect();
    let outcome = replayed(&pages, &cells);
    let found: Vec<(u64, u64)> = outcome.space_time.into_iter().zip(outcome.faults).collect();
    let expected: Vec<(u64, u64)> = table.iter().map(|&(_, space_time, faults)| (space_time, faults)).collect();
    assert_eq!(found, expected);
}

/// Writes that go on while the process runs, several CPUs, quanta that end in the middle, faults that take time: none of that is
/// part of virtual time, so each process has the faults of its own string.
#[test]
fn ws_faults_are_those_of_each_string_alone_whatever_happens_around() {
    let mut stream = Streams::new(3).named("strings");
    for case in 0..40 {
        let window = 1 + stream.below(70);
        let strings: Vec<(u32, Vec<u32>)> = (0..3).map(|_| random_string(&mut stream, 600)).collect();
        let classes = strings.iter().enumerate().map(|(number, (pages, string))| {
            let reference = |&page| RecordedReference { page, write: stream.below(3) == 0, gap: 1 };
            let references = string.iter().map(reference).collect();
            let spec = RecordedSpec { references, offset: 0, looped: false };
            once(&format!("c{number}"), *pages, SourceSpec::Recorded(spec))
        });
        let mut config = windowed(machine("ws", 200, classes.collect(), Span(1_950_000_000)), window);
        config.cpus = 1 + case % 3;
        config.quantum = Some(Span(3_700));
        config.fault_time = Span(case as u64 * 20);
        config.context_switch = Span(70);
        config.paging = device(Distribution::Exponential { mean: 0.1 * MS });
        let report = run(&config, u64::from(case));
        assert_eq!(report.values["forced_per_second"], 0.0);
        for (number, (_, string)) in strings.iter().enumerate() {
            let expected = WorkingSets::of(string.iter().copied()).window(window).faults;
            let found = count(&report, &format!("c{number}.faults_per_second"));
            assert_eq!(found, expected, "case {case}, process {number}, T = {window}");
        }
    }
}
