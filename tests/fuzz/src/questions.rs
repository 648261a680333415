//! Questions that reach every answer path: each call, its filters, orders, groups and masks. They are asked of several data sets,
//! so some of their names mean nothing in one of them.

use std::sync::OnceLock;

use prost::Message as _;
use prost_reflect::DynamicMessage;

use crate::service::method;

/// A question.
pub struct Question {
    /// The call.
    pub method: &'static str,
    /// The request, encoded.
    pub request: Vec<u8>,
}

/// Calls and requests, in JSON.
const QUESTIONS: &[(&str, &str)] = &[
    ("GetDataset", "{}"),
    ("GetEvent", r#"{"name": "events/thing-3"}"#),
    ("GetEvent", r#"{"name": "events/no-such-event", "as_of": "2031-05-01"}"#),
    ("BatchGetEvents", r#"{"names": ["events/thing-3", "events/thing-17"]}"#),
    ("ListEvents", r#"{"page_size": 1000}"#),
    ("ListEvents", r#"{"page_size": 3, "order": "EVENT_ORDER_NEWEST_FIRST"}"#),
    ("ListEvents", r#"{"page_size": 1000, "filter": {"as_of": "2023-11-01"}}"#),
    ("ListEvents", r#"{"page_size": 100, "filter": {"as_of": "2031-05-01"}}"#),
    ("ListEvents", r#"{"filter": {"text": "convoy con"}}"#),
    ("ListEvents", r#"{"filter": {"text": "a"}, "read_mask": "name,claims.citations,time"}"#),
    ("ListEvents", r#"{"filter": {"kinds": ["EVENT_KIND_HANDOVER", "EVENT_KIND_CLASH"], "contested": false}}"#),
    ("ListEvents", r#"{"filter": {"first_day": "2023-10-01", "last_day": "2023-10-20"}, "page_size": 9}"#),
    ("ListEvents", r#"{"filter": {"first_day": "2023-08-01", "match": "MATCH_CERTAIN"}}"#),
    ("ListEvents", r#"{"filter": {"statuses": ["EVENT_STATUS_OCCURRED"], "country_code": "ML"}}"#),
    ("ListEvents", r#"{"filter": {"min_corroboration": "CORROBORATION_SAME_SIDE", "contested": true}}"#),
    (
        "ListEvents",
        r#"{"filter": {"area": {"box": {"low": {"latitude": 9, "longitude": -5}, "high": {"latitude": 20, "longitude": 30}}}}}"#,
    ),
    (
        "ListEvents",
        r#"{"filter": {"match": "MATCH_CERTAIN", "area": {"polygon": {"vertices": [{"latitude": 5, "longitude": -10}, {"latitude": 30, "longitude": 0}, {"latitude": 5, "longitude": 40}]}}}}"#,
    ),
    ("ListEvents", r#"{"filter": {"places": ["places/mali"], "actors": ["actors/minusma"]}, "page_size": 50}"#),
    ("ListEvents", r#"{"filter": {"places": ["places/spot-3"], "actors": ["actors/band-1"]}, "page_size": 50}"#),
    ("ListEvents", r#"{"filter": {"sources": ["sources/paper-1"], "claimants": ["actors/band-2"]}}"#),
    ("ListEvents", r#"{"filter": {"camps": ["camps/kidal"], "roles": ["PARTICIPANT_ROLE_INITIATOR"]}}"#),
    ("GetEventsNear", r#"{"point": {"latitude": 18, "longitude": 1}, "page_size": 5}"#),
    ("GetEventsNear", r#"{"point": {"latitude": 90, "longitude": 180}, "radius_meters": 2e7}"#),
    ("GetEventsNear", r#"{"point": {"latitude": 16, "longitude": 0}, "radius_meters": 300000}"#),
    (
        "GetEventsNear",
        r#"{"point": {"latitude": 18, "longitude": 1}, "filter": {"as_of": "2023-11-01", "kinds": ["EVENT_KIND_ATTACK"]}}"#,
    ),
    ("GetEventsNear", r#"{"place": "places/spot-3", "max_uncertainty_meters": 50000}"#),
    ("GetEventsNear", r#"{"camp": "camps/kidal", "page_size": 100}"#),
    ("GetEventsNear", r#"{"event": "events/thing-17", "page_size": 100}"#),
    ("CountEvents", "{}"),
    ("CountEvents", r#"{"group_by": ["COUNT_DIMENSION_KIND", "COUNT_DIMENSION_ACTOR"]}"#),
    ("CountEvents", r#"{"group_by": ["COUNT_DIMENSION_PLACE", "COUNT_DIMENSION_WEEK"], "page_size": 1000}"#),
    ("CountEvents", r#"{"group_by": ["COUNT_DIMENSION_CAMP", "COUNT_DIMENSION_SOURCE"]}"#),
    ("CountEvents", r#"{"group_by": ["COUNT_DIMENSION_COUNTRY", "COUNT_DIMENSION_STATUS"]}"#),
    ("CountEvents", r#"{"group_by": ["COUNT_DIMENSION_MONTH"], "filter": {"as_of": "2023-11-01", "text": "a"}}"#),
    ("ListDisputes", r#"{"page_size": 1000}"#),
    ("ListDisputes", r#"{"page_size": 2, "aspects": ["ASPECT_TIME", "ASPECT_NUMBER"]}"#),
    ("ListClaims", r#"{"page_size": 1000}"#),
    ("ListClaims", r#"{"page_size": 2, "stances": ["STANCE_ASSERTS"], "filter": {"contested": true}}"#),
    ("ListClaims", r#"{"stated_first_day": "2023-10-01", "stated_last_day": "2031-12-31"}"#),
    ("ListClaims", r#"{"sources": ["sources/paper-2"]}"#),
    ("ListCampHandovers", r#"{"page_size": 1000}"#),
    ("ListCampHandovers", r#"{"page_size": 2, "filter": {"as_of": "2023-11-01"}}"#),
    ("GetPlace", r#"{"name": "places/spot-3"}"#),
    ("ListPlaces", r#"{"page_size": 1000}"#),
    ("ListPlaces", r#"{"page_size": 2, "country_code": "ML", "kinds": ["PLACE_KIND_SETTLEMENT"]}"#),
    ("ListPlaces", r#"{"within": "places/spot-0"}"#),
    ("GetActor", r#"{"name": "actors/band-1"}"#),
    ("ListActors", r#"{"page_size": 1000}"#),
    ("ListActors", r#"{"page_size": 2, "within": "actors/band-0"}"#),
    ("GetCamp", r#"{"name": "camps/kidal", "as_of": "2023-11-10"}"#),
    ("ListCamps", r#"{"page_size": 1000}"#),
    ("ListCamps", r#"{"page_size": 2, "as_of": "2023-11-01"}"#),
    ("GetSource", r#"{"name": "sources/paper-2"}"#),
    ("ListSources", r#"{"page_size": 1000}"#),
    ("ResolveNames", r#"{"names": ["kidal", "Quary", "the Amber Brook", "Bar Khane", "q"], "limit": 20}"#),
    ("ResolveNames", r#"{"names": ["camp"], "resource_kinds": ["RESOURCE_KIND_CAMP", "RESOURCE_KIND_PLACE"]}"#),
    ("ExportEvents", "{}"),
    ("ExportEvents", r#"{"filter": {"as_of": "2031-11-01", "text": "amber"}}"#),
    // One that would last is no question to a fuzzer.
    ("WatchEvents", r#"{"from_revision": "0000000000000000000000000000000000000000000000000000000000000000"}"#),
];

/// All questions.
pub fn all() -> &'static [Question] {
    static ALL: OnceLock<Vec<Question>> = OnceLock::new();
    ALL.get_or_init(|| QUESTIONS.iter().map(|(method, json)| question(method, json)).collect())
}

fn question(name: &'static str, json: &str) -> Question {
    let mut json = serde_json::Deserializer::from_str(json);
    let request = DynamicMessage::deserialize(method(name).input(), &mut json)
        .unwrap_or_else(|error| panic!("a question to {name}: {error}"));
    Question { method: name, request: request.encode_to_vec() }
}
