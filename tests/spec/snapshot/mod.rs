//! Snapshots: built by the program, served by it, told from other files, damaged, cut short, killed while they are built.

mod beside;
mod damage;
mod flips;
pub(crate) mod killed;
mod merged;
mod served;

use std::path::Path;

use crate::support::{dossier, run};

/// Questions to every list, in several ways: on the shipped facts and their example.
pub(super) const QUESTIONS: [(&str, &str); 45] = [
    ("ListEvents", r#"{"page_size": 1000}"#),
    ("ListEvents", r#"{"page_size": 4, "order": "EVENT_ORDER_NEWEST_FIRST"}"#),
    ("ListEvents", r#"{"page_size": 1000, "filter": {"as_of": "2023-11-01"}}"#),
    ("ListEvents", r#"{"page_size": 1000, "filter": {"text": "convoy"}}"#),
    ("ListEvents", r#"{"page_size": 1000, "filter": {"kinds": ["EVENT_KIND_HANDOVER"], "contested": false}}"#),
    ("ListEvents", r#"{"page_size": 9, "filter": {"first_day": "2023-10-01", "last_day": "2023-10-20"}}"#),
    (
        "ListEvents",
        r#"{"filter": {"area": {"box": {"low": {"latitude": 15, "longitude": -5}, "high": {"latitude": 20, "longitude": 3}}}}}"#,
    ),
    ("GetEventsNear", r#"{"point": {"latitude": 18, "longitude": 1}, "page_size": 5}"#),
    ("GetEventsNear", r#"{"point": {"latitude": 16, "longitude": 0}, "radius_meters": 300000}"#),
    ("GetEventsNear", r#"{"point": {"latitude": 18, "longitude": 1}, "filter": {"as_of": "2023-11-01"}}"#),
    ("CountEvents", r#"{"group_by": ["COUNT_DIMENSION_KIND", "COUNT_DIMENSION_ACTOR"]}"#),
    ("CountEvents", r#"{"group_by": ["COUNT_DIMENSION_PLACE", "COUNT_DIMENSION_WEEK"]}"#),
    ("CountEvents", r#"{"group_by": ["COUNT_DIMENSION_CAMP", "COUNT_DIMENSION_SOURCE"]}"#),
    ("CountEvents", r#"{"group_by": ["COUNT_DIMENSION_COUNTRY", "COUNT_DIMENSION_STATUS"]}"#),
    ("CountEvents", "{}"),
    ("ListDisputes", r#"{"page_size": 1000}"#),
    ("ListClaims", r#"{"page_size": 1000}"#),
    ("ListClaims", r#"{"page_size": 1000, "stances": ["STANCE_ASSERTS"]}"#),
    ("ListClaims", r#"{"stated_first_day": "2023-10-01", "stated_last_day": "2023-12-31"}"#),
    ("ListCampHandovers", r#"{"page_size": 1000}"#),
    ("ListCampHandovers", r#"{"filter": {"as_of": "2023-11-01"}}"#),
    ("ListPlaces", r#"{"page_size": 1000}"#),
    ("ListPlaces", r#"{"page_size": 1000, "country_code": "ML"}"#),
    ("ListActors", r#"{"page_size": 1000}"#),
    ("ListCamps", r#"{"page_size": 1000}"#),
    ("ListCamps", r#"{"page_size": 1000, "as_of": "2023-11-01"}"#),
    ("ListSources", r#"{"page_size": 1000}"#),
    ("ResolveNames", r#"{"names": ["kidal", "Minusma", "Tessallit", "Bar Khane"]}"#),
    (
        "ListEvents",
        r#"{"filter": {"area": {"box": {"low": {"latitude": 15, "longitude": -5}, "high": {"latitude": 20, "longitude": 3}}}}, "page_size": 6}"#,
    ),
    ("ListClaims", r#"{"page_size": 7, "filter": {"text": "convoy"}}"#),
    (
        "GetEventsNear",
        r#"{"point": {"latitude": 18, "longitude": 1}, "filter": {"as_of": "2023-11-01"}, "page_size": 5}"#,
    ),
    (
        "CountEvents",
        r#"{"page_size": 3, "filter": {"as_of": "2023-11-01"}, "group_by": ["COUNT_DIMENSION_ACTOR", "COUNT_DIMENSION_DAY"]}"#,
    ),
    ("GetEvent", r#"{"name": "events/no-such-event"}"#),
    ("GetEvent", r#"{"name": "events/anefis-taken"}"#),
    ("GetEvent", r#"{"name": "events/convoy-attacked", "as_of": "2023-11-01"}"#),
    (
        "BatchGetEvents",
        r#"{"names": ["events/bamako-handover", "events/ansongo-departure", "events/bamako-handover"]}"#,
    ),
    ("BatchGetEvents", r#"{"names": ["events/anefis-taken", "events/no-such-event"]}"#),
    ("ExportEvents", "{}"),
    ("ExportEvents", r#"{"filter": {"kinds": ["EVENT_KIND_HANDOVER"], "as_of": "2023-11-01"}}"#),
    ("GetCamp", r#"{"name": "camps/no-such-camp"}"#),
    ("GetCamp", r#"{"name": "camps/kidal"}"#),
    ("GetCamp", r#"{"name": "camps/gao", "as_of": "2023-11-01"}"#),
    ("GetPlace", r#"{"name": "places/kidal"}"#),
    ("GetActor", r#"{"name": "actors/csp"}"#),
    ("GetSource", r#"{"name": "sources/kidal-2023-10-09"}"#),
];

/// Builds a snapshot, which must work.
pub(super) fn build(data: &[&str], output: &Path) -> String {
    let built = run(&mut dossier(&[&["build"], data, &["-o", output.to_str().unwrap()]].concat()));
    assert!(built.ok(), "{built:?}");
    built.out
}
