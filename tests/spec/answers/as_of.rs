//! What was known on a day, and who said what.

use dossier::pb::{self, EventStatus as Status};
use tonic::Code;

use super::{SEED, WITH_EXAMPLE, event, events, serve};

#[tokio::test]
async fn before_the_article_nothing_is_known_and_on_its_day_all_of_it() {
    let (_server, mut client) = serve(SEED).await;
    let on = |day: &str| pb::EventFilter { as_of: day.into(), ..Default::default() };
    assert_eq!(events(&mut client, on("2023-10-08")).await, []);
    let all = events(&mut client, on("2023-10-09")).await;
    assert_eq!(all, events(&mut client, on("")).await);
    assert!(all.len() > 15);
    let early =
        pb::GetEventRequest { name: "events/anefis-taken".into(), as_of: "2023-10-08".into(), ..Default::default() };
    let error = client.get_event(early).await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
    assert!(error.message().contains("nothing was known of it on 2023-10-08"), "{}", error.message());
}

#[tokio::test]
async fn a_plan_that_is_overtaken_stays_the_same_event() {
    let (_server, mut client) = serve(WITH_EXAMPLE).await;
    let mut status = Vec::new();
    for day in ["2023-10-09", "2023-11-01", ""] {
        status.push(event(&mut client, "events/kidal-handover", day).await.status());
    }
    assert_eq!(status, [Status::Planned, Status::NotOccurred, Status::NotOccurred]);
}

#[tokio::test]
async fn list_claims_gives_all_that_a_person_said() {
    let (_server, mut client) = serve(SEED).await;
    let request =
        pb::ListClaimsRequest { claimants: vec!["actors/madou-diallo".into()], page_size: 1000, ..Default::default() };
    let claims = client.list_claims(request).await.unwrap().into_inner().claims;
    let all = events(&mut client, pb::EventFilter::default()).await;
    let mut said: Vec<&pb::Claim> =
        all.iter().flat_map(|e| &e.claims).filter(|c| c.claimant == "actors/madou-diallo").collect();
    let mut found: Vec<&pb::Claim> = claims.iter().collect();
    said.sort_by_key(|claim| &claim.name);
    found.sort_by_key(|claim| &claim.name);
    assert_eq!(found, said);
    // The handovers of Kidal, Ansongo and Mopti, and their vacating. What remains after that the article says itself.
    for event in ["kidal-handover", "ansongo-handover", "mopti-handover", "kidal-departure", "mopti-departure"] {
        let of = format!("events/{event}/claims/");
        assert!(found.iter().any(|claim| claim.name.starts_with(&of)), "{event}");
    }
    assert!(found.iter().all(|claim| claim.citations.iter().all(|citation| !citation.quote.is_empty())));
}

#[tokio::test]
async fn quotes_stand_where_their_offsets_say() {
    let (_server, mut client) = serve(SEED).await;
    let request = pb::GetSourceRequest { name: "sources/kidal-2023-10-09".into(), ..Default::default() };
    let source = client.get_source(request).await.unwrap().into_inner();
    assert!(!source.text.is_empty() && source.sha256.len() == 64);
    let mut quotes = 0;
    for event in events(&mut client, pb::EventFilter::default()).await {
        for citation in event.claims.iter().flat_map(|claim| &claim.citations) {
            let (start, end) = (citation.start_offset.unwrap(), citation.end_offset.unwrap());
            assert_eq!(&source.text[start as usize..end as usize], citation.quote);
            quotes += 1;
        }
    }
    assert!(quotes > 20);
    assert!(source.cited_spans.iter().all(|span| !span.claims.is_empty()));
}
