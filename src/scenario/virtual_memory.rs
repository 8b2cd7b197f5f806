//! `[virtual_memory]`: what the kernel does about protection, page tables and full swap space, and what its work costs.

use super::effective::Text;
use super::reader::Reader;
use crate::machine::{FaultCosts, OnViolation, PageTables, VirtualMemory};
use crate::units::Span;

pub(super) fn read(root: &mut Reader<'_>) -> Option<VirtualMemory> {
    let mut table = root.table("virtual_memory");
    let words = [("kill", OnViolation::Kill), ("count", OnViolation::Count)];
    let on_violation = table.choice("on_violation", &words, Some("kill"));
    let charged = table.choice("page_tables", &[("free", false), ("charged", true)], Some("free"));
    let page_tables = match charged {
        Some(true) => {
            let levels = table.count("page_table_levels", (1, 8), Some(4));
            let entries = table.count("page_table_entries", (2, 1 << 20), Some(512));
            levels.zip(entries).map(|(levels, entries)| Some(PageTables { levels, entries }))
        }
        other => {
            for key in ["page_table_levels", "page_table_entries"] {
                let problem = "page tables that are free have no shape; allowed: with page_tables = \"charged\"";
                table.pointless(key, "page_tables", problem);
            }
            other.map(|_| None)
        }
    };
    let costs = costs(&mut table);
    let lines = table.finish();
    let meant = || {
        Some(VirtualMemory {
            on_violation: on_violation?,
            on_full: Default::default(),
            page_tables: page_tables?,
            costs: costs?,
        })
    };
    let meant = meant();
    // What changes nothing is not part of a cell's text: that is the text of a scenario that never heard of it.
    let cell = (meant != Some(VirtualMemory::default())).then(|| Text::Section(lines.clone()));
    root.put("virtual_memory", Some(Text::Section(lines)), cell);
    meant
}

/// CPU time for each cause of a fault, beyond `machine.fault_time`.
fn costs(table: &mut Reader<'_>) -> Option<FaultCosts> {
    let mut costs = table.table("fault_costs");
    let mut cost = |key: &str| costs.duration(key, Span::ZERO, Some(Span::ZERO));
    let read = [
        cost("zero_fill"),
        cost("copy_on_write"),
        cost("resident"),
        cost("rescued"),
        cost("in_flight"),
        cost("file_read"),
        cost("swap_read"),
    ];
    let lines = costs.finish();
    table.put("fault_costs", Some(Text::Inline(lines.clone())), Some(Text::Inline(lines)));
    let [zero_fill, copy, resident, rescue, in_flight, file, swap] = read;
    Some(FaultCosts {
        zero_fill: zero_fill?,
        copy: copy?,
        resident: resident?,
        rescue: rescue?,
        in_flight: in_flight?,
        file: file?,
        swap: swap?,
    })
}
