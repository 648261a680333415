//! Single calls: panics, deadlines, limits, statuses.

use std::time::Duration;

use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_types::StatusExt as _;

use super::stand_in::{
    ANSWERS, KNOWS_ITS_DEADLINE, NEVER_ANSWERS, PANICS, PANICS_LATER, Running, SECRET, STREAMS_FOR_EVER, call,
};
use crate::server::{Config, access::OPERATION_STREAMS};

fn reason(status: &Status) -> String {
    let info = status.get_details_error_info().expect("every error has an ErrorInfo");
    assert_eq!(info.domain, "dossier");
    info.reason
}

#[tokio::test]
async fn a_panic_is_internal_and_its_text_stays_here() {
    let server = Running::start(Config::default()).await;
    for path in [PANICS, PANICS_LATER] {
        let status = server.call(path, None).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::Internal, "INTERNAL"), "{path}");
        assert!(!format!("{status:?}").contains(SECRET), "{status:?}");
        assert!(!String::from_utf8_lossy(status.details()).contains(SECRET));
        let id = status.get_details_request_info().expect("an id to find it in the log").request_id;
        assert!(!id.is_empty());
    }
    // The server goes on.
    server.call(ANSWERS, None).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn the_earlier_deadline_holds() {
    let server = Running::start(Config { max_call_time: Duration::from_millis(300), ..Config::default() }).await;
    // The caller's, the server's, none of either for a stream, and one that is over before it began.
    for (path, timeout, at_least, at_most) in [
        (NEVER_ANSWERS, Some("100m"), 100, 290),
        (NEVER_ANSWERS, Some("9H"), 300, 2000),
        (NEVER_ANSWERS, None, 300, 2000),
        (STREAMS_FOR_EVER, Some("600m"), 600, 2000),
        (ANSWERS, Some("0S"), 0, 290),
    ] {
        let began = Instant::now();
        let status = server.call(path, timeout).await.unwrap_err();
        let took = began.elapsed();
        assert_eq!(status.code(), Code::DeadlineExceeded, "{path} {timeout:?}: {status:?}");
        assert!(took >= Duration::from_millis(at_least), "{path} {timeout:?}: {took:?}");
        assert!(took < Duration::from_millis(at_most), "{path} {timeout:?}: {took:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_deadline_goes_down_to_those_who_work() {
    let server = Running::start(Config::default()).await;
    // It panics if it has none.
    server.call(KNOWS_ITS_DEADLINE, None).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn an_error_of_a_deadline_has_its_reason() {
    let server = Running::start(Config { max_call_time: Duration::from_millis(10), ..Config::default() }).await;
    let status = server.call(NEVER_ANSWERS, None).await.unwrap_err();
    assert_eq!(reason(&status), "DEADLINE_EXCEEDED");
    let status = server.call(ANSWERS, Some("soon")).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "MALFORMED_REQUEST"));
    server.stop().await;
}

#[tokio::test]
async fn too_many_calls_are_sent_away_with_a_time_to_come_back() {
    let server = Running::start(Config { max_calls: 2, ..Config::default() }).await;
    let connection = server.connect().await;
    let running: Vec<_> = (0..2).map(|_| tokio::spawn(call(connection.clone(), NEVER_ANSWERS, None))).collect();
    let refused = loop {
        // The two may still be on their way.
        match call(connection.clone(), ANSWERS, None).await {
            Ok(_) => tokio::task::yield_now().await,
            Err(status) => break status,
        }
    };
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::ResourceExhausted, "OVERLOADED"));
    assert!(refused.get_details_retry_info().and_then(|info| info.retry_delay).is_some());
    // Probes still get in.
    let mut health = HealthClient::new(server.channel().await);
    health.check(HealthCheckRequest::default()).await.unwrap();
    // A caller that goes away makes room.
    for call in running {
        call.abort();
    }
    while call(connection.clone(), ANSWERS, None).await.is_err() {
        tokio::task::yield_now().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn streams_of_health_and_of_reflection_are_bounded_each_by_itself() {
    let server = Running::start(Config { max_calls: 1, max_operation_streams: 2, ..Config::default() }).await;
    let mut health = HealthClient::new(server.channel().await);
    let mut reflection = ServerReflectionClient::new(server.channel().await);
    let refused = |status: Status| {
        assert_eq!((status.code(), reason(&status).as_str()), (Code::ResourceExhausted, "OVERLOADED"));
        assert!(status.get_details_retry_info().and_then(|info| info.retry_delay).is_some());
    };
    let mut watches = Vec::new();
    for _ in 0..2 {
        watches.push(health.watch(HealthCheckRequest::default()).await.unwrap());
    }
    refused(health.watch(HealthCheckRequest::default()).await.unwrap_err());
    let mut questions = Vec::new();
    for _ in 0..2 {
        // Ends when its sender is dropped.
        let (sender, asked) = tokio::sync::mpsc::channel(1);
        questions.push((reflection.server_reflection_info(ReceiverStream::new(asked)).await.unwrap(), sender));
    }
    refused(reflection.server_reflection_info(tokio_stream::pending()).await.unwrap_err());
    // They keep neither probes nor facts out, and one that ends makes room.
    health.check(HealthCheckRequest::default()).await.unwrap();
    server.call(ANSWERS, None).await.unwrap();
    drop((watches.pop(), questions.pop()));
    while health.watch(HealthCheckRequest::default()).await.is_err() {
        tokio::task::yield_now().await;
    }
    while reflection.server_reflection_info(tokio_stream::empty()).await.is_err() {
        tokio::task::yield_now().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_connection_has_only_its_share_of_the_streams_of_health_and_reflection() {
    let server = Running::start(Config::default()).await;
    let channel = server.channel().await;
    let (mut health, mut reflection) = (HealthClient::new(channel.clone()), ServerReflectionClient::new(channel));
    let mut watches = Vec::new();
    for _ in 0..OPERATION_STREAMS {
        watches.push(health.watch(HealthCheckRequest::default()).await.unwrap());
    }
    let refused = [
        health.watch(HealthCheckRequest::default()).await.unwrap_err(),
        reflection.server_reflection_info(tokio_stream::pending()).await.unwrap_err(),
    ];
    for status in refused {
        assert_eq!((status.code(), reason(&status).as_str()), (Code::ResourceExhausted, "OVERLOADED"));
    }
    // Another connection has its own, and one that ends makes room.
    let mut other = HealthClient::new(server.channel().await);
    other.watch(HealthCheckRequest::default()).await.unwrap();
    health.check(HealthCheckRequest::default()).await.unwrap();
    drop(watches.pop());
    while reflection.server_reflection_info(tokio_stream::empty()).await.is_err() {
        tokio::task::yield_now().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn an_unknown_method_is_unimplemented() {
    let server = Running::start(Config::default()).await;
    for path in ["/dossier.v1.FactService/Nothing", "/other.Service/GetDataset", "/dossier.v1.FactService/"] {
        let status = server.call(path, None).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::Unimplemented, "NOT_IMPLEMENTED"), "{path}");
    }
    server.stop().await;
}
