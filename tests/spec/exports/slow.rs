//! Readers that take nothing, over sockets: they cost a batch each and a call each, and leave when they are told to.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use tonic::Code;

use super::wordy;
use crate::{
    generate,
    rules::paging::reason,
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
    let body = begin(&connection).await;
    let refused = get().await;
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::ResourceExhausted, "OVERLOADED"));
    drop(body);
    // The reset arrives before the next request of its connection.
    assert_eq!(get().await.code(), Code::Ok);
    begin(&connection).await.collect().await.unwrap();
    assert_eq!(get().await.code(), Code::Ok);
}
