//! Shards by GNU parallel, on this machine and on hosts that ssh reaches.

use super::{ClusterArguments, Tasks};
use knee::error::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// GNU parallel with its hosts.
pub struct Parallel {
    hosts: String,
    /// Tasks at once on each host: as many as its processors have room for.
    jobs: String,
    shards: PathBuf,
}

impl Parallel {
    pub fn new(arguments: &ClusterArguments, shards: &Path) -> Parallel {
        let jobs = format!("{}%", (100 / arguments.cpus.get()).max(1));
        Parallel { hosts: arguments.hosts.clone(), jobs, shards: shards.to_path_buf() }
    }

    fn words(&self, script: &Path, shards: &[u32]) -> Vec<String> {
        let log = self.shards.join("parallel.log");
        let options =
            ["parallel", "--will-cite", "--quote", "--jobs", &self.jobs, "--sshlogin", &self.hosts, "--joblog"];
        let mut words: Vec<String> = options.map(str::to_owned).to_vec();
        words.extend([log.display().to_string(), "sh".into(), script.display().to_string(), "{}".into(), ":::".into()]);
        words.extend(shards.iter().map(u32::to_string));
        words
    }
}

impl Tasks for Parallel {
    fn command(&self, script: &Path, shards: &[u32]) -> String {
        self.words(script, shards).join(" ")
    }

    fn start(&self, script: &Path, shards: &[u32], stop: &AtomicBool) -> Result<Option<String>> {
        let words = self.words(script, shards);
        let mut parallel = Command::new(&words[0]);
        parallel.args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::null());
        let failed = |error| Error::Cluster(format!("cannot start GNU parallel: {error}"));
        let mut child = parallel.spawn().map_err(failed)?;
        // How it ended says nothing that the journals do not say better.
        while child.try_wait().map_err(failed)?.is_none() {
            if stop.load(Ordering::Relaxed) {
                end(&mut child);
                return Err(Error::Interrupted);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(None)
    }

    fn running(&self, _: &str) -> Result<bool> {
        Ok(false)
    }
}

/// Asks it to end its tasks, which keep what they have.
fn end(child: &mut Child) {
    // The second signal makes it end its tasks instead of waiting for them.
    for _ in 0..2 {
        let _ = Command::new("kill").arg(child.id().to_string()).status();
        std::thread::sleep(Duration::from_millis(100));
    }
    let _ = child.wait();
}
