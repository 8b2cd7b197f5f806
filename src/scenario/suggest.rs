//! "Did you mean": the known name nearest to a mistyped one.

/// The closest of some known names, if any is close enough to have been meant.
pub fn closest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Transpositions count as one slip; a third of the name may be wrong.
    let found: String = found.chars().take(80).collect();
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&found.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance * 3 <= name.chars().count().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The closest unit: one slip at most, for units are short and near to each other.
pub(super) fn closest_unit<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let spelled_out = match found {
        "sec" | "secs" | "second" | "seconds" => Some("s"),
        "millisecond" | "milliseconds" | "msec" => Some("ms"),
        "microsecond" | "microseconds" | "usec" => Some("us"),
        "nanosecond" | "nanoseconds" | "nsec" => Some("ns"),
        "minute" | "minutes" | "m" => Some("min"),
        "hour" | "hours" => Some("h"),
        "K" | "k" => Some("KiB"),
        "M" => Some("MiB"),
        "G" => Some("GiB"),
        "T" => Some("TiB"),
        "bytes" | "byte" => Some("B"),
        _ => None,
    };
    let known: Vec<&str> = known.into_iter().collect();
    spelled_out
        .and_then(|unit| known.iter().copied().find(|name| *name == unit))
        .or_else(|| known.iter().copied().find(|name| name.eq_ignore_ascii_case(found)))
        .or_else(|| closest(found, known.iter().copied().filter(|name| name.len() > 2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let keys = ["memory", "page_size", "cpus", "quantum"];
        assert_eq!(closest("memroy", keys), Some("memory"));
        assert_eq!(closest("pagesize", keys), Some("page_size"));
        assert_eq!(closest("CPUs", keys), Some("cpus"));
        assert_eq!(closest("colour", keys), None);
        assert_eq!(closest_unit("seconds", ["ms", "s"]), Some("s"));
    }
}
