//! Facts to begin with: the shipped ones, and made-up ones with rival claims, vague days, places at the poles.

use std::sync::OnceLock;

use dossier::{model::dataset::Dataset, seed};

use crate::files::repository;

#[path = "../../spec/generate.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod generate;

/// The shipped facts and their example.
pub fn shipped() -> Dataset {
    let folders = ["seeds", "examples/minusma-2023"].map(|folder| repository().join(folder));
    seed::load(&folders).unwrap_or_else(|report| panic!("the shipped facts have problems\n{report}"))
}

/// Some made-up events.
pub fn made_up() -> Dataset {
    generate::dataset(7, generate::Size::SMALL)
}

/// So many made-up events that indexes have several blocks.
pub fn crowd() -> Dataset {
    generate::dataset(77, generate::Size { events: 800, places: 40, actors: 20, sources: 12 })
}

/// Facts by a byte: the crowd costs most, so it is asked least.
pub fn pick(byte: u8) -> usize {
    match byte % 16 {
        0..8 => 0,
        8..15 => 1,
        _ => 2,
    }
}

/// What is made of each of the bases, once it is needed.
pub struct Each<T>([OnceLock<T>; 3]);

impl<T> Each<T> {
    /// Nothing yet.
    pub const fn new() -> Each<T> {
        Each([const { OnceLock::new() }; 3])
    }

    /// What is made of a base.
    pub fn get(&self, base: usize, make: impl FnOnce(Dataset) -> T) -> &T {
        self.0[base].get_or_init(|| make([shipped, made_up, crowd][base]()))
    }
}

impl<T> Default for Each<T> {
    fn default() -> Each<T> {
        Each::new()
    }
}
