//! Undecodable and oversize requests, byte by byte over HTTP/2, for every call.

use std::io::Write as _;

use bytes::Bytes;
use dossier::pb;

use super::{
    raw::{frame, raw, send},
    worlds,
};

fn methods() -> Vec<String> {
    let service = pb::pool().get_service_by_name("dossier.v1.FactService").unwrap();
    service.methods().filter(|method| !method.is_server_streaming()).map(|m| m.name().to_owned()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const INVALID_ARGUMENT: i32 = 3;
const UNIMPLEMENTED: i32 = 12;
const RESOURCE_EXHAUSTED: i32 = 8;

#[tokio::test]
async fn bytes_that_are_no_request_are_the_callers_mistake() {
    let mut long = vec![0x0a, 0x05];
    long.push(1);
    let table: [(&str, Bytes, Option<&str>); 8] = [
        ("a field longer than the message", frame(0, &long), None),
        ("garbage", frame(0, &[0xff; 40]), None),
        ("an endless varint", frame(0, &[0x80; 11]), None),
        ("no message", Bytes::new(), None),
        ("half a frame", Bytes::from_static(&[0, 0, 0]), None),
        ("less than announced", Bytes::from_static(&[0, 0, 0, 0, 9, 1]), None),
        ("two messages", [frame(0, &[]), frame(0, &[])].concat().into(), None),
        ("not what its encoding says", frame(1, b"x"), Some("gzip")),
    ];
    let client = raw();
    for world in worlds().await {
        for method in methods() {
            for (what, body, encoding) in &table {
                let told = send(&client, &world.server.address, &method, body.clone(), *encoding).await;
                assert_eq!(told.status, INVALID_ARGUMENT, "{method}: {what}: {}", told.message);
                let message = told.message.to_lowercase();
                for leak in ["wire%20type", "tag", "prost", "varint", "delimited", "utf-8", "panick"] {
                    assert!(!message.contains(leak), "{method}: {what}: {message}");
                }
                assert!(
                    told.headers.contains_key("grpc-status-details-bin")
                        && told.headers.contains_key("dossier-revision")
                );
            }
        }
    }
}

/// As gRPC's compression specification wants it.
#[tokio::test]
async fn an_unknown_encoding_is_unimplemented_and_the_known_ones_are_told() {
    let client = raw();
    for world in worlds().await {
        for method in methods() {
            let told = send(&client, &world.server.address, &method, frame(1, b"x"), Some("snappy")).await;
            assert_eq!(told.status, UNIMPLEMENTED, "{method}: {}", told.message);
            assert_eq!(told.headers["grpc-accept-encoding"], "gzip,zstd,identity");
        }
    }
}

#[tokio::test]
async fn requests_too_large_are_refused_before_they_are_read() {
    let client = raw();
    let huge = vec![0; (1 << 20) + 1];
    for world in worlds().await {
        for method in methods() {
            let announced = Bytes::from_static(&[0, 0xff, 0xff, 0xff, 0xff]);
            for (body, encoding) in [
                (frame(0, &huge), None),
                (announced, None),
                (frame(1, &gzip(&huge)), Some("gzip")),
                (frame(1, &zstd::encode_all(&huge[..], 3).unwrap()), Some("zstd")),
            ] {
                let told = send(&client, &world.server.address, &method, body, encoding).await;
                assert_eq!(told.status, RESOURCE_EXHAUSTED, "{method}: {}", told.message);
            }
        }
    }
}

/// A megabyte of the smallest fields must not become hundreds of megabytes of complaints, nor take seconds to complain about.
#[tokio::test]
async fn a_request_costs_no_more_for_being_wrong() {
    use prost::Message as _;
    let client = raw();
    let unknown = [0x78, 0x01].repeat(500_000);
    let mask = prost_types::FieldMask { paths: vec!["x".to_owned(); 300_000] };
    let masked = pb::GetEventRequest { name: "events/a".into(), read_mask: Some(mask), ..Default::default() };
    let names = pb::BatchGetEventsRequest { names: vec!["x".to_owned(); 300_000], ..Default::default() };
    for world in worlds().await {
        let before = world.server.resident_kib();
        for (method, body) in [
            ("GetEvent", unknown.clone()),
            ("GetEvent", masked.encode_to_vec()),
            ("BatchGetEvents", names.encode_to_vec()),
        ] {
            let began = std::time::Instant::now();
            let told = send(&client, &world.server.address, method, frame(1, &gzip(&body)), Some("gzip")).await;
            assert!(told.status == INVALID_ARGUMENT || told.status == RESOURCE_EXHAUSTED, "{method}: {}", told.message);
            assert!(began.elapsed() < std::time::Duration::from_secs(5), "{method}: {:?}", began.elapsed());
        }
        let after = world.server.resident_kib();
        assert!(after < before + 64 * 1024, "{before} KiB became {after} KiB");
    }
}

#[tokio::test]
async fn an_error_fits_the_headers_that_clients_take() {
    use prost::Message as _;
    let client = raw();
    let bad = |name: &str| vec![format!("{name} \u{e9}\n{}", "x".repeat(300)); 100];
    let filter = pb::EventFilter { actors: bad("a"), places: bad("b"), sources: bad("c"), ..Default::default() };
    let malformed = pb::ListEventsRequest { filter: Some(filter), ..Default::default() };
    let unknown =
        pb::BatchGetEventsRequest { names: vec![format!("events/{}", "x".repeat(120)); 100], ..Default::default() };
    for world in worlds().await {
        for (method, body) in [("ListEvents", malformed.encode_to_vec()), ("BatchGetEvents", unknown.encode_to_vec())] {
            let told = send(&client, &world.server.address, method, frame(0, &body), None).await;
            let bytes: usize = told.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
            assert!(bytes < 8192, "{method}: {bytes} bytes of headers");
            assert!(told.headers.contains_key("grpc-status-details-bin"));
        }
    }
}

#[tokio::test]
async fn fields_that_the_contract_does_not_have_are_named() {
    let client = raw();
    for world in worlds().await {
        for method in methods() {
            // Field 1000, a varint, and a string.
            let told = send(&client, &world.server.address, &method, frame(0, &[0xc0, 0x3e, 1]), None).await;
            assert_eq!(told.status, INVALID_ARGUMENT, "{method}");
            assert!(told.message.contains("1000"), "{method}: {}", told.message);
        }
        // Inside the filter.
        let told = send(&client, &world.server.address, "ListEvents", frame(0, &[0x0a, 3, 0xc0, 0x3e, 1]), None).await;
        assert!(told.message.contains("filter.1000"), "{}", told.message);
        // Behind an enum that is packed otherwise than we would.
        let told = send(&client, &world.server.address, "CountEvents", frame(0, &[0x10, 1, 0x78, 1]), None).await;
        assert!(told.status == INVALID_ARGUMENT && told.message.contains("15"), "{}", told.message);
        // Two members of a oneof: a place, then a camp.
        let both = [
            0x1a, 8, b'p', b'l', b'a', b'c', b'e', b's', b'/', b'a', 0x22, 7, b'c', b'a', b'm', b'p', b's', b'/', b'a',
        ];
        let told = send(&client, &world.server.address, "GetEventsNear", frame(0, &both), None).await;
        assert!(told.status == INVALID_ARGUMENT && told.message.starts_with("camp:"), "{}", told.message);
        // An explicit default is no unknown field.
        let told = send(&client, &world.server.address, "ListEvents", frame(0, &[0x10, 0]), None).await;
        assert_eq!(told.status, 0, "{}", told.message);
    }
}
