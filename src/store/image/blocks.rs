//! Which blocks of the large sections have been verified: one bit a block, set once it has been seen to be whole.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::layout::BLOCK;

/// The checksums of all blocks, and which have been seen to hold.
#[derive(Debug)]
pub(super) struct Blocks {
    sums: Vec<u64>,
    seen: Vec<AtomicU64>,
    /// Whether one was looked at that does not hold.
    bad: AtomicBool,
}

impl Blocks {
    /// Nothing seen yet.
    pub(super) fn new(sums: Vec<u64>) -> Blocks {
        let seen = (0..sums.len().div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        Blocks { sums, seen, bad: AtomicBool::new(false) }
    }

    /// Whether a part of a section lies in one block, and that has been verified: which is so nearly always. `first` is the
    /// number of the section's first block.
    #[inline]
    pub(super) fn is_seen(&self, first: u64, start: u64, end: u64) -> bool {
        let block = start / BLOCK;
        end <= (block + 1) * BLOCK && self.has(first.saturating_add(block))
    }

    /// Verifies the blocks of a part of a section that have not been yet. Answers where the first bad one starts.
    #[cold]
    pub(super) fn look(&self, first: u64, section: &[u8], start: u64, end: u64) -> Result<(), u64> {
        for block in start / BLOCK..end.div_ceil(BLOCK) {
            // A number that a damaged table gives may be any; there is no sum of its block then.
            let number = first.saturating_add(block);
            if !self.has(number) {
                self.verify(number, section, block)?;
            }
        }
        Ok(())
    }

    /// Whether a block was looked at that is bad.
    pub(super) fn is_bad(&self) -> bool {
        self.bad.load(Ordering::Relaxed)
    }

    #[inline]
    fn has(&self, number: u64) -> bool {
        // Relaxed is enough: the bit says only that bytes which never change were looked at.
        let word = self.seen.get((number / 64) as usize).map_or(0, |word| word.load(Ordering::Relaxed));
        word >> (number % 64) & 1 == 1
    }

    fn verify(&self, number: u64, section: &[u8], block: u64) -> Result<(), u64> {
        let start = block * BLOCK;
        let end = (start + BLOCK).min(section.len() as u64);
        let bytes = section.get(start as usize..end as usize).ok_or(start)?;
        if self.sums.get(number as usize) != Some(&crc_fast::crc64_nvme(bytes)) {
            self.bad.store(true, Ordering::Relaxed);
            return Err(start);
        }
        if let Some(word) = self.seen.get((number / 64) as usize) {
            word.fetch_or(1 << (number % 64), Ordering::Relaxed);
        }
        Ok(())
    }
}
