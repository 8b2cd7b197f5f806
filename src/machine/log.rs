//! What a single run is watched for beyond its report: who holds how many frames, which pages are resident, how long jobs take.
//!
//! Watching reads tables at the observations and nothing else, so a run that is watched is the same run.

use super::{Config, LATENCY_PARTS, Listener, Machine};
use crate::error::Result;
use crate::metrics::{Latencies, RunReport};
use std::sync::atomic::AtomicBool;

/// With more processes, their memory is kept by class.
const MOST_PROCESSES: usize = 64;
/// What frames are that are no process's own: pages of memory objects; pages read ahead that nobody has asked for; pages on their way in
/// or out; the kernel and page tables; what the paging device has borrowed; and nothing.
const OTHERS: [&str; 6] = ["shared", "read_ahead", "in_transit", "wired", "lent", "free"];
/// With more pages in all address spaces, or more pages times observations, residency is not kept.
const MOST_PAGES: usize = 1 << 14;
const MOST_BITS: usize = 1 << 24;

/// The log of a run.
#[derive(Clone, Debug, Default)]
pub struct RunLog {
    /// What has pages, by name, in order: the processes (`worker#3`), then the memory objects.
    pub spaces: Vec<String>,
    /// Pages of each.
    pub pages: Vec<u32>,
    /// Whose frames are counted in `held`: the processes, or of many processes the classes (`worker#*`); then `shared`, `read_ahead`,
    /// `in_transit`, `wired`, `lent` and `free`.
    pub holders: Vec<String>,
    /// At each observation how many frames each of them has; their sum is the machine's memory.
    pub held: Vec<Vec<u32>>,
    /// At each observation, for each page of all spaces one after the other, whether it is resident; empty for large runs.
    pub resident: Vec<Vec<bool>>,
    /// Response times by class, those of all classes last and under an empty name: per cent of the jobs, and the seconds that so many did
    /// not exceed.
    pub responses: Vec<(String, Vec<(f64, f64)>)>,
}

/// [`super::run`], with a log, and somebody who hears of every event.
///
/// # Errors
/// Those of [`super::run`].
pub fn run_logged(
    config: &Config,
    seed: u64,
    stop: &AtomicBool,
    listener: Option<Listener<'_>>,
) -> Result<(RunReport, RunLog)> {
    let mut machine = Machine::new(config, seed)?;
    let mut log = RunLog::default();
    for class in &config.classes {
        for number in 0..class.count {
            log.spaces.push(format!("{}#{number}", class.name));
            log.pages.push(class.program.pages);
        }
    }
    log.holders = if log.spaces.len() <= MOST_PROCESSES {
        log.spaces.clone()
    } else {
        config.classes.iter().map(|class| format!("{}#*", class.name)).collect()
    };
    log.holders.extend(OTHERS.map(str::to_owned));
    log.spaces.extend(config.objects.iter().map(|object| object.name.clone()));
    log.pages.extend(config.objects.iter().map(|object| object.pages));
    machine.log = Some(Box::new(log));
    machine.listener = listener;
    machine.run(stop)?;
    let report = machine.report()?;
    let mut log = *machine.log.take().unwrap_or_default();
    let warm = report.warmup / (report.warmup + report.measured);
    let part = libm::ceil(warm * f64::from(LATENCY_PARTS) - 1e-9) as usize;
    let mut all = Latencies::new(LATENCY_PARTS as usize);
    for (class, config) in machine.classes.iter().zip(&config.classes) {
        all.merge(&class.response);
        log.responses.push((config.name.clone(), class.response.distribution(part)));
    }
    log.responses.push((String::new(), all.distribution(part)));
    log.responses.retain(|(_, points)| !points.is_empty());
    Ok((report, log))
}

impl Machine<'_> {
    /// Notes what the log wants to know at an observation.
    pub(super) fn observe_log(&mut self) {
        let Some(log) = &mut self.log else { return };
        let mut held: Vec<u32> = if self.processes.len() <= MOST_PROCESSES {
            self.processes.iter().map(|process| process.held).collect()
        } else {
            let mut classes = vec![0; self.classes.len()];
            for process in &self.processes {
                classes[process.class] += process.held;
            }
            classes
        };
        let memory = &self.memory;
        let (own, ahead) = (held.iter().sum::<u32>(), memory.cached());
        let (away, fixed, lent) = (memory.in_transit(), memory.wired(), memory.lent());
        let shared = memory.resident().saturating_sub(own + ahead);
        let free = memory.frames().saturating_sub(memory.resident() + away + fixed + lent);
        held.extend([shared, ahead, away, fixed, lent, free]);
        log.held.push(held);
        let pages: usize = log.pages.iter().map(|pages| *pages as usize).sum();
        if pages <= MOST_PAGES && pages * self.config.observations as usize <= MOST_BITS {
            let tables = self.memory.tables.iter();
            let resident = tables.flat_map(|table| table.entries().iter().map(|entry| entry.resident().is_some()));
            log.resident.push(resident.collect());
        }
    }
}
