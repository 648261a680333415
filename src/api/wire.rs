//! gRPC's framing of unary calls, by hand: five bytes, a message, trailers.
//!
//! tonic's codec would hold a message as a struct and encode it for every answer, and it answers undecodable bytes with INTERNAL
//! and oversize with OUT_OF_RANGE. Our answers are bytes already, and a caller's mistake is the caller's.

use std::{
    convert::Infallible,
    io::{Read as _, Write as _},
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};
use http_body::Frame;
use http_body_util::BodyExt as _;
use prost::Message;
use tonic::body::Body;

use super::{error::Error, unknown_fields};

/// A message's prefix: compressed or not, and its length.
pub(super) const PREFIX: usize = 5;

/// Messages smaller than this are not worth compressing.
const WORTH_COMPRESSING: usize = 1024;

/// Largest window of a zstd request, as a power of two: the 8 MiB that RFC 8878 wants of decoders, and no more.
const ZSTD_WINDOW: u32 = 23;

/// Compressed at once between two yields.
const SLICE: usize = 64 * 1024;

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
        headers.get("grpc-accept-encoding")?.to_str().ok()?.split(',').find_map(Encoding::of)
    }
}

/// Reads the one message of a unary request.
pub(super) async fn read<M: Message + Default + prost::Name>(
    request: http::Request<Body>,
    most: usize,
) -> Result<M, Error> {
    let encoding = request.headers().get("grpc-encoding").map(|value| value.to_str().unwrap_or_default().to_owned());
    let frame = read_frame(request.into_body(), most).await?;
    let (prefix, message) = frame.split_at(PREFIX);
    let message = match (prefix[0], encoding.as_deref()) {
        (0, _) => frame.slice_ref(message),
        (1, Some(name)) => match Encoding::of(name) {
            Some(encoding) => decompress(encoding, message, most)?,
            None => {
                // The gRPC specification wants this code, and the encodings that would do in `grpc-accept-encoding`.
                return Err(Error::NotImplemented("the request's encoding is not known; use gzip, zstd or none"));
            }
        },
        (1, None) => return Err(Error::Malformed("it is compressed, but has no grpc-encoding".to_owned())),
        _ => return Err(Error::Malformed("its frame is no gRPC message".to_owned())),
    };
    // The decoder's own words tell of types and tags inside; they help nobody outside.
    let not_a_message = |_| Error::Malformed(format!("its bytes are no {}", M::NAME));
    let decoded = M::decode(message.clone()).map_err(not_a_message)?;
    unknown_fields::refuse(&M::full_name(), &message)?;
    Ok(decoded)
}

/// The prefix and the message. Nothing may follow: a unary call sends one message.
async fn read_frame(mut body: Body, most: usize) -> Result<Bytes, Error> {
    let mut all = BytesMut::new();
    let mut wanted = PREFIX;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Error::Malformed("it broke off".to_owned()))?;
        let Ok(data) = frame.into_data() else { continue };
        all.extend_from_slice(&data);
        if all.len() >= PREFIX {
            let len = u32::from_be_bytes([all[1], all[2], all[3], all[4]]) as usize;
            if len > most {
                return Err(Error::TooLarge(most));
            }
            wanted = PREFIX + len;
        }
        if all.len() > wanted {
            return Err(Error::Malformed("more than one message came; this call takes one".to_owned()));
        }
    }
    if all.len() < wanted {
        return Err(Error::Malformed("it has no whole message".to_owned()));
    }
    Ok(all.freeze())
}

/// Decompresses at most so many bytes: a small message can hold a huge one.
fn decompress(encoding: Encoding, message: &[u8], most: usize) -> Result<Bytes, Error> {
    let mut out = Vec::new();
    let limit = most as u64 + 1;
    let read = match encoding {
        Encoding::Gzip => flate2::read::GzDecoder::new(message).take(limit).read_to_end(&mut out),
        Encoding::Zstd => zstd::stream::read::Decoder::new(message).and_then(|mut decoder| {
            decoder.window_log_max(ZSTD_WINDOW)?;
            decoder.take(limit).read_to_end(&mut out)
        }),
    };
    read.map_err(|_| Error::Malformed(format!("it is not {}", encoding.name())))?;
    if out.len() > most { Err(Error::TooLarge(most)) } else { Ok(out.into()) }
}

/// An answer: a message behind room for its prefix.
#[derive(Debug)]
pub(super) struct Reply {
    buffer: Vec<u8>,
}

impl Reply {
    /// An empty message with room for so many bytes.
    pub(super) fn with_capacity(bytes: usize) -> Reply {
        let mut buffer = Vec::with_capacity(PREFIX + bytes);
        buffer.extend_from_slice(&[0; PREFIX]);
        Reply { buffer }
    }

    /// A message that is made for this answer.
    pub(super) fn encode(message: &impl Message) -> Reply {
        let mut reply = Reply::with_capacity(message.encoded_len());
        message.encode_raw(&mut reply.buffer);
        reply
    }

    /// The bytes of the message so far, to be added to.
    pub(super) fn message(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// How long the message is so far.
    pub(super) fn len(&self) -> usize {
        self.buffer.len() - PREFIX
    }

    /// Appends a string field.
    pub(super) fn string(&mut self, number: u32, text: &str) {
        if !text.is_empty() {
            prost::encoding::encode_key(number, prost::encoding::WireType::LengthDelimited, &mut self.buffer);
            prost::encoding::encode_varint(text.len() as u64, &mut self.buffer);
            self.buffer.extend_from_slice(text.as_bytes());
        }
    }

    /// The HTTP response, compressed if the caller accepts it and it is worth it.
    pub(super) async fn into_response(self, accepted: Option<Encoding>) -> http::Response<Body> {
        let mut buffer = self.buffer;
        let encoding = accepted.filter(|_| buffer.len() >= PREFIX + WORTH_COMPRESSING);
        let mut used = None;
        if let Some(encoding) = encoding
            && let Ok(compressed) = compress(encoding, &buffer[PREFIX..]).await
        {
            (buffer, used) = (compressed, Some(encoding));
        }
        let len = u32::try_from(buffer.len() - PREFIX).unwrap_or(u32::MAX);
        buffer[0] = u8::from(used.is_some());
        buffer[1..PREFIX].copy_from_slice(&len.to_be_bytes());
        let mut response = http::Response::new(Body::new(Unary { data: Some(buffer.into()), ended: false }));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        if let Some(encoding) = used {
            headers.insert("grpc-encoding", HeaderValue::from_static(encoding.name()));
        }
        response
    }
}

/// Compresses behind room for a prefix, and yields between slices: three megabytes take longer than a turn may.
async fn compress(encoding: Encoding, message: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(PREFIX + message.len() / 3);
    out.extend_from_slice(&[0; PREFIX]);
    match encoding {
        Encoding::Gzip => {
            let mut writer = flate2::write::GzEncoder::new(out, flate2::Compression::fast());
            for slice in message.chunks(SLICE) {
                writer.write_all(slice)?;
                tokio::task::yield_now().await;
            }
            writer.finish()
        }
        Encoding::Zstd => {
            let mut writer = zstd::stream::write::Encoder::new(out, 1)?;
            for slice in message.chunks(SLICE) {
                writer.write_all(slice)?;
                tokio::task::yield_now().await;
            }
            writer.finish()
        }
    }
}

/// The body of a unary answer: one message, then the trailers of success.
struct Unary {
    data: Option<Bytes>,
    ended: bool,
}

impl http_body::Body for Unary {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(data) = self.data.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        if std::mem::replace(&mut self.ended, true) {
            return Poll::Ready(None);
        }
        let mut trailers = HeaderMap::with_capacity(1);
        trailers.insert("grpc-status", HeaderValue::from_static("0"));
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }
}
