//! Writes postings: from rows in any order of keys held in memory, or from a stream sorted by key and row.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use zerocopy::IntoBytes as _;

use super::{
    Entry, Key, Place, RawKey, RowList,
    container::{CHUNK_WORDS, LONGEST_ARRAY, RUNS, Run},
};

/// Bodies of so many bytes are looked for among those that were written before. Smaller ones are hardly ever equal.
const SHARED: usize = 256;

/// What a writer leaves beside the bodies that it wrote out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Directory {
    entries: Vec<Entry>,
    places: Vec<Place>,
}

impl Directory {
    /// The bytes of the directory.
    pub(crate) fn entries(&self) -> &[u8] {
        self.entries.as_bytes()
    }

    /// The bytes of the places of containers.
    pub(crate) fn places(&self) -> &[u8] {
        self.places.as_bytes()
    }
}

/// Writes postings from keys and rows that come sorted, each pair once or in a row.
#[derive(Debug)]
pub(crate) struct PostingsWriter<W> {
    out: W,
    /// Bytes written to it.
    written: u64,
    done: Directory,
    key: Option<RawKey>,
    /// The first container of the key.
    first: usize,
    /// Rows of the key in chunks before this one.
    before: u32,
    chunk: u16,
    rows: Vec<u16>,
    /// Digests of large bodies and how they are aligned, and where they stand.
    shared: HashMap<([u8; 32], u64), u32>,
}

impl<W: Write> PostingsWriter<W> {
    /// A writer of bodies to `out`.
    pub(crate) fn new(out: W) -> PostingsWriter<W> {
        let done = Directory::default();
        PostingsWriter {
            out,
            written: 0,
            done,
            key: None,
            first: 0,
            before: 0,
            chunk: 0,
            rows: vec![],
            shared: HashMap::new(),
        }
    }

    /// Notes that a row has a value. A pair that comes before the last one is an error.
    pub(crate) fn add(&mut self, key: Key, row: u32) -> io::Result<()> {
        let key = RawKey::from(key);
        let (chunk, low) = ((row >> 16) as u16, row as u16);
        let last = self.rows.last().copied();
        let held = self.key.map(|held| (held, self.chunk, last.unwrap_or_default()));
        if held.is_some_and(|held| (key, chunk, low) < held) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "postings do not come sorted: sort by key and row",
            ));
        }
        if self.key != Some(key) {
            self.end_key()?;
            self.key = Some(key);
            self.chunk = chunk;
        } else if self.chunk != chunk {
            self.end_chunk()?;
            self.chunk = chunk;
        } else if last == Some(low) {
            return Ok(());
        }
        self.rows.push(low);
        Ok(())
    }

    /// Writes out what is left.
    pub(crate) fn finish(mut self) -> io::Result<(Directory, W)> {
        self.end_key()?;
        self.out.flush()?;
        Ok((self.done, self.out))
    }

    fn end_key(&mut self) -> io::Result<()> {
        let Some(key) = self.key.take() else { return Ok(()) };
        if self.before == 0
            && let [row] = self.rows[..]
        {
            let first = u32::from(self.chunk) << 16 | u32::from(row);
            self.done.entries.push(Entry { key, rows: 1, first, containers: 0 });
            self.rows.clear();
            return Ok(());
        }
        self.end_chunk()?;
        let containers = u32::try_from(self.done.places.len() - self.first).map_err(|_| too_large())?;
        let first = u32::try_from(self.first).map_err(|_| too_large())?;
        self.done.entries.push(Entry { key, rows: self.before, first, containers });
        self.first = self.done.places.len();
        self.before = 0;
        Ok(())
    }

    fn end_chunk(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.rows);
        let less_one = |len: usize| u16::try_from(len.saturating_sub(1)).unwrap_or(u16::MAX);
        let at = match rows[..] {
            [row] => u32::from(row),
            _ => {
                let runs = runs(&rows);
                let array = if rows.len() <= LONGEST_ARRAY { rows.len() * 2 } else { CHUNK_WORDS * 8 };
                if 2 + runs.len() * size_of::<Run>() < array {
                    self.body(&[less_one(runs.len()).as_bytes(), runs.as_bytes()].concat(), 2)? | RUNS
                } else if rows.len() <= LONGEST_ARRAY {
                    self.body(rows.as_bytes(), 2)?
                } else {
                    self.body(bitmap(&rows).as_bytes(), 8)?
                }
            }
        };
        self.done.places.push(Place { at, chunk: self.chunk, rows: less_one(rows.len()) });
        self.before += rows.len() as u32;
        self.rows = rows;
        self.rows.clear();
        Ok(())
    }

    /// Where a body stands, in units of 2 bytes. It is read in place, so it is aligned.
    fn body(&mut self, body: &[u8], align: u64) -> io::Result<u32> {
        let digest = (body.len() >= SHARED).then(|| (*blake3::hash(body).as_bytes(), align));
        if let Some(at) = digest.and_then(|digest| self.shared.get(&digest)) {
            return Ok(*at);
        }
        let gap = self.written.next_multiple_of(align) - self.written;
        self.write(&[0; 8][..gap as usize])?;
        let at = u32::try_from(self.written / 2).ok().filter(|at| at & RUNS == 0).ok_or_else(too_large)?;
        self.write(body)?;
        self.shared.extend(digest.map(|digest| (digest, at)));
        Ok(at)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(())
    }
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "too many postings for one file")
}

fn runs(rows: &[u16]) -> Vec<Run> {
    let mut runs: Vec<Run> = vec![];
    for row in rows {
        match runs.last_mut().filter(|run| run.last.checked_add(1) == Some(*row)) {
            Some(run) => run.last = *row,
            None => runs.push(Run { first: *row, last: *row }),
        }
    }
    runs
}

fn bitmap(rows: &[u16]) -> Vec<u64> {
    let mut words = vec![0; CHUNK_WORDS];
    for row in rows {
        words[usize::from(row >> 6)] |= 1 << (row & 63);
    }
    words
}

/// Collects rows by key in memory. Rows of a key come in order; keys in any.
#[derive(Debug, Default)]
pub(crate) struct PostingsBuilder {
    rows: HashMap<Key, RowList, foldhash::fast::RandomState>,
}

impl PostingsBuilder {
    /// Notes that a row has a value.
    pub(crate) fn add(&mut self, key: Key, row: u32) {
        self.rows.entry(key).or_default().push(row);
    }

    /// Hands everything to a writer, which may go on with keys that sort behind.
    pub(crate) fn write<W: Write>(self, writer: &mut PostingsWriter<W>) -> io::Result<()> {
        let mut sorted: Vec<_> = self.rows.into_iter().map(|(key, rows)| (RawKey::from(key), key, rows)).collect();
        sorted.sort_unstable_by_key(|(raw, ..)| *raw);
        for (_, key, rows) in sorted {
            for row in rows.rows() {
                writer.add(key, row)?;
            }
        }
        Ok(())
    }
}
