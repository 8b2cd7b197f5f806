//! The program from outside: help, bad arguments, exit codes, formats.

use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// A machine small enough to simulate in no time.
const SCENARIO: &str = r#"
name = "small"
title = "A small machine"

[machine]
memory = "60 frames"
cpus = 1

[replacement]
policy = "clock"

[device.paging]
service = { kind = "exponential", mean = "5 ms" }

[process.worker]
count = 2
pages = 40
reference_time = "1 us"
job = { kind = "exponential", mean = "20 ms" }
write_fraction = 0.1

[process.worker.references]
kind = "independent"
weights = "uniform"

[run]
duration = "2 s"
replications = 2
observations = 50
"#;

fn knee() -> Command {
    Command::cargo_bin("knee").unwrap()
}

fn scenario(dir: &Path, more: &str) -> PathBuf {
    let path = dir.join("small.toml");
    fs::write(&path, format!("{SCENARIO}{more}")).unwrap();
    path
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = knee().args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn help_names_the_commands_and_the_exit_codes() {
    let (code, out, err) = run(&["--help"]);
    assert_eq!((code, err.as_str()), (0, ""));
    for word in ["run", "sweep", "plot", "check", "list", "Exit codes", "65", "66", "69", "70", "74", "130"] {
        assert!(out.contains(word), "{word} is missing in\n{out}");
    }
    for command in ["run", "sweep", "plot", "check", "list"] {
        let (code, out, _) = run(&[command, "--help"]);
        assert!(code == 0 && out.contains("Usage:"), "{command}");
    }
    assert_eq!(run(&["--version"]).1.trim(), concat!("knee ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_wrong_command_line_has_code_2() {
    for wrong in [
        &[][..],
        &["sweeep"],
        &["sweep"],
        &["sweep", "a.toml", "--threads", "0"],
        &["sweep", "a.toml", "--replications", "0"],
        &["sweep", "a.toml", "--replications", "many"],
        &["sweep", "a.toml", "--resume", "--force"],
        &["run", "a.toml", "--format", "xml"],
        &["run", "a.toml", "--seed", "-1"],
        &["list", "colours"],
    ] {
        let (code, out, err) = run(wrong);
        assert_eq!((code, out.as_str()), (2, ""), "{wrong:?}: {err}");
        assert!(!err.is_empty() && !err.contains("panicked"), "{wrong:?}: {err}");
    }
    let (_, _, err) = run(&["sweeep"]);
    assert!(err.starts_with("error: ") && err.contains("'sweep'"), "{err}");
}

#[test]
fn a_file_that_is_not_there_has_code_66() {
    for command in ["run", "sweep", "check"] {
        let (code, out, err) = run(&[command, "no-such-scenario.toml"]);
        assert_eq!((code, out.as_str()), (66, ""));
        assert!(err.starts_with("error: cannot read no-such-scenario.toml"), "{err}");
    }
    assert_eq!(run(&["plot", "no-such-folder"]).0, 66);
}

#[test]
fn a_wrong_scenario_has_code_65_and_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [("syntax.toml", "[machine\n"), ("key.toml", "[machin]\nmemory = \"60 frames\"\n")] {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        let out = dir.path().join("out");
        let (code, _, err) = run(&["sweep", path.to_str().unwrap(), "--out", out.to_str().unwrap()]);
        assert_eq!(code, 65, "{err}");
        assert!(err.starts_with("error: "), "{err}");
        assert!(!out.exists());
    }
}

#[test]
fn a_scenario_without_a_sweep_is_told_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let path = scenario(dir.path(), "");
    let (code, out, err) = run(&["sweep", path.to_str().unwrap()]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("knee run") && err.contains("\"process.worker.count\" = \"1..24\""), "{err}");
    // The advice is good.
    let out = dir.path().join("out");
    let set = "sweep.process.worker.count=\"1..2\"";
    let (code, _, err) = run(&["sweep", path.to_str().unwrap(), "--set", set, "--out", out.to_str().unwrap()]);
    assert_eq!(code, 0, "{err}");
}

#[test]
fn check_prints_a_scenario_that_means_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let path = scenario(dir.path(), "");
    let (code, first, err) = run(&["check", path.to_str().unwrap()]);
    assert_eq!((code, err.as_str()), (0, ""));
    let again = dir.path().join("again.toml");
    fs::write(&again, &first).unwrap();
    assert_eq!(run(&["check", again.to_str().unwrap()]).1, first);
}

#[test]
fn a_run_prints_in_every_format_and_writes_its_series() {
    let dir = tempfile::tempdir().unwrap();
    let path = scenario(dir.path(), "");
    let path = path.to_str().unwrap();
    let series = dir.path().join("series.csv");

    let (code, table, err) = run(&["run", path, "--series", series.to_str().unwrap()]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(table.contains("throughput"), "{table}");
    let mut rows = csv::Reader::from_path(&series).unwrap();
    assert_eq!(&rows.headers().unwrap()[0], "time_s");
    assert!(rows.records().all(|row| row.is_ok()));

    let json: serde_json::Value = serde_json::from_str(&run(&["run", path, "--format", "json"]).1).unwrap();
    assert!(json["values"]["throughput"].is_f64());
    assert_eq!(json["units"]["throughput"], "jobs/s");
    let (_, csv, _) = run(&["run", path, "--format", "csv"]);
    assert!(csv.starts_with("metric,value,unit\n") && csv.contains("\nthroughput,"), "{csv}");

    // The same seed gives the same run, another seed another one.
    assert_eq!(run(&["run", path, "--format", "csv"]).1, csv);
    assert_ne!(run(&["run", path, "--format", "csv", "--seed", "99"]).1, csv);
}

#[test]
fn a_series_that_cannot_be_written_has_code_74() {
    let dir = tempfile::tempdir().unwrap();
    let path = scenario(dir.path(), "");
    let series = dir.path().join("no-such-folder/series.csv");
    let (code, out, err) = run(&["run", path.to_str().unwrap(), "--series", series.to_str().unwrap()]);
    assert_eq!((code, out.as_str()), (74, ""), "{err}");
}

#[test]
fn lists_come_in_every_format() {
    for (topic, name) in [
        ("policies", "clock"),
        ("sources", "phases"),
        ("devices", "queueing"),
        ("controllers", "fixed-mpl"),
        ("metrics", "lifetime"),
    ] {
        let (code, table, _) = run(&["list", topic]);
        assert!(code == 0 && table.contains(name), "{table}");
        let json: serde_json::Value = serde_json::from_str(&run(&["list", topic, "--format", "json"]).1).unwrap();
        assert!(json[topic].as_array().unwrap().iter().any(|entry| entry["name"] == name), "{json}");
        let (_, text, _) = run(&["list", topic, "--format", "csv"]);
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        assert!(rows.records().any(|row| &row.unwrap()[1] == name), "{text}");
    }
    let (_, all, _) = run(&["list"]);
    assert!(all.contains("clock") && all.contains("fault_latency_mean"), "{all}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    for arguments in [&["list"][..], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut program = std::process::Command::new(assert_cmd::cargo::cargo_bin("knee"));
        let output = program.args(arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn every_listed_source_is_known_to_scenarios() {
    let (_, list, _) = run(&["list", "sources", "--format", "json"]);
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let dir = tempfile::tempdir().unwrap();
    for source in list["sources"].as_array().unwrap() {
        let name = source["name"].as_str().unwrap();
        let path = scenario(dir.path(), "");
        let set = format!("process.worker.references={{ kind = \"{name}\" }}");
        let (_, _, err) = run(&["check", path.to_str().unwrap(), "--set", &set]);
        // It may ask for more keys, but not for another kind.
        assert!(!err.contains("references.kind"), "{name}: {err}");
    }
}

#[test]
fn every_listed_device_is_known_to_scenarios() {
    let (_, list, _) = run(&["list", "devices", "--format", "json"]);
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = scenario(dir.path(), "");
    let devices = list["devices"].as_array().unwrap();
    for device in devices {
        let name = device["name"].as_str().unwrap();
        let kind = device["summary"].as_str().unwrap().starts_with("kind: ");
        let set = format!("device.paging.{}={name}", if kind { "kind" } else { "preset" });
        let (code, out, err) = run(&["check", path.to_str().unwrap(), "--set", &set]);
        if name == "areas" {
            // It knows the kind, and asks which areas.
            assert!(err.contains("device.paging.areas: missing"), "{err}");
            continue;
        }
        assert_eq!((code, err.as_str()), (0, ""), "{name}");
        // The scenario it prints, with every parameter, is the same scenario.
        let printed = dir.path().join("printed.toml");
        fs::write(&printed, &out).unwrap();
        assert_eq!(run(&["check", printed.to_str().unwrap()]).1, out, "{name}");
    }
    assert!(devices.len() > 20, "{list}");
}

#[test]
fn events_add_up_to_what_the_report_says() {
    let dir = tempfile::tempdir().unwrap();
    let path = scenario(dir.path(), "warmup = \"0 ns\"\n[load_control]\ncontroller = \"fixed-mpl\"\nlevel = 1\n");
    let path = path.to_str().unwrap();
    let file = dir.path().join("events.jsonl");
    let (code, report, err) = run(&["run", path, "--format", "json", "--events", file.to_str().unwrap()]);
    assert_eq!((code, err.as_str()), (0, ""));
    // Listening changes nothing.
    assert_eq!(run(&["run", path, "--format", "json"]).1, report);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let value = |name: &str| report["values"][name].as_f64().unwrap_or_else(|| panic!("{name} in {report}"));

    let text = fs::read_to_string(&file).unwrap();
    let events: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let time = |event: &serde_json::Value| event["time_ns"].as_u64().unwrap();
    assert!(events.len() > 500 && events.windows(2).all(|pair| time(&pair[0]) <= time(&pair[1])));
    let of = |name: &str| events.iter().filter(|event| event["event"] == name).collect::<Vec<_>>();
    let close = |name: &str, expected: f64| {
        assert!((value(name) - expected).abs() <= 1e-9 * expected, "{name} is {}, not {expected}", value(name));
    };
    let per_second = |number: usize| number as f64 / 2.0;
    close("throughput", per_second(of("job_end").len()));
    close("faults_per_second", per_second(of("fault").len()));
    let waited = of("fault")
        .iter()
        .filter(|fault| ["swap", "file", "in_flight"].iter().any(|found| fault["found"] == *found))
        .count();
    close("major_faults_per_second", per_second(waited));
    let served = of("fault_served");
    let latency: u64 = served.iter().map(|event| event["latency_ns"].as_u64().unwrap()).sum();
    close("fault_latency_mean", latency as f64 / served.len() as f64 / 1e9);
    let response: u64 = of("job_end").iter().map(|event| event["response_ns"].as_u64().unwrap()).sum();
    close("response_mean", response as f64 / of("job_end").len() as f64 / 1e9);

    // What is asked of the device it does once; what is evicted was in memory.
    // A page that is taken back while it is written out may be written again before that is done: then there are two.
    let mut under_way: std::collections::BTreeMap<_, Vec<&serde_json::Value>> = std::collections::BTreeMap::new();
    let (mut read, mut written) = (0, 0);
    for event in &events {
        let key = (event["device"].to_string(), event["request"].as_u64());
        match event["event"].as_str().unwrap() {
            "request" => under_way.entry(key).or_default().push(event),
            "request_done" => {
                let same = under_way.get_mut(&key).unwrap();
                let begun =
                    same.remove(same.iter().position(|begun| begun["operation"] == event["operation"]).unwrap());
                match event["operation"] == "read" {
                    true => read += begun["pages"].as_u64().unwrap(),
                    false => written += begun["pages"].as_u64().unwrap(),
                }
            }
            _ => {}
        }
    }
    close("page_ins_per_second", read as f64 / 2.0);
    close("page_outs_per_second", written as f64 / 2.0);
    assert!(written > 0 && !of("evict").is_empty() && !of("dispatch").is_empty());
    for event in of("job_start").iter().chain(&of("activate")).chain(&of("suspend")) {
        assert!(event["process"] == "worker#0" || event["process"] == "worker#1", "{event}");
    }
}

#[test]
fn the_schema_is_printed() {
    let (code, out, err) = run(&["schema"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let schema: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(schema["properties"]["machine"]["properties"]["cpus"]["default"] == 1, "{out}");
}
