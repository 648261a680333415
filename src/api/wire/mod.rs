//! gRPC's framing by hand: five bytes, a message, and in the end trailers.
//!
//! tonic's codec would hold a message as a struct and encode it for every answer, and it answers undecodable bytes with INTERNAL
//! and oversize with OUT_OF_RANGE. Our answers are bytes already, and a caller's mistake is the caller's. What the server says
//! of itself (health, reflection) goes through here too, so that every call keeps the same rules.

mod reply;
mod request;

use http::{HeaderMap, HeaderName, HeaderValue};

pub(crate) use reply::stream;
pub(super) use reply::{Reply, replies};
pub(super) use request::read;
pub(crate) use request::{Messages, decode};

/// A message's prefix: compressed or not, and its length.
const PREFIX: usize = 5;

/// What the messages of a request or an answer may be compressed with, and what those of the other side may.
const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");

/// See [`ENCODING`].
pub(super) const ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");

/// What requests may be compressed with, as `grpc-accept-encoding` tells it.
pub(super) const ACCEPTED: HeaderValue = HeaderValue::from_static("gzip,zstd,identity");

/// How a message is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// gzip
    Gzip,
    /// zstd
    Zstd,
}

impl Encoding {
    fn of(name: &str) -> Option<Encoding> {
        match name.trim() {
            "gzip" => Some(Encoding::Gzip),
            "zstd" => Some(Encoding::Zstd),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Encoding::Gzip => "gzip",
            Encoding::Zstd => "zstd",
        }
    }

    /// The first that a caller accepts and we have.
    pub(super) fn accepted(headers: &HeaderMap) -> Option<Encoding> {
        headers.get(ACCEPT_ENCODING)?.to_str().ok()?.split(',').find_map(Encoding::of)
    }
}
