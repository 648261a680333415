//! The columns of a flat table of events, which CSV, GeoJSON and Parquet share.

use super::row::Row;
use crate::pb;

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'r> {
    /// A text; empty if absent.
    Text(&'r str),
    /// A number.
    Number(Option<f64>),
    /// A number of things.
    Count(Option<u32>),
    /// Yes or no.
    Flag(bool),
    /// Names.
    List(&'r [String]),
}

/// A column.
#[derive(Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it says, and what it is when that is not known.
    pub says: &'static str,
    pub(super) cell: for<'r> fn(&'r Row<'_>) -> Cell<'r>,
}

/// The columns, in order.
pub const COLUMNS: [Column; 23] = [
    Column { name: "name", says: "the event's name, such as events/some-id", cell: |row| Cell::Text(&row.event.name) },
    Column { name: "title", says: "what it is, in a line", cell: |row| Cell::Text(&row.event.title) },
    Column { name: "kind", says: "an EventKind", cell: |row| Cell::Text(row.event.kind().as_str_name()) },
    Column {
        name: "status",
        says: "an EventStatus: what its claims amount to",
        cell: |row| Cell::Text(row.event.status().as_str_name()),
    },
    Column {
        name: "first_day",
        says: "first day on which it may have been, YYYY-MM-DD; empty: open or unknown",
        cell: |row| Cell::Text(time(row).map_or("", |time| &time.first_day)),
    },
    Column {
        name: "last_day",
        says: "last day on which it may have been; empty: open or unknown",
        cell: |row| Cell::Text(time(row).map_or("", |time| &time.last_day)),
    },
    Column {
        name: "precision",
        says: "a TimePrecision; empty: undated",
        cell: |row| Cell::Text(time(row).map_or("", |time| time.precision().as_str_name())),
    },
    Column {
        name: "extent",
        says: "a TimeExtent: sometime within these days, or throughout; empty: undated",
        cell: |row| Cell::Text(time(row).map_or("", |time| time.extent().as_str_name())),
    },
    Column {
        name: "place",
        says: "the name of its place; empty: none is known",
        cell: |row| Cell::Text(location(row).map_or("", |location| &location.place)),
    },
    Column { name: "place_name", says: "that place's display name", cell: |row| Cell::Text(&row.place) },
    Column {
        name: "latitude",
        says: "degrees north (WGS 84); empty: no point",
        cell: |row| Cell::Number(point(row).map(|point| point.latitude)),
    },
    Column {
        name: "longitude",
        says: "degrees east (WGS 84); empty: no point",
        cell: |row| Cell::Number(point(row).map(|point| point.longitude)),
    },
    Column {
        name: "uncertainty_meters",
        says: "it was within so many metres of the point; empty: not known",
        cell: |row| Cell::Number(location(row).and_then(|location| location.uncertainty_meters)),
    },
    Column {
        name: "country",
        says: "ISO 3166-1 alpha-2 code of its place's country; empty: none is known",
        cell: |row| Cell::Text(&row.country),
    },
    Column {
        name: "actors",
        says: "names of the actors that take part, in the event's order",
        cell: |row| Cell::List(&row.actors),
    },
    Column {
        name: "casualties_low",
        says: "deaths, at least; empty: not stated, which is not 0",
        cell: |row| Cell::Count(deaths(row).and_then(|deaths| deaths.low)),
    },
    Column {
        name: "casualties_best",
        says: "deaths, best estimate; empty: not stated",
        cell: |row| Cell::Count(deaths(row).and_then(|deaths| deaths.best)),
    },
    Column {
        name: "casualties_high",
        says: "deaths, at most; empty: not stated",
        cell: |row| Cell::Count(deaths(row).and_then(|deaths| deaths.high)),
    },
    Column {
        name: "contested",
        says: "whether claims disagree: true or false",
        cell: |row| Cell::Flag(row.event.contested),
    },
    Column {
        name: "corroboration",
        says: "a Corroboration: who agrees with the status",
        cell: |row| Cell::Text(row.event.corroboration().as_str_name()),
    },
    Column {
        name: "preferred_by",
        says: "a PreferredBy: why the claim shown first is",
        cell: |row| Cell::Text(row.event.preferred_by().as_str_name()),
    },
    Column {
        name: "claims",
        says: "how many claims it has",
        cell: |row| Cell::Count(u32::try_from(row.event.claims.len()).ok()),
    },
    Column {
        name: "sources",
        says: "names of the sources that its claims cite, by name",
        cell: |row| Cell::List(&row.sources),
    },
];

fn time<'r>(row: &'r Row<'_>) -> Option<&'r pb::TimeSpan> {
    row.event.time.as_ref()
}

fn location<'r>(row: &'r Row<'_>) -> Option<&'r pb::Location> {
    row.event.location.as_ref()
}

/// The point of an event.
pub(super) fn point<'r>(row: &'r Row<'_>) -> Option<&'r pb::LatLng> {
    location(row)?.point.as_ref()
}

fn deaths<'r>(row: &'r Row<'_>) -> Option<&'r pb::Casualties> {
    row.event.casualties.as_ref()
}
