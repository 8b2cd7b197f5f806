//! The locality of the programs, measured beside the run: it is theirs alone, whatever the machine does to them.

use super::Machine;
use crate::analysis::locality::LocalityPass;
use crate::rng::Streams;
use crate::workload::{Program, ProgramTables};
use std::sync::Arc;

impl Machine<'_> {
    /// For each class, the locality of the string that its first process references in its first job; nothing unless asked for. Under the
    /// walk this is the very string of the run, under the leap one of the same law with the same locality sets.
    pub(super) fn locality_values(&self, put: &mut impl FnMut(&str, f64)) {
        let Some(measure) = self.config.locality else { return };
        let streams = Streams::new(self.seed);
        for class in &self.config.classes {
            if class.program.must_leap().is_some() {
                continue;
            }
            let spec = Arc::new(class.program.clone());
            let tables = Arc::new(ProgramTables::new(&spec, false));
            let mut program = Program::new(spec, tables, false, &streams, &format!("{}#0", class.name));
            let mut pass = LocalityPass::new(measure.window);
            program.make(measure.references, |page| pass.reference(page.0));
            let local = pass.finish();
            for (metric, value) in [
                ("working_set", local.working_set),
                ("run_length", local.run_length),
                ("sequential_run", local.sequential_run),
                ("reuse_distance_mean", local.reuse_distance_mean),
                ("reuse_distance_p50", local.reuse_distance_p50),
                ("reuse_distance_p90", local.reuse_distance_p90),
            ] {
                put(&format!("{}.{metric}", class.name), value);
            }
        }
    }
}
