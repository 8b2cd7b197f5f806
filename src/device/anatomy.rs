//! The anatomy of a request: where its time at the device went.

use crate::units::Span;
use std::ops::AddAssign;

macro_rules! components {
    ($($variant:ident $name:literal $summary:literal;)*) => {
        /// One part of a request's time at a device.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Component {
            $(#[doc = $summary] $variant,)*
        }

        impl Component {
            /// Every component, in the order of a stacked plot.
            pub const ALL: [Component; Component::COUNT] = [$(Component::$variant),*];
            const COUNT: usize = [$($name),*].len();

            /// Key in files.
            pub fn name(self) -> &'static str {
                match self { $(Component::$variant => $name),* }
            }

            /// One line for a person.
            pub fn summary(self) -> &'static str {
                match self { $(Component::$variant => $summary),* }
            }
        }
    };
}

components! {
    Queue "queue" "Waiting for the device.";
    Throttle "throttle" "Held back by a rate limit.";
    Contention "contention" "Waiting inside the device: for a die, a channel, a free buffer.";
    Controller "controller" "Controller and protocol overhead.";
    Seek "seek" "Moving the arm.";
    Switch "switch" "Changing heads or cylinders within a transfer.";
    Rotation "rotation" "Waiting for the sector to come round.";
    Media "media" "Sensing or programming the storage cells.";
    Transfer "transfer" "Moving the data: under the head, over channel, bus or link.";
    Compute "compute" "CPU work: compression, page migration.";
    Network "network" "Latency of a network.";
    Service "service" "Service that has no finer parts.";
}

/// Time by component. The components of a completion sum to its whole time at the device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Anatomy([u64; Component::COUNT]);

impl Anatomy {
    /// All of `span` in one component.
    pub fn of(component: Component, span: Span) -> Anatomy {
        let mut anatomy = Anatomy::default();
        anatomy.add(component, span);
        anatomy
    }

    /// Adds to one component.
    pub fn add(&mut self, component: Component, span: Span) {
        let part = &mut self.0[component as usize];
        *part = part.saturating_add(span.0);
    }

    /// One component.
    pub fn get(&self, component: Component) -> Span {
        Span(self.0[component as usize])
    }

    /// The sum of all components.
    pub fn total(&self) -> Span {
        Span(self.0.iter().fold(0, |sum, part| sum.saturating_add(*part)))
    }

    /// Every component with its time, in the order of a stacked plot.
    pub fn parts(&self) -> impl Iterator<Item = (Component, Span)> + '_ {
        Component::ALL.into_iter().map(|component| (component, self.get(component)))
    }
}

impl AddAssign for Anatomy {
    fn add_assign(&mut self, other: Anatomy) {
        for (sum, part) in self.0.iter_mut().zip(other.0) {
            *sum = sum.saturating_add(part);
        }
    }
}
