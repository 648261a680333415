//! The bare server: tonic with no facts behind it, which bounds what any service on tonic can do.
//!
//! - `Hello`: a message of a few bytes, through tonic's own codec;
//! - `Fixed`: the same bytes every time, through a codec that copies them: they never leave the processor's cache;
//! - `Cold`: as many bytes from a random place of a mapped file, copied once into a body made by hand: what any answer from
//!   millions of facts has to read, without finding it;
//! - `Scattered`: as many bytes, of each event's size from a random place of its own: what an answer has to read whose events
//!   are neighbours in time and not in space;
//! - `Frames`: as `Cold`, but not copied: slices of the mapping, as many as there are events, each in a frame of its own between
//!   frames of what stands around it.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use dossier::pb;
use http_body::Frame;
use http_body_util::BodyExt as _;
use prost::Message as _;
use tonic::{
    Request, Response, Status,
    body::Body,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    server::{Grpc, NamedService, UnaryService},
};

use crate::ask::Hello;

/// The service: bytes of fixed answers, and the file that cold ones are copied from.
#[derive(Debug, Clone)]
pub(crate) struct Bare {
    fixed: Bytes,
    cold: Arc<Cold>,
}

#[derive(Debug)]
struct Cold {
    map: Bytes,
    calls: AtomicU64,
}

/// What stands around an event in an answer: tags, lengths, distances.
const AROUND: usize = 34;

/// About what an event takes.
const EVENT: usize = 960;

impl Bare {
    /// Answers of so many bytes.
    pub(crate) fn new(bytes: usize, map: Option<memmap2::Mmap>) -> Bare {
        let fixed: Bytes = (0..bytes).map(|at| (at * 31 % 251) as u8).collect();
        let map = map.map_or_else(Bytes::new, Bytes::from_owner);
        Bare { fixed, cold: Arc::new(Cold { map, calls: AtomicU64::new(0) }) }
    }

    /// A place of so many bytes in the file.
    fn random(&self, len: usize) -> usize {
        let random = self.cold.calls.fetch_add(1, Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        random as usize % (self.cold.map.len() - len)
    }

    /// The answer in frames: one before each event, which is a slice of the mapping.
    fn frames(&self) -> Vec<Bytes> {
        let len = self.fixed.len();
        let mut at = self.random(len);
        let mut left = len;
        let around = Bytes::from([&[0][..], &(len as u32).to_be_bytes(), &[0; AROUND]].concat());
        let mut frames = vec![];
        while left > 0 {
            let head = left.min(AROUND);
            let event = EVENT.min(left - head);
            frames.push(if frames.is_empty() { around.clone() } else { around.slice(5..5 + head) });
            frames.push(self.cold.map.slice(at..at + event));
            (at, left) = (at + event, left - head - event);
        }
        frames.retain(|frame| !frame.is_empty());
        frames
    }

    /// The answer copied from random places, so many bytes from each, in its frame.
    fn cold(&self, piece: usize) -> Bytes {
        let len = self.fixed.len();
        let mut answer = BytesMut::with_capacity(len + 5);
        answer.put_u8(0);
        answer.put_u32(len as u32);
        for piece in self.fixed.chunks(piece).map(<[u8]>::len) {
            let at = self.random(piece);
            answer.put_slice(&self.cold.map[at..at + piece]);
        }
        answer.freeze()
    }
}

impl NamedService for Bare {
    const NAME: &'static str = "bare.Bare";
}

/// Copies bytes as they are.
#[derive(Debug, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = pb::GetEventsNearRequest;
    type Encoder = Raw;
    type Decoder = Raw;

    fn encoder(&mut self) -> Raw {
        Raw
    }

    fn decoder(&mut self) -> Raw {
        Raw
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = pb::GetEventsNearRequest;
    type Error = Status;

    fn decode(&mut self, bytes: &mut DecodeBuf<'_>) -> Result<Option<Self::Item>, Status> {
        pb::GetEventsNearRequest::decode(bytes).map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}

struct Fixed(Bytes);

impl UnaryService<pb::GetEventsNearRequest> for Fixed {
    type Response = Bytes;
    type Future = std::future::Ready<Result<Response<Bytes>, Status>>;

    fn call(&mut self, _: Request<pb::GetEventsNearRequest>) -> Self::Future {
        std::future::ready(Ok(Response::new(self.0.clone())))
    }
}

struct Greeting;

impl UnaryService<Hello> for Greeting {
    type Response = Hello;
    type Future = std::future::Ready<Result<Response<Hello>, Status>>;

    fn call(&mut self, request: Request<Hello>) -> Self::Future {
        std::future::ready(Ok(Response::new(Hello { name: format!("Hello {}!", request.into_inner().name) })))
    }
}

/// Frames of data, then the trailers.
struct Frames(std::vec::IntoIter<Bytes>, bool);

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if let Some(bytes) = self.0.next() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        if std::mem::replace(&mut self.1, true) {
            return Poll::Ready(None);
        }
        let mut trailers = http::HeaderMap::with_capacity(1);
        trailers.insert("grpc-status", http::HeaderValue::from_static("0"));
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }
}

/// The frames of an answer.
type Answer = fn(&Bare) -> Vec<Bytes>;

async fn by_hand(bare: Bare, answer: Answer, request: http::Request<Body>) -> http::Response<Body> {
    let mut received = request.into_body().collect().await.expect("a request").aggregate();
    received.advance(5);
    // As much of the request as a service has to understand.
    let _ = pb::GetEventsNearRequest::decode(received).expect("a request");
    let mut response = http::Response::new(Body::new(Frames(answer(&bare).into_iter(), false)));
    let kind = http::HeaderValue::from_static("application/grpc");
    response.headers_mut().insert(http::header::CONTENT_TYPE, kind);
    response
}

impl tower_service::Service<http::Request<Body>> for Bare {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let bare = self.clone();
        match request.uri().path() {
            "/bare.Bare/Hello" => Box::pin(async move {
                let codec = tonic_prost::ProstCodec::<Hello, Hello>::default();
                Ok(Grpc::new(codec).unary(Greeting, request).await)
            }),
            "/bare.Bare/Fixed" => Box::pin(async move { Ok(Grpc::new(Raw).unary(Fixed(bare.fixed), request).await) }),
            path => {
                let answer: Answer = match path {
                    "/bare.Bare/Frames" => Bare::frames,
                    "/bare.Bare/Scattered" => |bare| vec![bare.cold(EVENT)],
                    _ => |bare| vec![bare.cold(usize::MAX)],
                };
                Box::pin(async move { Ok(by_hand(bare, answer, request).await) })
            }
        }
    }
}
