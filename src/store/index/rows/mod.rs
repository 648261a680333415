//! Which rows: what must hold of them, all of it, over postings, sets, and checks of single rows.
//!
//! A filter is walked block by block from any row on, up or down, so that a page stops as soon as it is full; or asked about
//! one row, for a search that meets rows in an order of its own.

mod set;
#[cfg(test)]
mod tests;
mod walk;

pub(crate) use set::RowSet;
pub(crate) use walk::Walk;

use super::{
    postings::{Container, Posting},
    zones::{Verdict, Window, Zones},
};
use crate::store::image::Damaged;

/// Something that only a look at each row can tell.
pub(crate) trait Check: Send + Sync {
    /// What can be told of a chunk of 65,536 rows at once.
    fn chunk(&self, _chunk: u16) -> Verdict {
        Verdict::Some
    }

    /// What can be told of 256 rows at once.
    fn zone(&self, _zone: u32) -> Verdict {
        Verdict::Some
    }

    /// Whether it holds of a row.
    fn row(&self, row: u32) -> Result<bool, Damaged>;
}

/// A check of each row, of which nothing is known beforehand.
impl<F: Fn(u32) -> Result<bool, Damaged> + Send + Sync> Check for F {
    fn row(&self, row: u32) -> Result<bool, Damaged> {
        self(row)
    }
}

/// Whether rows touch a window of days: by zones first, then by `exact`.
pub(crate) struct Days<'a, F> {
    /// The bounds.
    pub(crate) zones: Zones<'a>,
    /// The window.
    pub(crate) window: Window,
    /// The check of a row.
    pub(crate) exact: F,
}

impl<F: Fn(u32) -> Result<bool, Damaged> + Send + Sync> Check for Days<'_, F> {
    fn chunk(&self, chunk: u16) -> Verdict {
        self.zones.chunk(chunk, &self.window)
    }

    fn zone(&self, zone: u32) -> Verdict {
        self.zones.zone(zone, &self.window)
    }

    fn row(&self, row: u32) -> Result<bool, Damaged> {
        (self.exact)(row)
    }
}

/// Rows of which one is asked for.
enum Part<'a> {
    /// Those in any of the postings.
    Any(Vec<Posting<'a>>),
    /// Those in a set.
    Set(RowSet),
}

impl Part<'_> {
    /// How many rows at most.
    fn most(&self) -> u64 {
        match self {
            Part::Any(postings) => postings.iter().map(|posting| u64::from(posting.len())).sum(),
            Part::Set(set) => u64::from(set.len()),
        }
    }

    /// How many rows of a chunk at most.
    fn chunk_most(&self, chunk: u16) -> u32 {
        match self {
            Part::Any(postings) => postings.iter().fold(0, |sum, posting| sum.saturating_add(posting.chunk_len(chunk))),
            Part::Set(set) => set.chunk_len(chunk),
        }
    }

    fn next_chunk(&self, from: u16) -> Option<u16> {
        match self {
            Part::Any(postings) => postings.iter().filter_map(|posting| posting.next_chunk(from)).min(),
            Part::Set(set) => set.next_chunk(from),
        }
    }

    fn back_chunk(&self, to: u16) -> Option<u16> {
        match self {
            Part::Any(postings) => postings.iter().filter_map(|posting| posting.back_chunk(to)).max(),
            Part::Set(set) => set.back_chunk(to),
        }
    }

    /// Appends its containers of a chunk.
    fn containers<'s>(&'s self, chunk: u16, into: &mut Vec<Container<'s>>) -> Result<(), Damaged> {
        match self {
            Part::Any(postings) => {
                for posting in postings {
                    into.extend(posting.chunk(chunk)?);
                }
            }
            Part::Set(set) => into.extend(set.chunk(chunk)),
        }
        Ok(())
    }

    fn contains(&self, row: u32) -> Result<bool, Damaged> {
        match self {
            Part::Any(postings) => {
                for posting in postings {
                    if posting.contains(row)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Part::Set(set) => Ok(set.contains(row)),
        }
    }
}

/// What must hold of a row: each `all`, none of `without`, every check.
pub(crate) struct Filter<'a> {
    rows: u32,
    /// Those with the fewest rows first.
    all: Vec<Part<'a>>,
    without: Vec<Part<'a>>,
    checks: Vec<Box<dyn Check + 'a>>,
}

impl<'a> Filter<'a> {
    /// All of so many rows.
    pub(crate) fn new(rows: u32) -> Filter<'a> {
        Filter { rows, all: vec![], without: vec![], checks: vec![] }
    }

    /// Only rows in one of the postings. Of many postings make a [`RowSet`]: each costs something in every block.
    pub(crate) fn any(&mut self, postings: Vec<Posting<'a>>) {
        self.add(Part::Any(postings));
    }

    /// Only rows of a set.
    pub(crate) fn within(&mut self, set: RowSet) {
        self.add(Part::Set(set));
    }

    /// Only rows in none of the postings.
    pub(crate) fn without(&mut self, postings: Vec<Posting<'a>>) {
        self.without.push(Part::Any(postings));
    }

    /// Only rows that pass a check. The cheaper and the pickier come first.
    pub(crate) fn check(&mut self, check: impl Check + 'a) {
        self.checks.push(Box::new(check));
    }

    /// How many rows match at most.
    pub(crate) fn most(&self) -> u64 {
        self.all.first().map_or(u64::from(self.rows), |part| part.most().min(u64::from(self.rows)))
    }

    /// Whether every row there is matches.
    pub(crate) fn is_all(&self) -> bool {
        self.all.is_empty() && self.without.is_empty() && self.checks.is_empty()
    }

    /// How many rows match, if that is known without a walk.
    pub(crate) fn len(&self) -> Option<u32> {
        if !self.checks.is_empty() || !self.without.is_empty() {
            return None;
        }
        match &self.all[..] {
            [] => Some(self.rows),
            [Part::Any(postings)] => match &postings[..] {
                [] => Some(0),
                [posting] => Some(posting.len().min(self.rows)),
                _ => None,
            },
            [Part::Set(set)] => Some(set.len()),
            _ => None,
        }
    }

    /// Whether a row matches.
    pub(crate) fn contains(&self, row: u32) -> Result<bool, Damaged> {
        if row >= self.rows {
            return Ok(false);
        }
        for part in &self.all {
            if !part.contains(row)? {
                return Ok(false);
            }
        }
        for part in &self.without {
            if part.contains(row)? {
                return Ok(false);
            }
        }
        self.passes(row)
    }

    fn passes(&self, row: u32) -> Result<bool, Damaged> {
        for check in &self.checks {
            if !check.row(row)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn add(&mut self, part: Part<'a>) {
        let at = self.all.partition_point(|other| other.most() <= part.most());
        self.all.insert(at, part);
    }
}
