//! Opens an image: everything that can be refused at once is refused here, with a reason.

use std::{fs::File, io, os::unix::fs::FileExt as _, path::Path};

use zerocopy::{FromBytes, FromZeros, IntoBytes};

use super::{
    Blocks, Damaged, Held, Image, Section, SectionId,
    layout::{ALIGNMENT, BLOCK, Entry, FORMAT, Header, MAGIC, TableEntry},
};
use crate::model::revision::{DERIVATION_VERSION, schema_digest};

/// How much is read at once to be verified: what a processor's cache holds. Fresh memory is cleared by the kernel first, which for
/// a long piece of each section took longer than all the rest.
const PIECE: usize = 128 << 10;

/// More sections than any image has.
const MOST_SECTIONS: usize = 128;

/// Why a file is not served.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("is no snapshot of dossier; make one with `dossier build DATA... -o FILE`")]
    Foreign,
    /// Its layout is another.
    #[error("has layout {0}, and this program reads {FORMAT}; make it anew with `dossier build`")]
    Format(u32),
    /// It was made by a program with another contract or other rules.
    #[error(
        "was made by a program with another contract or other rules of derivation; make it anew with `dossier build`"
    )]
    Rules,
    /// A part is missing.
    #[error("is cut short: {found} of {expected} bytes are there; copy it again or make it anew with `dossier build`")]
    Truncated {
        /// Bytes that should be there.
        expected: u64,
        /// Bytes that are.
        found: u64,
    },
    /// A checksum is wrong, or the table makes no sense.
    #[error("is damaged ({0}); copy it again or make it anew with `dossier build`")]
    Damaged(String),
}

impl Image {
    /// Maps a file. It may be renamed or deleted while it is mapped, but not be written to.
    pub fn open(path: &Path) -> Result<Image, OpenError> {
        let file = File::open(path)?;
        if !file.metadata()?.is_file() {
            return Err(OpenError::Foreign);
        }
        if file.metadata()?.len() < size_of::<Header>() as u64 {
            // An empty file cannot be mapped.
            return Err(refuse_short(&std::fs::read(path)?));
        }
        let mut image = Image::over(Held::Mapped(map(&file)?))?;
        // Read rather than touched in the mapping: what is verified need not stay resident.
        let mut piece = vec![0; PIECE];
        for entry in image.sections.iter().filter(|entry| entry.eager) {
            if checksum(&file, entry, &mut piece)? != entry.check {
                let name = SectionId::name(entry.id);
                return Err(OpenError::Damaged(format!("the checksum of its {name} is wrong")));
            }
        }
        let sums = image.section(SectionId::Sums);
        let sums: Vec<u64> = sums
            .array::<zerocopy::little_endian::U64>()
            .slice(0..(sums.len() / 8) as u32)
            .map_err(|_| OpenError::Damaged("its checksums are cut short".into()))?
            .iter()
            .map(|sum| sum.get())
            .collect();
        image.blocks = Some(Blocks::new(sums));
        Ok(image)
    }

    /// Takes what was built in memory.
    pub(super) fn of_heap(words: Vec<u64>, len: usize) -> Result<Image, OpenError> {
        Image::over(Held::Heap(words, len))
    }

    fn over(held: Held) -> Result<Image, OpenError> {
        let mut image =
            Image { held, header: Header::new_zeroed(), sections: vec![], by_id: [None; 128], blocks: None };
        let (header, sections) = read_table(image.bytes())?;
        image.header = header;
        for entry in &sections {
            image.by_id.get_mut(entry.id as usize).into_iter().for_each(|of| *of = Some(*entry));
        }
        image.sections = sections;
        Ok(image)
    }
}

/// The checksum of a section, as the file has it, read piece by piece.
fn checksum(file: &File, entry: &Entry, piece: &mut [u8]) -> io::Result<u64> {
    let mut digest = crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc64Nvme);
    let end = entry.at + entry.len;
    for at in (entry.at..end).step_by(piece.len()) {
        let len = piece.len().min((end - at) as usize);
        let piece = piece.get_mut(..len).unwrap_or_default();
        file.read_exact_at(piece, at)?;
        digest.update(piece);
    }
    Ok(digest.finalize())
}

/// Maps a file that is not empty.
pub(crate) fn map(file: &File) -> io::Result<memmap2::Mmap> {
    #[expect(
        unsafe_code,
        reason = "a mapping is sound as long as nobody writes to the file, which is said to users; a file that is cut short \
                  under the mapping ends the process with a message"
    )]
    // SAFETY: the mapping is read-only, and what is mapped is never changed in place: snapshots are written aside and renamed,
    // and the files of a build have no name.
    unsafe {
        memmap2::Mmap::map(file)
    }
}

fn refuse_short(bytes: &[u8]) -> OpenError {
    match bytes.get(..MAGIC.len()) {
        Some(magic) if magic == MAGIC => {
            OpenError::Truncated { expected: size_of::<Header>() as u64, found: bytes.len() as u64 }
        }
        _ => OpenError::Foreign,
    }
}

/// Header and table, checked.
fn read_table(bytes: &[u8]) -> Result<(Header, Vec<Entry>), OpenError> {
    let Ok((header, _)) = Header::read_from_prefix(bytes) else { return Err(refuse_short(bytes)) };
    if header.magic != MAGIC {
        return Err(OpenError::Foreign);
    }
    if header.format.get() != FORMAT {
        return Err(OpenError::Format(header.format.get()));
    }
    if header.crc.get() != header.checksum() {
        return Err(OpenError::Damaged("the checksum of its header is wrong".into()));
    }
    if header.len.get() != bytes.len() as u64 {
        return Err(OpenError::Truncated { expected: header.len.get(), found: bytes.len() as u64 });
    }
    if header.derivation.get() != DERIVATION_VERSION || header.schema != *schema_digest().as_bytes() {
        return Err(OpenError::Rules);
    }
    let table = bytes.get(header.table_at.get() as usize..).unwrap_or_default();
    let senseless = || OpenError::Damaged("its table of sections makes no sense".into());
    let Ok(table) = <[TableEntry]>::ref_from_bytes(table) else { return Err(senseless()) };
    if table.len() > MOST_SECTIONS {
        return Err(senseless());
    }
    if table.len() as u64 != header.sections.get() || crc_fast::crc64_nvme(table.as_bytes()) != header.table_crc.get() {
        return Err(OpenError::Damaged("the checksum of its table of sections is wrong".into()));
    }
    let sections: Vec<Entry> = table.iter().map(Entry::from).collect();
    let within = |entry: &Entry| {
        entry.at.is_multiple_of(ALIGNMENT)
            && entry.at.checked_add(entry.len).is_some_and(|end| end <= header.table_at.get())
    };
    if sections.iter().all(within) { Ok((header, sections)) } else { Err(senseless()) }
}

impl From<&TableEntry> for Entry {
    fn from(entry: &TableEntry) -> Entry {
        let (id, eager) = (entry.id.get(), entry.eager.get() == 1);
        Entry { id, eager, at: entry.at.get(), len: entry.len.get(), check: entry.check.get() }
    }
}

/// Verifies every byte: all blocks of all sections, and that nothing stands between them.
pub fn verify(image: &Image) -> Result<(), Damaged> {
    let mut end = size_of::<Header>() as u64;
    for entry in &image.sections {
        blank(image, entry.id, end, entry.at)?;
        let section = Section::new(image, entry.id, Some(entry));
        for start in (0..entry.len).step_by(BLOCK as usize) {
            section.bytes(start..entry.len.min(start + BLOCK))?;
        }
        end = entry.at + entry.len;
    }
    blank(image, 0, end, image.header.table_at.get())
}

/// Whether there is nothing between two sections.
fn blank(image: &Image, section: u32, from: u64, to: u64) -> Result<(), Damaged> {
    let between = image.bytes().get(from as usize..to as usize).ok_or(Damaged { section, at: 0 })?;
    if between.iter().all(|byte| *byte == 0) { Ok(()) } else { Err(Damaged { section, at: 0 }) }
}
