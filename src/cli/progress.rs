//! How a sweep is getting on, on standard error: a bar on a terminal, two lines elsewhere.

use super::output::say;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use knee::experiment::Observer;
use std::io::{IsTerminal, stderr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

const TEMPLATE: &str = "{msg} [{wide_bar}] {pos}/{len} runs, {elapsed} gone, {eta} to go{prefix}";

/// Tells a person how a sweep is getting on.
pub struct Progress {
    name: String,
    style: Style,
    begin: Instant,
    failed: AtomicU64,
}

enum Style {
    Silent,
    Lines,
    Bar(ProgressBar),
}

impl Progress {
    /// For the sweep of the scenario `name`.
    pub fn new(name: &str, quiet: bool) -> Progress {
        let style = match (quiet, stderr().is_terminal()) {
            (true, _) => Style::Silent,
            (false, false) => Style::Lines,
            (false, true) => {
                let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
                let style = ProgressStyle::with_template(TEMPLATE).expect("the template is well-formed");
                bar.set_style(style.progress_chars("=> "));
                bar.set_message(name.to_owned());
                Style::Bar(bar)
            }
        };
        Progress { name: name.to_owned(), style, begin: Instant::now(), failed: AtomicU64::new(0) }
    }

    /// The sweep has ended, well or not.
    pub fn end(&self) {
        match &self.style {
            Style::Silent => {}
            Style::Lines => say(format!("{}: ended after {:.1} s", self.name, self.begin.elapsed().as_secs_f64())),
            Style::Bar(bar) => bar.finish_and_clear(),
        }
    }
}

impl Observer for Progress {
    fn started(&self, total: u64, done: u64) {
        match &self.style {
            Style::Silent => {}
            Style::Lines if done == 0 => say(format!("{}: {total} runs", self.name)),
            Style::Lines => say(format!("{}: {total} runs, {done} of them done before", self.name)),
            Style::Bar(bar) => {
                bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
                bar.set_length(total);
                bar.set_position(done);
                // Runs that were taken over took no time, and say nothing about the time to go.
                bar.reset_eta();
            }
        }
    }

    fn recorded(&self, failed: bool) {
        let Style::Bar(bar) = &self.style else { return };
        bar.inc(1);
        if failed {
            let failed = self.failed.fetch_add(1, Ordering::Relaxed) + 1;
            bar.set_prefix(format!(", {failed} failed"));
        }
    }
}
