//! Builds images: from what was derived in memory, or from facts that are streamed past.

mod ahead;
mod assembly;
mod entities;
mod interner;
mod keys;
mod rows;
mod sorter;
mod stream;
mod summing;
mod towns;
mod written;

use std::io;

use prost::Message as _;

use assembly::{Assembly, Prepared};
pub(crate) use entities::{Entities, Resources};
pub(crate) use rows::{Rows, order};
pub use stream::{Spool, streamed};
use summing::Summing;
pub use written::{Conflict, apart, event, events, merge, resources};

use super::image::{Damaged, Image, ImageWriter, OpenError};
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
    /// Two of the inputs do not go together.
    #[error(transparent)]
    Conflict(#[from] Conflict),
}

/// Maps of a build: many, hot, and never walked in an order of their own.
type Map<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;

/// A number of something that an image counts.
fn count(len: usize) -> Result<u32, TooLarge> {
    // The last number stands for none.
    u32::try_from(len).ok().filter(|number| *number != u32::MAX).ok_or(TooLarge)
}

/// An image in memory of all that was derived.
pub fn in_memory(derived: &Derived) -> Result<Image, BuildError> {
    let mut assembly = Assembly::new(&Resources::of(derived), derived.events.len())?;
    let mut spool = vec![];
    for (event, version) in in_order(derived) {
        let several = derived.events.get(event).is_some_and(|versions| versions.len() > 1);
        let at = spool.len() as u64;
        // Appending to a `Vec` cannot fail.
        let _ = version.event.encode_length_delimited(&mut spool);
        assembly.add(&Prepared::of(version, count(event)?, several), at..spool.len() as u64)?;
    }
    let handovers = derived.handovers.iter().filter_map(|versions| {
        let name = versions.first()?.handover.event.as_str();
        let of = |event: &Vec<EventVersion>| event.first().map(|version| version.event.name.as_str()).cmp(&Some(name));
        let event = derived.events.binary_search_by(of).ok()?;
        Some((event as u32, versions.as_slice()))
    });
    let mut image = ImageWriter::in_memory()?;
    assembly.write(
        &handovers.collect::<Vec<_>>(),
        summary(&Resources::of(derived), &derived.layers),
        &spool,
        &mut image,
    )?;
    Ok(image.open(digest(&derived.revision))?)
}

/// The bytes of a revision.
fn digest(revision: &str) -> [u8; 32] {
    blake3::Hash::from_hex(revision).map(|hash| *hash.as_bytes()).unwrap_or_default()
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
fn summary(resources: &Resources<'_>, layers: &[pb::Layer]) -> pb::Dataset {
    let size = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
    pb::Dataset {
        layers: layers.to_vec(),
        place_count: size(resources.places.len()),
        actor_count: size(resources.actors.len()),
        camp_count: size(resources.camps.len()),
        source_count: size(resources.sources.len()),
        ..Default::default()
    }
}
