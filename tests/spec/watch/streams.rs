//! Watches of a service in process: what they send, where they go on, and when they end.

use std::{sync::Arc, time::UNIX_EPOCH};

use dossier::{
    api::FactService,
    model::{
        claims::name_claims,
        dataset::Dataset,
        derive::{Derived, derive},
    },
    pb::{self, fact_service_client::FactServiceClient},
    store::engine::{ImageStore, ImageView},
};
use tonic::{Code, Status, Streaming};

use super::{Copy, apply, copy, next, to_next};
use crate::{
    generate::{self, Size},
    rules::{in_process, paging::reason},
};

type Client = FactServiceClient<FactService<ImageStore>>;

fn first() -> Dataset {
    generate::dataset(5, Size::SMALL)
}

/// The first one with some events gone, some new, and some told otherwise.
fn second() -> Dataset {
    let mut made = first();
    made.events.retain(|event| !event.name.ends_with('3'));
    made.events.iter_mut().filter(|event| event.name.ends_with('7')).for_each(|event| event.title += " told anew");
    let mut new = made.events[0].clone();
    new.name = "events/new".into();
    name_claims(&mut new).unwrap();
    made.events.insert(0, new);
    made.events.sort_by(|a, b| a.name.cmp(&b.name));
    made
}

/// So many events, each with a long note.
fn long(title: &str, events: usize) -> Dataset {
    let mut made = generate::dataset(6, Size { events, ..Size::SMALL });
    for event in &mut made.events {
        event.title = format!("{title} {}", "x".repeat(20_000));
    }
    made
}

fn load(store: &Arc<ImageStore>, made: Dataset) -> Derived {
    let derived = derive(made);
    store.load(ImageView::in_memory(&derived, UNIX_EPOCH).unwrap());
    derived
}

fn watch(filter: &pb::EventFilter, from: &str) -> pb::WatchEventsRequest {
    pb::WatchEventsRequest { filter: Some(filter.clone()), from_revision: from.to_owned() }
}

async fn watching(client: &mut Client, filter: &pb::EventFilter, from: &str) -> Streaming<pb::WatchEventsResponse> {
    client.watch_events(watch(filter, from)).await.unwrap().into_inner()
}

/// Why a watch fails, whether at once or where its first message would be.
async fn refused(client: &mut Client, filter: &pb::EventFilter, from: &str) -> Status {
    match client.watch_events(watch(filter, from)).await {
        Ok(stream) => next(&mut stream.into_inner()).await.unwrap_err(),
        Err(status) => status,
    }
}

/// What a list answers now.
async fn listed(client: &mut Client, filter: &pb::EventFilter) -> Copy {
    let request = pb::ListEventsRequest { filter: Some(filter.clone()), page_size: 1000, ..Default::default() };
    let page = client.list_events(request).await.unwrap().into_inner();
    assert!(page.next_page_token.is_empty());
    copy(page.events)
}

fn filters() -> Vec<pb::EventFilter> {
    vec![
        pb::EventFilter::default(),
        pb::EventFilter {
            kinds: vec![pb::EventKind::Handover.into(), pb::EventKind::Fighting.into()],
            ..Default::default()
        },
        pb::EventFilter { places: vec!["places/spot-2".into()], ..Default::default() },
        pb::EventFilter { text: "anew".into(), ..Default::default() },
        pb::EventFilter { as_of: "2032-01-01".into(), ..Default::default() },
        pb::EventFilter { contested: Some(true), ..Default::default() },
    ]
}

#[tokio::test]
async fn a_copy_that_applies_what_comes_is_what_a_list_answers() {
    for filter in filters() {
        let (store, service) = in_process::service(&derive(first()));
        let mut client = FactServiceClient::new(service);
        let mut stream = watching(&mut client, &filter, "").await;
        let opening = next(&mut stream).await.unwrap();
        let mut held = listed(&mut client, &filter).await;
        assert_eq!((opening.revision.as_str(), opening.changes.len()), (derive(first()).revision.as_str(), 0));
        assert_eq!(opening.resume_token, opening.revision);
        for made in [second(), first(), generate::dataset(8, Size::SMALL), second()] {
            let derived = load(&store, made);
            let messages = to_next(&mut stream, &mut held).await;
            assert!(messages.iter().all(|message| message.revision == derived.revision));
            assert_eq!(held, listed(&mut client, &filter).await, "{filter:?}");
        }
    }
}

#[tokio::test]
async fn a_revision_that_changes_nothing_in_the_filter_is_told() {
    let (store, service) = in_process::service(&derive(first()));
    let mut client = FactServiceClient::new(service);
    let filter = pb::EventFilter { text: "wordthatnobodyused".into(), ..Default::default() };
    let mut stream = watching(&mut client, &filter, "").await;
    next(&mut stream).await.unwrap();
    let derived = load(&store, second());
    let message = next(&mut stream).await.unwrap();
    assert_eq!((message.revision, message.changes), (derived.revision, vec![]));
}

#[tokio::test]
async fn a_watch_goes_on_from_any_revision_that_is_served() {
    let (store, service) = in_process::service(&derive(first()));
    let mut client = FactServiceClient::new(service);
    let filter = pb::EventFilter::default();
    let mut held = listed(&mut client, &filter).await;
    let seen = derive(first()).revision;
    load(&store, generate::dataset(8, Size::SMALL));
    let derived = load(&store, second());
    // Over the one between, which it never saw.
    let mut stream = watching(&mut client, &filter, &seen).await;
    let messages = to_next(&mut stream, &mut held).await;
    assert_eq!(messages.last().unwrap().revision, derived.revision);
    assert_eq!(held, listed(&mut client, &filter).await);
    // Nothing comes where nothing has changed since, until something does.
    let mut stream = watching(&mut client, &filter, &derived.revision).await;
    let later = load(&store, first());
    assert_eq!(to_next(&mut stream, &mut held).await.last().unwrap().revision, later.revision);
    assert_eq!(held, listed(&mut client, &filter).await);
}

#[tokio::test]
async fn many_changes_come_in_messages_of_a_mebibyte_and_a_watch_goes_on_behind_any_of_them() {
    let (store, service) = in_process::service(&derive(long("one", 300)));
    let mut client = FactServiceClient::new(service);
    let filter = pb::EventFilter::default();
    let mut stream = watching(&mut client, &filter, "").await;
    let opening = next(&mut stream).await.unwrap();
    let mut held = listed_whole(&mut client, &filter).await;
    let derived = load(&store, long("other", 320));
    let messages = to_next(&mut stream, &mut held).await;
    assert!(messages.len() > 5, "{}", messages.len());
    assert!(messages.iter().all(|message| prost::Message::encoded_len(message) <= 1 << 20));
    let names: Vec<&str> =
        messages.iter().flat_map(|message| &message.changes).map(|change| change.name.as_str()).collect();
    assert!(names.len() == 320 && names.is_sorted());
    let tokens = messages.iter().map(|message| &message.resume_token);
    for (broken, from) in std::iter::once(&opening.revision).chain(tokens).take(messages.len()).enumerate() {
        let mut held = held_after(&messages[..broken], &filter, &opening.revision).await;
        let rest = to_next(&mut watching(&mut client, &filter, from).await, &mut held).await;
        assert_eq!(rest.last().unwrap().revision, derived.revision);
        let changes =
            |messages: &[pb::WatchEventsResponse]| messages.iter().map(|message| message.changes.len()).sum::<usize>();
        assert_eq!(changes(&rest), changes(&messages[broken..]), "each change comes once");
        assert!(held == listed_whole(&mut client, &filter).await);
    }
    // Amid the changes to a revision that has been replaced: first to it, then on.
    let token = messages[1].resume_token.clone();
    let mut held = held_after(&messages[..2], &filter, &opening.revision).await;
    let last = load(&store, long("third", 310));
    let mut stream = watching(&mut client, &filter, &token).await;
    to_next(&mut stream, &mut held).await;
    assert_eq!(to_next(&mut stream, &mut held).await.last().unwrap().revision, last.revision);
    assert!(held == listed_whole(&mut client, &filter).await);
    // A token belongs to the filter that it came with.
    let other = pb::EventFilter { contested: Some(true), ..Default::default() };
    let error = refused(&mut client, &other, &token).await;
    assert_eq!((error.code(), reason(&error).as_str()), (Code::InvalidArgument, "PAGE_TOKEN_MISMATCH"));
}

/// What a list answers now, by an export: it may take many pages.
async fn listed_whole(client: &mut Client, filter: &pb::EventFilter) -> Copy {
    let request = pb::ExportEventsRequest { filter: Some(filter.clone()), ..Default::default() };
    let mut stream = client.export_events(request).await.unwrap().into_inner();
    let mut events = vec![];
    while let Some(batch) = stream.message().await.unwrap() {
        events.extend(batch.events);
    }
    copy(events)
}

/// What is held after some messages, by whoever held what the first revision has.
async fn held_after(messages: &[pb::WatchEventsResponse], filter: &pb::EventFilter, revision: &str) -> Copy {
    let old = derive(long("one", 300));
    assert_eq!(old.revision, revision);
    let (_, service) = in_process::service(&old);
    let mut held = listed_whole(&mut FactServiceClient::new(service), filter).await;
    for message in messages {
        apply(&mut held, message);
    }
    held
}

#[tokio::test]
async fn names_that_only_one_of_the_revisions_knows_take_nothing_in_the_other() {
    let (store, service) = in_process::service(&derive(first()));
    let mut client = FactServiceClient::new(service);
    let mut made = second();
    made.places
        .iter_mut()
        .filter(|place| place.name == "places/spot-9")
        .for_each(|place| place.name = "places/new".into());
    for location in made.events.iter_mut().filter_map(|event| event.location.as_mut()) {
        if location.place == "places/spot-9" {
            location.place = "places/new".into();
        }
    }
    made.camps
        .iter_mut()
        .filter(|camp| camp.place == "places/spot-9")
        .for_each(|camp| camp.place = "places/new".into());
    made.places.sort_by(|a, b| a.name.cmp(&b.name));
    let places = |names: &[&str]| pb::EventFilter {
        places: names.iter().map(ToString::to_string).collect(),
        ..Default::default()
    };
    let error = refused(&mut client, &places(&["places/new"]), "").await;
    assert_eq!((error.code(), reason(&error).as_str()), (Code::NotFound, "UNKNOWN_NAME"));
    let both = places(&["places/spot-9", "places/spot-8"]);
    let mut held = listed(&mut client, &both).await;
    let mut stream = watching(&mut client, &both, "").await;
    let seen = next(&mut stream).await.unwrap().revision;
    load(&store, made);
    to_next(&mut stream, &mut held).await;
    assert_eq!(held, listed(&mut client, &places(&["places/spot-8"])).await, "the place that is known goes on");
    let mut held = Copy::new();
    let new = places(&["places/new"]);
    to_next(&mut watching(&mut client, &new, &seen).await, &mut held).await;
    assert_eq!(held, listed(&mut client, &new).await);
    assert!(!held.is_empty());
    let error = refused(&mut client, &places(&["places/spot-8", "places/nowhere"]), &seen).await;
    assert_eq!((error.code(), reason(&error).as_str()), (Code::NotFound, "UNKNOWN_NAME"));
}

#[tokio::test]
async fn what_is_no_revision_or_no_longer_served_is_told() {
    let (store, service) = in_process::service(&derive(first()));
    let mut client = FactServiceClient::new(service);
    let all = pb::EventFilter::default();
    for (from, code, why) in [
        ("nonsense", Code::InvalidArgument, "PAGE_TOKEN_INVALID"),
        (&"A".repeat(64), Code::InvalidArgument, "PAGE_TOKEN_INVALID"),
        (&"a".repeat(64), Code::Aborted, "REVISION_GONE"),
    ] {
        let error = refused(&mut client, &all, from).await;
        assert_eq!((error.code(), reason(&error).as_str()), (code, why), "{from}");
        assert!(error.message().contains("from_revision"), "{error:?}");
    }
    let mut stream = watching(&mut client, &all, "").await;
    let seen = next(&mut stream).await.unwrap().revision;
    // Nobody asks the watch for its next message while more are loaded than are kept.
    for seed in 20..26 {
        load(&store, generate::dataset(seed, Size::SMALL));
    }
    let error = next(&mut stream).await.unwrap_err();
    assert_eq!((error.code(), reason(&error).as_str()), (Code::Aborted, "WATCH_LAGGED"));
    let error = refused(&mut client, &all, &seen).await;
    assert_eq!((error.code(), reason(&error).as_str()), (Code::Aborted, "REVISION_GONE"));
    assert!(error.message().contains("export"), "{error:?}");
}
