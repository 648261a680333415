//! Watches over a socket: of files that are loaded anew, at a server that stops, and more than a server takes.

use std::time::Duration;

use dossier::pb;
use tempfile::TempDir;
use tonic::Code;

use super::{HANG, copy, next, to_next};
use crate::{answers::Client, generate::facts, rules::paging::reason, support::Server};

fn everything() -> pb::WatchEventsRequest {
    pb::WatchEventsRequest { filter: Some(pb::EventFilter::default()), ..Default::default() }
}

async fn listed(client: &mut Client) -> Vec<pb::Event> {
    let request = pb::ListEventsRequest { page_size: 1000, ..Default::default() };
    client.list_events(request).await.unwrap().into_inner().events
}

#[tokio::test]
async fn a_watch_hears_of_what_is_loaded_and_goes_on_at_another_server_when_its_own_stops() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("facts");
    facts(1, &path);
    let argument = [path.to_str().unwrap()];
    let (one, other) = (Server::start(&argument), Server::start(&argument));
    let (mut client, mut elsewhere) = (one.client().await, other.client().await);
    let mut held = copy(listed(&mut client).await);
    let mut stream = client.watch_events(everything()).await.unwrap().into_inner();
    next(&mut stream).await.unwrap();

    facts(2, &path);
    one.signal("HUP");
    let token = to_next(&mut stream, &mut held).await.pop().unwrap().resume_token;
    assert_eq!(held, copy(listed(&mut client).await));

    other.signal("HUP");
    other.log_line("RELOAD_OUTCOME_LOADED");
    one.signal("TERM");
    let error = next(&mut stream).await.unwrap_err();
    assert_eq!((error.code(), reason(&error).as_str()), (Code::Unavailable, "SHUTTING_DOWN"));
    drop((client, stream));
    let (status, log) = one.end_within(Duration::from_secs(2));
    assert!(status.success(), "{log:?}");

    let request = pb::WatchEventsRequest { from_revision: token, ..everything() };
    let mut stream = elsewhere.watch_events(request).await.unwrap().into_inner();
    facts(3, &path);
    other.signal("HUP");
    to_next(&mut stream, &mut held).await;
    assert_eq!(held, copy(listed(&mut elsewhere).await));
}

#[tokio::test]
async fn watches_are_counted_apart_from_calls() {
    let server = Server::start(&["--max-watches", "2", "--max-calls", "2"]);
    let mut client = server.client().await;
    let mut streams = vec![];
    for _ in 0..2 {
        let mut stream = client.watch_events(everything()).await.unwrap().into_inner();
        next(&mut stream).await.unwrap();
        streams.push(stream);
    }
    let error = client.watch_events(everything()).await.unwrap_err();
    assert_eq!((error.code(), reason(&error).as_str()), (Code::ResourceExhausted, "OVERLOADED"));
    listed(&mut client).await;
    // One that ends makes room.
    drop(streams.pop());
    let began = std::time::Instant::now();
    while client.watch_events(everything()).await.is_err() {
        assert!(began.elapsed() < HANG);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn the_deadline_of_a_watch_is_its_callers() {
    let server = Server::start(&["--max-call-time", "1"]);
    let mut client = server.client().await;
    let mut request = tonic::Request::new(everything());
    request.set_timeout(Duration::from_secs(2));
    let began = std::time::Instant::now();
    let mut stream = client.watch_events(request).await.unwrap().into_inner();
    next(&mut stream).await.unwrap();
    let error = next(&mut stream).await.unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
    assert!(began.elapsed() >= Duration::from_millis(1900), "the server's own bound is for calls that end");
}
