//! The messages of a request, read one by one: a caller's mistake is the caller's.

use std::{
    io::Read as _,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf as _, Bytes, BytesMut};
use http_body::Body as _;
use prost::Message;
use tokio_stream::{Stream, StreamExt as _};
use tonic::body::Body;

use super::{ENCODING, Encoding, PREFIX};
use crate::api::{error::Error, unknown_fields};

/// Largest window of a zstd request, as a power of two: the 8 MiB that RFC 8878 wants of decoders, and no more.
const ZSTD_WINDOW: u32 = 23;

/// Reads the one message of a unary request of the contract.
pub(in crate::api) async fn read<M: Message + Default + prost::Name>(
    request: http::Request<Body>,
    most: usize,
) -> Result<M, Error> {
    let message = Messages::of(request, most).only().await?;
    let decoded = decode(&message, M::NAME)?;
    unknown_fields::refuse(M::NAME, &message)?;
    Ok(decoded)
}

/// Decodes a message of a name.
pub(crate) fn decode<M: Message + Default>(message: &Bytes, name: &str) -> Result<M, Error> {
    // The decoder's own words tell of types and tags inside; they help nobody outside.
    M::decode(message.clone()).map_err(|_| Error::Malformed(format!("its bytes are no {name}")))
}

/// The messages of a request as bytes, each at most so long. After an error nothing more is read.
#[derive(Debug)]
pub(crate) struct Messages {
    body: Body,
    encoding: Option<String>,
    most: usize,
    received: BytesMut,
}

impl Messages {
    /// Those of a request.
    pub(crate) fn of(request: http::Request<Body>, most: usize) -> Messages {
        let encoding = request.headers().get(ENCODING);
        let encoding = encoding.map(|value| value.to_str().unwrap_or_default().to_owned());
        Messages { body: request.into_body(), encoding, most, received: BytesMut::new() }
    }

    /// The only message, of a call that takes one.
    pub(crate) async fn only(mut self) -> Result<Bytes, Error> {
        let message = self.next().await.unwrap_or_else(|| Err(broken_off()))?;
        // Not waiting for the whole of a second one, which may be long.
        if !self.received.is_empty() || std::future::poll_fn(|cx| self.poll_more(cx)).await? {
            return Err(Error::Malformed("more than one message came; this call takes one".to_owned()));
        }
        Ok(message)
    }

    /// Receives more bytes; `false` at the end.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, Error>> {
        loop {
            let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(cx)) else { return Poll::Ready(Ok(false)) };
            let frame = frame.map_err(|_| Error::Malformed("it broke off".to_owned()))?;
            if let Ok(data) = frame.into_data()
                && !data.is_empty()
            {
                self.received.extend_from_slice(&data);
                return Poll::Ready(Ok(true));
            }
        }
    }

    /// The next message, if it is whole.
    fn take(&mut self) -> Result<Option<Bytes>, Error> {
        let Some((&[flag, len @ ..], rest)) = self.received.split_first_chunk::<PREFIX>() else { return Ok(None) };
        let len = u32::from_be_bytes(len) as usize;
        if len > self.most {
            return Err(Error::TooLarge(self.most));
        }
        let encoding = self.encoding_of(flag)?;
        if rest.len() < len {
            return Ok(None);
        }
        self.received.advance(PREFIX);
        let message = self.received.split_to(len).freeze();
        match encoding {
            Some(encoding) => decompress(encoding, &message, self.most).map(Some),
            None => Ok(Some(message)),
        }
    }

    /// How a message is compressed, by its flag.
    fn encoding_of(&self, flag: u8) -> Result<Option<Encoding>, Error> {
        match (flag, self.encoding.as_deref()) {
            (0, _) => Ok(None),
            // The gRPC specification wants this code, and the encodings that would do in `grpc-accept-encoding`.
            (1, Some(name)) => Encoding::of(name)
                .map(Some)
                .ok_or(Error::NotImplemented("the request's encoding is not known; use gzip, zstd or none")),
            (1, None) => Err(Error::Malformed("it is compressed, but has no grpc-encoding".to_owned())),
            _ => Err(Error::Malformed("its frame is no gRPC message".to_owned())),
        }
    }
}

impl Stream for Messages {
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        let this = self.get_mut();
        loop {
            if let Some(message) = this.take().transpose() {
                return Poll::Ready(Some(message));
            }
            match ready!(this.poll_more(cx)) {
                Ok(true) => {}
                Ok(false) if this.received.is_empty() => return Poll::Ready(None),
                Ok(false) => return Poll::Ready(Some(Err(broken_off()))),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

fn broken_off() -> Error {
    Error::Malformed("it has no whole message".to_owned())
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
