//! The record of a call: its id, and what of its body was received.

use std::{
    convert::Infallible,
    hash::{BuildHasher as _, RandomState},
    pin::Pin,
    sync::{
        Arc, LazyLock, OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::Instant,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body::{Frame, SizeHint};
use tonic::body::Body;
use tower_service::Service;

use crate::{
    api::REVISION,
    server::access::{InFlight, Principal},
    store::Bill,
};

/// Carries the id, in requests and answers.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is known of a call while it runs. Lies in the extensions of its request.
#[derive(Debug)]
pub(crate) struct Call {
    id: HeaderValue,
    began: Instant,
    received: AtomicU64,
    rows: AtomicU64,
    principal: OnceLock<Arc<Principal>>,
    in_flight: OnceLock<InFlight>,
}

impl Bill for Call {
    fn add(&self, rows: u64) {
        self.rows.fetch_add(rows, Relaxed);
    }
}

impl Call {
    /// When it came.
    pub(crate) fn began(&self) -> Instant {
        self.began
    }

    /// The id, the caller's own if it sent a sane one.
    pub(crate) fn id(&self) -> &str {
        self.id.to_str().unwrap_or_default()
    }

    /// Bytes of the body received so far.
    pub(crate) fn received(&self) -> u64 {
        self.received.load(Relaxed)
    }

    /// Rows that its answer looked at, as far as it is done.
    pub(crate) fn rows(&self) -> u64 {
        self.rows.load(Relaxed)
    }

    /// It has begun on a connection.
    pub(crate) fn begins(&self, in_flight: InFlight) {
        self.in_flight.get_or_init(|| in_flight);
    }

    /// Nobody waits for it any more: its connection is cut off if it does not end.
    pub(crate) fn must_end(&self) {
        if let Some(in_flight) = self.in_flight.get() {
            in_flight.must_end();
        }
    }

    /// It is known who calls.
    pub(crate) fn is_by(&self, principal: Arc<Principal>) {
        self.principal.get_or_init(|| principal);
    }

    /// Who calls, if that is known.
    pub(crate) fn principal(&self) -> Option<&Principal> {
        self.principal.get().map(|principal| &**principal)
    }

    /// The call that a request belongs to.
    pub(crate) fn of<B>(request: &Request<B>) -> Arc<Call> {
        request.extensions().get().map_or_else(|| Arc::new(Call::new(request.headers())), Arc::clone)
    }

    fn new(headers: &HeaderMap) -> Call {
        let theirs = headers.get(REQUEST_ID).filter(|id| is_sane(id.as_bytes())).cloned();
        Call {
            id: theirs.unwrap_or_else(next_id),
            began: Instant::now(),
            received: AtomicU64::new(0),
            rows: AtomicU64::new(0),
            principal: OnceLock::new(),
            in_flight: OnceLock::new(),
        }
    }
}

/// Whether an id can stand in logs and headers as it is.
fn is_sane(id: &[u8]) -> bool {
    (1..=128).contains(&id.len()) && id.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.:/+=".contains(b))
}

/// An id of our own: unique in this process by a counter, and between processes by chance.
fn next_id() -> HeaderValue {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one("request ids"));
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Relaxed);
    let mut id = [b'-'; 33];
    let (process, own) = id.split_at_mut(17);
    hexadecimal(*PROCESS, &mut process[..16]);
    hexadecimal(number, own);
    // As short as numbers of calls are: most begin with zeros.
    let zeros = (number.leading_zeros() / 4).min(15) as usize;
    id.copy_within(17 + zeros.., 17);
    HeaderValue::from_bytes(&id[..33 - zeros]).unwrap_or(HeaderValue::from_static("none"))
}

/// Writes the digits of a number, with leading zeros: every call gets an id, and `format!` takes ten times as long.
fn hexadecimal(mut number: u64, digits: &mut [u8]) {
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(number % 16) as usize];
        number /= 16;
    }
}

/// Says which revision is served now.
pub(crate) type Revision = Arc<dyn Fn() -> Option<HeaderValue> + Send + Sync>;

/// Makes the record of each call, and returns its id; and the revision, where none was asked: a call that was refused, ran
/// out of time or panicked.
#[derive(Clone)]
pub(crate) struct Calls<S> {
    inner: S,
    revision: Revision,
}

impl<S> Calls<S> {
    pub(crate) fn new(inner: S, revision: Revision) -> Calls<S> {
        Calls { inner, revision }
    }
}

impl<S, B, R> Service<Request<B>> for Calls<S>
where
    S: Service<Request<Body>, Response = Response<R>, Error = Infallible>,
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<R>;
    type Error = Infallible;
    type Future = Identified<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let call = Arc::new(Call::new(request.headers()));
        let mut request = request.map(|body| Body::new(Received { inner: body, call: Arc::clone(&call) }));
        request.extensions_mut().insert(Arc::clone(&call));
        Identified { future: self.inner.call(request), call, revision: Arc::clone(&self.revision) }
    }
}

pin_project_lite::pin_project! {
    /// An answer that gets its id.
    pub(crate) struct Identified<F> {
        #[pin]
        future: F,
        call: Arc<Call>,
        revision: Revision,
    }
}

impl<F, R> Future for Identified<F>
where
    F: Future<Output = Result<Response<R>, Infallible>>,
{
    type Output = Result<Response<R>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.future.poll(cx));
        if let Ok(response) = &mut response {
            // Every gRPC answer is a 200 of HTTP; all else is none.
            let is_call = response.status() == StatusCode::OK;
            let headers = response.headers_mut();
            // No other answer will have it again, so it must not drive others out of the compression's table.
            let mut id = this.call.id.clone();
            id.set_sensitive(true);
            headers.insert(REQUEST_ID, id);
            if is_call
                && !headers.contains_key(REVISION)
                && let Some(revision) = (this.revision)()
            {
                headers.insert(REVISION, revision);
            }
        }
        Poll::Ready(response)
    }
}

/// A request's body that counts.
struct Received<B> {
    inner: B,
    call: Arc<Call>,
}

impl<B: http_body::Body<Data = Bytes> + Unpin> http_body::Body for Received<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.inner).poll_frame(cx));
        if let Some(data) = frame.as_ref().and_then(|frame| frame.as_ref().ok()).and_then(Frame::data_ref) {
            this.call.received.fetch_add(data.len() as u64, Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_taken_over_if_sane_and_made_if_not() {
        let id = |theirs: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_bytes(theirs).unwrap());
            Call::new(&headers).id().to_owned()
        };
        assert_eq!(id(b"4bf92f35-77b3.a_1:2"), "4bf92f35-77b3.a_1:2");
        let long = [b'a'; 129];
        for insane in [&b""[..], b"a b", b"\"quoted\"", "\u{e9}".as_bytes(), &long] {
            let made = id(insane);
            assert!(is_sane(made.as_bytes()) && made.as_bytes() != insane, "{made}");
        }
        assert_ne!(id(b""), id(b""));
    }
}
