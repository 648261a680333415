//! A set of rows that a question makes for itself, such as those in an area.

use crate::store::{
    image::Damaged,
    index::postings::{BLOCK, Container, Posting, WORDS},
};

/// Words of a chunk.
const CHUNK_WORDS: usize = 16 * WORDS;

/// Rows in no order, a bit each, in chunks that are made when first needed.
#[derive(Debug, Default)]
pub(crate) struct RowSet {
    chunks: Vec<Option<Chunk>>,
    rows: u32,
}

#[derive(Debug)]
struct Chunk {
    words: Box<[u64; CHUNK_WORDS]>,
    rows: u32,
}

impl RowSet {
    /// Adds a row.
    pub(crate) fn insert(&mut self, row: u32) {
        let chunk = self.chunk_mut((row >> 16) as u16);
        let word = &mut chunk.words[usize::from(row as u16 >> 6)];
        let new = u32::from(*word >> (row & 63) & 1 == 0);
        *word |= 1 << (row & 63);
        chunk.rows += new;
        self.rows += new;
    }

    /// Adds a posting's rows of the next chunk from here on, and tells the chunk to go on from, if there may be more: some tens
    /// of microseconds at most.
    pub(crate) fn add(&mut self, posting: &Posting<'_>, from: u16) -> Result<Option<u16>, Damaged> {
        let Some(at) = posting.next_chunk(from) else { return Ok(None) };
        let Some(container) = posting.chunk(at)? else { return Ok(at.checked_add(1)) };
        if let Container::One(low) = container {
            self.insert(u32::from(at) << 16 | u32::from(low));
            return Ok(at.checked_add(1));
        }
        let chunk = self.chunk_mut(at);
        for (block, words) in (0_u16..).zip(chunk.words.as_chunks_mut::<WORDS>().0) {
            container.or_into(block, words);
        }
        let rows = chunk.words.iter().map(|word| word.count_ones()).sum();
        let new = rows - chunk.rows;
        chunk.rows = rows;
        self.rows += new;
        Ok(at.checked_add(1))
    }

    /// How many rows it has.
    pub(crate) fn len(&self) -> u32 {
        self.rows
    }

    /// Whether it has a row.
    pub(crate) fn contains(&self, row: u32) -> bool {
        self.chunk((row >> 16) as u16).is_some_and(|container| container.contains(row as u16))
    }

    /// Its rows of a chunk.
    pub(super) fn chunk(&self, chunk: u16) -> Option<Container<'_>> {
        self.held(chunk).map(|chunk| Container::Bitmap(&chunk.words))
    }

    /// How many of its rows lie in a chunk.
    pub(super) fn chunk_len(&self, chunk: u16) -> u32 {
        self.held(chunk).map_or(0, |chunk| chunk.rows)
    }

    /// The next chunk from here on in which it has rows.
    pub(super) fn next_chunk(&self, from: u16) -> Option<u16> {
        let at = self.chunks.iter().skip(usize::from(from)).position(Option::is_some)?;
        u16::try_from(at + usize::from(from)).ok()
    }

    /// The last chunk up to here in which it has rows.
    pub(super) fn back_chunk(&self, to: u16) -> Option<u16> {
        let at = self.chunks.iter().take(usize::from(to) + 1).rposition(Option::is_some)?;
        u16::try_from(at).ok()
    }

    fn held(&self, chunk: u16) -> Option<&Chunk> {
        self.chunks.get(usize::from(chunk)).and_then(Option::as_ref)
    }

    fn chunk_mut(&mut self, chunk: u16) -> &mut Chunk {
        let at = usize::from(chunk);
        if self.chunks.len() <= at {
            self.chunks.resize_with(at + 1, || None);
        }
        self.chunks[at].get_or_insert_with(|| Chunk { words: Box::new([0; CHUNK_WORDS]), rows: 0 })
    }
}

const _: () = assert!(CHUNK_WORDS * 64 == 1 << 16 && BLOCK as usize == WORDS * 64);
