//! Tables of millions of rows: memory that the processor can find its way in.
//!
//! A table of a million rows lies on thousands of the system's small pages, more than the processor knows the places of; finding out
//! costs as much as the access itself, and a prefetch has to wait for it. On huge pages, where the system has them to give, it knows all of
//! them.

/// A table of so many equal rows, on huge pages if it is large.
pub(crate) fn filled<T: Clone>(row: T, rows: usize) -> Vec<T> {
    let mut table = with_room(rows);
    table.resize(rows, row);
    gather(&table);
    table
}

/// A table of these rows, at most as many as there is to be room for, on huge pages if it is large.
pub(crate) fn collected<T>(room: usize, rows: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut table = with_room(room);
    table.extend(rows);
    gather(&table);
    table
}

/// Room for so many rows, on huge pages if it is large and new to the process.
fn with_room<T>(rows: usize) -> Vec<T> {
    let table = Vec::with_capacity(rows);
    advise(&table, Advice::Huge);
    table
}

/// Moves a table that has been filled to huge pages if it is large. For room that the process had used before, on small ones.
fn gather<T>(table: &Vec<T>) {
    advise(table, Advice::Collapse);
}

enum Advice {
    /// Memory that is touched from now on had better be on huge pages.
    Huge,
    /// What is on small pages had better be moved to huge ones at once (Linux 6.1).
    Collapse,
}

/// Tells the system something about the room of a table that is large. A hint: what comes of it cannot be seen but in the time that
/// accesses take.
#[cfg(target_os = "linux")]
fn advise<T>(table: &Vec<T>, advice: Advice) {
    /// Of a smaller table, hardly a whole huge page could be made.
    const LARGE: usize = 4 << 20;
    /// A multiple of the size of every small page.
    const PAGE: usize = 1 << 16;
    let bytes = table.capacity().saturating_mul(size_of::<T>());
    if bytes < LARGE {
        return;
    }
    let start = table.as_ptr() as usize;
    // Advice is about whole pages: those that lie in the room from end to end.
    let (first, end) = (start.next_multiple_of(PAGE), (start + bytes) / PAGE * PAGE);
    let advice = match advice {
        Advice::Huge => libc::MADV_HUGEPAGE,
        Advice::Collapse => libc::MADV_COLLAPSE,
    };
    // Sound: the pages belong to the table's own room, and neither advice changes what is in them or whether they may be accessed.
    // Whether the system follows it, or knows it, makes no difference.
    #[allow(unsafe_code)]
    let _ = unsafe { libc::madvise(std::ptr::with_exposed_provenance_mut(first), end - first, advice) };
}

#[cfg(not(target_os = "linux"))]
fn advise<T>(_table: &Vec<T>, advice: Advice) {
    match advice {
        Advice::Huge | Advice::Collapse => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_table_is_like_any_other() {
        for rows in [0, 1, 1000, (4 << 20) + 3] {
            let mut table = filled(7u8, rows);
            assert_eq!(table, vec![7u8; rows]);
            assert_eq!(collected(rows, table.iter().copied()), table);
            table.push(8);
            table.extend_from_within(..rows.min(10));
            assert_eq!(table.len(), rows + 1 + rows.min(10));
        }
        // Room that is used again.
        let again: Vec<u32> = collected(2 << 20, (0..1 << 20).map(|row| row * 3));
        assert!(again.iter().enumerate().all(|(at, row)| *row == at as u32 * 3));
    }
}
