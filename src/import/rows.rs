//! Reads a file row by row, none longer than a mebibyte, and says on which lines each stands.

use std::{
    cell::Cell,
    io::{self, BufRead, Read},
    rc::Rc,
};

use csv::{ByteRecord, ReaderBuilder};

use super::row::Layout;

/// The most bytes that a row may have. Rows of a few kibibytes are long ones, and a fact of four mebibytes is refused; what is
/// longer has a quote that is never closed, and would be read to the end of the file as one row.
const LONGEST: u64 = 1 << 20;

/// The rows of a file.
pub(super) struct Rows {
    reader: csv::Reader<Bounded>,
    /// What may be read before the next row has to end.
    left: Rc<Cell<u64>>,
    record: ByteRecord,
    quoted: bool,
    /// Whether lines end in two signs. The second of them is counted with the next row.
    two_signs: bool,
}

impl Rows {
    /// The rows of a file that is laid out like this.
    pub(super) fn new(layout: &Layout, mut input: Box<dyn BufRead>) -> io::Result<Rows> {
        let start = input.fill_buf()?;
        let end = start.iter().position(|b| *b == b'\n').and_then(|end| end.checked_sub(1));
        let two_signs = end.is_some_and(|at| start.get(at) == Some(&b'\r'));
        let left = Rc::new(Cell::new(0));
        let reader = ReaderBuilder::new()
            .has_headers(layout.headless.is_empty())
            .flexible(true)
            .delimiter(layout.delimiter)
            .quoting(layout.quoted)
            .buffer_capacity(1 << 16)
            .from_reader(Bounded { input, left: Rc::clone(&left) });
        Ok(Rows { reader, left, record: ByteRecord::new(), quoted: layout.quoted, two_signs })
    }

    /// The first row of a file with a header.
    pub(super) fn header(&mut self) -> Result<ByteRecord, String> {
        self.read(|reader, _| reader.byte_headers().cloned())
    }

    /// The next row, if there is one.
    pub(super) fn next(&mut self) -> Result<Option<&ByteRecord>, String> {
        let more = self.read(csv::Reader::read_byte_record)?;
        Ok(more.then_some(&self.record))
    }

    /// The first and the last line of the row that was read last, from 1.
    pub(super) fn lines(&self) -> (u64, u64) {
        let first = self.record.position().map_or(1, |start| self.line(start));
        let inside = self.record.as_slice().split(|b| *b == b'\n').skip(1).count();
        (first, first + inside as u64)
    }

    /// The line of a place between two rows.
    fn line(&self, place: &csv::Position) -> u64 {
        place.line() + u64::from(self.two_signs && place.byte() > 0)
    }

    fn read<T>(
        &mut self,
        one: impl FnOnce(&mut csv::Reader<Bounded>, &mut ByteRecord) -> csv::Result<T>,
    ) -> Result<T, String> {
        // One more for the look at what follows the last row.
        self.left.set(LONGEST + 1);
        let first = self.line(self.reader.position());
        one(&mut self.reader, &mut self.record).map_err(|error| {
            if self.left.get() > 0 {
                return format!("line {first}: {}", unreadable(&error));
            }
            let last = self.reader.position().line();
            let cure = if self.quoted { "close the quote in it, or shorten it" } else { "is it another data set?" };
            format!("line {first}: a row of more than {LONGEST} bytes, which has not ended by line {last}; {cure}")
        })
    }
}

fn unreadable(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Io(error) => super::unopened(error),
        _ => error.to_string(),
    }
}

/// Reads so many bytes and no more.
struct Bounded {
    input: Box<dyn BufRead>,
    left: Rc<Cell<u64>>,
}

impl Read for Bounded {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 {
            return Err(io::Error::other("a row is too long"));
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let read = self.input.read(bytes.get_mut(..most).unwrap_or_default())?;
        self.left.set(left - read as u64);
        Ok(read)
    }
}
