//! Address spaces made of regions, for the tests of what is shared and copied.

use super::{MS, class, device, machine, program};
use knee::machine::{Config, JobSource, MemoryBetweenJobs};
use knee::rng::Distribution;
use knee::units::Span;
use knee::workload::{
    Backing, ComponentSpec, Layout, LocalitySets, Mapping, Micromodel, ObjectSpec, PhasesSpec, Protection, RegionKind,
    RegionSpec, SourceSpec, View, Weights,
};

/// A memory object.
pub fn object(name: &str, pages: u32, backing: Backing) -> ObjectSpec {
    ObjectSpec { name: name.to_owned(), pages, backing, image: false }
}

/// A region that shows an object from its first page on.
pub fn region(first_page: u32, pages: u32, protection: Protection, mapping: Mapping) -> RegionSpec {
    RegionSpec {
        name: format!("at {first_page}"),
        kind: RegionKind::Data,
        first_page,
        pages,
        address: first_page,
        protection,
        executes: false,
        mapping,
        backing: Backing::ZeroFill,
    }
}

/// All of an object.
pub fn whole(object: u32) -> View {
    View { object, offset: 0 }
}

/// A mixture with everything: text, a shared segment, copy-on-write data and a heap, of which the first two are shared by two classes.
pub fn mixed(policy: &str) -> Config {
    let component = |first_page, pages, share, write_fraction, source| ComponentSpec {
        share,
        write_fraction,
        first_page,
        pages,
        source,
    };
    let mut spec = program(150, Span(2_000), SourceSpec::Sawtooth);
    spec.regions = vec![
        region(0, 40, Protection::TEXT, Mapping::Shared(whole(0))),
        region(40, 30, Protection::DATA, Mapping::Shared(View { object: 1, offset: 5 })),
        region(70, 40, Protection::DATA, Mapping::CopyOnWrite(whole(2))),
        region(110, 40, Protection::DATA, Mapping::Private),
    ];
    spec.components = vec![
        component(0, 40, 0.4, 0.0, SourceSpec::Scan { stride: 3 }),
        component(40, 30, 0.2, 0.1, SourceSpec::Independent(Weights::Zipf { exponent: 1.0 })),
        component(70, 40, 0.2, 0.05, phases_within(40)),
        component(110, 40, 0.2, 0.3, phases_within(40)),
    ];
    let mut forked = program(60, Span(3_000), SourceSpec::Sawtooth);
    forked.components[0].write_fraction = 0.002;
    forked.regions = vec![region(0, 60, Protection::DATA, Mapping::CopyOnWrite(whole(3)))];
    let mut classes = vec![class("p", 3, spec), class("q", 2, forked)];
    for class in &mut classes {
        class.job = Some(Distribution::Constant(8.0 * MS));
        class.jobs = JobSource::Closed { think: Some(Distribution::Exponential { mean: 1.0 * MS }) };
        class.memory = MemoryBetweenJobs::Fresh;
    }
    let mut config = machine(policy, 160, classes, Span(400_000_000));
    config.objects = vec![
        object("text", 40, Backing::File),
        object("segment", 40, Backing::ZeroFill),
        object("data", 40, Backing::File),
        ObjectSpec { image: true, ..object("parent", 60, Backing::Swap) },
    ];
    config.cpus = 2;
    config.quantum = Some(Span(700_000));
    config.context_switch = Span(1_000);
    config.fault_time = Span(2_000);
    config.paging = device(Distribution::Exponential { mean: 0.005 * MS });
    config
}

/// A source whose phases are cyclic.
pub fn phases_within(pages: u32) -> SourceSpec {
    SourceSpec::Phases(PhasesSpec {
        sets: LocalitySets::Fresh { size: Distribution::Constant(f64::from(pages) / 2.0), overlap: 0.5 },
        layout: Layout::Scattered,
        holding: Distribution::Exponential { mean: 800.0 },
        micromodel: Micromodel::Cyclic,
    })
}
