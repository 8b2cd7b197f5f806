//! What can go wrong, and the exit code each kind has.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 2 | the command line is wrong |
//! | 65 | the scenario, a trace or a results file is wrong |
//! | 66 | a file that was named cannot be read |
//! | 69 | the simulated machine cannot go on: swap space ran out, or no process makes progress |
//! | 70 | a law of conservation was broken: a defect of this program, please report it |
//! | 74 | a result cannot be written |
//! | 75 | a cluster could not run it; what was finished is kept, the same command goes on |
//! | 130 | interrupted (Ctrl-C); what was finished is kept, `--resume` continues |

use std::fmt;
use std::path::PathBuf;

/// An error of any part, with everything its message needs.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A scenario that cannot be accepted: all the reasons at once.
    #[error("{}", join(.0))]
    Scenario(Vec<Diagnostic>),
    /// A command-line request that makes no sense, beyond what the parser of the command line sees.
    #[error("{0}")]
    Usage(String),
    /// A file whose content is not what it should be (a trace, a results file).
    #[error("{0}")]
    Data(Diagnostic),
    /// A file that was named cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A result cannot be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The simulated machine cannot go on.
    #[error("{0}")]
    Stuck(String),
    /// A law that every run asserts does not hold: both sides are printed.
    #[error(
        "law violated: {law}: {left} is not {relation} {right} (a defect of knee: please report it with the scenario and seed)"
    )]
    Law {
        /// The law, by the name the field gives it.
        law: String,
        /// Left-hand side.
        left: String,
        /// The relation that should hold, "equal to" or "at most".
        relation: &'static str,
        /// Right-hand side.
        right: String,
    },
    /// Defects of this program ended some runs of a sweep; their rows say which.
    #[error("{0}")]
    Defect(String),
    /// Those who should have run a sweep's shards did not.
    #[error("{0}")]
    Cluster(String),
    /// Interrupted by the user; what was finished is kept.
    #[error("interrupted")]
    Interrupted,
}

/// Shorthand for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The process exit code for this kind of error (see the table above).
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Usage(_) => 2,
            Error::Scenario(_) | Error::Data(_) => 65,
            Error::Read { .. } => 66,
            Error::Stuck(_) => 69,
            Error::Law { .. } | Error::Defect(_) => 70,
            Error::Write { .. } => 74,
            Error::Cluster(_) => 75,
            Error::Interrupted => 130,
        }
    }
}

/// One thing that is wrong with an input, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where: `configs/thrashing.toml:12:9`, or `--set machine.cpus=0`.
    pub origin: String,
    /// The key, as a dotted path, or empty where there is none.
    pub key: String,
    /// What is wrong: what was found and what is allowed.
    pub problem: String,
    /// What to do about it, where that can be said.
    pub help: Option<String>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.origin)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{}", self.problem)?;
        if let Some(help) = &self.help {
            write!(f, "\n    help: {help}")?;
        }
        Ok(())
    }
}

fn join(diagnostics: &[Diagnostic]) -> String {
    let lines: Vec<String> = diagnostics.iter().map(Diagnostic::to_string).collect();
    lines.join("\n")
}
