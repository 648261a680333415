//! Numbers for distinct values, in the order in which they are first met.

use std::hash::Hash;

use super::{Map, TooLarge};

/// Distinct values and their numbers.
#[derive(Debug)]
pub(super) struct Interner<T> {
    numbers: Map<T, u32>,
    values: Vec<T>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Interner { numbers: Map::default(), values: vec![] }
    }
}

impl<T: Copy + Eq + Hash> Interner<T> {
    /// The number of a value.
    pub(super) fn number(&mut self, value: T) -> Result<u32, TooLarge> {
        if let Some(number) = self.numbers.get(&value) {
            return Ok(*number);
        }
        let number = super::count(self.values.len())?;
        self.numbers.insert(value, number);
        self.values.push(value);
        Ok(number)
    }

    /// The values, in the order of their numbers.
    pub(super) fn values(&self) -> &[T] {
        &self.values
    }
}
