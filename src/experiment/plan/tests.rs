//! Plans on machines whose curves are known.

use super::*;
use crate::rng::Streams;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicU32;

const SCENARIO: &str = r#"
name = "curve"
[machine]
memory = "400 frames"
[device.paging]
service = "5 ms"
[process.worker]
count = 4
pages = 100
job = "1 s"
[process.worker.references]
kind = "independent"
[run]
replications = 4
"#;

fn scenario() -> Scenario {
    Scenario::parse(SCENARIO, "curve.toml", Path::new("")).unwrap()
}

/// Throughput is a parabola with its top, 10, at N = memory/40; responses take N² ms. All replications share their noise. Load
/// control that tells too many processes from enough keeps the top, less 0.5.
fn curve(config: &Config, seed: u64, _: &AtomicBool) -> Result<RunReport> {
    let n = f64::from(config.classes[0].count);
    let top = f64::from(config.frames) / 40.0;
    let noise = Streams::new(seed).named("noise").normal();
    let controlled = config.load_control.as_ref().is_some_and(|control| control.controller.name == "parabola");
    let active = if controlled { n.min(top) } else { n };
    let cost = if controlled { 0.5 } else { 0.0 };
    let throughput = (10.0 - cost - 0.1 * (active - top) * (active - top)).max(0.0) + 0.01 * noise;
    let values = [
        ("throughput", throughput),
        ("response_p99", n * n / 1000.0 * (1.0 + 0.01 * noise)),
        ("cpu_utilisation", 0.5),
        ("paging_utilisation", if n > top { 0.9 } else { 0.1 }),
        ("major_faults_per_second", if n > top { 100.0 } else { 10.0 }),
    ];
    let values = BTreeMap::from(values.map(|(name, value)| (name.to_owned(), value)));
    Ok(RunReport { values, stationary: true, ..RunReport::default() })
}

fn ask(vary: &str, require: &[&str]) -> Result<Answer> {
    let require: Vec<String> = require.iter().map(|text| (*text).to_owned()).collect();
    let question =
        Question { vary, require: &require, sought: None, most: None, remedies: true, threads: 2, cache: None };
    answer(&scenario(), &question, curve, &AtomicBool::new(false)).map(|(answer, _)| answer)
}

fn value(answer: &Answer) -> &str {
    match &answer.found {
        Found::Value { value, .. } | Found::UpToTheEnd { value } => value,
        other => panic!("{other:?}"),
    }
}

/// 10 - 0.1 (n - 10)² >= 9 holds for |n - 10| <= 3.16; n² <= 100 for n <= 10.
#[test]
fn the_largest_load_beyond_the_peak_is_the_answer() {
    let found = ask("worker.count=1..30", &["throughput >= 90% of peak"]).unwrap();
    assert_eq!((value(&found), found.peak.value.as_str(), found.sought), ("13", "10", Sought::Largest));
    assert_eq!(found.collapse.as_ref().unwrap().value, "14");
    assert_eq!(found.limit.as_ref().unwrap().resource, Resource::Frames);
    let Found::Value { low, high, next, undecided, .. } = &found.found else { panic!("{found:?}") };
    assert_eq!((low.as_str(), high.as_str(), next.as_str(), *undecided), ("13", "13", "14", false));
    // 500 frames: the top is at 12.5, so the same throughput holds up to 15.
    let memory = found.remedies.iter().find(|remedy| remedy.change.contains("memory")).unwrap();
    assert_eq!(memory.value.as_deref(), Some("15"));
    assert!((memory.gain.unwrap() - 2.0 / 13.0).abs() < 1e-9);
    // What is compared: 8.4 at 14, the first that fails, and nothing at 30; 10 - 0.1 * 1.5² with more memory.
    let effect = |remedy: &Remedy, place: usize| {
        let effect = &remedy.effects[place];
        (effect.at.clone(), libm::round(effect.before * 10.0), libm::round(effect.after * 10.0))
    };
    assert_eq!(effect(memory, 0), ("14".into(), 84.0, 98.0));
    // The one load controller that helps against collapse is the one that is named, and it holds to the end.
    let control = found.remedies.iter().find(|remedy| remedy.change.contains("load control")).unwrap();
    assert!(control.change.contains("parabola"), "{}", control.change);
    assert_eq!((control.value.as_deref(), control.at_the_end), (Some("30"), true));
    assert_eq!(effect(control, 1), ("30".into(), 0.0, 95.0));

    let both = ask("worker.count=1..30", &["throughput >= 90% of peak", "p99(response) <= 105 ms"]).unwrap();
    assert_eq!(value(&both), "10");
    assert!(matches!(&both.found, Found::Value { binding, .. } if binding.contains("response")));
}

#[test]
fn a_wide_range_is_searched_with_few_values() {
    let found = ask("worker.count=1..400", &["throughput >= 90% of peak"]).unwrap();
    assert_eq!(value(&found), "13");
    assert!(found.curve.len() < 40, "{} values were run", found.curve.len());
}

#[test]
fn all_none_and_beyond_are_said() {
    let all = ask("worker.count=8..12", &["throughput >= 50% of peak", "p99(response) <= 1 s"]).unwrap();
    assert_eq!(all.found, Found::All);
    let none = ask("worker.count=1..30", &["throughput >= 11/s"]).unwrap();
    assert!(matches!(&none.found, Found::None { why, nearest } if why.contains("holds nowhere") && nearest == "10"));
    let apart = ask("worker.count=1..30", &["throughput >= 90% of peak", "p99(response) <= 9.5 ms"]).unwrap();
    assert!(
        matches!(&apart.found, Found::None { why, .. } if why.contains("only up to 3") && why.contains("only from 7 on"))
    );
    let beyond = ask("worker.count=1..12", &["throughput >= 5/s"]).unwrap();
    assert!(matches!(&beyond.found, Found::UpToTheEnd { value } if value == "12"), "{:?}", beyond.found);
}

/// At N = 4 throughput is 10 - 0.1 (m/40 - 4)², which is at least 9 for m from 33.5 to 286.5.
#[test]
fn the_smallest_memory_is_the_answer() {
    let found = ask("machine.memory=20 frames..200 frames", &["throughput >= 9 jobs/s"]).unwrap();
    assert_eq!((value(&found), found.sought), ("35 frames", Sought::Smallest));
    let beyond = ask("machine.memory=[\"100 frames\", \"150 frames\"]", &["throughput >= 9 jobs/s"]).unwrap();
    assert_eq!(beyond.found, Found::All);
}

#[test]
fn questions_that_make_no_sense_are_refused() {
    let said = |vary: &str, require: &[&str]| ask(vary, require).unwrap_err();
    for (vary, require, code, expected) in [
        ("worker.cuont=1..9", "throughput >= 1", 65, "did you mean count?"),
        ("wroker.count=1..9", "throughput >= 1", 65, "did you mean worker?"),
        ("worker.count=9..1", "throughput >= 1", 65, "ascends"),
        ("worker.count=1..9", "throughputs >= 1", 2, "did you mean throughput?"),
        ("worker.count=1..9", "psi.memory.full <= 1%", 2, ""),
        ("worker.count=1..1", "throughput >= 1", 2, "at least two"),
        ("replacement.policy=[\"lru\", \"fifo\"]", "throughput >= 1", 2, "no place in an order"),
        ("replacement.policy", "throughput >= 1", 2, "no place in an order"),
        ("device.paging", "throughput >= 1", 2, "found a table"),
        ("run.seed=1..3", "throughput >= 1", 65, "changes a run"),
        ("worker.pages=1..3000", "throughput >= 1", 2, "up to 2000"),
    ] {
        let error = said(vary, &[require]);
        assert_eq!(error.exit_code(), code, "{vary} {require}: {error}");
        assert!(error.to_string().contains(expected), "{vary}: {error}");
        assert!(error.to_string().contains(vary) || error.to_string().contains("--require"), "{error}");
    }
    // A metric that there is, but that no run of this machine has.
    assert!(said("worker.count=1..9", &["file_queue <= 3"]).to_string().contains("no run of this scenario"));
}

#[test]
fn threads_and_what_was_run_before_change_nothing_but_the_time() {
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("runs.jsonl");
    let made = AtomicU32::new(0);
    let ask = |threads, cache, require: &str| {
        let require = [require.to_owned()];
        let vary = "worker.count=1..30";
        let question = Question { vary, require: &require, sought: None, most: None, remedies: true, threads, cache };
        let run = |config: &Config, seed: u64, stop: &AtomicBool| {
            made.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            curve(config, seed, stop)
        };
        let (answer, _) = answer(&scenario(), &question, run, &AtomicBool::new(false)).unwrap();
        serde_json::to_string(&answer).unwrap()
    };
    let count = || made.swap(0, std::sync::atomic::Ordering::Relaxed);
    let alone = ask(1, None, "throughput >= 90% of peak");
    let runs = count();
    assert_eq!(ask(3, Some(&cache), "throughput >= 90% of peak"), alone);
    assert_eq!(count(), runs);
    assert_eq!(ask(2, Some(&cache), "throughput >= 90% of peak"), alone);
    assert_eq!(count(), 0, "all of it is in the cache");
    // A torn last line is passed over, and its run made again.
    let text = std::fs::read_to_string(&cache).unwrap();
    std::fs::write(&cache, &text[..text.len() - 20]).unwrap();
    assert_eq!(ask(2, Some(&cache), "throughput >= 90% of peak"), alone);
    assert_eq!(count(), 1);
    ask(2, Some(&cache), "throughput >= 80% of peak");
    let more = count();
    assert!(more < runs / 2, "another question begins with what is known: {more} of {runs}");
    // What other questions needed more replications for changes nothing either.
    ask(2, Some(&cache), "throughput >= 9.9/s");
    assert_eq!(ask(2, Some(&cache), "throughput >= 90% of peak"), alone);
}

#[test]
fn machines_that_get_stuck_satisfy_nothing() {
    let require = ["throughput >= 1/s".to_owned()];
    let vary = "worker.count=1..30";
    let question =
        Question { vary, require: &require, sought: None, most: None, remedies: false, threads: 1, cache: None };
    let run = |config: &Config, seed: u64, stop: &AtomicBool| match config.classes[0].count {
        12.. => Err(Error::Stuck("swap space is full".into())),
        _ => curve(config, seed, stop),
    };
    let (answer, _) = answer(&scenario(), &question, run, &AtomicBool::new(false)).unwrap();
    assert_eq!(value(&answer), "11");
}
