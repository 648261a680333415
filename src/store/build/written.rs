//! From an image back to facts as they were written, so that a snapshot can be merged with more and derived anew; and how facts
//! of several inputs are merged.

use std::collections::{HashMap, HashSet};

use prost::Message as _;

use super::BuildError;
use crate::{
    model::{dataset::Dataset, encoded, places},
    pb,
    store::{
        image::{
            Array, Damaged, Image, Section, SectionId,
            records::{At, Entity, KnownDays, Message, Profile, Row, Sibling, Totals},
        },
        index::names::NameTable,
    },
};

/// Two inputs do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Both define a resource, and not alike.
    #[error("two of the inputs say different things of {0}; leave one of them out, or rename one")]
    Differ(String),
    /// Both have a resource of one identifier, each under a name of its own.
    #[error(
        "{one} and {other} of two snapshots share an identifier ({scheme} {id}), and which of them absorbs the other cannot be \
         told; build of the data that one snapshot was made of, rather than of it"
    )]
    Shared {
        /// The name in one.
        one: String,
        /// The name in the other.
        other: String,
        /// What the identifier is of.
        scheme: String,
        /// The identifier.
        id: String,
    },
}

/// The resources that an image was made of. What follows from facts (OUTPUT_ONLY fields that are derived) is left out; points,
/// radii, countries and codes that were filled in stay, which changes no revision.
pub fn resources(image: &Image) -> Result<Dataset, Damaged> {
    let summary = image.section(SectionId::Summary);
    let layers = pb::Dataset::decode(summary.bytes(0..summary.len())?).map_err(|_| summary.damaged(0))?.layers;
    let mut dataset = Dataset {
        layers,
        sources: messages(image, SectionId::Sources)?,
        places: messages(image, SectionId::Places)?,
        actors: messages(image, SectionId::Actors)?,
        camps: messages(image, SectionId::Camps)?,
        events: vec![],
    };
    dataset.sources.iter_mut().for_each(|source| source.cited_spans.clear());
    dataset.camps.iter_mut().for_each(|camp| camp.control.clear());
    for actor in &mut dataset.actors {
        actor.side.clear();
        actor.affiliations.iter_mut().filter_map(|tie| tie.time.as_mut()).for_each(bare);
    }
    Ok(dataset)
}

/// The events that an image was made of, as its resources, one by one.
pub fn events(image: &Image, each: &mut dyn FnMut(pb::Event) -> Result<(), BuildError>) -> Result<(), BuildError> {
    let versions = Versions::new(image);
    for at in 0..versions.rows.len() as u32 {
        // The current version has all claims and links, and every event has one.
        if versions.is_current(at)? {
            each(versions.event(at)?)?;
        }
    }
    Ok(())
}

/// One of the events that an image was made of, by name.
pub fn event(image: &Image, name: &str) -> Result<Option<pb::Event>, Damaged> {
    let versions = Versions::new(image);
    let is_named =
        |at| Ok(encoded::first(encoded::behind_varint(versions.message(at)?.1), NAME) == Some(name.as_bytes()));
    let table = NameTable::open(image.section(SectionId::EventTable))?;
    let Some(mut at) = table.find(name.as_bytes(), is_named)? else { return Ok(None) };
    // Versions of one event lead to each other in a round; one that is damaged ends all the same.
    let siblings = image.array::<Sibling>(SectionId::Siblings);
    for _ in 0..=siblings.len() {
        if versions.is_current(at)? {
            return versions.event(at).map(Some);
        }
        let place = siblings.partition_point(|sibling| Ok(sibling.row < at))?;
        at = siblings.get(place)?.next;
    }
    Ok(None)
}

/// The number of the field `Event.name`.
const NAME: u64 = 1;

/// The versions of events in an image.
struct Versions<'a> {
    totals: Array<'a, Totals>,
    rows: Array<'a, Row>,
    ats: Array<'a, At>,
    profiles: Array<'a, Profile>,
    knowns: Array<'a, KnownDays>,
    events: Section<'a>,
}

impl<'a> Versions<'a> {
    fn new(image: &'a Image) -> Versions<'a> {
        Versions {
            totals: image.array(SectionId::Totals),
            rows: image.array(SectionId::Rows),
            ats: image.array(SectionId::Ats),
            profiles: image.array(SectionId::Profiles),
            knowns: image.array(SectionId::Knowns),
            events: image.section(SectionId::Events),
        }
    }

    fn is_current(&self, at: u32) -> Result<bool, Damaged> {
        Ok(self.knowns.get(self.profiles.get(self.rows.get(at)?.profile)?.known)?.answers(None))
    }

    /// Where a version stands, and its message behind its length.
    fn message(&self, at: u32) -> Result<(u64, &'a [u8]), Damaged> {
        let start = self.totals.get(0)?.event_at(self.ats.get(at)?.event);
        Ok((start, self.events.delimited(start)?))
    }

    fn event(&self, at: u32) -> Result<pb::Event, Damaged> {
        let (start, message) = self.message(at)?;
        pb::Event::decode_length_delimited(message).map(bare_event).map_err(|_| self.events.damaged(start))
    }
}

/// The messages of a collection, each as known now. Of a source that is the whole one, which stands first.
fn messages<M: prost::Message + Default>(image: &Image, collection: SectionId) -> Result<Vec<M>, Damaged> {
    let entities = image.array::<Entity>(collection);
    let messages = image.array::<Message>(SectionId::Messages);
    let bytes = image.section(SectionId::MessageBytes);
    let mut found = Vec::with_capacity(entities.len());
    for at in 0..entities.len() as u32 {
        let versions = messages.slice(entities.get(at)?.messages.range())?;
        let now = versions.iter().find(|message| message.known.answers(None)).ok_or_else(|| bytes.damaged(0))?;
        found.push(M::decode_length_delimited(bytes.delimited(now.at)?).map_err(|_| bytes.damaged(now.at))?);
    }
    Ok(found)
}

/// An event without what is derived.
fn bare_event(mut event: pb::Event) -> pb::Event {
    event.claims.iter_mut().filter_map(|claim| claim.time.as_mut()).for_each(bare);
    pb::Event {
        status: 0,
        time: None,
        preferred_by: 0,
        casualties: None,
        disputes: vec![],
        corroboration: 0,
        contested: false,
        linked_from: vec![],
        ..event
    }
}

/// A time as written.
fn bare(time: &mut pb::TimeSpan) {
    let (edtf, phrase) = (std::mem::take(&mut time.edtf), std::mem::take(&mut time.phrase));
    *time = pb::TimeSpan { edtf, phrase, ..Default::default() };
}

/// Makes sure that no resources of two snapshots share an identifier under two names: among folders and `.facts` files one would absorb
/// the other.
pub fn apart(one: &Dataset, other: &Dataset) -> Result<(), Conflict> {
    unshared(&one.places, &other.places, |place| (&place.name, &place.external_ids))?;
    unshared(&one.actors, &other.actors, |actor| (&actor.name, &actor.external_ids))?;
    unshared(&one.camps, &other.camps, |camp| (&camp.name, &camp.external_ids))
}

fn unshared<M>(one: &[M], other: &[M], of: fn(&M) -> (&String, &Vec<pb::ExternalId>)) -> Result<(), Conflict> {
    let mut owners = HashMap::new();
    for (name, ids) in one.iter().map(of) {
        owners.extend(ids.iter().map(|id| ((&id.scheme, &id.id), name)));
    }
    for (name, ids) in other.iter().map(of) {
        for pb::ExternalId { scheme, id } in ids {
            if let Some(owner) = owners.get(&(scheme, id)).filter(|owner| **owner != name) {
                let [one, other, scheme, id] = [*owner, name, scheme, id].map(Clone::clone);
                return Err(Conflict::Shared { one, other, scheme, id });
            }
        }
    }
    Ok(())
}

/// Merges the resources of two inputs, events aside. Equal ones are one; others of one name do not go together.
pub fn merge(mut one: Dataset, other: Dataset) -> Result<Dataset, Conflict> {
    one.layers.extend(other.layers);
    let order = |layer: &pb::Layer| (layer.name.clone(), layer.event_count, layer.claim_count, layer.source_count);
    one.layers.sort_by_cached_key(order);
    one.layers.dedup();
    Ok(Dataset {
        layers: one.layers,
        sources: join(one.sources, other.sources, |source| &source.name)?,
        places: join_places(one.places, other.places)?,
        actors: join(one.actors, other.actors, |actor| &actor.name)?,
        camps: join(one.camps, other.camps, |camp| &camp.name)?,
        events: vec![],
    })
}

/// The same of places, of which those of a snapshot have been filled: they are compared as they follow from all others.
fn join_places(mut one: Vec<pb::Place>, other: Vec<pb::Place>) -> Result<Vec<pb::Place>, Conflict> {
    let names: HashSet<String> = one.iter().map(|place| place.name.clone()).collect();
    let (twice, more): (Vec<_>, Vec<_>) = other.into_iter().partition(|place| names.contains(&place.name));
    one.extend(more);
    one.sort_by(|a, b| a.name.cmp(&b.name));
    places::fill(&mut one);
    let mut first = vec![];
    for place in twice {
        let at = one.binary_search_by(|found| found.name.cmp(&place.name));
        first.extend(at.ok().and_then(|at| one.get_mut(at)).map(|found| std::mem::replace(found, place)));
    }
    if !first.is_empty() {
        places::fill(&mut one);
    }
    join(one, first, |place| &place.name)
}

fn join<M: PartialEq>(mut one: Vec<M>, other: Vec<M>, name: fn(&M) -> &String) -> Result<Vec<M>, Conflict> {
    one.extend(other);
    one.sort_by(|a, b| name(a).cmp(name(b)));
    one.dedup();
    match one.iter().zip(one.iter().skip(1)).find(|(a, b)| name(a) == name(b)) {
        Some((twice, _)) => Err(Conflict::Differ(name(twice).clone())),
        None => Ok(one),
    }
}

/// Merges what inputs say of one event: claims and links are added up, all else must be alike. What has neither title nor kind
/// only adds to the others.
pub(super) fn merge_events(parts: Vec<pb::Event>) -> Result<pb::Event, Conflict> {
    let name = parts.first().map(|event| event.name.clone()).unwrap_or_default();
    let (mut claims, mut links) = (vec![], vec![]);
    let mut event: Option<pb::Event> = None;
    for mut part in parts {
        claims.append(&mut part.claims);
        links.append(&mut part.links);
        if part.title.is_empty() && part.kind == 0 {
            continue;
        }
        match &event {
            Some(event) if *event != part => return Err(Conflict::Differ(name)),
            _ => event = Some(part),
        }
    }
    claims.sort_by(|a, b| a.name.cmp(&b.name));
    claims.dedup();
    if claims.iter().zip(claims.iter().skip(1)).any(|(one, other)| one.name == other.name) {
        return Err(Conflict::Differ(name));
    }
    let mut merged = event.ok_or_else(|| Conflict::Differ(name.clone()))?;
    merged.claims = claims;
    for link in links {
        if !merged.links.contains(&link) {
            merged.links.push(link);
        }
    }
    Ok(merged)
}
