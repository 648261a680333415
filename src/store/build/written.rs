//! From an image back to facts as they were written, so that a snapshot can be merged with more and derived anew; and how facts
//! of several inputs are merged.

use prost::Message as _;

use super::BuildError;
use crate::{
    model::{dataset::Dataset, places},
    pb,
    store::image::{
        Damaged, Image, SectionId,
        records::{At, Entity, KnownDays, Message, Profile, Row, Totals},
    },
};

/// Two inputs define one resource, and not alike.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("two of the inputs say different things of {0}; leave one of them out, or rename one")]
pub struct Conflict(pub String);

/// The facts that an image was made of: all resources at once, the events one by one. What follows from them (OUTPUT_ONLY fields
/// that are derived) is left out; points, radii, countries and codes that were filled in stay, which changes no revision.
pub fn written(
    image: &Image,
    each: &mut dyn FnMut(pb::Event) -> Result<(), BuildError>,
) -> Result<Dataset, BuildError> {
    let summary = image.section(SectionId::Summary);
    let layers = pb::Dataset::decode(summary.bytes(0..summary.len())?).map_err(|_| summary.damaged(0))?.layers;
    let mut dataset = Dataset {
        layers,
        sources: resources(image, SectionId::Sources)?,
        places: resources(image, SectionId::Places)?,
        actors: resources(image, SectionId::Actors)?,
        camps: resources(image, SectionId::Camps)?,
        events: vec![],
    };
    dataset.sources.iter_mut().for_each(|source| source.cited_spans.clear());
    dataset.camps.iter_mut().for_each(|camp| camp.control.clear());
    for actor in &mut dataset.actors {
        actor.side.clear();
        actor.affiliations.iter_mut().filter_map(|tie| tie.time.as_mut()).for_each(bare);
    }
    let totals = image.array::<Totals>(SectionId::Totals);
    let rows = image.array::<Row>(SectionId::Rows);
    let ats = image.array::<At>(SectionId::Ats);
    let profiles = image.array::<Profile>(SectionId::Profiles);
    let knowns = image.array::<KnownDays>(SectionId::Knowns);
    let events = image.section(SectionId::Events);
    for at in 0..rows.len() as u32 {
        let row = rows.get(at)?;
        // The current version has all claims and links, and every event has one.
        if knowns.get(profiles.get(row.profile)?.known)?.answers(None) {
            let start = totals.get(0)?.event_at(ats.get(at)?.event);
            let message = events.delimited(start)?;
            each(event(pb::Event::decode_length_delimited(message).map_err(|_| events.damaged(start))?))?;
        }
    }
    Ok(dataset)
}

/// The messages of a collection, each as known now. Of a source that is the whole one, which stands first.
fn resources<M: prost::Message + Default>(image: &Image, collection: SectionId) -> Result<Vec<M>, Damaged> {
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
fn event(mut event: pb::Event) -> pb::Event {
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

/// Merges the resources of two inputs, events aside. Equal ones are one; others of one name do not go together.
pub fn merge(mut one: Dataset, mut other: Dataset) -> Result<Dataset, Conflict> {
    // A place of a snapshot has been filled.
    places::fill(&mut one.places);
    places::fill(&mut other.places);
    one.layers.extend(other.layers);
    let order = |layer: &pb::Layer| (layer.name.clone(), layer.event_count, layer.claim_count, layer.source_count);
    one.layers.sort_by_cached_key(order);
    one.layers.dedup();
    Ok(Dataset {
        layers: one.layers,
        sources: join(one.sources, other.sources, |source| &source.name)?,
        places: join(one.places, other.places, |place| &place.name)?,
        actors: join(one.actors, other.actors, |actor| &actor.name)?,
        camps: join(one.camps, other.camps, |camp| &camp.name)?,
        events: vec![],
    })
}

fn join<M: PartialEq>(mut one: Vec<M>, other: Vec<M>, name: fn(&M) -> &String) -> Result<Vec<M>, Conflict> {
    one.extend(other);
    one.sort_by(|a, b| name(a).cmp(name(b)));
    one.dedup();
    match one.iter().zip(one.iter().skip(1)).find(|(a, b)| name(a) == name(b)) {
        Some((twice, _)) => Err(Conflict(name(twice).clone())),
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
            Some(event) if *event != part => return Err(Conflict(name)),
            _ => event = Some(part),
        }
    }
    claims.sort_by(|a, b| a.name.cmp(&b.name));
    claims.dedup();
    if claims.iter().zip(claims.iter().skip(1)).any(|(one, other)| one.name == other.name) {
        return Err(Conflict(name));
    }
    let mut merged = event.ok_or_else(|| Conflict(name.clone()))?;
    merged.claims = claims;
    for link in links {
        if !merged.links.contains(&link) {
            merged.links.push(link);
        }
    }
    Ok(merged)
}
