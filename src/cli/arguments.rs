//! What can be said on the command line, and the help that teaches it.

use clap::{Args, Parser, Subcommand, ValueEnum};
use knee::error::Result;
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
    /// Draw the plots of a finished sweep again, from its files alone
    Plot(PlotRequest),
    /// Validate a scenario, and print it with all defaults filled in; nothing is run
    Check(CheckRequest),
    /// List the policies, reference sources, devices or metrics there are
    List(ListRequest),
}

const RUN_EXAMPLES: &str = "\
Examples:
  knee run configs/thrashing.toml --set process.worker.count=12
  knee run configs/thrashing.toml --set replacement.policy=lru --format json
  knee run configs/thrashing.toml --series series.csv

A run is replication 0 of the sweep's cell with the same values.";

const SWEEP_EXAMPLES: &str = "\
Examples:
  knee sweep configs/thrashing.toml
  knee sweep configs/thrashing.toml --set replacement.policy=lru --out out/lru
  knee sweep configs/thrashing.toml --replications 20 --resume   add replications to a finished sweep

Results go to out/<name>/: runs.csv, summary.csv, manifest.json and the plots (docs/results.md). Ctrl-C stops the
sweep and keeps every finished run; the same command with --resume goes on. The results are the same to the last
byte whatever the number of threads, and whether or not the sweep was interrupted.";

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
    /// Discard an unfinished sweep or other results in the folder
    #[arg(long)]
    pub force: bool,
    /// Do not draw plots
    #[arg(long)]
    pub no_plots: bool,
}

#[derive(Args, Debug)]
pub struct PlotRequest {
    /// The folder of a finished sweep
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
    /// The numbers that every run reports
    Metrics,
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
