//! Puts an image together: versions of events come in the order of rows, all else is held.

use std::{collections::HashMap, io, ops::Range};

use prost::Message as _;

use super::{BuildError, Entities, Resources, Rows, TooLarge, count};
use crate::{
    model::{
        actors::ActorTree,
        derive::{EventVersion, HandoverVersion},
    },
    pb,
    store::{
        image::{ImageWriter, SectionId, records::NONE},
        index::names::NamesBuilder,
    },
};

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

    /// Adds the next row: a version of the event of this number, whose message stands there in the spool.
    pub(super) fn add(
        &mut self,
        version: &EventVersion,
        message: Range<u64>,
        event: u32,
        several: bool,
    ) -> Result<(), TooLarge> {
        self.rows.add(version, message, several.then_some(event), &self.entities, self.actors)?;
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
