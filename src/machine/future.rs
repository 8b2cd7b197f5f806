//! What a policy that knows the future can be told: only that of processes whose references no decision changes.

use super::{ClassConfig, Config, MemoryBetweenJobs, Scope};
use crate::policy::{Foresight, Observes};
use crate::workload::SourceSpec;

impl Config {
    /// The future of each class's processes, if the policy observes it.
    ///
    /// # Errors
    /// If the order in which references come to a pool depends on the policy itself; the text says why.
    pub(crate) fn foresights(&self) -> Result<Vec<Foresight>, String> {
        if self.policy.observes != Observes::Future {
            return Ok(Vec::new());
        }
        let refuse = |reason: String| format!("policy {:?} observes the future, but {reason}", self.policy.name);
        // What a variable partition does for one process does not depend on the others.
        if self.scope == Scope::Global && self.processes() != 1 && !self.policy.variable {
            return Err(refuse(format!(
                "which of {} processes references memory next depends on the policy itself; give it one process, or local scope",
                self.processes()
            )));
        }
        self.classes.iter().map(|class| future_of(class, self.policy.variable).map_err(refuse)).collect()
    }
}

fn future_of(class: &ClassConfig, timed: bool) -> Result<Foresight, String> {
    let name = &class.name;
    if !class.program.regions.is_empty() {
        return Err(format!(
            "what class {name:?} finds in memory depends on what others have mapped; give it no regions"
        ));
    }
    let [component] = class.program.components.as_slice() else {
        return Err(format!("class {name:?} mixes several reference sources; give it one recorded string"));
    };
    let SourceSpec::Recorded(recorded) = &component.source else {
        return Err(format!("class {name:?} has no recorded string, whose references are known before they are made"));
    };
    if class.job.is_some() && class.memory == MemoryBetweenJobs::Fresh {
        return Err(format!(
            "jobs of class {name:?} may begin its string anew before it ends; leave out the length of a job"
        ));
    }
    let pages: Vec<u32> = recorded.references.iter().map(|reference| reference.page).collect();
    let first = if pages.is_empty() { 0 } else { (recorded.offset % pages.len() as u64) as usize };
    let future = Foresight::of(&pages, first, recorded.looped)
        .ok_or_else(|| format!("the string of class {name:?} has 2^32 - 1 references or more"))?;
    if !timed {
        return Ok(future);
    }
    let gaps = recorded.references.iter().map(|reference| reference.gap).collect();
    Ok(future.with_time(gaps, class.program.reference_time))
}
