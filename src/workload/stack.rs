//! The LRU-stack model: successive stack distances are independent.
//!
//! Source: J. R. Spirn, *Program Behavior: Models and Measurements*, 1977; Denning and Kahn 1975 use it as a micromodel. Cost: a
//! move of `distance` numbers a reference.

use super::weights::AliasTable;
use crate::rng::Stream;
use std::sync::Arc;

/// The pages of a set from most to least recently used.
#[derive(Debug)]
pub struct LruStack {
    stack: Vec<u32>,
    /// Draws distance - 1; `None` where all distances are equally likely.
    distances: Option<Arc<AliasTable>>,
}

impl LruStack {
    /// A stack over `size` indices, in their order.
    pub fn new(size: u32, distances: Option<Arc<AliasTable>>) -> LruStack {
        LruStack { stack: (0..size).collect(), distances }
    }

    /// Draws the next reference.
    pub fn draw(&mut self, stream: &mut Stream) -> u32 {
        let depth = match &self.distances {
            Some(table) => table.draw(stream) as usize,
            None => stream.below(self.stack.len() as u64) as usize,
        };
        let index = self.stack[depth];
        self.stack.copy_within(0..depth, 1);
        self.stack[0] = index;
        index
    }
}
