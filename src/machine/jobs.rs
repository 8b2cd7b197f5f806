//! Jobs: where they come from, what they do between bursts, and how they end.

use super::fault::PAGE_TAG;
use super::process::Wake;
use super::{Event, JobSource, Machine, MemoryBetweenJobs, Pause, Source};
use crate::device::{Operation, Origin, Request};
use crate::error::Result;
use crate::load_control::Standing;
use crate::metrics::Activity;
use crate::units::{Instant, ProcessId, Span, Virtual};

impl Machine<'_> {
    /// Starts the clocks of all processes, arrivals and the observer.
    pub(super) fn enter_all(&mut self) {
        for number in 0..self.processes.len() {
            self.counters.activity[Activity::Idle as usize].arrive(Instant::ZERO);
            let class = &self.config.classes[self.processes[number].class];
            let before =
                number - self.processes.iter().position(|p| p.class == self.processes[number].class).unwrap_or(0);
            let at = Instant::ZERO.saturating_add(Span(class.stagger.0.saturating_mul(before as u64)));
            self.schedule(Source::Timer(ProcessId(number as u32)), at);
        }
        for class in 0..self.classes.len() {
            self.schedule_arrival(class);
        }
        self.schedule_observation();
        self.schedule_cleaner();
        if let Some(load) = &self.config.load_control {
            self.schedule(Source::Controller, Instant::ZERO.saturating_add(load.period));
        }
    }

    fn schedule_arrival(&mut self, class: usize) {
        if let JobSource::Open { interarrival, .. } = &self.config.classes[class].jobs {
            let gap = interarrival.sample_span(&mut self.classes[class].arrivals);
            self.schedule(Source::Arrival(class), self.now.saturating_add(gap));
        }
    }

    /// A job arrives for an open class.
    pub(super) fn arrival(&mut self, class: usize) {
        self.schedule_arrival(class);
        let JobSource::Open { queue_limit, .. } = self.config.classes[class].jobs else { return };
        if let Some(process) = self.classes[class].idle.pop_front() {
            self.counters.classes[class].jobs.arrive(self.now);
            self.start_job(process, self.now);
        } else if queue_limit.is_some_and(|limit| self.classes[class].queue.len() >= limit as usize) {
            self.counters.classes[class].refused += 1;
        } else {
            self.counters.classes[class].jobs.arrive(self.now);
            self.classes[class].queue.push_back(self.now);
        }
    }

    /// A process looks for its next job, having none.
    pub(super) fn next_job(&mut self, process: ProcessId) {
        if self.processes[process.0 as usize].control.absent {
            return self.depart(process);
        }
        let class = self.processes[process.0 as usize].class;
        let config = self.config;
        match &config.classes[class].jobs {
            JobSource::Open { .. } => match self.classes[class].queue.pop_front() {
                Some(arrived) => self.start_job(process, arrived),
                None => {
                    self.turn(process, Activity::Idle);
                    self.classes[class].idle.push_back(process);
                }
            },
            JobSource::Closed { think: Some(think) } => {
                let span = think.sample_span(&mut self.processes[process.0 as usize].streams.thinking);
                self.sleep(process, span, Wake::NextJob);
            }
            JobSource::Closed { think: None } => {
                self.counters.classes[class].jobs.arrive(self.now);
                self.start_job(process, self.now);
            }
        }
    }

    pub(super) fn sleep(&mut self, process: ProcessId, span: Span, wake: Wake) {
        self.processes[process.0 as usize].wake = wake;
        self.turn(process, Activity::Thinking);
        self.schedule(Source::Timer(process), self.now.saturating_add(span));
    }

    /// A sleeping process wakes.
    pub(super) fn wake(&mut self, process: ProcessId) {
        match self.processes[process.0 as usize].wake {
            Wake::Enter => self.next_job(process),
            Wake::NextJob => {
                let class = self.processes[process.0 as usize].class;
                self.counters.classes[class].jobs.arrive(self.now);
                self.start_job(process, self.now);
            }
            Wake::NextBurst => {
                self.start_burst(process);
                self.make_ready(process);
            }
        }
    }

    fn start_job(&mut self, id: ProcessId, arrived: Instant) {
        let process = &mut self.processes[id.0 as usize];
        process.job_arrived = arrived;
        let job = match &self.config.classes[process.class].job {
            Some(length) => length.sample_span(&mut process.streams.jobs),
            None => Span::MAX,
        };
        // A recorded string that is not looped ends its job with its last reference.
        process.job_left = match process.program.end() {
            Virtual::NEVER => job,
            end => job.min(end.saturating_since(process.virtual_at)),
        };
        self.start_burst(id);
        self.tell(Event::JobStart(id, arrived));
        self.enter(id);
    }

    fn start_burst(&mut self, id: ProcessId) {
        let process = &mut self.processes[id.0 as usize];
        process.burst_left = match &self.config.classes[process.class].burst {
            Some(burst) => burst.length.sample_span(&mut process.streams.bursts),
            None => Span::MAX,
        };
    }

    /// The job of the process on a CPU has ended.
    pub(super) fn end_job(&mut self, cpu: usize) {
        let id = self.cpus[cpu].running.expect("somebody ends");
        let process = &self.processes[id.0 as usize];
        let (class, arrived) = (process.class, process.job_arrived);
        self.counters.classes[class].jobs.depart(arrived, self.now);
        self.counters.classes[class].finished += 1;
        let part = self.latency_part();
        self.classes[class].response.record(part, self.now - arrived);
        self.tell(Event::JobEnd(id, self.now - arrived));
        let fresh = self.config.classes[class].memory == MemoryBetweenJobs::Fresh;
        self.vacate(cpu);
        self.processes[id.0 as usize].control.in_job = false;
        self.passive(id, Standing::Outside);
        if fresh {
            self.release_memory(id);
        }
        self.next_job(id);
        self.fill_cpu(cpu);
    }

    /// A burst of the process on a CPU has ended.
    pub(super) fn end_burst(&mut self, cpu: usize) {
        let id = self.cpus[cpu].running.expect("somebody pauses");
        let class = self.processes[id.0 as usize].class;
        let config = self.config;
        let burst = config.classes[class].burst.as_ref().expect("a burst ends only where there are bursts");
        self.vacate(cpu);
        match &burst.pause {
            Pause::Think(think) => {
                let span = think.sample_span(&mut self.processes[id.0 as usize].streams.thinking);
                self.sleep(id, span, Wake::NextBurst);
            }
            Pause::FileIo { write_fraction } => self.file_request(id, *write_fraction),
        }
        self.fill_cpu(cpu);
    }

    fn file_request(&mut self, id: ProcessId, write_fraction: f64) {
        let file = self.file.as_mut().expect("a machine whose processes do file I/O has a file device");
        let write = self.file_stream.chance(write_fraction);
        let operation = if write { Operation::Write } else { Operation::Read };
        let position = u64::from(self.processes[id.0 as usize].first_page_id);
        let request = Request { tag: u64::from(id.0), operation, position, pages: 1 };
        self.counters.file.requests.arrive(self.now);
        file.submit(self.now, request);
        self.counters.file.serve(self.now, file.in_service());
        let next = file.next_completion();
        self.schedule(Source::FileDevice, next);
        self.turn(id, Activity::FileIo);
    }

    /// The file device has served a request.
    pub(super) fn file_done(&mut self) -> Result<()> {
        let file = self.file.as_mut().expect("only a file device completes file requests");
        let done = file.complete(self.now);
        let station = &mut self.counters.file;
        station.serve(self.now, file.in_service());
        station.served += u128::from(done.busy.0);
        let next = file.next_completion();
        if done.origin != Origin::Caller {
            // Work of the device's own: nobody waits for it.
            self.schedule(Source::FileDevice, next);
            return Ok(());
        }
        station.requests.depart(super::arrival(self.now, done.waited, done.served), self.now);
        match done.request.operation {
            Operation::Read => station.pages_read += 1,
            Operation::Write => station.pages_written += 1,
        }
        self.schedule(Source::FileDevice, next);
        if done.request.tag & PAGE_TAG != 0 {
            let (tag, operation) = (done.request.tag & !PAGE_TAG, done.request.operation);
            self.tell(Event::RequestDone { tag, operation, file: true });
            return self.pages_done(operation, tag);
        }
        let process = ProcessId(done.request.tag as u32);
        self.start_burst(process);
        self.make_ready(process);
        self.die_if_doomed(process);
        Ok(())
    }
}
