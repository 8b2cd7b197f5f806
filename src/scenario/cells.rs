//! The cells of a plan: every combination of the values of its axes.
//!
//! A machine's configuration takes some kilobytes, and a sweep may have a hundred thousand of them, so a cell is built
//! when it is asked for. Only its address is kept, in a column that is not in memory if there are many.

use super::files::Files;
use super::reader::{self, Context};
use super::sweep::SweepAxis;
use super::tree::{Node, Value};
use super::{Address, Cell, Scenario, quantity, resolve};
use crate::column::Column;
use crate::error::{Diagnostic, Result};
use rayon::prelude::*;
use std::sync::Arc;

/// Cells that are validated together; between two lots it is seen whether there is anything to complain about.
const LOT: usize = 256;

/// The cells of a plan, in order, the last axis fastest.
#[derive(Clone, Debug)]
pub struct Cells {
    source: Source,
    len: usize,
}

#[derive(Clone, Debug)]
enum Source {
    /// With the address of each.
    Grid(Arc<Grid>, Arc<Column>),
    Listed(Arc<[Cell]>),
}

/// What cells are made of.
#[derive(Debug)]
pub(super) struct Grid {
    scenario: Scenario,
    axes: Vec<SweepAxis>,
    files: Files,
}

/// A mistake in a cell, with its position in the document.
type Found = (usize, Diagnostic);

impl Grid {
    pub(super) fn new(scenario: Scenario, axes: Vec<SweepAxis>, files: Files) -> Grid {
        Grid { scenario, axes, files }
    }

    fn len(&self) -> usize {
        self.axes.iter().map(|axis| axis.values.len()).product()
    }

    /// The value on each axis.
    fn values(&self, index: usize) -> Vec<&Node> {
        let mut rest = index;
        let mut values: Vec<&Node> = self
            .axes
            .iter()
            .rev()
            .filter_map(|axis| {
                let value = axis.values.get(rest % axis.values.len().max(1));
                rest /= axis.values.len().max(1);
                value
            })
            .collect();
        values.reverse();
        values
    }

    /// A cell, unless there is something wrong with it, which the context then has.
    fn cell(&self, context: &Context<'_>, index: usize) -> Option<Cell> {
        let values = self.values(index);
        let mut document = self.scenario.document.clone();
        for (axis, value) in self.axes.iter().zip(&values) {
            assign(&mut document, axis, (*value).clone(), context);
        }
        let resolved = resolve::resolve(context, &document, &self.scenario.stem);
        Some(Cell {
            coordinates: values.iter().map(|value| plain(value)).collect(),
            config: resolved.config?,
            effective: super::render(&resolved.lines, super::Form::Cell),
        })
    }

    fn check(&self, index: usize) -> (Option<Address>, Vec<Found>) {
        let context = Context::new(&self.files);
        let address = self.cell(&context, index).map(|cell| cell.address());
        let found = context.diagnostics.into_inner();
        let found = found.into_iter().map(|(position, new)| (position, self.with_coordinates(new, index))).collect();
        (address, found)
    }

    /// Says in which cell a mistake was found, where there are several.
    fn with_coordinates(&self, mut diagnostic: Diagnostic, index: usize) -> Diagnostic {
        if !self.axes.is_empty() {
            let values = self.values(index);
            let coordinates: Vec<String> = self
                .axes
                .iter()
                .zip(values)
                .map(|(axis, value)| format!("{} = {}", axis.path.join("."), value.inline()))
                .collect();
            diagnostic.problem.push_str(&format!(" (in the sweep, at {})", coordinates.join(", ")));
        }
        diagnostic
    }

    /// Validates every cell; adds what is wrong to `diagnostics`, a mistake in one place of the document once, and stops
    /// when there are more than `most` of them. The result does not depend on the number of threads.
    pub(super) fn validate(self, diagnostics: &mut Vec<Found>, most: usize) -> Result<Cells> {
        let addresses = Column::default();
        for begin in (0..self.len()).step_by(LOT) {
            let lot = begin..self.len().min(begin + LOT);
            let checked: Vec<_> = lot.into_par_iter().map(|index| self.check(index)).collect();
            for (index, (address, found)) in (begin..).zip(checked) {
                if let Some(address) = address {
                    addresses.set(index, address.number())?;
                }
                let news: Vec<Found> = found
                    .into_iter()
                    .filter(|(_, new)| {
                        diagnostics.iter().all(|(_, old)| (&old.origin, &old.key) != (&new.origin, &new.key))
                    })
                    .collect();
                diagnostics.extend(news);
            }
            if diagnostics.len() > most {
                break;
            }
        }
        let len = self.len();
        Ok(Cells { source: Source::Grid(Arc::new(self), Arc::new(addresses)), len })
    }
}

impl Cells {
    /// Number of cells.
    #[expect(clippy::len_without_is_empty, reason = "a plan without a sweep has one cell, so there is always one")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The address of each.
    pub(crate) fn addresses(&self) -> Result<Arc<Column>> {
        match &self.source {
            Source::Grid(_, addresses) => Ok(Arc::clone(addresses)),
            Source::Listed(cells) => {
                let addresses = Column::default();
                for (index, cell) in cells.iter().enumerate() {
                    addresses.set(index, cell.address().number())?;
                }
                Ok(Arc::new(addresses))
            }
        }
    }

    /// Makes a cell, which takes some ten microseconds.
    ///
    /// # Panics
    /// If there are no more than `index` cells.
    pub fn get(&self, index: usize) -> Cell {
        assert!(index < self.len(), "there are {} cells", self.len());
        match &self.source {
            Source::Listed(cells) => cells[index].clone(),
            Source::Grid(grid, _) => grid
                .cell(&Context::new(&grid.files), index)
                .expect("every cell has been validated, with the same files"),
        }
    }

    /// Makes one after the other.
    pub fn iter(&self) -> impl Iterator<Item = Cell> {
        (0..self.len()).map(|index| self.get(index))
    }
}

impl FromIterator<Cell> for Cells {
    /// Cells that are given.
    fn from_iter<I: IntoIterator<Item = Cell>>(cells: I) -> Cells {
        let cells: Arc<[Cell]> = cells.into_iter().collect();
        Cells { len: cells.len(), source: Source::Listed(cells) }
    }
}

/// Puts the value of an axis into a document.
pub(super) fn assign(document: &mut Node, axis: &SweepAxis, value: Node, context: &Context<'_>) {
    let place = reader::Place { origin: value.origin.clone(), key: axis.path.join(".") };
    if let Err(problem) = document.assign(&axis.path, value, &axis.origin) {
        context.report(&place, quantity::Fault { problem, help: None });
    }
}

/// A value as a person would write it: text without quotes.
pub(super) fn plain(node: &Node) -> String {
    match &node.value {
        Value::Text(text) => text.clone(),
        _ => node.inline(),
    }
}
