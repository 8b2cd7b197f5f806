//! A string that is replayed, and the same string as the only process of a timed machine, fault equally often under every policy.

mod common;
mod replay;

use common::{class, count, machine, program, run};
use knee::machine::{JobSource, MemoryBetweenJobs};
use knee::policy::{POLICIES, Window};
use knee::rng::{Distribution, Streams};
use knee::units::Span;
use knee::workload::{RecordedReference, RecordedSpec, SourceSpec};
use replay::Replay;

#[test]
fn a_string_faults_as_often_with_time_as_without() {
    let mut stream = Streams::new(5).named("strings");
    for case in 0..60 {
        let pages = 4 + stream.below(40);
        let frames = 1 + stream.below(pages) as u32;
        let window = 1 + stream.below(60);
        let mut near = 0;
        let references: Vec<RecordedReference> = (0..400)
            .map(|_| {
                near = if stream.below(3) == 0 { stream.below(pages) } else { (near + stream.below(3)) % pages };
                let page = if stream.below(3) == 0 { stream.below(pages / 4) } else { near };
                RecordedReference { page: page as u32, write: stream.below(5) == 0, gap: 1 }
            })
            .collect();
        let string: Vec<u32> = references.iter().map(|reference| reference.page).collect();
        let source =
            SourceSpec::Recorded(RecordedSpec { references: references.clone().into(), offset: 0, looped: false });
        for entry in POLICIES {
            let mut replay = Replay::windowed(entry.name, frames, &string, window);
            for reference in &references {
                replay.reference(reference.page, reference.write);
            }
            // The string is one job, and the next one begins after the run is over; a fault takes up to 2 ms.
            let mut only = class("string", 1, program(pages as u32, Span(1_000), source.clone()));
            only.jobs = JobSource::Closed { think: Some(Distribution::Constant(1.0e9)) };
            only.memory = MemoryBetweenJobs::Fresh;
            let mut timed = machine(entry.name, frames, vec![only], Span(1_950_000_000));
            timed.parameters.window = Window::References(window);
            timed.parameters.correlated_period = window - 1;
            let faults = count(&run(&timed, 1), "faults_per_second");
            // The same seed and the same name of the stream: even the random victims are the same.
            assert_eq!(faults, replay.faults, "{}, {frames} frames, case {case}: {string:?}", entry.name);
        }
    }
}
