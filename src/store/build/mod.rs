//! Builds images: from what was derived in memory, or from facts that are streamed past.

mod entities;
mod interner;
mod keys;
mod rows;
mod summing;

use std::io;

use prost::Message as _;

pub(crate) use entities::{Entities, Resources};
pub(crate) use rows::{Rows, order};
use summing::Summing;

use super::image::{Damaged, Image, ImageWriter, OpenError, SectionId};
use crate::{
    model::derive::{Derived, EventVersion},
    pb,
};

/// More of something than images can count: four billion rows, names or distinct values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many facts for one image: more than four billion of a kind")]
pub struct TooLarge;

/// Why no image came of it.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// More than it can hold.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// It cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It cannot be opened.
    #[error("the image that was built {0}")]
    Open(#[from] OpenError),
    /// It cannot be read.
    #[error(transparent)]
    Damaged(#[from] Damaged),
}

/// A number of something that an image counts.
fn count(len: usize) -> Result<u32, TooLarge> {
    // The last number stands for none.
    u32::try_from(len).ok().filter(|number| *number != u32::MAX).ok_or(TooLarge)
}

/// An image in memory of all that was derived.
pub fn in_memory(derived: &Derived) -> Result<Image, BuildError> {
    let mut image = ImageWriter::in_memory()?;
    write(derived, &mut image)?;
    Ok(image.open(digest(&derived.revision))?)
}

/// Writes an image of all that was derived into a file.
pub fn to_file<W: io::Write + io::Seek>(derived: &Derived, to: W) -> Result<W, BuildError> {
    let mut image = ImageWriter::new(to)?;
    write(derived, &mut image)?;
    Ok(image.finish(digest(&derived.revision))?)
}

/// The bytes of a revision.
fn digest(revision: &str) -> [u8; 32] {
    blake3::Hash::from_hex(revision).map(|hash| *hash.as_bytes()).unwrap_or_default()
}

/// Writes all sections of what was derived.
fn write<W: io::Write + io::Seek>(derived: &Derived, image: &mut ImageWriter<W>) -> Result<(), BuildError> {
    let resources = Resources {
        sources: &derived.sources,
        places: &derived.places,
        actors: &derived.actors,
        camps: &derived.camps,
        actor_tree: &derived.actor_tree,
        place_tree: &derived.place_tree,
    };
    let mut entities = Entities::new(&resources)?;
    let mut rows = Rows::default();
    let mut spool = vec![];
    let mut rows_of: Vec<Vec<u32>> = vec![vec![]; derived.events.len()];
    for (row, (event, version)) in in_order(derived).into_iter().enumerate() {
        let several = derived.events.get(event).is_some_and(|versions| versions.len() > 1);
        let one_of = if several { Some(count(event)?) } else { None };
        let at = spool.len() as u64;
        // Appending to a `Vec` cannot fail.
        let _ = version.event.encode_length_delimited(&mut spool);
        rows.add(version, at, one_of, &entities, &derived.actor_tree)?;
        let row = count(row)?;
        rows_of.get_mut(event).into_iter().for_each(|rows| rows.push(row));
    }
    for versions in &derived.handovers {
        let Some(name) = versions.first().map(|version| version.handover.event.as_str()) else { continue };
        let of = |event: &Vec<EventVersion>| event.first().map(|version| version.event.name.as_str()).cmp(&Some(name));
        let event = derived.events.binary_search_by(of).ok().and_then(|at| rows_of.get(at));
        for version in versions {
            let message = entities.message(&version.handover);
            for row in event.into_iter().flatten() {
                rows.add_handover(*row, version.known.into(), message)?;
            }
        }
    }
    // Events are sorted by name.
    let names: Vec<u32> = rows_of.iter().filter_map(|rows| rows.first().copied()).collect();

    let mut dataset = summary(derived);
    rows.summing.fill(&mut dataset);
    image.eager(SectionId::Summary, &dataset.encode_to_vec())?;
    image.lazy(SectionId::EventNames, &names)?;
    rows.write(image, &spool)?;
    entities.write(image)?;
    Ok(())
}

/// The versions of all events in the order of rows, each with the place of its event.
fn in_order(derived: &Derived) -> Vec<(usize, &EventVersion)> {
    let versions = derived.events.iter().enumerate();
    let mut versions: Vec<_> =
        versions.flat_map(|(event, of)| of.iter().map(move |version| (event, version))).collect();
    versions.sort_by_key(|(_, version)| {
        (order(version.dated, &version.span), version.event.name.as_str(), version.known.from)
    });
    versions
}

/// What is in the data set, as far as it is no matter of rows.
fn summary(derived: &Derived) -> pb::Dataset {
    let size = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
    pb::Dataset {
        layers: derived.layers.clone(),
        place_count: size(derived.places.len()),
        actor_count: size(derived.actors.len()),
        camp_count: size(derived.camps.len()),
        source_count: size(derived.sources.len()),
        ..Default::default()
    }
}
