//! A run as read from its folder: what `knee run --out` has written.

use crate::error::{Diagnostic, Error, Result};
use crate::experiment::{RunRecord, run_files};
use std::path::Path;

/// A table of numbers with named columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    pub names: Vec<String>,
    /// One for each row.
    pub rows: Vec<Vec<f64>>,
}

/// A run in a folder.
#[derive(Clone, Debug)]
pub(super) struct RunFolder {
    pub record: RunRecord,
    pub series: Table,
    /// Frames by who has them.
    pub memory: Table,
    /// Of each space (a number), each page and stretch of time.
    pub residency: Option<Vec<(usize, u32, f64, f64)>>,
    /// Class, per cent, seconds.
    pub responses: Vec<(String, f64, f64)>,
}

impl RunFolder {
    pub fn load(dir: &Path) -> Result<RunFolder> {
        let path = dir.join(run_files::RUN);
        let text = std::fs::read_to_string(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let record: RunRecord = serde_json::from_str(&text)
            .map_err(|error| damaged(&path, error.line() as u64, format!("this is not a run of knee: {error}")))?;
        let there = |name: &str| dir.join(name).exists();
        let number = |space: &str| record.spaces.iter().position(|(name, _)| name == space);
        let residency = there(run_files::RESIDENCY).then(|| -> Result<Vec<(usize, u32, f64, f64)>> {
            let path = dir.join(run_files::RESIDENCY);
            let parse = |fields: &[String]| {
                let [space, page, from, to] = fields else { return None };
                Some((number(space)?, page.parse().ok()?, from.parse().ok()?, to.parse().ok()?))
            };
            records(&path)?.iter().map(|(line, fields)| parse(fields).ok_or_else(|| no_row(&path, *line))).collect()
        });
        let responses = there(run_files::RESPONSE).then(|| -> Result<Vec<(String, f64, f64)>> {
            let path = dir.join(run_files::RESPONSE);
            let parse = |fields: &[String]| {
                let [class, percent, seconds] = fields else { return None };
                Some((class.clone(), percent.parse().ok()?, seconds.parse().ok()?))
            };
            records(&path)?.iter().map(|(line, fields)| parse(fields).ok_or_else(|| no_row(&path, *line))).collect()
        });
        Ok(RunFolder {
            series: table(&dir.join(run_files::SERIES))?,
            memory: table(&dir.join(run_files::MEMORY))?,
            residency: residency.transpose()?,
            responses: responses.transpose()?.unwrap_or_default(),
            record,
        })
    }
}

impl Table {
    /// The values of a column against the first one, time.
    pub fn line(&self, name: &str) -> Option<Vec<(f64, f64)>> {
        let column = self.names.iter().position(|known| known == name)?;
        Some(self.rows.iter().map(|row| (row[0], row[column])).filter(|point| point.1.is_finite()).collect())
    }
}

/// The rows of a file with their lines.
fn records(path: &Path) -> Result<Vec<(u64, Vec<String>)>> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.records().map(|record| {
        let record = record.map_err(|error| {
            damaged(path, error.position().map_or(1, csv::Position::line), format!("it is not a CSV row: {error}"))
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        Ok((line, record.iter().map(str::to_owned).collect()))
    });
    rows.collect()
}

fn table(path: &Path) -> Result<Table> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let header = text.lines().next().unwrap_or_default();
    let names = csv::ReaderBuilder::new().has_headers(false).from_reader(header.as_bytes()).records().next();
    let names: Vec<String> =
        names.and_then(|record| record.ok()).map(|r| r.iter().map(str::to_owned).collect()).unwrap_or_default();
    let number = |field: &String| if field.is_empty() { Some(f64::NAN) } else { field.parse::<f64>().ok() };
    let rows = records(path)?.into_iter().map(|(line, fields)| {
        fields.iter().map(number).collect::<Option<Vec<f64>>>().ok_or_else(|| no_row(path, line))
    });
    Ok(Table { names, rows: rows.collect::<Result<_>>()? })
}

fn no_row(path: &Path, line: u64) -> Error {
    damaged(path, line, "found something that is no row of this file; numbers are allowed".into())
}

fn damaged(path: &Path, line: u64, problem: String) -> Error {
    Error::Data(Diagnostic {
        origin: format!("{}:{line}", path.display()),
        key: String::new(),
        problem,
        help: Some("the file was changed or belongs to another version; run it again".to_owned()),
    })
}
