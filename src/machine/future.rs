//! What a policy that knows the future can be told: only that of processes whose references no decision changes.

use super::{ClassConfig, Config, Loading, MemoryBetweenJobs, OnFull, Scope};
use crate::load_control::Resume;
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
        if let Some(reason) = self.moves_unreferenced() {
            return Err(refuse(reason));
        }
        self.classes.iter().map(|class| future_of(class, self.policy.variable).map_err(refuse)).collect()
    }
}

impl Config {
    /// Who knows the future counts a reference for each page that the policy is handed: what hands it pages without one, if anything
    /// does.
    fn moves_unreferenced(&self) -> Option<String> {
        if self.reclaim.readahead > 1 {
            return Some("pages that are read ahead come without being referenced; leave out swap.readahead".into());
        }
        if self.load_control.as_ref().is_some_and(|load| load.resume == Resume::Prepage) {
            return Some(
                "a process that is resumed gets pages without referencing them; say resume = \"demand\"".into(),
            );
        }
        if self.virtual_memory.on_full != OnFull::Error {
            return Some(
                "pages that swap space has no room for are set aside and come back; say swap.on_full = \"error\""
                    .into(),
            );
        }
        let name = |class: &ClassConfig| class.name.clone();
        if let Some(name) = self.classes.iter().find(|class| class.loading != Loading::Demand).map(name) {
            return Some(format!("class {name:?} loads pages without referencing them; say loading = \"demand\""));
        }
        let protected = |class: &&ClassConfig| class.control.low > 0 || class.control.min > 0;
        let name = self.classes.iter().find(protected).map(name)?;
        Some(format!(
            "pages of class {name:?} are protected and come back to it without a reference; give it no memory_low or memory_min"
        ))
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
