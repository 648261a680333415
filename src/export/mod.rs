//! Exports as files: the events of a filter in the formats that analysts load, with the sources they cite.
//!
//! Knows no files and no sockets: rows are asked of a view page by page and written to whatever is given, so that memory does
//! not grow with the number of events.

mod csv;
mod geojson;
mod json;
#[cfg(feature = "parquet")]
mod parquet;
mod row;
mod sources;
mod table;

use std::io::{self, Write};

pub use sources::Sources;
pub use table::{COLUMNS, Column};

use crate::store::{
    self, Budget, View,
    query::{EventQuery, Order, PageOf},
};

/// Events read at a time.
const PAGE: usize = 1000;

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON lines: protobuf's JSON of each event.
    JsonLines,
    /// Comma-separated values (RFC 4180), a row an event.
    Csv,
    /// A GeoJSON feature collection (RFC 7946), a feature an event.
    GeoJson,
    /// Apache Parquet, a row an event.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Format {
    /// Whether the sources stand in the file itself.
    pub const fn holds_sources(self) -> bool {
        match self {
            Format::JsonLines | Format::Csv => false,
            Format::GeoJson => true,
            #[cfg(feature = "parquet")]
            Format::Parquet => true,
        }
    }
}

/// Why an export failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store cannot answer.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] io::Error),
    /// What the store answered is no message of its kind.
    #[error("an encoded message of the data cannot be read: {0}")]
    Message(#[from] prost::DecodeError),
}

/// What was exported.
#[derive(Debug)]
pub struct Exported {
    /// How many events.
    pub events: u64,
    /// The sources that they cite.
    pub sources: Sources,
}

/// Writes rows in one format.
trait Writer {
    /// Writes some more rows.
    fn rows(&mut self, rows: &[row::Row<'_>]) -> Result<(), Error>;

    /// Writes what stands behind the rows.
    fn finish(self: Box<Self>, sources: &Sources) -> Result<(), Error>;
}

/// Writes the events that a question takes, oldest first, as lists order them.
pub async fn export<V: View>(
    view: &V,
    query: &EventQuery,
    format: Format,
    out: impl Write + Send,
) -> Result<Exported, Error> {
    let mut writer: Box<dyn Writer + '_> = match format {
        Format::JsonLines => Box::new(json::JsonLines::new(out)),
        Format::Csv => Box::new(csv::Csv::new(out)?),
        Format::GeoJson => Box::new(geojson::GeoJson::new(out)?),
        #[cfg(feature = "parquet")]
        Format::Parquet => Box::new(parquet::Parquet::new(out)?),
    };
    let budget = Budget::default();
    let mut cited = sources::Cited::default();
    let mut events = 0;
    let mut page = PageOf { after: None, size: PAGE };
    let plan = view.plan(query, &budget).await?;
    loop {
        let hits = view.planned_events(&plan, Order::OldestFirst, page, &budget).await?;
        let rows = row::read(view, &hits, &budget).await?;
        for row in &rows {
            cited.add(&row.event);
        }
        writer.rows(&rows)?;
        events += rows.len() as u64;
        page.after = hits.hits.last().map(|hit| hit.at);
        if !hits.more {
            break;
        }
    }
    let sources = cited.read(view, &budget).await?;
    writer.finish(&sources)?;
    Ok(Exported { events, sources })
}
