//! The registry: one line for each controller.

use super::ControllerEntry;

/// Every controller, in the order of the registry.
#[rustfmt::skip]
pub static CONTROLLERS: &[&ControllerEntry] = &[
    &super::none::ENTRY,
    &super::fixed_mpl::ENTRY,
    &super::fifty_percent::ENTRY,
    &super::l_equals_s::ENTRY,
    &super::knee_criterion::ENTRY,
    &super::incremental_steps::ENTRY,
    &super::parabola::ENTRY,
    &super::working_set::ENTRY,
    &super::wsclock_lt_rt::ENTRY,
    &super::pff::ENTRY,
    &super::oomd::ENTRY,
    &super::senpai::ENTRY,
];

/// The controller of this name.
pub fn find(name: &str) -> Option<&'static ControllerEntry> {
    CONTROLLERS.iter().copied().find(|entry| entry.name == name)
}
