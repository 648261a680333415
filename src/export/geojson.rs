//! GeoJSON (RFC 7946): a feature collection with a feature an event, in [longitude, latitude]. An event without a point has the
//! geometry null. The revision and the sources are foreign members behind the features.

use std::io::Write;

use serde_json::{Map, Value, json};

use super::{
    Error, Writer,
    row::Row,
    sources::Sources,
    table::{self, COLUMNS, Cell},
};

/// Columns that the geometry says.
const IN_GEOMETRY: [&str; 2] = ["latitude", "longitude"];

/// The writer.
pub(super) struct GeoJson<W> {
    out: W,
    empty: bool,
}

impl<W: Write> GeoJson<W> {
    pub(super) fn new(mut out: W) -> Result<GeoJson<W>, Error> {
        out.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[")?;
        Ok(GeoJson { out, empty: true })
    }
}

impl<W: Write> Writer for GeoJson<W> {
    fn rows(&mut self, rows: &[Row<'_>]) -> Result<(), Error> {
        for row in rows {
            let before = if self.empty { "\n" } else { ",\n" };
            self.empty = false;
            write!(self.out, "{before}{}", feature(row))?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, Sources { revision, sources }: &Sources) -> Result<(), Error> {
        write!(self.out, "\n],\n\"revision\":{},\n\"sources\":[", json!(revision))?;
        for (i, source) in sources.iter().enumerate() {
            write!(self.out, "{}{source}", if i == 0 { "\n" } else { ",\n" })?;
        }
        self.out.write_all(b"\n]}\n")?;
        Ok(self.out.flush()?)
    }
}

fn feature(row: &Row<'_>) -> Value {
    let point = table::point(row).map(|point| {
        json!({
            "type": "Point",
            "coordinates": [point.longitude, point.latitude],
        })
    });
    let columns = COLUMNS.iter().filter(|column| !IN_GEOMETRY.contains(&column.name));
    let properties: Map<String, Value> =
        columns.map(|column| (column.name.to_owned(), value((column.cell)(row)))).collect();
    json!({ "type": "Feature", "id": row.event.name, "geometry": point, "properties": properties })
}

/// Absent is null, so that every feature has every property.
fn value(cell: Cell<'_>) -> Value {
    match cell {
        Cell::Text("") => Value::Null,
        Cell::Text(text) => text.into(),
        Cell::Number(number) => number.into(),
        Cell::Count(count) => count.into(),
        Cell::Flag(flag) => flag.into(),
        Cell::List(names) => names.into(),
    }
}
