//! `knee sweep --on`: the shards of a sweep run somewhere else, and are merged here.
//!
//! All state is in the folder of the shards: what is missing is seen from their journals, so a run that is killed, here or
//! there, costs no more than the cells it was at. A round starts the shards in which something is missing; rounds follow
//! each other until nothing is, or two of them have brought nothing.

mod estimate;
mod parallel;
mod script;
mod slurm;

use super::arguments::{ClusterArguments, Engine, SweepRequest};
use super::interrupt;
use super::output::{Output, say};
use super::sweep::{complain_of_failed, conclude, extras};
use estimate::Estimate;
use knee::error::{Error, Result};
use knee::experiment::{self, Address, AtomicFile, Lock, Shard, Status};
use knee::scenario::Plan;
use script::Script;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Rounds without a new run after which there is no hope.
const MOST_IDLE_ROUNDS: u32 = 2;

/// What runs tasks.
trait Tasks {
    /// How the tasks of these shards would be started, as a person would type it.
    fn command(&self, script: &Path, shards: &[u32]) -> String;
    /// Starts the tasks of these shards; returns the name of the job, if they go on by themselves.
    fn start(&self, script: &Path, shards: &[u32], stop: &AtomicBool) -> Result<Option<String>>;
    /// Whether a job has not ended.
    fn running(&self, job: &str) -> Result<bool>;
}

/// What is remembered of a sweep on a cluster, in the folder of its shards.
#[derive(Debug, Serialize, Deserialize)]
struct Job {
    scenario_hash: String,
    tasks: u32,
    /// The job that was started last, if it may still be running.
    job: Option<String>,
}

impl Job {
    fn path(shards: &Path) -> PathBuf {
        shards.join("job.json")
    }

    fn read(shards: &Path) -> Option<Job> {
        serde_json::from_slice(&fs::read(Job::path(shards)).ok()?).ok()
    }

    fn write(&self, shards: &Path) -> Result<()> {
        let mut json = serde_json::to_string_pretty(self).expect("there are only texts and numbers in it");
        json.push('\n');
        AtomicFile::replace(&Job::path(shards), json.as_bytes()).map(drop)
    }
}

/// Runs a sweep on a cluster.
pub fn execute(request: &SweepRequest, plan: &Plan, dir: &Path, quiet: bool, out: &mut Output) -> Result<()> {
    let arguments = &request.cluster;
    let dir = std::path::absolute(dir).map_err(|source| Error::Write { path: dir.to_path_buf(), source })?;
    let shards = experiment::shards_folder(&dir);
    let hash = Address::of(&plan.effective).to_string();
    let known = known(&shards, &hash, request.force)?;
    let note = |line: String| {
        if !quiet {
            say(line)
        }
    };
    let stop = interrupt::flag(quiet);

    let estimate = Estimate::measure(plan, &stop)?;
    let tasks = arguments.tasks.or(known.as_ref().map(|job| job.tasks)).unwrap_or_else(|| estimate.tasks(plan));
    note(estimate.to_string());
    let script = Script::new(request, plan, &shards, tasks, &estimate)?;
    let engine: Box<dyn Tasks> = match arguments.on {
        Some(Engine::Parallel) => Box::new(parallel::Parallel::new(arguments, &shards)),
        _ => Box::new(slurm::Slurm),
    };
    if arguments.dry_run {
        let all: Vec<u32> = (1..=tasks).collect();
        return out.text(&format!("{script}\n# {}\n", engine.command(&script.path, &all)));
    }

    fs::create_dir_all(&shards).map_err(|source| Error::Write { path: shards.clone(), source })?;
    let _lock = Lock::take(&shards)?;
    if request.force {
        discard(&shards)?;
    }
    let mut job = Job { scenario_hash: hash, tasks, job: known.filter(|_| !request.force).and_then(|job| job.job) };
    job.write(&shards)?;
    AtomicFile::replace(&script.path, script.to_string().as_bytes())?;

    let waits = arguments.wait || arguments.on == Some(Engine::Parallel);
    if !rounds(&*engine, plan, &dir, &script.path, &mut job, waits, &stop, &note)? {
        return out.text(&format!(
            "job {} is in the queue; the same command, later or with --wait, goes on and merges",
            job.job.unwrap_or_default()
        ));
    }
    let folders: Vec<PathBuf> =
        (1..=tasks).filter_map(|number| Shard::new(number, tasks)).map(|shard| shards.join(shard.folder())).collect();
    let finished = experiment::merge(&folders, &dir, request.force)?;
    conclude(&dir, &finished, request.format, extras(request), out)?;
    complain_of_failed(&finished, &dir)
}

/// What was begun in the folder of the shards; refused if it is of another sweep.
fn known(shards: &Path, hash: &str, force: bool) -> Result<Option<Job>> {
    match Job::read(shards) {
        Some(job) if job.scenario_hash != hash && !force => Err(Error::Usage(format!(
            "{} holds shards of another sweep (the scenario or the seed has changed); choose another folder with --out, or \
             discard them with --force",
            shards.display()
        ))),
        known => Ok(known),
    }
}

/// Removes the folders of the shards and what is beside them.
fn discard(shards: &Path) -> Result<()> {
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| Error::Write { path, source }
    };
    for entry in fs::read_dir(shards).map_err(failed(shards))? {
        let path = entry.map_err(failed(shards))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().replace("-of-", "/");
        if name.parse::<Shard>().is_ok() {
            fs::remove_dir_all(&path).map_err(failed(&path))?;
        }
    }
    Ok(())
}

/// The shards in which something is missing, and the number of runs that are done.
fn missing(plan: &Plan, dir: &Path, tasks: u32) -> Result<(Vec<u32>, u64)> {
    let begun = experiment::status(plan, dir)?;
    let of = |number: u32| -> Option<&Status> {
        begun.iter().find(|status| status.shard == Shard::new(number, tasks) && status.shard.is_some())
    };
    let missing = (1..=tasks).filter(|number| of(*number).is_none_or(|status| status.done < status.runs)).collect();
    let done = (1..=tasks).filter_map(of).map(|status| status.done).sum();
    Ok((missing, done))
}

/// Starts rounds until nothing is missing; `false` if a job is running and nobody waits for it.
#[expect(clippy::too_many_arguments, reason = "it is one loop, called once")]
fn rounds(
    engine: &dyn Tasks,
    plan: &Plan,
    dir: &Path,
    script: &Path,
    job: &mut Job,
    waits: bool,
    stop: &AtomicBool,
    note: &dyn Fn(String),
) -> Result<bool> {
    let shards = experiment::shards_folder(dir);
    let (mut idle, mut before) = (0, None);
    loop {
        if let Some(name) = &job.job {
            if waits {
                wait(engine, name, stop)?;
            } else if engine.running(name)? {
                return Ok(false);
            }
            job.job = None;
            job.write(&shards)?;
        }
        let (missing, done) = missing(plan, dir, job.tasks)?;
        if missing.is_empty() {
            return Ok(true);
        }
        idle = if before == Some(done) { idle + 1 } else { 0 };
        before = Some(done);
        if idle >= MOST_IDLE_ROUNDS {
            return Err(Error::Cluster(format!(
                "{} of {} shards are not complete, and {MOST_IDLE_ROUNDS} rounds have brought nothing; the logs are in {}",
                missing.len(),
                job.tasks,
                shards.display()
            )));
        }
        note(format!("{} of {} shards to run, {done} runs are done", missing.len(), job.tasks));
        job.job = engine.start(script, &missing, stop)?;
        job.write(&shards)?;
        if let Some(name) = &job.job {
            note(format!("job {name}"));
        }
        if stop.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
        if !waits {
            return Ok(false);
        }
    }
}

fn wait(engine: &dyn Tasks, job: &str, stop: &AtomicBool) -> Result<()> {
    let mut pause = Duration::from_millis(200);
    while engine.running(job)? {
        if stop.load(Ordering::Relaxed) {
            say(format!("job {job} goes on without us; `scancel {job}` would end it"));
            return Err(Error::Interrupted);
        }
        std::thread::sleep(pause);
        // A scheduler that many people ask must not be asked often.
        pause = (pause * 3 / 2).min(Duration::from_secs(5));
    }
    Ok(())
}

/// What a program printed, or why it could not be had.
fn output(command: &mut std::process::Command, purpose: &str) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output =
        command.output().map_err(|error| Error::Cluster(format!("cannot start {program} to {purpose}: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Error::Cluster(format!("{program} failed to {purpose}: {}", said.trim())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
