//! Puts an image together: versions of events come in the order of rows, all else is held.

use std::{borrow::Borrow, collections::HashMap, io, ops::Range};

use prost::Message as _;

use super::{BuildError, Entities, Resources, Rows, TooLarge, count, keys::texts};
use crate::{
    model::{
        actors::ActorTree,
        derive::{EventVersion, HandoverVersion},
        text,
    },
    pb,
    store::{
        image::{ImageWriter, SectionId, records::NONE},
        index::names::NamesBuilder,
    },
};

/// A version of an event, and what can be told of it before it is added.
pub(super) struct Prepared<V = EventVersion> {
    version: V,
    /// A number of the event, in the order of names.
    event: u32,
    /// Whether the event has several versions.
    several: bool,
    /// The words to find it by, with spaces between them.
    words: String,
}

impl<V: Borrow<EventVersion>> Prepared<V> {
    /// A version of the event of this number.
    pub(super) fn of(version: V, event: u32, several: bool) -> Prepared<V> {
        let mut words = String::new();
        for text in texts(&version.borrow().event) {
            text::index_tokens(text, |word| {
                words.push_str(word);
                words.push(' ');
            });
        }
        Prepared { version, event, several, words }
    }
}

/// An image on its way.
pub(super) struct Assembly<'a> {
    actors: &'a ActorTree,
    entities: Entities,
    rows: Rows,
    next: u32,
    /// For each event by its number, in the order of names, its first row.
    first_rows: Vec<u32>,
    names: NamesBuilder,
    /// Rows of events whose handovers are shown, by the event's number.
    handed: HashMap<u32, Vec<u32>>,
}

impl<'a> Assembly<'a> {
    /// The image of these resources and of so many events.
    pub(super) fn new(resources: &Resources<'a>, events: usize) -> Result<Assembly<'a>, TooLarge> {
        Ok(Assembly {
            actors: resources.actor_tree,
            entities: Entities::new(resources)?,
            rows: Rows::default(),
            next: 0,
            first_rows: vec![NONE; events],
            names: NamesBuilder::default(),
            handed: HashMap::new(),
        })
    }

    /// Adds the next row, whose message stands there in the spool.
    pub(super) fn add(
        &mut self,
        row: &Prepared<impl Borrow<EventVersion>>,
        message: Range<u64>,
    ) -> Result<(), TooLarge> {
        let (version, event) = (row.version.borrow(), row.event);
        let one_of = row.several.then_some(event);
        self.rows.add(version, &row.words, message, one_of, &self.entities, self.actors)?;
        if let Some(first) = self.first_rows.get_mut(event as usize).filter(|first| **first == NONE) {
            *first = self.next;
            self.names.add(version.event.name.as_bytes(), self.next);
        }
        if version.event.kind() == pb::EventKind::Handover {
            self.handed.entry(event).or_default().push(self.next);
        }
        self.next = count(self.next as usize + 1)?;
        Ok(())
    }

    /// Writes it all. `handovers` are those of the event of a number; `dataset` tells what is no matter of rows.
    pub(super) fn write<W: io::Write + io::Seek>(
        mut self,
        handovers: &[(u32, &[HandoverVersion])],
        mut dataset: pb::Dataset,
        spool: &[u8],
        image: &mut ImageWriter<W>,
    ) -> Result<(), BuildError> {
        for (event, versions) in handovers {
            for version in *versions {
                let message = self.entities.message(&version.handover);
                for row in self.handed.get(event).into_iter().flatten() {
                    self.rows.add_handover(*row, version.known.into(), message)?;
                }
            }
        }
        self.rows.summing.fill(&mut dataset);
        image.eager(SectionId::Summary, &dataset.encode_to_vec())?;
        image.lazy(SectionId::EventNames, &self.first_rows)?;
        image.lazy(SectionId::EventTable, &self.names.finish(self.next))?;
        self.rows.write(image, spool)?;
        self.entities.write(image)?;
        Ok(())
    }
}
