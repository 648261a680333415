//! What connections and callers are held to: how many, how old, how idle, how much they ask.

use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tonic::Code;
use tonic_types::StatusExt as _;

use super::{
    connections::PREFACE,
    stand_in::{ANSWERS, Connection, NEVER_ANSWERS, Running, STREAMS_FOR_EVER, TAKES_A_SECOND, call},
};
use crate::server::{Config, rate::Rate};

/// How long until the other side ended a connection.
async fn ended(mut connection: Connection) -> Duration {
    let began = Instant::now();
    while connection.ready().await.is_ok() {
        assert!(began.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    began.elapsed()
}

#[tokio::test]
async fn a_caller_that_asks_too_much_is_told_when_to_come_again_and_others_are_not() {
    let [tokens, burst] = [1, 3].map(|n| NonZeroU32::new(n).unwrap());
    let server = Running::start(Config { rate: Some(Rate { tokens, burst }), ..Config::default() }).await;
    for _ in 0..3 {
        server.call(ANSWERS, None).await.unwrap();
    }
    let refused = server.call(ANSWERS, None).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert_eq!(refused.get_details_error_info().unwrap().reason, "RATE_EXCEEDED");
    let wait = refused.get_details_retry_info().unwrap().retry_delay.unwrap();
    assert!(wait <= Duration::from_secs(1), "{wait:?}");
    tokio::time::sleep(wait).await;
    server.call(ANSWERS, None).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_connection_beyond_the_limit_is_closed_at_once_and_one_that_ends_makes_room() {
    for config in [
        Config { max_connections: 2, ..Config::default() },
        Config { max_connections_per_address: Some(2), ..Config::default() },
    ] {
        let server = Running::start(config).await;
        let (one, _two) = (server.connect().await, server.connect().await);
        call(one.clone(), ANSWERS, None).await.unwrap();
        let mut third = TcpStream::connect(server.address).await.unwrap();
        let read = timeout(Duration::from_secs(5), third.read(&mut [0; 1])).await.expect("closed at once");
        assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
        drop(one);
        let began = Instant::now();
        while server.call(ANSWERS, None).await.is_err() {
            assert!(began.elapsed() < Duration::from_secs(5));
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn an_old_connection_is_ended_well_and_cut_off_after_its_grace() {
    let config = Config {
        max_connection_age: Some(Duration::from_millis(300)),
        max_connection_age_grace: Duration::from_millis(1500),
        ..Config::default()
    };
    let server = Running::start(config).await;
    let (idle, slow, endless) = (server.connect().await, server.connect().await, server.connect().await);
    call(idle.clone(), ANSWERS, None).await.unwrap();
    let (slow, endless) = tokio::join!(call(slow, TAKES_A_SECOND, None), call(endless, NEVER_ANSWERS, None));
    slow.expect("calls in flight go on for a while");
    endless.expect_err("but not for ever");
    assert!(ended(idle).await < Duration::from_millis(500));
    server.call(ANSWERS, None).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_connection_without_calls_is_ended_and_one_that_watches_is_not() {
    let config = Config { max_connection_idle: Some(Duration::from_millis(200)), ..Config::default() };
    let server = Running::start(config).await;
    let (idle, watching) = (server.connect().await, server.connect().await);
    call(idle.clone(), ANSWERS, None).await.unwrap();
    let watch = tokio::spawn(call(watching.clone(), STREAMS_FOR_EVER, Some("1500m")));
    let took = ended(idle).await;
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert_eq!(watch.await.unwrap().unwrap_err().code(), Code::DeadlineExceeded);
    server.stop().await;
}

#[tokio::test]
async fn who_does_not_take_an_answer_is_cut_off_and_gives_its_place_back() {
    let config = Config { max_calls: 1, max_call_time: Duration::from_millis(300), ..Config::default() };
    let server = Running::start(config).await;
    let mut deaf = TcpStream::connect(server.address).await.unwrap();
    // A window of no bytes for answers (RFC 9113, 6.5.2), then a call whose headers are sent as they are.
    deaf.write_all(&[&PREFACE[..PREFACE.len() - 9], &[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]].concat())
        .await
        .unwrap();
    deaf.write_all(&request(ANSWERS)).await.unwrap();
    let began = Instant::now();
    let mut answer = vec![];
    let closed = timeout(Duration::from_secs(10), deaf.read_to_end(&mut answer)).await;
    assert!(closed.is_ok(), "it is never cut off");
    assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());
    server.call(ANSWERS, None).await.unwrap();
    server.stop().await;
}

/// The frames of a call with an empty message, with no compression of headers (RFC 7541, 6.2.2).
fn request(path: &str) -> Vec<u8> {
    let literal = |name: &str, value: &str| {
        let mut field = vec![0, name.len() as u8];
        field.extend_from_slice(name.as_bytes());
        field.push(value.len() as u8);
        field.extend_from_slice(value.as_bytes());
        field
    };
    let headers = [
        literal(":method", "POST"),
        literal(":scheme", "http"),
        literal(":path", path),
        literal(":authority", "test"),
        literal("content-type", "application/grpc"),
        literal("te", "trailers"),
    ]
    .concat();
    let frame = |kind: u8, flags: u8, payload: &[u8]| {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags, 0, 0, 0, 1], payload].concat()
    };
    [frame(1, 4, &headers), frame(0, 1, &[0; 5])].concat()
}
