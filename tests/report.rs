//! What is read from a results folder and drawn from it. The folders here are written by hand, not by a sweep.

use knee::error::Error;
use knee::report::{load, plot, run_table, sentence, table, terminal_curve};
use std::fs;
use std::io::Cursor;
use tempfile::TempDir;

const SUMMARY: &str = "\
process.w.count,runs,converged,throughput,throughput_half,cpu_utilisation,cpu_utilisation_half,lifetime,lifetime_half
1,3,true,1.5,0.07,0.25,0.01,2000000,
2,3,true,4.5,0.1,0.75,0.02,300000,1000
3,3,false,5.25,0.3,0.9,0.05,60000,900
4,3,true,2.125,0.2,0.4,0.04,,
";

/// A manifest of a sweep over `process.w.count`, and the one knee in it.
fn manifest(knee: &serde_json::Value) -> serde_json::Value {
    serde_json::json!({
        "version": "0.1.0", "name": "hand", "title": "Written <by> \"hand\" & drawn", "scenario_hash": "00", "seed": 1,
        "replications": 3, "confidence": 0.95,
        "axes": [{ "key": "process.w.count", "values": ["1", "2", "3", "4"] }],
        "load_axis": "process.w.count", "runs": 12, "failed": 0, "not_stationary": 1,
        "knees": [{ "at": {}, "knee": knee }], "scenario": ""
    })
}

fn knee_at_three() -> serde_json::Value {
    serde_json::json!({
        "load": 3.0, "index": 2, "low": 2.0, "high": 3.0, "throughput": 5.25, "collapses": true, "collapse_load": 4.0
    })
}

fn folder(summary: &str, manifest: &serde_json::Value) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("summary.csv"), summary).unwrap();
    fs::write(dir.path().join("manifest.json"), manifest.to_string()).unwrap();
    dir
}

/// What `load` has to say about a folder.
fn complaint(summary: &str) -> String {
    let dir = folder(summary, &manifest(&knee_at_three()));
    match load(dir.path()) {
        Err(error @ Error::Data(_)) => error.to_string().replace(&*dir.path().to_string_lossy(), "DIR"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_table_has_every_cell_its_interval_and_the_knee() {
    let dir = folder(SUMMARY, &manifest(&knee_at_three()));
    let text = table(&load(dir.path()).unwrap());
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].contains("w.count") && lines[0].contains("throughput") && lines[1].contains("jobs/s"), "{text}");
    assert!(lines[2].contains("1.500 ± 0.070") && lines[2].contains("2000000"), "{text}");
    assert!(lines[4].contains("5.25 ± 0.30") && lines[4].ends_with("*◀ knee"), "{text}");
    assert!(!lines[5].contains("knee") && lines[5].contains("2.12 ± 0.20"), "{text}");
    assert!(
        text.contains("95 % confidence interval over 3 replications") && text.contains("had not settled"),
        "{text}"
    );
}

#[test]
fn the_sentence_says_where_the_knee_is_and_whether_it_collapses() {
    let said = |knee: serde_json::Value| {
        let dir = folder(SUMMARY, &manifest(&knee));
        sentence(&load(dir.path()).unwrap())
    };
    let text = said(knee_at_three());
    assert!(text.starts_with("Knee at w.count = 3 (95 % interval 2 to 3): throughput 5.250; from 4 on"), "{text}");
    assert!(text.contains("thrashing"), "{text}");
    let mut at_the_end = knee_at_three();
    at_the_end["load"] = 4.0.into();
    assert!(said(at_the_end).starts_with("No knee in the range"), "a maximum at the end of the range is not a knee");
    assert!(said(serde_json::Value::Null).starts_with("No knee"));
    let mut gentle = knee_at_three();
    gentle["collapses"] = false.into();
    gentle["collapse_load"] = serde_json::Value::Null;
    assert!(said(gentle).contains("does not fall below 90 %"));
}

#[test]
fn the_terminal_curve_has_the_ends_of_its_axes_and_the_knee() {
    let dir = folder(SUMMARY, &manifest(&knee_at_three()));
    let text = terminal_curve(&load(dir.path()).unwrap());
    assert!(text.contains("▲ knee 3") && text.contains("number of w processes, N"), "{text}");
    assert!(text.lines().nth(1).unwrap().trim_start().starts_with("5.250"), "the top of the axis: {text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

/// Every element that is opened is closed, in order; no attribute or text holds a bare `&` or `<`.
fn assert_well_formed(svg: &str) {
    let mut open = Vec::new();
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        assert!(
            !rest[..start]
                .replace("&amp;", "")
                .replace("&lt;", "")
                .replace("&gt;", "")
                .replace("&quot;", "")
                .contains('&')
        );
        let end = start + rest[start..].find('>').expect("a tag ends");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        let name = |tag: &str| tag.split_whitespace().next().unwrap().to_owned();
        match tag {
            _ if tag.starts_with('!') || tag.starts_with('?') || tag.ends_with('/') => {}
            _ if tag.starts_with('/') => assert_eq!(open.pop().as_deref(), Some(&tag[1..])),
            _ => open.push(name(tag)),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn plots_are_whole_files_that_can_be_read() {
    let dir = folder(SUMMARY, &manifest(&knee_at_three()));
    let files = plot(&load(dir.path()).unwrap(), dir.path()).unwrap();
    let names: Vec<_> = files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["throughput.svg", "throughput.png", "faults.svg", "faults.png"]);
    let svg = fs::read_to_string(&files[0]).unwrap();
    assert_well_formed(&svg);
    for label in
        ["throughput, jobs/s", "utilisation", "number of w processes, N", "knee at 3", "95 % interval", "not settled"]
    {
        assert!(svg.contains(label), "{label}");
    }
    for file in [&files[1], &files[3]] {
        let bytes = fs::read(file).unwrap();
        let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        let ink = pixels.chunks(3).filter(|pixel| pixel != &[255, 255, 255]).count();
        let share = ink as f64 / f64::from(frame.width * frame.height);
        // Text and lines on white: not empty, not filled. That the bundled font is found shows in the labels' ink.
        assert!((0.01..0.4).contains(&share), "{share} of {} is not white", file.display());
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 6, "nothing unfinished is left behind");
}

#[test]
fn the_same_files_give_the_same_plots() {
    let dir = folder(SUMMARY, &manifest(&knee_at_three()));
    let drawn = || {
        let files = plot(&load(dir.path()).unwrap(), dir.path()).unwrap();
        files.iter().map(|file| fs::read(file).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(drawn(), drawn());
}

#[test]
fn one_cell_no_axis_and_no_values_are_drawn_too() {
    let one = "process.w.count,runs,converged,throughput,throughput_half\n1,3,true,1.5,\n";
    let none = "process.w.count,runs,converged,throughput,throughput_half\n1,0,false,,\n2,0,false,,\n";
    for summary in [one, none] {
        let dir = folder(summary, &manifest(&serde_json::Value::Null));
        let results = load(dir.path()).unwrap();
        assert!(table(&results).lines().count() > 2);
        assert_eq!(plot(&results, dir.path()).unwrap().len(), 4);
        assert_eq!(terminal_curve(&results), "");
    }
    let mut flat = manifest(&serde_json::Value::Null);
    flat["axes"] = serde_json::json!([{ "key": "replacement.policy", "values": ["clock", "lru"] }]);
    flat["load_axis"] = serde_json::Value::Null;
    flat["knees"] = serde_json::json!([]);
    let dir = folder(
        "replacement.policy,runs,converged,throughput,throughput_half\nclock,3,true,1.5,0.1\nlru,3,true,2.5,0.1\n",
        &flat,
    );
    let results = load(dir.path()).unwrap();
    plot(&results, dir.path()).unwrap();
    let svg = fs::read_to_string(dir.path().join("throughput.svg")).unwrap();
    assert!(svg.contains("clock") && svg.contains("lru") && svg.contains("replacement.policy"));
}

#[test]
fn a_damaged_summary_is_told_of_by_line_and_column() {
    let text = complaint(&SUMMARY.replace("5.25", "fast"));
    assert!(text.contains("DIR/summary.csv:4") && text.contains("throughput") && text.contains("\"fast\""), "{text}");
    let text = complaint(&SUMMARY.replace("2.125", "NaN"));
    assert!(text.contains("summary.csv:5") && text.contains("finite"), "{text}");
    let text = complaint(&SUMMARY.replace("converged", "konvergiert"));
    assert!(text.contains("converged") && text.contains("missing"), "{text}");
    let text = complaint(&SUMMARY.replace("1.5,0.07", "1.5"));
    assert!(text.contains("summary.csv:2"), "{text}");
}

#[test]
fn a_damaged_manifest_and_an_empty_folder_are_told_of() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(load(dir.path()), Err(Error::Read { .. })));
    fs::write(dir.path().join("manifest.json"), "{ \"version\": 3").unwrap();
    let text = load(dir.path()).unwrap_err().to_string();
    assert!(text.contains("manifest.json"), "{text}");
    fs::write(dir.path().join("manifest.json"), manifest(&knee_at_three()).to_string()).unwrap();
    let text = load(dir.path()).unwrap_err().to_string();
    assert!(text.contains("summary.csv"), "{text}");
}

#[test]
fn a_single_run_lists_its_classes_after_the_machine() {
    let mut report = knee::metrics::RunReport::default();
    for (name, value) in [("throughput", 2.0), ("b.throughput", 0.5), ("a.throughput", 1.5)] {
        report.values.insert(name.to_owned(), value);
    }
    let text = run_table(&report);
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what}: {text}"));
    assert!(at("throughput") < at("class a") && at("class a") < at("class b"), "{text}");
}
