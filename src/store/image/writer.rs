//! Writes an image, section after section.

use std::io::{self, Cursor, Seek, SeekFrom, Write};

use zerocopy::{FromZeros, Immutable, IntoBytes};

use super::{
    Image, OpenError,
    layout::{ALIGNMENT, BLOCK, FORMAT, Header, MAGIC, SectionId, TableEntry},
};
use crate::model::revision::{DERIVATION_VERSION, schema_digest};

/// Writes an image into anything that can seek. Equal sections give equal bytes.
pub(crate) struct ImageWriter<W> {
    to: W,
    at: u64,
    table: Vec<TableEntry>,
    /// Checksums of the blocks of lazy sections.
    sums: Vec<u64>,
}

/// Writes one section.
pub(crate) struct SectionWriter<'w, W> {
    image: &'w mut ImageWriter<W>,
    start: u64,
    /// Checksum of all of an eager section, or of the block that is being filled.
    digest: crc_fast::Digest,
    /// Bytes in the block that is being filled; an eager section has no blocks.
    filled: Option<u64>,
}

impl<W: Write + Seek> ImageWriter<W> {
    /// Starts with room for the header.
    pub(crate) fn new(mut to: W) -> io::Result<ImageWriter<W>> {
        to.seek(SeekFrom::Start(0))?;
        to.write_all(Header::new_zeroed().as_bytes())?;
        Ok(ImageWriter { to, at: size_of::<Header>() as u64, table: vec![], sums: vec![] })
    }

    /// Writes a section that is verified when the image is opened: small ones, and those that are searched everywhere.
    pub(crate) fn eager<T: IntoBytes + Immutable>(&mut self, id: SectionId, items: &[T]) -> io::Result<()> {
        let mut section = self.section(id, true)?;
        section.write_all(items.as_bytes())?;
        section.end();
        Ok(())
    }

    /// Writes a section that is verified block by block.
    pub(crate) fn lazy<T: IntoBytes + Immutable>(&mut self, id: SectionId, items: &[T]) -> io::Result<()> {
        let mut section = self.section(id, false)?;
        section.write_all(items.as_bytes())?;
        section.end();
        Ok(())
    }

    /// Starts a section that is written piece by piece, and ended with [`SectionWriter::end`].
    pub(crate) fn section(&mut self, id: SectionId, eager: bool) -> io::Result<SectionWriter<'_, W>> {
        let start = self.at.next_multiple_of(ALIGNMENT);
        let padding = [0; ALIGNMENT as usize];
        self.to.write_all(padding.get(..(start - self.at) as usize).unwrap_or_default())?;
        self.at = start;
        let digest = crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc64Nvme);
        Ok(SectionWriter { image: self, start, digest, filled: (!eager).then_some(0) }.named(id))
    }

    /// Writes sums, table and header. The writer stands at the end.
    pub(crate) fn finish(mut self, revision: [u8; 32]) -> io::Result<W> {
        let sums: Vec<_> = self.sums.iter().map(|sum| sum.to_le_bytes()).collect();
        self.eager(SectionId::Sums, &sums)?;
        let padding = [0; ALIGNMENT as usize];
        let table_at = self.at.next_multiple_of(ALIGNMENT);
        self.to.write_all(padding.get(..(table_at - self.at) as usize).unwrap_or_default())?;
        self.to.write_all(self.table.as_bytes())?;
        let mut header = Header {
            magic: MAGIC,
            format: FORMAT.into(),
            derivation: DERIVATION_VERSION.into(),
            schema: *schema_digest().as_bytes(),
            revision,
            len: (table_at + self.table.as_bytes().len() as u64).into(),
            table_at: table_at.into(),
            sections: (self.table.len() as u64).into(),
            table_crc: crc_fast::crc64_nvme(self.table.as_bytes()).into(),
            crc: 0.into(),
        };
        header.crc = header.checksum().into();
        self.to.seek(SeekFrom::Start(0))?;
        self.to.write_all(header.as_bytes())?;
        self.to.seek(SeekFrom::End(0))?;
        Ok(self.to)
    }
}

impl ImageWriter<Cursor<Vec<u8>>> {
    /// Writes into memory.
    pub(crate) fn in_memory() -> io::Result<Self> {
        ImageWriter::new(Cursor::new(vec![]))
    }

    /// Opens what was written into memory.
    pub(crate) fn open(self, revision: [u8; 32]) -> Result<Image, OpenError> {
        let bytes = self.finish(revision)?.into_inner();
        let mut words = vec![0_u64; bytes.len().div_ceil(8)];
        if let Some(to) = words.as_mut_bytes().get_mut(..bytes.len()) {
            to.copy_from_slice(&bytes);
        }
        Image::of_heap(words, bytes.len())
    }
}

impl<W: Write> SectionWriter<'_, W> {
    fn named(self, id: SectionId) -> Self {
        self.image.table.push(TableEntry {
            id: (id as u32).into(),
            eager: u32::from(self.filled.is_none()).into(),
            at: self.start.into(),
            len: 0.into(),
            check: (self.image.sums.len() as u64).into(),
        });
        self
    }

    /// How many bytes have been written.
    pub(crate) fn len(&self) -> u64 {
        self.image.at - self.start
    }

    /// Ends the section.
    pub(crate) fn end(mut self) {
        let len = self.len();
        match self.filled {
            Some(0) => {}
            Some(_) => self.end_block(),
            None => {
                let check = self.digest.finalize();
                self.image.table.last_mut().into_iter().for_each(|entry| entry.check = check.into());
            }
        }
        self.image.table.last_mut().into_iter().for_each(|entry| entry.len = len.into());
    }

    fn end_block(&mut self) {
        self.image.sums.push(self.digest.finalize_reset());
        self.filled = Some(0);
    }
}

impl<W: Write> Write for SectionWriter<'_, W> {
    /// Takes all of it, or fails.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.image.to.write_all(bytes)?;
        self.image.at += bytes.len() as u64;
        let mut rest = bytes;
        while let Some(filled) = self.filled
            && !rest.is_empty()
        {
            let (head, tail) = rest.split_at(rest.len().min((BLOCK - filled) as usize));
            self.digest.update(head);
            self.filled = Some(filled + head.len() as u64);
            if self.filled == Some(BLOCK) {
                self.end_block();
            }
            rest = tail;
        }
        self.digest.update(rest);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.image.to.flush()
    }
}
