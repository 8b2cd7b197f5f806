//! Traces and tables that are not part of the project: found in `../shared`, skipped with one visible line where it is not.

use knee::trace::{Interner, Options, References, Trace};
use std::path::PathBuf;

/// A file of the shared folder, or a line that says what is skipped.
pub fn file(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")).join(name);
    if path.exists() {
        return Some(path);
    }
    // Not through the test harness, which would hide it.
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "skipped: needs ../shared/{name}, which is not there");
    None
}

/// The path of a trace by the name that the tables use.
pub fn trace(name: &str) -> Option<PathBuf> {
    let (kind, name) = name.split_once('_').expect("kind_name");
    match kind {
        "lirs" => file(&format!("traces/lirs/{name}.trace.gz")),
        "arc" => file(&format!("traces/arc/{name}.lis.zst")),
        "vm" => file(&format!("traces/address/{name}.trace.gz")),
        "lcs" => file(&format!("traces/libcachesim/{name}.oracleGeneral.bin.xz")),
        _ => panic!("no traces of kind {kind}"),
    }
}

/// The pages of a trace, densely numbered, and their original numbers.
pub fn pages(name: &str) -> Option<(Vec<u32>, Vec<u64>)> {
    let mut trace = Trace::open(&trace(name)?, &Options::default()).expect("a trace");
    let mut interner = Interner::new();
    let (mut batch, mut numbers, mut pages, mut names) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    loop {
        trace.fill(&mut batch).expect("well-formed");
        if batch.is_empty() {
            return Some((pages, names));
        }
        interner.number_all(&batch, &mut numbers).expect("few pages");
        for (number, reference) in numbers.iter().zip(&batch) {
            // They are given out in order.
            if *number as usize == names.len() {
                names.push(reference.page);
            }
        }
        pages.extend_from_slice(&numbers);
    }
}
