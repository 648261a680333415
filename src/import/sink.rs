//! What an importer writes to: facts once each, and notes of what was odd.

use std::{
    collections::{BTreeMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io::BufWriter,
};

use super::{Stop, ids::Ids, row::Row};
use crate::{
    facts::{Error, Replacement, Writer},
    pb::{self, seed::record::Content},
};

pub(super) type Out = Writer<BufWriter<Replacement>>;

/// What an importer writes to.
pub(super) struct Sink {
    writer: Out,
    /// Hashes of the names already written: eight bytes each, whatever the names. Two names of one hash would leave the
    /// second undefined, which the checker tells.
    seen: HashSet<u64>,
    /// What rows were: the names of their events or places.
    rows: Ids,
    flags: BTreeMap<String, u64>,
}

impl Sink {
    pub(super) fn new(writer: Out) -> Sink {
        Sink { writer, seen: HashSet::new(), rows: Ids::default(), flags: BTreeMap::new() }
    }

    /// Whether this is the first time that something of this name is to be written.
    fn first(&mut self, name: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        self.seen.insert(hasher.finish())
    }

    /// Writes a place if none of this name was written.
    pub(super) fn place(&mut self, name: &str, place: impl FnOnce() -> pb::Place) -> Result<(), Error> {
        if self.first(name) { self.writer.write(Content::Place(place())) } else { Ok(()) }
    }

    /// Writes an actor if none of this name was written.
    pub(super) fn actor(&mut self, name: &str, actor: impl FnOnce() -> pb::Actor) -> Result<(), Error> {
        if self.first(name) { self.writer.write(Content::Actor(actor())) } else { Ok(()) }
    }

    /// Writes a source if none of this name was written.
    pub(super) fn source(&mut self, name: &str, source: impl FnOnce() -> pb::Source) -> Result<(), Error> {
        if self.first(name) { self.writer.write(Content::Source(source())) } else { Ok(()) }
    }

    /// Refuses a row that is, by the id in this column, what an earlier one was: which of the two is meant nobody can tell. To be
    /// asked before anything of the row is written.
    pub(super) fn once(&self, row: &Row<'_>, id: usize, name: &str) -> Result<(), Stop> {
        if self.had(name) {
            Err(Stop::Bad(row.wrong(id, row.text(id).unwrap_or_default(), "as in an earlier row")))
        } else {
            Ok(())
        }
    }

    /// Whether a row was that.
    pub(super) fn had(&self, name: &str) -> bool {
        self.rows.has(name)
    }

    /// Notes what a row is.
    pub(super) fn is(&mut self, name: &str) {
        self.rows.add(name);
    }

    /// Writes the event that a row is.
    pub(super) fn event(&mut self, event: pb::Event) -> Result<(), Error> {
        self.is(&event.name);
        self.writer.write(Content::Event(event))
    }

    /// Writes a place that a row is.
    pub(super) fn own_place(&mut self, place: pb::Place) -> Result<(), Error> {
        self.writer.write(Content::Place(place))
    }

    /// Counts what is odd about a row that is kept.
    pub(super) fn flag(&mut self, what: &str) {
        match self.flags.get_mut(what) {
            Some(count) => *count += 1,
            None => drop(self.flags.insert(what.to_owned(), 1)),
        }
    }

    pub(super) fn into_parts(self) -> (BTreeMap<String, u64>, Out) {
        (self.flags, self.writer)
    }
}
