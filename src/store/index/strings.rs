//! Sorted strings, found by binary search, and lists of numbers: parts that dictionaries are made of.
//!
//! A finite state transducer would be smaller and quicker, but there is none whose bytes are read without trusting them: a bad
//! one panics. What this costs is a microsecond a word, and some bytes for each distinct word.

use std::{io, ops::Range};

use zerocopy::{FromBytes, Immutable, IntoBytes};

use super::bytes::values;
use crate::store::image::{Damaged, Section};

/// A section of several arrays, each from a multiple of eight bytes on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'a> {
    ends: &'a [u64],
    section: Section<'a>,
}

impl<'a> Parts<'a> {
    /// A section of so many arrays.
    pub(super) fn open(section: Section<'a>, count: u64) -> Result<Parts<'a>, Damaged> {
        Ok(Parts { ends: values(section, 0, count)?, section })
    }

    /// One of the arrays.
    pub(super) fn get<T: FromBytes + Immutable>(&self, part: usize) -> Result<&'a [T], Damaged> {
        let end = |part: usize| self.ends.get(part).copied();
        let first = size_of_val(self.ends) as u64;
        let start = part.checked_sub(1).map_or(Some(first), end).and_then(|end| end.checked_next_multiple_of(8));
        let range = start.zip(end(part)).filter(|(start, end)| start <= end).ok_or_else(|| self.section.damaged(0))?;
        let (start, size) = (range.0, size_of::<T>() as u64);
        if !(range.1 - start).is_multiple_of(size) {
            return Err(self.section.damaged(start));
        }
        values(self.section, start, (range.1 - start) / size)
    }

    /// Writes arrays.
    pub(super) fn write(parts: &[&[u8]]) -> Vec<u8> {
        let mut bytes = vec![0; parts.len() * size_of::<u64>()];
        for (at, part) in parts.iter().enumerate() {
            bytes.resize(bytes.len().next_multiple_of(8), 0);
            bytes.extend_from_slice(part);
            let end = bytes.len() as u64;
            bytes[at * 8..at * 8 + 8].copy_from_slice(end.as_bytes());
        }
        bytes
    }
}

/// Strings one after the other, with their ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strings<'a> {
    ends: &'a [u32],
    bytes: &'a [u8],
}

impl<'a> Strings<'a> {
    /// Strings in two parts from this one on.
    pub(super) fn open(parts: &Parts<'a>, part: usize) -> Result<Strings<'a>, Damaged> {
        Ok(Strings { ends: parts.get(part)?, bytes: parts.get(part + 1)? })
    }

    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        self.ends.len() as u32
    }

    /// The string of a number; empty if it cannot be read.
    pub(super) fn get(&self, number: u32) -> &'a [u8] {
        let at = |number: u32| self.ends.get(number as usize).map(|end| *end as usize);
        let range = number.checked_sub(1).map_or(Some(0), at).zip(at(number));
        range.and_then(|(start, end)| self.bytes.get(start..end)).unwrap_or_default()
    }

    /// The number of a string, if they are sorted.
    pub(super) fn find(&self, string: &[u8]) -> Option<u32> {
        let at = self.first_not(|other| other < string);
        (at < self.len() && self.get(at) == string).then_some(at)
    }

    /// The numbers of the strings that begin so, if they are sorted.
    pub(super) fn begun_by(&self, start: &[u8]) -> Range<u32> {
        let first = self.first_not(|other| other < start);
        let end = self.first_not(|other| other < start || other.starts_with(start));
        first..end.max(first)
    }

    fn first_not(&self, before: impl Fn(&[u8]) -> bool) -> u32 {
        let (mut start, mut end) = (0, self.len());
        while start < end {
            let middle = start + (end - start) / 2;
            if before(self.get(middle)) { start = middle + 1 } else { end = middle }
        }
        start
    }
}

/// Collects strings.
#[derive(Debug, Clone, Default)]
pub(super) struct StringsBuilder {
    ends: Vec<u32>,
    bytes: Vec<u8>,
}

impl StringsBuilder {
    /// Appends a string.
    pub(super) fn push(&mut self, string: &[u8]) {
        self.bytes.extend_from_slice(string);
        // Ends of more than can be counted are wrong, and refused when the parts are asked for.
        self.ends.push(self.bytes.len() as u32);
    }

    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        self.ends.len() as u32
    }

    /// Its two parts. More than 4 GiB of strings are an error.
    pub(super) fn parts(&self) -> io::Result<[&[u8]; 2]> {
        counted(self.bytes.len())?;
        Ok([self.ends.as_bytes(), &self.bytes])
    }
}

/// Lists of numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lists<'a> {
    ends: &'a [u32],
    values: &'a [u32],
}

impl<'a> Lists<'a> {
    /// Lists in two parts from this one on.
    pub(super) fn open(parts: &Parts<'a>, part: usize) -> Result<Lists<'a>, Damaged> {
        Ok(Lists { ends: parts.get(part)?, values: parts.get(part + 1)? })
    }

    /// The list of a number; empty if it cannot be read.
    pub(super) fn get(&self, number: u32) -> &'a [u32] {
        let at = |number: u32| self.ends.get(number as usize).map(|end| *end as usize);
        let range = number.checked_sub(1).map_or(Some(0), at).zip(at(number));
        range.and_then(|(start, end)| self.values.get(start..end)).unwrap_or_default()
    }
}

/// Collects lists.
#[derive(Debug, Clone, Default)]
pub(super) struct ListsBuilder {
    ends: Vec<u32>,
    values: Vec<u32>,
}

impl ListsBuilder {
    /// Appends a list.
    pub(super) fn push(&mut self, values: &[u32]) {
        self.values.extend_from_slice(values);
        self.ends.push(self.values.len() as u32);
    }

    /// Its two parts. More than four billion values are an error.
    pub(super) fn parts(&self) -> io::Result<[&[u8]; 2]> {
        counted(self.values.len())?;
        Ok([self.ends.as_bytes(), self.values.as_bytes()])
    }
}

/// Refuses what the ends of strings and lists cannot count.
fn counted(len: usize) -> io::Result<()> {
    let counts = u32::try_from(len).map(drop);
    counts.map_err(|_| io::Error::new(io::ErrorKind::FileTooLarge, "more than 4 GiB of names or words for one file"))
}
