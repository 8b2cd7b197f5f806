//! Which runs there are to do, and which of them are done.

use super::journal::{Journal, RowReader};
use super::row::{Columns, Row, damaged};
use super::{Address, Precision, Shard, Standing, run_seed};
use crate::error::Result;
use crate::metrics::METRICS;
use crate::scenario::Plan;
use std::collections::{BTreeMap, VecDeque};

/// The cells of a sweep, or of its shard, by address. Cells that are the same (two values of an axis may mean the same) are
/// run once. It takes sixteen bytes for a cell.
#[derive(Debug)]
pub(super) struct Cells {
    addresses: Vec<Address>,
    /// The numbers of the cells, in order of address and then number.
    order: Vec<u32>,
    /// The cells to run, in order: of those that are the same the first, if it belongs to the shard.
    own: Vec<u32>,
    /// Of each replication there may be.
    seeds: Vec<u64>,
    /// Replications of each cell at least.
    least: u32,
    /// When there are enough of them, if that depends on what they measure.
    pub precision: Option<Precision>,
}

impl Cells {
    pub fn of(plan: &Plan, shard: Option<Shard>) -> Cells {
        let control = &plan.control;
        let addresses = plan.cells.addresses().to_vec();
        Cells::new(addresses, control.seed, control.replications, Precision::of(control), shard)
    }

    pub fn new(
        addresses: Vec<Address>,
        seed: u64,
        least: u32,
        precision: Option<Precision>,
        shard: Option<Shard>,
    ) -> Cells {
        let mut order: Vec<u32> = (0..addresses.len() as u32).collect();
        order.sort_unstable_by_key(|cell| (addresses[*cell as usize], *cell));
        let most = precision.map_or(least, |precision| precision.most);
        let seeds = (0..most).map(|replication| run_seed(seed, replication)).collect();
        let mut cells = Cells { addresses, order, own: Vec::new(), seeds, least, precision };
        let distinct = (0..cells.addresses.len()).filter(|cell| cells.first(*cell) == *cell);
        let own = distinct.enumerate().filter(|(number, _)| shard.is_none_or(|shard| shard.has(*number)));
        cells.own = own.map(|(_, cell)| cell as u32).collect();
        cells
    }

    /// Number of runs that there are at least, each counted once.
    pub fn runs(&self) -> u64 {
        self.own.len() as u64 * u64::from(self.least)
    }

    /// Number of runs that there are as far as is known, given the throughput of those that are done.
    pub fn needed(&self, done: &BTreeMap<(usize, u32), Option<f64>>) -> u64 {
        let Some(precision) = &self.precision else { return self.runs() };
        let of_cell = |cell: &u32| {
            let values = (0..).map_while(|replication| done.get(&(*cell as usize, replication)).copied());
            u64::from(precision.standing(&values.collect::<Vec<_>>()).needed)
        };
        self.own.iter().map(of_cell).sum()
    }

    /// The first cell with an address.
    fn at(&self, address: Address) -> Option<usize> {
        let place = self.order.partition_point(|cell| self.addresses[*cell as usize] < address);
        let cell = *self.order.get(place)? as usize;
        (self.addresses[cell] == address).then_some(cell)
    }

    /// The first of the cells that are the same as this one.
    fn first(&self, cell: usize) -> usize {
        self.at(self.addresses[cell]).unwrap_or(cell)
    }

    /// Each cell that is the same as an earlier one, and the first such.
    pub fn twins(&self) -> BTreeMap<usize, usize> {
        let pairs = (0..self.addresses.len()).map(|cell| (cell, self.first(cell)));
        pairs.filter(|(cell, first)| cell != first).collect()
    }

    /// The (first) cell whose run a row reports, if it is a run of this sweep or shard.
    pub fn find(&self, row: &Row) -> Option<usize> {
        let same_seed = self.seeds.get(row.replication as usize) == Some(&row.seed);
        let cell = if same_seed { self.at(row.cell)? } else { return None };
        self.own.binary_search(&(cell as u32)).is_ok().then_some(cell)
    }

    /// Place of a run among all; the same for cells that are the same.
    fn slot(&self, cell: usize, replication: u32) -> usize {
        self.first(cell) * self.seeds.len() + replication as usize
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
    /// Place among the runs to do up to which they have been handed out.
    handed_out: u64,
    /// Runs that could not be finished count as not done.
    retry_failed: bool,
    /// With a precision: of each cell that has runs, its throughput by replication, `Some(None)` if a run could not be finished.
    throughput: BTreeMap<usize, Vec<Option<Option<f64>>>>,
    /// Of each such cell, how many replications are asked for so far.
    asked: BTreeMap<usize, u32>,
    /// Runs beyond the least that are asked for, and runs that were handed out and are not recorded.
    further: VecDeque<(usize, u32)>,
    in_flight: u64,
}

impl Ledger {
    /// A ledger for a journal of which no row has been looked at.
    pub fn new(columns: Columns, cells: Cells, journal: Journal, retry_failed: bool) -> Ledger {
        let positions = vec![0; cells.addresses.len() * cells.seeds.len()];
        let seen = vec![false; columns.metrics.len()];
        Ledger {
            columns,
            cells,
            journal,
            positions,
            seen,
            done: 0,
            handed_out: 0,
            retry_failed,
            throughput: BTreeMap::new(),
            asked: BTreeMap::new(),
            further: VecDeque::new(),
            in_flight: 0,
        }
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

    /// Hands out the next run that is not done: of every cell the least replications, in order, then what cells need beyond that.
    /// What was recorded since the ledger was made has been handed out before.
    pub fn next_missing(&mut self) -> Option<(usize, u32)> {
        let replications = u64::from(self.cells.least);
        while self.handed_out < self.cells.runs() {
            let cell = self.cells.own[(self.handed_out / replications) as usize] as usize;
            let replication = (self.handed_out % replications) as u32;
            self.handed_out += 1;
            if self.position(cell, replication).is_none() {
                self.in_flight += 1;
                return Some((cell, replication));
            }
        }
        while let Some((cell, replication)) = self.further.pop_front() {
            if self.position(cell, replication).is_none() {
                self.in_flight += 1;
                return Some((cell, replication));
            }
        }
        None
    }

    /// Whether runs that are being made may ask for more.
    pub fn may_grow(&self) -> bool {
        self.cells.precision.is_some() && self.in_flight > 0
    }

    /// How many replications a cell has, or needs as far as is known, and whether its precision, if there is one, is reached.
    pub fn standing(&self, cell: usize) -> Standing {
        let Some(precision) = &self.cells.precision else {
            return Standing { needed: self.cells.least, reached: true };
        };
        let values = self.throughput.get(&self.cells.first(cell)).map_or(&[][..], Vec::as_slice);
        let done: Vec<Option<f64>> = values.iter().map_while(|value| *value).collect();
        precision.standing(&done)
    }

    /// Notes a run's throughput, and asks for the runs that its cell needs after it.
    fn weigh(&mut self, cell: usize, row: &Row) {
        if self.cells.precision.is_none() {
            return;
        }
        let values = self.throughput.entry(cell).or_default();
        let at = row.replication as usize;
        if values.len() <= at {
            values.resize(at + 1, None);
        }
        // Throughput is the first metric.
        values[at] = Some(row.outcome.as_ref().ok().and_then(|measured| *measured.values.first()?));
        let needed = self.standing(cell).needed;
        let asked = self.asked.entry(cell).or_insert(self.cells.least);
        while *asked < needed {
            self.further.push_back((cell, *asked));
            *asked += 1;
        }
    }

    /// Where the row of a run stands in the journal, if it is done.
    pub fn position(&self, cell: usize, replication: u32) -> Option<u64> {
        Some(self.positions[self.cells.slot(cell, replication)]).filter(|position| *position > 0)
    }

    /// The runs that there are, as far as is known, in order: the first of the cells that are the same, replication, and whether it is done.
    pub fn runs(&self) -> impl Iterator<Item = (usize, u32, bool)> {
        let runs = self.cells.own.iter().flat_map(move |cell| {
            let cell = *cell as usize;
            (0..self.standing(cell).needed).map(move |replication| (cell, replication))
        });
        runs.map(|(cell, replication)| (cell, replication, self.position(cell, replication).is_some()))
    }

    /// Number of runs that are known to be missing.
    pub fn missing(&self) -> u64 {
        self.runs().filter(|(.., done)| !done).count() as u64
    }

    /// Takes note of a row that stands in the journal, if it is of this sweep. Of two rows of one run the later counts.
    pub fn note(&mut self, position: u64, row: &Row) {
        let Some(cell) = self.cells.find(row) else { return };
        if self.retry_failed && row.outcome.is_err() {
            return;
        }
        let slot = self.cells.slot(cell, row.replication);
        if self.positions[slot] == 0 {
            self.done += 1;
        }
        self.positions[slot] = position;
        self.weigh(cell, row);
        if let Ok(measured) = &row.outcome {
            for (seen, value) in self.seen.iter_mut().zip(&measured.values) {
                *seen |= value.is_some();
            }
        }
    }

    /// All rows that were there have been noted.
    pub fn opened(&mut self) {
        self.retry_failed = false;
    }

    /// Appends a finished run to the journal; `line` is the row as [`super::journal::line`] has it.
    pub fn record(&mut self, row: &Row, line: &[u8]) -> Result<()> {
        let position = self.journal.append(line)?;
        self.in_flight = self.in_flight.saturating_sub(1);
        self.note(position, row);
        Ok(())
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
        let slot = self.cells.slot(cell, replication);
        let row = reader.at(self.positions[slot])?;
        // Somebody else may have written to the file.
        let found = self.cells.find(&row).map(|cell| self.cells.slot(cell, row.replication));
        if found == Some(slot) { Ok(row) } else { Err(damaged(self.journal.path(), None)) }
    }
}
