//! The revision of a data set: a digest of what it says, independent of how it was written and loaded.

use prost::Message;

use super::{dataset::Dataset, encoded};
use crate::pb;

/// The version of the rules of derivation. Raise it whenever equal data is served differently.
pub const DERIVATION_VERSION: u32 = 3;

/// blake3 over the normalised data set, the schema and the version of the derivation, in hexadecimal.
///
/// Resources, the claims of an event and its links are taken in their own order, whatever order they were loaded in: that
/// order is derived when they are served. Lists inside a message (aliases, citations, participants, measures) are served as
/// written, so their order is content. How facts are spread over data sets is not.
///
/// What follows from places and codebooks (points, radii, countries, codes) is filled in before: whether a file writes it down
/// or leaves it out, the same is served.
pub fn revision(dataset: &Dataset, events: Vec<EventDigest>) -> String {
    let mut digest = blake3::Hasher::new();
    digest.update(b"dossier.v1");
    digest.update(&DERIVATION_VERSION.to_le_bytes());
    digest.update(schema_digest().as_bytes());
    let Dataset { sources, places, actors, camps, .. } = dataset;
    collection(&mut digest, sources.iter().map(message).collect());
    collection(&mut digest, places.iter().map(message).collect());
    collection(&mut digest, actors.iter().map(message).collect());
    collection(&mut digest, camps.iter().map(message).collect());
    collection(&mut digest, events.into_iter().map(|EventDigest(event)| event).collect());
    digest.finalize().to_hex().to_string()
}

/// The digest of an event: all that has to be held of millions until their revision is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventDigest([u8; 32]);

impl EventDigest {
    /// Of an event, as filled by `derive::event::filled`. The order of its claims and links does not matter.
    pub fn of(mut event: pb::Event) -> EventDigest {
        event.claims.sort_by_cached_key(Message::encode_to_vec);
        event.links.sort_by_cached_key(Message::encode_to_vec);
        EventDigest(message(&event))
    }
}

/// The digest of the contract that is compiled in: of what answers are made of, not of how facts are written in files.
pub fn schema_digest() -> blake3::Hash {
    schema(pb::DESCRIPTORS)
}

/// The digest of a contract: of its descriptors without comments and places in files, which change no answer.
fn schema(descriptors: &[u8]) -> blake3::Hash {
    // `FileDescriptorSet.file`, and `name` and `source_code_info` of a `FileDescriptorProto`.
    const FILE: u64 = 1;
    const NAME: u64 = 1;
    const SOURCE_CODE_INFO: u64 = 9;
    let mut digest = blake3::Hasher::new();
    for file in encoded::entries(descriptors, FILE) {
        let mut file = descriptors.get(file).unwrap_or_default();
        file = encoded::behind_varint(file);
        if encoded::first(file, NAME).is_some_and(|name| name.starts_with(b"dossier/seed/")) {
            continue;
        }
        while let Some((number, len)) = encoded::next_field(file) {
            let (field, rest) = file.split_at(len);
            if number != SOURCE_CODE_INFO {
                digest.update(field);
            }
            file = rest;
        }
    }
    digest.finalize()
}

fn message(message: &impl Message) -> [u8; 32] {
    *blake3::hash(&message.encode_to_vec()).as_bytes()
}

/// The digests of a collection's resources in their own order: as good as the resources in the order of their names.
fn collection(digest: &mut blake3::Hasher, mut parts: Vec<[u8; 32]>) {
    parts.sort_unstable();
    digest.update(&(parts.len() as u64).to_le_bytes());
    for part in &parts {
        digest.update(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_formats_of_files_are_no_part_of_the_schema_and_names_are() {
        let with = |old: &str, new: &str| {
            let at = pb::DESCRIPTORS.windows(old.len()).position(|bytes| bytes == old.as_bytes()).unwrap();
            [&pb::DESCRIPTORS[..at], new.as_bytes(), &pb::DESCRIPTORS[at + old.len()..]].concat()
        };
        let served = schema(pb::DESCRIPTORS);
        assert_eq!(schema(&with(" Sourced facts about a conflict:", " Sourced facts upon a conflict: ")), served);
        assert_eq!(schema(&with("release_date", "released_day")), served);
        assert_ne!(schema(&with("distance_meters", "distance_metres")), served);
    }

    fn of(dataset: &Dataset) -> String {
        revision(dataset, dataset.events.iter().cloned().map(EventDigest::of).collect())
    }

    fn dataset() -> Dataset {
        let claim = |note: &str| pb::Claim { note: note.into(), ..Default::default() };
        let link = |event: &str| pb::Link { event: event.into(), ..Default::default() };
        let event = |name: &str| pb::Event {
            name: name.into(),
            claims: vec![claim("a"), claim("b")],
            links: vec![link("events/x"), link("events/y")],
            ..Default::default()
        };
        let place =
            |name: &str| pb::Place { name: name.into(), aliases: vec!["p".into(), "q".into()], ..Default::default() };
        Dataset {
            places: vec![place("places/a"), place("places/b")],
            events: vec![event("events/a"), event("events/b")],
            ..Default::default()
        }
    }

    #[test]
    fn order_of_loading_and_layers_do_not_touch_it() {
        let written = dataset();
        let mut other = dataset();
        other.layers.push(pb::Layer { name: "elsewhere".into(), ..Default::default() });
        other.places.reverse();
        other.events.reverse();
        other.events[0].claims.reverse();
        other.events[1].links.reverse();
        assert_eq!(of(&written), of(&other));
        assert_eq!(of(&written).len(), 64);
    }

    #[test]
    fn everything_that_is_served_touches_it() {
        let changes: [fn(&mut Dataset); 7] = [
            |data| data.places[0].aliases.reverse(),
            |data| data.places[0].display_name.push('x'),
            |data| data.events[1].claims[0].note.push('x'),
            |data| data.events[1].links[0].event.push('x'),
            |data| drop(data.events.pop()),
            |data| data.camps.push(pb::Camp::default()),
            |data| data.actors.push(pb::Actor::default()),
        ];
        for (at, change) in changes.into_iter().enumerate() {
            let mut changed = dataset();
            change(&mut changed);
            assert_ne!(of(&dataset()), of(&changed), "change {at}");
        }
    }
}
