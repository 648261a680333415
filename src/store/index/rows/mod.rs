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
    postings::{CHUNK, Container, Posting},
    zones::{Verdict, Window, ZONE, Zones},
};
use crate::store::image::Damaged;

/// To measure a row costs as much as to look at so many of a walk.
const MEASURED: f64 = 10.0;
/// How many rows match is estimated by so many zones at most, and of these by one in so many rows.
const SAMPLED_ZONES: usize = 16;
const SAMPLED_ROWS: usize = 8;

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

    /// Whether to walk all rows that match, and to measure each, costs less than to come upon so many of them in an order of one's
    /// own. How many match is estimated: by parts and zones, and where that leaves it open by some rows of these zones.
    pub(crate) fn is_sparse(&self, wanted: usize) -> Result<bool, Damaged> {
        let rows = f64::from(self.rows);
        let most = self.all.first().map_or(rows, |part| part.most() as f64).min(rows);
        // Of a zone that is left: how many rows have all parts, if they are spread evenly.
        let of_zone = most / f64::from(self.rows.div_ceil(ZONE));
        let is_sparse =
            |looked_at: f64, matching: f64| matching * (matching + looked_at / MEASURED) <= wanted as f64 * rows;
        if self.checks.is_empty() {
            return Ok(is_sparse(most, most));
        }
        let (mut all, mut some) = (0.0, vec![]);
        for (zone, verdict) in self.zones() {
            match verdict {
                Verdict::All => all += of_zone,
                Verdict::Some | Verdict::None => some.push(zone),
            }
            if !is_sparse(all, all) {
                return Ok(false);
            }
        }
        let open = some.len() as f64 * of_zone;
        if is_sparse(all + open, all + open) {
            return Ok(true);
        }
        let matching = all + open * self.passing(&some)?;
        Ok(is_sparse(all + open, matching))
    }

    /// The share of the rows of zones that pass the checks, by some of them.
    fn passing(&self, zones: &[u32]) -> Result<f64, Damaged> {
        let (mut asked, mut passing) = (0, 0);
        for zone in zones.iter().step_by(zones.len().div_ceil(SAMPLED_ZONES).max(1)) {
            for row in (zone * ZONE..self.rows.min((zone + 1) * ZONE)).step_by(SAMPLED_ROWS) {
                asked += 1;
                passing += u32::from(self.passes(row)?);
            }
        }
        Ok(f64::from(passing) / f64::from(asked.max(1)))
    }

    /// The zones that checks leave, with what is told of all rows of each.
    pub(crate) fn zones(&self) -> impl Iterator<Item = (u32, Verdict)> {
        const ZONES: u32 = CHUNK / ZONE;
        let chunks = 0..self.rows.div_ceil(CHUNK);
        let chunks = chunks.filter(|chunk| self.told(|check| check.chunk(*chunk as u16)) != Verdict::None);
        let zones = chunks.flat_map(|chunk| chunk * ZONES..self.rows.div_ceil(ZONE).min((chunk + 1) * ZONES));
        let zones = zones.map(|zone| (zone, self.told(|check| check.zone(zone))));
        zones.filter(|(_, verdict)| *verdict != Verdict::None)
    }

    /// What all checks tell together.
    fn told(&self, of: impl Fn(&dyn Check) -> Verdict) -> Verdict {
        let mut told = Verdict::All;
        for check in &self.checks {
            match of(&**check) {
                Verdict::None => return Verdict::None,
                Verdict::Some => told = Verdict::Some,
                Verdict::All => {}
            }
        }
        told
    }

    /// Whether every row there is matches.
    pub(crate) fn is_all(&self) -> bool {
        self.only_checks() && self.checks.is_empty()
    }

    /// Whether nothing but checks tells which rows match.
    pub(crate) fn only_checks(&self) -> bool {
        self.all.is_empty() && self.without.is_empty()
    }

    /// About what it costs to ask of a row, in rows looked at.
    pub(crate) fn price(&self) -> u64 {
        let part = |part: &Part<'_>| match part {
            Part::Any(postings) => postings.len() as u64,
            Part::Set(_) => 1,
        };
        self.all.iter().chain(&self.without).map(part).sum::<u64>() + 4 * self.checks.len() as u64
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
