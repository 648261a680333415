//! Values read in place from a section of an image, at an offset that is not trusted.

use std::mem::size_of;

use zerocopy::{FromBytes, Immutable};

use crate::store::image::{Damaged, Section};

/// So many values from an offset in bytes on.
pub(super) fn values<T: FromBytes + Immutable>(section: Section<'_>, at: u64, count: u64) -> Result<&[T], Damaged> {
    let end = count.checked_mul(size_of::<T>() as u64).and_then(|len| at.checked_add(len));
    let bytes = section.bytes(at..end.ok_or_else(|| section.damaged(at))?)?;
    if bytes.is_empty() {
        // No bytes may stand anywhere, and need no alignment.
        return Ok(&[]);
    }
    <[T]>::ref_from_bytes(bytes).map_err(|_| section.damaged(at))
}

/// All of a section as values.
pub(super) fn all<T: FromBytes + Immutable>(section: Section<'_>) -> Result<&[T], Damaged> {
    let size = size_of::<T>() as u64;
    if !section.len().is_multiple_of(size) {
        return Err(section.damaged(section.len()));
    }
    values(section, 0, section.len() / size)
}

/// Bytes as a section of an image, for tests.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct Held(Vec<u8>, crate::store::image::Image);

#[cfg(test)]
impl Held {
    pub(crate) fn new(bytes: &[u8]) -> Held {
        use crate::store::image::{ImageWriter, SectionId};
        let mut writer = ImageWriter::in_memory().unwrap();
        writer.lazy(SectionId::Words, bytes).unwrap();
        Held(bytes.to_vec(), writer.open([0; 32]).unwrap())
    }

    pub(crate) fn section(&self) -> Section<'_> {
        self.1.section(crate::store::image::SectionId::Words)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}
