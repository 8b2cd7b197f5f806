//! The command line: raw arguments, then validated requests, then the work; errors are printed here and nowhere else.

mod arguments;
mod catalogue;
mod check;
mod cluster;
mod compare;
mod export;
mod interrupt;
mod list;
mod merge;
mod output;
mod plan;
mod plot;
mod progress;
mod run;
mod schema;
mod status;
mod sweep;
mod trace;

use arguments::{Arguments, Command};
use clap::Parser;
use knee::error::{Error, Result};
use output::{Output, complain, say};
use std::io;
use std::process::ExitCode;

/// Runs the program with the arguments of this process.
pub fn main() -> ExitCode {
    let mut out = Output::stdout();
    let result = match Arguments::try_parse() {
        Ok(arguments) => dispatch(&arguments, &mut out),
        // Not errors: --help and --version.
        Err(asked) if !asked.use_stderr() => out.text(&asked.render().to_string()),
        Err(wrong) => {
            say(wrong.render().to_string().trim_end());
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has seen enough (`knee list | head -1`).
        Err(Error::Write { source, .. }) if source.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn dispatch(arguments: &Arguments, out: &mut Output) -> Result<()> {
    match &arguments.command {
        Command::Run(request) => run::execute(request, out),
        Command::Sweep(request) => sweep::execute(request, arguments.quiet, out),
        Command::Plan(request) => plan::execute(request, arguments.quiet, out),
        Command::Merge(request) => merge::execute(request, out),
        Command::Compare(request) => compare::execute(request, out),
        Command::Plot(request) => plot::execute(request, out),
        Command::Check(request) => check::execute(request, out),
        Command::Schema => schema::execute(out),
        Command::List(request) => list::execute(request, out),
        Command::Trace(request) => trace::execute(request, out),
    }
}
