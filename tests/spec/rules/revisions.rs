//! A walk goes on in its revision while others are loaded, until its revision is gone.

use std::time::{Duration, UNIX_EPOCH};

use dossier::{
    model::derive::{Derived, derive},
    pb::{self, fact_service_client::FactServiceClient},
    store::engine::ImageView,
};
use tonic::Code;

use super::{in_process, paging::reason};
use crate::generate::{self, Size};

fn revision(seed: u64) -> Derived {
    derive(generate::dataset(seed, Size::SMALL))
}

/// What is known now, by name.
fn current(derived: &Derived) -> Vec<pb::Event> {
    let versions = derived.events.iter().flatten().filter(|version| version.known.current);
    versions.map(|version| version.event.clone()).collect()
}

#[tokio::test]
async fn a_token_goes_on_in_its_revision_until_more_than_four_others_came() {
    let (first, second) = (revision(1), revision(2));
    let (store, service) = in_process::service(&first);
    let mut client = FactServiceClient::new(service);
    let mut request = pb::ListEventsRequest { page_size: 7, ..Default::default() };
    let page = client.list_events(request.clone()).await.unwrap().into_inner();
    assert_eq!(page.revision, first.revision);
    let old = page.next_page_token.clone();

    store.load(ImageView::in_memory(&second, UNIX_EPOCH + Duration::from_secs(1)).unwrap());
    let fresh = client.list_events(request.clone()).await.unwrap().into_inner();
    assert_eq!(fresh.revision, second.revision, "a walk that begins now begins in the new one");

    let (mut found, mut token) = (page.events, old.clone());
    while !token.is_empty() {
        let with = pb::ListEventsRequest { page_token: token, ..request.clone() };
        let answer = client.list_events(with).await.unwrap();
        assert_eq!(answer.metadata().get("dossier-revision").unwrap(), first.revision.as_str());
        let page = answer.into_inner();
        assert_eq!(page.revision, first.revision);
        found.extend(page.events);
        token = page.next_page_token;
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(found, current(&first), "every event of the first revision once, and none of the second");

    request.page_token = old;
    for seed in 3..6 {
        store.load(ImageView::in_memory(&revision(seed), UNIX_EPOCH).unwrap());
        assert_eq!(client.list_events(request.clone()).await.unwrap().into_inner().revision, first.revision);
    }
    store.load(ImageView::in_memory(&revision(6), UNIX_EPOCH).unwrap());
    let error = client.list_events(request).await.unwrap_err();
    assert_eq!((error.code(), reason(&error)), (Code::Aborted, "REVISION_GONE".to_owned()));
    assert_eq!(error.metadata().get("dossier-revision").unwrap(), revision(6).revision.as_str());
}

#[tokio::test]
async fn loading_the_same_facts_again_is_no_new_revision() {
    let (store, service) = in_process::service(&revision(1));
    let mut client = FactServiceClient::new(service);
    let mut request = pb::ListClaimsRequest { page_size: 3, ..Default::default() };
    request.page_token = client.list_claims(request.clone()).await.unwrap().into_inner().next_page_token;
    let next = client.list_claims(request.clone()).await.unwrap().into_inner();
    for _ in 0..9 {
        store.load(ImageView::in_memory(&revision(1), UNIX_EPOCH).unwrap());
        assert_eq!(client.list_claims(request.clone()).await.unwrap().into_inner(), next);
    }
}
