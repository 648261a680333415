//! Reads a `.facts` file record by record.

use std::io::{self, Read};

use prost::Message as _;

use super::{
    LONGEST, MAGIC, VERSION, checksum,
    error::{Error, Fault},
    write::tally,
};
use crate::pb::seed::{End, Header, Record, record::Content};

/// Reads a `.facts` file. What it gives is as it was written; the last item is an error if the file is not whole.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    header: Header,
    buffer: Vec<u8>,
    /// How many records were read.
    number: u64,
    counts: End,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// Opens a file: reads its magic and its header. Give it a buffered reader.
    pub fn new(mut input: R) -> Result<Reader<R>, Error> {
        let mut magic = [0; MAGIC.len()];
        let mut version = [0; 2];
        start(&mut input, &mut magic)?;
        if &magic != MAGIC {
            return Err(Error::new(0, Fault::Foreign));
        }
        start(&mut input, &mut version)?;
        match u16::from_le_bytes(version) {
            VERSION => {}
            0 => return Err(Error::new(0, Fault::Foreign)),
            newer => return Err(Error::new(0, Fault::Newer(newer))),
        }
        let mut reader = Reader {
            input,
            header: Header::default(),
            buffer: Vec::new(),
            number: 0,
            counts: End::default(),
            ended: false,
        };
        match reader.record()? {
            Content::Header(header) => reader.header = header,
            _ => return Err(reader.fault(Fault::Misplaced("the file does not begin with its header"))),
        }
        Ok(reader)
    }

    /// What the file is.
    pub fn header(&self) -> &Header {
        &self.header
    }

    fn fault(&self, fault: impl Into<Fault>) -> Error {
        Error::new(self.number, fault)
    }

    /// Fills bytes; a file that ends before is cut short.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        let (number, cut) = (self.number, io::ErrorKind::UnexpectedEof);
        self.input
            .read_exact(bytes)
            .map_err(|error| Error::new(number, if error.kind() == cut { Fault::Cut } else { Fault::Io(error) }))
    }

    /// The next record.
    fn record(&mut self) -> Result<Content, Error> {
        self.number += 1;
        let (mut length, mut sum) = ([0; 4], [0; 8]);
        self.fill(&mut length)?;
        self.fill(&mut sum)?;
        let long = u32::from_le_bytes(length);
        if long > LONGEST {
            return Err(self.fault(Fault::TooLong(long.into())));
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.resize(long as usize, 0);
        self.fill(&mut buffer)?;
        if checksum(length, &buffer) != u64::from_le_bytes(sum) {
            return Err(self.fault(Fault::Damaged));
        }
        let record =
            Record::decode(buffer.as_slice()).map_err(|error| self.fault(Fault::Unknown(error.to_string())))?;
        // A field that this version does not know would be dropped without a word.
        if record.encoded_len() != buffer.len() {
            return Err(self.fault(Fault::Unknown("it has fields that this version does not know".to_owned())));
        }
        self.buffer = buffer;
        record.content.ok_or_else(|| self.fault(Fault::Unknown("it is empty".to_owned())))
    }

    /// The next record between header and end.
    fn fact(&mut self) -> Result<Option<(u64, Content)>, Error> {
        match self.record()? {
            Content::Header(_) => Err(self.fault(Fault::Misplaced("a second header"))),
            Content::End(end) => {
                if end != self.counts {
                    return Err(self.fault(Fault::Misplaced("the file does not hold what its end counts")));
                }
                self.buffer.clear();
                match self.input.by_ref().take(1).read_to_end(&mut self.buffer) {
                    Ok(0) => Ok(None),
                    Ok(_) => Err(self.fault(Fault::Misplaced("bytes behind the end"))),
                    Err(error) => Err(self.fault(error)),
                }
            }
            content => {
                tally(&mut self.counts, &content);
                Ok(Some((self.number, content)))
            }
        }
    }
}

/// Fills the bytes before the first record.
fn start(input: &mut impl Read, bytes: &mut [u8]) -> Result<(), Error> {
    input.read_exact(bytes).map_err(|error| {
        Error::new(0, if error.kind() == io::ErrorKind::UnexpectedEof { Fault::Foreign } else { Fault::Io(error) })
    })
}

impl<R: Read> Iterator for Reader<R> {
    /// The number of the record, from 1 for the header, and what it holds.
    type Item = Result<(u64, Content), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.fact().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}
