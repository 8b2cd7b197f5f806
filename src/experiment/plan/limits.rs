//! Which resource limits, from what the runs measured.
//!
//! By the utilisation law the station with the largest utilisation has the largest demand for each job, and it is the one that
//! saturates first (Lazowska et al. 1984, chapter 5). Where that is the paging device, the cause may be elsewhere: if a job faults
//! half as often again as at the peak of throughput, frames are what is short, and the device is only where it shows.

use super::answer::{Limit, Portrait, Resource};

/// A station that is busy for less than this share limits nobody.
const BUSY: f64 = 0.8;
/// So many times the faults that a job takes at the peak are too many.
const REFAULTS: f64 = 1.5;

/// Major faults for each job, or for each second of useful work where jobs never end.
pub(super) fn faults_per_job(portrait: &Portrait) -> Option<f64> {
    let faults = portrait.means.get("major_faults_per_second")?;
    let work = portrait.means.get("throughput").filter(|work| **work > 0.0)?;
    Some(faults / work)
}

/// What limits at one value, given what was measured there and at the peak.
pub(super) fn limit(at: &Portrait, peak: &Portrait) -> Limit {
    let mean = |name: &str| at.means.get(name).copied().unwrap_or(0.0);
    let cpu = mean("cpu_utilisation") + mean("cpu_system") + mean("cpu_switching");
    let (paging, file) = (mean("paging_utilisation"), mean("file_utilisation"));
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    let busy = format!(
        "paging device {}, CPU {}{} busy",
        percent(paging),
        percent(cpu),
        if at.means.contains_key("file_utilisation") {
            format!(", file device {}", percent(file))
        } else {
            String::new()
        }
    );
    let found = |resource, why: String| Limit { resource, at: at.value.clone(), why };
    if let (Some(now), Some(then)) = (faults_per_job(at), faults_per_job(peak))
        && paging >= BUSY / 2.0
        && now >= REFAULTS * then
    {
        let times =
            if then > 0.0 { format!(", {:.1} times as many as at the peak", now / then) } else { String::new() };
        let why = format!("a job takes {now:.1} major faults{times}: pages are evicted that are wanted again; {busy}");
        return found(Resource::Frames, why);
    }
    let most = paging.max(cpu).max(file);
    if most < BUSY {
        return found(Resource::Nothing, format!("{busy}: no station is saturated, so more of none would help much"));
    }
    if most == cpu {
        return found(Resource::Cpu, busy);
    }
    if most == file {
        return found(Resource::FileDevice, busy);
    }
    // Where the device says what its requests spend their time on, moving the data is bandwidth; all else is done per request.
    let parts = || at.means.iter().filter(|(name, _)| name.starts_with("anatomy_") && *name != "anatomy_queue");
    let (all, moving) = (parts().map(|(_, time)| time).sum::<f64>(), mean("anatomy_transfer"));
    if all > 0.0 && moving > all / 2.0 {
        let why = format!("{busy}; {} of a request's own time moves data", percent(moving / all));
        return found(Resource::DeviceBandwidth, why);
    }
    found(Resource::DeviceOperations, busy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn portrait(value: &str, means: &[(&str, f64)]) -> Portrait {
        let means = means.iter().map(|(name, mean)| ((*name).to_owned(), *mean)).collect();
        Portrait { role: String::new(), value: value.into(), runs: 5, converged: true, means }
    }

    #[test]
    fn the_busiest_station_limits_unless_pages_come_back() {
        let calm = portrait(
            "5",
            &[
                ("throughput", 5.0),
                ("major_faults_per_second", 10.0),
                ("paging_utilisation", 0.1),
                ("cpu_utilisation", 0.7),
            ],
        );
        let cpu = portrait(
            "9",
            &[
                ("throughput", 6.0),
                ("major_faults_per_second", 13.0),
                ("paging_utilisation", 0.2),
                ("cpu_utilisation", 0.95),
            ],
        );
        let thrash = portrait(
            "15",
            &[
                ("throughput", 2.0),
                ("major_faults_per_second", 160.0),
                ("paging_utilisation", 0.99),
                ("cpu_utilisation", 0.3),
            ],
        );
        assert_eq!(limit(&calm, &cpu).resource, Resource::Nothing);
        assert_eq!(limit(&cpu, &cpu).resource, Resource::Cpu);
        let frames = limit(&thrash, &cpu);
        assert_eq!(frames.resource, Resource::Frames);
        assert!(frames.why.contains("80.0 major faults, 36.9 times as many as at the peak"), "{}", frames.why);
        // Where the peak is no better, its faults are nobody's but its own.
        assert_eq!(limit(&thrash, &thrash).resource, Resource::DeviceOperations);
    }

    #[test]
    fn a_device_that_moves_data_most_of_the_time_lacks_bandwidth() {
        let mut at =
            portrait("3", &[("throughput", 1.0), ("major_faults_per_second", 9.0), ("paging_utilisation", 0.97)]);
        at.means.insert("anatomy_queue".into(), 9.0);
        at.means.insert("anatomy_transfer".into(), 0.8);
        at.means.insert("anatomy_seek".into(), 0.2);
        assert_eq!(limit(&at, &at).resource, Resource::DeviceBandwidth);
        at.means.insert("anatomy_seek".into(), 2.0);
        assert_eq!(limit(&at, &at).resource, Resource::DeviceOperations);
    }
}
