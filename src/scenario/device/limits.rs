//! Rate limits.

use super::super::quantity::Fault;
use super::super::reader::Reader;
use super::super::tree::Value;
use super::{bytes, nested};
use crate::device::Site;
use crate::device::throttle::{Limit, ThrottleSpec, Unit};

pub(super) fn read(table: &mut Reader<'_>, base: &ThrottleSpec, site: Site) -> Option<ThrottleSpec> {
    let limits = limits(table, &base.limits);
    let operation_bytes = bytes(table, "operation_bytes", base.operation_bytes);
    let behind = nested(table, "behind", Some(&base.behind), site);
    Some(ThrottleSpec { limits: limits?, operation_bytes: operation_bytes?, behind: Box::new(behind?) })
}

fn limits(table: &mut Reader<'_>, base: &[Limit]) -> Option<Vec<Limit>> {
    let allowed = "a list such as [{ unit = \"operations\", per_second = 300, burst = 3000 }]";
    let limits = match table.entry("limits") {
        None => base.to_vec(),
        Some(entry) => {
            let Value::List(items) = &entry.node.value else {
                table.fault("limits", Fault::new(entry.node.describe(), allowed));
                return None;
            };
            let path = table.place_of("limits").key;
            // Every limit is looked at, so that every mistake is found.
            let limits: Vec<Option<Limit>> = items
                .iter()
                .enumerate()
                .map(|(number, item)| {
                    let mut limit = Reader::of_node(table.context, item, format!("{path}[{number}]"));
                    let units = [("operations", Unit::Operations), ("bytes", Unit::Bytes)];
                    let unit = limit.choice("unit", &units, None);
                    let per_second = limit.whole("per_second", (1, 1 << 40), None);
                    let burst = limit.whole("burst", (1, 1 << 40), None);
                    let initial = limit.whole("initial", (0, 1 << 40), burst.or(Some(0)));
                    limit.finish();
                    Some(Limit { unit: unit?, per_second: per_second?, burst: burst?, initial: initial? })
                })
                .collect();
            limits.into_iter().collect::<Option<_>>()?
        }
    };
    let shown: Vec<String> = limits
        .iter()
        .map(|limit| {
            let unit = if limit.unit == Unit::Operations { "operations" } else { "bytes" };
            format!(
                "{{ unit = \"{unit}\", per_second = {}, burst = {}, initial = {} }}",
                limit.per_second, limit.burst, limit.initial
            )
        })
        .collect();
    table.put_value("limits", format!("[{}]", shown.join(", ")));
    Some(limits)
}
