//! Answers: messages in their frames, then the trailers with the status.

use std::{
    convert::Infallible,
    io::Write as _,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{HeaderValue, header::CONTENT_TYPE};
use http_body::Frame;
use prost::Message;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Status, body::Body};

use super::{ACCEPT_ENCODING, ACCEPTED, ENCODING, Encoding, PREFIX};
use crate::api::error;

/// Messages smaller than this are not worth compressing.
const WORTH_COMPRESSING: usize = 1024;

/// A longer frame is given in two parts. The HTTP/2 library takes all of a part once one byte of it may leave, and what comes behind
/// it only when the reader's window has room for more than all of that: so an answer is in flight for as long as it is not taken.
const WHOLE: usize = 1 << 10;

/// The second part.
const LAST: usize = 64;

/// Compressed at once between two yields.
const SLICE: usize = 64 * 1024;

/// An answer: a message behind room for its prefix.
#[derive(Debug)]
pub(in crate::api) struct Reply {
    buffer: Vec<u8>,
}

impl Reply {
    /// An empty message with room for so many bytes.
    pub(in crate::api) fn with_capacity(bytes: usize) -> Reply {
        let mut buffer = Vec::with_capacity(PREFIX + bytes);
        buffer.extend_from_slice(&[0; PREFIX]);
        Reply { buffer }
    }

    /// A message that is made for this answer.
    pub(in crate::api) fn encode(message: &impl Message) -> Reply {
        let mut reply = Reply::with_capacity(message.encoded_len());
        message.encode_raw(&mut reply.buffer);
        reply
    }

    /// The bytes of the message so far, to be added to.
    pub(in crate::api) fn message(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// How long the message is so far.
    pub(in crate::api) fn len(&self) -> usize {
        self.buffer.len() - PREFIX
    }

    /// Appends a string field.
    pub(in crate::api) fn string(&mut self, number: u32, text: &str) {
        if !text.is_empty() {
            prost::encoding::encode_key(number, prost::encoding::WireType::LengthDelimited, &mut self.buffer);
            prost::encoding::encode_varint(text.len() as u64, &mut self.buffer);
            self.buffer.extend_from_slice(text.as_bytes());
        }
    }

    /// The HTTP response, compressed if the caller accepts it and it is worth it.
    pub(in crate::api) async fn into_response(self, accepted: Option<Encoding>) -> http::Response<Body> {
        let (frame, used) = self.compressed(accepted).await;
        encoded(respond(tokio_stream::once(Ok(frame))), used)
    }

    /// The message in its frame, compressed if the caller accepts it and it is worth it; and what it is compressed with.
    async fn compressed(mut self, accepted: Option<Encoding>) -> (Bytes, Option<Encoding>) {
        let mut used = None;
        if let Some(encoding) = accepted.filter(|_| self.len() >= WORTH_COMPRESSING)
            && let Ok(compressed) = compress(encoding, &self.buffer[PREFIX..]).await
        {
            (self.buffer, used) = (compressed, Some(encoding));
        }
        (self.into_frame(used.is_some()), used)
    }

    /// The message in its frame.
    fn into_frame(mut self, compressed: bool) -> Bytes {
        let len = u32::try_from(self.len()).unwrap_or(u32::MAX);
        self.buffer[0] = u8::from(compressed);
        self.buffer[1..PREFIX].copy_from_slice(&len.to_be_bytes());
        self.buffer.into()
    }
}

/// A stream of messages as an answer, not compressed. It ends with the stream, or with the first error.
pub(crate) fn stream<M: Message>(
    messages: impl Stream<Item = Result<M, Status>> + Send + 'static,
) -> http::Response<Body> {
    let mut response =
        respond(messages.map(|message| message.map(|message| Reply::encode(&message).into_frame(false))));
    response.headers_mut().insert(ACCEPT_ENCODING, ACCEPTED);
    response
}

/// A stream of replies as an answer, each compressed if the caller accepts it and it is worth it. A reply is asked for once the
/// one before has been taken.
pub(in crate::api) fn replies(
    replies: impl Stream<Item = Result<Reply, Status>> + Send + 'static,
    accepted: Option<Encoding>,
) -> http::Response<Body> {
    let frames = replies.then(move |reply| async move { Ok(reply?.compressed(accepted).await.0) });
    // Told for all: each frame says of itself whether it is.
    encoded(respond(frames), accepted)
}

/// Tells what the messages of an answer are compressed with.
fn encoded(mut response: http::Response<Body>, encoding: Option<Encoding>) -> http::Response<Body> {
    if let Some(encoding) = encoding {
        response.headers_mut().insert(ENCODING, HeaderValue::from_static(encoding.name()));
    }
    response
}

/// The HTTP response of frames that are complete.
fn respond(frames: impl Stream<Item = Result<Bytes, Status>> + Send + 'static) -> http::Response<Body> {
    let mut response = http::Response::new(Body::new(Frames { frames: Some(frames), rest: Bytes::new() }));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
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

pin_project_lite::pin_project! {
    /// The body of an answer: frames, then the trailers, which end it.
    struct Frames<S> {
        #[pin]
        frames: Option<S>,
        // What comes after a frame that was given in part.
        rest: Bytes,
    }
}

impl<S: Stream<Item = Result<Bytes, Status>>> http_body::Body for Frames<S> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let mut this = self.project();
        if !this.rest.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(this.rest)))));
        }
        let Some(frames) = this.frames.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let trailers = match ready!(frames.poll_next(cx)) {
            Some(Ok(mut frame)) => {
                if frame.len() > WHOLE {
                    *this.rest = frame.split_off(frame.len() - LAST);
                }
                return Poll::Ready(Some(Ok(Frame::data(frame))));
            }
            Some(Err(status)) => error::trailers(&status),
            None => error::ok(),
        };
        this.frames.set(None);
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.frames.is_none()
    }
}
