//! One run in a folder: what `knee run --out DIR` writes and `knee plot DIR` draws.

use super::AtomicFile;
use crate::error::{Error, Result};
use crate::machine::RunLog;
use crate::metrics::{RunReport, Series};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Names of the files of a run.
pub mod run_files {
    /// What was run, and every number that it measured.
    pub const RUN: &str = "run.json";
    /// Observations of the machine and its classes.
    pub const SERIES: &str = "series.csv";
    /// Who has how many frames at each observation.
    pub const MEMORY: &str = "memory.csv";
    /// When which page was resident.
    pub const RESIDENCY: &str = "residency.csv";
    /// Distribution of response times.
    pub const RESPONSE: &str = "response.csv";
}

/// What was run, and every number that it measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Version of knee.
    pub version: String,
    /// Name of the scenario.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Seed of the run.
    pub seed: u64,
    /// Simulated seconds that were left out at the beginning.
    pub warmup_s: f64,
    /// Simulated seconds that were measured.
    pub measured_s: f64,
    /// Whether the run had settled.
    pub stationary: bool,
    /// Every number by name.
    pub values: BTreeMap<String, f64>,
    /// What has pages, and how many: the processes, then the memory objects that they map.
    pub spaces: Vec<(String, u32)>,
    /// The machine as TOML with all defaults.
    pub scenario: String,
}

/// What writes the content of a file.
type Writing<'a> = dyn Fn(&mut dyn Write) -> io::Result<()> + 'a;

/// Writes a run into a folder, which is made if it is not there; each file appears whole or not at all. Files of parts that this run does
/// not have (residency of a large one) are removed, so that none of another run stays.
///
/// # Errors
/// [`Error::Write`].
pub fn write_run(dir: &Path, record: &RunRecord, report: &RunReport, log: &RunLog) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(dir).map_err(|source| Error::Write { path: dir.to_owned(), source })?;
    let mut json = serde_json::to_string_pretty(record).expect("a record has no keys that are not text");
    json.push('\n');
    let mut files = vec![
        AtomicFile::replace(&dir.join(run_files::RUN), json.as_bytes())?,
        file(dir, run_files::SERIES, |file| series_to_csv(&report.series, file))?,
    ];
    let time = &report.series.time;
    let parts: [(&str, bool, &Writing<'_>); 3] = [
        (run_files::MEMORY, !log.held.is_empty(), &|file| held_to_csv(log, time, file)),
        (run_files::RESIDENCY, !log.resident.is_empty(), &|file| residency_to_csv(log, time, file)),
        (run_files::RESPONSE, !log.responses.is_empty(), &|file| responses_to_csv(log, file)),
    ];
    for (name, there, write) in parts {
        if there {
            files.push(file(dir, name, write)?);
        } else if dir.join(name).exists() {
            let path = dir.join(name);
            std::fs::remove_file(&path).map_err(|source| Error::Write { path, source })?;
        }
    }
    Ok(files)
}

fn file(dir: &Path, name: &str, write: impl Fn(&mut dyn Write) -> io::Result<()>) -> Result<PathBuf> {
    let path = dir.join(name);
    let mut file = AtomicFile::create(&path)?;
    write(&mut file).map_err(|source| Error::Write { path, source })?;
    file.commit()
}

/// One row for each interval; `time_s` is its end.
///
/// # Errors
/// Those of the writer.
pub fn series_to_csv(series: &Series, file: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(file);
    csv.write_record(["time_s"].into_iter().chain(series.columns.iter().map(|(name, _)| name.as_str())))?;
    for (row, time) in series.time.iter().enumerate() {
        let values = series.columns.iter().map(|(_, values)| values.get(row));
        let values = values.map(|value| value.map(f64::to_string).unwrap_or_default());
        csv.write_record([time.to_string()].into_iter().chain(values))?;
    }
    csv.flush()
}

fn held_to_csv(log: &RunLog, time: &[f64], file: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(file);
    csv.write_record(["time_s"].into_iter().chain(log.holders.iter().map(String::as_str)))?;
    for (time, held) in time.iter().zip(&log.held) {
        csv.write_record([time.to_string()].into_iter().chain(held.iter().map(u32::to_string)))?;
    }
    csv.flush()
}

/// One row for each page and each stretch of observations at which it was resident, first and last one included.
fn residency_to_csv(log: &RunLog, time: &[f64], file: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(file);
    csv.write_record(["space", "page", "from_s", "to_s"])?;
    let mut bit = 0;
    for (space, pages) in log.spaces.iter().zip(&log.pages) {
        for page in 0..*pages {
            let mut since: Option<usize> = None;
            for at in 0..=log.resident.len() {
                let there = log.resident.get(at).is_some_and(|bits| bits[bit]);
                match (since, there) {
                    (None, true) => since = Some(at),
                    (Some(from), false) => {
                        let (from, to) = (time[from], time[at - 1]);
                        csv.write_record([space, &page.to_string(), &from.to_string(), &to.to_string()])?;
                        since = None;
                    }
                    _ => {}
                }
            }
            bit += 1;
        }
    }
    csv.flush()
}

fn responses_to_csv(log: &RunLog, file: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(file);
    csv.write_record(["class", "percent", "response_s"])?;
    for (class, points) in &log.responses {
        let class = if class.is_empty() { "all" } else { class };
        for (percent, seconds) in points {
            csv.write_record([class, &percent.to_string(), &seconds.to_string()])?;
        }
    }
    csv.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::run_logged;
    use crate::scenario::Scenario;
    use std::sync::atomic::AtomicBool;

    const SCENARIO: &str = r#"
[machine]
memory = "FRAMES frames"
[reclaim]
watermarks = { min = "2 frames", low = "6 frames", high = "12 frames" }
[swap]
readahead = 4
[virtual_memory]
page_tables = "charged"
[device.paging]
service = "5 ms"
[device.file]
service = "5 ms"
[process.worker]
count = COUNT
forked = true
stagger = "10 ms"
[[process.worker.region]]
name = "code"
kind = "text"
pages = 40
share = 0.5
references = { kind = "independent" }
[[process.worker.region]]
name = "heap"
kind = "heap"
pages = 60
share = 0.5
write_fraction = 0.2
references = { kind = "independent" }
[run]
duration = "2 s"
observations = 50
warmup = "0 s"
"#;

    fn log(count: u32, frames: u32) -> RunLog {
        let scenario = Scenario::parse(
            &SCENARIO.replace("COUNT", &count.to_string()).replace("FRAMES", &frames.to_string()),
            "s.toml",
            Path::new(""),
        )
        .unwrap();
        let plan = scenario.plan().unwrap();
        run_logged(&plan.config, 1, &AtomicBool::new(false), None).unwrap().1
    }

    /// Every frame is counted once, whatever it is for; of many processes by class.
    #[test]
    fn what_all_hold_is_the_memory_of_the_machine() {
        let few = log(4, 200);
        assert_eq!(few.held.len(), 50);
        let column = |log: &RunLog, name: &str| log.holders.iter().position(|holder| holder == name).unwrap();
        for name in ["worker#3", "shared", "read_ahead", "in_transit", "wired"] {
            let most = few.held.iter().map(|row| row[column(&few, name)]).max().unwrap();
            assert!(most > 0, "{name} has nothing at any time");
        }
        let many = log(70, 600);
        assert!(column(&many, "worker#*") == 0 && many.spaces.len() > 70);
        for (log, frames) in [(few, 200), (many, 600)] {
            for row in &log.held {
                assert_eq!(row.iter().sum::<u32>(), frames, "{:?} {row:?}", log.holders);
            }
        }
    }
}
