//! What a run reports of its paging device, for those who choose one: latencies, anatomy, and what is particular to each kind.

use knee::device::Component;
use knee::machine;
use knee::scenario::Scenario;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// A machine that pages heavily on this device.
fn values(device: &str) -> BTreeMap<String, f64> {
    let text = format!(
        "[machine]\nmemory = \"200 frames\"\ncpus = 2\n[device.paging]\n{device}\n\
         [process.worker]\ncount = 8\npages = 100\nreference_time = \"1 us\"\nwrite_fraction = 0.5\n\
         [process.worker.references]\nkind = \"phases\"\nholding = 2_000\nlocality = {{ size = 30 }}\n\
         [run]\nduration = \"4 s\"\nwarmup = \"1 s\"\n"
    );
    let plan = Scenario::parse(&text, "s.toml", Path::new("")).and_then(|scenario| scenario.plan());
    let plan = plan.unwrap_or_else(|error| panic!("{error}\n{text}"));
    machine::run(&plan.config, 3, &AtomicBool::new(false)).unwrap_or_else(|error| panic!("{error}\n{text}")).values
}

#[test]
fn parts_of_a_request_sum_to_its_time_and_percentiles_are_in_order() {
    for preset in knee::device::PRESETS.iter().filter(|preset| preset.name != "zram") {
        let name = preset.name;
        let values = values(&format!("preset = \"{name}\""));
        let parts: f64 = Component::ALL.iter().filter_map(|part| values.get(&format!("anatomy_{}", part.name()))).sum();
        let mean = values["paging_latency_mean"];
        assert!((parts / mean - 1.0).abs() < 1e-9, "{name}: parts sum to {parts} s, a request takes {mean} s");
        let percentiles = ["p50", "p95", "p99"].map(|rank| values[&format!("paging_latency_{rank}")]);
        assert!(percentiles.is_sorted() && percentiles[0] > 0.0, "{name}: {percentiles:?}");
        let pages = values["page_ins_per_second"] + values["page_outs_per_second"];
        assert!((values["paging_bytes_per_second"] / pages / 4096.0 - 1.0).abs() < 0.02, "{name}");
        let of_its_own =
            |metric: &str, whether: bool| assert_eq!(values.contains_key(metric), whether, "{name}: {metric}");
        // What is behind far memory has nothing to do here.
        of_its_own("write_amplification", name == "sata-ssd" || name == "zswap" || name.starts_with("nvme"));
        of_its_own("tier_hit_rate", ["zswap", "cxl", "rdma"].contains(&name));
        of_its_own("throttled_requests", name == "cloud-volume");
        of_its_own("first_area_share", false);
    }
}

#[test]
fn a_rate_limit_says_what_it_held_back() {
    let limited = |per_second: u32| {
        values(&format!(
            "kind = \"throttled\"\nlimits = [{{ unit = \"operations\", per_second = {per_second}, burst = 10 }}]\n\
             behind = {{ preset = \"nvme-p4800x\" }}"
        ))
    };
    let (tight, wide) = (limited(500), limited(1_000_000));
    assert!(tight["throttled_requests"] > 0.99 && tight["anatomy_throttle"] > 0.5 * tight["paging_latency_mean"]);
    let pages = tight["page_ins_per_second"] + tight["page_outs_per_second"];
    assert!((pages / 500.0 - 1.0).abs() < 0.01, "{pages} pages a second through a limit of 500");
    assert!(wide["throttled_requests"] < 0.01, "{}", wide["throttled_requests"]);
}

#[test]
fn swap_areas_are_filled_by_priority_and_equals_share() {
    let areas = |first: u32, second: u32| {
        values(&format!(
            "kind = \"areas\"\nareas = [{{ priority = {first}, pages = 500, device = {{ preset = \"nvme-p3700\" }} }}, \
             {{ priority = {second}, pages = 500, device = {{ preset = \"nvme-p3700\" }} }}]"
        ))
    };
    // 800 pages of address space, of which 200 are in memory: most fit into the first area, and equals get all between them.
    let (prior, equal) = (areas(2, 1)["first_area_share"], areas(1, 1)["first_area_share"]);
    assert!((0.5..1.0).contains(&prior), "{prior}");
    assert_eq!(equal, 1.0);
}

#[test]
fn compressed_memory_says_what_it_holds() {
    let small = values("preset = \"zswap\"\npool_frames = 20");
    let large = values("preset = \"zswap\"\npool_frames = 60");
    for (values, frames) in [(&small, 20.0), (&large, 60.0)] {
        assert!(values["tier_frames"] <= frames && values["tier_frames"] > 0.5 * frames, "{}", values["tier_frames"]);
        // Three to one, with pages of one value besides.
        let ratio = values["tier_pages"] / values["tier_frames"];
        assert!((2.0..5.0).contains(&ratio), "{ratio} pages in a frame");
    }
    assert!(large["tier_hit_rate"] > small["tier_hit_rate"]);
}
