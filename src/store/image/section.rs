//! Sections of an image, and arrays in them, read in place.

use std::ops::Range;

use zerocopy::{FromBytes, Immutable, KnownLayout};

use super::{Blocks, Damaged, Image, layout::Entry};
use crate::model::encoded::varint;

/// A section.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Section<'a> {
    id: u32,
    bytes: &'a [u8],
    /// The blocks to verify, and the number of the first; absent if nothing is left to verify.
    lazy: Option<(&'a Blocks, u64)>,
}

impl<'a> Section<'a> {
    pub(super) fn new(image: &'a Image, id: u32, entry: Option<&Entry>) -> Section<'a> {
        let bytes = entry.and_then(|entry| image.bytes().get(entry.at as usize..(entry.at + entry.len) as usize));
        let lazy = entry.filter(|entry| !entry.eager).and_then(|entry| Some((image.blocks.as_ref()?, entry.check)));
        Section { id, bytes: bytes.unwrap_or_default(), lazy }
    }

    /// Its length in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// A part of it, verified.
    pub(crate) fn bytes(&self, range: Range<u64>) -> Result<&'a [u8], Damaged> {
        let Range { start, end } = range;
        let bytes = self.bytes.get(start as usize..end as usize).ok_or_else(|| self.damaged(start))?;
        self.verify(start, end)?;
        Ok(bytes)
    }

    /// A message behind its length that starts here: its length in front included.
    pub(crate) fn delimited(&self, at: u64) -> Result<&'a [u8], Damaged> {
        // A length takes at most ten bytes, which may lie in the next block.
        let head = self.bytes(at..self.len().min(at.saturating_add(10)))?;
        let (len, prefix) = varint(head).ok_or_else(|| self.damaged(at))?;
        let end = at.checked_add(prefix as u64).and_then(|start| start.checked_add(len));
        self.bytes(at..end.ok_or_else(|| self.damaged(at))?)
    }

    /// Reads a byte of each cache line from here on, of which nothing depends: so the processor waits for all of them together,
    /// and not for each when it is needed.
    pub(crate) fn fetch(&self, at: u64, len: u64) {
        let end = at.saturating_add(len).min(self.len());
        let bytes = self.bytes.get(at as usize..end as usize).unwrap_or_default();
        std::hint::black_box(bytes.iter().step_by(64).fold(0, |all, byte| all ^ byte));
    }

    /// All of it as an array, of which nothing has been verified yet that was not before.
    pub(crate) fn array<T: FromBytes + Immutable + KnownLayout>(&self) -> Array<'a, T> {
        let whole = self.bytes.len() - self.bytes.len() % size_of::<T>().max(1);
        let items = self.bytes.get(..whole).and_then(|bytes| <[T]>::ref_from_bytes(bytes).ok());
        Array { items: items.unwrap_or_default(), section: *self }
    }

    /// The error that something at a byte of this section makes no sense.
    pub(crate) fn damaged(&self, at: u64) -> Damaged {
        Damaged { section: self.id, at }
    }

    #[inline]
    fn verify(&self, start: u64, end: u64) -> Result<(), Damaged> {
        match self.lazy {
            Some((blocks, first)) if !blocks.is_seen(first, start, end) => {
                blocks.look(first, self.bytes, start, end).map_err(|at| self.damaged(at))
            }
            _ => Ok(()),
        }
    }
}

/// A section as an array of values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Array<'a, T> {
    items: &'a [T],
    section: Section<'a>,
}

impl<'a, T> Array<'a, T> {
    /// No values.
    pub(crate) fn empty() -> Array<'a, T> {
        Array { items: &[], section: Section { id: 0, bytes: &[], lazy: None } }
    }

    /// How many of the first values meet a condition, if those that meet it come first.
    pub(crate) fn partition_point(&self, holds: impl Fn(&T) -> Result<bool, Damaged>) -> Result<u32, Damaged> {
        Ok(partition_point(self.items.len(), |at| holds(self.get(at as u32)?))? as u32)
    }

    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// A value.
    pub(crate) fn get(&self, at: u32) -> Result<&'a T, Damaged> {
        let start = u64::from(at) * size_of::<T>() as u64;
        let item = self.items.get(at as usize).ok_or_else(|| self.section.damaged(start))?;
        self.section.verify(start, start + size_of::<T>() as u64)?;
        Ok(item)
    }

    /// Values one after the other.
    pub(crate) fn slice(&self, range: Range<u32>) -> Result<&'a [T], Damaged> {
        let at = |index: u32| u64::from(index) * size_of::<T>() as u64;
        let items = self.items.get(range.start as usize..range.end as usize);
        let items = items.ok_or_else(|| self.section.damaged(at(range.start)))?;
        self.section.verify(at(range.start), at(range.end))?;
        Ok(items)
    }
}

/// How many of the first of so many values meet a condition, if those that meet it come first.
pub(crate) fn partition_point(len: usize, holds: impl Fn(usize) -> Result<bool, Damaged>) -> Result<usize, Damaged> {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle)? { low = middle + 1 } else { high = middle }
    }
    Ok(low)
}
