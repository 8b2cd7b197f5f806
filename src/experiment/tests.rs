//! The engine with a stand-in for the machine.

use super::{Finished, Manifest, OnExisting, Options, Outcome, files, sweep};
use crate::device::{DeviceSpec, QueueingSpec};
use crate::error::{Error, Result};
use crate::load_control::ClassControl;
use crate::machine::{
    ClassConfig, Config, Engine, JobSource, Loading, MemoryBetweenJobs, Reclaim, Scope, VirtualMemory, Warmup,
};
use crate::metrics::RunReport;
use crate::rng::{Distribution, Streams};
use crate::scenario::{Axis, Cell, Control, Plan};
use crate::units::Span;
use crate::workload::{Backing, ComponentSpec, ProgramSpec, SourceSpec, Weights};
use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

fn config(count: u32) -> Config {
    let service = Distribution::Constant(1e6);
    let component = ComponentSpec {
        share: 1.0,
        write_fraction: 0.0,
        first_page: 0,
        pages: 100,
        source: SourceSpec::Independent(Weights::Uniform),
    };
    let program = ProgramSpec {
        pages: 100,
        backing: Backing::ZeroFill,
        regions: Vec::new(),
        reference_time: Span(1000),
        components: vec![component],
    };
    let class = ClassConfig {
        name: "worker".into(),
        count,
        program,
        job: None,
        jobs: JobSource::Closed { think: None },
        burst: None,
        memory: MemoryBetweenJobs::Keep,
        loading: Loading::Demand,
        stagger: Span::ZERO,
        control: ClassControl::default(),
    };
    Config {
        page_size: 4096,
        frames: 1000,
        cpus: 1,
        quantum: None,
        context_switch: Span::ZERO,
        fault_time: Span::ZERO,
        engine: Engine::Auto,
        policy: crate::policy::POLICIES[0],
        parameters: crate::policy::Parameters::default(),
        scope: Scope::Global,
        paging: DeviceSpec::Queueing(QueueingSpec { read: service.clone(), write: service, parallelism: 1 }),
        file: None,
        swap_pages: 1000,
        reclaim: Reclaim::default(),
        objects: Vec::new(),
        virtual_memory: VirtualMemory::default(),
        classes: vec![class],
        load_control: None,
        duration: Span(1_000_000_000),
        warmup: Warmup::Mser5,
        observations: 100,
        livelock_after: Span(1_000_000_000),
        locality: None,
    }
}

fn plan(counts: impl IntoIterator<Item = u32>, replications: u32) -> Plan {
    let values: Vec<String> = counts.into_iter().map(|count| count.to_string()).collect();
    let cell = |value: &String| Cell {
        coordinates: vec![value.clone()],
        config: config(value.parse().unwrap()),
        effective: format!("[process.worker]\ncount = {value}\n"),
    };
    Plan {
        name: "example".into(),
        title: "An example".into(),
        config: config(1),
        control: Control { seed: 7, replications, confidence: 0.95, stopping: None },
        cells: values.iter().map(cell).collect(),
        axes: vec![Axis { key: "process.worker.count".into(), values }],
        effective: "title = \"An example\"\n".into(),
    }
}

/// A curve with a peak, and numbers that are hard to write down.
fn curve(config: &Config, seed: u64, _: &AtomicBool) -> Result<RunReport> {
    let n = f64::from(config.classes[0].count);
    let mut stream = Streams::new(seed).named("curve");
    let throughput = n / (1.0 + 0.01 * n * n) + 0.01 * stream.unit();
    let values = [
        ("throughput", throughput),
        ("worker.throughput", throughput / 3.0),
        ("faults_per_reference", stream.unit() * 1e-300),
        ("references_per_second", stream.unit() * 1e300),
        ("response_mean", f64::NAN),
    ];
    let values = BTreeMap::from(values.map(|(name, value)| (name.to_owned(), value)));
    Ok(RunReport { values, warmup: 0.1, measured: 0.9, stationary: true, ..RunReport::default() })
}

fn options(out: &Path, existing: OnExisting) -> Options<'_> {
    Options { out, threads: NonZeroUsize::new(2), existing, retry_failed: false, shard: None }
}

fn finish<R>(plan: &Plan, options: &Options, run: R) -> Finished
where
    R: Fn(&Config, u64, &AtomicBool) -> Result<RunReport> + Sync,
{
    match sweep(plan, options, run, &AtomicBool::new(false), &()) {
        Ok(Outcome::Finished(finished)) => finished,
        other => panic!("{other:?}"),
    }
}

/// Everything a finished sweep leaves, by name.
fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

/// What a sweep without incident leaves.
fn expected(plan: &Plan) -> BTreeMap<String, Vec<u8>> {
    let dir = tempfile::tempdir().unwrap();
    finish(plan, &options(dir.path(), OnExisting::Replace), curve);
    contents(dir.path())
}

/// A folder in which a sweep was interrupted after so many runs.
fn interrupted_after(plan: &Plan, runs: u32) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let (stop, begun) = (AtomicBool::new(false), AtomicU32::new(0));
    let run = |config: &Config, seed: u64, stop: &AtomicBool| {
        if begun.fetch_add(1, Ordering::Relaxed) >= runs {
            stop.store(true, Ordering::Relaxed);
            return Err(Error::Interrupted);
        }
        curve(config, seed, stop)
    };
    let outcome = sweep(plan, &options(dir.path(), OnExisting::Replace), run, &stop, &()).unwrap();
    assert!(matches!(outcome, Outcome::Interrupted { done, .. } if done == u64::from(runs)), "{outcome:?}");
    dir
}

fn usage(plan: &Plan, options: &Options) -> String {
    match sweep(plan, options, curve, &AtomicBool::new(false), &()) {
        Err(error @ Error::Usage(_)) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let plan = plan(1..=12, 3);
    let of = |threads| {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { threads: NonZeroUsize::new(threads), ..options(dir.path(), OnExisting::Replace) };
        // Early runs last longest, so that the order of finishing depends on the threads.
        finish(&plan, &options, |config, seed, stop| {
            std::thread::sleep(Duration::from_millis(u64::from(12 - config.classes[0].count)));
            curve(config, seed, stop)
        });
        contents(dir.path())
    };
    let one = of(1);
    assert_eq!(one.keys().collect::<Vec<_>>(), [files::MANIFEST, files::RUNS, files::SUMMARY]);
    assert!(one == of(2) && one == of(7));
}

#[test]
fn the_files_say_what_was_measured() {
    let dir = tempfile::tempdir().unwrap();
    let plan = plan([2, 10, 30], 2);
    let finished = finish(&plan, &options(dir.path(), OnExisting::Replace), curve);
    assert_eq!((finished.runs, finished.failed, finished.not_stationary), (6, 0, 0));

    let mut runs = csv::Reader::from_path(dir.path().join(files::RUNS)).unwrap();
    let rows: Vec<BTreeMap<String, String>> = runs.deserialize().map(|row| row.unwrap()).collect();
    let order: Vec<_> = rows.iter().map(|r| (r["process.worker.count"].as_str(), r["replication"].as_str())).collect();
    assert_eq!(order, [("2", "0"), ("2", "1"), ("10", "0"), ("10", "1"), ("30", "0"), ("30", "1")]);
    assert_eq!(rows[0]["seed"], rows[2]["seed"], "common random numbers");
    assert_ne!(rows[0]["seed"], rows[1]["seed"]);
    assert_eq!(rows[0]["response_mean"], "", "a number that is none is left out");
    assert!(rows[0].contains_key("worker.throughput") && !rows[0].contains_key("worker.faults_per_second"));
    for row in &rows {
        let report = curve(
            &config(row["process.worker.count"].parse().unwrap()),
            row["seed"].parse().unwrap(),
            &AtomicBool::new(false),
        );
        for name in ["throughput", "faults_per_reference", "references_per_second"] {
            assert_eq!(row[name].parse::<f64>().unwrap(), report.as_ref().unwrap().values[name]);
        }
    }

    let mut summary = csv::Reader::from_path(dir.path().join(files::SUMMARY)).unwrap();
    let cells: Vec<BTreeMap<String, String>> = summary.deserialize().map(|row| row.unwrap()).collect();
    assert_eq!(cells.len(), 3);
    assert_eq!((cells[1]["runs"].as_str(), cells[1]["converged"].as_str()), ("2", "true"));
    assert!(cells[1]["throughput_half"].parse::<f64>().unwrap() >= 0.0);

    let manifest = Manifest::read(dir.path()).unwrap();
    assert_eq!(manifest.load_axis.as_deref(), Some("process.worker.count"));
    assert_eq!(manifest.knees.len(), 1);
    assert_eq!(manifest.knees[0].knee.as_ref().unwrap().load, 10.0);
}

#[test]
fn a_journal_torn_anywhere_is_continued_to_the_same_bytes() {
    let plan = plan([1, 5, 9, 20], 2);
    let expected = expected(&plan);
    let whole = interrupted_after(&plan, 7);
    let journal = fs::read(whole.path().join(files::JOURNAL)).unwrap();
    let header = journal.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let first_row = header + journal[header..].iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for length in (first_row..=journal.len()).step_by(13).chain([first_row, journal.len() - 1, journal.len()]) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(files::JOURNAL), &journal[..length]).unwrap();
        let whole_rows = journal[header..length].iter().filter(|byte| **byte == b'\n').count() as u32;
        let made = AtomicU32::new(0);
        finish(&plan, &options(dir.path(), OnExisting::Resume), |config, seed, stop| {
            made.fetch_add(1, Ordering::Relaxed);
            curve(config, seed, stop)
        });
        assert_eq!(made.load(Ordering::Relaxed), 8 - whole_rows, "torn at {length}");
        assert!(contents(dir.path()) == expected, "torn at {length}");
    }
    // Before the end of the first row there is nothing to lose, and so nothing to ask for.
    for length in [0, 5, header, first_row - 1] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(files::JOURNAL), &journal[..length]).unwrap();
        finish(&plan, &options(dir.path(), OnExisting::Replace), curve);
        assert!(contents(dir.path()) == expected, "torn at {length}");
    }
}

#[test]
fn a_run_that_cannot_be_finished_is_recorded_and_the_rest_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let finished = finish(&plan([1, 2, 3], 2), &options(dir.path(), OnExisting::Replace), |config, seed, stop| {
        match config.classes[0].count {
            2 => Err(Error::Stuck("swap space is full,\n\"all\" of it".into())),
            _ => curve(config, seed, stop),
        }
    });
    assert_eq!((finished.runs, finished.failed), (6, 2));
    let mut runs = csv::Reader::from_path(dir.path().join(files::RUNS)).unwrap();
    let status: Vec<String> = runs.records().map(|row| row.unwrap()[4].to_owned()).collect();
    assert_eq!(status[2], "swap space is full, \"all\" of it");
    assert_eq!(status.iter().filter(|status| *status == "ok").count(), 4);
    let mut summary = csv::Reader::from_path(dir.path().join(files::SUMMARY)).unwrap();
    let cells: Vec<csv::StringRecord> = summary.records().map(|row| row.unwrap()).collect();
    assert_eq!(cells[1].iter().take(4).collect::<Vec<_>>(), ["2", "0", "false", ""]);
}

#[test]
fn a_defect_is_recorded_and_the_rest_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let plan = plan(1..=8, 2);
    let broken = |config: &Config, seed: u64, stop: &AtomicBool| match config.classes[0].count {
        5 => Err(Error::Law { law: "frames".into(), left: "1".into(), relation: "equal to", right: "2".into() }),
        6 => panic!("no such frame: {}", 7),
        3 => Err(Error::Stuck("swap space is full".into())),
        _ => curve(config, seed, stop),
    };
    let finished = finish(&plan, &options(dir.path(), OnExisting::Replace), broken);
    assert_eq!((finished.runs, finished.failed, finished.defects), (16, 6, 4));
    let mut runs = csv::Reader::from_path(dir.path().join(files::RUNS)).unwrap();
    let status: Vec<String> = runs.records().map(|row| row.unwrap()[4].to_owned()).collect();
    assert!(status[8].contains("law violated: frames: 1 is not equal to 2"), "{}", status[8]);
    assert!(status[10].contains("panicked: no such frame: 7"), "{}", status[10]);
    assert_eq!(status.iter().filter(|status| *status == "ok").count(), 10);

    // Without being told to, what is recorded is not made again; when it is, only that.
    let made = AtomicU32::new(0);
    let counted = |config: &Config, seed: u64, stop: &AtomicBool| {
        made.fetch_add(1, Ordering::Relaxed);
        curve(config, seed, stop)
    };
    let again = finish(&plan, &options(dir.path(), OnExisting::Resume), counted);
    assert_eq!((made.load(Ordering::Relaxed), again.failed), (0, 6));
    let retry = Options { retry_failed: true, ..options(dir.path(), OnExisting::Resume) };
    let retried = finish(&plan, &retry, counted);
    assert_eq!((made.load(Ordering::Relaxed), retried.failed), (6, 0));
    assert!(contents(dir.path()) == expected(&plan));
}

#[test]
fn an_error_of_the_sweep_itself_ends_it_but_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let plan = plan(1..=8, 2);
    let stop = AtomicBool::new(false);
    let broken = |config: &Config, seed: u64, stop: &AtomicBool| match config.classes[0].count {
        5 => Err(Error::Write { path: "somewhere".into(), source: std::io::Error::other("disk full") }),
        _ => curve(config, seed, stop),
    };
    let result = sweep(&plan, &options(dir.path(), OnExisting::Replace), broken, &stop, &());
    assert!(matches!(result, Err(Error::Write { .. })), "{result:?}");
    assert!(stop.load(Ordering::Relaxed), "the other runs are told to end");
    let made = AtomicU32::new(0);
    finish(&plan, &options(dir.path(), OnExisting::Resume), |config, seed, stop| {
        made.fetch_add(1, Ordering::Relaxed);
        curve(config, seed, stop)
    });
    assert!(made.load(Ordering::Relaxed) <= 9, "what was finished is not run again");
    assert!(contents(dir.path()) == expected(&plan));
}

#[test]
fn an_unfinished_sweep_is_not_lost_by_accident() {
    let plan = plan([1, 2, 3], 2);
    let dir = interrupted_after(&plan, 3);
    let message = usage(&plan, &options(dir.path(), OnExisting::Replace));
    assert!(message.contains("--resume") && message.contains("--force"), "{message}");

    let mut changed = plan.clone();
    changed.cells = plan.cells.iter().map(|cell| Cell { effective: cell.effective + "# changed\n", ..cell }).collect();
    assert!(usage(&changed, &options(dir.path(), OnExisting::Resume)).contains("another sweep"));
    let mut reseeded = plan.clone();
    reseeded.control.seed += 1;
    assert!(usage(&reseeded, &options(dir.path(), OnExisting::Resume)).contains("another sweep"));

    finish(&changed, &options(dir.path(), OnExisting::Force), curve);
    assert!(!dir.path().join(files::JOURNAL).exists());
}

#[test]
fn finished_results_are_replaced_only_by_the_same_scenario() {
    let dir = tempfile::tempdir().unwrap();
    finish(&plan([1, 2], 1), &options(dir.path(), OnExisting::Replace), curve);
    let mut other = plan([3, 4], 1);
    finish(&other, &options(dir.path(), OnExisting::Replace), curve);
    other.name = "other".into();
    assert!(usage(&other, &options(dir.path(), OnExisting::Replace)).contains("\"example\""));
    fs::write(dir.path().join(files::MANIFEST), "{}").unwrap();
    assert!(usage(&other, &options(dir.path(), OnExisting::Resume)).contains("not knee's"));
    finish(&other, &options(dir.path(), OnExisting::Force), curve);
}

#[test]
fn a_finished_sweep_can_be_extended() {
    let dir = tempfile::tempdir().unwrap();
    finish(&plan([1, 2], 2), &options(dir.path(), OnExisting::Replace), curve);
    let made = AtomicU32::new(0);
    let larger = plan([1, 2, 3], 3);
    finish(&larger, &options(dir.path(), OnExisting::Resume), |config, seed, stop| {
        made.fetch_add(1, Ordering::Relaxed);
        curve(config, seed, stop)
    });
    assert_eq!(made.load(Ordering::Relaxed), 5);
    assert!(contents(dir.path()) == expected(&larger));
}

#[test]
fn cells_that_are_the_same_are_run_once_and_reported_twice() {
    let dir = tempfile::tempdir().unwrap();
    let made = AtomicU32::new(0);
    let finished = finish(&plan([4, 4, 5], 2), &options(dir.path(), OnExisting::Replace), |config, seed, stop| {
        made.fetch_add(1, Ordering::Relaxed);
        curve(config, seed, stop)
    });
    assert_eq!((made.load(Ordering::Relaxed), finished.runs), (4, 6));
}

#[test]
fn a_damaged_journal_is_pointed_at() {
    let plan = plan([1, 2, 3], 2);
    let dir = interrupted_after(&plan, 4);
    let path = dir.path().join(files::JOURNAL);
    let text = fs::read_to_string(&path).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines[2] = "garbage";
    fs::write(&path, lines.join("\n") + "\n").unwrap();
    let result = sweep(&plan, &options(dir.path(), OnExisting::Resume), curve, &AtomicBool::new(false), &());
    let message = result.unwrap_err().to_string();
    assert!(message.contains("runs.partial.csv:3"), "{message}");
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_before_anything_runs() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let result = sweep(
        &plan([1], 1),
        &options(file.path(), OnExisting::Replace),
        |_: &Config, _, _: &AtomicBool| panic!("ran"),
        &AtomicBool::new(false),
        &(),
    );
    assert!(matches!(result, Err(Error::Write { .. })), "{result:?}");
}

#[test]
fn a_folder_in_use_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let plan = plan([1, 2], 1);
    let inner = AtomicU32::new(0);
    finish(&plan, &options(dir.path(), OnExisting::Replace), |config, seed, stop| {
        if inner.fetch_add(1, Ordering::Relaxed) == 0 {
            let message = usage(&plan, &options(dir.path(), OnExisting::Force));
            assert!(message.contains("another knee is writing"), "{message}");
        }
        curve(config, seed, stop)
    });
    assert!(contents(dir.path()) == expected(&plan));
}

mod shards;

/// With a precision, cells have as many replications as they need, whatever the threads, interruptions, and rows beyond.
#[test]
fn cells_are_run_until_they_are_precise() {
    let mut plan = plan([1, 2, 10, 30], 3);
    plan.control.stopping = Some(crate::scenario::Stopping { precision: 0.002, most: 12 });
    let of = |threads| {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { threads: NonZeroUsize::new(threads), ..options(dir.path(), OnExisting::Replace) };
        let finished = finish(&plan, &options, curve);
        (contents(dir.path()), finished)
    };
    let (one, finished) = of(1);
    assert!(one == of(4).0);
    // Throughput is n/(1 + n²/100) plus noise of 0.01 on a uniform: the interval is 0.2 % of it sooner where it is large.
    let mut runs = csv::Reader::from_reader(&one[files::RUNS][..]);
    let rows: Vec<BTreeMap<String, String>> = runs.deserialize().map(|row| row.unwrap()).collect();
    let count = |n: &str| rows.iter().filter(|row| row["process.worker.count"] == n).count();
    assert!(count("10") == 3 && count("1") > 3, "{} and {}", count("10"), count("1"));
    assert_eq!(finished.runs, rows.len() as u64);
    let mut summary = csv::Reader::from_reader(&one[files::SUMMARY][..]);
    let cells: Vec<BTreeMap<String, String>> = summary.deserialize().map(|row| row.unwrap()).collect();
    for cell in &cells {
        let (mean, half) =
            (cell["throughput"].parse::<f64>().unwrap(), cell["throughput_half"].parse::<f64>().unwrap());
        assert_eq!(cell["converged"] == "true", half <= 0.002 * mean, "{cell:?}");
    }
    assert_eq!(finished.imprecise, cells.iter().filter(|cell| cell["converged"] == "false").count());

    // Interrupted in the middle, and continued; and taken over from results with a finer precision.
    for runs in [2, 7, 14] {
        let dir = interrupted_after(&plan, runs);
        finish(&plan, &options(dir.path(), OnExisting::Resume), curve);
        assert!(contents(dir.path()) == one, "interrupted after {runs}");
    }
    let dir = tempfile::tempdir().unwrap();
    let mut finer = plan.clone();
    finer.control.stopping = Some(crate::scenario::Stopping { precision: 0.000_1, most: 12 });
    let finest = finish(&finer, &options(dir.path(), OnExisting::Replace), curve);
    assert!(finest.imprecise > 0 && finest.runs > finished.runs);
    let again = finish(&plan, &options(dir.path(), OnExisting::Resume), |_: &Config, _, _: &AtomicBool| panic!("ran"));
    assert_eq!(again.runs, finished.runs);
    assert!(contents(dir.path()) == one);
}
