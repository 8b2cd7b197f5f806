//! Load control: the central server of Denning, Kahn, Leroudier, Potier and Suri, and what must hold of suspension.

mod common;

use common::{MS, class, device, machine, program, run};
use knee::device::{DeviceSpec, QueueingSpec};
use knee::load_control::{
    self, Action, Controller, ControllerEntry, LoadControlSpec, Observation, Resume, Setting, Settings, Standing, Step,
    Suspend, Victim,
};
use knee::machine::{Burst, ClassConfig, Config, JobSource, Pause, Warmup};
use knee::metrics::RunReport;
use knee::policy::Window;
use knee::rng::{Distribution, Streams};
use knee::units::{Instant, ProcessId, Span};
use knee::workload::{
    Layout, LifetimeFunction, LocalitySets, Micromodel, PhasesSpec, RecordedReference, RecordedSpec, SourceSpec,
    Weights,
};
use std::sync::atomic::AtomicBool;

const SECOND: u64 = 1_000_000_000;

fn exponential(milliseconds: f64) -> Distribution {
    Distribution::Exponential { mean: milliseconds * MS }
}

/// Load control by a controller with its defaults but for these settings.
fn control(name: &str, settings: &[(&'static str, Setting)]) -> LoadControlSpec {
    let controller = load_control::find(name).unwrap_or_else(|| panic!("no controller {name}"));
    let mut all = Settings::default();
    for parameter in controller.parameters {
        let given = settings.iter().find(|(key, _)| *key == parameter.key).map(|(_, value)| *value);
        all = all.with(parameter.key, given.or(parameter.default).expect("a value for each parameter"));
    }
    LoadControlSpec {
        controller,
        settings: all,
        period: controller.period,
        victim: Victim::LastActivated,
        suspend: Suspend::SwapOut,
        resume: Resume::Demand,
        restart: Some(Span(SECOND)),
    }
}

/// The central server of case A2: 500 frames, lifetime 2B / (1 + (C/m)²) with B = 10 ms and C = 100, 250 ms of file disk for a second of
/// CPU time, 5 ms for a page, everything exponential, so that run-to-fault too has the product form that mean value analysis solves. The frames
/// go to whoever is active: under random replacement whoever has less faults more and gets more, so all have about the same. A job never
/// ends, so whoever is not admitted waits and costs nothing; throughput is that of the CPU, a second of which is a job of the oracle.
fn central_server(programs: u32, control: Option<LoadControlSpec>, seconds: u64) -> Config {
    let source = SourceSpec::Lifetime(LifetimeFunction::ChamberlinFullerLiu { b: Span(10_000_000), c: 100.0 });
    let mut programs = class("job", programs, program(5_000, Span(100), source));
    programs.burst = Some(Burst { length: exponential(40.0), pause: Pause::FileIo { write_fraction: 0.0 } });
    let mut config = machine("random", 500, vec![programs], Span(seconds * SECOND));
    config.paging = device(exponential(5.0));
    config.file = Some(device(exponential(10.0)));
    config.warmup = Warmup::Fixed(Span(seconds * SECOND / 4));
    config.load_control = control;
    config
}

fn fixed(level: u32) -> LoadControlSpec {
    control("fixed-mpl", &[("level", Setting::Count(level))])
}

fn value(report: &RunReport, name: &str) -> f64 {
    *report.values.get(name).unwrap_or_else(|| panic!("no {name}"))
}

/// Throughput by exact mean value analysis (../shared/oracles/queueing.md, case A2), jobs a second, for 1 to 14 processes.
const EXACT: [f64; 14] = [
    0.662252, 0.875448, 0.946338, 0.970019, 0.976378, 0.973455, 0.960165, 0.928832, 0.868690, 0.779826, 0.681176,
    0.591210, 0.515411, 0.452484,
];

fn throughput(control: LoadControlSpec, seconds: u64, seed: u64) -> RunReport {
    run(&central_server(14, Some(control), seconds), seed)
}

/// The mean number of active processes, and the share of the observations after warm-up in which it was within one of `wanted`.
fn settled(report: &RunReport, wanted: f64) -> (f64, f64) {
    let column = report.series.columns.iter().find(|(name, _)| name == "active_processes").expect("a series");
    let after = &column.1[column.1.len() / 4..];
    let near = after.iter().filter(|active| (**active - wanted).abs() <= 1.0).count();
    (value(report, "active_processes"), near as f64 / after.len() as f64)
}

#[test]
fn a_fixed_level_is_the_central_server_with_so_many_processes() {
    for level in [3, 5, 8] {
        let report = throughput(fixed(level), 3_000, 1);
        let exact = EXACT[level as usize - 1];
        let found = value(&report, "throughput");
        assert!((found / exact - 1.0).abs() < 0.01, "N = {level}: {found} is not {exact}");
        assert_eq!(value(&report, "active_processes"), f64::from(level));
        assert_eq!(value(&report, "suspended_processes"), f64::from(14 - level));
    }
    // Without control the fourteen thrash.
    let report = throughput(control("none", &[]), 3_000, 1);
    let found = value(&report, "throughput");
    assert!((found / EXACT[13] - 1.0).abs() < 0.03, "{found} is not {}", EXACT[13]);
}

#[test]
fn the_criteria_choose_as_the_literature_says() {
    let optimum = EXACT[4];
    for (name, level, share) in [("fifty-percent", 5.0, 1.0), ("knee", 5.0, 1.0), ("l-equals-s", 8.0, 0.951)] {
        for seed in 1..=3 {
            let report = throughput(control(name, &[]), 20_000, seed);
            let (active, near) = settled(&report, level);
            assert!((active - level).abs() < 0.1, "{name} has {active} active, not {level}");
            assert!(near == 1.0, "{name} is at {level} ± 1 for {near} of the time");
            let found = value(&report, "throughput") / optimum;
            assert!((found - share).abs() <= 0.01, "{name} keeps {found} of the optimum, not {share} ± 0.01");
        }
    }
}

#[test]
fn heiss_and_wagners_algorithms_settle_at_the_top() {
    for name in ["incremental-steps", "parabola"] {
        for seed in 1..=3 {
            let mut spec = control(name, &[]);
            spec.period = Span(30 * SECOND);
            let report = throughput(spec, 30_000, seed);
            let (active, near) = settled(&report, 5.0);
            assert!(
                (active - 5.0).abs() <= 1.0 && near > 0.9,
                "{name} has {active} active, near 5 for {near} of the time"
            );
            let found = value(&report, "throughput") / EXACT[4];
            assert!(found >= 0.95, "{name} keeps {found} of the optimum");
        }
    }
}

/// Programs after Denning and Kahn with localities of 36 pages in 400 frames, which pause for file input so often that one alone keeps
/// the CPU busy for a third of the time. About ten localities fit.
fn workers(policy: &str, count: u32, control: Option<LoadControlSpec>, seconds: u64) -> Config {
    let source = SourceSpec::Phases(PhasesSpec {
        sets: LocalitySets::Fixed(vec![(36, 1.0 / 11.0); 11]),
        layout: Layout::Scattered,
        holding: Distribution::Exponential { mean: 10_000_000.0 },
        micromodel: Micromodel::Random(Weights::Uniform),
    });
    let mut workers = class("worker", count, program(400, Span(100), source));
    workers.burst = Some(Burst { length: exponential(4.0), pause: Pause::FileIo { write_fraction: 0.0 } });
    workers.stagger = Span(200_000_000);
    let mut config = machine(policy, 400, vec![workers], Span(seconds * SECOND));
    config.quantum = Some(Span(10_000_000));
    config.parameters.window = Window::Time(Span(50_000_000));
    config.paging = device(exponential(5.0));
    let file = exponential(10.0);
    config.file = Some(DeviceSpec::Queueing(QueueingSpec { read: file.clone(), write: file, parallelism: 8 }));
    config.warmup = Warmup::Fixed(Span(seconds * SECOND / 4));
    config.load_control = control;
    config
}

fn workers_throughput(policy: &str, count: u32, control: Option<LoadControlSpec>) -> f64 {
    value(&run(&workers(policy, count, control, 160), 1), "throughput")
}

#[test]
fn working_set_admission_keeps_what_is_lost_without_it() {
    let loads = [4, 6, 8, 9, 10, 11, 12, 14, 16, 18, 20, 22, 24];
    let without = loads.map(|count| workers_throughput("ws", count, None));
    let top = (0..loads.len()).max_by(|a, b| without[*a].total_cmp(&without[*b])).expect("there are loads");
    let knee = loads[top];
    let twice = workers_throughput("ws", 2 * knee, None);
    assert!(twice < 0.5 * without[top], "at twice the knee, {knee}, {twice} is left of {}", without[top]);
    let admitted = |count| workers_throughput("ws", count, Some(control("working-set", &[])));
    let most = loads.map(admitted).into_iter().fold(0.0, f64::max);
    let kept = admitted(2 * knee);
    assert!(kept >= 0.9 * most, "at twice the knee, {knee}, {kept} is left of {most}");
    assert!(kept >= 0.9 * without[top], "at twice the knee, {knee}, {kept} is left of {}", without[top]);
}

/// Carr and Hennessy's claim: WSClock does what WS does, with the same window and load control, below the knee and far beyond it.
#[test]
fn wsclock_does_as_well_as_ws() {
    for count in [6, 9, 18] {
        let throughput = |policy| workers_throughput(policy, count, Some(control("lt-rt", &[])));
        let (ws, clock) = (throughput("ws"), throughput("wsclock"));
        assert!((clock / ws - 1.0).abs() <= 0.05, "{count} processes: WSClock {clock}, WS {ws}");
    }
}

#[test]
fn a_killer_does_nothing_below_its_thresholds() {
    let killed = |settings: &[(&'static str, Setting)]| {
        let report = run(&workers("clock", 24, Some(control("oomd", settings)), 160), 1);
        (value(&report, "jobs_killed_per_second"), value(&report, "psi_memory_full"))
    };
    let (kills, full) = killed(&[]);
    assert!(kills > 0.0, "the machine is stalled for {full} of the time and nobody is killed");
    // Full pressure never exceeds all of the time.
    let (kills, full) = killed(&[("pressure_limit", Setting::Number(1.0))]);
    assert!(full > 0.6, "there is little pressure: {full}");
    assert_eq!(kills, 0.0);
    // Nor does it last longer than the run.
    assert_eq!(killed(&[("pressure_duration", Setting::Time(Span(200 * SECOND)))]).0, 0.0);
}

/// Under any policy that does not see the future, a page of n equally likely ones is in memory with probability m/n.
#[test]
fn a_process_at_its_limit_faults_as_in_so_much_memory() {
    for (policy, limit) in [("clock", 30), ("lru", 60), ("fifo", 85)] {
        let mut hog = class("hog", 1, uniform(100));
        hog.control.max = Some(limit);
        let report = run(&machine(policy, 200, vec![hog], Span(400 * SECOND)), 1);
        // A second of CPU time is so many references.
        let faults = value(&report, "faults_per_second") / value(&report, "throughput") / 100_000.0;
        let expected = 1.0 - f64::from(limit) / 100.0;
        assert!((faults / expected - 1.0).abs() < 0.02, "{policy}: {faults} is not {expected}");
    }
}

/// A program that references so many pages, all alike, each 10 us.
fn uniform(pages: u32) -> knee::workload::ProgramSpec {
    let source = SourceSpec::Phases(PhasesSpec {
        sets: LocalitySets::Fixed(vec![(pages, 1.0)]),
        layout: Layout::Contiguous,
        holding: Distribution::Constant(1e9),
        micromodel: Micromodel::Random(Weights::Uniform),
    });
    program(pages, Span(10_000), source)
}

#[test]
fn what_is_protected_stays_however_much_others_want() {
    let faults = |policy: &str, part: fn(&mut ClassConfig)| {
        let mut quiet = class("quiet", 1, uniform(40));
        quiet.burst = Some(Burst { length: exponential(1.0), pause: Pause::Think(exponential(500.0)) });
        part(&mut quiet);
        let mut config = machine(policy, 100, vec![quiet, class("greedy", 3, uniform(200))], Span(60 * SECOND));
        config.warmup = Warmup::Fixed(Span(15 * SECOND));
        value(&run(&config, 1), "quiet.faults_per_second")
    };
    for policy in ["clock", "lru", "fifo"] {
        assert!(faults(policy, |_| {}) > 1.0, "{policy}: there is nothing to protect it from");
        assert_eq!(faults(policy, |quiet| quiet.control.low = 40), 0.0, "{policy}, memory.low");
        assert_eq!(faults(policy, |quiet| quiet.control.min = 40), 0.0, "{policy}, memory.min");
    }
}

/// If all there is is protected, `memory.low` gives way and `memory.min` does not.
#[test]
fn low_protection_gives_way_where_minimal_protection_does_not() {
    let resident = |part: fn(&mut ClassConfig)| {
        let mut quiet = class("quiet", 1, uniform(40));
        quiet.burst = Some(Burst { length: exponential(1.0), pause: Pause::Think(exponential(500.0)) });
        part(&mut quiet);
        let mut greedy = class("greedy", 3, uniform(200));
        greedy.control.low = 200;
        let mut config = machine("clock", 100, vec![quiet, greedy], Span(60 * SECOND));
        config.warmup = Warmup::Fixed(Span(15 * SECOND));
        value(&run(&config, 1), "quiet.faults_per_second")
    };
    assert!(resident(|quiet| quiet.control.low = 40) > 1.0);
    assert_eq!(resident(|quiet| quiet.control.min = 40), 0.0);
}

/// Of a program's 100 pages 20 get all but one in 100,000 of the references: a squeezer finds out, and the program does not notice.
#[test]
fn a_squeezer_takes_what_is_not_used() {
    let weights = (0..100).map(|page| if page < 20 { 50_000.0 } else { 0.0125 });
    let source = SourceSpec::Independent(Weights::Explicit(weights.collect()));
    let squeezed = |name: &str| {
        let program = program(100, Span(10_000), source.clone());
        let mut config = machine("clock", 200, vec![class("worker", 1, program)], Span(4_000 * SECOND));
        config.load_control = Some(control(name, &[]));
        config.warmup = Warmup::Fixed(Span(3_000 * SECOND));
        let report = run(&config, 1);
        (value(&report, "worker.resident_frames"), value(&report, "throughput"))
    };
    let (held, fast) = squeezed("none");
    assert!(held > 90.0, "it holds {held} unsqueezed");
    let (left, slow) = squeezed("senpai");
    assert!((16.0..50.0).contains(&left), "squeezed it holds {left}");
    assert!(slow > 0.98 * fast, "squeezed it makes {slow}, not {fast}");
}

/// A program that writes is squeezed no harder than its device can follow: what waits to be written out is bounded by what it holds.
#[test]
fn squeezing_does_not_flood_the_paging_device() {
    for count in [2, 6] {
        let mut config = workers("clock", count, Some(control("senpai", &[])), 160);
        config.classes[0].program.components[0].write_fraction = 0.1;
        let report = run(&config, 1);
        let queue = value(&report, "paging_queue");
        assert!(queue < 400.0, "{count} processes: {queue} requests wait");
    }
}

/// Suspends process 0 for every other second.
struct Pendulum {
    seconds: u64,
    /// Frames that it held when it had been suspended for a second.
    left: u32,
}

impl Controller for Pendulum {
    fn decide(&mut self, seen: &Observation<'_>, actions: &mut Vec<Action>) {
        self.seconds += 1;
        if self.seconds.is_multiple_of(2) {
            self.left = self.left.max(seen.processes[0].resident);
            assert_eq!(self.left, 0, "frames that a process holds a second after it was suspended");
            actions.push(Action::Resume(ProcessId(0)));
        } else {
            actions.push(Action::Suspend(ProcessId(0)));
        }
    }

    fn admits(&mut self, candidate: ProcessId, seen: &Observation<'_>) -> bool {
        seen.processes.is_empty()
            || seen.processes[candidate.0 as usize].standing != Standing::Suspended
            || self.seconds == 0
    }

    fn sight(&self) -> load_control::Sight {
        load_control::Sight::Processes
    }
}

static PENDULUM: ControllerEntry =
    ControllerEntry::of("pendulum", "suspends one every other second", "none", Span(SECOND), &[], |_, _| {
        Box::new(Pendulum { seconds: 0, left: 0 })
    });

fn with(controller: &'static ControllerEntry, resume: Resume) -> LoadControlSpec {
    LoadControlSpec { controller, resume, ..control("none", &[]) }
}

/// A second after it was suspended a process has no frame, and what it wrote is in swap space; it comes back with what it held if that is asked for.
#[test]
fn a_suspended_process_gives_all_its_frames_back_and_can_be_read_back_at_once() {
    let faults = |resume| {
        let mut writer = class("writer", 1, uniform(40));
        writer.program.components[0].write_fraction = 0.5;
        let mut config = machine("clock", 100, vec![writer], Span(100 * SECOND));
        config.warmup = Warmup::Fixed(Span(10 * SECOND));
        let mut spec = with(&PENDULUM, resume);
        spec.period = Span(SECOND);
        config.load_control = Some(spec);
        let report = run(&config, 1);
        assert!((value(&report, "suspensions_per_second") - 0.5).abs() < 0.02);
        assert!((value(&report, "suspension_time") - 1.0).abs() < 0.01);
        value(&report, "faults_per_second")
    };
    // Forty pages come back every two seconds.
    let demand = faults(Resume::Demand);
    assert!((demand - 20.0).abs() < 0.5, "{demand} faults a second");
    assert_eq!(faults(Resume::Prepage), 0.0);
}

/// Suspends everybody and admits nobody.
struct Closed;

impl Controller for Closed {
    fn decide(&mut self, seen: &Observation<'_>, actions: &mut Vec<Action>) {
        actions.push(Action::Shed(seen.active));
    }

    fn admits(&mut self, _candidate: ProcessId, seen: &Observation<'_>) -> bool {
        seen.now == Instant::ZERO
    }
}

static CLOSED: ControllerEntry =
    ControllerEntry::of("closed", "suspends everybody", "none", Span(SECOND), &[], |_, _| Box::new(Closed));

#[test]
fn a_controller_that_suspends_everybody_is_reported_as_such() {
    let mut config = machine("clock", 100, vec![class("worker", 3, uniform(20))], Span(100 * SECOND));
    config.livelock_after = Span(5 * SECOND);
    let mut spec = with(&CLOSED, Resume::Demand);
    spec.period = Span(SECOND);
    config.load_control = Some(spec);
    let error = knee::machine::run(&config, 1, &AtomicBool::new(false)).expect_err("nobody runs").to_string();
    assert!(
        error.contains(
            "load control admits nobody: controller \"closed\" has kept all 3 processes that have a job suspended"
        ),
        "{error}"
    );
}

/// The number of processes follows its schedule up and down, and every job is accounted for.
#[test]
fn processes_come_and_go_as_scheduled() {
    let schedule = [(0u64, 2u32), (20, 6), (40, 1), (60, 4)];
    for (job, jobs) in
        [(None, JobSource::Closed { think: None }), (Some(exponential(50.0)), JobSource::Closed { think: None })]
    {
        let mut workers = class("worker", 6, uniform(20));
        (workers.job, workers.jobs) = (job, jobs);
        workers.control.schedule =
            schedule.iter().map(|&(at, count)| Step { at: Instant(at * SECOND), count }).collect();
        let mut config = machine("clock", 200, vec![workers], Span(80 * SECOND));
        config.observations = 80;
        let report = run(&config, 1);
        let (_, present) =
            report.series.columns.iter().find(|(name, _)| name == "present_processes").expect("a series");
        for (second, present) in present.iter().enumerate() {
            // Observations come last among what happens at the same time.
            let due = schedule.iter().rev().find(|(at, _)| *at <= second as u64 + 1).expect("a step").1;
            assert_eq!(*present, f64::from(due), "after second {second}");
        }
    }
}

/// Who comes back begins its string at the beginning, and a policy that knows the future knows that too: the second visit is the first again.
#[test]
fn who_comes_back_has_the_future_of_its_beginning() {
    let mut stream = Streams::new(7).named("string");
    let references: Vec<_> = (0..700)
        .map(|_| RecordedReference { page: stream.below(40) as u32, write: false, gap: 1 + stream.below(3) as u32 })
        .collect();
    for (policy, window) in [("opt", 0), ("vmin", 25)] {
        let source = RecordedSpec { references: references.clone().into(), offset: 11, looped: true };
        let worker = class("worker", 1, program(40, Span(1_000), SourceSpec::Recorded(source)));
        let mut config = machine(policy, 20, vec![worker], Span(SECOND));
        config.parameters.window = Window::References(window);
        config.paging = device(Distribution::Constant(1_000.0));
        let faults = |report: &RunReport| value(report, "faults_per_second") * report.measured;
        let once = faults(&run(&config, 1));
        let steps = [(0u64, 1u32), (1, 0), (2, 1)];
        config.classes[0].control.schedule =
            steps.iter().map(|&(at, count)| Step { at: Instant(at * SECOND), count }).collect();
        config.duration = Span(3 * SECOND);
        let twice = faults(&run(&config, 1));
        assert!(once > 50_000.0 && (twice - 2.0 * once).abs() <= 2.0, "{policy}: {once}, {twice}");
    }
}

/// A machine whose clock stands still although its calendar is never empty ends with an error, not never.
#[test]
fn a_clock_that_stands_still_is_reported() {
    let mut spec = control("none", &[]);
    spec.period = Span::ZERO;
    let mut config = machine("clock", 200, vec![class("worker", 6, uniform(20))], Span(SECOND));
    config.load_control = Some(spec);
    let error = knee::machine::run(&config, 1, &AtomicBool::new(false)).expect_err("it stands still");
    assert!(error.to_string().contains("events in a row at 0 ns"), "{error}");
}
