//! A page also ends at 3 MiB, since clients refuse answers above 4: events with long notes, by a client that refuses them.

use dossier::{
    api::FactService,
    model::derive::derive,
    pb::{self, fact_service_client::FactServiceClient},
    store::engine::ImageStore,
};
use prost::Message as _;

use super::in_process;
use crate::generate::{self, Size};

const MOST: usize = 3 << 20;

/// The bytes of a token and a revision, generously.
const BESIDE: usize = 512;

/// 400 events with notes of some 20 KB, and one with a note that fills a page of its own.
fn client() -> FactServiceClient<FactService<ImageStore>> {
    let mut made = generate::dataset(11, Size { events: 400, ..Size::SMALL });
    for (i, event) in made.events.iter_mut().enumerate() {
        let length = if i == 200 { MOST + 100_000 } else { 20_000 + i };
        event.claims[0].note = "n".repeat(length);
    }
    FactServiceClient::new(in_process::service(&derive(made)).1)
}

/// Walks a list, and holds each page to the limit; the size of each entry tells how full a page could be.
async fn walk<A: prost::Message, E: prost::Message>(
    mut page: impl AsyncFnMut(String) -> (A, Vec<E>, String),
) -> Vec<E> {
    let (mut all, mut token, mut before): (Vec<E>, String, Option<usize>) = (vec![], String::new(), None);
    loop {
        let (answer, entries, next) = page(token).await;
        let bytes = answer.encoded_len();
        assert!(!entries.is_empty());
        assert!(bytes <= MOST + BESIDE || entries.len() == 1, "{bytes} bytes in {} entries", entries.len());
        if let Some(before) = before {
            let first = entries[0].encoded_len();
            assert!(before + first + 8 > MOST, "a page of {before} bytes ended before an entry of {first}");
        }
        before = Some(bytes);
        all.extend(entries);
        if next.is_empty() {
            return all;
        }
        token = next;
    }
}

fn once(mut names: Vec<String>) -> usize {
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all, "each once");
    all
}

#[tokio::test]
async fn a_page_ends_at_three_mebibytes_and_the_next_goes_on() {
    let mut client = client();
    let filter = Some(pb::EventFilter::default());
    let mut pages = 0;
    let request = pb::ListEventsRequest { filter: filter.clone(), page_size: 1000, ..Default::default() };
    let events = walk(async |page_token| {
        pages += 1;
        let request = pb::ListEventsRequest { page_token, ..request.clone() };
        let answer = client.list_events(request).await.unwrap().into_inner();
        (answer.clone(), answer.events, answer.next_page_token)
    })
    .await;
    assert_eq!(once(events.iter().map(|event| event.name.clone()).collect()), 400);
    assert!(pages > 3, "{pages} pages of 8 MB");
    assert!(events.iter().any(|event| event.encoded_len() > MOST), "an entry above the limit is a page of its own");

    let request = pb::ListClaimsRequest { filter, page_size: 1000, ..Default::default() };
    let claims = walk(async |page_token| {
        let request = pb::ListClaimsRequest { page_token, ..request.clone() };
        let answer = client.list_claims(request).await.unwrap().into_inner();
        (answer.clone(), answer.claims, answer.next_page_token)
    })
    .await;
    let mut of_events: Vec<pb::Claim> = events.into_iter().flat_map(|event| event.claims).collect();
    assert_eq!(once(claims.iter().map(|claim| claim.name.clone()).collect()), of_events.len());
    of_events.retain(|claim| !claims.contains(claim));
    assert_eq!(of_events.len(), 0);
}

#[tokio::test]
async fn so_does_a_page_of_a_near_search() {
    let mut client = client();
    let origin = pb::get_events_near_request::Origin::Point(pb::LatLng { latitude: 10.0, longitude: 20.0 });
    let request = pb::GetEventsNearRequest {
        origin: Some(origin),
        radius_meters: Some(2e7),
        page_size: 1000,
        ..Default::default()
    };
    let near = walk(async |page_token| {
        let request = pb::GetEventsNearRequest { page_token, ..request.clone() };
        let answer = client.get_events_near(request).await.unwrap().into_inner();
        (answer.clone(), answer.nearby_events, answer.next_page_token)
    })
    .await;
    assert!(near.is_sorted_by_key(|near| near.distance_meters.unwrap()));
    let names = near.into_iter().map(|near| near.event.unwrap().name).collect();
    assert!(once(names) > 300);
}
