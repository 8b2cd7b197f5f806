//! What can be said on the command line, and the help that teaches it.

use clap::{Args, Parser, Subcommand, ValueEnum};
use knee::error::Result;
use knee::experiment::Shard;
use knee::scenario::{Plan, Scenario};
use std::num::NonZeroUsize;
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes:
    0  done
    2  the command line is wrong
   65  the scenario, a trace or a results file is wrong
   66  a file that was named cannot be read
   69  the simulated machine cannot go on (swap space full, no progress); in a sweep: some run could not be
       finished, and all the others are in the results
   70  a law of conservation was broken: a defect of knee, please report it
   74  a result cannot be written
   75  a cluster could not run it; what was finished is kept, the same command goes on
  130  interrupted; what was finished is kept, `knee sweep ... --resume` continues

Begin with:
  knee sweep configs/thrashing.toml    find the knee, and see the curve
  knee run configs/thrashing.toml      one run, with everything that was measured
  knee check configs/thrashing.toml    the scenario with all its defaults";

/// Finds the load at which one more process makes every process slower (thrashing), and what moves it: a
/// discrete-event performance model of paging.
#[derive(Debug, Parser)]
#[command(name = "knee", version, after_help = EXIT_CODES, max_term_width = 110)]
pub struct Arguments {
    /// Say nothing on standard error but errors: no progress, no notes
    #[arg(long, short, global = true)]
    pub quiet: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Simulate the machine of a scenario once, and print everything that was measured
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunRequest),
    /// Run every cell of a scenario's sweep in all replications; find the knee; write results and plots
    #[command(after_help = SWEEP_EXAMPLES)]
    Sweep(SweepRequest),
    /// Find the largest load, or the smallest resource, that satisfies requirements; what limits there; what would help
    #[command(after_help = PLAN_EXAMPLES)]
    Plan(PlanRequest),
    /// Put the shards of a sweep together: the same results as those of one machine
    #[command(after_help = MERGE_EXAMPLES)]
    Merge(MergeRequest),
    /// Rank the values of an axis of a finished sweep (policies, devices), with error over all comparisons together
    Compare(CompareRequest),
    /// Draw the plots of a finished sweep, a run or a plan again, from their files alone
    Plot(PlotRequest),
    /// Validate a scenario, and print it with all defaults filled in; nothing is run
    Check(CheckRequest),
    /// List the policies, reference sources, devices, load controllers or metrics there are
    List(ListRequest),
    /// Print the JSON Schema of scenarios, with which editors complete and check them
    Schema,
    /// Replay, measure and convert traces of real programs or of storage
    Trace(TraceRequest),
}

const RUN_EXAMPLES: &str = "\
Examples:
  knee run configs/thrashing.toml --set process.worker.count=12
  knee run configs/thrashing.toml --set replacement.policy=lru --format json
  knee run configs/thrashing.toml --series series.csv
  knee run configs/thrashing.toml --set run.duration='2 s' --set run.warmup=auto --events events.jsonl
  knee run configs/thrashing.toml --set worker.count=14 --out out/collapse   with plots of memory, faults, residency over time

A run is replication 0 of the sweep's cell with the same values.";

const SWEEP_EXAMPLES: &str = "\
Examples:
  knee sweep configs/thrashing.toml
  knee sweep configs/thrashing.toml --set replacement.policy=lru --out out/lru
  knee sweep configs/thrashing.toml --replications 20 --resume   add replications to a finished sweep
  knee sweep configs/thrashing.toml --shard 2/8                  the second eighth, on one of eight machines
  knee sweep configs/thrashing.toml --status                     how far it is
  knee sweep configs/thrashing.toml --on slurm --wait            all of it on a cluster

Results go to out/<name>/: runs.csv, summary.csv, manifest.json and the plots (docs/results.md). Ctrl-C stops the
sweep and keeps every finished run; the same command with --resume goes on. The results are the same to the last
byte whatever the number of threads, and whether or not the sweep was interrupted.";

const PLAN_EXAMPLES: &str = "\
Examples:
  knee plan configs/thrashing.toml --vary worker.count --require 'throughput >= 90% of peak'
  knee plan configs/web-workers.toml --vary worker.arrivals.mean --require 'p99(response) <= 200 ms'
  knee plan configs/thrashing.toml --set worker.count=12 --vary machine.memory --require 'throughput >= 4/s'

A requirement compares a metric (`knee list metrics`; p50, p95, p99 or mean of response, fault_latency; worker.METRIC for a class)
with a value or with a share of its value at the peak of throughput. The answer is the largest value of the key, or the
smallest of a resource, at which all hold (docs/planning.md). Runs are kept in the results folder, so that another
question about the same range begins with what is known.";

const MERGE_EXAMPLES: &str = "\
Examples:
  knee merge out/thrashing.shards --out out/thrashing
  knee merge a/1-of-2 b/2-of-2 --out out/thrashing

All must be of the same scenario, seed and version of knee; every run must be there; and where two folders have the same run, its results must
be the same. The files are the same to the last byte as those of `knee sweep` on one machine.";

/// A scenario, and what is changed in it.
#[derive(Args, Debug)]
pub struct ScenarioArguments {
    /// The scenario file (TOML)
    pub scenario: PathBuf,
    /// Change a key of the scenario, by its dotted path; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub assignments: Vec<String>,
    /// The seed of all random numbers, instead of the scenario's
    #[arg(long)]
    pub seed: Option<u64>,
}

#[derive(Args, Debug)]
pub struct RunRequest {
    #[command(flatten)]
    pub scenario: ScenarioArguments,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Write the time series of the run to this file (CSV)
    #[arg(long, value_name = "FILE")]
    pub series: Option<PathBuf>,
    /// Write everything that happens in the run to this file, as lines of JSON (docs/results.md)
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// Folder for the log of the run: series.csv, frames by process, residency, response times, and plots of them
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct SweepRequest {
    #[command(flatten)]
    pub scenario: ScenarioArguments,
    /// Folder for the results [default: out/<name of the scenario>]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How to print the summary
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Independent runs of each cell, instead of the scenario's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub replications: Option<u32>,
    /// Number of threads [default: one for each CPU]; the results do not depend on it
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Take over the finished runs in the folder, and run only what is missing
    #[arg(long, conflicts_with = "force")]
    pub resume: bool,
    /// Run only part K of N; `knee merge` puts the parts together. A part that was begun goes on where it stopped. Its folder is
    /// out/<name>.shards/K-of-N unless --out says otherwise
    #[arg(long, value_name = "K/N")]
    pub shard: Option<Shard>,
    /// Like --resume, and make those runs once more that could not be finished
    #[arg(long, conflicts_with = "force")]
    pub retry_failed: bool,
    /// Run nothing; say how far the sweep and its shards are
    #[arg(long, conflicts_with_all = ["force", "resume", "retry_failed", "shard"])]
    pub status: bool,
    /// Discard an unfinished sweep or other results in the folder
    #[arg(long)]
    pub force: bool,
    /// Do not draw plots
    #[arg(long)]
    pub no_plots: bool,
    /// Write the tables as Parquet files too: runs.parquet and summary.parquet
    #[cfg(feature = "parquet")]
    #[arg(long)]
    pub parquet: bool,
    #[command(flatten)]
    pub cluster: ClusterArguments,
}

/// Where the shards of a sweep run, if not here.
#[derive(Args, Debug)]
#[command(next_help_heading = "On many machines")]
pub struct ClusterArguments {
    /// Run the shards by a job array of Slurm, or by GNU parallel on hosts that ssh reaches (docs/clusters.md)
    #[arg(long, value_enum, conflicts_with_all = ["shard", "resume", "status", "retry_failed"])]
    pub on: Option<Engine>,
    /// Number of shards [default: so that each takes some ten minutes]
    #[arg(long, value_name = "N", requires = "on", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub tasks: Option<u32>,
    /// Threads of each shard
    #[arg(long, value_name = "N", requires = "on", default_value_t = NonZeroUsize::MIN)]
    pub cpus: NonZeroUsize,
    /// Print the script and how it would be started; start nothing
    #[arg(long, requires = "on")]
    pub dry_run: bool,
    /// Slurm: wait until the job has ended, run again what is missing, and merge. Without it the same command, given later, does that
    #[arg(long, requires = "on")]
    pub wait: bool,
    /// Slurm: the partition [default: the cluster's own]
    #[arg(long, requires = "on")]
    pub partition: Option<String>,
    /// Slurm: limit on the time of each task, in minutes [default: three times what a few measured runs suggest]
    #[arg(long, value_name = "MINUTES", requires = "on", value_parser = clap::value_parser!(u64).range(1..))]
    pub time: Option<u64>,
    /// Slurm: memory of each task, in MiB [default: half more than a few measured runs took]
    #[arg(long, value_name = "MIB", requires = "on", value_parser = clap::value_parser!(u64).range(1..))]
    pub memory: Option<u64>,
    /// GNU parallel: the hosts, separated by commas; `:` is this one
    #[arg(long, value_name = "HOSTS", requires = "on", default_value = ":")]
    pub hosts: String,
}

/// What can run shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// A job array of Slurm
    Slurm,
    /// GNU parallel, here and over ssh
    Parallel,
}

#[derive(Args, Debug)]
pub struct PlanRequest {
    #[command(flatten)]
    pub scenario: ScenarioArguments,
    /// The key to vary, with the range if it is not that of the scenario's sweep: worker.count, worker.count=1..64,
    /// 'machine.memory=100 frames..800 frames'
    #[arg(long, value_name = "KEY[=RANGE]")]
    pub vary: String,
    /// What must hold, such as 'throughput >= 90% of peak' or 'p99(response) <= 200 ms'; may be repeated
    #[arg(long, value_name = "REQUIREMENT", required = true)]
    pub require: Vec<String>,
    /// Which value is the answer [default: largest of a load, smallest of a resource]
    #[arg(long, value_enum)]
    pub find: Option<Find>,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Folder for plan.json, plan.txt, the plot and the runs [default: out/<name of the scenario>-plan]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Independent runs of each value to begin with, instead of the scenario's (at least 2)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    pub replications: Option<u32>,
    /// Most runs of a value that is hard to decide [default: eight times the first]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    pub max_replications: Option<u32>,
    /// Number of threads [default: one for each CPU]; the answer does not depend on it
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Do not try what changes would buy
    #[arg(long)]
    pub no_remedies: bool,
    /// Do not draw the plot
    #[arg(long)]
    pub no_plots: bool,
}

/// Which end of the values that satisfy the requirements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Find {
    /// The largest
    Largest,
    /// The smallest
    Smallest,
}

#[derive(Args, Debug)]
pub struct MergeRequest {
    /// The folders of the shards, or folders with such folders in them
    #[arg(required = true, value_name = "DIR")]
    pub dirs: Vec<PathBuf>,
    /// Folder for the results
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// How to print the summary
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Discard other results in the folder
    #[arg(long)]
    pub force: bool,
    /// Do not draw plots
    #[arg(long)]
    pub no_plots: bool,
    /// Write the tables as Parquet files too: runs.parquet and summary.parquet
    #[cfg(feature = "parquet")]
    #[arg(long)]
    pub parquet: bool,
}

#[derive(Args, Debug)]
pub struct CompareRequest {
    /// The folder of a finished sweep
    pub dir: PathBuf,
    /// The axis whose values are compared [default: the first whose values are not numbers]
    #[arg(long, value_name = "KEY")]
    pub by: Option<String>,
    /// What is compared [default: throughput]
    #[arg(long, value_name = "METRIC")]
    pub metric: Option<String>,
    /// How to print the ranking
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

#[derive(Args, Debug)]
pub struct PlotRequest {
    /// The folder of a finished sweep, of a run (knee run --out) or of a plan
    pub dir: PathBuf,
}

#[derive(Args, Debug)]
pub struct CheckRequest {
    #[command(flatten)]
    pub scenario: ScenarioArguments,
}

#[derive(Args, Debug)]
pub struct ListRequest {
    /// What to list; everything if it is left out
    #[arg(value_enum)]
    pub what: Option<Topic>,
    /// How to print the list
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// One JSON document
    Json,
    /// Comma-separated values with a header
    Csv,
}

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Topic {
    /// Page replacement policies
    Policies,
    /// Reference sources: where a program's next page comes from
    Sources,
    /// Device models
    Devices,
    /// Load controllers: how many processes may be active
    Controllers,
    /// The numbers that every run reports
    Metrics,
}

#[derive(Args, Debug)]
pub struct TraceRequest {
    #[command(subcommand)]
    pub command: TraceCommand,
}

#[derive(Debug, Subcommand)]
pub enum TraceCommand {
    /// Faults of replacement policies with different numbers of frames, all in one reading of the trace
    #[command(after_help = REPLAY_EXAMPLES)]
    Replay(ReplayRequest),
    /// What is in a trace: references, pages, footprint, reuse and stack distances, runs, phases
    Stats(StatsRequest),
    /// Fault and lifetime curves for all memory sizes in one reading: LRU, working set, and estimates of them
    Curve(CurveRequest),
    /// Write a trace in another format
    Convert(ConvertRequest),
}

const REPLAY_EXAMPLES: &str = "\
Examples:
  knee trace replay a.lis --policy lru,arc,opt --frames 1000,10%
  valgrind --tool=lackey --trace-mem=yes ls 2>&1 >/dev/null | knee trace replay - --trace-format lackey --frames 20,50
  knee trace replay a.csv.gz --policy all --frames all --out out/a
  knee trace replay a.lis --policy ws,pff,vmin --window 1000,10000   variable partitions: as many frames as they want

A share of frames (10%) is of the distinct pages of the trace, which is then read twice; standard input is kept in memory instead,
four bytes a reference.";

/// A trace, and how to read it.
#[derive(Args, Debug)]
pub struct TraceArguments {
    /// The trace; `-` for standard input; gzip, zstd and xz are read directly
    pub trace: PathBuf,
    /// Its format, if it cannot be found out: plain, lirs, arc, address, lackey, perf, oracle-general, csv, recording
    #[arg(long, value_name = "FORMAT")]
    pub trace_format: Option<String>,
    /// Bytes of a page, for traces of addresses
    #[arg(long, value_name = "BYTES", default_value_t = 4096)]
    pub page_size: u64,
    /// Count malformed lines and pass them over
    #[arg(long)]
    pub skip_bad: bool,
    /// In CSV: which column is what, `page=NAME`, `address=`, `size=`, `count=`, `access=`; may be repeated
    #[arg(long = "column", value_name = "WHAT=NAME")]
    pub columns: Vec<String>,
}

#[derive(Args, Debug)]
pub struct ReplayRequest {
    #[command(flatten)]
    pub trace: TraceArguments,
    /// Policies, separated by commas, or `all`
    #[arg(long, value_name = "NAMES", default_value = "lru", value_delimiter = ',')]
    pub policy: Vec<String>,
    /// Numbers of frames, separated by commas: 1000, or 10% of the distinct pages, or `all` for a curve
    ///
    /// [default: all]
    #[arg(long, value_name = "SIZES", value_delimiter = ',')]
    pub frames: Vec<String>,
    /// Windows of the policies that have one, in references, separated by commas; for pff the critical interval between faults.
    ///
    /// [default: 10,100,1000,10000,100000]
    #[arg(long, value_name = "REFERENCES", value_delimiter = ',')]
    pub window: Vec<String>,
    /// For dws: share of the window from which on a page's age is enough for it to be replaced at a fault
    #[arg(long, value_name = "SHARE")]
    pub damping: Option<f64>,
    /// For lru-2: references within which those to a page count as one [default: 0]
    #[arg(long, value_name = "REFERENCES")]
    pub correlated_period: Option<u64>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Folder for replay.csv and the fault curves (SVG and PNG)
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Number of threads [default: one for each CPU]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
}

#[derive(Args, Debug)]
pub struct StatsRequest {
    #[command(flatten)]
    pub trace: TraceArguments,
    /// References in a window, for the phases
    #[arg(long, value_name = "REFERENCES", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub window: u64,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

#[derive(Args, Debug)]
pub struct CurveRequest {
    #[command(flatten)]
    pub trace: TraceArguments,
    /// Share of the pages that SHARDS samples, above 0 and at most 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.01)]
    pub rate: f64,
    /// How to print the curves
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Folder for curves.csv, windows.csv and the plots (SVG and PNG)
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct ConvertRequest {
    #[command(flatten)]
    pub trace: TraceArguments,
    /// The format to write
    #[arg(long, value_name = "FORMAT")]
    pub to: String,
    /// Where to write it; `-` for standard output; .gz and .zst are compressed
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
}

impl ScenarioArguments {
    /// The scenario with what the command line changes in it, `more` last.
    pub fn plan(&self, more: &[String]) -> Result<Plan> {
        let mut scenario = Scenario::load(&self.scenario)?;
        let seed = self.seed.map(|seed| format!("run.seed={seed}"));
        for assignment in self.assignments.iter().chain(&seed).chain(more) {
            scenario.set(assignment)?;
        }
        scenario.plan()
    }
}
