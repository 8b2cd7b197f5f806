//! What a person reads who made a mistake in a scenario: whole messages, each with file, line and column, the key, what was
//! found, what is allowed, and a suggestion where there is one.

use knee::scenario::Scenario;
use std::path::Path;

const VALID: &str = r#"[machine]
memory = "400 frames"
cpus = 4
quantum = "10 ms"
engine = "leap"
[replacement]
policy = "clock"
[device.paging]
service = "5 ms"
[process.worker]
count = 8
pages = 1024
[process.worker.references]
kind = "phases"
holding = 20_000
locality = { size = 40, overlap = 0.5 }
[run]
duration = "60 s"
"#;

/// What is mistaken, the line of the valid scenario, what stands in its place, and the message.
type Case = (&'static str, &'static str, &'static str, &'static str);

const CASES: &[Case] = &[
    (
        "working sets where nobody keeps them",
        "[run]",
        "[load_control]\ncontroller = \"working-set\"\n[run]",
        r#"s.toml:18:14: load_control.controller: found "working-set" with policy "clock", which keeps no working sets; allowed: it together with replacement.policy = "ws", "dws" or "pff""#,
    ),
    (
        "a limit to loading tasks where nobody sees what is in use",
        "[run]",
        "[load_control]\ncontroller = \"lt-rt\"\n[run]",
        r#"s.toml:18:14: load_control.controller: found "lt-rt" with policy "clock", which does not know what is in use; allowed: it together with replacement.policy = "ws", "dws", "pff" or "wsclock""#,
    ),
    (
        "protection from a policy that takes pages nobody asks for",
        "policy = \"clock\"",
        "policy = \"ws\"\n[process.other]\npages = 9\nmemory_low = \"7 frames\"\nreferences = { kind = \"scan\" }",
        r#"s.toml:9:9: process.other: memory_low and memory_min contradict replacement.policy = "ws", which takes pages out that nobody asks for
    help: protect pages by the class's window, or choose a policy that only names victims"#,
    ),
    (
        "working sets that may fill no memory",
        "policy = \"clock\"",
        "policy = \"ws\"\n[load_control]\ncontroller = \"working-set\"\nmemory = 0",
        r#"s.toml:10:10: load_control.memory: found 0: nobody would be admitted; allowed: a number above 0, up to 1"#,
    ),
    (
        "a schedule that runs backwards",
        "count = 8",
        "count = 8\nschedule = [{ at = \"2 s\", count = 3 }, { at = \"1 s\", count = 9 }]",
        r#"s.toml:12:47: process.worker.schedule[1].at: found "1 s"; allowed: later than the step before, which is at "2 s"
s.toml:12:62: process.worker.schedule[1].count: found 9; allowed: a whole number from 0 to 8"#,
    ),
    (
        "more memory that is never taken than there is",
        "count = 8",
        "count = 8\nmemory_min = \"50 frames\"",
        r#"s.toml:13:9: process.worker.memory_min: found 400 frames that are never taken, in all classes; allowed: less than 400, the machine's memory"#,
    ),
    (
        "limits where each process has its own frames",
        "policy = \"clock\"",
        "policy = \"clock\"\nscope = \"local\"\n[process.other]\npages = 9\nmemory_max = \"7 frames\"\nreferences = { kind = \"scan\" }",
        r#"s.toml:10:9: process.other: memory_max, memory_low and memory_min contradict scope = "local", where each process has its frames
    help: give them by partition"#,
    ),
    (
        "a threshold outside 0..1",
        "[run]",
        "[load_control]\ncontroller = \"fifty-percent\"\ntarget = 1.5\n[run]",
        r#"s.toml:19:10: load_control.target: found 1.5; allowed: a number from 0 to 1"#,
    ),
    (
        "a controller that decides all the time",
        "[run]",
        "[load_control]\ncontroller = \"none\"\nperiod = \"0 s\"\n[run]",
        r#"s.toml:19:10: load_control.period: found "0 s": a controller that decides without end; allowed: a time from 1 ns to 10 years, such as "1 s""#,
    ),
    (
        "admission that can admit nobody",
        "[run]",
        "[load_control]\ncontroller = \"fixed-mpl\"\nlevel = 0\n[run]",
        r#"s.toml:19:9: load_control.level: found 0, which would admit nobody; allowed: a whole number of processes from 1 to 100000"#,
    ),
    (
        "a parameter that is needed",
        "[run]",
        "[load_control]\ncontroller = \"fixed-mpl\"\n[run]",
        r#"s.toml:17:1: load_control.level: missing; allowed: a whole number of processes from 1 to 100000"#,
    ),
    (
        "another controller's parameter",
        "[run]",
        "[load_control]\ncontroller = \"fifty-percent\"\nlevel = 3\n[run]",
        r#"s.toml:19:1: load_control.level: is no parameter of controller "fifty-percent", but of "fixed-mpl""#,
    ),
    (
        "pages to be read that are still there",
        "[run]",
        "[load_control]\ncontroller = \"none\"\nsuspend = \"decay\"\nresume = \"prepage\"\n[run]",
        r#"s.toml:20:10: load_control.resume: "prepage" contradicts suspend = "decay": what is left of a set that decays is in memory still; allowed: "demand", or suspend = "swap-out""#,
    ),
    (
        "a policy that would have to know what its own decisions change",
        "policy = \"clock\"",
        "policy = \"opt\"",
        r#"s.toml:5:10: machine.engine: found "leap", but policy "opt" observes the future; allowed: engine = "auto" or "walk"
s.toml:7:10: replacement.policy: policy "opt" observes the future, but which of 8 processes references memory next depends on the policy itself; give it one process, or local scope"#,
    ),
    (
        "unknown key",
        "cpus = 4",
        "cpu = 4",
        r#"s.toml:3:1: machine.cpu: unknown key; allowed: page_size, memory, cpus, scheduler, quantum, context_switch, fault_time, engine
    help: did you mean cpus?"#,
    ),
    (
        "watermarks out of order",
        "[device.paging]",
        "[reclaim]\nwatermarks = { min = \"10 frames\", low = \"30 frames\", high = \"20 frames\" }\n[device.paging]",
        r#"s.toml:9:61: reclaim.watermarks.high: found "20 frames"; allowed: more than low, which is "30 frames": watermarks rise from min over low to high"#,
    ),
    (
        "watermarks that meet",
        "[device.paging]",
        "[reclaim]\nwatermarks = { min = \"2 %\", low = \"2 %\", high = \"5 %\" }\n[device.paging]",
        r#"s.toml:9:35: reclaim.watermarks.low: found "8 frames"; allowed: more than min, which is "8 frames": watermarks rise from min over low to high"#,
    ),
    (
        "watermarks that leave nothing to run in",
        "[device.paging]",
        "[reclaim]\nwatermarks = { min = \"1 %\", low = \"2 %\", high = \"99 %\" }\n[device.paging]",
        r#"s.toml:9:49: reclaim.watermarks.high: found "396 frames"; allowed: up to "392 frames" of the 400 frames of memory: each process needs one"#,
    ),
    (
        "a watermark that is missing",
        "[device.paging]",
        "[reclaim]\nwatermarks = { min = \"1 %\", low = \"2 %\" }\n[device.paging]",
        r#"s.toml:9:14: reclaim.watermarks.high: missing; allowed: frames, such as "64 frames" or "2 %" of memory"#,
    ),
    (
        "a watermark of time",
        "[device.paging]",
        "[reclaim]\nwatermarks = { min = \"1 s\", low = \"2 %\", high = \"3 %\" }\n[device.paging]",
        r#"s.toml:9:22: reclaim.watermarks.min: found "1 s", which is a time; allowed: from 0 to 400 pages, such as "400 frames" or "64 MiB"
    help: units: frames, pages, B, KiB, MiB, GiB, TiB, kB, MB, GB, TB"#,
    ),
    (
        "a daemon's parameter without a daemon",
        "[device.paging]",
        "[reclaim]\nwrite_cluster = 8\n[device.paging]",
        r#"s.toml:9:1: reclaim.write_cluster: is the page daemon's, and there is none; allowed: with watermarks = { min, low, high }"#,
    ),
    (
        "clusters of nothing",
        "[device.paging]",
        "[reclaim]\nwatermarks = { min = \"1 %\", low = \"2 %\", high = \"3 %\" }\nwrite_cluster = 0\n[device.paging]",
        r#"s.toml:10:17: reclaim.write_cluster: found 0; allowed: a whole number from 1 to 1024"#,
    ),
    (
        "a cleaner larger than memory",
        "[device.paging]",
        "[reclaim]\nwatermarks = { min = \"1 %\", low = \"2 %\", high = \"3 %\" }\ncleaner = { frames = 401 }\n[device.paging]",
        r#"s.toml:10:22: reclaim.cleaner.frames: found 401; allowed: a whole number from 1 to 400"#,
    ),
    (
        "reading ahead without free frames",
        "[run]",
        "[swap]\nreadahead = 8\n[run]",
        r#"s.toml:18:13: swap.readahead: found 8; allowed: 1, or more with watermarks: pages are read ahead into free frames only
    help: add reclaim.watermarks = { min, low, high }"#,
    ),
    (
        "runs that do not fill the range",
        "holding = 20_000",
        "holding = 20_000\nrun_length = 24",
        r#"s.toml:16:14: process.worker.references.run_length: found 24; allowed: a divisor of the 1024 pages of the range, which runs fill"#,
    ),
    (
        "runs of one run",
        "holding = 20_000",
        "holding = 20_000\nlayout = \"contiguous\"\nrun_length = 8",
        r#"s.toml:17:1: process.worker.references.run_length: contradicts layout = "contiguous": a set is one run then; allowed: with "scattered""#,
    ),
    (
        "a window longer than the string",
        "duration = \"60 s\"",
        "duration = \"60 s\"\nlocality = { references = 1000, window = 2000 }",
        r#"s.toml:19:42: run.locality.window: found 2000; allowed: up to 1000, the references that are looked at"#,
    ),
    (
        "a precision that is none",
        "duration = \"60 s\"",
        "duration = \"60 s\"\nprecision = \"2 ms\"",
        r#"s.toml:19:13: run.precision: found "2 ms"; allowed: a share of the mean from 0.01% to 100%, such as "2%", or "none""#,
    ),
    (
        "a cap on nothing",
        "duration = \"60 s\"",
        "duration = \"60 s\"\nmax_replications = 20",
        r#"s.toml:19:1: run.max_replications: has no meaning without run.precision, to which it is the cap; allowed: with precision = "2%""#,
    ),
    (
        "key of another section",
        "service = \"5 ms\"",
        "service = \"5 ms\"\nquantum = \"1 ms\"",
        r#"s.toml:10:1: device.paging.quantum: unknown key; allowed: kind, preset, service, read, write, parallelism"#,
    ),
    (
        "wrong unit class",
        "quantum = \"10 ms\"",
        "quantum = \"10 KiB\"",
        r#"s.toml:4:11: machine.quantum: found "10 KiB", which is a number of bytes; allowed: a time from 1 ns to 10 years, such as "5 ms"
    help: units: ns, us, ms, s, min, h"#,
    ),
    (
        "no unit",
        "quantum = \"10 ms\"",
        "quantum = 10",
        r#"s.toml:4:11: machine.quantum: found 10, which has no unit; allowed: a time from 1 ns to 10 years, such as "5 ms"
    help: write the unit, for instance "10 ms""#,
    ),
    (
        "unknown unit",
        "quantum = \"10 ms\"",
        "quantum = \"10 msec\"",
        r#"s.toml:4:11: machine.quantum: found "10 msec", whose unit "msec" is unknown; allowed: a time from 1 ns to 10 years, such as "5 ms"
    help: did you mean "10 ms"? units: ns, us, ms, s, min, h"#,
    ),
    (
        "memory without a unit",
        "memory = \"400 frames\"",
        "memory = 400",
        r#"s.toml:2:10: machine.memory: found 400, which has no unit; allowed: from 1 to 268435455 pages, such as "400 frames" or "64 MiB"
    help: write the unit, for instance "400 frames""#,
    ),
    (
        "zero frames",
        "memory = \"400 frames\"",
        "memory = \"0 frames\"",
        r#"s.toml:2:10: machine.memory: found "0 frames"; allowed: from 1 to 268435455 pages, such as "400 frames" or "64 MiB""#,
    ),
    (
        "absurd memory",
        "memory = \"400 frames\"",
        "memory = \"2 TiB\"",
        r#"s.toml:2:10: machine.memory: found "2 TiB"; allowed: from 1 to 268435455 pages, such as "400 frames" or "64 MiB""#,
    ),
    (
        "broken pages",
        "memory = \"400 frames\"",
        "memory = \"16 MB\"",
        r#"s.toml:2:10: machine.memory: found "16 MB", which is 16000000 bytes; allowed: whole pages of 4096 bytes
    help: MB is a power of ten; did you mean "16 MiB"?"#,
    ),
    (
        "page size",
        "memory = \"400 frames\"",
        "memory = \"400 frames\"\npage_size = \"5 KiB\"",
        r#"s.toml:3:13: machine.page_size: found "5 KiB"; allowed: a power of two from 512 B to 1 GiB, such as "4 KiB""#,
    ),
    (
        "memory too small",
        "count = 8",
        "count = 401",
        r#"s.toml:2:10: machine.memory: found 400 frames for 401 processes; allowed: at least 401 frames: each process that runs needs the page it references
    help: enlarge memory, or run fewer processes"#,
    ),
    (
        "zero count",
        "count = 8",
        "count = 0",
        r#"s.toml:11:9: process.worker.count: found 0; allowed: a whole number from 1 to 100000"#,
    ),
    (
        "too many processes",
        "count = 8",
        "count = 1000000",
        r#"s.toml:11:9: process.worker.count: found 1000000; allowed: a whole number from 1 to 100000"#,
    ),
    (
        "wrong type",
        "cpus = 4",
        "cpus = \"four\"",
        r#"s.toml:3:8: machine.cpus: found "four"; allowed: a whole number from 1 to 4096"#,
    ),
    (
        "integer too large",
        "cpus = 4",
        "cpus = 99999999999999999999",
        r#"s.toml:3:8: machine.cpus: found 1e20; allowed: a whole number from 1 to 4096"#,
    ),
    (
        "window of a policy that has none",
        "policy = \"clock\"",
        "policy = \"clock\"\nwindow = 2000",
        r#"s.toml:8:1: replacement.window: contradicts policy = "clock", which has none"#,
    ),
    (
        "window of nothing",
        "policy = \"clock\"",
        "policy = \"ws\"\nwindow = 0",
        r#"s.toml:8:10: replacement.window: found 0; allowed: a number of references from 1 to 1000000000000, such as 20000, or a time such as "20 ms""#,
    ),
    (
        "interval of a working set",
        "policy = \"clock\"",
        "policy = \"ws\"\ninterval = 2000",
        r#"s.toml:8:1: replacement.interval: contradicts policy = "ws", which has none"#,
    ),
    (
        "damping of nothing",
        "policy = \"clock\"",
        "policy = \"dws\"\ndamping = 0",
        r#"s.toml:8:11: replacement.damping: found 0; allowed: a share of the window above 0, up to 1"#,
    ),
    (
        "correlated period of a policy that has none",
        "policy = \"clock\"",
        "policy = \"clock\"\ncorrelated_period = 20",
        r#"s.toml:8:1: replacement.correlated_period: contradicts policy = "clock", which has none"#,
    ),
    (
        "negative correlated period",
        "policy = \"clock\"",
        "policy = \"lru-2\"\ncorrelated_period = -1",
        "s.toml:5:10: machine.engine: found \"leap\", but policy \"lru-2\" observes every reference; allowed: engine = \"auto\" or \"walk\"\n\
         s.toml:8:21: replacement.correlated_period: found -1; allowed: a whole number from 0 to 1000000000000",
    ),
    (
        "window of memory",
        "policy = \"clock\"",
        "policy = \"ws\"\nwindow = \"40 pages\"",
        r#"s.toml:8:10: replacement.window: found "40 pages", which is a number of pages; allowed: a number of references from 1 to 1000000000000, such as 20000, or a time such as "20 ms"
    help: units: references, ns, us, ms, s, min, h"#,
    ),
    (
        "unknown policy",
        "policy = \"clock\"",
        "policy = \"clok\"",
        r#"s.toml:7:10: replacement.policy: found "clok"; allowed: "fifo", "random", "second-chance", "clock", "clock-bit-0", "nru", "aging", "lru", "mru", "lru-2", "lfu", "lfu-perfect", "2q", "arc", "car", "lirs", "clock-pro", "s3-fifo", "sieve", "active-inactive", "mglru", "opt", "ws", "dws", "pff", "vmin" or "wsclock"
    help: did you mean "clock"?"#,
    ),
    (
        "quantum with run-to-fault",
        "quantum = \"10 ms\"",
        "quantum = \"10 ms\"\nscheduler = \"run-to-fault\"",
        r#"s.toml:4:1: machine.quantum: contradicts scheduler = "run-to-fault", which has no quantum; allowed: with scheduler = "round-robin""#,
    ),
    (
        "partition under global scope",
        "policy = \"clock\"",
        "policy = \"clock\"\npartition = \"equal\"",
        r#"s.toml:8:1: replacement.partition: contradicts scope = "global"; allowed: with scope = "local""#,
    ),
    (
        "partition of an unknown class",
        "policy = \"clock\"",
        "policy = \"clock\"\nscope = \"local\"\npartition = { worker = 20, wroker = 20 }",
        r#"s.toml:9:28: replacement.partition.wroker: unknown key; allowed: worker
    help: did you mean worker?"#,
    ),
    (
        "partition too large",
        "policy = \"clock\"",
        "policy = \"clock\"\nscope = \"local\"\npartition = { worker = 51 }",
        r#"s.toml:9:13: replacement.partition: found a partition of 408 frames; allowed: at most 400, the machine's memory"#,
    ),
    (
        "partition of nothing",
        "policy = \"clock\"",
        "policy = \"clock\"\nscope = \"local\"\npartition = { worker = 0 }",
        r#"s.toml:9:24: replacement.partition.worker: found 0; allowed: a whole number from 1 to 268435455"#,
    ),
    (
        "unknown distribution",
        "service = \"5 ms\"",
        "service = { kind = \"exponetial\", mean = \"5 ms\" }",
        r#"s.toml:9:20: device.paging.service.kind: found "exponetial"; allowed: "constant", "exponential", "lognormal", "pareto", "weibull", "gamma" or "empirical"
    help: did you mean "exponential"?"#,
    ),
    (
        "distribution by its name alone",
        "service = \"5 ms\"",
        "service = \"exponential\"",
        r#"s.toml:9:11: device.paging.service: found "exponential"; allowed: a time from 1 ns to 10 years, such as "5 ms"
    help: write { kind = "exponential", mean = "5 ms" }"#,
    ),
    (
        "parameter of another distribution",
        "service = \"5 ms\"",
        "service = { kind = \"exponential\", mean = \"5 ms\", cv = 2 }",
        r#"s.toml:9:50: device.paging.service.cv: unknown key; allowed: kind, mean"#,
    ),
    (
        "pareto without a mean",
        "service = \"5 ms\"",
        "service = { kind = \"pareto\", mean = \"5 ms\", shape = 1.0 }",
        r#"s.toml:9:53: device.paging.service.shape: found 1; allowed: a number above 1, where the mean is finite, up to 1000"#,
    ),
    (
        "non-finite number",
        "service = \"5 ms\"",
        "service = { kind = \"gamma\", mean = \"5 ms\", cv = inf }",
        r#"s.toml:9:49: device.paging.service.cv: found inf; allowed: a number from 0.001 to 100"#,
    ),
    (
        "empirical without values",
        "service = \"5 ms\"",
        "service = { kind = \"empirical\", values = [] }",
        r#"s.toml:9:42: device.paging.service.values: found an empty list; allowed: a list such as ["5 ms"], or a file with one value a line"#,
    ),
    (
        "a file that is not there",
        "service = \"5 ms\"",
        "service = { kind = \"empirical\", file = \"missing.csv\", unit = \"ms\" }",
        r#"s.toml:9:40: device.paging.service.file: cannot read missing.csv: No such file or directory (os error 2)"#,
    ),
    (
        "service and read",
        "service = \"5 ms\"",
        "service = \"5 ms\"\nread = \"4 ms\"",
        r#"s.toml:10:1: device.paging.read: contradicts service, which is for reads and writes; give either service or read and write"#,
    ),
    (
        "no service",
        "service = \"5 ms\"",
        "",
        r#"s.toml:8:1: device.paging.service: missing; allowed: a service time, such as "5 ms" or { kind = "exponential", mean = "5 ms" }"#,
    ),
    (
        "file I/O without a device",
        "pages = 1024",
        "pages = 1024\nburst = { length = \"1 ms\", file_io = true }",
        r#"s.toml:13:38: process.worker.burst.file_io: found file_io = true, but no device for it; allowed: together with a section [device.file]
    help: add [device.file] with a service time"#,
    ),
    (
        "a device nobody uses",
        "service = \"5 ms\"",
        "service = \"5 ms\"\n[device.file]\nservice = \"1 ms\"",
        r#"s.toml:10:9: device.file: no process does file I/O, so nothing would read this
    help: give a class burst = { length = "10 ms", file_io = true }, or take the device away"#,
    ),
    (
        "another device",
        "service = \"5 ms\"",
        "service = \"5 ms\"\n[device.pagign]\nservice = \"1 ms\"",
        r#"s.toml:10:9: device.pagign: unknown key; allowed: paging, file
    help: did you mean paging?"#,
    ),
    (
        "arrivals with think",
        "pages = 1024",
        "pages = 1024\njob = \"1 s\"\nthink = \"1 s\"\narrivals = \"1 s\"",
        r#"s.toml:14:1: process.worker.think: contradicts arrivals: jobs either arrive from outside or follow each other after a think time"#,
    ),
    (
        "arrivals without a job",
        "pages = 1024",
        "pages = 1024\narrivals = \"1 s\"",
        r#"s.toml:13:1: process.worker.arrivals: jobs of this class never end, so nothing would read this
    help: give the CPU time of a job, for instance job = { kind = "exponential", mean = "1 s" }"#,
    ),
    (
        "queue limit without arrivals",
        "pages = 1024",
        "pages = 1024\njob = \"1 s\"\nqueue_limit = 3",
        r#"s.toml:14:1: process.worker.queue_limit: only jobs that arrive can queue; allowed: together with arrivals"#,
    ),
    (
        "locality larger than the space",
        "size = 40",
        "size = 2000",
        r#"s.toml:16:21: process.worker.references.locality.size: found a locality of 2000 pages; allowed: at most 1024, the pages of the range
    help: enlarge pages of the process, or make the locality smaller"#,
    ),
    (
        "overlap",
        "overlap = 0.5",
        "overlap = 1.5",
        r#"s.toml:16:35: process.worker.references.locality.overlap: found 1.5; allowed: a number from 0 to 1"#,
    ),
    (
        "sets larger than the range",
        "size = 40, overlap = 0.5",
        "sets = [[1000, 0.5], [1000, 0.5]]",
        r#"s.toml:16:12: process.worker.references.locality: found disjoint locality sets of 2000 pages together; allowed: at most 1024, the pages of the range"#,
    ),
    (
        "probabilities",
        "size = 40, overlap = 0.5",
        "sets = [[10, 0.5], [10, 0.6]]",
        r#"s.toml:16:21: process.worker.references.locality.sets: found probabilities that sum to 1.1; allowed: probabilities that sum to 1"#,
    ),
    (
        "range outside the space",
        "kind = \"phases\"",
        "kind = \"phases\"\nfirst_page = 1000\npages = 100",
        r#"s.toml:16:9: process.worker.references.pages: found 100 pages from page 1000; allowed: a range within the address space of 1024 pages"#,
    ),
    (
        "micromodel with parameters",
        "kind = \"phases\"",
        "kind = \"phases\"\nmicromodel = \"zipf\"",
        r#"s.toml:15:14: process.worker.references.micromodel: found "zipf"; allowed: a table for a micromodel with parameters
    help: write { kind = "zipf", ... }"#,
    ),
    (
        "leap over an LRU stack",
        "kind = \"phases\"",
        "kind = \"phases\"\nmicromodel = { kind = \"lru-stack\", weights = { kind = \"zipf\" } }",
        r#"s.toml:5:10: machine.engine: found "leap", but the LRU-stack model (process.worker.references.micromodel.kind) can only walk; allowed: engine = "auto" or "walk""#,
    ),
    (
        "replications",
        "duration = \"60 s\"",
        "duration = \"60 s\"\nreplications = 0",
        r#"s.toml:19:16: run.replications: found 0; allowed: a whole number from 1 to 10000"#,
    ),
    (
        "warm-up longer than the run",
        "duration = \"60 s\"",
        "duration = \"60 s\"\nwarmup = \"60 s\"",
        r#"s.toml:19:10: run.warmup: found "60 s"; allowed: less than run.duration, which is "60 s""#,
    ),
    (
        "absurd duration",
        "duration = \"60 s\"",
        "duration = \"1e9 h\"",
        r#"s.toml:18:12: run.duration: found "1e9 h"; allowed: a time from 1 us to 10 years, such as "5 ms""#,
    ),
    (
        "a name that is no folder",
        "[machine]",
        "name = \"../x\"\n[machine]",
        r#"s.toml:1:8: name: found "../x"; allowed: 1 to 100 letters, digits, `-`, `_` and `.`, not first a `.`: results go to a folder of this name"#,
    ),
    (
        "unknown section",
        "[run]",
        "[runs]",
        r#"s.toml:17:2: runs: unknown key; allowed: name, title, machine, replacement, reclaim, device, swap, virtual_memory, process, load_control, run, sweep
    help: did you mean run?"#,
    ),
    (
        "empty axis",
        "[run]",
        "[sweep]\n\"worker.count\" = []\n[run]",
        r#"s.toml:18:18: sweep."worker.count": found [], which is empty; allowed: "1..24", { from = 1, to = 24, step = 1 }, { from = 1, to = 1000, factor = 10 } or a list of values"#,
    ),
    (
        "empty range",
        "[run]",
        "[sweep]\n\"worker.count\" = \"8..1\"\n[run]",
        r#"s.toml:18:18: sweep."worker.count": found "8..1", which is empty; allowed: a range that ascends
    help: write "1..8""#,
    ),
    (
        "empty sweep",
        "[run]",
        "[sweep]\n[run]",
        r#"s.toml:17:1: sweep: found an empty sweep; allowed: at least one axis, such as "process.worker.count" = "1..24""#,
    ),
    (
        "axis over an unknown key",
        "[run]",
        "[sweep]\n\"worker.cuont\" = [1, 2]\n[run]",
        r#"s.toml:18:1: process.worker.cuont: unknown key; allowed: region, count, pages, backing, reference_time, job, write_fraction, forked, violations, references, arrivals, think, queue_limit, burst, memory_between_jobs, loading, prepage, stagger, priority, memory_max, memory_low, memory_min, schedule
    help: did you mean count?"#,
    ),
    (
        "axis over the seed",
        "[run]",
        "[sweep]\n\"run.seed\" = \"1..3\"\n[run]",
        r#"s.toml:18:1: sweep."run.seed": found an axis over run.seed; allowed: an axis over a key that changes a run"#,
    ),
    (
        "value of an axis",
        "[run]",
        "[sweep]\n\"replacement.policy\" = [\"clock\", \"lur\"]\n[run]",
        r#"s.toml:18:34: replacement.policy: found "lur"; allowed: "fifo", "random", "second-chance", "clock", "clock-bit-0", "nru", "aging", "lru", "mru", "lru-2", "lfu", "lfu-perfect", "2q", "arc", "car", "lirs", "clock-pro", "s3-fifo", "sieve", "active-inactive", "mglru", "opt", "ws", "dws", "pff", "vmin" or "wsclock" (in the sweep, at replacement.policy = "lur")
    help: did you mean "lru"?"#,
    ),
    (
        "grid too large",
        "[run]",
        "[sweep]\n\"worker.count\" = \"1..1000\"\n\"machine.cpus\" = \"1..1000\"\n[run]",
        r#"s.toml:17:1: sweep: found a grid of 1000 × 1000 cells; allowed: up to 100000 cells"#,
    ),
    (
        "not TOML",
        "cpus = 4",
        "cpus = 4 ms",
        r#"s.toml:3:8: not TOML: string values must be quoted, expected literal string, at `4 ms`
    help: text, and every quantity with a unit, stands in quotes: "5 ms""#,
    ),
    ("twice the same key", "cpus = 4", "cpus = 4\ncpus = 5", r#"s.toml:4:1: not TOML: duplicate key, at `cpus`"#),
];

fn message(text: &str) -> String {
    let plan = Scenario::parse(text, "s.toml", Path::new("")).and_then(|scenario| scenario.plan());
    plan.err().map_or_else(|| "accepted".to_owned(), |error| error.to_string())
}

/// The same for the paging device: what stands in the place of its service time.
const DEVICE_CASES: &[(&str, &str)] = &[
    (
        "preset = \"hp97650\"",
        r#"s.toml:9:10: device.paging.preset: found "hp97650"; allowed: "drum-2301", "hpc2200a", "hp97560", "sas-15k", "sata-7200", "sata-ssd", "nvme-9100", "nvme-p3700", "nvme-p4800x", "cloud-volume", "zswap", "zram", "cxl" or "rdma"
    help: did you mean "hp97560"?"#,
    ),
    (
        "kind = \"disc\"",
        r#"s.toml:9:8: device.paging.kind: found "disc"; allowed: "queueing", "disk", "drum", "flash", "throttled", "compressed", "far", "remote" or "areas"
    help: did you mean "disk"?"#,
    ),
    (
        "preset = \"hp97560\"\nkind = \"drum\"",
        r#"s.toml:10:8: device.paging.kind: found "drum", which contradicts preset = "hp97560"; allowed: "disk", or no kind at all"#,
    ),
    (
        "preset = \"hp97560\"\nseek = { far_base = \"1 ms\" }",
        r#"s.toml:10:21: device.paging.seek.far_base: gives 4.064 ms for a seek over 383 cylinders, but one over 382 takes 11.057928 ms: the seek time must not decrease with the distance"#,
    ),
    (
        "kind = \"disk\"\nseek = { table = [[1, \"2 ms\"], [100, \"1 ms\"]] }",
        r#"s.toml:10:18: device.paging.seek.table: has 1 ms for 100 cylinders after 2 ms for 1: the seek time must not decrease with the distance"#,
    ),
    (
        "kind = \"flash\"\nchannels = 0",
        r#"s.toml:10:12: device.paging.channels: found 0; allowed: a whole number from 1 to 4096"#,
    ),
    (
        "kind = \"drum\"",
        r#"s.toml:8:1: device.paging: holds 900 pages, but 8192 are needed for swap space and program files
    help: take a larger device, or give [swap] a smaller size"#,
    ),
    (
        "kind = \"compressed\"\npool_frames = 500",
        r#"s.toml:10:15: device.paging.pool_frames: found 500: the pool cannot be larger than the 400 frames of memory
    help: give the pool a part of memory, or the machine more memory"#,
    ),
    (
        "kind = \"compressed\"\nratio = 0.8",
        r#"s.toml:10:9: device.paging.ratio: found 0.8; allowed: a ratio from 1 to 1000 (size over compressed size), such as 3"#,
    ),
    (
        "kind = \"areas\"\nareas = [{ priority = 1, pages = 2000, device = { preset = \"drum-2301\" } }]",
        r#"s.toml:10:34: device.paging.areas[0].pages: found 2000, but its device holds 900 pages"#,
    ),
    (
        "preset = \"nvme-p3700\"\nftl = { over_provisioning = 0.0001 }",
        r#"s.toml:10:29: device.paging.ftl.over_provisioning: found 0.0001: that makes 114 blocks of 512 pages on each of 18 dies, and 1048576 pages of data with a reserve of 2 need 118
    help: give the drive more spare space, or smaller blocks"#,
    ),
    (
        "preset = \"hp97560\"\nscheduler = { kind = \"deadline\", batch = 0 }",
        r#"s.toml:10:42: device.paging.scheduler.batch: found 0; allowed: a whole number from 1 to 1048576"#,
    ),
    (
        // Several at once, in the order of the document.
        "preset = \"cloud-volume\"\nlimits = [{ unit = \"ops\", per_second = 0, burst = 10 }]\nbehind = { kind = \"drum\", sector = 4 }",
        r#"s.toml:10:20: device.paging.limits[0].unit: found "ops"; allowed: "operations" or "bytes"
s.toml:10:40: device.paging.limits[0].per_second: found 0; allowed: a whole number from 1 to 1099511627776
s.toml:11:27: device.paging.behind.sector: unknown key; allowed: kind, preset, sectors, page_sectors, revolution, overhead, order, capacity
    help: did you mean sectors?"#,
    ),
];

#[test]
fn every_mistake_in_a_device_is_named_too() {
    for (mistake, expected) in DEVICE_CASES {
        assert_eq!(message(&VALID.replacen("service = \"5 ms\"", mistake, 1)), *expected, "{mistake}");
    }
}

#[test]
fn the_scenario_without_a_mistake_is_accepted() {
    assert_eq!(message(VALID), "accepted");
}

#[test]
fn every_mistake_is_named_with_its_place_and_what_is_allowed() {
    for (what, line, mistake, expected) in CASES {
        assert!(VALID.contains(line), "{what}: no such line");
        assert_eq!(message(&VALID.replacen(line, mistake, 1)), *expected, "{what}");
    }
}

#[test]
fn overrides_are_named_as_they_were_given() {
    let complaint = |assignment: &str| {
        let scenario = Scenario::parse(VALID, "s.toml", Path::new("")).and_then(|mut scenario| {
            scenario.set(assignment)?;
            scenario.plan()
        });
        scenario.err().map_or_else(|| "accepted".to_owned(), |error| error.to_string())
    };
    assert_eq!(complaint("worker.count=3"), "accepted");
    assert_eq!(
        complaint("machine.cpus=0"),
        "--set machine.cpus=0: machine.cpus: found 0; allowed: a whole number from 1 to 4096"
    );
    assert_eq!(
        complaint("machine.cpus"),
        "--set machine.cpus: found no assignment; allowed: key=value, such as machine.cpus=4"
    );
    assert_eq!(
        complaint("machine.cpus.x=1"),
        "--set machine.cpus.x=1: machine.cpus.x: x is looked for inside 4, which is not a table"
    );
    assert_eq!(
        complaint("wroker.count=1"),
        "--set wroker.count=1: wroker.count: found unknown key \"wroker\"; allowed: a path that begins with one of name, title, \
         machine, replacement, reclaim, device, swap, virtual_memory, process, load_control, run, sweep, worker\n    help: did you mean worker?"
    );
}

#[test]
fn a_file_that_is_not_text_or_not_there_is_an_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("binary.toml");
    std::fs::write(&path, b"[machine]\ncpus = \xff\n").expect("written");
    let error = Scenario::load(&path).expect_err("not text");
    assert!(
        error
            .to_string()
            .ends_with("binary.toml:2:8: found bytes that are not UTF-8; allowed: a TOML file, which is UTF-8 text")
    );
    assert_eq!(error.exit_code(), 65);
    assert_eq!(Scenario::load(&folder.path().join("absent.toml")).expect_err("absent").exit_code(), 66);
    assert_eq!(Scenario::load(folder.path()).expect_err("a folder").exit_code(), 66);
}
