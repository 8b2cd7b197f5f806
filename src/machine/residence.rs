//! What is reported where address spaces are made of regions: the causes of faults, and how much memory processes have (RSS, PSS).

use super::{Loading, Machine};
use crate::error::{Error, Result};
use crate::metrics::{Counters, mean};
use crate::units::{FrameId, Instant, Span};

impl Machine<'_> {
    /// Whether any address space is made of regions.
    pub(super) fn has_regions(&self) -> bool {
        self.config.classes.iter().any(|class| !class.program.regions.is_empty())
    }

    /// Whether starts of new address spaces are reported: where it is said how they are loaded, or of what they are made.
    pub(super) fn starts(&self, class: usize) -> bool {
        let class = &self.config.classes[class];
        class.loading != Loading::Demand || !class.program.regions.is_empty()
    }

    /// Frames that never leave, where there are any.
    pub(super) fn wired_values(&self, put: &mut impl FnMut(&str, f64)) {
        if self.config.virtual_memory.page_tables.is_some() {
            put("page_table_frames", self.config.page_table_frames() as f64);
        }
        if self.config.kernel_frames() > 0 {
            put("kernel_frames", f64::from(self.config.kernel_frames()));
        }
    }

    /// Takes down the proportional set size of each class: its own frames, and of each frame of an object the share of its processes
    /// among those who map it.
    pub(super) fn observe_pss(&mut self) {
        if self.config.objects.is_empty() {
            return;
        }
        let mut pss: Vec<f64> = self.counters.classes.iter().map(|class| class.resident.value() as f64).collect();
        for number in 0..self.memory.frames() {
            let frame = FrameId(number);
            let each = 1.0 / f64::from(self.memory.sharing.count(frame));
            let mut next = self.memory.sharing.first(frame);
            while let Some(id) = next {
                let process = self.memory.sharing.mapper(id).process;
                pss[self.processes[process.0 as usize].class] += each;
                next = self.memory.sharing.next(id);
            }
        }
        self.pss.push(pss);
    }

    /// Every mapping is counted, once.
    pub(super) fn check_mapped(&self) -> Result<()> {
        let counted: u64 = self.counters.classes.iter().map(|class| class.mapped.value()).sum();
        let mapped: u64 = (0..self.memory.frames()).map(|at| u64::from(self.memory.sharing.count(FrameId(at)))).sum();
        if counted == mapped {
            return Ok(());
        }
        Err(Error::Law {
            law: "mappings counted by class = mappings of all frames".to_owned(),
            left: counted.to_string(),
            relation: "equal to",
            right: mapped.to_string(),
        })
    }

    /// Causes of faults and memory of the processes over the measured time.
    pub(super) fn region_values(
        &self,
        put: &mut impl FnMut(&str, f64),
        (first, start): (&Counters, Instant),
        (last, end): (&Counters, Instant),
        warm: usize,
    ) {
        if !self.has_regions() {
            return;
        }
        let span: Span = end - start;
        let mut rate = |name: &str, count: &dyn Fn(&Counters) -> u64| {
            put(&format!("{name}_per_second"), (count(last) - count(first)) as f64 / span.as_secs_f64());
        };
        rate("zero_fill_faults", &|c| c.zero_filled);
        rate("copy_faults", &|c| c.copied);
        rate("resident_faults", &|c| c.already_resident);
        rate("rescued_faults", &|c| c.rescued);
        rate("in_flight_faults", &|c| c.major_in_flight);
        rate("file_faults", &|c| c.major_from_file);
        rate("swap_faults", &|c| c.major_from_swap);
        let private = |c: &Counters, at: Instant| c.classes.iter().map(|class| class.resident.area(at)).sum::<u128>();
        let shared = |c: &Counters, at: Instant| c.resident.area(at) - private(c, at);
        put("shared_frames", mean(shared(last, end) - shared(first, start), span));
        for (class, config) in self.config.classes.iter().enumerate() {
            let (now, then) = (&last.classes[class], &first.classes[class]);
            let area = |c: &crate::metrics::ClassCounters, at| c.resident.area(at) + c.mapped.area(at);
            put(&format!("{}.rss", config.name), mean(area(now, end) - area(then, start), span));
            let observed = &self.pss[warm.min(self.pss.len())..];
            if observed.is_empty() {
                continue;
            }
            let sum: f64 = observed.iter().map(|pss| pss[class]).sum();
            put(&format!("{}.pss", config.name), sum / observed.len() as f64);
        }
    }
}
