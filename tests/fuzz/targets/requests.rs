//! Requests as bytes, for every call: refused as a caller's mistake, or answered with what the contract says.
//!
//! The first byte names the call, the second how the bytes come (as a message in a whole frame, compressed, or as they stand) and
//! of which facts it is asked.

#![no_main]

use std::io::Write as _;

use bytes::Bytes;
use dossier_fuzz::{
    Choices,
    bases::{Each, pick},
    service::{self, Service, decode, frame, methods, send, told},
};

static SERVICES: Each<Service> = Each::new();

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut choices = Choices(input);
    let method = choices.pick(methods());
    let how = choices.byte();
    let service = SERVICES.get(pick(how >> 4), service::of);
    let rest = choices.rest();
    let (body, headers) = match how % 8 {
        0 => (Bytes::copy_from_slice(rest), vec![]),
        1 => (Bytes::copy_from_slice(rest), vec![("grpc-encoding", "gzip")]),
        2 => (frame(1, rest), vec![("grpc-encoding", "zstd")]),
        3 => (frame(1, &gzip(rest)), vec![("grpc-encoding", "gzip")]),
        4 => (frame(1, &zstd::encode_all(rest, 1).unwrap_or_default()), vec![("grpc-encoding", "zstd")]),
        _ => (frame(0, rest), vec![]),
    };
    let (body, status) = send(service, method.name(), body, &headers);
    let Ok(messages) = told(method.name(), &body, status) else { return };
    assert!(method.is_server_streaming() || messages.len() == 1, "{} messages", messages.len());
    for message in &messages {
        let answer = decode(method, message);
        assert!(answer.is_some(), "{} answers with what is no {}", method.name(), method.output().name());
    }
});

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}
