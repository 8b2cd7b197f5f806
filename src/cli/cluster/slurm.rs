//! Shards as a job array of Slurm.

use super::{Tasks, output};
use knee::error::Result;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;

/// The Slurm that `sbatch` speaks to.
pub struct Slurm;

impl Tasks for Slurm {
    fn command(&self, script: &Path, shards: &[u32]) -> String {
        format!("sbatch --parsable --array={} {}", ranges(shards), script.display())
    }

    fn start(&self, script: &Path, shards: &[u32], _: &AtomicBool) -> Result<Option<String>> {
        let mut sbatch = Command::new("sbatch");
        sbatch.arg("--parsable").arg(format!("--array={}", ranges(shards))).arg(script);
        let job = output(&mut sbatch, "submit the job array")?;
        // With several clusters the name of the cluster follows.
        Ok(Some(job.split(';').next().unwrap_or_default().to_owned()))
    }

    fn running(&self, job: &str) -> Result<bool> {
        let mut squeue = Command::new("squeue");
        squeue.args(["--noheader", "--format=%T", "--jobs", job]);
        match output(&mut squeue, "see whether the job has ended") {
            Ok(states) => Ok(!states.is_empty()),
            // Some minutes after its end a job is forgotten.
            Err(error) if error.to_string().contains("Invalid job id") => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// `1-4,7`: numbers in ascending order as Slurm writes them.
fn ranges(numbers: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => ranges.push((*number, *number)),
        }
    }
    let shown = ranges.into_iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    });
    shown.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_range() {
        assert_eq!(ranges(&[1, 2, 3, 7, 9, 10]), "1-3,7,9-10");
        assert_eq!(ranges(&[4]), "4");
    }
}
