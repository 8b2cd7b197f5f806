//! Frames that never leave: the kernel's own, and those of page tables.

use super::{Config, PageTables};
use crate::workload::{ProgramSpec, RegionKind};
use std::collections::BTreeSet;

impl Config {
    /// Frames of the kernel's range, which is the same in all address spaces.
    pub fn kernel_frames(&self) -> u32 {
        let regions = self.classes.iter().flat_map(|class| &class.program.regions);
        regions.filter(|region| region.kind == RegionKind::Kernel).map(|region| region.pages).max().unwrap_or(0)
    }

    /// Frames of the page tables of all processes; none where they are not charged.
    pub fn page_table_frames(&self) -> u64 {
        let Some(shape) = self.virtual_memory.page_tables else { return 0 };
        self.classes.iter().map(|class| u64::from(class.count) * u64::from(shape.pages(&class.program))).sum()
    }

    /// Frames that are left for pages of processes.
    pub fn pageable_frames(&self) -> u32 {
        let wired = u64::from(self.kernel_frames()) + self.page_table_frames();
        u64::from(self.frames).saturating_sub(wired) as u32
    }
}

impl PageTables {
    /// Pages of the tables for an address space: at each level, one for every run of pages that it covers and in which a region lies.
    /// The kernel's part is the same in all of them and is charged with the kernel.
    pub fn pages(&self, program: &ProgramSpec) -> u32 {
        let whole = [(0, program.pages)];
        let regions = program.regions.iter().filter(|r| !matches!(r.kind, RegionKind::Gap | RegionKind::Kernel));
        let ranges: Vec<(u32, u32)> = match program.regions.is_empty() {
            true => whole.to_vec(),
            false => regions.map(|region| (region.address, region.pages)).collect(),
        };
        let mut covered: BTreeSet<u64> = BTreeSet::new();
        for (first, pages) in ranges {
            let (first, last) = (u64::from(first), u64::from(first) + u64::from(pages) - 1);
            covered.extend(first / u64::from(self.entries)..=last / u64::from(self.entries));
        }
        let mut total = 0;
        for level in 1..=self.levels {
            if level > 1 {
                covered = covered.iter().map(|table| table / u64::from(self.entries)).collect();
            }
            // There is one at the top, whatever it covers.
            total += if level == self.levels { 1 } else { covered.len() as u32 };
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;
    use crate::workload::{Backing, Mapping, Protection, RegionSpec};

    fn program(ranges: &[(u32, u32)]) -> ProgramSpec {
        let region = |&(address, pages): &(u32, u32)| RegionSpec {
            name: String::new(),
            kind: RegionKind::Data,
            first_page: 0,
            pages,
            address,
            protection: Protection::DATA,
            executes: false,
            mapping: Mapping::Private,
            backing: Backing::ZeroFill,
        };
        let regions = ranges.iter().map(region).collect();
        ProgramSpec { pages: 1, backing: Backing::ZeroFill, regions, reference_time: Span(1), components: Vec::new() }
    }

    /// x86-64: four levels of 512 entries. Counted by hand.
    #[test]
    fn tables_of_four_levels() {
        let shape = PageTables { levels: 4, entries: 512 };
        assert_eq!(shape.pages(&program(&[(0, 1)])), 4);
        assert_eq!(shape.pages(&program(&[(0, 512)])), 4);
        assert_eq!(shape.pages(&program(&[(0, 513)])), 5);
        assert_eq!(shape.pages(&program(&[(511, 2)])), 5);
        // A stack 2^27 pages (512 GiB) up has an entry of its own in the table at the top, so the three levels below are its own.
        assert_eq!(shape.pages(&program(&[(0, 10), (1 << 27, 10)])), 1 + 2 + 2 + 2);
        assert_eq!(shape.pages(&program(&[(0, 1 << 18), (1 << 27, 1)])), 1 + 2 + 2 + 513);
        assert_eq!(PageTables { levels: 1, entries: 1024 }.pages(&program(&[(0, 1 << 20)])), 1);
        assert_eq!(PageTables { levels: 2, entries: 1024 }.pages(&program(&[(0, 1 << 20)])), 1 + 1024);
    }
}
