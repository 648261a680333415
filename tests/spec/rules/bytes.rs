//! Undecodable and oversize requests, byte by byte over HTTP/2, for every call.

use std::io::Write as _;

use bytes::Bytes;
use dossier::pb;
use prost_reflect::{DescriptorPool, Kind, MessageDescriptor};
use tonic_types::StatusExt as _;

use super::{
    raw::{Told, frame, post, raw, send},
    worlds,
};
use crate::answers;

/// A call that is served, of any service.
struct Method {
    /// `package.Service/Method`.
    path: String,
    input: MessageDescriptor,
    /// Whether it takes many messages.
    takes_many: bool,
}

/// Every call that is served: the contract's, health's and both reflections'.
fn all_methods() -> Vec<Method> {
    let mut pool = DescriptorPool::decode(pb::DESCRIPTORS).unwrap();
    for set in [
        tonic_health::pb::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
    ] {
        pool.decode_file_descriptor_set(set).unwrap();
    }
    // Operators have a port of their own.
    let served = pool.services().filter(|service| service.parent_file().package_name() != "dossier.admin.v1");
    let methods = served.flat_map(|service| service.methods().collect::<Vec<_>>());
    let methods = methods.map(|method| Method {
        path: format!("{}/{}", method.parent_service().full_name(), method.name()),
        input: method.input(),
        takes_many: method.is_client_streaming(),
    });
    let methods: Vec<_> = methods.collect();
    assert_eq!(methods.iter().filter(|method| !method.path.starts_with("dossier.v1.")).count(), 4);
    methods
}

/// The calls of the contract that are served.
fn methods() -> Vec<String> {
    let ours = |method: Method| method.path.strip_prefix("dossier.v1.FactService/").map(str::to_owned);
    all_methods().into_iter().filter_map(ours).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const INVALID_ARGUMENT: i32 = 3;
const UNIMPLEMENTED: i32 = 12;
const RESOURCE_EXHAUSTED: i32 = 8;

/// The reason that an error gives, which has to be of ours.
fn reason(told: &Told) -> String {
    let status = tonic::Status::from_header_map(&told.headers).unwrap();
    let info = status.get_details_error_info().unwrap_or_else(|| panic!("no ErrorInfo: {status:?}"));
    assert_eq!(info.domain, "dossier");
    info.reason
}

/// Bodies that are no request of a method: what is wrong with each, its bytes, and the encoding that it names.
fn no_requests(method: &Method) -> Vec<(&'static str, Bytes, Option<&'static str>)> {
    let mut table = vec![
        ("a field longer than the message", frame(0, &[0x0a, 0x05, 1]), None),
        ("garbage", frame(0, &[0xff; 40]), None),
        ("an endless varint", frame(0, &[0x80; 11]), None),
        ("half a frame", Bytes::from_static(&[0, 0, 0]), None),
        ("less than announced", Bytes::from_static(&[0, 0, 0, 0, 9, 1]), None),
        ("not what its encoding says", frame(1, b"x"), Some("gzip")),
        ("compressed, but nobody says how", frame(1, b"x"), None),
        ("a flag that says nothing", frame(2, &[]), None),
    ];
    if !method.takes_many {
        table.push(("no message", Bytes::new(), None));
        table.push(("two messages", [frame(0, &[]), frame(0, &[])].concat().into(), None));
    }
    let key = |number: u32, wire_type: u32| u8::try_from(number << 3 | wire_type).unwrap();
    if let Some(field) = method.input.fields().next() {
        // No request has a fixed32.
        table.push(("a wrong wire type", frame(0, &[key(field.number(), 5), 0, 0, 0, 0]), None));
    }
    if let Some(text) = method.input.fields().find(|field| field.kind() == Kind::String) {
        table.push(("no UTF-8", frame(0, &[key(text.number(), 2), 1, 0xff]), None));
    }
    table
}

#[tokio::test]
async fn bytes_that_are_no_request_are_the_callers_mistake() {
    let client = raw();
    for world in worlds().await {
        let mut texts = 0;
        for method in all_methods() {
            for (what, body, encoding) in no_requests(&method) {
                let path = &method.path;
                let told = post(&client, &world.server.address, path, body, encoding).await;
                assert_eq!(told.status, INVALID_ARGUMENT, "{path}: {what}: {}", told.message);
                assert_eq!(reason(&told), "MALFORMED_REQUEST", "{path}: {what}");
                let message = told.message.to_lowercase();
                for leak in ["wire%20type", "tag", "prost", "varint", "delimited", "utf-8", "panick"] {
                    assert!(!message.contains(leak), "{path}: {what}: {message}");
                }
                assert!(told.headers.contains_key("dossier-revision"));
                texts += usize::from(what == "no UTF-8");
            }
        }
        assert!(texts > 15, "{texts}");
    }
}

/// As gRPC's compression specification wants it.
#[tokio::test]
async fn an_unknown_encoding_is_unimplemented_and_the_known_ones_are_told() {
    let client = raw();
    for world in worlds().await {
        for Method { path, .. } in all_methods() {
            let told = post(&client, &world.server.address, &path, frame(1, b"x"), Some("snappy")).await;
            assert_eq!(told.status, UNIMPLEMENTED, "{path}: {}", told.message);
            assert_eq!(reason(&told), "NOT_IMPLEMENTED", "{path}");
            assert_eq!(told.headers["grpc-accept-encoding"], "gzip,zstd,identity");
        }
    }
}

#[tokio::test]
async fn requests_too_large_are_refused_before_they_are_read() {
    let client = raw();
    let huge = vec![0; (1 << 20) + 1];
    for world in worlds().await {
        for Method { path, .. } in all_methods() {
            let announced = Bytes::from_static(&[0, 0xff, 0xff, 0xff, 0xff]);
            for (body, encoding) in [
                (frame(0, &huge), None),
                (announced, None),
                (frame(1, &gzip(&huge)), Some("gzip")),
                (frame(1, &zstd::encode_all(&huge[..], 3).unwrap()), Some("zstd")),
            ] {
                let told = post(&client, &world.server.address, &path, body, encoding).await;
                assert_eq!(told.status, RESOURCE_EXHAUSTED, "{path}: {}", told.message);
                assert_eq!(reason(&told), "REQUEST_TOO_LARGE", "{path}");
            }
        }
    }
}

/// RFC 8878 lets a sender ask for windows of terabytes, which a reader has to hold.
#[tokio::test]
async fn a_window_of_zstd_that_costs_more_than_the_message_is_refused() {
    let client = raw();
    let server = answers::serve(answers::WITH_EXAMPLE).await.0;
    for (window, status) in [(23, 0), (24, INVALID_ARGUMENT)] {
        let mut encoder = zstd::stream::write::Encoder::new(vec![], 1).unwrap();
        encoder.window_log(window).unwrap();
        // An empty name. Flushed before its end, so that the frame has the window and not the size.
        encoder.write_all(&[0x0a, 0]).unwrap();
        encoder.flush().unwrap();
        let told = post(
            &client,
            &server.address,
            "grpc.health.v1.Health/Check",
            frame(1, &encoder.finish().unwrap()),
            Some("zstd"),
        );
        let told = told.await;
        assert_eq!(told.status, status, "2^{window}: {}", told.message);
    }
}

/// A name is short: what health and reflection take is much less than what the contract takes.
#[tokio::test]
async fn a_question_to_health_or_reflection_is_short() {
    let client = raw();
    let server = answers::serve(answers::WITH_EXAMPLE).await.0;
    for (path, most) in [
        ("grpc.health.v1.Health/Check", 1024),
        ("grpc.health.v1.Health/Watch", 1024),
        ("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", 4096),
    ] {
        let told = post(&client, &server.address, path, frame(0, &vec![0; most + 1]), None).await;
        assert_eq!((told.status, reason(&told).as_str()), (RESOURCE_EXHAUSTED, "REQUEST_TOO_LARGE"), "{path}");
        assert!(told.message.contains(&most.to_string()), "{path}: {}", told.message);
    }
}

/// Good requests in every encoding, so that nothing is refused for being packed.
#[tokio::test]
async fn health_and_reflection_read_what_the_contract_reads() {
    let client = raw();
    let world = answers::serve(answers::WITH_EXAMPLE).await.0;
    let list_services = [0x3a, 0];
    for (path, message) in [
        ("grpc.health.v1.Health/Check", &[][..]),
        ("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", &list_services),
        ("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &list_services),
    ] {
        for (body, encoding) in [
            (frame(0, message), None),
            (frame(0, message), Some("gzip")),
            (frame(1, &gzip(message)), Some("gzip")),
            (frame(1, &zstd::encode_all(message, 3).unwrap()), Some("zstd")),
        ] {
            let told = post(&client, &world.address, path, body, encoding).await;
            assert_eq!(told.status, 0, "{path} {encoding:?}: {}", told.message);
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
