//! Which cells there are, and which of them are to be run here.

use super::row::Row;
use super::{Precision, Shard, run_seed};
use crate::column::Column;
use crate::error::Result;
use crate::scenario::Plan;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Marks, in the column of ranks, a cell that is the same as an earlier one.
const TWIN: u64 = 1 << 63;

/// The cells of a sweep, or of its shard, by address. Cells that are the same (two values of an axis may mean the same) are
/// run once. What is known of each cell is in columns, so that a hundred thousand cells take no more memory than a thousand.
#[derive(Debug)]
pub(super) struct Cells {
    number: usize,
    addresses: Arc<Column>,
    /// Of the first of the cells that are the same: one more than its number among the distinct ones. Of the others: [`TWIN`], and the number
    /// of that first one.
    ranks: Column,
    /// A hash table: one more than the number of the first cell with an address, at the address modulo the size or the next free place after it.
    table: Column,
    table_size: usize,
    distinct: usize,
    shard: Option<Shard>,
    /// Distinct cells of the shard.
    own: u64,
    /// Of each replication there may be.
    seeds: Vec<u64>,
    /// Replications of each cell at least.
    pub least: u32,
    /// When there are enough of them, if that depends on what they measure.
    pub precision: Option<Precision>,
}

impl Cells {
    pub fn of(plan: &Plan, shard: Option<Shard>) -> Result<Cells> {
        let (control, number) = (&plan.control, plan.cells.len());
        Cells::new(number, plan.cells.addresses()?, control.seed, control.replications, Precision::of(control), shard)
    }

    pub fn new(
        number: usize,
        addresses: Arc<Column>,
        seed: u64,
        least: u32,
        precision: Option<Precision>,
        shard: Option<Shard>,
    ) -> Result<Cells> {
        let most = precision.map_or(least, |precision| precision.most);
        let mut cells = Cells {
            number,
            addresses,
            ranks: Column::default(),
            table: Column::default(),
            table_size: (2 * number).next_power_of_two(),
            distinct: 0,
            shard,
            own: 0,
            seeds: (0..most).map(|replication| run_seed(seed, replication)).collect(),
            least,
            precision,
        };
        for cell in 0..number {
            match cells.place(cells.addresses.get(cell)?)? {
                (_, Some(first)) => cells.ranks.set(cell, TWIN | first as u64)?,
                (place, None) => {
                    cells.table.set(place, cell as u64 + 1)?;
                    cells.ranks.set(cell, cells.distinct as u64 + 1)?;
                    cells.own += u64::from(shard.is_none_or(|shard| shard.has(cells.distinct)));
                    cells.distinct += 1;
                }
            }
        }
        Ok(cells)
    }

    /// Number of cells.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Most replications that a cell can have.
    pub fn most(&self) -> usize {
        self.seeds.len()
    }

    /// Number of runs that there are at least, each counted once.
    pub fn runs(&self) -> u64 {
        self.own * u64::from(self.least)
    }

    /// Where an address is in the hash table, or would be, and the first cell with it.
    fn place(&self, address: u64) -> Result<(usize, Option<usize>)> {
        let mut place = address as usize % self.table_size;
        loop {
            match self.table.get(place)? {
                0 => return Ok((place, None)),
                cell if self.addresses.get(cell as usize - 1)? == address => {
                    return Ok((place, Some(cell as usize - 1)));
                }
                _ => place = (place + 1) % self.table_size,
            }
        }
    }

    /// The first of the cells that are the same as this one.
    pub fn first(&self, cell: usize) -> Result<usize> {
        if self.distinct == self.number {
            return Ok(cell);
        }
        let rank = self.ranks.get(cell)?;
        Ok(if rank & TWIN == 0 { cell } else { (rank ^ TWIN) as usize })
    }

    /// Whether a cell is to be run here: of those that are the same the first, if it belongs to the shard.
    pub fn is_own(&self, cell: usize) -> Result<bool> {
        let rank = self.ranks.get(cell)?;
        Ok(rank & TWIN == 0 && self.shard.is_none_or(|shard| shard.has(rank as usize - 1)))
    }

    /// Each cell that is the same as an earlier one, and the first such.
    pub fn twins(&self) -> Result<BTreeMap<usize, usize>> {
        if self.distinct == self.number {
            return Ok(BTreeMap::new());
        }
        let pairs = (0..self.number).map(|cell| Ok((cell, self.first(cell)?)));
        pairs.filter(|pair| !matches!(pair, Ok((cell, first)) if cell == first)).collect()
    }

    /// The (first) cell whose run a row reports, if it is a run of this sweep or shard.
    pub fn find(&self, row: &Row) -> Result<Option<usize>> {
        if self.seeds.get(row.replication as usize) != Some(&row.seed) {
            return Ok(None);
        }
        let (_, Some(cell)) = self.place(row.cell.number())? else { return Ok(None) };
        Ok(self.is_own(cell)?.then_some(cell))
    }

    /// Place of a run among all; the same for cells that are the same.
    pub fn slot(&self, cell: usize, replication: u32) -> Result<usize> {
        Ok(self.first(cell)? * self.most() + replication as usize)
    }
}
