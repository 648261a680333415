//! Names of events to their first rows: an open table of hashes, whose hits are checked against the event itself.
//!
//! A slot is a row with the bits left over as a tag of the hash, so that hardly any but the right event is looked at. Names
//! are in the order of their hashes, each in its place or the next free one behind it: that is one order, however the table
//! came about, and it can be written from front to back.

use zerocopy::{FromBytes, Immutable, IntoBytes};

use super::bytes::values;
use crate::store::image::{Damaged, Section};

/// What stands in a slot without a name.
const FREE: u32 = u32::MAX;
/// Slots read at once: as many as a cache line holds.
const RUN: u64 = 16;
/// No name is farther behind its place than this: more than chance gives any table.
const FARTHEST: u64 = 1 << 14;

#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
struct Header {
    /// Places. Behind the last there may be some more slots.
    places: u64,
    slots: u64,
    /// Bits of a row.
    bits: u64,
}

/// The table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NameTable<'a> {
    header: &'a Header,
    section: Section<'a>,
}

impl<'a> NameTable<'a> {
    /// The table that a builder wrote.
    pub(crate) fn open(section: Section<'a>) -> Result<NameTable<'a>, Damaged> {
        let header: &[Header] = values(section, 0, 1)?;
        let held = section.len().saturating_sub(size_of::<Header>() as u64) / size_of::<u32>() as u64;
        let sound = |header: &&Header| header.bits <= 32 && header.slots == held && header.places <= held;
        let header = header.first().filter(sound).ok_or_else(|| section.damaged(0))?;
        Ok(NameTable { header, section })
    }

    /// The row of a name, if `is_named` finds the name there.
    pub(crate) fn find(
        &self,
        name: &[u8],
        mut is_named: impl FnMut(u32) -> Result<bool, Damaged>,
    ) -> Result<Option<u32>, Damaged> {
        let hash = hash(name);
        let tag = tag(hash, self.header.bits);
        let rows = low_bits(self.header.bits);
        let mut at = place(hash, self.header.places);
        let end = self.header.slots.min(at.saturating_add(FARTHEST));
        while at < end {
            let run = RUN.min(end - at);
            let slots: &[u32] = values(self.section, size_of::<Header>() as u64 + at * 4, run)?;
            for slot in slots {
                if *slot == FREE {
                    return Ok(None);
                }
                if slot & !rows == tag && is_named(slot & rows)? {
                    return Ok(Some(slot & rows));
                }
            }
            at += run;
        }
        Ok(None)
    }
}

/// Collects names.
#[derive(Debug, Default)]
pub(crate) struct NamesBuilder {
    hashed: Vec<(u64, u32)>,
}

impl NamesBuilder {
    /// Adds a name, once, with its first row.
    pub(crate) fn add(&mut self, name: &[u8], row: u32) {
        self.hashed.push((hash(name), row));
    }

    /// The bytes, for a table of so many rows.
    pub(crate) fn finish(mut self, rows: u32) -> Vec<u8> {
        self.hashed.sort_unstable();
        // Seven in ten places are taken: a look at one or two slots finds a name, or that there is none.
        let places = self.hashed.len() as u64 * 10 / 7 + 1;
        // A row of all ones would be a free slot.
        let bits = u64::from(u32::BITS - rows.leading_zeros());
        let mut slots: Vec<u32> = Vec::with_capacity(places as usize + 64);
        for (hash, row) in self.hashed {
            let place = place(hash, places) as usize;
            if slots.len() < place {
                slots.resize(place, FREE);
            }
            slots.push(tag(hash, bits) | row & low_bits(bits));
        }
        if (slots.len() as u64) < places {
            slots.resize(places as usize, FREE);
        }
        let header = Header { places, slots: slots.len() as u64, bits };
        [header.as_bytes(), slots.as_bytes()].concat()
    }
}

/// A fixed hash: it stands in files. A checksum tells similar names apart for sure, and the rest spreads them evenly.
fn hash(name: &[u8]) -> u64 {
    let sum = crc_fast::crc64_nvme(name);
    let mixed = (sum ^ sum >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

fn place(hash: u64, places: u64) -> u64 {
    ((u128::from(hash) * u128::from(places)) >> 64) as u64
}

/// The bits of a hash that a slot has room for, where they stand: low ones, for the high ones gave the place.
fn tag(hash: u64, bits: u64) -> u32 {
    (hash as u32) & !low_bits(bits)
}

fn low_bits(bits: u64) -> u32 {
    1_u64.checked_shl(bits as u32).unwrap_or_default().wrapping_sub(1) as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::index::bytes::Held;

    fn name(number: u32) -> String {
        format!("events/made-up-{number}")
    }

    fn build(numbers: &[u32], rows: u32) -> Held {
        let mut builder = NamesBuilder::default();
        (0..).zip(numbers).for_each(|(row, number)| builder.add(name(*number).as_bytes(), row));
        Held::new(&builder.finish(rows))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn each_name_leads_to_its_row(numbers in prop::collection::btree_set(0_u32..5000, 0..700), more in 0_u32..3, missing in 5000_u32..6000) {
            let numbers: Vec<u32> = numbers.into_iter().collect();
            let held = build(&numbers, numbers.len() as u32 + more);
            let table = NameTable::open(held.section()).unwrap();
            for (row, number) in (0_u32..).zip(&numbers) {
                let is_named = |row: u32| Ok(numbers[row as usize] == *number);
                prop_assert_eq!(table.find(name(*number).as_bytes(), is_named).unwrap(), Some(row));
            }
            let found = table.find(name(missing).as_bytes(), |row| Ok(numbers[row as usize] == missing));
            prop_assert_eq!(found.unwrap(), None);
        }

        #[test]
        fn the_order_of_names_does_not_matter(numbers in prop::collection::btree_set(0_u32..5000, 0..99)) {
            let (mut forth, mut back) = (NamesBuilder::default(), NamesBuilder::default());
            for number in &numbers {
                forth.add(name(*number).as_bytes(), *number);
            }
            for number in numbers.iter().rev() {
                back.add(name(*number).as_bytes(), *number);
            }
            prop_assert_eq!(forth.finish(5000), back.finish(5000));
        }

        #[test]
        fn bytes_that_mean_nothing_never_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), number in 0_u32..200) {
            let mut bytes = build(&(0..100).collect::<Vec<_>>(), 100).bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let held = Held::new(&bytes);
            if let Ok(table) = NameTable::open(held.section()) {
                let _ = table.find(name(number).as_bytes(), |row| Ok(row == number));
            }
        }
    }

    #[test]
    fn a_header_that_tells_of_more_slots_than_there_are_is_damage() {
        for (places, slots) in [(u64::MAX, u64::MAX), (143, u64::MAX), (u64::MAX, 143), (143, 144), (143, 0)] {
            let mut bytes = build(&(0..100).collect::<Vec<_>>(), 100).bytes().to_vec();
            bytes[..16].copy_from_slice([places, slots].as_bytes());
            let held = Held::new(&bytes);
            let found = NameTable::open(held.section()).and_then(|table| table.find(name(7).as_bytes(), |_| Ok(true)));
            assert!(found.is_err(), "{places} places, {slots} slots");
        }
    }

    #[test]
    fn few_but_the_right_one_are_looked_at() {
        let numbers: Vec<u32> = (0..100_000).collect();
        let held = build(&numbers, 100_000);
        let table = NameTable::open(held.section()).unwrap();
        let mut looked = 0;
        for number in 100_000..200_000 {
            table
                .find(name(number).as_bytes(), |_| {
                    looked += 1;
                    Ok(false)
                })
                .unwrap();
        }
        assert!(looked < 200, "{looked}");
        assert!(held.bytes().len() < 600_000);
    }
}
