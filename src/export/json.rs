//! JSON lines: protobuf's JSON of each event, one a line, as the service's own clients would print it.

use std::io::Write;

use prost_reflect::{DynamicMessage, SerializeOptions};
use serde_json::Value;

use super::{Error, Writer, row::Row, sources::Sources};
use crate::pb;

/// The writer.
pub(super) struct JsonLines<W> {
    out: W,
}

impl<W: Write> JsonLines<W> {
    pub(super) fn new(out: W) -> JsonLines<W> {
        JsonLines { out }
    }
}

impl<W: Write> Writer for JsonLines<W> {
    fn rows(&mut self, rows: &[Row<'_>]) -> Result<(), Error> {
        for row in rows {
            serialize("Event", row.encoded, &mut serde_json::Serializer::new(&mut self.out))?
                .map_err(std::io::Error::from)?;
            self.out.write_all(b"\n")?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, _: &Sources) -> Result<(), Error> {
        Ok(self.out.flush()?)
    }
}

/// Protobuf's JSON of an encoded message of the contract.
pub(super) fn message(name: &str, encoded: &[u8]) -> Result<Value, Error> {
    Ok(serialize(name, encoded, serde_json::value::Serializer)?.map_err(std::io::Error::from)?)
}

fn serialize<S: serde::Serializer>(name: &str, encoded: &[u8], to: S) -> Result<Result<S::Ok, S::Error>, Error> {
    let descriptor = pb::pool().get_message_by_name(&format!("dossier.v1.{name}"));
    let descriptor = descriptor.ok_or_else(|| std::io::Error::other(format!("the contract has no {name}")))?;
    let message = DynamicMessage::decode(descriptor, encoded)?;
    Ok(message.serialize_with_options(to, &SerializeOptions::new()))
}
