//! `run.locality`: whether the locality of the programs is measured, and over what.

use super::device::part;
use super::process::Class;
use super::quantity::Fault;
use super::reader::Reader;
use crate::machine::LocalityMeasure;

/// Longest string that is looked at.
const MOST: u64 = 1_000_000_000;
const USUAL: LocalityMeasure = LocalityMeasure { references: 1_000_000, window: 10_000 };

/// `Some(None)` is no measurement, which leaves no trace in the canonical text.
pub(super) fn locality(table: &mut Reader<'_>, classes: &[Class]) -> Option<Option<LocalityMeasure>> {
    let measure = part(table, "locality", None, &USUAL, |table, usual| {
        let references = table.whole("references", (1, MOST), Some(usual.references));
        let window = table.whole("window", (1, MOST), Some(usual.window));
        if let (Some(references), Some(window)) = (references, window)
            && window > references
        {
            let fault = Fault::new(window, format_args!("up to {references}, the references that are looked at"));
            let key = if table.has("window") { "window" } else { "references" };
            table.fault(key, fault);
            return None;
        }
        Some(LocalityMeasure { references: references?, window: window? })
    });
    if measure == Some(None) {
        table.plan_only("locality");
    }
    if matches!(measure, Some(Some(_))) && classes.iter().all(|class| class.needs.leap.is_some()) {
        let fault = Fault::new(
            "no program to measure: lifetime functions have no single references",
            "\"none\", or a class with another source",
        );
        table.fault_at_key("locality", fault);
        return None;
    }
    measure
}
