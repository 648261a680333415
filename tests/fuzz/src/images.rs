//! Snapshots to damage: changed where an input says, then given checksums that hold, so that what stands behind them is read.
//!
//! The layout is that of `src/store/image/layout.rs`: a header, sections, sums of the blocks of those that are read lazily, a
//! table. A whole snapshot must come out of [`mend`] unchanged, or this file is out of date.

use std::os::unix::fs::FileExt as _;

use crc_fast::crc64_nvme;

use crate::{Choices, files::Unnamed};

/// Where things stand in the header.
const LEN: usize = 80;
const TABLE_AT: usize = 88;
const SECTIONS: usize = 96;
const TABLE_SUM: usize = 104;
const HEADER_SUM: usize = 112;
/// Bytes of an entry of the table: number, kind, place, length, checksum or first block.
const ENTRY: usize = 32;
/// What has a checksum of its own in lazy sections.
const BLOCK: usize = 64 * 1024;
/// The section that holds these checksums.
const SUMS: u32 = 1;
/// Numbers that bounds and counts are made of.
const NUMBERS: [u32; 12] =
    [0, 1, 2, 0xff, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, u32::MAX - 1, u32::MAX, 0x0fff_ffff, 63];

fn number<const N: usize>(bytes: &[u8], at: usize) -> u64 {
    let mut out = [0; 8];
    if let Some(from) = bytes.get(at..at + N) {
        out[..N].copy_from_slice(from);
    }
    u64::from_le_bytes(out)
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(to) = at.checked_add(value.len()).and_then(|end| bytes.get_mut(at..end)) {
        to.copy_from_slice(value);
    }
}

/// An entry of the table.
#[derive(Clone, Copy)]
struct Entry {
    /// Where it stands itself.
    entry: usize,
    id: u32,
    eager: bool,
    at: usize,
    len: usize,
    first_block: u64,
}

/// The table, as far as it makes sense.
fn table(bytes: &[u8]) -> Vec<Entry> {
    let start = number::<8>(bytes, TABLE_AT) as usize;
    let count = (number::<8>(bytes, SECTIONS) as usize).min(bytes.len() / ENTRY);
    let entry = |at: usize| Entry {
        entry: at,
        id: number::<4>(bytes, at) as u32,
        eager: number::<4>(bytes, at + 4) == 1,
        at: number::<8>(bytes, at + 8) as usize,
        len: number::<8>(bytes, at + 16) as usize,
        first_block: number::<8>(bytes, at + 24),
    };
    (0..count).map(|i| start.saturating_add(i * ENTRY)).filter(|at| at + ENTRY <= bytes.len()).map(entry).collect()
}

/// Makes all checksums hold.
pub fn mend(bytes: &mut [u8]) {
    let entries = table(bytes);
    let sums = entries.iter().find(|entry| entry.id == SUMS).copied();
    for entry in entries.iter().filter(|entry| !entry.eager) {
        let Some(section) = entry.at.checked_add(entry.len).and_then(|end| bytes.get(entry.at..end)) else { continue };
        let blocks: Vec<u64> = section.chunks(BLOCK).map(crc64_nvme).collect();
        for (block, sum) in blocks.into_iter().enumerate() {
            let block = entry.first_block.saturating_add(block as u64);
            let Some(sums) = sums.filter(|sums| block < sums.len as u64 / 8) else { break };
            put(bytes, sums.at.saturating_add(block as usize * 8), &sum.to_le_bytes());
        }
    }
    // The sums of the blocks are an eager section themselves.
    for entry in entries.iter().filter(|entry| entry.eager) {
        let Some(section) = entry.at.checked_add(entry.len).and_then(|end| bytes.get(entry.at..end)) else { continue };
        let sum = crc64_nvme(section);
        put(bytes, entry.entry + 24, &sum.to_le_bytes());
    }
    let sum = crc64_nvme(bytes.get(number::<8>(bytes, TABLE_AT) as usize..).unwrap_or_default());
    put(bytes, TABLE_SUM, &sum.to_le_bytes());
    let len = bytes.len() as u64;
    put(bytes, LEN, &len.to_le_bytes());
    let sum = crc64_nvme(&bytes[..HEADER_SUM]);
    put(bytes, HEADER_SUM, &sum.to_le_bytes());
}

/// A snapshot, and a file for what becomes of it.
pub struct Snapshot {
    /// As it was built.
    pub whole: Vec<u8>,
    changed: Vec<u8>,
    entries: Vec<Entry>,
    file: Unnamed,
}

impl Snapshot {
    /// A snapshot of these bytes.
    ///
    /// # Panics
    /// If its layout is not the one that is mended here.
    pub fn new(whole: Vec<u8>) -> Snapshot {
        let mut mended = whole.clone();
        mend(&mut mended);
        assert!(mended == whole, "a whole snapshot is changed by mending it: src/images.rs does not know its layout");
        let entries = table(&whole);
        assert!(entries.len() > 20, "{} sections; src/images.rs does not know the layout", entries.len());
        Snapshot { changed: whole.clone(), entries, whole, file: Unnamed::new() }
    }

    /// Changes it as an input says; the path of the file that holds the result. Unless it is mended, the sums tell of the damage.
    pub fn damaged(&mut self, choices: &mut Choices<'_>, mended: bool) -> &std::path::Path {
        self.changed.clone_from(&self.whole);
        for _ in 0..choices.byte() % 8 {
            self.edit(choices);
        }
        if mended {
            mend(&mut self.changed);
        }
        self.write();
        &self.file.path
    }

    /// These bytes as a file.
    pub fn foreign(&mut self, bytes: &[u8]) -> &std::path::Path {
        self.changed.clear();
        self.changed.extend_from_slice(bytes);
        self.write();
        &self.file.path
    }

    fn write(&mut self) {
        let file = &self.file.file;
        file.set_len(self.changed.len() as u64).expect("the length of a file in memory");
        file.write_all_at(&self.changed, 0).expect("the bytes of a file in memory");
    }

    /// One change, somewhere in a section; or in the table, which says where sections stand.
    fn edit(&mut self, choices: &mut Choices<'_>) {
        let section = usize::from(choices.byte()) % (self.entries.len() + 1);
        let (start, len) = match self.entries.get(section) {
            Some(entry) => (entry.at, entry.len),
            None => (self.entries[0].entry, self.entries.len() * ENTRY),
        };
        let how = choices.byte();
        let [low, middle, high] = choices.bytes();
        let at = usize::from(low) | usize::from(middle) << 8 | usize::from(high) << 16;
        if len == 0 {
            return;
        }
        // Values of two, four and eight bytes stand at multiples of their size.
        let aligned = |size: usize| start + (at % (len / size).max(1)) * size;
        let bytes = &mut self.changed;
        match how % 8 {
            0 => put(bytes, start + at % len, &choices.bytes::<1>()),
            1 => {
                let place = start + at % len;
                bytes[place] ^= 1 << (choices.byte() % 8);
            }
            2 => put(bytes, aligned(2), &choices.bytes::<2>()),
            3 => put(bytes, aligned(4), &choices.bytes::<4>()),
            4 => put(bytes, aligned(8), &choices.bytes::<8>()),
            5 => {
                let other = *choices.pick(&self.entries);
                let number = match choices.byte() {
                    pick @ 0..128 => NUMBERS[usize::from(pick) % NUMBERS.len()],
                    // As many bytes or values as another section has, give or take one.
                    pick => (other.len as u32 / [1, 2, 4, 8, 16, 24, 32, 40][usize::from(pick) % 8])
                        .wrapping_add(u32::from(pick) / 8 % 3)
                        .wrapping_sub(1),
                };
                put(bytes, aligned(4), &number.to_le_bytes());
            }
            6 => {
                let (from, count) = (start + choices.u32() as usize % len, 1 + usize::from(choices.byte() % 64));
                let (to, end) = (start + at % len, start + len);
                let count = count.min(end - from).min(end - to);
                bytes.copy_within(from..from + count, to);
            }
            _ => {
                let place = aligned(4);
                let step = i32::from(choices.byte().cast_signed());
                let value = (number::<4>(bytes, place) as u32).wrapping_add_signed(step);
                put(bytes, place, &value.to_le_bytes());
            }
        }
    }
}
