//! Connections: how they are accepted, spread, and let go.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use super::stand_in::{ANSWERS, NEVER_ANSWERS, Running, TAKES_A_SECOND, call};
use crate::server::Config;

/// What a client of HTTP/2 says first, with empty settings.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

#[tokio::test]
async fn idle_connections_do_not_hold_up_a_stop() {
    let server = Running::start(Config::default()).await;
    // One says nothing; one is a client of HTTP/2 that never reads, so that it never acknowledges the GOAWAY; one kept a
    // connection of HTTP/1.1 open.
    let silent = TcpStream::connect(server.address).await.unwrap();
    let mut deaf = TcpStream::connect(server.address).await.unwrap();
    deaf.write_all(PREFACE).await.unwrap();
    let mut old = TcpStream::connect(server.address).await.unwrap();
    old.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut answer = [0; 12];
    old.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 404");
    let connection = server.connect().await;
    call(connection.clone(), ANSWERS, None).await.unwrap();
    let took = server.stop().await;
    assert!(took < Duration::from_millis(1500), "{took:?}");
    drop((silent, deaf, old, connection));
}

#[tokio::test]
async fn calls_in_flight_finish_but_not_for_ever() {
    let server = Running::start(Config { drain: Duration::from_secs(3), ..Config::default() }).await;
    let connection = server.connect().await;
    call(connection.clone(), ANSWERS, None).await.unwrap();
    let slow = tokio::spawn(call(connection.clone(), TAKES_A_SECOND, None));
    let endless = tokio::spawn(call(connection.clone(), NEVER_ANSWERS, None));
    // Answered after them on the same connection: they have arrived.
    call(connection.clone(), ANSWERS, None).await.unwrap();
    let took = server.stop().await;
    slow.await.unwrap().expect("a call in flight gets its answer");
    assert!(endless.await.unwrap().is_err());
    assert!((3000..4000).contains(&took.as_millis()), "{took:?}");
}

#[tokio::test]
async fn watchers_of_health_hear_of_the_stop_and_their_streams_end() {
    let server = Running::start(Config::default()).await;
    let mut health = HealthClient::new(server.channel().await);
    let mut streams = Vec::new();
    for service in ["", "dossier.v1.FactService"] {
        let request = HealthCheckRequest { service: service.to_owned() };
        let mut stream = health.watch(request).await.unwrap().into_inner();
        assert_eq!(stream.message().await.unwrap().unwrap().status(), ServingStatus::Serving, "{service}");
        streams.push(stream);
    }
    let unknown = HealthCheckRequest { service: "unknown".to_owned() };
    let mut unknown = health.watch(unknown).await.unwrap().into_inner();
    assert_eq!(unknown.message().await.unwrap().unwrap().status(), ServingStatus::ServiceUnknown);
    let took = server.stop().await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    for mut stream in streams {
        assert_eq!(stream.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
        assert_eq!(stream.message().await.unwrap_err().code(), tonic::Code::Unavailable);
    }
    assert_eq!(unknown.message().await.unwrap_err().code(), tonic::Code::Unavailable);
}

#[tokio::test]
async fn a_call_that_its_caller_leaves_is_not_waited_for() {
    let server = Running::start(Config::default()).await;
    let connection = server.connect().await;
    let left = tokio::spawn(call(connection.clone(), NEVER_ANSWERS, None));
    call(connection.clone(), ANSWERS, None).await.unwrap();
    left.abort();
    let took = server.stop().await;
    assert!(took < Duration::from_secs(2), "{took:?}");
}
