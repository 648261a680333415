//! Bad input: for every call, what is malformed is told with its field, all at once; nothing panics, nothing leaks.

use tonic::{Code, Status};
use tonic_types::{ErrorDetail, StatusExt as _};

use super::{
    World,
    paging::reason,
    raw::{self, refused},
    worlds,
};

/// A filter in which every field is malformed.
const FILTER: &str = r#"{
    "kinds": [431, 0], "statuses": [99], "actors": ["places/a"], "all_actors": ["actors/"], "roles": [-1],
    "places": ["nowhere", ""], "camps": ["camps/A"], "claimants": ["actors/a/b"], "sources": ["sources/-"],
    "country_code": "mali", "first_day": "2023-02-30", "last_day": "yesterday", "area": {}, "match": 7, "text": "?!",
    "min_corroboration": 17, "as_of": "2023-10-9"
}"#;

/// The fields of that filter.
const ITS_FIELDS: &str = "filter.kinds[0] filter.kinds[1] filter.statuses[0] filter.actors[0] filter.all_actors[0] \
    filter.roles[0] filter.places[0] filter.places[1] filter.camps[0] filter.claimants[0] filter.sources[0] \
    filter.country_code filter.first_day filter.last_day filter.area filter.match filter.text \
    filter.min_corroboration filter.as_of";

/// Call, request, malformed fields. `FILTER` stands for the filter above, MANY and EVENTS for 101 names.
const TABLE: &[(&str, &str, &str)] = &[
    (
        "ListEvents",
        r#"{"filter": FILTER, "order": 9, "page_size": -1, "read_mask": "nothing"}"#,
        "FILTER order page_size read_mask.paths[0]",
    ),
    (
        "GetEventsNear",
        r#"{"filter": FILTER, "point": {"latitude": 91, "longitude": "NaN"}, "radius_meters": -1, "max_uncertainty_meters": "Infinity", "page_size": -2147483648}"#,
        "FILTER point.latitude point.longitude radius_meters max_uncertainty_meters page_size",
    ),
    (
        "CountEvents",
        r#"{"filter": FILTER, "group_by": [0, 99, 1], "page_size": -1}"#,
        "FILTER group_by[0] group_by[1] group_by page_size",
    ),
    (
        "ListDisputes",
        r#"{"filter": FILTER, "aspects": [44], "page_size": -1, "read_mask": "nothing"}"#,
        "FILTER aspects[0] page_size read_mask.paths[0]",
    ),
    (
        "ListClaims",
        r#"{"filter": FILTER, "claimants": ["x"], "sources": ["y"], "stances": [77], "stated_first_day": "0", "stated_last_day": "2023-13-01"}"#,
        "FILTER claimants[0] sources[0] stances[0] stated_first_day stated_last_day",
    ),
    (
        "ListCampHandovers",
        r#"{"filter": FILTER, "page_size": -1, "read_mask": "camp.name"}"#,
        "FILTER page_size read_mask.paths[0]",
    ),
    (
        "ListPlaces",
        r#"{"kinds": [50], "within": "x", "country_code": "x", "page_size": -1, "read_mask": "nothing"}"#,
        "kinds[0] within country_code page_size read_mask.paths[0]",
    ),
    (
        "ListActors",
        r#"{"kinds": [50], "within": "x", "country_code": "x", "page_size": -1, "read_mask": "nothing"}"#,
        "kinds[0] within country_code page_size read_mask.paths[0]",
    ),
    (
        "ListCamps",
        r#"{"within": "x", "as_of": "x", "page_size": -1, "read_mask": "nothing"}"#,
        "within as_of page_size read_mask.paths[0]",
    ),
    (
        "ListSources",
        r#"{"page_size": -1, "read_mask": "text,citedSpans"}"#,
        "page_size read_mask.paths[0] read_mask.paths[1]",
    ),
    (
        "GetEvent",
        r#"{"name": "Events/X", "as_of": "2023-00-00", "read_mask": "nothing"}"#,
        "name as_of read_mask.paths[0]",
    ),
    (
        "BatchGetEvents",
        r#"{"names": ["Events/X", "events/"], "as_of": "2023-02-29", "read_mask": "claims.name"}"#,
        "names[0] names[1] as_of read_mask.paths[0]",
    ),
    ("GetPlace", r#"{"read_mask": "nothing"}"#, "name read_mask.paths[0]"),
    ("GetActor", r#"{"name": "actors/é", "read_mask": "nothing"}"#, "name read_mask.paths[0]"),
    (
        "GetCamp",
        r#"{"name": "camps/a--b", "as_of": "+2023-1-1", "read_mask": "nothing"}"#,
        "name as_of read_mask.paths[0]",
    ),
    ("GetSource", r#"{"name": "events/a", "read_mask": "nothing"}"#, "name read_mask.paths[0]"),
    (
        "ResolveNames",
        r#"{"names": [" ", "LONG"], "resource_kinds": [9], "limit": 51}"#,
        "names[0] names[1] resource_kinds[0] limit",
    ),
    // What is required, and what is bounded.
    ("BatchGetEvents", "{}", "names"),
    ("BatchGetEvents", r#"{"names": EVENTS}"#, "names"),
    ("ResolveNames", "{}", "names"),
    ("ResolveNames", r#"{"names": MANY}"#, "names"),
    ("ResolveNames", r#"{"names": ["a"], "limit": -1}"#, "limit"),
    ("GetEventsNear", "{}", "point"),
    ("ListEvents", r#"{"filter": {"camps": MANY}}"#, "filter.camps"),
    ("ListEvents", r#"{"filter": {"text": "LONGLONGLONGLONGLONGLONG"}}"#, "filter.text"),
    ("CountEvents", r#"{"group_by": [1, 1]}"#, "group_by[1]"),
    ("GetEvent", r#"{"name": "events/a", "read_mask": "MASK"}"#, "read_mask.paths"),
    ("ListEvents", r#"{"page_size": -1, "page_token": "garbage"}"#, "page_size page_token"),
    ("CountEvents", r#"{"group_by": [1, 2, 3]}"#, "group_by"),
    // What contradicts itself, or would change nothing.
    ("ListEvents", r#"{"filter": {"first_day": "2023-10-10", "last_day": "2023-10-09"}}"#, "filter.first_day"),
    ("ListClaims", r#"{"stated_first_day": "2023-10-10", "stated_last_day": "2023-10-09"}"#, "stated_first_day"),
    ("ListEvents", r#"{"filter": {"match": "MATCH_CERTAIN"}}"#, "filter.match"),
    ("GetEventsNear", r#"{"point": {}, "filter": {"match": "MATCH_CERTAIN"}}"#, "filter.match"),
];

/// Areas that are none.
const AREAS: &[&str] = &[
    r#"{"circle": {"radius_meters": 1}}"#,
    r#"{"circle": {"center": {}}}"#,
    r#"{"circle": {"center": {"latitude": "NaN"}, "radius_meters": 1}}"#,
    r#"{"circle": {"center": {"longitude": 180.1}, "radius_meters": 1}}"#,
    r#"{"circle": {"center": {}, "radius_meters": "NaN"}}"#,
    r#"{"circle": {"center": {}, "radius_meters": 30000000}}"#,
    r#"{"box": {"high": {"latitude": 1, "longitude": 1}}}"#,
    r#"{"box": {"low": {"latitude": 2}, "high": {"latitude": 1, "longitude": 1}}}"#,
    r#"{"polygon": {"vertices": [{}, {"latitude": 1, "longitude": 1}]}}"#,
    r#"{"polygon": {"vertices": [{}, {"latitude": 9, "longitude": 9}, {"latitude": 9}, {"longitude": 9}]}}"#,
    r#"{"polygon": {"vertices": [{}, {"longitude": 120}, {"longitude": -120}]}}"#,
    r#"{"polygon": {"vertices": CORNERS}}"#,
];

/// The fields that an error names, after checks that hold for every error of bad fields.
fn fields(error: &Status) -> Vec<String> {
    assert_eq!((error.code(), reason(error).as_str()), (Code::InvalidArgument, "INVALID_FIELD"), "{error:?}");
    let details = error.get_error_details();
    let violations = &details.bad_request().unwrap().field_violations;
    for violation in violations {
        let told = &violation.description;
        assert!(!told.is_empty() && !told.contains("panicked") && !told.contains("src/"), "{told}");
        let cut = error.message().ends_with(" ...");
        assert!(cut || error.message().contains(&violation.field), "the message names each: {}", error.message());
    }
    let mut fields: Vec<String> = violations.iter().map(|violation| violation.field.clone()).collect();
    fields.sort_unstable();
    fields
}

fn fill(json: &str) -> String {
    let many = format!("[{}]", vec![r#""camps/a""#; 101].join(","));
    let events = many.replace("camps", "events");
    let corners = format!("[{}]", vec!["{}"; 1001].join(","));
    json.replace("FILTER", FILTER)
        .replace("MANY", &many)
        .replace("EVENTS", &events)
        .replace("MASK", &vec!["name"; 101].join(","))
        .replace("CORNERS", &corners)
        .replace("LONG", &"x".repeat(201))
}

#[tokio::test]
async fn everything_malformed_is_told_at_once() {
    let client = raw::raw();
    for mut world in worlds().await {
        for (method, json, expected) in TABLE {
            let error = refused(&client, &world.server.address, method, &fill(json)).await;
            let expected = expected.replace("FILTER", ITS_FIELDS);
            let mut expected: Vec<&str> = expected.split_whitespace().collect();
            expected.sort_unstable();
            assert_eq!(fields(&error), expected, "{method} {json}");
        }
        alive(&mut world).await;
    }
}

#[tokio::test]
async fn areas_must_be_on_earth() {
    let client = raw::raw();
    for mut world in worlds().await {
        for area in AREAS {
            let json = fill(&format!(r#"{{"filter": {{"area": {area}}}}}"#));
            let error = refused(&client, &world.server.address, "ListEvents", &json).await;
            let fields = fields(&error);
            assert!(fields.iter().all(|field| field.starts_with("filter.area.")), "{area}: {fields:?}");
        }
        alive(&mut world).await;
    }
}

/// Call, request, names not found. NEAR is a name but for its last letter.
const UNKNOWN: &[(&str, &str, &str)] = &[
    ("GetEvent", r#"{"name": "NEAR"}"#, "NEAR"),
    ("BatchGetEvents", r#"{"names": ["EVENT", "NEAR", "EVENT", "events/zzzzzzzzzz"]}"#, "NEAR events/zzzzzzzzzz"),
    ("GetPlace", r#"{"name": "places/zzzzzzzzzz"}"#, "places/zzzzzzzzzz"),
    ("GetActor", r#"{"name": "actors/zzzzzzzzzz"}"#, "actors/zzzzzzzzzz"),
    ("GetCamp", r#"{"name": "camps/zzzzzzzzzz"}"#, "camps/zzzzzzzzzz"),
    ("GetSource", r#"{"name": "sources/zzzzzzzzzz"}"#, "sources/zzzzzzzzzz"),
    ("ListPlaces", r#"{"within": "places/zzzzzzzzzz"}"#, "places/zzzzzzzzzz"),
    ("ListCamps", r#"{"within": "places/zzzzzzzzzz"}"#, "places/zzzzzzzzzz"),
    ("ListActors", r#"{"within": "actors/zzzzzzzzzz"}"#, "actors/zzzzzzzzzz"),
    ("GetEventsNear", r#"{"event": "NEAR", "filter": {"camps": ["camps/zzzzzzzzzz"]}}"#, "NEAR camps/zzzzzzzzzz"),
    ("GetEventsNear", r#"{"camp": "camps/zzzzzzzzzz"}"#, "camps/zzzzzzzzzz"),
    (
        "ListClaims",
        r#"{"filter": {"actors": ["actors/z"], "places": ["places/z"]}, "claimants": ["actors/y"], "sources": ["sources/z"]}"#,
        "actors/z places/z actors/y sources/z",
    ),
];

#[tokio::test]
async fn unknown_names_are_told_all_at_once_with_the_near_ones() {
    let client = raw::raw();
    for mut world in worlds().await {
        let near = format!("{}x", world.event);
        let fill = |text: &str| text.replace("NEAR", &near).replace("EVENT", &world.event);
        for (method, json, expected) in UNKNOWN {
            let error = refused(&client, &world.server.address, method, &fill(json)).await;
            assert_eq!((error.code(), reason(&error).as_str()), (Code::NotFound, "UNKNOWN_NAME"), "{error:?}");
            let details = error.get_error_details_vec();
            let mut names: Vec<&str> = details.iter().filter_map(resource_name).collect();
            names.sort_unstable();
            let expected = fill(expected);
            let mut expected: Vec<&str> = expected.split_whitespace().collect();
            expected.sort_unstable();
            assert_eq!(names, expected, "{method} {json}");
            let near_is_told = error.message().contains(&format!("did you mean {}", world.event));
            assert_eq!(near_is_told, expected.contains(&near.as_str()), "{}", error.message());
        }
        alive(&mut world).await;
    }
}

fn resource_name(detail: &ErrorDetail) -> Option<&str> {
    match detail {
        ErrorDetail::ResourceInfo(info) => Some(&info.resource_name),
        _ => None,
    }
}

/// A place without a point: what to search around must have one.
#[tokio::test]
async fn what_has_no_point_cannot_be_searched_around() {
    let client = raw::raw();
    for world in worlds().await {
        let Some(event) = &world.event_without_a_point else { continue };
        let json = format!(r#"{{"event": "{event}"}}"#);
        let error = refused(&client, &world.server.address, "GetEventsNear", &json).await;
        assert_eq!((error.code(), reason(&error).as_str()), (Code::FailedPrecondition, "NO_LOCATION"));
    }
}

/// The server still answers.
async fn alive(world: &mut World) {
    let name = world.event.clone();
    let request = dossier::pb::GetEventRequest { name, ..Default::default() };
    let event = world.client.get_event(request).await.expect("alive").into_inner();
    assert_eq!(event.name, world.event);
}
