//! Paging: any page size visits each entry once, tokens belong to one request, changed ones are refused.

use dossier::pb;
use tonic::Code;

use super::{World, worlds};
use crate::answers::serve;

/// All names of a list of events, in pages of one size.
async fn walk(world: &mut World, page_size: i32, order: pb::EventOrder) -> Vec<String> {
    let mut request = pb::ListEventsRequest { page_size, order: order.into(), ..Default::default() };
    let mut names = vec![];
    loop {
        let page = world.client.list_events(request.clone()).await.unwrap().into_inner();
        assert!(page.events.len() <= page_size as usize);
        names.extend(page.events.into_iter().map(|event| event.name));
        if page.next_page_token.is_empty() {
            return names;
        }
        request.page_token = page.next_page_token;
    }
}

#[tokio::test]
async fn any_page_size_visits_each_event_once() {
    for mut world in worlds().await {
        for order in [pb::EventOrder::OldestFirst, pb::EventOrder::NewestFirst] {
            let all = walk(&mut world, 1000, order).await;
            let mut once = all.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), all.len());
            for size in [1, 2, 3, 7, 50] {
                assert_eq!(walk(&mut world, size, order).await, all);
            }
        }
    }
}

#[tokio::test]
async fn zero_is_fifty_and_more_than_a_thousand_is_a_thousand() {
    for mut world in worlds().await {
        let mut sizes = vec![];
        for page_size in [0, 50, 1000, i32::MAX] {
            let request = pb::ListClaimsRequest { page_size, ..Default::default() };
            sizes.push(world.client.list_claims(request).await.unwrap().into_inner().claims.len());
        }
        assert_eq!(sizes[0], sizes[1]);
        assert_eq!(sizes[0], 50);
        assert_eq!(sizes[2], sizes[3]);
    }
}

#[tokio::test]
async fn a_token_belongs_to_its_request() {
    let mut worlds = worlds().await;
    let first = pb::ListEventsRequest { page_size: 2, ..Default::default() };
    let mut foreign = vec![];
    for world in &mut worlds {
        let page = world.client.list_events(first.clone()).await.unwrap().into_inner();
        let token = page.next_page_token;
        assert!(!token.is_empty());
        let with = |token: &str| pb::ListEventsRequest { page_token: token.into(), ..first.clone() };
        // The page size may change, nothing else.
        let larger = pb::ListEventsRequest { page_size: 3, ..with(&token) };
        assert_eq!(world.client.list_events(larger).await.unwrap().into_inner().events.len(), 3);
        let newest = pb::ListEventsRequest { order: pb::EventOrder::NewestFirst.into(), ..with(&token) };
        let error = world.client.list_events(newest).await.unwrap_err();
        assert_eq!((error.code(), reason(&error)), (Code::InvalidArgument, "PAGE_TOKEN_MISMATCH".to_owned()));
        let claims = pb::ListClaimsRequest { page_token: token.clone(), ..Default::default() };
        let error = world.client.list_claims(claims).await.unwrap_err();
        assert_eq!(reason(&error), "PAGE_TOKEN_MISMATCH");
        for at in 0..token.len() {
            let other = if &token[at..=at] == "A" { "B" } else { "A" };
            for changed in [format!("{}{other}{}", &token[..at], &token[at + 1..]), token[..at].to_owned()] {
                if changed.is_empty() {
                    continue;
                }
                let error = world.client.list_events(with(&changed)).await.unwrap_err();
                assert_eq!((error.code(), reason(&error)), (Code::InvalidArgument, "PAGE_TOKEN_INVALID".to_owned()));
            }
        }
        foreign.push(token);
    }
    foreign.reverse();
    for (world, token) in worlds.iter_mut().zip(foreign) {
        let request = pb::ListEventsRequest { page_token: token, ..first.clone() };
        let error = world.client.list_events(request).await.unwrap_err();
        assert_eq!((error.code(), reason(&error)), (Code::Aborted, "REVISION_GONE".to_owned()));
    }
}

/// The reason in an error's details.
pub(crate) fn reason(error: &tonic::Status) -> String {
    use tonic_types::StatusExt as _;
    let details = error.get_error_details();
    let info = details.error_info().unwrap_or_else(|| panic!("no ErrorInfo: {error:?}"));
    assert_eq!(info.domain, "dossier");
    info.reason.clone()
}

#[tokio::test]
async fn equal_requests_have_equal_bytes_and_tell_their_revision() {
    for mut world in worlds().await {
        let request = pb::ListCampHandoversRequest::default();
        let first = world.client.list_camp_handovers(request.clone()).await.unwrap();
        let header = first.metadata().get("dossier-revision").unwrap().to_str().unwrap().to_owned();
        let first = first.into_inner();
        assert_eq!(header, first.revision);
        assert_eq!(first.revision.len(), 64);
        assert_eq!(world.client.list_camp_handovers(request).await.unwrap().into_inner(), first);
        let error = world.client.get_event(pb::GetEventRequest::default()).await.unwrap_err();
        assert_eq!(error.metadata().get("dossier-revision").unwrap(), header.as_str(), "on errors too");
    }
}

#[tokio::test]
async fn replicas_with_one_key_read_each_others_tokens_and_no_others() {
    let folder = tempfile::TempDir::new().unwrap();
    let mut keys = vec![];
    for name in ["one", "two"] {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("{name}: a secret of a replica")).unwrap();
        keys.push(path.into_os_string().into_string().unwrap());
    }
    let mut replicas = vec![];
    for key in [&keys[0], &keys[0], &keys[1]] {
        replicas.push(serve(&["seeds", "--page-token-key", key]).await);
    }
    let first = pb::ListEventsRequest { page_size: 2, ..Default::default() };
    let page_token = replicas[0].1.list_events(first.clone()).await.unwrap().into_inner().next_page_token;
    let next = pb::ListEventsRequest { page_token, ..first };
    replicas[1].1.list_events(next.clone()).await.expect("the same key");
    assert_eq!(reason(&replicas[2].1.list_events(next).await.unwrap_err()), "PAGE_TOKEN_INVALID");
}
