//! `knee trace` from outside: counts against another program's tables, the same references in every way they can come, and what it
//! says when a trace is bad.

mod replay;
#[allow(dead_code)]
mod shared;

use assert_cmd::cargo::cargo_bin;
use knee::policy::{self, POLICIES};
use knee::rng::Streams;
use replay::Replay;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn knee(arguments: &[&str]) -> Output {
    Command::new(cargo_bin("knee")).arg("trace").args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// `(policy, frames, faults)` as the program prints them in CSV.
fn faults(output: &Output) -> Vec<(String, u32, u64)> {
    assert!(output.status.success(), "{}", text(&output.stderr));
    let mut table = csv::Reader::from_reader(&output.stdout[..]);
    let header = table.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|other| other == name).unwrap();
    let (policy, frames, faults) = (column("policy"), column("frames"), column("faults"));
    let row = |row: csv::StringRecord| {
        // A variable partition has no number of frames.
        (row[policy].to_owned(), row[frames].parse().unwrap_or(0), row[faults].parse().unwrap())
    };
    table.records().map(Result::unwrap).map(row).collect()
}

/// A string with loops, hot pages and writes, as a plain trace.
fn string(seed: u64, length: usize) -> (Vec<(u32, bool)>, String) {
    let mut stream = Streams::new(seed).named("references");
    let reference = |at: usize| {
        let page = match stream.below(3) {
            0 => at as u64 % 37,
            1 => stream.below(12),
            _ => 40 + stream.below(60),
        };
        (page as u32, stream.chance(0.3))
    };
    let string: Vec<(u32, bool)> = (0..length).map(reference).collect();
    let trace = string.iter().map(|(page, write)| format!("{page} {}\n", if *write { 'w' } else { 'r' })).collect();
    (string, trace)
}

#[test]
fn every_policy_faults_as_often_as_in_a_plain_loop() {
    let dir = tempfile::tempdir().unwrap();
    let (string, trace) = string(1, 20_000);
    let path = dir.path().join("a.txt");
    fs::write(&path, trace).unwrap();
    let path = path.to_str().unwrap();
    let output = knee(&[
        "replay",
        path,
        "--policy",
        "all",
        "--frames",
        "1,7,30",
        "--window",
        "25",
        "--correlated-period",
        "24",
        "--format",
        "csv",
    ]);
    let found = faults(&output);
    let variable = POLICIES.iter().filter(|policy| policy.variable).count();
    assert_eq!(found.len(), (POLICIES.len() - variable) * 3 + variable);
    // Pages are numbered in order of their first reference, which a policy may use to choose among equals.
    let mut numbers: Vec<u32> = Vec::new();
    let dense: Vec<u32> = string
        .iter()
        .map(|(page, _)| {
            let at = numbers.iter().position(|known| known == page).unwrap_or_else(|| {
                numbers.push(*page);
                numbers.len() - 1
            });
            at as u32
        })
        .collect();
    for (policy, frames, count) in found {
        let frames = if frames == 0 { 200 } else { frames };
        let mut memory = Replay::windowed(&policy, frames, &dense, 25);
        for (page, (_, write)) in dense.iter().zip(&string) {
            memory.reference(*page, *write);
        }
        assert_eq!(count, memory.faults, "{policy} with {frames} frames");
        let variable = policy::find(&policy).unwrap().variable;
        assert!(!variable || memory.policy.forced() == 0, "{policy}");
    }
}

#[test]
fn other_programs_count_the_same_on_real_traces() {
    let Some(table) = shared::file("oracles/miss_counts.csv") else { return };
    let mut rows = csv::Reader::from_path(table).unwrap();
    let rows: Vec<(String, String, u32, u64, u64, f64, String)> = rows.deserialize().map(Result::unwrap).collect();
    let mut compared = 0;
    for trace in ["lirs_cs", "lirs_gli", "lirs_multi1"] {
        let Some(path) = shared::trace(trace) else { return };
        for (theirs, ours) in [("FIFO", "fifo"), ("LRU", "lru"), ("ARC", "arc"), ("Belady", "opt")] {
            let rows: Vec<_> = rows.iter().filter(|row| row.0 == trace && row.1 == theirs).collect();
            let sizes: Vec<String> = rows.iter().map(|row| row.2.to_string()).collect();
            if sizes.is_empty() {
                continue;
            }
            let output = knee(&[
                "replay",
                path.to_str().unwrap(),
                "--policy",
                ours,
                "--frames",
                &sizes.join(","),
                "--format",
                "csv",
            ]);
            for (_, frames, count) in faults(&output) {
                let row = rows.iter().find(|row| row.2 == frames).unwrap();
                assert_eq!(count, row.4, "{trace}, {ours} with {frames} frames");
                compared += 1;
            }
        }
    }
    assert!(compared > 20, "only {compared} rows were there to compare");
}

#[test]
fn standard_input_shares_of_pages_and_threads_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (_, trace) = string(2, 30_000);
    let path = dir.path().join("a.txt");
    fs::write(&path, &trace).unwrap();
    let arguments = ["--policy", "lru,arc,opt", "--frames", "10%,50%", "--format", "csv"];
    let file = knee(&[&["replay", path.to_str().unwrap()], &arguments[..]].concat());
    let one = knee(&[&["replay", path.to_str().unwrap(), "--threads", "1"], &arguments[..]].concat());
    let mut child = Command::new(cargo_bin("knee"))
        .args([&["trace", "replay", "-"], &arguments[..]].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(trace.as_bytes()).unwrap();
    let piped = child.wait_with_output().unwrap();
    assert_eq!(faults(&file).len(), 6);
    // 97 distinct pages.
    assert_eq!(faults(&file)[0].1, 10);
    assert_eq!(text(&file.stdout), text(&piped.stdout));
    assert_eq!(text(&file.stdout), text(&one.stdout));
}

#[test]
fn a_converted_trace_replays_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let (_, trace) = string(3, 5_000);
    let path = dir.path().join("a.txt");
    fs::write(&path, &trace).unwrap();
    let count = |path: &Path| faults(&knee(&["replay", path.to_str().unwrap(), "--frames", "20", "--format", "csv"]));
    let expected = count(&path);
    for (format, name) in [("oracle-general", "b.oracleGeneral.zst"), ("lackey", "b.lackey.gz"), ("csv", "b.csv")] {
        let other = dir.path().join(name);
        let output = knee(&["convert", path.to_str().unwrap(), "--to", format, "--output", other.to_str().unwrap()]);
        assert!(
            output.status.success() && text(&output.stderr).contains("5000 references"),
            "{}",
            text(&output.stderr)
        );
        assert_eq!(count(&other), expected, "{format}");
    }
}

#[test]
fn the_curve_of_lru_is_the_replay_of_lru() {
    let dir = tempfile::tempdir().unwrap();
    let (_, trace) = string(4, 10_000);
    let path = dir.path().join("a.txt");
    fs::write(&path, &trace).unwrap();
    let out = dir.path().join("curve");
    let output = knee(&["curve", path.to_str().unwrap(), "--format", "csv", "--out", out.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let rows: Vec<(u32, u64, f64, f64, f64)> =
        csv::Reader::from_reader(&output.stdout[..]).deserialize().map(Result::unwrap).collect();
    let sizes: Vec<String> = rows.iter().map(|row| row.0.to_string()).collect();
    let replayed = knee(&["replay", path.to_str().unwrap(), "--frames", &sizes.join(","), "--format", "csv"]);
    let replayed: Vec<(u32, u64)> = faults(&replayed).into_iter().map(|(_, frames, count)| (frames, count)).collect();
    assert_eq!(rows.iter().map(|row| (row.0, row.1)).collect::<Vec<_>>(), replayed);
    for name in
        ["curves.csv", "windows.csv", "faults.svg", "faults.png", "lifetime.svg", "lifetime.png", "working-set.png"]
    {
        assert!(fs::metadata(out.join(name)).unwrap().len() > 100, "{name}");
    }
    let lifetime = fs::read_to_string(out.join("lifetime.svg")).unwrap();
    assert!(lifetime.contains("knee") && lifetime.contains("references between faults"));
}

#[test]
fn statistics_count_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.txt");
    // Two runs of four pages, then page 1 again, written.
    fs::write(&path, "1\n2\n3\n4\n10\n11\n12\n13\n1 w\n").unwrap();
    let output = knee(&["stats", path.to_str().unwrap(), "--format", "json"]);
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for (name, expected) in [("references", 9), ("reads", 8), ("writes", 1), ("pages", 8)] {
        assert_eq!(found[name], expected, "{name}");
    }
    assert_eq!(found["references_a_run"], 3.0);
    assert_eq!(found["footprint"], serde_json::json!([[9, 8]]));
    // The one reuse: eight references later, eight distinct pages down the stack.
    let row = found["rows"].as_array().unwrap().iter().find(|row| row["from"] == 8).unwrap();
    assert_eq!((&row["reuse_intervals"], &row["stack_distances"]), (&1.into(), &1.into()));
}

#[test]
fn a_bad_trace_is_told_of_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bad.txt");
    fs::write(&path, "1\n2\nthree\n4\n").unwrap();
    let name = path.to_str().unwrap();
    let output = knee(&["replay", name, "--frames", "2"]);
    assert_eq!(output.status.code(), Some(65));
    let error = text(&output.stderr);
    assert!(error.contains("bad.txt:3") && error.contains("three"), "{error}");
    let output = knee(&["replay", name, "--frames", "2", "--skip-bad", "--format", "csv"]);
    assert_eq!(faults(&output)[0].2, 3);
    assert!(text(&output.stderr).contains("1 malformed"), "{}", text(&output.stderr));

    let (_, trace) = string(5, 50_000);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(trace.as_bytes()).unwrap();
    let whole = encoder.finish().unwrap();
    let cut = dir.path().join("cut.txt.gz");
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let output = knee(&["stats", cut.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(65), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("references"), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty(), "nothing is said about half a trace");
}

#[test]
fn a_wrong_request_is_refused_before_anything_is_read() {
    for (arguments, says) in [
        (&["replay", "none", "--policy", "lur"][..], "did you mean \"lru\""),
        (&["replay", "none", "--frames", "0"], "--frames"),
        (&["replay", "none", "--frames", "120%"], "--frames"),
        (&["replay", "none", "--trace-format", "lacky"], "did you mean \"lackey\""),
        (&["curve", "none", "--rate", "0"], "--rate"),
        (&["convert", "none", "--to", "txt", "--output", "x"], "trace format"),
        (&["replay", "none", "--column", "pages=x"], "--column"),
    ] {
        let output = knee(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(says), "{arguments:?}: {}", text(&output.stderr));
    }
    assert_eq!(knee(&["stats", "none"]).status.code(), Some(66));
}

#[test]
fn a_trace_is_a_reference_source_as_its_recording_is() {
    let dir = tempfile::tempdir().unwrap();
    let (_, trace) = string(6, 4_000);
    let plain = dir.path().join("a.txt");
    fs::write(&plain, &trace).unwrap();
    let recording = dir.path().join("a.refs.gz");
    let arguments = ["convert", plain.to_str().unwrap(), "--to", "recording", "--output", recording.to_str().unwrap()];
    assert!(knee(&arguments).status.success());
    let measured = |file: &str| {
        let scenario = dir.path().join("s.toml");
        let text = format!(
            "[machine]\nmemory = \"60 frames\"\n[device.paging]\nservice = {{ kind = \"constant\", value = \"1 ms\" }}\n\
             [process.p]\ncount = 2\npages = 100\nreference_time = \"1 us\"\n[process.p.references]\nkind = \"recorded\"\n\
             file = \"{file}\"\n[run]\nduration = \"20 s\"\nwarmup = \"1 s\"\n"
        );
        fs::write(&scenario, text).unwrap();
        let run = Command::new(cargo_bin("knee"))
            .args(["run", scenario.to_str().unwrap(), "--format", "json"])
            .output()
            .unwrap();
        assert!(run.status.success(), "{}", text_of(&run));
        let document: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
        document["values"].clone()
    };
    let values = measured("a.txt");
    assert!(values["faults_per_second"].as_f64().unwrap() > 1.0, "{values}");
    assert_eq!(values, measured("a.refs.gz"));
}

fn text_of(output: &Output) -> String {
    text(&output.stderr)
}
