//! `knee plan` by the program, on the central server with a lifetime function, whose throughput is known exactly.

use assert_cmd::cargo::cargo_bin;
use std::path::Path;
use std::process::{Command, Output};

fn plan(scenario: &str, out: &Path, more: &[&str]) -> Output {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs").join(scenario);
    let mut command = Command::new(cargo_bin("knee"));
    command.arg("plan").arg(scenario).arg("--out").arg(out).args(more);
    command.output().unwrap()
}

/// Exact mean-value analysis has throughput 0.970, 0.976, 0.973 at N = 4, 5, 6, and 95.1 % and 89.0 % of the peak at 8 and 9.
#[test]
fn the_central_server_peaks_at_five() {
    let dir = tempfile::tempdir().unwrap();
    let more = ["--vary", "worker.count", "--require", "throughput >= 90% of peak", "--no-remedies", "--quiet"];
    let output = plan("central-server.toml", dir.path(), &more);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.starts_with("worker.count = 8 is the largest"), "{text}");
    assert!(text.contains("at worker.count = 5"), "{text}");
    assert!(text.contains("Collapse begins at 9"), "{text}");
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(dir.path().join("plan.json")).unwrap()).unwrap();
    assert_eq!(json["peak"]["value"], "5");
    assert_eq!(json["limit"]["resource"], "frames");
    // Every throughput that was measured is the exact one, within the error of half an hour of jobs.
    let exact = [
        0.662252, 0.875448, 0.946338, 0.970019, 0.976378, 0.973455, 0.960165, 0.928832, 0.868690, 0.779826, 0.681176,
        0.591210, 0.515411, 0.452484,
    ];
    let curve = json["curve"].as_array().unwrap();
    assert!(curve.len() >= 9);
    for point in curve {
        let n = point["value"].as_str().unwrap().parse::<usize>().unwrap();
        let found = point["throughput"].as_f64().unwrap();
        // 500/N frames are rounded down, which costs up to 3 % where frames are few.
        let tolerance = if 500 % n == 0 { 0.01 } else { 0.04 };
        assert!((found / exact[n - 1] - 1.0).abs() < tolerance, "N = {n}: {found} is not {}", exact[n - 1]);
    }
}

#[test]
fn bad_questions_are_explained_and_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let said = |vary: &str, require: &[&str], code: i32| {
        let mut more = vec!["--vary", vary];
        for requirement in require {
            more.extend(["--require", requirement]);
        }
        let output = plan("thrashing.toml", &out, &more);
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(said("worker.count", &["throughput >= 4", "throughput <= 3"], 2).contains("contradict"));
    assert!(said("worker.count", &["throughptu >= 4"], 2).contains("did you mean throughput?"));
    assert!(said("worker.cout", &["throughput >= 4"], 65).contains("did you mean count?"));
    assert!(said("worker.count", &[], 2).contains("--require"));
    assert!(!out.exists());
}
