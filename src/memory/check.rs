//! Memory's own laws, asserted at the end of every run.

use super::{Entry, Frame, Memory, NO_SLOT, Place, Use};
use crate::units::{FrameId, Page, ProcessId};

impl Memory {
    /// Walks all tables and checks the identities that [`Memory`] names; the first disagreement is returned as text.
    pub fn check(&self) -> Result<(), String> {
        self.check_frames()?;
        self.check_spaces()?;
        self.check_mappers()
    }

    fn check_frames(&self) -> Result<(), String> {
        let mut free = 0;
        for (number, usage) in self.frames.iter().map(|frame| frame.usage).enumerate() {
            let frame = FrameId(number as u32);
            let (space, page) = self.owner(frame);
            let expected = match usage {
                Use::Free => {
                    free += 1;
                    continue;
                }
                Use::Orphaned | Use::Lent | Use::Wired => continue,
                Use::Resident | Use::Rescued => Place::Resident(frame),
                Use::Loading | Use::Ahead | Use::Cleaning | Use::Cached => Place::Transit(frame),
            };
            let place = self.entry(space, page).place();
            if place != expected {
                return Err(format!(
                    "frame {number} is {usage:?} for page {} of {}, whose entry says {place:?}",
                    page.0,
                    self.name(space)
                ));
            }
        }
        if free + self.resident + self.transit + self.lent + self.wired != self.frames() {
            return Err(format!(
                "{free} free + {} resident + {} in transit + {} lent + {} wired is not {}",
                self.resident,
                self.transit,
                self.lent,
                self.wired,
                self.frames()
            ));
        }
        Ok(())
    }

    /// Every entry of every space: what is in a frame is its own, or shown by a window.
    fn check_spaces(&self) -> Result<(), String> {
        let mut slots = self.swap.used();
        for (number, table) in self.tables.iter().enumerate() {
            let space = ProcessId(number as u32);
            for (page, entry) in table.entries().iter().enumerate() {
                let page = Page(page as u32);
                match entry.place() {
                    Place::Backing => {}
                    Place::Swap(_) => slots = slots.wrapping_sub(1),
                    Place::Resident(frame) | Place::Transit(frame) if self.owner(frame) == (space, page) => {
                        slots = slots.wrapping_sub(u32::from(self.frames[frame.0 as usize].slot != NO_SLOT));
                    }
                    Place::Resident(frame) | Place::Transit(frame) => {
                        self.check_shown(space, page, *entry, frame)?;
                    }
                }
            }
        }
        // One that is being read from its file has none.
        let is_orphan = |frame: &&Frame| frame.usage == Use::Orphaned && frame.slot != NO_SLOT;
        let orphans = self.frames.iter().filter(is_orphan).count() as u32;
        if slots != orphans {
            return Err(format!("{} swap slots in use are not accounted for by any page", slots.wrapping_sub(orphans)));
        }
        Ok(())
    }

    /// A process's page is in a frame that is not its own: that is allowed only for a page that a window shows, and to write to it
    /// only where the window is shared and writable.
    fn check_shown(&self, process: ProcessId, page: Page, entry: Entry, frame: FrameId) -> Result<(), String> {
        let (owner, of_owner) = self.owner(frame);
        let window = self.sharing.window(process, page).copied();
        let shown = window.map(|window| {
            let page = Page(window.offset + (page.0 - window.first_page));
            (self.object_space(window.object), page)
        });
        let broken = |what: &str| {
            Err(format!(
                "isolation: page {} of process {} is mapped to frame {}, which belongs to page {} of {}, {what}",
                page.0,
                process.0,
                frame.0,
                of_owner.0,
                self.name(owner)
            ))
        };
        if process.0 >= self.processes || shown != Some((owner, of_owner)) {
            return broken("which it has no window on");
        }
        if entry.resident() != Some(frame) || self.sharing.of(process, page).is_none() {
            return broken("but the reverse map does not say so");
        }
        if !entry.protected() && !window.is_some_and(|window| window.writable && !window.copied) {
            return broken("with the right to write, but does not share it");
        }
        Ok(())
    }

    /// Every mapping in the reverse map is in a table.
    fn check_mappers(&self) -> Result<(), String> {
        for number in 0..self.frames() {
            let frame = FrameId(number);
            let mut count = 0;
            let mut next = self.sharing.first(frame);
            while let Some(id) = next {
                let mapper = self.sharing.mapper(id);
                if self.entry(mapper.process, mapper.page).resident() != Some(frame) || !self.is_shared(frame) {
                    return Err(format!(
                        "the reverse map says that page {} of process {} is in frame {number}, its table does not",
                        mapper.page.0, mapper.process.0
                    ));
                }
                count += 1;
                next = self.sharing.next(id);
            }
            if count != self.sharing.count(frame) {
                return Err(format!("frame {number} has {count} mappings, not {}", self.sharing.count(frame)));
            }
        }
        Ok(())
    }

    fn name(&self, space: ProcessId) -> String {
        match space.0.checked_sub(self.processes) {
            None => format!("process {}", space.0),
            Some(object) => format!("memory object {object}"),
        }
    }
}
