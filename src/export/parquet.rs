//! Apache Parquet: the columns of the flat table, typed, with the revision and the sources in the file's key-value metadata.
//!
//! Days stay texts, as everywhere in the contract: what is open or unknown has no date, and then none is made up.

use std::{io::Write, sync::Arc};

use parquet::{
    basic::{Compression, ZstdLevel},
    column::writer::ColumnWriter,
    data_type::ByteArray,
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::WriterProperties,
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::parser::parse_message_type,
};

use super::{
    Error, Writer,
    row::Row,
    sources::Sources,
    table::{COLUMNS, Cell},
};

/// Rows that are gathered into a group: enough to compress well, some tens of megabytes at most.
const GROUP: usize = 65_536;

/// The writer.
pub(super) struct Parquet<W: Write + Send> {
    out: SerializedFileWriter<W>,
    columns: Vec<Gathered>,
    rows: usize,
}

impl<W: Write + Send> Parquet<W> {
    pub(super) fn new(out: W) -> Result<Parquet<W>, Error> {
        let schema = Arc::new(parse_message_type(&schema()).map_err(io)?);
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
        let out = SerializedFileWriter::new(out, schema, Arc::new(properties)).map_err(io)?;
        Ok(Parquet { out, columns: gathered(), rows: 0 })
    }

    /// Writes what was gathered as a group of rows.
    fn group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.out.next_row_group()?;
        for column in &self.columns {
            if let Some(mut writer) = group.next_column()? {
                column.write(&mut writer)?;
                writer.close()?;
            }
        }
        group.close()?;
        (self.columns, self.rows) = (gathered(), 0);
        Ok(())
    }
}

impl<W: Write + Send> Writer for Parquet<W> {
    fn rows(&mut self, rows: &[Row<'_>]) -> Result<(), Error> {
        for row in rows {
            for (gathered, column) in self.columns.iter_mut().zip(&COLUMNS) {
                gathered.add((column.cell)(row));
            }
            self.rows += 1;
            if self.rows == GROUP {
                self.group().map_err(io)?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, Sources { revision, sources }: &Sources) -> Result<(), Error> {
        if self.rows > 0 {
            self.group().map_err(io)?;
        }
        let sources = serde_json::Value::from(sources.clone()).to_string();
        self.out.append_key_value_metadata(KeyValue::new("dossier.revision".to_owned(), revision.clone()));
        self.out.append_key_value_metadata(KeyValue::new("dossier.sources".to_owned(), sources));
        Ok(self.out.into_inner().map_err(io)?.flush()?)
    }
}

fn io(error: ParquetError) -> Error {
    Error::Write(std::io::Error::other(error))
}

/// The cells of a row of nothing, for their types.
fn blank() -> impl Iterator<Item = (&'static str, Gathered)> {
    let row = Row::default();
    COLUMNS.iter().map(move |column| (column.name, Gathered::of((column.cell)(&row))))
}

fn gathered() -> Vec<Gathered> {
    blank().map(|(_, column)| column).collect()
}

/// The schema in Parquet's own language; lists as its LogicalTypes document wants them.
fn schema() -> String {
    let fields = blank().map(|(name, column)| match column.values {
        Values::Texts(_) => format!("optional binary {name} (STRING);"),
        Values::Numbers(_) => format!("optional double {name};"),
        Values::Counts(_) => format!("optional int32 {name} (INTEGER(32,false));"),
        Values::Flags(_) => format!("required boolean {name};"),
        Values::Lists(_) => {
            format!("required group {name} (LIST) {{ repeated group list {{ required binary element (STRING); }} }}")
        }
    });
    format!("message events {{ {} }}", fields.collect::<Vec<_>>().join(" "))
}

/// A column of the group that is gathered: its values, and for each cell whether it has one (Dremel's levels).
struct Gathered {
    values: Values,
    defined: Vec<i16>,
    repeated: Vec<i16>,
}

enum Values {
    Texts(Vec<ByteArray>),
    Numbers(Vec<f64>),
    Counts(Vec<i32>),
    Flags(Vec<bool>),
    Lists(Vec<ByteArray>),
}

impl Gathered {
    /// An empty column for cells like this one.
    fn of(cell: Cell<'_>) -> Gathered {
        let values = match cell {
            Cell::Text(_) => Values::Texts(vec![]),
            Cell::Number(_) => Values::Numbers(vec![]),
            Cell::Count(_) => Values::Counts(vec![]),
            Cell::Flag(_) => Values::Flags(vec![]),
            Cell::List(_) => Values::Lists(vec![]),
        };
        Gathered { values, defined: vec![], repeated: vec![] }
    }

    fn add(&mut self, cell: Cell<'_>) {
        let there = match (&mut self.values, cell) {
            (Values::Texts(texts), Cell::Text(text)) if !text.is_empty() => push(texts, text.into()),
            (Values::Numbers(numbers), Cell::Number(Some(number))) => push(numbers, number),
            // Unsigned numbers of 32 bits are stored as the signed ones of the same bits.
            (Values::Counts(counts), Cell::Count(Some(count))) => push(counts, count.cast_signed()),
            (Values::Flags(flags), Cell::Flag(flag)) => push(flags, flag),
            (Values::Lists(all), Cell::List(names)) if !names.is_empty() => {
                for (i, name) in names.iter().enumerate() {
                    all.push(name.as_str().into());
                    self.defined.push(1);
                    self.repeated.push(i16::from(i > 0));
                }
                return;
            }
            _ => 0,
        };
        self.defined.push(there);
        self.repeated.push(0);
    }

    fn write(&self, column: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let (defined, repeated) = (Some(self.defined.as_slice()), Some(self.repeated.as_slice()));
        match (&self.values, column.untyped()) {
            (Values::Texts(texts), ColumnWriter::ByteArrayColumnWriter(to)) => to.write_batch(texts, defined, None),
            (Values::Lists(names), ColumnWriter::ByteArrayColumnWriter(to)) => to.write_batch(names, defined, repeated),
            (Values::Numbers(numbers), ColumnWriter::DoubleColumnWriter(to)) => to.write_batch(numbers, defined, None),
            (Values::Counts(counts), ColumnWriter::Int32ColumnWriter(to)) => to.write_batch(counts, defined, None),
            (Values::Flags(flags), ColumnWriter::BoolColumnWriter(to)) => to.write_batch(flags, None, None),
            _ => Err(ParquetError::General("a column is not of its schema's type".to_owned())),
        }?;
        Ok(())
    }
}

/// Adds a value, and says that there is one.
fn push<T>(to: &mut Vec<T>, value: T) -> i16 {
    to.push(value);
    1
}
