//! What a task needs, from a few runs that are measured.

use knee::error::{Error, Result};
use knee::experiment::run_seed;
use knee::machine;
use knee::scenario::Plan;
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// What a task should take: long enough that starting it does not matter, short enough that losing it does not.
const TASK_SECONDS: f64 = 600.0;

/// Most tasks by default: many clusters allow arrays of a thousand.
const MOST_TASKS: usize = 1000;

/// Tasks there are at least by default, if there are so many cells, so that a cluster has something to share out.
const LEAST_TASKS: usize = 16;

/// What a few runs of the sweep took.
pub struct Estimate {
    runs: usize,
    /// Seconds of a run, on average and at most.
    mean: f64,
    most: f64,
    /// Largest memory of this process so far, bytes.
    memory: u64,
}

impl Estimate {
    /// Makes a run of the first cell, of the one in the middle and of the last: the ends of an axis differ most.
    pub fn measure(plan: &Plan, stop: &AtomicBool) -> Result<Estimate> {
        let mut cells = vec![0, plan.cells.len() / 2, plan.cells.len() - 1];
        cells.dedup();
        let mut seconds = Vec::new();
        for cell in cells {
            let cell = plan.cells.get(cell);
            let begin = Instant::now();
            match machine::run(&cell.config, run_seed(plan.control.seed, 0), stop) {
                // It is the shard's to record why.
                Ok(_) | Err(Error::Stuck(_) | Error::Law { .. }) => {}
                Err(error) => return Err(error),
            }
            seconds.push(begin.elapsed().as_secs_f64());
        }
        let mean = seconds.iter().sum::<f64>() / seconds.len() as f64;
        let most = seconds.iter().copied().fold(0.0, f64::max);
        Ok(Estimate { runs: seconds.len(), mean, most, memory: peak_memory().unwrap_or(1 << 30) })
    }

    /// A number of tasks.
    pub fn tasks(&self, plan: &Plan) -> u32 {
        let all = self.mean * plan.cells.len() as f64 * f64::from(plan.control.replications);
        let most = plan.cells.len().min(MOST_TASKS);
        ((all / TASK_SECONDS) as usize).clamp(most.min(LEAST_TASKS), most) as u32
    }

    /// Minutes of a task of so many runs on so many threads: three times what is expected, and time for the longest run.
    pub fn minutes(&self, runs: u64, threads: usize) -> u64 {
        let seconds = 3.0 * (self.mean * runs as f64 / threads as f64 + self.most);
        (seconds / 60.0).ceil() as u64 + 1
    }

    /// MiB of a task: half more than was seen, for each thread, and a little for the program.
    pub fn mebibytes(&self, threads: usize) -> u64 {
        (self.memory * threads as u64 * 3 / 2).div_ceil(1 << 20) + 64
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let memory = self.memory as f64 / f64::from(1 << 20);
        write!(
            f,
            "measured {} runs: {:.3} s on average, {:.3} s at most, {memory:.0} MiB of memory",
            self.runs, self.mean, self.most
        )
    }
}

/// Largest memory of this process so far, where the system says so.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_above_what_was_measured() {
        let estimate = Estimate { runs: 3, mean: 2.0, most: 5.0, memory: 100 << 20 };
        // 300 runs of two seconds on two threads are five minutes, the longest run five seconds: three times that.
        assert_eq!(estimate.minutes(300, 2), 17);
        assert_eq!(estimate.mebibytes(1), 214);
        assert!(peak_memory().is_none_or(|memory| memory > 1 << 20));
    }
}
