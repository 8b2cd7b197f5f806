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

#[cfg(not(target_os = "linux"))]
fn with_room<T>(rows: usize) -> Vec<T> {
    Vec::with_capacity(rows)
}

#[cfg(not(target_os = "linux"))]
fn gather<T>(_table: &[T]) {}

/// The usual size of a huge page.
#[cfg(target_os = "linux")]
const HUGE: usize = 2 << 20;

/// Of a smaller table, hardly a whole huge page could be made.
#[cfg(target_os = "linux")]
const LARGE: usize = 2 * HUGE;

/// Room for so many rows, on huge pages if it is large.
#[cfg(target_os = "linux")]
fn with_room<T>(rows: usize) -> Vec<T> {
    /// Less than this, the C library takes from memory that the process has had on small pages before. Room that is never touched takes no memory.
    const FRESH: usize = 17 * HUGE;
    /// What the C library puts before it is part of the first page; with it, the room is a whole number of huge pages, which is when the
    /// system lets it begin with one.
    const HEADER: usize = 64;
    let bytes = rows.saturating_mul(size_of::<T>());
    if bytes < LARGE {
        return Vec::with_capacity(rows);
    }
    let room = (bytes + HEADER).next_multiple_of(HUGE).max(FRESH) - HEADER;
    let table = Vec::with_capacity(room / size_of::<T>());
    // What is touched from now on.
    advise(&table, table.capacity(), libc::MADV_HUGEPAGE);
    table
}

/// Moves what has been filled of a large table to huge pages, where it is not on such (Linux 6.1): its first page, which the C library
/// touched, and room that was on small pages before after all.
#[cfg(target_os = "linux")]
fn gather<T>(table: &[T]) {
    if size_of_val(table) >= LARGE {
        advise(table, table.len(), libc::MADV_COLLAPSE);
    }
}

/// Advises the system about the room of so many rows. A hint: what comes of it cannot be seen but in the time that accesses take.
#[cfg(target_os = "linux")]
fn advise<T>(table: &[T], rows: usize, advice: i32) {
    /// A multiple of the size of every small page.
    const PAGE: usize = 1 << 16;
    let start = table.as_ptr() as usize;
    // Advice is about whole pages. The first may begin with a few bytes of the C library's.
    let (first, end) = (start / PAGE * PAGE, (start + rows * size_of::<T>()) / PAGE * PAGE);
    // Sound: neither advice changes what is in the pages or whether they may be accessed. Whether the system follows it, or knows it,
    // makes no difference.
    #[allow(unsafe_code)]
    let _ = unsafe { libc::madvise(std::ptr::with_exposed_provenance_mut(first), end - first, advice) };
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
