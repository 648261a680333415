//! A row of an export: an event, and what a flat table says of it that stands elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;

use super::Error;
use crate::{
    model::{encoded::behind_varint, name::Collection},
    pb,
    store::{Budget, Hits, View},
};

/// An event with what it refers to.
#[derive(Debug, Default)]
pub(super) struct Row<'v> {
    /// Its message as the store has it.
    pub(super) encoded: &'v [u8],
    /// The same, decoded.
    pub(super) event: pb::Event,
    /// The display name of its place; empty without one.
    pub(super) place: String,
    /// The country of its place, ISO 3166-1 alpha-2; empty if none is known.
    pub(super) country: String,
    /// The names of the actors that take part, each once, in the event's order.
    pub(super) actors: Vec<String>,
    /// The names of the sources that its claims cite, each once, by name.
    pub(super) sources: Vec<String>,
}

/// The rows of a page.
pub(super) async fn read<'v, V: View>(view: &'v V, hits: &Hits<'v>, budget: &Budget) -> Result<Vec<Row<'v>>, Error> {
    let mut rows = Vec::with_capacity(hits.hits.len());
    for hit in &hits.hits {
        let event = pb::Event::decode_length_delimited(hit.bytes)?;
        let mut actors: Vec<String> = vec![];
        for participant in event.participants.iter().filter(|participant| !participant.actor.is_empty()) {
            if !actors.contains(&participant.actor) {
                actors.push(participant.actor.clone());
            }
        }
        let citations = event.claims.iter().flat_map(|claim| &claim.citations);
        let sources: BTreeSet<&String> = citations.map(|citation| &citation.source).collect();
        let sources = sources.into_iter().cloned().collect();
        let encoded = behind_varint(hit.bytes);
        rows.push(Row { encoded, event, place: String::new(), country: String::new(), actors, sources });
    }
    let places = places(view, &rows, budget).await?;
    for row in &mut rows {
        if let Some(place) = row.event.location.as_ref().and_then(|location| places.get(&location.place)) {
            row.place.clone_from(&place.display_name);
            row.country.clone_from(&place.country_code);
        }
    }
    Ok(rows)
}

/// The places of these rows, by name.
async fn places<V: View>(view: &V, rows: &[Row<'_>], budget: &Budget) -> Result<BTreeMap<String, pb::Place>, Error> {
    let names = rows.iter().filter_map(|row| row.event.location.as_ref()).map(|location| &location.place);
    let names: BTreeSet<&String> = names.filter(|name| !name.is_empty()).collect();
    let names: Vec<String> = names.into_iter().cloned().collect();
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let messages = view.get(Collection::Places, &names, None, budget).await?;
    let decoded = messages.into_iter().map(pb::Place::decode_length_delimited);
    names.iter().cloned().zip(decoded).map(|(name, place)| Ok((name, place?))).collect()
}
