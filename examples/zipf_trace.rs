//! Writes a trace of independent Zipf references as libCacheSim's oracleGeneral, for measuring how fast traces are replayed:
//! `cargo run --release --example zipf_trace -- FILE [REFERENCES [PAGES [EXPONENT]]]`, by default 50 million references to a million
//! pages with exponent 1. The next-access field says "never": it matters only to policies of other programs that look ahead.

use knee::rng::Streams;
use knee::workload::{AliasTable, Weights};
use std::fs::File;
use std::io::{BufWriter, Result, Write};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, otherwise: f64| arguments.get(at).and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let Some(path) = arguments.first() else {
        eprintln!("usage: zipf_trace FILE [REFERENCES [PAGES [EXPONENT]]]");
        std::process::exit(2);
    };
    let (references, pages) = (number(1, 50e6) as u64, number(2, 1e6) as u32);
    let table = AliasTable::new(&Weights::Zipf { exponent: number(3, 1.0) }.integers(pages));
    let mut stream = Streams::new(1).named("references");
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    for time in 0..references {
        // Scattered over 64 bits, as keys of a real store are.
        let object = u64::from(table.draw(&mut stream) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        out.write_all(&(time as u32).to_le_bytes())?;
        out.write_all(&object.to_le_bytes())?;
        out.write_all(&1u32.to_le_bytes())?;
        out.write_all(&(-1i64).to_le_bytes())?;
    }
    out.flush()
}
