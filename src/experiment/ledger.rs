//! Which runs there are to do, and which of them are done.

use super::journal::{Journal, RowReader};
use super::row::{Columns, Row, damaged};
use super::{Address, run_seed};
use crate::error::Result;
use crate::metrics::METRICS;
use crate::scenario::Plan;
use std::collections::HashMap;

/// The cells of a plan by address. Cells that are the same (two values of an axis may mean the same) are run once.
#[derive(Debug)]
pub(super) struct Cells {
    addresses: Vec<Address>,
    /// The first cell with an address.
    first: HashMap<Address, usize>,
    /// Of each replication.
    seeds: Vec<u64>,
}

impl Cells {
    pub fn of(plan: &Plan) -> Cells {
        let addresses: Vec<Address> = plan.cells.iter().map(|cell| Address::of(&cell.effective)).collect();
        let mut first = HashMap::with_capacity(addresses.len());
        for (cell, address) in addresses.iter().enumerate() {
            first.entry(*address).or_insert(cell);
        }
        let seeds = (0..plan.control.replications).map(|replication| run_seed(plan.control.seed, replication));
        Cells { addresses, first, seeds: seeds.collect() }
    }

    /// Number of runs, each counted once.
    pub fn runs(&self) -> u64 {
        (self.first.len() * self.seeds.len()) as u64
    }

    /// The (first) cell whose run a row reports, if it is a run of this sweep.
    pub fn find(&self, row: &Row) -> Option<usize> {
        let same_seed = self.seeds.get(row.replication as usize) == Some(&row.seed);
        if same_seed { self.first.get(&row.cell).copied() } else { None }
    }

    /// Place of a run among all; the same for cells that are the same.
    fn slot(&self, cell: usize, replication: u32) -> usize {
        self.first[&self.addresses[cell]] * self.seeds.len() + replication as usize
    }
}

/// The runs that are done: where each stands in the journal, and nothing else of it.
#[derive(Debug)]
pub(super) struct Ledger {
    pub columns: Columns,
    pub cells: Cells,
    journal: Journal,
    /// Position of each slot's row in the journal; 0, where the header is, stands for none.
    positions: Vec<u64>,
    /// Which metrics some run has a value for.
    seen: Vec<bool>,
    done: u64,
}

impl Ledger {
    /// A ledger for a journal of which no row has been looked at.
    pub fn new(columns: Columns, cells: Cells, journal: Journal) -> Ledger {
        let positions = vec![0; cells.addresses.len() * cells.seeds.len()];
        let seen = vec![false; columns.metrics.len()];
        Ledger { columns, cells, journal, positions, seen, done: 0 }
    }

    /// Number of runs that are done.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// Whether a metric has a column in the results: the machine's always, those of the classes and of
    /// particular devices if some run has a value.
    pub fn keeps(&self, metric: usize) -> bool {
        METRICS.get(metric).is_some_and(|metric| metric.always) || self.seen[metric]
    }

    /// The runs that are not done, in order: cell and replication.
    pub fn missing(&self) -> Vec<(usize, u32)> {
        let replications = self.cells.seeds.len() as u32;
        let first =
            (0..self.cells.addresses.len()).filter(|cell| self.cells.first[&self.cells.addresses[*cell]] == *cell);
        let runs = first.flat_map(|cell| (0..replications).map(move |replication| (cell, replication)));
        runs.filter(|(cell, replication)| self.positions[self.cells.slot(*cell, *replication)] == 0).collect()
    }

    /// Takes note of a row that stands in the journal, if it is of this sweep.
    pub fn note(&mut self, position: u64, row: &Row) {
        let Some(cell) = self.cells.find(row) else { return };
        let slot = self.cells.slot(cell, row.replication);
        if self.positions[slot] == 0 {
            self.done += 1;
        }
        self.positions[slot] = position;
        if let Ok(measured) = &row.outcome {
            for (seen, value) in self.seen.iter_mut().zip(&measured.values) {
                *seen |= value.is_some();
            }
        }
    }

    /// Appends a finished run to the journal; `fields` are those of the row.
    pub fn record(&mut self, row: &Row, fields: &[String]) -> Result<()> {
        let position = self.journal.append(fields)?;
        self.note(position, row);
        Ok(())
    }

    /// For reading the journal back.
    pub fn reader(&self) -> Result<RowReader> {
        let reader = RowReader::open(self.journal.path(), &self.columns)?;
        reader.ok_or_else(|| damaged(self.journal.path(), Some(1)))
    }

    /// The row of a finished run.
    pub fn row(&self, reader: &mut RowReader, cell: usize, replication: u32) -> Result<Row> {
        let slot = self.cells.slot(cell, replication);
        let row = reader.at(self.positions[slot])?;
        // Somebody else may have written to the file.
        let found = self.cells.find(&row).map(|cell| self.cells.slot(cell, row.replication));
        if found == Some(slot) { Ok(row) } else { Err(damaged(self.journal.path(), None)) }
    }
}
