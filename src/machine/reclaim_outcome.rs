//! What a run with a page daemon, or with reading ahead, reports besides.

use super::Machine;
use super::outcome::put_percentiles;
use crate::metrics::{Activity, Counters, mean};
use crate::units::Instant;

impl Machine<'_> {
    /// The metrics over the measured time; nothing for a machine that has neither.
    pub(super) fn reclaim_values(
        &self,
        put: &mut impl FnMut(&str, f64),
        first: &Counters,
        last: &Counters,
        (first_at, last_at): (Instant, Instant),
        part: usize,
    ) {
        if self.daemon.is_none() {
            return;
        }
        let span = last_at - first_at;
        let since = |value: &dyn Fn(&Counters) -> u64| value(last) - value(first);
        let per_second = |count: u64| count as f64 / span.as_secs_f64();
        put("background_reclaim_per_second", per_second(since(&|c| c.background_evictions)));
        put("direct_reclaim_per_second", per_second(since(&|c| c.direct_evictions)));
        put("pages_cleaned_per_second", per_second(since(&|c| c.cleanings)));
        let scanned = since(&|c| c.background_scanned + c.direct_scanned);
        put("scanned_per_second", per_second(scanned));
        put("daemon_cpu", mean(last.cpu.daemon - first.cpu.daemon, span) / self.cpus.len() as f64);
        // Processes that waited and have got their frame; those that still wait have no latency yet.
        let stalls = since(&|c| c.activity[Activity::FrameWait as usize].departures);
        put("allocation_stalls_per_second", per_second(stalls));
        put("allocation_stall_mean", (last.stalled - first.stalled) as f64 / 1e9 / stalls as f64);
        put_percentiles(put, "allocation_stall", &self.stall_latency, part);
        let requests = last.paging.requests.departures - first.paging.requests.departures;
        let clustered = since(&|c| c.clustered_done);
        if self.config.reclaim.readahead > 1 {
            let (used, wasted) = (since(&|c| c.cache_hits + c.read_ahead_claimed), since(&|c| c.read_ahead_wasted));
            put("read_ahead_per_second", per_second(since(&|c| c.read_ahead)));
            put("read_ahead_hits_per_second", per_second(used));
            put("read_ahead_accuracy", used as f64 / (used + wasted) as f64);
            put("read_ahead_frames", mean(last.cached.area(last_at) - first.cached.area(first_at), span));
        }
        put("pages_per_request", (requests + clustered) as f64 / requests as f64);
    }
}
