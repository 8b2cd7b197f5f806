//! A program's reference string by itself: no machine, no faults, no time but its own.

use super::Program;
use crate::units::{Page, Virtual};

impl Program {
    /// Makes the next references of a program that walks, as they come when nothing delays it, and returns how many: `length`, or
    /// fewer if the program ends before or has no single references.
    pub fn make(&mut self, length: u64, mut visit: impl FnMut(Page)) -> u64 {
        let mut made = 0;
        while made < length {
            let due = self.next_fixed();
            let slice = self.slice(due);
            let mut left = slice.count.min(length - made);
            made += left;
            while left > 0 {
                left -= self.draw_batch(
                    left,
                    |_| (),
                    |reference| {
                        visit(reference.page);
                        true
                    },
                );
            }
            if made == length {
                break;
            }
            self.finish(slice);
            if slice.end < due {
                continue;
            }
            if due == Virtual::NEVER {
                break;
            }
            visit(self.take_fixed(due).page);
            made += 1;
        }
        made
    }
}

#[cfg(test)]
mod tests {
    use crate::rng::{Distribution, Streams};
    use crate::units::Span;
    use crate::workload::{
        Backing, ComponentSpec, Layout, LocalitySets, Micromodel, PhasesSpec, Program, ProgramSpec, ProgramTables,
        RecordedReference, RecordedSpec, SourceSpec, Weights,
    };
    use std::sync::Arc;

    fn string(components: Vec<(f64, u32, u32, SourceSpec)>, length: u64) -> Vec<u32> {
        let component = |(share, first_page, pages, source)| ComponentSpec {
            share,
            write_fraction: 0.5,
            first_page,
            pages,
            source,
        };
        let spec = Arc::new(ProgramSpec {
            pages: 1_000,
            backing: Backing::ZeroFill,
            regions: Vec::new(),
            reference_time: Span(100),
            components: components.into_iter().map(component).collect(),
        });
        let tables = Arc::new(ProgramTables::new(&spec, false));
        let mut program = Program::new(spec, tables, false, &Streams::new(3), "worker#0");
        let mut pages = Vec::new();
        let made = program.make(length, |page| pages.push(page.0));
        assert_eq!(made, pages.len() as u64);
        pages
    }

    #[test]
    fn deterministic_strings_are_what_they_are() {
        let scan = string(vec![(1.0, 10, 4, SourceSpec::Scan { stride: 1 })], 9);
        assert_eq!(scan, [10, 11, 12, 13, 10, 11, 12, 13, 10]);
        let record = |page| RecordedReference { page, write: false, gap: 3 };
        let references: Arc<[RecordedReference]> = [7, 7, 2].map(record).into();
        let recorded =
            |looped| SourceSpec::Recorded(RecordedSpec { references: references.clone(), offset: 1, looped });
        assert_eq!(string(vec![(1.0, 0, 10, recorded(true))], 5), [7, 2, 7, 7, 2]);
        assert_eq!(string(vec![(1.0, 0, 10, recorded(false))], 5), [7, 2], "it ends");
    }

    /// Three parts of a mixture, of which one scans: each has its share and none runs ahead of the others.
    #[test]
    fn a_mixture_makes_the_references_of_all_its_parts() {
        let phases = PhasesSpec {
            sets: LocalitySets::Fresh { size: Distribution::Constant(5.0), overlap: 0.0 },
            layout: Layout::Scattered,
            holding: Distribution::Constant(70.0),
            micromodel: Micromodel::Random(Weights::Uniform),
        };
        let parts = vec![
            (0.5, 0, 100, SourceSpec::Independent(Weights::Uniform)),
            (0.2, 100, 100, SourceSpec::Scan { stride: 1 }),
            (0.3, 200, 100, SourceSpec::Phases(phases)),
        ];
        let string = string(parts, 200_000);
        for (chunk, length) in [(&string[..], 200_000.0), (&string[100_000..110_000], 10_000.0)] {
            for (part, share) in [0.5, 0.2, 0.3].into_iter().enumerate() {
                let of_part = chunk.iter().filter(|page| **page as usize / 100 == part).count() as f64;
                assert!((of_part / length - share).abs() < 0.02, "part {part}: {of_part} of {length}");
            }
        }
        let scan: Vec<u32> = string.iter().copied().filter(|page| page / 100 == 1).collect();
        assert!(
            scan.iter().enumerate().all(|(at, page)| *page == 100 + at as u32 % 100),
            "the scan leaves nothing out"
        );
    }
}
