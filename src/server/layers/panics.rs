//! A panic in a call becomes INTERNAL for its caller, and its text a line in the log: nobody else notices.
//!
//! Innermost, so that the layers outside see an answer like any other.

use std::{
    any::Any,
    convert::Infallible,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Frame, SizeHint};
use tonic::{Status, body::Body};
use tower_service::Service;

use super::call::Call;
use crate::{api::error, server::status};

/// The layer.
#[derive(Debug, Clone)]
pub(crate) struct CatchPanics<S> {
    inner: S,
}

impl<S> CatchPanics<S> {
    pub(crate) fn new(inner: S) -> CatchPanics<S> {
        CatchPanics { inner }
    }
}

/// Logs what was thrown, and says what the caller gets. What the panic left half done is dropped with the call.
fn internal(call: &Call, thrown: &(dyn Any + Send)) -> Status {
    let text = thrown.downcast_ref::<&str>().copied();
    let text = text.or_else(|| thrown.downcast_ref::<String>().map(String::as_str)).unwrap_or("not a text");
    tracing::error!(id = call.id(), text, "panic in a call");
    status::internal(call.id())
}

impl<S> Service<Request<Body>> for CatchPanics<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<CaughtBody>;
    type Error = Infallible;
    type Future = Caught<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let call = Call::of(&request);
        match catch_unwind(AssertUnwindSafe(|| self.inner.call(request))) {
            Ok(future) => Caught { future: Some(future), failed: None, call },
            Err(thrown) => Caught { future: None, failed: Some(internal(&call, &*thrown)), call },
        }
    }
}

pin_project_lite::pin_project! {
    /// An answer that cannot panic.
    pub(crate) struct Caught<F> {
        #[pin]
        future: Option<F>,
        failed: Option<Status>,
        call: Arc<Call>,
    }
}

impl<F: Future<Output = Result<Response<Body>, Infallible>>> Future for Caught<F> {
    type Output = Result<Response<CaughtBody>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let polled = match this.future.as_mut().as_pin_mut() {
            Some(future) => catch_unwind(AssertUnwindSafe(|| future.poll(cx))),
            None => {
                Ok(Poll::Ready(Ok(this.failed.take().unwrap_or_else(|| status::internal(this.call.id())).into_http())))
            }
        };
        let response = match polled {
            Ok(polled) => ready!(polled),
            Err(thrown) => {
                this.future.set(None);
                Ok(internal(this.call, &*thrown).into_http())
            }
        };
        Poll::Ready(
            response
                .map(|response| response.map(|inner| CaughtBody { inner: Some(inner), call: Arc::clone(this.call) })),
        )
    }
}

/// The body of an answer that cannot panic.
#[derive(Debug)]
pub(crate) struct CaughtBody {
    inner: Option<Body>,
    call: Arc<Call>,
}

impl http_body::Body for CaughtBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        let Some(inner) = &mut this.inner else { return Poll::Ready(None) };
        match catch_unwind(AssertUnwindSafe(|| Pin::new(inner).poll_frame(cx))) {
            Ok(frame) => frame,
            Err(thrown) => {
                this.inner = None;
                Poll::Ready(Some(Ok(Frame::trailers(error::trailers(&internal(&this.call, &*thrown))))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or(SizeHint::with_exact(0), http_body::Body::size_hint)
    }
}
