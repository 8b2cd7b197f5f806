use super::*;
use crate::error::Error;
use crate::rng::Streams;
use std::io::{Cursor, Write};

/// All references of a text, its format found out unless given.
fn read_with(text: &[u8], name: &str, options: &Options) -> Result<(Vec<Reference>, Format, u64)> {
    let mut trace = Trace::from_reader(Box::new(Cursor::new(text.to_vec())), name, options)?;
    let (mut references, mut batch) = (Vec::new(), Vec::new());
    loop {
        trace.fill(&mut batch)?;
        if batch.is_empty() {
            return Ok((references, trace.format(), trace.skipped()));
        }
        assert!(batch.len() <= BATCH);
        references.extend_from_slice(&batch);
    }
}

fn read(text: &str) -> (Vec<(u64, char)>, Format) {
    let (references, format, _) = read_with(text.as_bytes(), "test", &Options::default()).expect("well-formed");
    let letter = |access| match access {
        Access::Read => 'r',
        Access::Write => 'w',
        Access::Execute => 'x',
    };
    (references.iter().map(|r| (r.page, letter(r.access))).collect(), format)
}

#[test]
fn each_format_is_told_and_read() {
    type Expected = Vec<(u64, char)>;
    let cases: Vec<(&str, Format, Expected)> = vec![
        ("# a comment\n17\n0x1f w\r\n\n 3 x", Format::Plain, vec![(17, 'r'), (31, 'w'), (3, 'x')]),
        ("5\r\n*\r\n\r\n6\r\n", Format::Lirs, vec![(5, 'r'), (6, 'r')]),
        ("10 3 0 0\n7 1 0 1\n", Format::Arc, vec![(10, 'r'), (11, 'r'), (12, 'r'), (7, 'r')]),
        ("s 0x1fffff50 1\nl 0x2000 6\n", Format::Address, vec![(0x1ffff, 'w'), (2, 'r')]),
        (
            "==7== Lackey\nI  0023c790,2\n S be80199c,4\n M 0025747c,1\n L 00001ffe,4\n==7== end\n",
            Format::Lackey,
            vec![(0x23c, 'x'), (0xbe801, 'w'), (0x257, 'w'), (1, 'r'), (2, 'r')],
        ),
        (
            "ls  2214  9507.755143: page-faults:     559f48d905c0\n\
             my prog 31 [002] 544966.882384:  1 cpu/mem-stores/P: 7ffdf1391b0c 10268100142 |OP STORE|LVL L1 hit\n\
             ls 9 [000] 9533.03: exceptions:page_fault_user: address=0x7fdeb8d97e06 ip=0x7fde error_code=0x14\n\
             \n\tffffffff8175336a elf_load\n",
            Format::Perf,
            vec![(0x559f48d90, 'r'), (0x7ffdf1391, 'w'), (0x7fdeb8d97, 'x')],
        ),
        ("time,op,offset,size\n1,Read,4096,8192\n2,W,0x5000,1\n", Format::Csv, vec![(1, 'r'), (2, 'r'), (5, 'w')]),
        ("page, access\n\"12\", w\n", Format::Csv, vec![(12, 'w')]),
        ("# knee page references 1\n# pages: 9\n3 w 12\n4 x 1\n", Format::Recording, vec![(3, 'w'), (4, 'x')]),
    ];
    for (text, format, references) in cases {
        assert_eq!(read(text), (references, format), "{text}");
    }
}

#[test]
fn oracle_general_is_told_by_its_content() {
    let mut bytes = Vec::new();
    for (time, object, next) in [(5u32, 77u64, 2i64), (5, 1 << 40, -1), (6, 77, -1)] {
        bytes.extend_from_slice(&time.to_le_bytes());
        bytes.extend_from_slice(&object.to_le_bytes());
        bytes.extend_from_slice(&512u32.to_le_bytes());
        bytes.extend_from_slice(&next.to_le_bytes());
    }
    let (references, format, _) = read_with(&bytes, "test", &Options::default()).expect("well-formed");
    assert_eq!(format, Format::OracleGeneral);
    assert_eq!(references.iter().map(|r| r.page).collect::<Vec<_>>(), [77, 1 << 40, 77]);
    let error = read_with(&bytes[..50], "test", &Options::default()).expect_err("cut").to_string();
    assert_eq!(error, "test: record 3: 2 bytes of a record of 24: the file is truncated; 2 references were read");
}

#[test]
fn malformed_lines_say_file_line_content_and_what_was_expected() {
    let cases = [
        (Format::Plain, "1\n2\nx\n", "test:3: found `x`, expected a page number"),
        (Format::Plain, "18446744073709551616\n", "test:1: found `18446744073709551616`, expected a page number"),
        (Format::Lirs, "1 2 3\n", "test:1: found `1 2 3`, expected a page number"),
        (Format::Arc, "5 0 0 0\n", "test:1: found `5 0 0 0`, expected `START COUNT IGNORED SEQUENCE`"),
        (Format::Arc, "18446744073709551615 2 0 0\n", "test:1: found"),
        (Format::Arc, "1 2 3\n", "test:1: found `1 2 3`"),
        (Format::Arc, "1 2 3 4 5\n", "test:1: found `1 2 3 4 5`"),
        (Format::Address, "l 0xzz 1\n", "test:1: found `l 0xzz 1`, expected `l|s ADDRESS INSTRUCTIONS`"),
        (Format::Address, "load 0x10 1\n", "test:1: found `load 0x10 1`"),
        (Format::Lackey, "I  10,1\nhello\n", "test:2: found `hello`, expected `I  ADDRESS,SIZE`"),
        (Format::Lackey, " L 10,9999999999\n", "test:1: found ` L 10,9999999999`"),
        (Format::Lackey, " S fffffffffffffffff,1\n", "test:1: found"),
        (Format::Perf, "ls 1 2.5: page-faults: ffffffff8175336a elf_load+0x28a ([k])\n", "test:1: found `ls 1 2.5"),
        (
            Format::Csv,
            "page,op\n1,r\nx,r\n",
            "test:3: found `x,r`, expected a page, decimal or 0x…, in column 1, read or",
        ),
        (Format::Csv, "a,b\n1,2\n", "test:1: none of the columns a, b is a page or an address"),
        (Format::Recording, "1 r 1\n", "test:1: found `1 r 1`, expected `# knee page references 1`"),
    ];
    for (format, text, message) in cases {
        let options = Options { format: Some(format), ..Options::default() };
        let error = read_with(text.as_bytes(), "test", &options).expect_err(text);
        assert_eq!(error.exit_code(), 65, "{error}");
        assert!(error.to_string().starts_with(message), "{error}");
    }
}

#[test]
fn bad_lines_can_be_counted_and_passed_over() {
    let options = Options { skip_bad: true, ..Options::default() };
    let (references, _, skipped) = read_with(b"1\n2\nthree\n4\n", "test", &options).expect("tolerant");
    assert_eq!((references.len(), skipped), (3, 1));
    let (references, _, skipped) = read_with(b"page,n\n1,1\nx,1\n\n4\n", "test", &options).expect("tolerant");
    assert_eq!((references.len(), skipped), (2, 1));
}

#[test]
fn what_is_no_trace_is_refused() {
    for (text, message) in [
        (&b""[..], "test: it is empty"),
        (
            b"Dear reader,\nthis is a letter.\n",
            "test: cannot tell the format of this trace; it begins with `Dear reader,`",
        ),
        (b"\0\xff\0\xff", "test: cannot tell the format"),
    ] {
        let error = read_with(text, "test", &Options::default()).expect_err("refused").to_string();
        assert!(error.starts_with(message), "{error}");
        assert!(error.contains("--trace-format: plain, lirs"), "{error}");
    }
    let event = b"ls  2214  9507.755143: page-faults:     do_page_fault+0x12\n";
    let error = read_with(event, "test", &Options::default()).expect_err("refused").to_string();
    assert!(error.contains("cannot tell") && error.contains("perf script -F comm,pid,time,event,addr"), "{error}");
    let options = Options { format: Some(Format::Plain), ..Options::default() };
    let long = vec![b'1'; 1 << 20];
    let error = read_with(&long, "test", &options).expect_err("refused").to_string();
    assert!(error.starts_with("test:1: found `1111"), "{error}");
    let options = Options { page_size: 1000, ..Options::default() };
    assert!(matches!(read_with(b"1\n", "test", &options), Err(Error::Usage(_))));
    assert_eq!(
        Trace::open(Path::new("no such file"), &Options::default()).map(|_| ()).expect_err("none").exit_code(),
        66
    );
}

#[test]
fn a_huge_request_streams() {
    let mut trace =
        Trace::from_reader(Box::new(&b"0 18446744073709551615 0 0\n"[..]), "test", &Options::default()).expect("ARC");
    let mut batch = Vec::new();
    for round in 0..100 {
        trace.fill(&mut batch).expect("read");
        assert_eq!((batch.len(), batch[0].page), (BATCH, round * BATCH as u64));
    }
}

/// Half a million references with every compression, whole, cut and damaged.
#[test]
fn compressed_files_are_read_and_truncated_ones_are_errors() {
    let text: String = (0..500_000u64).map(|i| format!("{}\n", crate::analysis::shards::mix(i) >> 44)).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).expect("in memory");
    let gzip = gzip.finish().expect("in memory");
    let zstd = zstd::encode_all(text.as_bytes(), 3).expect("in memory");
    for whole in [gzip, zstd] {
        let (references, format, _) = read_with(&whole, "test", &Options::default()).expect("whole");
        assert_eq!((references.len(), format), (500_000, Format::Plain));
        // Two files one after the other are one.
        let twice = [&whole[..], &whole[..]].concat();
        assert_eq!(read_with(&twice, "test", &Options::default()).expect("twice").0.len(), 1_000_000);
        for keep in [whole.len() / 2, whole.len() - 1] {
            let error = read_with(&whole[..keep], "test", &Options::default()).expect_err("cut");
            let message = error.to_string();
            assert_eq!(error.exit_code(), 65, "{message}");
            assert!(message.contains("truncated") && message.contains(" references were read"), "{message}");
            assert!(!message.contains(" 0 references"), "{message}");
        }
        let mut damaged = whole.clone();
        let middle = damaged.len() / 2;
        damaged[middle] ^= 0xff;
        damaged[middle + 1] ^= 0xff;
        assert_eq!(read_with(&damaged, "test", &Options::default()).expect_err("damaged").exit_code(), 65);
    }
}

#[test]
fn xz_is_read_and_a_truncated_file_is_an_error() {
    // printf '17\n4\n17\n' | xz --check=crc32
    let whole: &[u8] = &[
        0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x01, 0x69, 0x22, 0xde, 0x36, 0x02, 0x00, 0x21, 0x01, 0x1c, 0x00,
        0x00, 0x00, 0x10, 0xcf, 0x58, 0xcc, 0x01, 0x00, 0x07, 0x31, 0x37, 0x0a, 0x34, 0x0a, 0x31, 0x37, 0x0a, 0x00,
        0x9f, 0x0c, 0x7d, 0x8e, 0x00, 0x01, 0x1c, 0x08, 0x44, 0x60, 0x2a, 0xc8, 0x90, 0x42, 0x99, 0x0d, 0x01, 0x00,
        0x00, 0x00, 0x00, 0x01, 0x59, 0x5a,
    ];
    let (references, _, _) = read_with(whole, "test", &Options::default()).expect("whole");
    assert_eq!(references.iter().map(|r| r.page).collect::<Vec<_>>(), [17, 4, 17]);
    for keep in 6..whole.len() {
        let error = read_with(&whole[..keep], "test", &Options::default()).expect_err(&keep.to_string());
        assert_eq!(error.exit_code(), 65, "{keep}: {error}");
        assert!(error.to_string().contains("truncated"), "{error}");
    }
}

#[test]
fn what_is_converted_is_read_again() {
    let mut stream = Streams::new(11).named("trace");
    let original: Vec<Reference> = (0..10_000)
        .map(|i| {
            let page = if i % 4 == 0 { stream.below(1 << 40) } else { i };
            Reference { page, access: [Access::Read, Access::Write, Access::Execute][stream.below(3) as usize] }
        })
        .collect();
    struct Source(Vec<Reference>);
    impl References for Source {
        fn fill(&mut self, batch: &mut Vec<Reference>) -> Result<()> {
            batch.clear();
            batch.extend(self.0.drain(..self.0.len().min(BATCH)));
            Ok(())
        }
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (format, ending) in Format::ALL.into_iter().zip(["", ".gz", ".zst"].into_iter().cycle()) {
        let path = folder.path().join(format!("{}{ending}", format.name()));
        let written = convert::convert(&mut Source(original.clone()), format, 4096, &path);
        if format == Format::Perf {
            assert!(matches!(written, Err(Error::Usage(_))));
            continue;
        }
        assert_eq!(written.expect("written"), 10_000);
        let mut trace = Trace::open(&path, &Options::default()).expect("opened");
        let told = if format == Format::Lirs { Format::Plain } else { format };
        assert_eq!(trace.format(), told, "{path:?}");
        let (mut again, mut batch) = (Vec::new(), Vec::new());
        loop {
            trace.fill(&mut batch).expect("read");
            if batch.is_empty() {
                break;
            }
            again.extend_from_slice(&batch);
        }
        let without_access = matches!(format, Format::Lirs | Format::Arc | Format::OracleGeneral);
        let mut interner = Interner::new();
        let expected: Vec<Reference> = original
            .iter()
            .map(|reference| Reference {
                page: match format {
                    Format::Recording => u64::from(interner.number(reference.page).expect("few pages")),
                    _ => reference.page,
                },
                access: if without_access { Access::Read } else { reference.access },
            })
            .collect();
        assert_eq!(again, expected, "{}", format.name());
        assert_eq!(load(&path, &Options::default()).expect("loaded").len(), 10_000);
    }
    let too_far = Source(vec![Reference { page: u64::MAX, access: Access::Read }]);
    let error = convert::convert(&mut { too_far }, Format::Address, 4096, &folder.path().join("x")).expect_err("far");
    assert!(error.to_string().contains("has no address of 64 bits"), "{error}");
}
