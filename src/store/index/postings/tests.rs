//! Postings against sets of rows.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{container::Block, *};
use crate::store::index::bytes::Held;

/// Written postings.
pub(crate) struct Written {
    directory: Held,
    places: Held,
    bodies: Held,
}

impl Written {
    pub(crate) fn new(rows: &BTreeMap<Key, BTreeSet<u32>>) -> Written {
        let mut builder = PostingsBuilder::default();
        for (key, rows) in rows {
            for row in rows {
                builder.add(*key, *row);
            }
        }
        let mut writer = PostingsWriter::new(vec![]);
        builder.write(&mut writer).unwrap();
        let (directory, bodies) = writer.finish().unwrap();
        Written {
            directory: Held::new(directory.entries()),
            places: Held::new(directory.places()),
            bodies: Held::new(&bodies),
        }
    }

    pub(crate) fn open(&self) -> Postings<'_> {
        Postings::open(self.directory.section(), self.places.section(), self.bodies.section()).unwrap()
    }
}

/// Rows with gaps, in crowds and in runs, over a few chunks; some on either side of where a block or a chunk ends.
pub(crate) fn some_rows() -> impl Strategy<Value = BTreeSet<u32>> {
    let edge = (1_u32..44).prop_flat_map(|block| block * BLOCK - 1..=block * BLOCK);
    let lone = prop::collection::btree_set(prop_oneof![2 => 0_u32..180_000, 1 => edge], 0..20);
    let runs = prop::collection::vec((0_u32..180_000, 1_u32..20_000), 0..3);
    let crowd = (0_u32..130_000, 2_u32..9, 0_u32..6000);
    (lone, runs, prop::option::of(crowd)).prop_map(|(mut rows, runs, crowd)| {
        rows.extend(runs.into_iter().flat_map(|(first, len)| first..first + len));
        rows.extend(crowd.into_iter().flat_map(|(first, step, len)| (0..len).map(move |i| first + i * step)));
        rows
    })
}

fn rows_of(posting: &Posting<'_>) -> BTreeSet<u32> {
    let mut rows = BTreeSet::new();
    let mut chunk = posting.next_chunk(0);
    while let Some(at) = chunk {
        let container = posting.chunk(at).unwrap().unwrap();
        for block in 0..(CHUNK / BLOCK) as u16 {
            let mut bits: Block = [0; WORDS];
            container.or_into(block, &mut bits);
            let first = u32::from(at) * CHUNK + u32::from(block) * BLOCK;
            rows.extend((0..BLOCK).filter(|i| bits[*i as usize / 64] >> (i % 64) & 1 == 1).map(|i| first + i));
        }
        chunk = at.checked_add(1).and_then(|from| posting.next_chunk(from));
    }
    rows
}

#[test]
fn rows_at_either_end_of_a_block_are_found() {
    let ends = [0, BLOCK - 1, BLOCK, 2 * BLOCK - 1, CHUNK - BLOCK, CHUNK - 1, CHUNK, 3 * CHUNK - 1];
    let pairs = ends.iter().flat_map(|one| ends.iter().map(move |other| BTreeSet::from([*one, *other])));
    let runs = ends.iter().flat_map(|end| [end.saturating_sub(BLOCK)..end + 1, *end..end + BLOCK]);
    // Alone in its chunk, two of a chunk, a run that begins or ends there, and many others in front.
    let crowds = ends.iter().map(|end| (0..*end).step_by(3).chain([*end]).collect());
    let sets = pairs.chain(runs.map(Iterator::collect)).chain(crowds);
    let sets: BTreeMap<Key, BTreeSet<u32>> = (0..).map(Key::Kind).zip(sets).collect();
    let written = Written::new(&sets);
    for (key, rows) in &sets {
        let posting = written.open().get(*key).unwrap();
        assert_eq!(&rows_of(&posting), rows);
        assert!(rows.iter().all(|row| posting.contains(*row).unwrap()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_posting_is_the_set_of_its_rows(sets in prop::collection::vec(some_rows(), 1..5), twice in any::<bool>(), probes in prop::collection::vec(0_u32..290_000, 50)) {
        let keys = [Key::Kind(7), Key::Takes(3, 1), Key::Takes(3, 2), Key::Country(*b"XA"), Key::Word(9)];
        let again = sets.first().cloned().filter(|_| twice);
        let sets: BTreeMap<Key, BTreeSet<u32>> = keys.into_iter().zip(sets.into_iter().chain(again)).collect();
        let written = Written::new(&sets);
        for (key, rows) in &sets {
            let posting = written.open().get(*key).unwrap();
            prop_assert_eq!(posting.len() as usize, rows.len());
            prop_assert_eq!(&rows_of(&posting), rows);
            for row in probes.iter().copied().chain(rows.iter().step_by(97).flat_map(|row| [row.saturating_sub(1), *row, row + 1])) {
                prop_assert_eq!(posting.contains(row).unwrap(), rows.contains(&row), "{}", row);
                let chunk = (row >> 16) as u16;
                let start = row & !(CHUNK - 1);
                let container = posting.chunk(chunk).unwrap();
                let next = container.and_then(|c| c.next(row as u16)).map(|low| start + u32::from(low));
                prop_assert_eq!(next, rows.range(row..start + CHUNK).next().copied());
                let back = container.and_then(|c| c.back(row as u16)).map(|low| start + u32::from(low));
                prop_assert_eq!(back, rows.range(start..=row).next_back().copied());
                prop_assert_eq!(posting.chunk_len(chunk) as usize, rows.range(start..start + CHUNK).count());
                prop_assert_eq!(posting.next_chunk(chunk), rows.range(start..).next().map(|row| (row >> 16) as u16));
                prop_assert_eq!(posting.back_chunk(chunk), rows.range(..start + CHUNK).next_back().map(|row| (row >> 16) as u16));
            }
        }
        prop_assert_eq!(written.open().get(Key::Contested).unwrap().len(), 0);
        let taken = written.open().range(Key::Takes(3, 0), Key::Takes(3, 99)).map(|posting| posting.unwrap().len()).sum::<u32>();
        let expected = sets.iter().filter(|(key, _)| matches!(key, Key::Takes(..))).map(|(_, rows)| rows.len()).sum::<usize>();
        prop_assert_eq!(taken as usize, expected);
    }

    #[test]
    fn bytes_that_mean_nothing_never_panic(rows in some_rows(), at in any::<prop::sample::Index>(), byte in any::<u8>(), part in 0..3) {
        let mut written = Written::new(&BTreeMap::from([(Key::Kind(1), rows), (Key::Kind(2), BTreeSet::from([5, 70_000]))]));
        let heap = match part { 0 => &mut written.directory, 1 => &mut written.places, _ => &mut written.bodies };
        if heap.bytes().is_empty() { return Ok(()); }
        let mut bytes = heap.bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        *heap = Held::new(&bytes);
        for posting in written.open().range(Key::Kind(0), Key::Kind(9)).flatten() {
            let _ = posting.contains(70_000);
            for chunk in 0..6 {
                if let Ok(Some(container)) = posting.chunk(chunk) {
                    let mut bits = [0; WORDS];
                    (0..16).for_each(|block| container.or_into(block, &mut bits));
                }
            }
        }
    }
}

#[test]
fn each_form_is_used_where_it_is_smallest() {
    let sets = BTreeMap::from([
        (Key::Kind(1), BTreeSet::from([70_000])),
        (Key::Kind(2), BTreeSet::from([1, 3])),
        (Key::Kind(3), (0..60_000).collect()),
        (Key::Kind(4), (0..60_000).step_by(2).collect()),
    ]);
    let written = Written::new(&sets);
    let form = |key, chunk| written.open().get(key).unwrap().chunk(chunk).unwrap().unwrap();
    assert!(matches!(form(Key::Kind(1), 1), Container::One(_)));
    assert!(matches!(form(Key::Kind(2), 0), Container::Array(_)));
    assert!(matches!(form(Key::Kind(3), 0), Container::Runs(_)));
    assert!(matches!(form(Key::Kind(4), 0), Container::Bitmap(_)));
    assert_eq!(written.places.bytes().len(), 3 * 8);
    assert_eq!(written.bodies.bytes().len(), (4 + 6_usize).next_multiple_of(8) + 8192);
}

#[test]
fn large_bodies_that_are_equal_are_held_once() {
    let rows = |step: usize, first: u32| -> BTreeSet<u32> { (first..first + 60_000).step_by(step).collect() };
    for (step, len) in [(2, 8192), (100, 1200)] {
        // The same rows of three keys, of which one has them in the next chunk.
        let sets = BTreeMap::from([
            (Key::Kind(1), rows(step, 0)),
            (Key::Kind(2), rows(step, 0)),
            (Key::Kind(3), rows(step, CHUNK)),
        ]);
        let written = Written::new(&sets);
        assert_eq!(written.bodies.bytes().len(), len);
        for (key, rows) in &sets {
            assert_eq!(&rows_of(&written.open().get(*key).unwrap()), rows);
        }
    }
}

#[test]
fn what_comes_unsorted_is_refused() {
    let mut writer = PostingsWriter::new(vec![]);
    writer.add(Key::Kind(1), 5).unwrap();
    writer.add(Key::Kind(1), 5).unwrap();
    assert!(writer.add(Key::Kind(1), 4).is_err());
    writer.add(Key::Status(1), 4).unwrap();
    assert!(writer.add(Key::Kind(2), 9).is_err());
}
