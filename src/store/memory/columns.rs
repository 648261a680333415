//! Columns: what a query checks or sorts by, one value a row, and the encoded bytes that rows point into.

use std::ops::Range;

use crate::model::{day::Day, derive::Known, span::Span, sphere::Circle};

/// A message in the buffer, behind its length.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slice {
    start: usize,
    len: u32,
}

impl Slice {
    /// A part of the buffer.
    pub(super) fn of(range: Range<usize>) -> Slice {
        Slice { start: range.start, len: u32::try_from(range.len()).unwrap_or(u32::MAX) }
    }
}

/// Encoded messages, one after the other.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
}

impl Buffer {
    /// Appends a message behind its length. The second value is where the message itself starts.
    pub(super) fn push(&mut self, message: &impl prost::Message) -> (Slice, usize) {
        let start = self.bytes.len();
        let body = message.encoded_len();
        prost::encoding::encode_varint(body as u64, &mut self.bytes);
        let at = self.bytes.len();
        message.encode_raw(&mut self.bytes);
        (Slice::of(start..self.bytes.len()), at)
    }

    /// The bytes of a slice.
    pub(super) fn get(&self, slice: Slice) -> &[u8] {
        self.bytes.get(slice.start..slice.start + slice.len as usize).unwrap_or_default()
    }

    /// All bytes from here on.
    pub(super) fn from(&self, at: usize) -> &[u8] {
        self.bytes.get(at..).unwrap_or_default()
    }
}

/// Several values a row: values of row r stand at `offsets[r]..offsets[r + 1]`.
#[derive(Debug)]
pub(super) struct Lists<T> {
    offsets: Vec<u32>,
    values: Vec<T>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Lists { offsets: vec![0], values: vec![] }
    }
}

impl<T> Lists<T> {
    /// Appends a row.
    pub(super) fn push(&mut self, values: impl IntoIterator<Item = T>) {
        self.values.extend(values);
        self.offsets.push(u32::try_from(self.values.len()).unwrap_or(u32::MAX));
    }

    /// The values of a row.
    pub(super) fn get(&self, row: u32) -> &[T] {
        let at = |row: usize| self.offsets.get(row).map_or(0, |at| *at as usize);
        self.values.get(at(row as usize)..at(row as usize + 1)).unwrap_or_default()
    }
}

/// A claim of a row.
#[derive(Debug)]
pub(super) struct ClaimEntry {
    /// Its bytes inside the event's.
    pub(super) slice: Slice,
    /// Its claimant among the actors.
    pub(super) claimant: Option<u32>,
    /// Its sources.
    pub(super) sources: Vec<u32>,
    /// Its stance.
    pub(super) stance: i32,
    /// When it was stated, if that is known.
    pub(super) stated: Option<Day>,
}

/// A dispute of a row.
#[derive(Debug)]
pub(super) struct DisputeEntry {
    /// Its bytes inside the event's.
    pub(super) slice: Slice,
    /// Its aspect.
    pub(super) aspect: i32,
}

/// Numbers of deaths: low, best, high.
pub(super) type Deaths = [Option<u32>; 3];

/// The columns of a row. Rows are versions of events in order of time: dated ones first.
#[derive(Debug)]
pub(super) struct Row {
    /// The event.
    pub(super) event: u32,
    /// When this version is known.
    pub(super) known: Known,
    /// Its bounds in time.
    pub(super) span: Span,
    /// Whether a claim dates it.
    pub(super) dated: bool,
    /// Where it was, if a point is known.
    pub(super) circle: Option<Circle>,
    /// Whether its place is known no better than a region.
    pub(super) coarse: bool,
    /// Its kind.
    pub(super) kind: i32,
    /// Its derived status.
    pub(super) status: i32,
    /// Its country.
    pub(super) country: Option<[u8; 2]>,
    /// The place of its location.
    pub(super) place: Option<u32>,
    /// Deaths, if a claim gives any.
    pub(super) deaths: Option<Deaths>,
    /// Its bytes.
    pub(super) bytes: Slice,
    /// Its place among equals: newest first, then by name.
    pub(super) newest: u32,
}

/// All columns.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// One a row.
    pub(super) rows: Vec<Row>,
    /// Rows before this one are dated.
    pub(super) dated: u32,
    /// Actors that take part, each once.
    pub(super) actors: Lists<u32>,
    /// Camps.
    pub(super) camps: Lists<u32>,
    /// Sources of its claims, each once.
    pub(super) sources: Lists<u32>,
    /// Claims, the preferred one first.
    pub(super) claims: Lists<ClaimEntry>,
    /// Disputes.
    pub(super) disputes: Lists<DisputeEntry>,
}

impl Columns {
    /// A row.
    pub(super) fn row(&self, row: u32) -> Option<&Row> {
        self.rows.get(row as usize)
    }
}
