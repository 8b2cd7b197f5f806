//! What a run reports of load control, and what must hold of it at the end.

use super::process::Process;
use super::{Machine, OnFull};
use crate::error::{Error, Result};
use crate::load_control::Standing;
use crate::memory::{Place, Use};
use crate::metrics::{Activity, Counters, Pressure, mean};
use crate::stats::jain;
use crate::units::{FrameId, Instant, Page, ProcessId};

impl Machine<'_> {
    /// Load control's metrics over the measured time; nothing for a machine without.
    pub(super) fn load_values(
        &self,
        put: &mut impl FnMut(&str, f64),
        first: &Counters,
        last: &Counters,
        start: Instant,
        end: Instant,
        warm: usize,
    ) {
        if self.load.is_none() {
            return;
        }
        let span = end - start;
        let seconds = span.as_secs_f64();
        put("active_processes", mean(last.active.area(end) - first.active.area(start), span));
        put("suspended_processes", mean(last.waiting.area(end) - first.waiting.area(start), span));
        put("suspensions_per_second", (last.suspensions - first.suspensions) as f64 / seconds);
        let levels: Vec<f64> = self.levels[warm.min(self.levels.len())..].iter().filter_map(|level| *level).collect();
        put("admission_level", levels.iter().sum::<f64>() / levels.len() as f64);
        let suspended = |c: &Counters| c.activity[Activity::Suspended as usize];
        let (now, then) = (suspended(last), suspended(first));
        let time = now.completed_residence() - then.completed_residence();
        put("suspension_time", time as f64 / 1e9 / (now.departures - then.departures) as f64);
        let killed = |c: &Counters| c.classes.iter().map(|class| class.killed).sum::<u64>();
        put("jobs_killed_per_second", (killed(last) - killed(first)) as f64 / seconds);
        let before = warm.checked_sub(1).and_then(|index| self.progress_snapshots.get(index));
        if let Some(after) = self.progress_snapshots.last() {
            let progress = |process: usize| after[process] - before.map_or(0, |before| before[process]);
            put("fairness", jain((0..after.len()).map(|process| progress(process) as f64)));
        }
    }

    /// Time series of pressure, and of activity under load control.
    pub(super) fn load_series(
        &self,
        row: &mut Vec<(String, f64)>,
        number: usize,
        then: &Counters,
        now: &Counters,
        start: Instant,
        end: Instant,
    ) {
        let span = end - start;
        for (line, name) in ["psi_memory_some", "psi_memory_full"].into_iter().enumerate() {
            let area = now.pressure.areas(end)[line] - then.pressure.areas(start)[line];
            row.push((name.to_owned(), mean(area, span) / Pressure::whole() as f64));
            row.push((format!("{name}_avg10"), now.pressure.lines(end)[line].averages[0]));
        }
        if let Some(present) = self.presence.get(number) {
            row.push(("present_processes".to_owned(), *present as f64));
        }
        if self.load.is_some() {
            row.push(("active_processes".to_owned(), mean(now.active.area(end) - then.active.area(start), span)));
            row.push(("suspended_processes".to_owned(), mean(now.waiting.area(end) - then.waiting.area(start), span)));
        }
    }

    /// Nothing is lost: every job that has arrived is finished, killed, queued for a process, running or suspended; and what is suspended
    /// and swapped out holds nothing.
    pub(super) fn check_standings(&self) -> Result<()> {
        let law = |law: &str, left: usize, right: usize| {
            if left == right {
                return Ok(());
            }
            let (left, right) = (left.to_string(), right.to_string());
            Err(Error::Law { law: law.to_owned(), left, relation: "equal to", right })
        };
        let in_system: u64 = self.counters.classes.iter().map(|class| class.jobs.inside).sum();
        let queued: usize = self.classes.iter().map(|class| class.queue.len()).sum();
        let working = self.processes.iter().filter(|process| process.control.in_job).count();
        law("jobs = finished + killed + queued + running + suspended", in_system as usize, queued + working)?;
        if self.limited && self.config.virtual_memory.on_full == OnFull::Error {
            let beyond = |process: &Process| match process.control.limit {
                Some(limit) if process.held > limit => {
                    (process.held - limit).saturating_sub(self.rescued_of(process.id))
                }
                _ => 0,
            };
            let beyond: u32 = self.processes.iter().map(beyond).sum();
            law("frames held beyond their processes' limits, but for pages on their way out = 0", beyond as usize, 0)?;
        }
        if self.load.is_none() {
            return Ok(());
        }
        let standing = |wanted| self.processes.iter().filter(|process| process.control.standing == wanted).count();
        let (active, waiting) = self.standings();
        law("active processes = those admitted and not suspended", active, standing(Standing::Active))?;
        law("suspended processes = those that queue for admission", waiting, standing(Standing::Suspended))?;
        if self.swaps_out() {
            let suspended = self.processes.iter().filter(|process| process.activity == Activity::Suspended);
            let held = suspended.map(|process| process.held as usize + self.cached_of(process.id));
            law("frames held by suspended processes = 0", held.sum(), 0)?;
        }
        Ok(())
    }

    /// Pages of a process that were read ahead and are there although nobody has used them.
    fn cached_of(&self, id: ProcessId) -> usize {
        if self.config.reclaim.readahead <= 1 {
            return 0;
        }
        let pages =
            (0..self.memory.tables[id.0 as usize].pages()).map(|page| self.memory.entry(id, Page(page)).place());
        let cached = |place: &Place| matches!(place, Place::Transit(frame) if self.memory.usage(*frame) == Use::Cached);
        pages.filter(cached).count()
    }

    /// Pages of a process that were wanted again while they are written out.
    fn rescued_of(&self, id: ProcessId) -> u32 {
        let pages = (0..self.memory.tables[id.0 as usize].pages()).map(|page| self.memory.entry(id, Page(page)));
        let rescued = |frame: &FrameId| self.memory.usage(*frame) == Use::Rescued;
        pages.filter_map(|entry| entry.resident()).filter(rescued).count() as u32
    }
}
