//! Rows of a key while an image is built, in about the space that they take when it is written.

use std::ops::Range;

use prost::encoding::{decode_varint, encode_varint};

/// Rows in order, as varints: for each run of them how far it is from the one before, twice, and how long it is, if the last
/// bit says that it is longer than one.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowList {
    bytes: Vec<u8>,
    /// The end of the last run in `bytes`.
    end: u32,
    /// The run that may go on.
    open: Range<u32>,
}

impl RowList {
    /// Appends a row, if it is not the last one already. Rows come in order, and the greatest number is none.
    pub(crate) fn push(&mut self, row: u32) {
        if self.open.contains(&row) {
            return;
        }
        if row != self.open.end {
            self.close();
            self.open.start = row;
        }
        self.open.end = row + 1;
    }

    /// The rows, in order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = u32> {
        let (mut bytes, mut end) = (self.bytes.as_slice(), 0);
        let written = std::iter::from_fn(move || {
            let gap = decode_varint(&mut bytes).ok()?;
            let len = if gap & 1 == 1 { decode_varint(&mut bytes).ok()? } else { 1 };
            let first = end + (gap >> 1) as u32;
            end = first + len as u32;
            Some(first..end)
        });
        written.chain([self.open.clone()]).flatten()
    }

    fn close(&mut self) {
        let Range { start, end } = self.open;
        let several = end - start > 1;
        if end > start {
            encode_varint(u64::from(start - self.end) << 1 | u64::from(several), &mut self.bytes);
        }
        if several {
            encode_varint(u64::from(end - start), &mut self.bytes);
        }
        self.end = end;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_come_back(steps in prop::collection::vec(prop_oneof![Just(0_u32), Just(1), 0_u32..300, 0_u32..100_000], 0..200)) {
            let rows: Vec<u32> = steps.iter().scan(0, |row, step| { *row += step; Some(*row) }).collect();
            let mut list = RowList::default();
            for row in &rows {
                list.push(*row);
            }
            let mut once = rows;
            once.dedup();
            prop_assert_eq!(list.rows().collect::<Vec<_>>(), once);
        }
    }

    #[test]
    fn a_row_takes_two_bytes_and_a_run_six() {
        let (mut lone, mut run) = (RowList::default(), RowList::default());
        (0..1000).for_each(|i| lone.push(i * 60));
        (0..1_000_000).for_each(|i| run.push(i));
        assert!(lone.bytes.len() <= 2000);
        assert!(run.bytes.len() <= 6);
    }
}
