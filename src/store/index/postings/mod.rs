//! Postings: for each value of a field the rows that have it, in containers of 65,536 rows read in place.
//!
//! A directory of sorted keys leads to the places of the containers, and these to their bodies. A posting of one row is
//! in the directory itself, and a container of one row in its place: most pairs of a claimant and a source, and most words, are
//! rare. Large bodies that are equal are held once: a country as a place and as a code has the same rows.

mod container;
mod key;
mod list;
#[cfg(test)]
pub(crate) mod tests;
mod write;

use zerocopy::{FromBytes, Immutable, IntoBytes};

pub(crate) use container::{BLOCK, Block, CHUNK, Container, Place, WORDS, fill};
pub(crate) use key::{ANY, Key, RawKey};
pub(crate) use list::RowList;
pub(crate) use write::{PostingsBuilder, PostingsWriter};

use super::bytes::{all, values};
use crate::store::image::{Damaged, Section};

/// A key and where its rows stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Entry {
    key: RawKey,
    /// How many rows.
    rows: u32,
    /// The row if there is one only, else the number of the first container.
    first: u32,
    /// Containers; none if there is one row only.
    containers: u32,
}

/// All postings. The directory is read whole, the rest as far as it is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Postings<'a> {
    directory: &'a [Entry],
    places: Section<'a>,
    bodies: Section<'a>,
}

/// The rows that have a value.
#[derive(Clone, Copy)]
pub(crate) struct Posting<'a> {
    rows: u32,
    held: Held<'a>,
}

#[derive(Clone, Copy)]
enum Held<'a> {
    One(u32),
    Many(&'a [Place], Section<'a>),
    None,
}

impl<'a> Postings<'a> {
    /// Postings over the three parts that a builder wrote.
    pub(crate) fn open(
        directory: Section<'a>,
        places: Section<'a>,
        bodies: Section<'a>,
    ) -> Result<Postings<'a>, Damaged> {
        Ok(Postings { directory: all(directory)?, places, bodies })
    }

    /// The rows that have a value.
    pub(crate) fn get(&self, key: Key) -> Result<Posting<'a>, Damaged> {
        let key = RawKey::from(key);
        match self.directory.binary_search_by_key(&key, |entry| entry.key).ok().and_then(|at| self.directory.get(at)) {
            Some(entry) => self.posting(entry),
            None => Ok(Posting::none()),
        }
    }

    /// The rows of each key from the first to the last that there are, in their order. Keys must be of one sort.
    pub(crate) fn range(
        &self,
        first: Key,
        last: Key,
    ) -> impl ExactSizeIterator<Item = Result<Posting<'a>, Damaged>> + use<'a> {
        let (first, last) = (RawKey::from(first), RawKey::from(last));
        let start = self.directory.partition_point(|entry| entry.key < first);
        let end = self.directory.partition_point(|entry| entry.key <= last);
        let this = *self;
        self.directory.get(start..end).unwrap_or_default().iter().map(move |entry| this.posting(entry))
    }

    fn posting(&self, entry: &Entry) -> Result<Posting<'a>, Damaged> {
        if entry.containers == 0 {
            return Ok(Posting { rows: 1, held: Held::One(entry.first) });
        }
        let at = u64::from(entry.first) * size_of::<Place>() as u64;
        let places = values(self.places, at, u64::from(entry.containers))?;
        Ok(Posting { rows: entry.rows, held: Held::Many(places, self.bodies) })
    }
}

impl<'a> Posting<'a> {
    /// No rows.
    pub(crate) fn none() -> Posting<'a> {
        Posting { rows: 0, held: Held::None }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> u32 {
        self.rows
    }

    /// Its rows of a chunk, if it has any there.
    pub(crate) fn chunk(&self, chunk: u16) -> Result<Option<Container<'a>>, Damaged> {
        match self.held {
            Held::One(row) => Ok((row >> 16 == u32::from(chunk)).then_some(Container::One(row as u16))),
            Held::Many(places, bodies) => find(places, chunk).map(|place| place.container(bodies)).transpose(),
            Held::None => Ok(None),
        }
    }

    /// How many of its rows lie in a chunk, without reading them.
    pub(crate) fn chunk_len(&self, chunk: u16) -> u32 {
        match self.held {
            Held::One(row) => u32::from(row >> 16 == u32::from(chunk)),
            Held::Many(places, _) => find(places, chunk).map_or(0, Place::len),
            Held::None => 0,
        }
    }

    /// The next chunk from here on in which it has rows.
    pub(crate) fn next_chunk(&self, from: u16) -> Option<u16> {
        match self.held {
            Held::One(row) => Some((row >> 16) as u16).filter(|chunk| *chunk >= from),
            Held::Many(places, _) => {
                let at = places.partition_point(|place| place.chunk < from);
                places.get(at).map(|place| place.chunk).filter(|chunk| *chunk >= from)
            }
            Held::None => None,
        }
    }

    /// The last chunk up to here in which it has rows.
    pub(crate) fn back_chunk(&self, to: u16) -> Option<u16> {
        match self.held {
            Held::One(row) => Some((row >> 16) as u16).filter(|chunk| *chunk <= to),
            Held::Many(places, _) => {
                let at = places.partition_point(|place| place.chunk <= to).checked_sub(1)?;
                places.get(at).map(|place| place.chunk).filter(|chunk| *chunk <= to)
            }
            Held::None => None,
        }
    }

    /// Whether it has a row.
    pub(crate) fn contains(&self, row: u32) -> Result<bool, Damaged> {
        Ok(self.chunk((row >> 16) as u16)?.is_some_and(|container| container.contains(row as u16)))
    }
}

/// The place of a chunk. Those of a common value have no gaps, so the first guess is right.
fn find(places: &[Place], chunk: u16) -> Option<Place> {
    let first = places.first()?.chunk;
    let guess = places.get(usize::from(chunk.checked_sub(first)?)).filter(|place| place.chunk == chunk);
    let search = || places.binary_search_by_key(&chunk, |place| place.chunk).ok().and_then(|at| places.get(at));
    guess.or_else(search).copied()
}
