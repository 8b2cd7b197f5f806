//! `knee plan`: how far a load can go, or how small a resource can be, and what would help.

use super::arguments::{Find, Format, PlanRequest};
use super::interrupt;
use super::output::{Output, say};
use knee::error::{Error, Result};
use knee::experiment::AtomicFile;
use knee::experiment::plan::{Question, Sought, answer};
use knee::scenario::Scenario;
use knee::{machine, report};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The answer, in the results folder.
pub const PLAN: &str = "plan.json";
/// Runs that answers are made of, in the results folder.
const CACHE: &str = "runs.jsonl";

/// Answers the question, writes it down, and prints it.
pub fn execute(request: &PlanRequest, quiet: bool, out: &mut Output) -> Result<()> {
    let mut scenario = Scenario::load(&request.scenario.scenario)?;
    let seed = request.scenario.seed.map(|seed| format!("run.seed={seed}"));
    let replications = request.replications.map(|replications| format!("run.replications={replications}"));
    for assignment in request.scenario.assignments.iter().chain(&seed).chain(&replications) {
        scenario.set(assignment)?;
    }
    // All of the scenario is looked at before a folder is made for it.
    let name = scenario.plan()?.name;
    let dir = request.out.clone().unwrap_or_else(|| Path::new("out").join(format!("{name}-plan")));
    let cache = dir.join(CACHE);
    let stop = interrupt::flag(quiet);
    let begin = Instant::now();
    let question = Question {
        vary: &request.vary,
        require: &request.require,
        sought: request.find.map(|find| match find {
            Find::Largest => Sought::Largest,
            Find::Smallest => Sought::Smallest,
        }),
        most: request.max_replications,
        remedies: !request.no_remedies,
        threads: request.threads.map_or(0, NonZeroUsize::get),
        cache: Some(&cache),
    };
    let (answer, made) = answer(&scenario, &question, machine::run, &stop)?;
    let words = report::planning(&answer);
    let mut json = serde_json::to_string_pretty(&answer).expect("an answer has no keys that are not text");
    json.push('\n');
    let mut files: Vec<PathBuf> = vec![
        AtomicFile::replace(&dir.join(PLAN), json.as_bytes())?,
        AtomicFile::replace(&dir.join("plan.txt"), words.as_bytes())?,
    ];
    if !request.no_plots {
        files.extend(report::plot_plan(&answer, &dir)?);
    }
    match request.format {
        Format::Table => {
            out.text(&words)?;
            out.write(|out| files.iter().try_for_each(|file| writeln!(out, "{}", file.display())))?;
        }
        Format::Json => out.text(&json)?,
        Format::Csv => {
            return Err(Error::Usage("--format csv: an answer is no table; allowed: table, json".into()));
        }
    }
    if !quiet {
        say(format!("{name}: {made} runs in {:.1} s", begin.elapsed().as_secs_f64()));
    }
    Ok(())
}
