//! Which runs are done, and which there are to do as far as is known.

use super::Standing;
use super::cells::Cells;
use super::row::Row;
use crate::column::Column;
use crate::error::Result;

/// The runs that are done: where each stands in a file of runs and, if the number of runs depends on it, its throughput. All of it in
/// columns.
#[derive(Debug)]
pub(super) struct Tally {
    pub cells: Cells,
    /// Position of each slot's row in the file; 0, where the header is, stands for none.
    positions: Column,
    /// With a precision: the throughput of each slot's run, as [`encoded`].
    throughput: Column,
    done: u64,
}

impl Tally {
    /// Nothing is done.
    pub fn new(cells: Cells) -> Tally {
        Tally { cells, positions: Column::default(), throughput: Column::default(), done: 0 }
    }

    /// Number of runs that are done.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// Takes note of a row of this sweep. Of two rows of one run the later counts.
    pub fn note(&mut self, cell: usize, position: u64, row: &Row) -> Result<()> {
        let slot = self.cells.slot(cell, row.replication)?;
        self.done += u64::from(self.positions.get(slot)? == 0);
        self.positions.set(slot, position)?;
        if self.cells.precision.is_some() {
            // Throughput is the first metric.
            let value = row.outcome.as_ref().ok().and_then(|measured| *measured.values.first()?);
            self.throughput.set(slot, encoded(value))?;
        }
        Ok(())
    }

    /// Where the row of a run stands in the file, if it is done.
    pub fn position(&self, cell: usize, replication: u32) -> Result<Option<u64>> {
        let position = self.positions.get(self.cells.slot(cell, replication)?)?;
        Ok((position > 0).then_some(position))
    }

    /// How many replications a cell has, or needs as far as is known, and whether its precision, if there is one, is reached.
    pub fn standing(&self, cell: usize) -> Result<Standing> {
        let Some(precision) = &self.cells.precision else {
            return Ok(Standing { needed: self.cells.least, reached: true });
        };
        let first = self.cells.slot(cell, 0)?;
        let values = (first..first + self.cells.most()).map(|slot| self.throughput.get(slot).map(decoded));
        let done: Vec<Option<f64>> = values.map_while(Result::transpose).collect::<Result<_>>()?;
        Ok(precision.standing(&done))
    }

    /// The runs that there are, as far as is known, in order: the first of the cells that are the same, replication, and whether it is done.
    pub fn runs(&self) -> impl Iterator<Item = Result<(usize, u32, bool)>> {
        (0..self.cells.number()).flat_map(|cell| {
            let (runs, error) = match self.runs_of(cell) {
                Ok(runs) => (runs, None),
                Err(error) => (Vec::new(), Some(Err(error))),
            };
            runs.into_iter().map(Ok).chain(error)
        })
    }

    fn runs_of(&self, cell: usize) -> Result<Vec<(usize, u32, bool)>> {
        if !self.cells.is_own(cell)? {
            return Ok(Vec::new());
        }
        let replications = 0..self.standing(cell)?.needed;
        replications.map(|replication| Ok((cell, replication, self.position(cell, replication)?.is_some()))).collect()
    }

    /// Number of runs that there are, as far as is known, and of those among them that are missing.
    pub fn counts(&self) -> Result<(u64, u64)> {
        let (mut runs, mut missing) = (0, 0);
        for run in self.runs() {
            runs += 1;
            missing += u64::from(!run?.2);
        }
        Ok((runs, missing))
    }
}

/// A number, or none, as one that is not 0, which stands for nothing being known.
pub(super) fn encoded(value: Option<f64>) -> u64 {
    !value.unwrap_or(f64::NAN).to_bits()
}

/// The reverse.
pub(super) fn decoded(number: u64) -> Option<Option<f64>> {
    (number != 0).then(|| Some(f64::from_bits(!number)).filter(|value| !value.is_nan()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were() {
        assert_eq!(decoded(0), None);
        for value in [Some(0.0), Some(-0.0), Some(1.5), Some(f64::INFINITY), Some(f64::MIN_POSITIVE), None] {
            assert_eq!(decoded(encoded(value)), Some(value));
        }
    }
}
