//! Ctrl-C: the first asks for an orderly end, the second ends at once.

use super::output::say;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that the first Ctrl-C (or SIGTERM or SIGHUP) sets; at the second the process ends with code 130.
pub fn flag(quiet: bool) -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let interrupted = AtomicBool::new(false);
    let handler = {
        let stop = Arc::clone(&stop);
        move || {
            if interrupted.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
            stop.store(true, Ordering::Relaxed);
            if !quiet {
                say("\nstopping; once more ends at once");
            }
        }
    };
    // Where handlers cannot be had, Ctrl-C just kills: nothing that is finished is lost by that.
    let _ = ctrlc::set_handler(handler);
    stop
}
