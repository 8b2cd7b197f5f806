//! For programs.

use super::{Exporter, RunResult, unit};
use crate::cli::catalogue::Catalogue;
use knee::experiment::files;
use knee::report::Results;
use serde_json::{Map, Value, json};
use std::fs;
use std::io::{Result, Write};
use std::path::Path;

/// One JSON document.
pub struct Json;

impl Exporter for Json {
    fn run(&self, result: &RunResult, out: &mut dyn Write) -> Result<()> {
        let report = result.report;
        let units: Map<String, Value> = report.values.keys().map(|name| (name.clone(), unit(name).into())).collect();
        let document = json!({
            "name": result.name,
            "seed": result.seed,
            "warmup_s": report.warmup,
            "measured_s": report.measured,
            "stationary": report.stationary,
            "values": report.values,
            "units": units,
        });
        print(&document, out)
    }

    fn sweep(&self, _: &Results, dir: &Path, out: &mut dyn Write) -> Result<()> {
        let manifest: Value = serde_json::from_slice(&fs::read(dir.join(files::MANIFEST))?)?;
        let axes = manifest["axes"].as_array().map_or(0, Vec::len);
        let mut summary = csv::Reader::from_path(dir.join(files::SUMMARY))?;
        let header = summary.headers()?.clone();
        let mut cells = Vec::new();
        for record in summary.records() {
            let record = record?;
            // The value on an axis may be a word; in the other columns everything is a number, a truth value or nothing.
            let fields = header.iter().zip(&record).enumerate().map(|(column, (name, field))| {
                let value = match serde_json::from_str(field) {
                    Ok(value) => value,
                    Err(_) if column < axes => Value::from(field),
                    Err(_) => Value::Null,
                };
                (name.to_owned(), value)
            });
            cells.push(Value::Object(fields.collect()));
        }
        print(&json!({ "manifest": manifest, "cells": cells }), out)
    }

    fn catalogues(&self, catalogues: &[Catalogue], out: &mut dyn Write) -> Result<()> {
        let lists = catalogues.iter().map(|catalogue| {
            let entries = catalogue
                .entries
                .iter()
                .map(|entry| json!({ "name": entry.name, "summary": entry.summary, "reference": entry.reference }));
            (catalogue.topic.to_owned(), Value::Array(entries.collect()))
        });
        print(&Value::Object(lists.collect()), out)
    }
}

fn print(document: &Value, out: &mut dyn Write) -> Result<()> {
    serde_json::to_writer_pretty(&mut *out, document)?;
    writeln!(out)
}
