//! A walk over the rows of a filter, up or down, a block of 4,096 rows at a time and of these 256 at once.
//!
//! A block is a bit a row: what must hold is ANDed word by word, and where few rows are left the walk leaps to the block of the
//! next one. Checks look only at rows that are left, and only as far as somebody asks.

use std::ops::Range;

use super::{Filter, Part};
use crate::store::{
    image::Damaged,
    index::{
        postings::{BLOCK, Block, CHUNK, Container, WORDS, fill},
        zones::{Verdict, ZONE},
    },
};

/// Words of a zone.
const ZONE_WORDS: usize = ZONE as usize / 64;
/// Zones of a block.
const ZONES: u8 = (BLOCK / ZONE) as u8;
/// A step that found nothing ends when it has cost as much as looking at so many rows.
const STEP: u64 = 1024;
/// With so many rows of a chunk or fewer, the walk leaps from one to the next.
const FEW: u32 = 2048;

/// A walk. It allocates when it begins, and when a chunk has more containers than any before.
pub(crate) struct Walk<'f> {
    filter: &'f Filter<'f>,
    down: bool,
    /// Rows in blocks not yet loaded.
    left: Range<u64>,
    /// The chunk whose containers are held.
    chunk: Option<u16>,
    /// Containers of the chunk, those of a part together.
    containers: Vec<Container<'f>>,
    /// The containers of each part that must hold, those with the fewest rows first, then of those that must not.
    parts: Vec<Held>,
    /// The block, its first row, and its zones not yet looked at.
    bits: Block,
    first: u32,
    zones: Range<u8>,
    rows: Vec<u32>,
    price: u64,
}

struct Held {
    containers: Range<usize>,
    most: u32,
    must: bool,
}

impl<'f> Walk<'f> {
    /// A walk over a range of rows, upwards.
    pub(crate) fn up(filter: &'f Filter<'f>, rows: Range<u32>) -> Walk<'f> {
        Walk::new(filter, rows, false)
    }

    /// A walk over a range of rows, from its last one downwards.
    pub(crate) fn down(filter: &'f Filter<'f>, rows: Range<u32>) -> Walk<'f> {
        Walk::new(filter, rows, true)
    }

    fn new(filter: &'f Filter<'f>, rows: Range<u32>, down: bool) -> Walk<'f> {
        Walk {
            filter,
            down,
            left: u64::from(rows.start)..u64::from(rows.end.min(filter.rows)),
            chunk: None,
            containers: vec![],
            parts: vec![],
            bits: [0; WORDS],
            first: 0,
            zones: 0..0,
            rows: Vec::with_capacity(ZONE as usize),
            price: 0,
        }
    }

    /// The next rows in order, at most 256: perhaps none, if finding some takes long. Absent at the end.
    pub(crate) fn step(&mut self) -> Result<Option<&[u32]>, Damaged> {
        self.rows.clear();
        let end = self.price + STEP;
        while self.rows.is_empty() && self.price < end {
            match self.next_zone() {
                Some(zone) => self.collect(zone)?,
                None if self.load()? => {}
                None => return Ok(None),
            }
        }
        Ok(Some(&self.rows))
    }

    /// What the walk has cost since this was asked last, in rows looked at.
    pub(crate) fn price(&mut self) -> u64 {
        std::mem::take(&mut self.price)
    }

    /// The next zone of the block that has rows left.
    fn next_zone(&mut self) -> Option<u8> {
        loop {
            let zone = if self.down { self.zones.next_back() } else { self.zones.next() }?;
            if words_of(&self.bits, zone).iter().any(|word| *word != 0) {
                return Some(zone);
            }
        }
    }

    /// Puts the rows of a zone that pass the checks into `rows`.
    fn collect(&mut self, zone: u8) -> Result<(), Damaged> {
        let start = self.first + u32::from(zone) * ZONE;
        let sure = match self.filter.told(|check| check.zone(start / ZONE)) {
            Verdict::None => return Ok(()),
            Verdict::Some => false,
            Verdict::All => true,
        };
        let words = words_of(&self.bits, zone);
        for i in 0..ZONE_WORDS {
            let at = if self.down { ZONE_WORDS - 1 - i } else { i };
            let mut word = words.get(at).copied().unwrap_or_default();
            while word != 0 {
                let bit = if self.down { word.ilog2() } else { word.trailing_zeros() };
                word &= !(1 << bit);
                let row = start + at as u32 * 64 + bit;
                self.price += 1;
                if sure || self.filter.passes(row)? {
                    self.rows.push(row);
                }
            }
        }
        Ok(())
    }

    /// Loads the next block that may have rows. False at the end.
    fn load(&mut self) -> Result<bool, Damaged> {
        if self.left.is_empty() {
            return Ok(false);
        }
        let row = if self.down { self.left.end - 1 } else { self.left.start };
        let chunk = (row / u64::from(CHUNK)) as u16;
        if self.chunk != Some(chunk) {
            let Some(next) = self.seek(chunk) else {
                self.left = 0..0;
                return Ok(false);
            };
            self.enter(next)?;
            if next != chunk {
                self.skip_to(next);
                return Ok(!self.left.is_empty());
            }
        }
        let Some(low) = self.leap(row as u16) else {
            self.pass_chunk(chunk);
            return Ok(true);
        };
        let block = low / BLOCK as u16;
        self.first = u32::from(chunk) * CHUNK + u32::from(block) * BLOCK;
        let bounds = u64::from(self.first)..u64::from(self.first) + u64::from(BLOCK);
        self.fill(block);
        self.cut(&bounds);
        if self.down {
            self.left.end = bounds.start.max(self.left.start);
        } else {
            self.left.start = bounds.end.min(self.left.end);
        }
        self.zones = 0..ZONES;
        Ok(true)
    }

    /// The nearest chunk from here on in which every part that must hold has rows.
    fn seek(&mut self, mut chunk: u16) -> Option<u16> {
        let after = |chunk: u16| if self.down { chunk.checked_sub(1) } else { chunk.checked_add(1) };
        'again: loop {
            self.price += 4;
            for part in &self.filter.all {
                let next = if self.down { part.back_chunk(chunk) } else { part.next_chunk(chunk) }?;
                if next != chunk {
                    chunk = next;
                    continue 'again;
                }
            }
            let start = u64::from(chunk) * u64::from(CHUNK);
            if start >= self.left.end || start + u64::from(CHUNK) <= self.left.start {
                return None;
            }
            if self.filter.told(|check| check.chunk(chunk)) == Verdict::None {
                chunk = after(chunk)?;
                continue;
            }
            return Some(chunk);
        }
    }

    /// Takes hold of the containers of a chunk.
    fn enter(&mut self, chunk: u16) -> Result<(), Damaged> {
        self.containers.clear();
        self.parts.clear();
        self.chunk = Some(chunk);
        let filter = self.filter;
        let all = filter.all.iter().map(|part| (part, true));
        for (part, must) in all.chain(filter.without.iter().map(|part| (part, false))) {
            self.hold(part, chunk, must)?;
        }
        self.parts.sort_by_key(|part| (!part.must, part.most));
        Ok(())
    }

    fn hold(&mut self, part: &'f Part<'f>, chunk: u16, must: bool) -> Result<(), Damaged> {
        let start = self.containers.len();
        part.containers(chunk, &mut self.containers)?;
        let containers = start..self.containers.len();
        self.price += 8 * containers.len() as u64;
        self.parts.push(Held { containers, most: part.chunk_most(chunk), must });
        Ok(())
    }

    /// Leaves out all rows before a chunk, in the walk's direction.
    fn skip_to(&mut self, chunk: u16) {
        let start = u64::from(chunk) * u64::from(CHUNK);
        if self.down {
            self.left.end = self.left.end.min(start + u64::from(CHUNK));
        } else {
            self.left.start = self.left.start.max(start);
        }
    }

    fn pass_chunk(&mut self, chunk: u16) {
        let start = u64::from(chunk) * u64::from(CHUNK);
        if self.down {
            self.left.end = self.left.end.min(start);
        } else {
            self.left.start = self.left.start.max(start + u64::from(CHUNK));
        }
    }

    /// From a row of the chunk on, the next one that the smallest part has, if that has few; else the row itself.
    fn leap(&mut self, low: u16) -> Option<u16> {
        let Some(part) = self.parts.first().filter(|part| part.must && part.most <= FEW) else { return Some(low) };
        let containers = self.containers.get(part.containers.clone()).unwrap_or_default().iter();
        self.price += containers.len() as u64;
        if self.down {
            containers.filter_map(|container| container.back(low)).max()
        } else {
            containers.filter_map(|container| container.next(low)).min()
        }
    }

    /// Sets the bits of a block.
    fn fill(&mut self, block: u16) {
        self.bits = [u64::MAX; WORDS];
        for (i, part) in self.parts.iter().enumerate() {
            let containers = self.containers.get(part.containers.clone()).unwrap_or_default();
            self.price += 8 * containers.len() as u64;
            if let ([Container::Bitmap(words)], true) = (containers, part.must) {
                let words = words.get(usize::from(block) * WORDS..).unwrap_or_default();
                self.bits.iter_mut().zip(words).for_each(|(bits, word)| *bits &= word);
                continue;
            }
            let mut mask = [0; WORDS];
            for container in containers {
                container.or_into(block, &mut mask);
            }
            match (part.must, i) {
                (true, 0) => self.bits = mask,
                (true, _) => self.bits.iter_mut().zip(mask).for_each(|(bits, word)| *bits &= word),
                (false, _) => self.bits.iter_mut().zip(mask).for_each(|(bits, word)| *bits &= !word),
            }
        }
        self.price += 8;
    }

    /// Clears what lies outside the rows that are left.
    fn cut(&mut self, bounds: &Range<u64>) {
        let (from, to) = (bounds.start.max(self.left.start), bounds.end.min(self.left.end));
        if (from, to) == (bounds.start, bounds.end) {
            return;
        }
        let mut mask = [0; WORDS];
        if from < to {
            fill(&mut mask, (from - bounds.start) as u16, (to - 1 - bounds.start) as u16);
        }
        self.bits.iter_mut().zip(mask).for_each(|(bits, word)| *bits &= word);
    }
}

fn words_of(bits: &Block, zone: u8) -> &[u64] {
    let start = usize::from(zone) * ZONE_WORDS;
    bits.get(start..start + ZONE_WORDS).unwrap_or_default()
}
