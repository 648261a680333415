//! From `EventFilter` to the store's query: the one place where it is read.

use prost_reflect::DynamicMessage;

use super::{
    error::Error,
    fields::{Fields, quoted},
};
use crate::{
    model::{area::Area, name::Collection, text},
    pb,
    store::query::EventQuery,
};

/// Longest text to search for, in bytes.
const MOST_TEXT: usize = 1000;

/// Reads a filter. Its fields are reported below `filter`. `radius` is whether the request has a radius for `match` to govern.
pub(super) fn event_query(fields: &mut Fields, filter: Option<&pb::EventFilter>, radius: bool) -> EventQuery {
    let Some(filter) = filter else { return EventQuery::default() };
    let window = fields.window(("filter.first_day", &filter.first_day), ("filter.last_day", &filter.last_day));
    let certain = fields.optional_enum("filter.match", filter.r#match) == Some(pb::Match::Certain);
    if certain && !radius && window.is_none() && filter.area.is_none() {
        fields.reject(
            "filter.match",
            "is MATCH_CERTAIN with nothing to match; give days, an area or a radius, or leave it out",
        );
    }
    EventQuery {
        kinds: fields.enums("filter.kinds", &filter.kinds),
        statuses: fields.enums("filter.statuses", &filter.statuses),
        actors: fields.names("filter.actors", Collection::Actors, &filter.actors),
        all_actors: fields.names("filter.all_actors", Collection::Actors, &filter.all_actors),
        roles: fields.enums("filter.roles", &filter.roles),
        places: fields.names("filter.places", Collection::Places, &filter.places),
        camps: fields.names("filter.camps", Collection::Camps, &filter.camps),
        claimants: fields.names("filter.claimants", Collection::Actors, &filter.claimants),
        sources: fields.names("filter.sources", Collection::Sources, &filter.sources),
        country_code: fields.country_code("filter.country_code", &filter.country_code),
        window,
        area: area(fields, filter.area.as_ref()),
        certain,
        text: words(fields, &filter.text),
        contested: filter.contested,
        min_corroboration: fields.optional_enum("filter.min_corroboration", filter.min_corroboration),
        as_of: fields.day("filter.as_of", &filter.as_of),
    }
}

/// Reads a filter written as JSON of `EventFilter`, with all that is malformed in it at once.
pub fn parse(json: &str) -> Result<EventQuery, Error> {
    let filter = decode(json).map_err(|why| Error::field("filter", format!("is no EventFilter in JSON: {why}")))?;
    let mut fields = Fields::default();
    let query = event_query(&mut fields, Some(&filter), false);
    fields.finish().map(|()| query)
}

fn decode(json: &str) -> Result<pb::EventFilter, Box<dyn std::error::Error>> {
    let descriptor = pb::pool().get_message_by_name("dossier.v1.EventFilter").ok_or("the contract has none")?;
    let mut json = serde_json::Deserializer::from_str(json);
    let filter = DynamicMessage::deserialize(descriptor, &mut json)?;
    json.end()?;
    Ok(filter.transcode_to()?)
}

fn area(fields: &mut Fields, area: Option<&pb::Area>) -> Option<Area> {
    Area::parse(area?, "filter.area").map_err(|violations| fields.reject_all(violations)).ok()
}

fn words(fields: &mut Fields, words: &str) -> Option<String> {
    if words.is_empty() {
        return None;
    }
    if words.len() > MOST_TEXT {
        fields.reject("filter.text", format!("is longer than {MOST_TEXT} bytes; search for fewer words"));
    } else if text::tokens(words).is_empty() {
        fields.reject("filter.text", format!("{} has no letter or digit to search for", quoted(words)));
    }
    Some(words.to_owned())
}
