//! `.facts` files: what importers write, and what is checked and served beside folders of fact files.
//!
//! A file is a magic text and a format version, then records of `[u32 length][u64 CRC-64/NVME of length and bytes][bytes]`,
//! little endian, each a `dossier.seed.v1.Record`: first a header, last an end that counts the others, so that a file cut
//! short is told from a whole one. It is read and written as a stream; no more than one record is held. What the facts mean
//! is not the business of this room: the checker reads them like any other data set.

mod error;
mod read;
mod replace;
#[cfg(test)]
mod tests;
mod write;

pub use error::{Error, Fault};
pub use read::Reader;
pub use replace::Replacement;
pub use write::Writer;

/// What every file starts with.
const MAGIC: &[u8; 14] = b"dossier.facts\n";
/// The version of the format that this program reads and writes.
const VERSION: u16 = 1;
/// The most bytes of a record: as many as a client takes in one answer, since an event that no answer can hold is no use.
const LONGEST: u32 = 4 << 20;

/// The extension of these files, without its dot.
pub const EXTENSION: &str = "facts";

/// The checksum of a record: of its length and its bytes.
fn checksum(length: [u8; 4], bytes: &[u8]) -> u64 {
    let mut digest = crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc64Nvme);
    digest.update(&length);
    digest.update(bytes);
    digest.finalize()
}
