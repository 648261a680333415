//! Readers that take nothing, over sockets: they cost a batch each and a call each, and leave when they are told to.

use std::time::{Duration, Instant};

use bytes::{Buf as _, Bytes};
use dossier::pb;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use prost::Message as _;
use tonic::{Code, Status};

use super::wordy;
use crate::{
    generate,
    rules::{paging::reason, raw::frame},
    support::{Connection, Server},
};

const EXPORT: &str = "/dossier.v1.FactService/ExportEvents";

/// A server over 7 MB of facts, for as long as the folder is there.
fn server(arguments: &[&str]) -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("wordy");
    generate::write(&wordy(1, 340), &made);
    let server = Server::start(&[&[made.to_str().unwrap()], arguments].concat());
    (folder, server)
}

/// An export whose headers are here and whose batches nobody takes.
async fn begin(connection: &Connection) -> Incoming {
    let body = Full::from(Bytes::from_static(&[0; 5])).map_err(|never| match never {}).boxed_unsync();
    let response = connection.clone().begin(EXPORT, &[], body).await.unwrap();
    assert_eq!(response.status(), 200);
    response.into_body()
}

#[tokio::test]
async fn readers_that_take_nothing_hold_a_batch_each() {
    const READERS: u64 = 24;
    let (_folder, server) = server(&[]);
    let connection = server.connection().await;
    // What the first answer costs for ever.
    begin(&connection).await.collect().await.unwrap();
    let before = server.resident_kib();
    let mut readers = vec![];
    for _ in 0..READERS {
        readers.push(server.connection().await);
    }
    let mut bodies = vec![];
    for connection in &readers {
        let mut body = begin(connection).await;
        // The first bytes are here, so the rest of the batch waits in the server.
        body.frame().await.unwrap().unwrap();
        bodies.push(body);
    }
    let grown = server.resident_kib().saturating_sub(before) / READERS;
    // One batch, its copy while it is put together, and a connection; not the 6.8 MB that each export is.
    assert!(grown < 2600, "{grown} KiB a reader");
    drop(bodies);
}

#[tokio::test]
async fn an_export_counts_as_a_call_until_it_ends() {
    let (_folder, server) = server(&["--max-calls", "1"]);
    let connection = server.connection().await;
    let get = async || {
        let message = crate::support::empty_message();
        connection.clone().call("/dossier.v1.FactService/GetDataset", &[], message).await.unwrap().1
    };
    let given_back = async || {
        let began = Instant::now();
        while get().await.code() != Code::Ok {
            assert!(began.elapsed() < Duration::from_secs(10), "the permit is not given back");
            tokio::task::yield_now().await;
        }
    };
    let body = begin(&connection).await;
    let refused = get().await;
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::ResourceExhausted, "OVERLOADED"));
    drop(body);
    // The reset arrives before the next request of its connection, but a call may be answered before the export hears of it.
    given_back().await;
    begin(&connection).await.collect().await.unwrap();
    given_back().await;
}

/// The batches of an export's body that are whole, and how it ended.
async fn read(body: Incoming) -> (Vec<pb::ExportEventsResponse>, Status) {
    let body = body.collect().await.unwrap();
    let status = Status::from_header_map(body.trailers().expect("a stream ends with a status")).unwrap();
    let mut bytes = body.to_bytes();
    let mut batches = vec![];
    while bytes.remaining() > 5 {
        bytes.advance(1);
        let length = bytes.get_u32() as usize;
        batches.push(pb::ExportEventsResponse::decode(bytes.split_to(length)).unwrap());
    }
    (batches, status)
}

#[tokio::test]
async fn a_reader_that_takes_nothing_for_long_loses_its_call_and_can_go_on() {
    let (_folder, server) = server(&["--max-calls", "1", "--max-stream-wait", "1"]);
    let connection = server.connection().await;
    let (whole, status) = read(begin(&connection).await).await;
    assert_eq!((whole.len() > 4, status.code()), (true, Code::Ok));

    let stuck = begin(&connection).await;
    let began = Instant::now();
    // Beside it on the same connection nothing has room for long; on another one it shows that the permit came back.
    let other = server.connection().await;
    loop {
        let message = crate::support::empty_message();
        let got = other.clone().call("/dossier.v1.FactService/GetDataset", &[], message).await.unwrap().1;
        if got.code() == Code::Ok {
            break;
        }
        assert_eq!(reason(&got), "OVERLOADED");
        assert!(began.elapsed() < Duration::from_secs(20), "the permit is held");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(began.elapsed() > Duration::from_millis(900), "it waited a while");
    let (before, status) = read(stuck).await;
    assert_eq!((status.code(), reason(&status).as_str()), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"));
    assert!(status.message().contains("resume_token"), "{}", status.message());
    assert!(!before.is_empty() && before.len() < whole.len(), "{} of {}", before.len(), whole.len());
    let resume_token = before.last().unwrap().resume_token.clone();
    let request = pb::ExportEventsRequest { filter: None, resume_token };
    let body = Full::from(frame(0, &request.encode_to_vec())).map_err(|never| match never {}).boxed_unsync();
    let (behind, status) = read(other.begin(EXPORT, &[], body).await.unwrap().into_body()).await;
    assert_eq!(status.code(), Code::Ok);
    let events = |batches: &[pb::ExportEventsResponse]| -> Vec<String> {
        batches.iter().flat_map(|batch| &batch.events).map(|event| event.name.clone()).collect()
    };
    assert_eq!([events(&before), events(&behind)].concat(), events(&whole), "nothing is lost, nothing comes twice");
}

#[tokio::test]
async fn a_reader_that_is_only_slow_gets_all() {
    let (_folder, server) = server(&["--max-stream-wait", "1"]);
    let mut body = begin(&server.connection().await).await;
    let mut trailers = None;
    while let Some(part) = body.frame().await {
        match part.unwrap().into_data() {
            // Some three seconds in all, but never one without taking anything.
            Ok(data) => tokio::time::sleep(Duration::from_micros(data.len() as u64 / 3)).await,
            Err(part) => trailers = part.into_trailers().ok(),
        }
    }
    assert_eq!(Status::from_header_map(&trailers.unwrap()).unwrap().code(), Code::Ok);
}
