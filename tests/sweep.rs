//! Whole sweeps by the program: the same bytes whatever happens on the way.

use assert_cmd::cargo::cargo_bin;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A machine that begins to thrash at about four processes.
const SCENARIO: &str = r#"
name = "small"
title = "A small machine"

[machine]
memory = "100 frames"
cpus = 1

[replacement]
policy = "clock"

[device.paging]
service = { kind = "exponential", mean = "2 ms" }

[process.worker]
count = 2
pages = 60
reference_time = "1 us"
job = { kind = "exponential", mean = "20 ms" }
memory_between_jobs = "keep"
write_fraction = 0.2

[process.worker.references]
kind = "phases"
holding = { kind = "exponential", mean = 20_000 }
locality = { size = 20 }
micromodel = "random"

[run]
duration = "20 s"
replications = 3
observations = 50

[sweep]
"process.worker.count" = "1..12"
"#;

struct Sandbox {
    dir: tempfile::TempDir,
    scenario: PathBuf,
}

impl Sandbox {
    fn new() -> Sandbox {
        Sandbox::of(SCENARIO)
    }

    /// With runs long enough that a sweep is not over before it can be interrupted.
    fn slow() -> Sandbox {
        Sandbox::of(&SCENARIO.replace("20 s", "200 s"))
    }

    fn of(scenario: &str) -> Sandbox {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("small.toml");
        fs::write(&path, scenario).unwrap();
        Sandbox { dir, scenario: path }
    }

    fn out(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, out: &str, more: &[&str]) -> Command {
        let mut command = Command::new(cargo_bin("knee"));
        command.arg("sweep").arg(&self.scenario).arg("--no-plots").arg("--out").arg(self.out(out)).args(more);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn sweep(&self, out: &str, more: &[&str]) -> Output {
        self.command(out, more).output().unwrap()
    }

    fn sweep_well(&self, out: &str, more: &[&str]) -> BTreeMap<String, Vec<u8>> {
        let output = self.sweep(out, more);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        contents(&self.out(out))
    }

    fn journal(&self, out: &str) -> PathBuf {
        self.out(out).join("runs.partial.csv")
    }

    /// Starts a sweep and waits until some runs are in its journal, or it has ended.
    fn start(&self, out: &str, runs: usize) -> Child {
        let mut child = self.command(out, &["--threads", "2"]).spawn().unwrap();
        let begin = Instant::now();
        while child.try_wait().unwrap().is_none() && rows(&self.journal(out)) < runs {
            assert!(begin.elapsed() < Duration::from_secs(60), "no run is finished");
            std::thread::sleep(Duration::from_millis(1));
        }
        child
    }
}

fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

/// Whole rows of a journal.
fn rows(journal: &Path) -> usize {
    let bytes = fs::read(journal).unwrap_or_default();
    bytes.iter().filter(|byte| **byte == b'\n').count().saturating_sub(1)
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn threads_change_no_byte() {
    let sandbox = Sandbox::new();
    let one = sandbox.sweep_well("one", &["--threads", "1"]);
    assert_eq!(one.keys().collect::<Vec<_>>(), ["manifest.json", "runs.csv", "summary.csv"]);
    for threads in ["2", "5"] {
        assert!(sandbox.sweep_well(threads, &["--threads", threads]) == one, "{threads} threads");
    }
    assert!(sandbox.sweep_well("other", &["--seed", "2"])["runs.csv"] != one["runs.csv"]);
}

#[test]
fn the_output_ends_with_the_knee_and_the_files() {
    let sandbox = Sandbox::new();
    let output = sandbox.sweep("out", &["--replications", "2"]);
    assert!(output.status.success());
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("knee"), "{text}");
    assert!(text.trim_end().ends_with("manifest.json"), "{text}");
    assert!(stderr(&output).contains("24 runs"), "{}", stderr(&output));

    let json = sandbox.sweep("json", &["--replications", "2", "--format", "json", "--quiet"]);
    assert_eq!(stderr(&json), "");
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["cells"].as_array().unwrap().len(), 12);
    assert!(json["manifest"]["knees"][0]["knee"]["load"].is_f64());
    let csv = sandbox.sweep("csv", &["--replications", "2", "--format", "csv"]);
    assert_eq!(csv.stdout, fs::read(sandbox.out("csv").join("summary.csv")).unwrap());
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_is_finished_and_resume_goes_on() {
    let sandbox = Sandbox::slow();
    let expected = sandbox.sweep_well("whole", &[]);
    let child = sandbox.start("broken", 3);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    assert!(stderr(&output).contains("--resume"), "{}", stderr(&output));
    assert!(rows(&sandbox.journal("broken")) >= 3);

    let refused = sandbox.sweep("broken", &[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("--resume") && stderr(&refused).contains("--force"), "{}", stderr(&refused));
    assert!(sandbox.sweep_well("broken", &["--resume"]) == expected);
}

#[test]
fn a_sweep_killed_at_any_moment_leaves_files_that_can_be_read_and_continued() {
    let sandbox = Sandbox::new();
    let begin = Instant::now();
    let expected = sandbox.sweep_well("whole", &["--threads", "2"]);
    let whole = begin.elapsed();
    let mut random = std::hash::BuildHasher::hash_one(&std::collections::hash_map::RandomState::new(), 0u8) | 1;
    for attempt in 0..20 {
        // A linear congruential generator is random enough; twenty moments from the beginning to just past the end.
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = whole.mul_f64((random >> 11) as f64 / (1u64 << 53) as f64 * 1.05);
        let out = format!("killed-{attempt}");
        let mut child = sandbox.command(&out, &["--threads", "2"]).spawn().unwrap();
        std::thread::sleep(moment);
        child.kill().unwrap();
        child.wait_with_output().unwrap();
        let finished = sandbox.out(&out).join("manifest.json").exists();
        for name in ["runs.csv", "summary.csv", "manifest.json"] {
            let path = sandbox.out(&out).join(name);
            if path.exists() {
                assert!(fs::read(&path).unwrap() == expected[name], "killed after {moment:?}: {name} is not whole");
            }
        }
        // Whatever has a line is taken over, so at most what the two threads were at is lost.
        let kept = if finished { 36 } else { rows(&sandbox.journal(&out)) };
        let status = sandbox.sweep(&out, &["--status", "--format", "csv"]);
        let status = String::from_utf8(status.stdout).unwrap();
        assert!(status.contains(&format!(",36,{kept},0,")), "killed after {moment:?}: {kept} rows, {status}");
        let resumed = sandbox.sweep(&out, &["--resume"]);
        assert!(resumed.status.success(), "killed after {moment:?}: {}", stderr(&resumed));
        let told = if kept == 0 { "36 runs\n".to_owned() } else { format!("36 runs, {kept} of them done before") };
        assert!(stderr(&resumed).contains(&told), "killed after {moment:?}: {kept} rows, {}", stderr(&resumed));
        assert!(contents(&sandbox.out(&out)) == expected, "killed after {moment:?}");
    }
}

#[test]
fn a_folder_has_one_sweep_at_a_time_but_a_killed_one_is_not_in_the_way() {
    let sandbox = Sandbox::slow();
    let mut first = sandbox.start("out", 1);
    for more in [&["--force"][..], &["--resume"], &["--shard", "1/2"]] {
        let second = sandbox.sweep("out", more);
        assert_eq!(second.status.code(), Some(2), "{}", stderr(&second));
        let holder = format!("process {}", first.id());
        assert!(stderr(&second).contains("another knee") && stderr(&second).contains(&holder), "{}", stderr(&second));
    }
    let status = sandbox.sweep("out", &["--status"]);
    assert!(String::from_utf8_lossy(&status.stdout).contains("running: process"), "{status:?}");
    first.kill().unwrap();
    first.wait_with_output().unwrap();
    sandbox.sweep_well("out", &["--resume"]);
}

#[test]
fn shards_of_any_number_merge_to_the_same_bytes() {
    let sandbox = Sandbox::new();
    let expected = sandbox.sweep_well("whole", &[]);
    for (of, order) in [(2, vec![2, 1]), (5, vec![4, 1, 5, 3, 2])] {
        let mut dirs = Vec::new();
        for number in order {
            let (name, shard) = (format!("shards-{of}-{number}"), format!("{number}/{of}"));
            let output = sandbox.sweep(&name, &["--shard", &shard]);
            assert!(output.status.success(), "{}", stderr(&output));
            assert!(String::from_utf8_lossy(&output.stdout).contains("are done"));
            dirs.push(sandbox.out(&name));
        }
        let out = sandbox.out(&format!("merged-{of}"));
        let merge = |dirs: &[PathBuf]| {
            let mut command = Command::new(cargo_bin("knee"));
            command.arg("merge").args(dirs).arg("--out").arg(&out).arg("--no-plots").output().unwrap()
        };
        let gap = merge(&dirs[1..]);
        assert_eq!(gap.status.code(), Some(65), "{}", stderr(&gap));
        assert!(
            stderr(&gap).contains("runs are missing") && stderr(&gap).contains("not among them"),
            "{}",
            stderr(&gap)
        );
        let merged = merge(&dirs);
        assert!(merged.status.success(), "{}", stderr(&merged));
        assert!(String::from_utf8_lossy(&merged.stdout).contains("knee"), "it is told like a sweep");
        assert!(contents(&out) == expected, "{of} shards");
    }
    let wrong = sandbox.sweep("wrong", &["--shard", "5/4"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(stderr(&wrong).contains("found shard 5 of 4; allowed: from 1/4 to 4/4"), "{}", stderr(&wrong));
}

#[test]
fn a_truncated_journal_is_continued() {
    let sandbox = Sandbox::slow();
    let expected = sandbox.sweep_well("whole", &[]);
    let mut child = sandbox.start("broken", 8);
    child.kill().unwrap();
    child.wait_with_output().unwrap();
    let journal = fs::read(sandbox.journal("broken")).unwrap();
    let first_rows: usize = journal.split_inclusive(|byte| *byte == b'\n').take(3).map(<[u8]>::len).sum();
    for (i, length) in [first_rows, first_rows + 1, journal.len() - 7, journal.len() - 1].into_iter().enumerate() {
        let out = format!("torn-{i}");
        fs::create_dir(sandbox.out(&out)).unwrap();
        fs::write(sandbox.journal(&out), &journal[..length]).unwrap();
        assert!(sandbox.sweep_well(&out, &["--resume"]) == expected, "torn at {length}");
    }
}

#[test]
fn runs_that_get_stuck_are_recorded_and_told_of() {
    let sandbox = Sandbox::new();
    // 240 slots hold what does not fit into memory of five processes, but not of twelve.
    let output = sandbox.sweep("out", &["--set", "swap.size=240 pages"]);
    assert_eq!(output.status.code(), Some(69), "{}", stderr(&output));
    assert!(stderr(&output).contains("could not be finished"), "{}", stderr(&output));
    let mut runs = csv::Reader::from_path(sandbox.out("out").join("runs.csv")).unwrap();
    let status: Vec<(String, String)> =
        runs.records().map(|row| row.unwrap()).map(|row| (row[1].to_owned(), row[4].to_owned())).collect();
    assert_eq!(status.len(), 36);
    assert!(status.iter().filter(|(count, _)| count == "2").all(|(_, status)| status == "ok"));
    assert!(status.iter().filter(|(count, _)| count == "12").all(|(_, status)| status != "ok"));
}
