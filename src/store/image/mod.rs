//! An image: everything a revision is served from, as one run of bytes that is read in place.
//!
//! The bytes lie in memory or in a mapped file; readers cannot tell. A file is checked as it is used: header, table of sections and
//! small sections when it is opened, large sections block by block at the first touch. Whatever a file holds, reading it ends
//! in a value or in [`Damaged`], never in a panic.

mod blocks;
mod layout;
mod open;
pub(crate) mod records;
mod section;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use layout::SectionId;
pub(crate) use open::map;
pub use open::{OpenError, verify};
pub(crate) use section::{Array, Section, partition_point};
pub(crate) use writer::ImageWriter;

use blocks::Blocks;
use layout::{Entry, Header};

/// A part of the image cannot be read: its checksum is wrong, or a value in it points outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("section `{}` is damaged at byte {at}", SectionId::name(*section))]
pub struct Damaged {
    /// The number of the section.
    pub section: u32,
    /// Where in the section, in bytes.
    pub at: u64,
}

/// A section, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SectionInfo {
    /// What it is called.
    pub name: &'static str,
    /// Its length.
    pub bytes: u64,
    /// What it is for.
    pub content: Content,
}

/// What a section is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Encoded events.
    Events,
    /// What events are found, filtered, ordered and counted by.
    Index,
    /// Messages of resources, checksums, the summary.
    Other,
}

/// Whether bytes are the start of an image, of whatever layout.
pub fn is_image(start: &[u8]) -> bool {
    start.starts_with(&layout::MAGIC)
}

/// The bytes of an image.
#[derive(Debug)]
enum Held {
    /// In memory, aligned to eight bytes; the second value is the length in bytes.
    Heap(Vec<u64>, usize),
    /// A file, mapped.
    Mapped(memmap2::Mmap),
}

/// An opened image.
#[derive(Debug)]
pub struct Image {
    held: Held,
    header: Header,
    sections: Vec<Entry>,
    /// The same by [`SectionId`].
    by_id: [Option<Entry>; 128],
    /// Which blocks of the large sections have been verified; absent in memory, where nothing can have changed.
    blocks: Option<Blocks>,
}

impl Image {
    /// All of its bytes, nothing of which may have been verified.
    pub fn bytes(&self) -> &[u8] {
        match &self.held {
            Held::Heap(words, len) => zerocopy::IntoBytes::as_bytes(words.as_slice()).get(..*len).unwrap_or_default(),
            Held::Mapped(map) => map,
        }
    }

    /// Whether a part was read that is not as it was written.
    pub fn is_damaged(&self) -> bool {
        self.blocks.as_ref().is_some_and(Blocks::is_bad)
    }

    /// The revision it holds, in hexadecimal.
    pub fn revision(&self) -> String {
        self.header.revision.iter().fold(String::with_capacity(64), |text, byte| text + &format!("{byte:02x}"))
    }

    /// The same as bytes.
    pub fn digest(&self) -> &[u8; 32] {
        &self.header.revision
    }

    /// Its length in bytes.
    pub fn size(&self) -> u64 {
        self.bytes().len() as u64
    }

    /// The version of its layout.
    pub fn layout(&self) -> u32 {
        self.header.format.get()
    }

    /// The sections in the order of the file.
    pub fn sections(&self) -> impl Iterator<Item = SectionInfo> {
        self.sections.iter().map(|entry| SectionInfo {
            name: SectionId::name(entry.id),
            bytes: entry.len,
            content: SectionId::content(entry.id),
        })
    }

    /// A section; an empty one if the image has none of that kind.
    pub(crate) fn section(&self, id: SectionId) -> Section<'_> {
        Section::new(self, id as u32, self.by_id.get(id as usize).and_then(Option::as_ref))
    }

    /// A section as an array.
    pub(crate) fn array<T>(&self, id: SectionId) -> Array<'_, T>
    where
        T: zerocopy::FromBytes + zerocopy::Immutable + zerocopy::KnownLayout,
    {
        self.section(id).array()
    }
}
