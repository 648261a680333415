//! Each call that pages, in pages of several sizes: joined, they are the whole.

use std::path::PathBuf;

use dossier::{model::derive::derive, pb, seed, store::engine::ImageStore};
use prost_reflect::{DynamicMessage, Value};

use super::{in_process, made_up};
use crate::tools::root;

/// Each call that pages: method, field of its entries, request.
pub(super) const CALLS: [(&str, &str, &str); 18] = [
    ("ListEvents", "events", "{}"),
    ("ListEvents", "events", r#"{"order": "EVENT_ORDER_NEWEST_FIRST"}"#),
    ("ListEvents", "events", r#"{"filter": {"statuses": ["EVENT_STATUS_PLANNED", "EVENT_STATUS_OCCURRED"]}}"#),
    ("GetEventsNear", "nearby_events", r#"{"point": {"latitude": 12, "longitude": 4}}"#),
    ("GetEventsNear", "nearby_events", r#"{"point": {"latitude": 89, "longitude": 179}, "radius_meters": 2e7}"#),
    ("CountEvents", "rows", r#"{"group_by": ["COUNT_DIMENSION_KIND"]}"#),
    ("CountEvents", "rows", r#"{"group_by": ["COUNT_DIMENSION_DAY", "COUNT_DIMENSION_ACTOR"]}"#),
    ("CountEvents", "rows", r#"{"group_by": ["COUNT_DIMENSION_PLACE", "COUNT_DIMENSION_SOURCE"]}"#),
    ("ListDisputes", "disputes", "{}"),
    ("ListClaims", "claims", "{}"),
    ("ListClaims", "claims", r#"{"stances": ["STANCE_ASSERTS"], "filter": {"contested": true}}"#),
    ("ListCampHandovers", "camp_handovers", "{}"),
    ("ListPlaces", "places", "{}"),
    ("ListPlaces", "places", r#"{"kinds": ["PLACE_KIND_SETTLEMENT", "PLACE_KIND_REGION"]}"#),
    ("ListActors", "actors", "{}"),
    ("ListCamps", "camps", "{}"),
    ("ListCamps", "camps", r#"{"as_of": "2031-06-01"}"#),
    ("ListSources", "sources", "{}"),
];

type Service = dossier::api::FactService<ImageStore>;

fn service(folders: &[PathBuf]) -> Service {
    in_process::service(&derive(seed::load(folders).unwrap_or_else(|report| panic!("{:#?}", report.problems)))).1
}

/// The entries and the token of a page.
fn read(answer: &DynamicMessage, entries: &str) -> (Vec<Value>, String) {
    let list = answer.get_field_by_name(entries).unwrap().as_list().unwrap().to_vec();
    (list, answer.get_field_by_name("next_page_token").unwrap().as_str().unwrap().to_owned())
}

async fn page(service: &Service, method: &str, json: &str, size: usize, token: &str) -> DynamicMessage {
    let mut request: serde_json::Value = serde_json::from_str(json).unwrap();
    request["page_size"] = size.into();
    request["page_token"] = token.into();
    in_process::ask(service, method, &request.to_string()).await.unwrap_or_else(|e| panic!("{method} {request}: {e}"))
}

async fn every_size_gives_the_whole(service: &Service, (method, entries, json): (&str, &str, &str)) {
    let answer = page(service, method, json, 1000, "").await;
    let (whole, token) = read(&answer, entries);
    assert!(whole.len() > 3 && token.is_empty(), "{method} {json} has {} entries", whole.len());
    // What stands beside the entries is of the whole, on every page.
    let beside = |answer: &DynamicMessage| {
        let mut rest = answer.clone();
        rest.clear_field_by_name(entries);
        rest.clear_field_by_name("next_page_token");
        rest
    };
    for size in [1, 2, 3, 7] {
        let (mut joined, mut token, mut pages) = (vec![], String::new(), 0);
        loop {
            let part = page(service, method, json, size, &token).await;
            assert_eq!(beside(&part), beside(&answer), "{method} {json}");
            let (mut some, next) = read(&part, entries);
            assert!(next.is_empty() || some.len() == size, "{method} {json}: a page before the last is full");
            joined.append(&mut some);
            (token, pages) = (next, pages + 1);
            assert!(pages <= whole.len(), "{method} {json} ends");
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(joined.len(), whole.len(), "{method} {json} in pages of {size}");
        assert!(joined == whole, "{method} {json} in pages of {size} has other entries");
        assert_eq!(pages, whole.len().div_ceil(size), "{method} {json}: no page is empty");
    }
}

#[test]
fn every_call_that_pages_is_in_the_table() {
    let methods = pb::pool().get_service_by_name("dossier.v1.FactService").unwrap();
    for method in methods.methods().filter(|m| m.input().get_field_by_name("page_token").is_some()) {
        let (_, entries, _) =
            CALLS.iter().find(|(name, ..)| *name == method.name()).unwrap_or_else(|| panic!("{}", method.name()));
        assert_eq!(method.output().get_field(1).unwrap().name(), *entries);
    }
}

#[tokio::test]
async fn pages_of_every_call_join_to_the_whole_on_the_shipped_facts() {
    let shipped = service(&[root().join("seeds"), root().join("examples/minusma-2023")]);
    for call in CALLS {
        every_size_gives_the_whole(&shipped, call).await;
    }
}

#[tokio::test]
async fn pages_of_every_call_join_to_the_whole_on_a_made_up_set() {
    let (_folder, made) = made_up();
    let made = service(&[made]);
    for call in CALLS {
        every_size_gives_the_whole(&made, call).await;
    }
}
