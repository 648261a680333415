//! Sorts more than memory should hold: keys with a number each, in runs that are written to files without a name and merged.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek as _, Write as _},
    path::PathBuf,
};

/// How much is sorted in memory at once, in bytes.
pub(super) const BOUND: usize = 128 << 20;

/// A key in the arena, and its number.
#[derive(Debug, Clone, Copy)]
struct Item {
    start: u32,
    len: u32,
    number: u64,
}

/// Takes in keys and their numbers in any order.
#[derive(Debug)]
pub(super) struct Sorter {
    /// Where runs are written.
    folder: PathBuf,
    bound: usize,
    keys: Vec<u8>,
    items: Vec<Item>,
    runs: Vec<File>,
}

impl Sorter {
    /// A sorter that holds about so many bytes.
    pub(super) fn new(folder: PathBuf, bound: usize) -> Sorter {
        Sorter { folder, bound: bound.min(1 << 31), keys: vec![], items: vec![], runs: vec![] }
    }

    /// Adds a key. Equal keys are ordered by their numbers.
    pub(super) fn add(&mut self, key: &[u8], number: u64) -> io::Result<()> {
        self.items.push(Item { start: self.keys.len() as u32, len: key.len() as u32, number });
        self.keys.extend_from_slice(key);
        if self.keys.len() + self.items.len() * size_of::<Item>() >= self.bound {
            self.spill()?;
        }
        Ok(())
    }

    /// What was added, in order.
    pub(super) fn sorted(mut self) -> io::Result<Sorted> {
        self.sort();
        let mut sorted =
            Sorted { keys: self.keys, items: self.items.into_iter(), runs: vec![], heap: BinaryHeap::new() };
        for mut file in self.runs {
            file.rewind()?;
            sorted.runs.push(BufReader::with_capacity(1 << 18, file));
        }
        for run in 0..=sorted.runs.len() {
            sorted.refill(run)?;
        }
        Ok(sorted)
    }

    fn sort(&mut self) {
        let keys = &self.keys;
        self.items.sort_unstable_by(|one, other| (key(keys, one), one.number).cmp(&(key(keys, other), other.number)));
    }

    /// Writes what is held as a run.
    fn spill(&mut self) -> io::Result<()> {
        self.sort();
        let mut run = BufWriter::with_capacity(1 << 20, tempfile::tempfile_in(&self.folder)?);
        for item in &self.items {
            run.write_all(&item.len.to_le_bytes())?;
            run.write_all(&item.number.to_le_bytes())?;
            run.write_all(key(&self.keys, item))?;
        }
        self.runs.push(run.into_inner().map_err(io::IntoInnerError::into_error)?);
        self.keys.clear();
        self.items.clear();
        Ok(())
    }
}

fn key<'a>(keys: &'a [u8], item: &Item) -> &'a [u8] {
    keys.get(item.start as usize..(item.start + item.len) as usize).unwrap_or_default()
}

/// Keys and numbers in order.
#[derive(Debug)]
pub(super) struct Sorted {
    keys: Vec<u8>,
    items: std::vec::IntoIter<Item>,
    runs: Vec<BufReader<File>>,
    /// The next of each run, and of what was never written, which comes last.
    heap: BinaryHeap<Reverse<(Vec<u8>, u64, usize)>>,
}

impl Sorted {
    /// Takes in the next of a run.
    fn refill(&mut self, run: usize) -> io::Result<()> {
        let next = match self.runs.get_mut(run) {
            Some(run) => read(run)?,
            None => self.items.next().map(|item| (key(&self.keys, &item).to_vec(), item.number)),
        };
        self.heap.extend(next.map(|(key, number)| Reverse((key, number, run))));
        Ok(())
    }
}

impl Iterator for Sorted {
    type Item = io::Result<(Vec<u8>, u64)>;

    fn next(&mut self) -> Option<Self::Item> {
        let Reverse((key, number, run)) = self.heap.pop()?;
        Some(self.refill(run).map(|()| (key, number)))
    }
}

/// The next key and number of a run, absent at its end.
fn read(run: &mut impl Read) -> io::Result<Option<(Vec<u8>, u64)>> {
    let (mut len, mut number) = ([0; 4], [0; 8]);
    match run.read_exact(&mut len) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    run.read_exact(&mut number)?;
    let mut key = vec![0; u32::from_le_bytes(len) as usize];
    run.read_exact(&mut key)?;
    Ok(Some((key, u64::from_le_bytes(number))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn what_is_sorted_in_runs_is_sorted(
            keys in prop::collection::vec(prop::collection::vec(0_u8..4, 0..4), 0..300), bound in 1_usize..4000
        ) {
            let mut sorter = Sorter::new(std::env::temp_dir(), bound);
            for (number, key) in (0..).zip(&keys) {
                sorter.add(key, number).unwrap();
            }
            let sorted: Vec<(Vec<u8>, u64)> = sorter.sorted().unwrap().map(Result::unwrap).collect();
            let mut expected: Vec<(Vec<u8>, u64)> = keys.into_iter().zip(0..).collect();
            expected.sort();
            prop_assert_eq!(sorted, expected);
        }
    }
}
