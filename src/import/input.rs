//! Opens files, plain, `.gz` or `.zip`, by what they begin with and not by their names.

use std::{
    cell::Cell,
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek as _},
    path::{Path, PathBuf},
    rc::Rc,
};

use flate2::read::MultiGzDecoder;

/// A file that was opened.
pub(super) struct Opened {
    /// What it holds, unpacked.
    pub(super) input: Box<dyn BufRead>,
    /// How many of its bytes, as they lie on the disk, were read so far.
    pub(super) read: Rc<Cell<u64>>,
}

const BUFFER: usize = 1 << 18;

/// Opens a file.
pub(super) fn open(path: &Path) -> io::Result<Opened> {
    let read = Rc::new(Cell::new(0));
    let counted = Counted { file: File::open(path)?, read: Rc::clone(&read) };
    let mut file = BufReader::with_capacity(BUFFER, counted);
    let magic = file.fill_buf()?;
    let input: Box<dyn Read> = if magic.starts_with(b"\x1f\x8b") {
        Box::new(MultiGzDecoder::new(file))
    } else if magic.starts_with(b"PK\x03\x04") {
        file.rewind().map_err(|error| match error.kind() {
            io::ErrorKind::NotSeekable => io::Error::other("an archive from a pipe; save it to a file, or unpack it"),
            _ => error,
        })?;
        zipped(file)?
    } else {
        Box::new(file)
    };
    Ok(Opened { input: without_mark(input)?, read })
}

/// How many bytes files have. What cannot be asked counts nothing: opening it will tell.
pub(super) fn sizes(files: &[PathBuf]) -> u64 {
    files.iter().filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
}

/// The only file of an archive beside its readme, unpacked as it is read. Where it lies stands in the archive's directory; the
/// archive itself would have to be held beside what is read from it.
fn zipped(file: BufReader<Counted>) -> io::Result<Box<dyn Read>> {
    let mut archive = zip::ZipArchive::new(file).map_err(io::Error::other)?;
    let mut found = None;
    for at in 0..archive.len() {
        let entry = archive.by_index_raw(at).map_err(io::Error::other)?;
        if entry.is_file() && !is_readme(entry.name_raw()) && found.replace(at).is_some() {
            return Err(io::Error::other("the archive holds several files; unpack it and name one"));
        }
    }
    let at = found.ok_or_else(|| io::Error::other("the archive holds no file"))?;
    let (start, packed, method, crc) = {
        let entry = archive.by_index_raw(at).map_err(io::Error::other)?;
        if entry.encrypted() {
            return Err(io::Error::other("the archive is encrypted; unpack it"));
        }
        let start =
            entry.data_start().ok_or_else(|| io::Error::other("the archive does not say where its file lies"))?;
        (start, entry.compressed_size(), entry.compression(), entry.crc32())
    };
    let mut file = archive.into_inner();
    file.seek(io::SeekFrom::Start(start))?;
    let packed = file.take(packed);
    let input: Box<dyn Read> = match method {
        zip::CompressionMethod::Stored => Box::new(packed),
        zip::CompressionMethod::Deflated => Box::new(flate2::bufread::DeflateDecoder::new(packed)),
        other => return Err(io::Error::other(format!("the archive is packed by {other}; unpack it"))),
    };
    Ok(Box::new(Summed { input, crc: flate2::Crc::new(), expected: crc }))
}

/// Whether a file of an archive only describes the other: GeoNames puts one into that of each country.
fn is_readme(name: &[u8]) -> bool {
    name.rsplit(|b| *b == b'/').next().is_some_and(|name| name.eq_ignore_ascii_case(b"readme.txt"))
}

/// Compares what was read with its checksum when it ends.
struct Summed {
    input: Box<dyn Read>,
    crc: flate2::Crc,
    expected: u32,
}

impl Read for Summed {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(bytes)?;
        if read == 0 && !bytes.is_empty() && self.crc.sum() != self.expected {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the archive is damaged: the checksum differs"));
        }
        self.crc.update(bytes.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// Takes the byte order mark away that some programs write at the start.
fn without_mark(input: Box<dyn Read>) -> io::Result<Box<dyn BufRead>> {
    let mut input = BufReader::with_capacity(BUFFER, input);
    if input.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        input.consume(3);
    }
    Ok(Box::new(input))
}

/// Counts what is read from a file.
struct Counted {
    file: File,
    read: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(bytes)?;
        self.read.set(self.read.get() + read as u64);
        Ok(read)
    }
}

impl io::Seek for Counted {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
