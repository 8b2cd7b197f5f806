//! The leap's part of the machine: what has to be settled when a phase ends.

use super::Machine;
use super::process::Process;
use crate::memory::Entry;
use crate::policy::Observes;
use crate::units::{Page, ProcessId};
use crate::workload::Presence;

impl Machine<'_> {
    /// One or more phases of a process end now: what happened to the pages of their sets is revealed, once, and the process
    /// moves on.
    pub(super) fn leap_phases(&mut self, id: ProcessId) {
        let observes = self.config.policy.observes;
        let process = &mut self.processes[id.0 as usize];
        let now = process.virtual_at;
        let Process { program, history, .. } = process;
        let writes = program.writes();
        while let Some(component) = program.ended_phase(now) {
            for index in 0..program.set_len(component) {
                let page = program.set_page(component, index);
                let mut entry = self.memory.entry(id, page);
                let Some(frame) = entry.resident() else { continue };
                let protected = entry.protected();
                let dirt_settled = entry.dirty() || protected || !writes;
                let settled = match observes {
                    Observes::LastReference | Observes::LastUse => false,
                    Observes::AccessedBits => entry.accessed() && dirt_settled,
                    _ => dirt_settled,
                };
                if settled {
                    continue;
                }
                let from = self.memory.seen_by(id, page, frame);
                if matches!(observes, Observes::LastReference | Observes::LastUse) {
                    let dirty = entry.dirty();
                    let revealed = program.reveal_component_last(component, page, from, now, dirty, protected);
                    if revealed.written {
                        entry.set_dirty();
                    }
                    if let Some(last) = revealed.last {
                        if observes == Observes::LastUse {
                            self.memory.used(id, page, frame, last);
                        } else {
                            self.memory.learn(frame, history.real(last));
                        }
                    }
                } else {
                    let dirty = entry.dirty();
                    let (referenced, written) =
                        program.reveal_component_bits(component, page, from, now, dirty, protected);
                    if referenced {
                        entry.set_accessed(true);
                    }
                    if written {
                        entry.set_dirty();
                    }
                }
                *self.memory.entry_mut(id, page) = entry;
            }
            let table = &self.memory.tables[id.0 as usize];
            program.leap_to_next_phase(component, |page| presence(table.entries()[page as usize]));
        }
    }

    /// Forgets which real time belongs to virtual times that nobody can ask about any more.
    pub(super) fn prune_history(&mut self, id: ProcessId) {
        let process = &mut self.processes[id.0 as usize];
        if !process.history.kept || !process.history.wants_pruning() {
            return;
        }
        let table = &self.memory.tables[id.0 as usize];
        let entries = table.entries().iter().enumerate();
        let frames = entries.filter_map(|(page, entry)| Some((Page(page as u32), entry.resident()?)));
        let oldest = frames.map(|(page, frame)| self.memory.seen_by(id, page, frame)).min();
        process.history.prune(oldest.unwrap_or(process.virtual_at), table);
    }
}

/// How a page with this entry is for the process that references it.
fn presence(entry: Entry) -> Presence {
    match entry.resident() {
        None => Presence::Absent,
        Some(_) if entry.protected() => Presence::Protected,
        Some(_) => Presence::Full,
    }
}
