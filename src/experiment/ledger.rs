//! What is run next, and the journal that it goes to.

use super::cells::Cells;
use super::journal::{Journal, RowReader};
use super::row::{Columns, Row, damaged};
use super::tally::Tally;
use crate::column::Column;
use crate::error::Result;
use crate::metrics::METRICS;
use std::collections::VecDeque;

/// The runs that are done, of which each stands in the journal and nothing else of it is kept, and those to do.
#[derive(Debug)]
pub(super) struct Ledger {
    pub columns: Columns,
    pub tally: Tally,
    journal: Journal,
    /// Which metrics some run has a value for.
    seen: Vec<bool>,
    /// Cell and replication up to which runs have been handed out.
    next: (usize, u32),
    /// Runs that could not be finished count as not done.
    retry_failed: bool,
    /// With a precision: of each cell before the next, how many replications have been asked for.
    asked: Column,
    /// Runs of these cells beyond that. They are few: they come first.
    further: VecDeque<(usize, u32)>,
    /// Runs that were handed out and are not recorded.
    in_flight: u64,
}

impl Ledger {
    /// A ledger for a journal of which no row has been looked at.
    pub fn new(columns: Columns, cells: Cells, journal: Journal, retry_failed: bool) -> Ledger {
        let seen = vec![false; columns.metrics.len()];
        Ledger {
            columns,
            tally: Tally::new(cells),
            journal,
            seen,
            next: (0, 0),
            retry_failed,
            asked: Column::default(),
            further: VecDeque::new(),
            in_flight: 0,
        }
    }

    /// The cells.
    pub fn cells(&self) -> &Cells {
        &self.tally.cells
    }

    /// Whether a metric has a column in the results: the machine's always, those of the classes and of
    /// particular devices if some run has a value.
    pub fn keeps(&self, metric: usize) -> bool {
        METRICS.get(metric).is_some_and(|metric| metric.always) || self.seen[metric]
    }

    /// Hands out the next run that is not done: what earlier cells need beyond what was known, then the next cell's replications.
    pub fn next_missing(&mut self) -> Result<Option<(usize, u32)>> {
        let run = self.look_for_missing()?;
        self.in_flight += u64::from(run.is_some());
        Ok(run)
    }

    fn look_for_missing(&mut self) -> Result<Option<(usize, u32)>> {
        while let Some((cell, replication)) = self.further.pop_front() {
            if self.tally.position(cell, replication)?.is_none() {
                return Ok(Some((cell, replication)));
            }
        }
        while self.next.0 < self.cells().number() {
            let (cell, replication) = self.next;
            let needed = if self.cells().is_own(cell)? { self.tally.standing(cell)?.needed } else { 0 };
            if replication >= needed {
                if self.cells().precision.is_some() {
                    self.asked.set(cell, u64::from(needed))?;
                }
                self.next = (cell + 1, 0);
                continue;
            }
            self.next.1 += 1;
            if self.tally.position(cell, replication)?.is_none() {
                return Ok(Some((cell, replication)));
            }
        }
        Ok(None)
    }

    /// Whether runs that are being made may ask for more.
    pub fn may_grow(&self) -> bool {
        self.cells().precision.is_some() && self.in_flight > 0
    }

    /// Takes note of a row that stands in the journal, if it is of this sweep.
    pub fn note(&mut self, position: u64, row: &Row) -> Result<()> {
        let Some(cell) = self.cells().find(row)? else { return Ok(()) };
        if self.retry_failed && row.outcome.is_err() {
            return Ok(());
        }
        self.tally.note(cell, position, row)?;
        if cell < self.next.0 && self.cells().precision.is_some() {
            let (asked, needed) = (self.asked.get(cell)? as u32, self.tally.standing(cell)?.needed);
            if asked < needed {
                self.further.extend((asked..needed).map(|replication| (cell, replication)));
                self.asked.set(cell, u64::from(needed))?;
            }
        }
        if let Ok(measured) = &row.outcome {
            for (seen, value) in self.seen.iter_mut().zip(&measured.values) {
                *seen |= value.is_some();
            }
        }
        Ok(())
    }

    /// All rows that were there have been noted.
    pub fn opened(&mut self) {
        self.retry_failed = false;
    }

    /// Appends a finished run to the journal; `line` is the row as [`super::journal::line`] has it.
    pub fn record(&mut self, row: &Row, line: &[u8]) -> Result<()> {
        let position = self.journal.append(line)?;
        self.in_flight = self.in_flight.saturating_sub(1);
        self.note(position, row)
    }

    /// For reading the journal back.
    pub fn reader(&self) -> Result<RowReader> {
        let reader = RowReader::open(self.journal.path(), &self.columns)?;
        reader.ok_or_else(|| damaged(self.journal.path(), Some(1)))
    }

    /// Removes the journal: everything in it is somewhere else.
    pub fn discard(&self) -> Result<()> {
        self.journal.remove()
    }

    /// The row of a finished run.
    pub fn row(&self, reader: &mut RowReader, cell: usize, replication: u32) -> Result<Row> {
        let position = self.tally.position(cell, replication)?.unwrap_or_default();
        let row = reader.at(position)?;
        // Somebody else may have written to the file.
        let found = self.cells().find(&row)?;
        let is_it = row.replication == replication && found == Some(self.cells().first(cell)?);
        if is_it { Ok(row) } else { Err(damaged(self.journal.path(), None)) }
    }
}
