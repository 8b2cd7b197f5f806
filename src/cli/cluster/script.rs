//! The script that runs one shard: a job script of Slurm that GNU parallel can run too.

use super::estimate::Estimate;
use super::{ClusterArguments, SweepRequest};
use knee::error::{Error, Result};
use knee::scenario::Plan;
use std::fmt;
use std::path::{Path, PathBuf};

/// See the module.
pub struct Script {
    /// Where it belongs.
    pub path: PathBuf,
    options: Vec<String>,
    command: String,
}

impl Script {
    pub fn new(request: &SweepRequest, plan: &Plan, shards: &Path, tasks: u32, estimate: &Estimate) -> Result<Script> {
        let ClusterArguments { cpus, partition, time, memory, .. } = &request.cluster;
        let runs = (plan.cells.len() as u64).div_ceil(u64::from(tasks)) * u64::from(plan.control.replications);
        let minutes = time.unwrap_or_else(|| estimate.minutes(runs, cpus.get()));
        let memory = memory.unwrap_or_else(|| estimate.mebibytes(cpus.get()));
        let mut options = vec![
            format!("--job-name=knee-{}", plan.name),
            format!("--time={minutes}"),
            format!("--mem={memory}M"),
            format!("--cpus-per-task={cpus}"),
            format!("--output={}/task-%a.log", shards.display()),
            "--open-mode=append".to_owned(),
            // A task that is started again goes on where it stopped.
            "--requeue".to_owned(),
        ];
        options.extend(partition.iter().map(|partition| format!("--partition={partition}")));

        let absolute =
            |path: &Path| std::path::absolute(path).map_err(|source| Error::Read { path: path.into(), source });
        let knee = std::env::current_exe().map_err(|source| Error::Read { path: "knee".into(), source })?;
        let scenario = &request.scenario;
        let mut words = vec![quoted(&knee), "sweep".into(), quoted(&absolute(&scenario.scenario)?)];
        for assignment in &scenario.assignments {
            words.extend(["--set".into(), quoted(Path::new(assignment))]);
        }
        words.extend(scenario.seed.map(|seed| format!("--seed {seed}")));
        words.extend(request.replications.map(|replications| format!("--replications {replications}")));
        words.push(format!("--threads {cpus} --quiet"));
        words.push(format!("--shard \"$task/{tasks}\" --out {}/\"$task-of-{tasks}\"", quoted(shards)));
        Ok(Script { path: shards.join("task.sh"), options, command: words.join(" ") })
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "#!/bin/sh")?;
        for option in &self.options {
            writeln!(f, "#SBATCH {option}")?;
        }
        writeln!(f, "# Runs the shard whose number Slurm gives, or the first argument.")?;
        writeln!(f, "task=${{SLURM_ARRAY_TASK_ID:-$1}}")?;
        writeln!(f, "exec {}", self.command)
    }
}

/// A word for a shell, whatever is in it.
fn quoted(word: &Path) -> String {
    format!("'{}'", word.display().to_string().replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_a_quoted_word_as_it_is() {
        for word in ["plain", "with space", "it's", "$HOME `id` \"x\" \\", "*"] {
            let mut shell = std::process::Command::new("sh");
            let output = shell.arg("-c").arg(format!("printf %s {}", quoted(Path::new(word)))).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), word);
        }
    }
}
