//! The end of a run: the laws, the warm-up, and the report.

use super::{JobSource, LATENCY_PARTS, Machine, Warmup};
use crate::error::{Error, Result};
use crate::metrics::{Activity, ClassCounters, Counters, Latencies, Pressure, RunReport, Series, mean};
use crate::stats;
use crate::units::{FrameId, Instant, Span};
use std::collections::BTreeMap;

impl Machine<'_> {
    /// Asserts the laws over the whole run and over the measured part, and reports the measured part.
    pub(super) fn report(&mut self) -> Result<RunReport> {
        let end = self.now;
        let zero = Counters { classes: vec![ClassCounters::default(); self.classes.len()], ..Counters::default() };
        let last = self.counters.clone();
        last.check(&zero, Instant::ZERO, end, self.size())?;
        self.check_structures()?;
        self.paging.stats().check()?;
        if let Some(file) = &self.file {
            file.stats().check()?;
        }

        let series = self.series();
        let (warm, stationary) = self.warmup(&series);
        let (first, start) = match warm.checked_sub(1) {
            Some(index) => (&self.snapshots[index], self.observed_at(warm)),
            None => (&zero, Instant::ZERO),
        };
        last.check(first, start, end, self.size())?;
        let values = self.values(first, &last, start, end, warm);
        Ok(RunReport { values, warmup: start.as_secs_f64(), measured: (end - start).as_secs_f64(), stationary, series })
    }

    /// Memory's own identity, and isolation.
    pub(super) fn check_memory(&self) -> Result<()> {
        self.memory.check().map_err(|problem| Error::Law {
            law: "free + resident + in transit = total, each page in one frame, none in anybody else's reach"
                .to_owned(),
            left: problem,
            relation: "equal to",
            right: "an agreement".to_owned(),
        })
    }

    /// Memory's own laws, and that every evictable frame is in the hands of a policy.
    fn check_structures(&self) -> Result<()> {
        let law = |law: &str, left: String, right: String| {
            Err(Error::Law { law: law.to_owned(), left, relation: "equal to", right })
        };
        self.check_memory()?;
        self.check_standings()?;
        self.check_mapped()?;
        let mut pinned: Vec<FrameId> = self.processes.iter().filter_map(|process| process.pinned).collect();
        pinned.sort_unstable();
        pinned.dedup();
        let held: usize = self.pools.iter().map(|pool| pool.policy.len()).sum();
        let stranded: usize = self.pools.iter().map(|pool| pool.stranded.len()).sum();
        let evictable = self.memory.resident() as usize - pinned.len() - stranded;
        if held != evictable {
            return law(
                "frames held by policies = resident - pinned - set aside",
                held.to_string(),
                evictable.to_string(),
            );
        }
        Ok(())
    }

    /// The end of the `number`-th observation interval, from 1.
    fn observed_at(&self, number: usize) -> Instant {
        let at = u128::from(self.config.duration.0) * number as u128 / u128::from(self.config.observations);
        Instant(at as u64)
    }

    /// How many observations at the beginning are left out, and whether what remains is stationary.
    fn warmup(&self, series: &Series) -> (usize, bool) {
        match self.config.warmup {
            Warmup::Fixed(span) => {
                let observations = u128::from(self.config.observations);
                let warm = (u128::from(span.0) * observations).div_ceil(u128::from(self.config.duration.0)) as usize;
                (warm.min(self.snapshots.len() - 1), true)
            }
            Warmup::Mser5 => {
                // An open system keeps its throughput however full it gets; its state shows in the jobs it holds.
                let open = self.config.classes.iter().any(|class| matches!(class.jobs, JobSource::Open { .. }));
                let name = if open { "jobs_in_system" } else { "cpu_utilisation" };
                let progress = series.columns.iter().find(|(column, _)| column == name);
                let truncation = stats::mser5(&progress.expect("the series has this column").1);
                (truncation.observations.min(self.snapshots.len() - 1), truncation.stationary)
            }
        }
    }

    /// Observations over the whole run.
    fn series(&self) -> Series {
        let zero = Counters { classes: vec![ClassCounters::default(); self.classes.len()], ..Counters::default() };
        let mut series = Series::default();
        let mut columns: Vec<(String, Vec<f64>)> = Vec::new();
        for (number, now) in self.snapshots.iter().enumerate() {
            let (start, end) = (self.observed_at(number), self.observed_at(number + 1));
            let then = number.checked_sub(1).map_or(&zero, |before| &self.snapshots[before]);
            series.time.push(end.as_secs_f64());
            let span = end - start;
            let per_second = |count: u64| count as f64 / span.as_secs_f64();
            let mut row = vec![
                ("throughput".to_owned(), self.throughput(then, now, span)),
                ("cpu_utilisation".to_owned(), mean(now.cpu.user - then.cpu.user, span) / self.cpus.len() as f64),
                ("faults_per_second".to_owned(), per_second(now.faults - then.faults)),
                ("major_faults_per_second".to_owned(), per_second(now.major - then.major)),
                ("page_outs_per_second".to_owned(), per_second(now.paging.pages_written - then.paging.pages_written)),
                (
                    "paging_queue".to_owned(),
                    mean(now.paging.requests.area(end) - then.paging.requests.area(start), span),
                ),
                (
                    "free_frames".to_owned(),
                    f64::from(self.memory.frames() - self.memory.wired())
                        - mean(now.resident.area(end) - then.resident.area(start), span)
                        - mean(now.lent.area(end) - then.lent.area(start), span),
                ),
                ("swap_used".to_owned(), mean(now.swap_used.area(end) - then.swap_used.area(start), span)),
                ("jobs_in_system".to_owned(), self.jobs_area(now, end, then, start, span)),
            ];
            self.load_series(&mut row, number, then, now, start, end);
            for (class, config) in self.config.classes.iter().enumerate() {
                let (now, then) = (&now.classes[class], &then.classes[class]);
                row.push((
                    format!("{}.resident_frames", config.name),
                    mean(now.resident.area(end) - then.resident.area(start), span),
                ));
            }
            if columns.is_empty() {
                columns = row.iter().map(|(name, _)| (name.clone(), Vec::new())).collect();
            }
            for (column, (_, value)) in columns.iter_mut().zip(row) {
                column.1.push(value);
            }
        }
        series.columns = columns;
        series
    }

    fn jobs_area(&self, now: &Counters, end: Instant, then: &Counters, start: Instant, span: Span) -> f64 {
        let pairs = now.classes.iter().zip(&then.classes);
        pairs.map(|(now, then)| mean(now.jobs.area(end) - then.jobs.area(start), span)).sum()
    }

    /// Whether jobs of a class end.
    pub(super) fn ends(&self, class: usize) -> bool {
        let config = &self.config.classes[class];
        config.job.is_some() || config.program.ends()
    }

    fn throughput(&self, then: &Counters, now: &Counters, span: Span) -> f64 {
        if (0..self.classes.len()).any(|class| self.ends(class)) {
            let jobs = |c: &Counters| c.classes.iter().map(|class| class.finished).sum::<u64>();
            (jobs(now) - jobs(then)) as f64 / span.as_secs_f64()
        } else {
            mean(now.cpu.user - then.cpu.user, span)
        }
    }

    /// What throughput is a rate of: jobs finished or, where jobs never end, seconds of user time.
    pub(super) fn work(&self, counters: &Counters) -> f64 {
        if (0..self.classes.len()).any(|class| self.ends(class)) {
            counters.classes.iter().map(|class| class.finished).sum::<u64>() as f64
        } else {
            counters.cpu.user as f64 / 1e9
        }
    }

    fn values(
        &self,
        first: &Counters,
        last: &Counters,
        start: Instant,
        end: Instant,
        warm: usize,
    ) -> BTreeMap<String, f64> {
        let span = end - start;
        let seconds = span.as_secs_f64();
        let per_second = |count: u64| count as f64 / seconds;
        let cpus = self.cpus.len() as f64;
        let share = |now: u128, then: u128| mean(now - then, span) / cpus;
        let mut values = BTreeMap::new();
        let mut put = |name: &str, value: f64| {
            if value.is_finite() {
                values.insert(name.to_owned(), value);
            }
        };
        put("throughput", self.throughput(first, last, span));
        put("cpu_utilisation", share(last.cpu.user, first.cpu.user));
        put("cpu_system", share(last.cpu.system, first.cpu.system));
        put("cpu_switching", share(last.cpu.switching, first.cpu.switching));
        let faults = last.faults - first.faults;
        let references: f64 = (0..self.classes.len()).map(|class| self.references(class, first, last)).sum();
        put("references_per_second", references / seconds);
        put("faults_per_second", per_second(faults));
        put("major_faults_per_second", per_second(last.major - first.major));
        put("faults_per_reference", faults as f64 / references);
        put("lifetime", references / faults as f64);
        for (prefix, now, then, servers) in [
            ("paging", &last.paging, &first.paging, self.paging.servers()),
            ("file", &last.file, &first.file, self.file.as_ref().map_or(0, |file| file.servers())),
        ] {
            if servers == 0 {
                continue;
            }
            put(&format!("{prefix}_utilisation"), mean(now.busy(end) - then.busy(start), span) / servers as f64);
            put(&format!("{prefix}_queue"), mean(now.requests.area(end) - then.requests.area(start), span));
        }
        put("page_ins_per_second", per_second(last.paging.pages_read - first.paging.pages_read));
        put("page_outs_per_second", per_second(last.paging.pages_written - first.paging.pages_written));
        if self.config.policy.releases {
            put("releases_per_second", per_second(last.releases - first.releases));
        }
        if self.config.policy.takes.has_window() {
            put("forced_per_second", per_second(last.forced - first.forced));
        }
        let part = (warm as u64 * u64::from(LATENCY_PARTS)).div_ceil(u64::from(self.config.observations)) as usize;
        let served = last.faults_served - first.faults_served;
        put("fault_latency_mean", (last.fault_latency - first.fault_latency) as f64 / 1e9 / served as f64);
        put_percentiles(&mut put, "fault_latency", &self.fault_latency, part);

        self.region_values(&mut put, (first, start), (last, end), warm);
        self.protection_values(&mut put, first, last, seconds);
        self.wired_values(&mut put);
        self.request_values(&mut put, span, warm, part);
        self.reclaim_values(&mut put, first, last, (start, end), part);
        if self.lends {
            put("tier_frames", mean(last.lent.area(end) - first.lent.area(start), span));
        }
        let waiting = |activity: Activity| {
            let (now, then) = (&last.activity[activity as usize], &first.activity[activity as usize]);
            mean(now.area(end) - then.area(start), span)
        };
        put("ready_queue", waiting(Activity::Ready));
        put("frame_wait", waiting(Activity::FrameWait));
        put("resident_frames", mean(last.resident.area(end) - first.resident.area(start), span));
        put("swap_used", mean(last.swap_used.area(end) - first.swap_used.area(start), span));
        put("jobs_in_system", self.jobs_area(last, end, first, start, span));
        let refused: u64 = last.classes.iter().zip(&first.classes).map(|(now, then)| now.refused - then.refused).sum();
        put("jobs_refused_per_second", per_second(refused));
        let [some, full] = [0, 1].map(|line| last.pressure.areas(end)[line] - first.pressure.areas(start)[line]);
        put("psi_memory_some", mean(some, span) / Pressure::whole() as f64);
        put("psi_memory_full", mean(full, span) / Pressure::whole() as f64);
        self.load_values(&mut put, first, last, start, end, warm);
        self.locality_values(&mut put);
        let mut all = Latencies::new(LATENCY_PARTS as usize);
        let (mut ended, mut residence) = (0, 0);
        for (class, config) in self.config.classes.iter().enumerate() {
            let (now, then) = (&last.classes[class], &first.classes[class]);
            let mut put = |metric: &str, value: f64| put(&format!("{}.{metric}", config.name), value);
            let user = now.user - then.user;
            put("cpu_utilisation", mean(user, span) / cpus);
            if self.starts(class) {
                let started = (now.startups - then.startups) as f64;
                put("startup_mean", (now.startup_time - then.startup_time) as f64 / 1e9 / started);
            }
            put("faults_per_second", per_second(now.faults - then.faults));
            put("major_faults_per_second", per_second(now.major - then.major));
            let references = self.references(class, first, last);
            put("faults_per_reference", (now.faults - then.faults) as f64 / references);
            put("lifetime", references / (now.faults - then.faults) as f64);
            put("resident_frames", mean(now.resident.area(end) - then.resident.area(start), span));
            put("jobs_in_system", mean(now.jobs.area(end) - then.jobs.area(start), span));
            put("jobs_refused_per_second", per_second(now.refused - then.refused));
            if self.ends(class) {
                let jobs = now.finished - then.finished;
                let finished = |c: &ClassCounters| c.jobs.completed_residence() - c.killed_residence;
                let time = finished(now) - finished(then);
                put("throughput", per_second(jobs));
                put("response_mean", time as f64 / 1e9 / jobs as f64);
                put_percentiles(&mut put, "response", &self.classes[class].response, part);
                all.merge(&self.classes[class].response);
                ended += jobs;
                residence += time;
            } else {
                put("throughput", mean(user, span));
            }
        }
        put("response_mean", residence as f64 / 1e9 / ended as f64);
        put_percentiles(&mut put, "response", &all, part);
        values
    }

    /// References of a class in the measured time: its CPU time over its reference time, under both engines.
    fn references(&self, class: usize, first: &Counters, last: &Counters) -> f64 {
        let user = last.classes[class].user - first.classes[class].user;
        user as f64 / self.config.classes[class].program.reference_time.0 as f64
    }
}

pub(super) fn put_percentiles(put: &mut impl FnMut(&str, f64), name: &str, latencies: &Latencies, from: usize) {
    if let Some([p50, p95, p99]) = latencies.percentiles(from, [50.0, 95.0, 99.0]) {
        put(&format!("{name}_p50"), p50);
        put(&format!("{name}_p95"), p95);
        put(&format!("{name}_p99"), p99);
    }
}
