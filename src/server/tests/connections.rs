//! Connections: how they are accepted, spread, and let go.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;

use super::stand_in::{ANSWERS, NEVER_ANSWERS, Running, TAKES_A_SECOND, THREAD, call};
use crate::server::Config;

/// What a client of HTTP/2 says first, with empty settings.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

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
async fn a_question_to_reflection_that_never_comes_does_not_hold_up_a_stop() {
    let server = Running::start(Config::default()).await;
    let mut reflection = ServerReflectionClient::new(server.channel().await);
    let open = reflection.server_reflection_info(tokio_stream::pending()).await.unwrap();
    let took = server.stop().await;
    assert!(took < Duration::from_millis(1500), "{took:?}");
    drop(open);
}

#[tokio::test]
async fn clients_are_told_to_go_elsewhere_before_they_are_cut_off() {
    /// RFC 9113, 6.8.
    const GOAWAY: u8 = 7;
    let server = Running::start(Config::default()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(PREFACE).await.unwrap();
    let mut read = vec![0; 9];
    stream.read_exact(&mut read).await.unwrap();
    server.stop().await;
    // Cut off, so it may end by an error; what came before is here.
    stream.read_to_end(&mut read).await.ok();
    let mut kinds = Vec::new();
    let mut rest = read.as_slice();
    while let Some((&[a, b, c, kind, ..], behind)) = rest.split_first_chunk::<9>() {
        kinds.push(kind);
        rest = behind.get(u32::from_be_bytes([0, a, b, c]) as usize..).unwrap_or_default();
    }
    assert!(kinds.contains(&GOAWAY), "{kinds:?}");
}

#[tokio::test]
async fn connections_go_to_the_worker_that_has_the_fewest() {
    // Two workers.
    let server = Running::start(Config::default()).await;
    let mut connections = Vec::new();
    let mut threads = Vec::new();
    for _ in 0..4 {
        let connection = server.connect().await;
        threads.push(call(connection.clone(), ANSWERS, None).await.unwrap()[THREAD].clone());
        connections.push(connection);
    }
    threads.sort();
    assert_eq!(threads, ["dossier-0", "dossier-0", "dossier-1", "dossier-1"]);
    server.stop().await;
}

/// The numbers of RFC 9113, 6.5.2.
#[tokio::test]
async fn one_connection_is_told_its_bounds() {
    let server = Running::start(Config::default()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(PREFACE).await.unwrap();
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(head[3], 4, "the first frame has the settings");
    let mut settings = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
    stream.read_exact(&mut settings).await.unwrap();
    let told = |number: u16| {
        let (settings, _) = settings.as_chunks::<6>();
        let setting = settings.iter().find(|setting| setting[..2] == number.to_be_bytes());
        setting.map(|&[_, _, value @ ..]| u32::from_be_bytes(value))
    };
    let (concurrent_streams, stream_window, header_list) = (told(3), told(4), told(6));
    assert_eq!((concurrent_streams, stream_window, header_list), (Some(128), Some(128 << 10), Some(16 << 10)));
    server.stop().await;
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
