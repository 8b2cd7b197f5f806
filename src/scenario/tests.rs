//! What a scenario means, and that nothing breaks the reader.

use super::*;
use crate::machine::{JobSource, Pause, Scope};
use crate::workload::{LocalitySets, SourceSpec};
use proptest::prelude::*;

const SMALL: &str = r#"
[machine]
memory = "400 frames"
[device.paging]
service = "5 ms"
[process.worker]
count = 2
pages = 100
references = { kind = "independent" }
"#;

fn scenario(text: &str) -> Scenario {
    Scenario::parse(text, "test.toml", Path::new("")).expect("valid TOML")
}

fn plan(text: &str) -> Plan {
    scenario(text).plan().unwrap_or_else(|error| panic!("{error}"))
}

fn complaint(text: &str) -> String {
    scenario(text).plan().expect_err("a mistake").to_string()
}

fn configs() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let mut names: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("configs").map(|entry| entry.expect("entry").path()).collect();
    // The recorded programs are read by the tests of the program from outside; here they would be read a thousand times.
    names.retain(|path| path.extension().is_some_and(|end| end == "toml") && !path.ends_with("recorded.toml"));
    names.sort();
    names.iter().map(|path| (path.display().to_string(), std::fs::read_to_string(path).expect("text"))).collect()
}

fn assert_same(one: &Plan, other: &Plan) {
    assert_eq!(
        format!("{:?}", (&one.config, &one.control, &one.axes)),
        format!("{:?}", (&other.config, &other.control, &other.axes))
    );
    assert_eq!((&one.name, &one.title, &one.effective), (&other.name, &other.title, &other.effective));
    let texts = |plan: &Plan| plan.cells.iter().map(|cell| format!("{cell:?}")).collect::<Vec<_>>();
    assert_eq!(texts(one), texts(other));
}

#[test]
fn every_config_plans_and_its_effective_form_gives_the_same_plan() {
    for (name, text) in configs() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
        let first = Scenario::parse(&text, &name, &folder).and_then(|scenario| scenario.plan());
        let first = match first {
            Ok(plan) => plan,
            Err(error) => panic!("{name}: {error}"),
        };
        let again = Scenario::parse(&first.effective, "x.toml", &folder).and_then(|scenario| scenario.plan());
        assert_same(&first, &again.unwrap_or_else(|error| panic!("{name}: {error}\n{}", first.effective)));
        for cell in first.cells.iter() {
            let again = Scenario::parse(&cell.effective, "x.toml", &folder).and_then(|scenario| scenario.plan());
            let again = again.unwrap_or_else(|error| panic!("{name}: {error}\n{}", cell.effective));
            assert_eq!(format!("{:?}", again.config), format!("{:?}", cell.config), "{name}");
            assert_eq!(again.cells.get(0).effective, cell.effective, "{name}");
        }
    }
}

#[test]
fn defaults_are_filled_in() {
    let plan = plan(SMALL);
    insta::assert_snapshot!(format!("{}\n----\n{}", plan.effective, plan.cells.get(0).effective), @r#"
    name = "test"
    title = ""

    [machine]
    page_size = "4 KiB"
    memory = "400 frames"
    cpus = 1
    scheduler = "round-robin"
    quantum = "10 ms"
    context_switch = "0 ns"
    fault_time = "0 ns"
    engine = "auto"

    [replacement]
    policy = "clock"
    scope = "global"

    [reclaim]
    watermarks = "none"

    [device.paging]
    kind = "queueing"
    service = "5 ms"
    parallelism = 1

    [swap]
    size = "auto"
    readahead = 1
    on_full = "error"

    [virtual_memory]
    on_violation = "kill"
    page_tables = "free"
    fault_costs = { zero_fill = "0 ns", copy_on_write = "0 ns", resident = "0 ns", rescued = "0 ns", in_flight = "0 ns", file_read = "0 ns", swap_read = "0 ns" }

    [process.worker]
    count = 2
    pages = 100
    backing = "zero-fill"
    reference_time = "100 ns"
    write_fraction = 0.3
    forked = false
    loading = "demand"
    stagger = "0 ns"

    [process.worker.references]
    kind = "independent"
    first_page = 0
    pages = 100
    write_fraction = 0.3
    weights = "uniform"

    [run]
    duration = "60 s"
    warmup = "auto"
    observations = 200
    livelock_after = "auto"
    locality = "none"
    seed = 1
    replications = 5
    confidence = 0.95
    precision = "none"

    ----
    [machine]
    page_size = "4 KiB"
    memory = "400 frames"
    cpus = 1
    scheduler = "round-robin"
    quantum = "10 ms"
    context_switch = "0 ns"
    fault_time = "0 ns"
    engine = "auto"

    [replacement]
    policy = "clock"
    scope = "global"

    [device.paging]
    kind = "queueing"
    read = "5 ms"
    write = "5 ms"
    parallelism = 1

    [swap]
    size = "200 pages"

    [process.worker]
    count = 2
    pages = 100
    backing = "zero-fill"
    reference_time = "100 ns"
    write_fraction = 0.3
    stagger = "0 ns"

    [process.worker.references]
    kind = "independent"
    first_page = 0
    pages = 100
    write_fraction = 0.3
    weights = "uniform"

    [run]
    duration = "60 s"
    warmup = "auto"
    observations = 200
    livelock_after = "30 s"
    "#);
    assert_eq!((plan.cells.len(), plan.axes.len()), (1, 0));
    assert_eq!(plan.name, "test");
}

#[test]
fn the_same_meaning_has_the_same_cell() {
    let long = r#"
title = "the same in other words"
[run]
seed = 9
duration = "1 min"
livelock_after = "30 s"
[process.worker]
pages = "400 KiB"
count = 2
references = [{ kind = "independent", weights = { kind = "uniform" }, pages = 100, share = 1 }]
[swap]
size = "200 pages"
[device.paging]
read = { kind = "constant", value = "5000 us" }
[machine]
memory = "1600 KiB"
"#;
    assert_eq!(plan(long).cells.get(0).effective, plan(SMALL).cells.get(0).effective);
}

#[test]
fn a_grid_has_every_combination_with_the_last_axis_fastest() {
    let plan =
        plan(&format!("{SMALL}[sweep]\n\"replacement.policy\" = [\"lru\", \"fifo\"]\nworker.count = \"1..3\"\n"));
    let coordinates: Vec<String> = plan.cells.iter().map(|cell| cell.coordinates.join(" ")).collect();
    assert_eq!(coordinates, ["lru 1", "lru 2", "lru 3", "fifo 1", "fifo 2", "fifo 3"]);
    assert_eq!(plan.axes[1].key, "process.worker.count");
    assert_eq!(plan.cells.get(5).config.classes[0].count, 3);
    assert_eq!(plan.cells.get(5).config.swap_pages, 300);
    assert_eq!(plan.config.classes[0].count, 2);
}

#[test]
fn ranges_step_and_multiply_in_units() {
    let values =
        |range: &str| plan(&format!("{SMALL}[sweep]\n\"device.paging.service\" = {range}\n")).axes[0].values.join(" ");
    assert_eq!(values("{ from = \"1 ms\", to = \"2 ms\", step = \"0.25 ms\" }"), "1 ms 1.25 ms 1.5 ms 1.75 ms 2 ms");
    assert_eq!(values("{ from = \"1 us\", to = \"1000 us\", factor = 10 }"), "1 us 10 us 100 us 1000 us");
    assert_eq!(
        values("[\"1 ms\", { kind = \"exponential\", mean = \"1 ms\" }]"),
        "1 ms { kind = \"exponential\", mean = \"1 ms\" }"
    );
}

#[test]
fn overrides_win_over_what_they_contradict() {
    let text = SMALL.replace("[device.paging]", "quantum = \"5 ms\"\n[device.paging]");
    let mut with = scenario(&text);
    with.set("machine.scheduler=run-to-fault").expect("assignment");
    with.set("worker.count = 3").expect("assignment");
    with.set("machine.memory=4 MiB").expect("assignment");
    with.set("device.paging.write=7 ms").expect("assignment");
    let plan = with.plan().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(plan.config.quantum, None);
    assert_eq!((plan.config.classes[0].count, plan.config.frames), (3, 1024));
    let crate::device::DeviceSpec::Queueing(device) = &plan.config.paging else { panic!() };
    assert_eq!((device.read.mean(), device.write.mean()), (5e6, 7e6));
    assert_same(&plan, &scenario(&plan.effective).plan().expect("round trip"));
}

#[test]
fn an_override_replaces_an_axis_however_it_is_spelled() {
    let mut with =
        scenario(&format!("{SMALL}[sweep]\n\"process.worker.count\" = \"1..24\"\n\"machine.cpus\" = [1, 2]\n"));
    with.set("sweep.worker.count=3..4").expect("assignment");
    let plan = with.plan().unwrap_or_else(|error| panic!("{error}"));
    let axes: Vec<String> = plan.axes.iter().map(|axis| format!("{} {}", axis.key, axis.values.join(" "))).collect();
    assert_eq!(axes, ["process.worker.count 3 4", "machine.cpus 1 2"]);
}

#[test]
fn a_key_that_only_the_sweep_sets_has_its_first_value_in_the_base() {
    let text = SMALL.replace("service = \"5 ms\"", "parallelism = 2");
    let plan = plan(&format!("{text}[sweep]\ndevice.paging.service = [\"2 ms\", \"1 ms\"]\n"));
    let crate::device::DeviceSpec::Queueing(device) = &plan.config.paging else { panic!() };
    assert_eq!(device.read.mean(), 2e6);
}

#[test]
fn partitions_are_frames_of_each_process() {
    let text = SMALL.replace("count = 2", "count = 3");
    let local = |partition: &str| {
        plan(&format!("{text}[replacement]\nscope = \"local\"\npartition = {partition}\n")).config.scope
    };
    assert_eq!(local("\"equal\""), Scope::Local(vec![133; 3]));
    assert_eq!(local("\"proportional\""), Scope::Local(vec![133; 3]));
    assert_eq!(local("{ worker = 7 }"), Scope::Local(vec![7; 3]));
}

#[test]
fn a_discretised_normal_is_that_of_denning_and_kahn() {
    let text = SMALL.replace("pages = 100", "pages = 400").replace(
        "references = { kind = \"independent\" }",
        "references = { kind = \"phases\", holding = 250, locality = { size = { kind = \"normal\", mean = 30, sd = 10 } } }",
    );
    let plan = plan(&text);
    let SourceSpec::Phases(phases) = &plan.config.classes[0].program.components[0].source else { panic!("phases") };
    let LocalitySets::Fixed(sets) = &phases.sets else { panic!("fixed sets") };
    let sizes: Vec<u32> = sets.iter().map(|(size, _)| *size).collect();
    assert_eq!(sizes, [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55]);
    // The observed holding time, h / (1 - Σ p²), of the oracle.
    let held = 250.0 / (1.0 - sets.iter().map(|(_, p)| p * p).sum::<f64>());
    assert!((held - 291.6).abs() < 0.1, "{held}");
}

#[test]
fn jobs_and_bursts() {
    let text = SMALL.replace(
        "pages = 100",
        "pages = 100\njob = \"1 s\"\narrivals = { kind = \"exponential\", mean = \"2 s\" }\nqueue_limit = 5\nburst = { length = \"1 ms\", think = \"2 ms\" }",
    );
    let class = &plan(&text).config.classes[0];
    assert!(matches!(class.jobs, JobSource::Open { queue_limit: Some(5), .. }));
    assert!(matches!(class.burst.as_ref().map(|burst| &burst.pause), Some(Pause::Think(_))));
}

#[test]
fn mistakes_of_one_cell_name_the_cell() {
    let text = format!("{SMALL}[sweep]\nworker.count = [1, 500]\n");
    insta::assert_snapshot!(complaint(&text), @r#"
    test.toml:3:10: machine.memory: found 400 frames for 500 processes; allowed: at least 500 frames: each process that runs needs the page it references (in the sweep, at process.worker.count = 500)
        help: enlarge memory, or run fewer processes
    "#);
}

#[test]
fn mistakes_are_found_together() {
    let text = "[machine]\nmemroy = \"4 MiB\"\ncpus = 0\n[device.paging]\nservice = 5\n[process.a]\npages = 3\nreferences = { kind = \"scann\" }\n";
    insta::assert_snapshot!(complaint(text), @r#"
    test.toml:1:1: machine.memory: missing; allowed: the size of memory, such as "400 frames" or "64 MiB"
    test.toml:2:1: machine.memroy: unknown key; allowed: page_size, memory, cpus, scheduler, quantum, context_switch, fault_time, engine
        help: did you mean memory?
    test.toml:3:8: machine.cpus: found 0; allowed: a whole number from 1 to 4096
    test.toml:5:11: device.paging.service: found 5, which has no unit; allowed: a time from 1 ns to 10 years, such as "5 ms"
        help: write the unit, for instance "5 ms"
    test.toml:8:23: process.a.references.kind: found "scann"; allowed: "independent", "phases", "scan", "sawtooth", "lru-stack", "recorded" or "lifetime"
        help: did you mean "scan"?
    "#);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_the_reader(text in ".*", lossy in proptest::collection::vec(any::<u8>(), 0..200)) {
        for text in [text, String::from_utf8_lossy(&lossy).into_owned()] {
            if let Ok(scenario) = Scenario::parse(&text, "x.toml", Path::new("")) {
                let _ = scenario.plan();
            }
        }
    }

    #[test]
    fn no_mutation_breaks_the_reader(
        which in 0_usize..100,
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0_usize..40, fragments()), 1..4),
    ) {
        let configs = configs();
        let mut text = configs[which % configs.len()].1.clone();
        // Small grids, so that the test is about reading.
        text = text.replace("1..24", "1..2");
        for (at, length, fragment) in edits {
            let mut start = at.index(text.len() + 1);
            while !text.is_char_boundary(start) { start -= 1; }
            let mut end = (start + length).min(text.len());
            while !text.is_char_boundary(end) { end += 1; }
            text.replace_range(start..end, &fragment);
        }
        if let Ok(plan) = Scenario::parse(&text, "x.toml", Path::new("")).and_then(|scenario| scenario.plan()) {
            let again = Scenario::parse(&plan.effective, "x.toml", Path::new("")).and_then(|again| again.plan());
            prop_assert!(again.is_ok(), "{}\n{}", again.err().map_or_else(String::new, |e| e.to_string()), plan.effective);
            assert_same(&plan, &again.expect("checked"));
        }
    }

    #[test]
    fn no_value_of_any_key_breaks_the_reader(key in keys(), value in fragments()) {
        let configs = configs();
        for (name, text) in configs.iter().filter(|(name, _)| !name.contains("big-host")) {
            let Ok(mut scenario) = Scenario::parse(text, name, Path::new("")) else { continue };
            if scenario.set(&format!("{key}={value}")).is_ok() {
                let _ = scenario.plan();
            }
        }
    }

    #[test]
    fn no_assignment_breaks_the_reader(assignment in ".*") {
        let _ = scenario(SMALL).set(&assignment);
    }
}

fn fragments() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "",
            "0",
            "-1",
            "nan",
            "inf",
            "1e308",
            "99999999999999999999",
            "\"5 ms\"",
            "5 ms",
            "\"4 KiB\"",
            "1 h",
            "0 ns",
            "[]",
            "{}",
            "\"\"",
            "true",
            "\n",
            "=",
            "[",
            "]]",
            "\"1..9\"",
            "1979-05-27",
            "[process.x]\n",
            "{ kind = \"empirical\", values = [] }",
            "{ kind = \"pareto\", mean = \"1 s\", shape = 1 }",
            "{ file = \"/dev/zero\" }",
            "{ kind = \"empirical\", file = \"/dev/zero\", unit = \"s\" }",
            "{ kind = \"normal\", mean = 1e300, sd = 1e300 }",
            "[[1, 1]]",
            "4294967295",
            "9223372036854775807",
            "0.5",
            "1e-320",
            "\u{0}",
            "é",
            "{ from = 0, to = 1e300, step = 1e-300 }",
            "local",
            "none",
            "auto",
            "leap",
            "lru-stack",
            "recorded",
            "lifetime",
        ])
        .prop_map(str::to_owned),
        ".{0,12}",
    ]
}

fn keys() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "name",
        "machine",
        "machine.memory",
        "machine.page_size",
        "machine.cpus",
        "machine.quantum",
        "machine.engine",
        "replacement.scope",
        "replacement.partition",
        "device",
        "device.paging.service",
        "device.paging.parallelism",
        "device.file.service",
        "swap.size",
        "process",
        "worker.count",
        "worker.pages",
        "worker.job",
        "worker.think",
        "worker.arrivals",
        "worker.queue_limit",
        "worker.burst",
        "worker.burst.length",
        "worker.references",
        "worker.references.kind",
        "worker.references.pages",
        "worker.references.locality",
        "worker.references.locality.size",
        "worker.references.locality.points",
        "worker.references.holding",
        "worker.references.micromodel",
        "worker.references.weights",
        "query.references.0.share",
        "query.references.1.weights",
        "run.duration",
        "run.warmup",
        "run.observations",
        "run.livelock_after",
        "run.seed",
        "run.locality",
        "run.locality.window",
        "worker.references.run_length",
        "reclaim.watermarks",
        "reclaim.watermarks.high",
        "reclaim.cleaner",
        "swap.readahead",
        "sweep",
        "sweep.worker.count",
        "process.new.count",
    ])
    .prop_map(str::to_owned)
}

/// A file that says something of every device: what is not of the preset is passed over where a sweep names another.
#[test]
fn a_later_preset_is_another_device() {
    use crate::device::{DeviceSpec, disk::SchedulerSpec, preset};
    let own = "preset = \"hp97560\"\nscheduler = \"sptf\"\nread_cache = \"none\"";
    let text = SMALL.replace("service = \"5 ms\"", own);
    let one = plan(&text);
    let DeviceSpec::Disk(disk) = &one.config.paging else { panic!("{:?}", one.config.paging) };
    assert_eq!((disk.scheduler, disk.read_cache, disk.heads), (SchedulerSpec::Sptf, None, 19));

    let swept = plan(&format!("{text}[sweep]\ndevice.paging.preset = [\"sata-ssd\", \"rdma\", \"hp97560\"]\n"));
    let built = |name: &str| (preset(name).expect("it is listed").spec)();
    let devices: Vec<DeviceSpec> = swept.cells.iter().map(|cell| cell.config.paging.clone()).collect();
    assert_eq!(devices, [built("sata-ssd"), built("rdma"), built("hp97560")]);
    assert_same(&swept, &plan(&swept.effective));

    let mut with = scenario(&text);
    with.set("device.paging.scheduler=c-look").expect("assignment");
    let DeviceSpec::Disk(disk) = with.plan().expect("it is valid").config.paging else { panic!("a disk") };
    assert_eq!((disk.scheduler, disk.read_cache), (SchedulerSpec::CLook, None));
}

#[test]
fn every_part_of_a_device_can_be_reached() {
    use crate::device::{DeviceSpec, throttle::Unit};
    let text = SMALL.replace(
        "[device.paging]\nservice = \"5 ms\"",
        "[device.paging]\nkind = \"areas\"\nstripe = 4\n[[device.paging.areas]]\npriority = 5\npages = 4096\n\
         [device.paging.areas.device]\nkind = \"throttled\"\nlimits = [{ unit = \"bytes\", per_second = 1000, burst = 50 }]\n\
         behind = { preset = \"zswap\", ratio = { kind = \"gamma\", mean = 2, cv = 0.5 }, behind = { preset = \"sata-7200\", \
         seek = { table = [[1, \"1 ms\"], [100000, \"9 ms\"]] }, scheduler = { kind = \"deadline\", batch = 3 } } }\n\
         [[device.paging.areas]]\ndevice = { preset = \"nvme-9100\", suspend = \"20 us\", ftl = \"none\" }\n",
    );
    let plan = plan(&text);
    assert_same(&plan, &self::plan(&plan.effective));
    let DeviceSpec::Areas(areas) = &plan.config.paging else { panic!("areas") };
    let DeviceSpec::Throttle(throttle) = &areas.areas[0].device else { panic!("throttled") };
    assert_eq!((areas.stripe, areas.areas[0].priority, areas.areas[0].pages), (4, 5, Some(4096)));
    assert_eq!((throttle.limits[0].unit, throttle.limits[0].initial), (Unit::Bytes, 50));
    let DeviceSpec::Compressed(zswap) = &*throttle.behind else { panic!("compressed") };
    assert_eq!(zswap.ratio.mean(), 2.0);
    let Some(DeviceSpec::Disk(disk)) = zswap.behind.as_deref() else { panic!("disk") };
    assert_eq!(disk.seek.time(100_000).0, 9_000_000);
    let DeviceSpec::Flash(flash) = &areas.areas[1].device else { panic!("flash") };
    assert_eq!((flash.suspend.map(|span| span.0), &flash.ftl), (Some(20_000), &None));
}
