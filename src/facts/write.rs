//! Writes a `.facts` file record by record.

use std::io::Write;

use prost::Message as _;

use super::{
    LONGEST, MAGIC, VERSION, checksum,
    error::{Error, Fault},
};
use crate::pb::seed::{End, Header, Record, record::Content};

/// Writes a `.facts` file. It is whole only after [`Writer::finish`].
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    buffer: Vec<u8>,
    number: u64,
    counts: End,
}

impl<W: Write> Writer<W> {
    /// Begins a file. Give it a buffered writer.
    pub fn new(mut out: W, header: Header) -> Result<Writer<W>, Error> {
        let begun = out.write_all(MAGIC).and_then(|()| out.write_all(&VERSION.to_le_bytes()));
        begun.map_err(|error| Error::new(0, error))?;
        let mut writer = Writer { out, buffer: Vec::new(), number: 0, counts: End::default() };
        writer.record(Content::Header(header))?;
        Ok(writer)
    }

    /// Adds a fact: anything but a header or an end, which the writer adds itself.
    pub fn write(&mut self, content: Content) -> Result<(), Error> {
        if matches!(content, Content::Header(_) | Content::End(_)) {
            return Err(Error::new(self.number + 1, Fault::Misplaced("a header or an end among the facts")));
        }
        tally(&mut self.counts, &content);
        self.record(content)
    }

    /// What was added so far.
    pub fn counts(&self) -> &End {
        &self.counts
    }

    /// Ends the file; what it holds, and what it was written to.
    pub fn finish(mut self) -> Result<(End, W), Error> {
        self.record(Content::End(self.counts))?;
        self.out.flush().map_err(|error| Error::new(self.number, error))?;
        Ok((self.counts, self.out))
    }

    fn record(&mut self, content: Content) -> Result<(), Error> {
        self.number += 1;
        let record = Record { content: Some(content) };
        self.buffer.clear();
        // A vector grows as needed, so encoding does not fail.
        record.encode(&mut self.buffer).map_err(|error| Error::new(self.number, std::io::Error::other(error)))?;
        let length = u32::try_from(self.buffer.len()).ok().filter(|length| *length <= LONGEST);
        let Some(length) = length.map(u32::to_le_bytes) else {
            return Err(Error::new(self.number, Fault::TooLong(self.buffer.len() as u64)));
        };
        let sum = checksum(length, &self.buffer).to_le_bytes();
        let out = &mut self.out;
        out.write_all(&length)
            .and_then(|()| out.write_all(&sum))
            .and_then(|()| out.write_all(&self.buffer))
            .map_err(|error| Error::new(self.number, error))
    }
}

/// Counts a fact.
pub(super) fn tally(counts: &mut End, content: &Content) {
    match content {
        Content::Source(_) => counts.sources += 1,
        Content::Place(_) => counts.places += 1,
        Content::Actor(_) => counts.actors += 1,
        Content::Camp(_) => counts.camps += 1,
        Content::Event(_) => counts.events += 1,
        Content::ClaimsOn(_) => counts.claims_on += 1,
        Content::Header(_) | Content::End(_) => {}
    }
}
