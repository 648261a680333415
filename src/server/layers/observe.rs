//! Counts each call and writes its line into the log, with the status that the caller got: from the headers or the trailers
//! of the answer, or CANCELLED if the caller went away before.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Frame, SizeHint};
use tonic::{Code, body::Body};
use tower_service::Service;

use super::call::Call;
use crate::server::{
    access::Peer,
    metrics::{Metrics, Outcome},
    rpcs::{Purpose, Rpcs},
    status,
    traces::{Ended, Parent, Traces},
};

/// The layer.
#[derive(Debug, Clone)]
pub(crate) struct Observe<S> {
    inner: S,
    rpcs: Arc<Rpcs>,
    metrics: Arc<Metrics>,
    traces: Option<Arc<Traces>>,
}

impl<S> Observe<S> {
    pub(crate) fn new(inner: S, rpcs: Arc<Rpcs>, metrics: Arc<Metrics>, traces: Option<Arc<Traces>>) -> Observe<S> {
        Observe { inner, rpcs, metrics, traces }
    }
}

impl<S, R> Service<Request<Body>> for Observe<S>
where
    S: Service<Request<Body>, Response = Response<R>, Error = Infallible>,
{
    type Response = Response<ObservedBody<R>>;
    type Error = Infallible;
    type Future = Observed<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let row = self.rpcs.row(request.uri().path());
        let streams = row.and_then(|row| self.rpcs.get(row)).is_some_and(|rpc| rpc.streams);
        self.metrics.begin(row);
        let parent = Parent::of(request.headers());
        let record = Record {
            parent,
            traces: self.traces.as_ref().filter(|traces| traces.records(parent)).map(Arc::clone),
            row,
            call: Call::of(&request),
            rpcs: Arc::clone(&self.rpcs),
            metrics: Arc::clone(&self.metrics),
            code: None,
            sent: 0,
        };
        if let Some(peer) = request.extensions().get::<Arc<Peer>>() {
            record.call.begins(peer.begin(streams));
        }
        Observed { future: self.inner.call(request), record: Some(record) }
    }
}

/// A call that runs. Counted and logged when it is dropped, which every call is in the end.
#[derive(Debug)]
struct Record {
    row: Option<usize>,
    call: Arc<Call>,
    rpcs: Arc<Rpcs>,
    metrics: Arc<Metrics>,
    code: Option<Code>,
    sent: u64,
    parent: Option<Parent>,
    /// Who is told of it, if anybody.
    traces: Option<Arc<Traces>>,
}

impl Drop for Record {
    fn drop(&mut self) {
        let outcome = Outcome {
            code: self.code.unwrap_or(Code::Cancelled),
            took: self.call.began().elapsed(),
            received: self.call.received(),
            sent: self.sent,
        };
        self.metrics.end(self.row, &outcome);
        self.tell(&outcome);
    }
}

impl Record {
    fn tell(&self, outcome: &Outcome) {
        let rpc = self.row.and_then(|row| self.rpcs.get(row));
        let id = self.call.id();
        let name = rpc.map_or("unknown", |rpc| rpc.name.as_str());
        let status = status::name(outcome.code);
        let ms = outcome.took.as_secs_f64() * 1e3;
        let (received, sent, rows) = (outcome.received, outcome.sent, self.call.rows());
        let principal = self.call.principal().map(|principal| &**principal.name());
        if let Some(traces) = &self.traces {
            let (code, took) = (outcome.code, outcome.took);
            traces.tell(self.parent, &Ended { name, code, took, id, principal, rows, sent });
        }
        let trace = self.parent.map(Parent::trace);
        // Probes come every few seconds, and a client by reflection asks before each call: they would bury everything else.
        // How their streams end, as a rule: the caller has enough, or the server stops.
        let ended_well =
            matches!(outcome.code, Code::Ok | Code::Cancelled | Code::DeadlineExceeded | Code::Unavailable);
        if ended_well && rpc.is_some_and(|rpc| matches!(rpc.purpose, Purpose::Health | Purpose::Reflection)) {
            tracing::debug!(id, trace, principal, rpc = name, status, ms, rows, received, sent, "call");
        } else {
            tracing::info!(id, trace, principal, rpc = name, status, ms, rows, received, sent, "call");
        }
    }
}

pin_project_lite::pin_project! {
    /// An answer on its way.
    pub(crate) struct Observed<F> {
        #[pin]
        future: F,
        record: Option<Record>,
    }
}

impl<F, R> Future for Observed<F>
where
    F: Future<Output = Result<Response<R>, Infallible>>,
{
    type Output = Result<Response<ObservedBody<R>>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.future.poll(cx));
        Poll::Ready(response.map(|response| {
            let mut record = this.record.take();
            if let Some(record) = &mut record {
                record.code = status::code_in(response.headers());
            }
            response.map(|inner| ObservedBody { inner, record })
        }))
    }
}

pin_project_lite::pin_project! {
    /// The body of an answer. Its record is closed as soon as the last frame is handed over.
    pub(crate) struct ObservedBody<R> {
        #[pin]
        inner: R,
        record: Option<Record>,
    }
}

impl<R: http_body::Body<Data = Bytes>> http_body::Body for ObservedBody<R> {
    type Data = Bytes;
    type Error = R::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, R::Error>>> {
        let this = self.project();
        let frame = ready!(this.inner.poll_frame(cx));
        if let Some(record) = this.record {
            match &frame {
                Some(Ok(frame)) => {
                    record.sent += frame.data_ref().map_or(0, |data| data.len() as u64);
                    if let Some(trailers) = frame.trailers_ref() {
                        record.code = status::code_in(trailers).or(record.code);
                    }
                }
                Some(Err(_)) | None => record.code = record.code.or(Some(Code::Unknown)),
            }
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
