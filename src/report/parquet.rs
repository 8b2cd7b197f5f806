//! The tables of a sweep as Parquet files, for DuckDB, polars, pandas and the like.
//!
//! They are made from the CSV files, row for row. What has a known meaning has a fixed type in all files, so that those
//! of several sweeps can be read together; the type of an axis follows from its values.

use crate::error::{Diagnostic, Error, Result};
use crate::experiment::{AtomicFile, files};
use crate::metrics::METRICS;
use csv::StringRecord;
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows that are held in memory to be written together, one column after the other.
const GROUP: usize = 4096;

/// What a column holds; each of its fields may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Truth,
    Whole,
    /// Seeds have 64 bits and no sign.
    Unsigned,
    Real,
    Text,
}

/// Writes `runs.parquet` and `summary.parquet` beside the CSV files of a finished sweep; each appears whole or not at all.
///
/// # Errors
/// [`Error::Read`] and [`Error::Data`] if a CSV file is not there or damaged, [`Error::Write`] if a file cannot be written.
pub fn parquet(dir: &Path) -> Result<Vec<PathBuf>> {
    [files::RUNS, files::SUMMARY].iter().map(|name| convert(&dir.join(name))).collect()
}

fn convert(from: &Path) -> Result<PathBuf> {
    let (header, kinds) = kinds(from)?;
    let to = from.with_extension("parquet");
    let failed = |error: ParquetError| Error::Write { path: to.clone(), source: std::io::Error::other(error) };
    // Neither time nor place: the same results give the same bytes.
    let properties = WriterProperties::builder().set_created_by(format!("knee {}", env!("CARGO_PKG_VERSION"))).build();
    let schema = schema(&header, &kinds).map_err(failed)?;
    let file = AtomicFile::create(&to)?;
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties)).map_err(failed)?;
    let mut rows = Vec::with_capacity(GROUP);
    let mut reader = open(from)?;
    loop {
        rows.clear();
        for record in reader.records().take(GROUP) {
            rows.push(record.map_err(|error| damaged(from, &error))?);
        }
        if rows.is_empty() {
            break;
        }
        let mut group = writer.next_row_group().map_err(failed)?;
        let mut number = 0;
        while let Some(mut column) = group.next_column().map_err(failed)? {
            write(&mut column, &rows, number, kinds[number]).map_err(failed)?;
            column.close().map_err(failed)?;
            number += 1;
        }
        group.close().map_err(failed)?;
    }
    writer.into_inner().map_err(failed)?.commit()
}

fn open(path: &Path) -> Result<csv::Reader<File>> {
    csv::Reader::from_path(path).map_err(|error| damaged(path, &error))
}

fn damaged(path: &Path, error: &csv::Error) -> Error {
    if let csv::ErrorKind::Io(source) = error.kind() {
        return Error::Read { path: path.to_path_buf(), source: source.kind().into() };
    }
    let line = error.position().map(|position| format!(":{}", position.line())).unwrap_or_default();
    let problem = format!("it is not a CSV row: {error}");
    Error::Data(Diagnostic { origin: format!("{}{line}", path.display()), key: String::new(), problem, help: None })
}

/// The header, and what each column holds.
fn kinds(path: &Path) -> Result<(StringRecord, Vec<Kind>)> {
    let mut reader = open(path)?;
    let header = reader.headers().map_err(|error| damaged(path, &error))?.clone();
    let mut kinds: Vec<(Kind, bool)> =
        header.iter().map(|name| known(name).map_or((Kind::Whole, false), |kind| (kind, true))).collect();
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| damaged(path, &error))? {
        for ((kind, known), field) in kinds.iter_mut().zip(&record) {
            while !*known && !field.is_empty() && !fits(field, *kind) {
                *kind = match kind {
                    Kind::Whole => Kind::Real,
                    _ => Kind::Text,
                };
            }
        }
    }
    Ok((header, kinds.into_iter().map(|(kind, _)| kind).collect()))
}

/// What a column holds by its name, unless it is an axis.
fn known(name: &str) -> Option<Kind> {
    match name {
        "cell" | "status" => Some(Kind::Text),
        "replication" | "runs" => Some(Kind::Whole),
        "seed" => Some(Kind::Unsigned),
        "stationary" | "converged" => Some(Kind::Truth),
        "warmup_s" | "measured_s" => Some(Kind::Real),
        _ => {
            let metric = name.strip_suffix("_half").unwrap_or(name);
            // A class's metric has the class before it. An axis has a section, and no section is called like a metric.
            let metric = metric.rsplit_once('.').map_or(metric, |(_, metric)| metric);
            METRICS.iter().any(|known| known.name == metric).then_some(Kind::Real)
        }
    }
}

fn fits(field: &str, kind: Kind) -> bool {
    match kind {
        Kind::Truth => field.parse::<bool>().is_ok(),
        Kind::Whole => field.parse::<i64>().is_ok(),
        Kind::Unsigned => field.parse::<u64>().is_ok(),
        Kind::Real => field.parse::<f64>().is_ok_and(f64::is_finite),
        Kind::Text => true,
    }
}

fn schema(header: &StringRecord, kinds: &[Kind]) -> std::result::Result<Arc<Type>, ParquetError> {
    let field = |(name, kind): (&str, &Kind)| {
        let (physical, logical) = match kind {
            Kind::Truth => (Physical::BOOLEAN, None),
            Kind::Whole => (Physical::INT64, None),
            Kind::Unsigned => (Physical::INT64, Some(LogicalType::integer(64, false))),
            Kind::Real => (Physical::DOUBLE, None),
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        let column = Type::primitive_type_builder(name, physical).with_logical_type(logical);
        column.with_repetition(Repetition::OPTIONAL).build().map(Arc::new)
    };
    let fields = header.iter().zip(kinds).map(field).collect::<std::result::Result<Vec<_>, _>>()?;
    Type::group_type_builder("schema").with_fields(fields).build().map(Arc::new)
}

fn write(
    column: &mut SerializedColumnWriter<'_>,
    rows: &[StringRecord],
    number: usize,
    kind: Kind,
) -> std::result::Result<(), ParquetError> {
    let fields = || rows.iter().map(|row| row.get(number).unwrap_or_default());
    let wrong = |field: &str| ParquetError::General(format!("{field:?} does not fit its column"));
    // A field that is empty has no value, and says so by its level.
    let levels: Vec<i16> = fields().map(|field| i16::from(!field.is_empty())).collect();
    let given = || fields().filter(|field| !field.is_empty());
    match column.untyped() {
        ColumnWriter::BoolColumnWriter(writer) => {
            let values: Vec<bool> =
                given().map(|field| field.parse().map_err(|_| wrong(field))).collect::<std::result::Result<_, _>>()?;
            writer.write_batch(&values, Some(&levels), None)?;
        }
        ColumnWriter::Int64ColumnWriter(writer) => {
            let value = |field: &str| match kind {
                Kind::Unsigned => field.parse::<u64>().map(u64::cast_signed),
                _ => field.parse::<i64>(),
            };
            let values: Vec<i64> =
                given().map(|field| value(field).map_err(|_| wrong(field))).collect::<std::result::Result<_, _>>()?;
            writer.write_batch(&values, Some(&levels), None)?;
        }
        ColumnWriter::DoubleColumnWriter(writer) => {
            let values: Vec<f64> =
                given().map(|field| field.parse().map_err(|_| wrong(field))).collect::<std::result::Result<_, _>>()?;
            writer.write_batch(&values, Some(&levels), None)?;
        }
        ColumnWriter::ByteArrayColumnWriter(writer) => {
            let values: Vec<ByteArray> = given().map(ByteArray::from).collect();
            writer.write_batch(&values, Some(&levels), None)?;
        }
        _ => return Err(ParquetError::General("a column of a type that the schema has not".into())),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    const RUNS: &str = "\
cell,worker.count,replacement.policy,x.scale,replication,seed,status,stationary,throughput,worker.throughput
00ff,1,lru,0.5,0,18446744073709551615,ok,true,3,1.5
00fe,2,clock,1,1,7,\"stuck, \"\"full\"\"\",,,
";

    #[test]
    fn every_field_has_its_type_and_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(files::RUNS), RUNS).unwrap();
        std::fs::write(dir.path().join(files::SUMMARY), "worker.count,runs,converged,throughput_half\n1,3,true,\n")
            .unwrap();
        let written = parquet(dir.path()).unwrap();
        assert_eq!(written, [dir.path().join("runs.parquet"), dir.path().join("summary.parquet")]);
        let reader = SerializedFileReader::new(File::open(&written[0]).unwrap()).unwrap();
        let rows: Vec<Vec<Field>> = reader
            .get_row_iter(None)
            .unwrap()
            .map(|row| row.unwrap().get_column_iter().map(|(_, field)| field.clone()).collect())
            .collect();
        let text = |text: &str| Field::Str(text.to_owned());
        let first = [text("00ff"), Field::Long(1), text("lru"), Field::Double(0.5), Field::Long(0)];
        assert_eq!(rows[0][..5], first);
        assert_eq!(
            rows[0][5..],
            [Field::ULong(u64::MAX), text("ok"), Field::Bool(true), Field::Double(3.0), Field::Double(1.5)]
        );
        assert_eq!(rows[1][6..], [text("stuck, \"full\""), Field::Null, Field::Null, Field::Null]);
        let again = tempfile::tempdir().unwrap();
        for name in [files::RUNS, files::SUMMARY] {
            std::fs::copy(dir.path().join(name), again.path().join(name)).unwrap();
        }
        let copies = parquet(again.path()).unwrap();
        assert_eq!(std::fs::read(&written[0]).unwrap(), std::fs::read(&copies[0]).unwrap());
    }

    #[test]
    fn what_is_no_table_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(parquet(dir.path()), Err(Error::Read { .. })));
        std::fs::write(dir.path().join(files::RUNS), "throughput\n1\n2,3\n").unwrap();
        assert!(matches!(parquet(dir.path()), Err(Error::Data(_))));
    }
}
