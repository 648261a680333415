//! Ties: which rows have the same days as the row before, so that rows are told apart by how new they are without a look at them.
//!
//! Rows are in order of time, and those of equal days in order of names. Of two rows the later one is the newer, unless both
//! belong to one tie: then they are equally new.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::store::image::{Array, Damaged};

/// Rows of a block.
const ROWS: u32 = u64::BITS;

/// Sixty-four rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct TieBlock {
    /// For each row whether it begins a tie.
    begins: u64,
    /// Where the tie of the block's first row begins.
    first: u32,
    /// Nothing.
    blank: u32,
}

/// Where ties begin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ties<'a>(Array<'a, TieBlock>);

impl<'a> Ties<'a> {
    /// The ties of the rows of an image.
    pub(crate) fn new(blocks: Array<'a, TieBlock>) -> Ties<'a> {
        Ties(blocks)
    }

    /// Where the tie of a row begins.
    pub(crate) fn of(&self, row: u32) -> Result<u32, Damaged> {
        let block = self.0.get(row / ROWS)?;
        let till = block.begins & (u64::MAX >> (ROWS - 1 - row % ROWS));
        Ok(if till == 0 { block.first } else { row - row % ROWS + till.ilog2() })
    }
}

/// Collects the ties of rows in their order.
#[derive(Debug)]
pub(crate) struct TiesBuilder<D> {
    rows: u32,
    /// The days of the row before, and where its tie begins.
    last: Option<(D, u32)>,
    blocks: Vec<TieBlock>,
}

// Not derived: that would want a `Default` of the days.
impl<D> Default for TiesBuilder<D> {
    fn default() -> Self {
        TiesBuilder { rows: 0, last: None, blocks: vec![] }
    }
}

impl<D: PartialEq> TiesBuilder<D> {
    /// Adds the next row by its days.
    pub(crate) fn add(&mut self, days: D) {
        let row = self.rows;
        let tie = self.last.take().filter(|(last, _)| *last == days).map_or(row, |(_, tie)| tie);
        if row.is_multiple_of(ROWS) {
            self.blocks.push(TieBlock { begins: 0, first: tie, blank: 0 });
        }
        self.blocks.last_mut().into_iter().for_each(|block| block.begins |= u64::from(tie == row) << (row % ROWS));
        self.last = Some((days, tie));
        self.rows += 1;
    }

    /// The blocks.
    pub(crate) fn blocks(&self) -> &[TieBlock] {
        &self.blocks
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::image::{ImageWriter, SectionId};

    proptest! {
        #[test]
        fn a_tie_begins_where_days_change(lens in prop::collection::vec(1_usize..200, 0..20)) {
            let days: Vec<usize> =
                lens.iter().enumerate().flat_map(|(day, len)| std::iter::repeat_n(day, *len)).collect();
            let mut builder = TiesBuilder::default();
            for day in &days {
                builder.add(*day);
            }
            let mut image = ImageWriter::in_memory().unwrap();
            image.lazy(SectionId::Ties, builder.blocks()).unwrap();
            let image = image.open([0; 32]).unwrap();
            let ties = Ties::new(image.array(SectionId::Ties));
            for (row, day) in days.iter().enumerate() {
                let begins = days.iter().position(|other| other == day).unwrap();
                prop_assert_eq!(ties.of(row as u32).unwrap(), begins as u32);
            }
            prop_assert!(ties.of(days.len().next_multiple_of(64) as u32).is_err());
        }
    }
}
