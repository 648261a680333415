//! The rows of a posting inside one chunk of 65,536: a sorted array, a bitmap, or runs, whichever is smallest.

use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::store::{
    image::{Damaged, Section},
    index::bytes::values,
};

/// Rows of a chunk.
pub(crate) const CHUNK: u32 = 1 << 16;
/// Rows of a block: what is looked at in one go.
pub(crate) const BLOCK: u32 = 1 << 12;
/// Words of a block.
pub(crate) const WORDS: usize = BLOCK as usize / 64;
/// Words of a chunk.
pub(crate) const CHUNK_WORDS: usize = CHUNK as usize / 64;

/// The rows of a block, a bit each.
pub(crate) type Block = [u64; WORDS];

/// Where the rows of a posting inside a chunk stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Place {
    /// Offset among the bodies, in units of 2 bytes, with the bit [`RUNS`] if there are runs; of one row the row itself.
    pub(super) at: u32,
    /// The chunk.
    pub(super) chunk: u16,
    /// Rows, less one.
    pub(super) rows: u16,
}

/// Set where runs stand, behind their number less one, and no array or bitmap.
pub(super) const RUNS: u32 = 1 << 31;
/// More rows than this of a chunk are no array: a bitmap is smaller.
pub(super) const LONGEST_ARRAY: usize = 4096;

/// Rows that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Run {
    /// The first.
    pub(super) first: u16,
    /// The last.
    pub(super) last: u16,
}

/// Rows of a posting inside a chunk, read in place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Container<'a> {
    /// A single one.
    One(u16),
    /// Sorted ones.
    Array(&'a [u16]),
    /// A bit each.
    Bitmap(&'a [u64; CHUNK_WORDS]),
    /// Sorted runs.
    Runs(&'a [Run]),
}

impl Place {
    /// Reads the container that stands here.
    pub(super) fn container(self, bodies: Section<'_>) -> Result<Container<'_>, Damaged> {
        let at = u64::from(self.at & !RUNS) * 2;
        match self.len() {
            1 => Ok(Container::One(self.at as u16)),
            _ if self.at & RUNS != 0 => {
                let runs: &[u16] = values(bodies, at, 1)?;
                let runs = runs.first().map_or(0, |less_one| u64::from(*less_one) + 1);
                Ok(Container::Runs(values(bodies, at + 2, runs)?))
            }
            rows if rows as usize <= LONGEST_ARRAY => Ok(Container::Array(values(bodies, at, u64::from(rows))?)),
            _ => {
                let words: &[u64] = values(bodies, at, CHUNK_WORDS as u64)?;
                words.try_into().map(Container::Bitmap).map_err(|_| bodies.damaged(at))
            }
        }
    }

    /// How many rows it holds.
    pub(super) fn len(self) -> u32 {
        u32::from(self.rows) + 1
    }
}

impl Container<'_> {
    /// Whether it holds a row.
    pub(crate) fn contains(&self, row: u16) -> bool {
        match self {
            Container::One(one) => *one == row,
            Container::Array(rows) => rows.binary_search(&row).is_ok(),
            Container::Bitmap(words) => words[usize::from(row >> 6)] >> (row & 63) & 1 == 1,
            Container::Runs(runs) => {
                let next = runs.partition_point(|run| run.first <= row);
                next.checked_sub(1).and_then(|at| runs.get(at)).is_some_and(|run| row <= run.last)
            }
        }
    }

    /// Adds its rows of a block of the chunk.
    pub(crate) fn or_into(&self, block: u16, bits: &mut Block) {
        let first = block * BLOCK as u16;
        let last = first + (BLOCK as u16 - 1);
        match self {
            Container::One(one) => {
                if (first..=last).contains(one) {
                    set(bits, one - first);
                }
            }
            Container::Array(rows) => {
                let start = rows.partition_point(|row| *row < first);
                for row in rows.get(start..).unwrap_or_default().iter().take_while(|row| **row <= last) {
                    set(bits, row.wrapping_sub(first));
                }
            }
            Container::Bitmap(words) => {
                let start = usize::from(block) * WORDS;
                for (bits, word) in bits.iter_mut().zip(words.get(start..).unwrap_or_default()) {
                    *bits |= word;
                }
            }
            Container::Runs(runs) => {
                let start = runs.partition_point(|run| run.last < first);
                for run in runs.get(start..).unwrap_or_default().iter().take_while(|run| run.first <= last) {
                    let (from, to) = (run.first.max(first), run.last.min(last));
                    if from <= to {
                        fill(bits, from - first, to - first);
                    }
                }
            }
        }
    }

    /// The least row it holds from a row on.
    pub(crate) fn next(&self, from: u16) -> Option<u16> {
        match self {
            Container::One(one) => (*one >= from).then_some(*one),
            Container::Array(rows) => rows.get(rows.partition_point(|row| *row < from)).copied(),
            Container::Bitmap(words) => {
                let start = usize::from(from >> 6);
                let cut =
                    |(at, word): (usize, &u64)| if at == start { word & (u64::MAX << (from & 63)) } else { *word };
                let mut words = words.iter().enumerate().skip(start).map(|word| (word.0, cut(word)));
                words.find(|(_, word)| *word != 0).map(|(at, word)| (at as u32 * 64 + word.trailing_zeros()) as u16)
            }
            Container::Runs(runs) => {
                let at = runs.partition_point(|run| run.last < from);
                runs.get(at).map(|run| run.first.max(from))
            }
        }
    }

    /// The greatest row it holds up to a row.
    pub(crate) fn back(&self, to: u16) -> Option<u16> {
        match self {
            Container::One(one) => (*one <= to).then_some(*one),
            Container::Array(rows) => {
                rows.partition_point(|row| *row <= to).checked_sub(1).and_then(|at| rows.get(at)).copied()
            }
            Container::Bitmap(words) => {
                let end = usize::from(to >> 6);
                let cut =
                    |(at, word): (usize, &u64)| if at == end { word & (u64::MAX >> (63 - (to & 63))) } else { *word };
                let mut words = words.iter().enumerate().take(end + 1).rev().map(|word| (word.0, cut(word)));
                words.find(|(_, word)| *word != 0).map(|(at, word)| (at as u32 * 64 + 63 - word.leading_zeros()) as u16)
            }
            Container::Runs(runs) => {
                let at = runs.partition_point(|run| run.first <= to).checked_sub(1)?;
                runs.get(at).map(|run| run.last.min(to))
            }
        }
    }
}

/// Sets a bit. Rows that a damaged array has out of order may lie outside.
fn set(bits: &mut Block, row: u16) {
    if let Some(word) = bits.get_mut(usize::from(row >> 6)) {
        *word |= 1 << (row & 63);
    }
}

/// Sets the bits of a block from the first to the last.
pub(crate) fn fill(bits: &mut Block, first: u16, last: u16) {
    let (from, to) = (usize::from(first >> 6), usize::from(last >> 6));
    let (head, tail) = (u64::MAX << (first & 63), u64::MAX >> (63 - (last & 63)));
    for (at, word) in bits.iter_mut().enumerate().take(to + 1).skip(from) {
        let (head, tail) = (if at == from { head } else { u64::MAX }, if at == to { tail } else { u64::MAX });
        *word |= head & tail;
    }
}
