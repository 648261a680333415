//! `grpc.health.v1`, following what is so: SERVING from when the store is loaded and connections are served, NOT_SERVING
//! before and while stopping. Watchers hear of it at once, and their streams end when the server stops.
//!
//! Not tonic-health's own service: that fails a watch of an unknown service, where the protocol wants SERVICE_UNKNOWN, and
//! its streams never end, which would hold up every shutdown.

use std::{collections::BTreeSet, pin::Pin, sync::Arc};

use tokio::sync::watch;
use tokio_stream::{Stream, StreamExt as _, wrappers::WatchStream};
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus, health_server};

use crate::{api::error, pb::ErrorReason};

/// Whether the server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Starting,
    Serving,
    Stopping,
}

impl State {
    fn status(self) -> ServingStatus {
        match self {
            State::Serving => ServingStatus::Serving,
            State::Starting | State::Stopping => ServingStatus::NotServing,
        }
    }
}

/// The handle by which the server says how it is.
#[derive(Debug)]
pub(super) struct Health {
    state: Arc<watch::Sender<State>>,
    services: Arc<BTreeSet<String>>,
}

impl Health {
    /// Not serving yet. `services` are the names asked for beside the empty one.
    pub(super) fn new(services: BTreeSet<String>) -> Health {
        Health { state: Arc::new(watch::Sender::new(State::Starting)), services: Arc::new(services) }
    }

    /// The gRPC service that tells it.
    pub(super) fn service(&self) -> health_server::HealthServer<HealthService> {
        health_server::HealthServer::new(HealthService {
            state: Arc::clone(&self.state),
            services: Arc::clone(&self.services),
        })
    }

    /// From now on it answers.
    pub(super) fn set_serving(&self) {
        self.state.send_replace(State::Serving);
    }

    /// From now on it takes no new callers.
    pub(super) fn set_stopping(&self) {
        self.state.send_replace(State::Stopping);
    }
}

/// The gRPC service.
#[derive(Debug)]
pub(super) struct HealthService {
    state: Arc<watch::Sender<State>>,
    services: Arc<BTreeSet<String>>,
}

impl HealthService {
    fn knows(&self, service: &str) -> bool {
        service.is_empty() || self.services.contains(service)
    }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}

#[tonic::async_trait]
impl health_server::Health for HealthService {
    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        if !self.knows(&request.get_ref().service) {
            let text = "no such service; ask for the empty name or one that reflection lists";
            return Err(error::status(Code::NotFound, ErrorReason::UnknownName, text.to_owned(), vec![]));
        }
        Ok(Response::new(answer(self.state.borrow().status())))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        if !self.knows(&request.get_ref().service) {
            // The protocol: never fail, the service may come. Ours are fixed, so the stream only waits for the end.
            let stopping = WatchStream::new(self.state.subscribe()).filter(|state| *state == State::Stopping);
            let unknown = tokio_stream::once(Ok(answer(ServingStatus::ServiceUnknown)));
            return Ok(Response::new(Box::pin(unknown.chain(stopping.take(1).map(|_| Err(stopped()))))));
        }
        let mut before = None;
        let states = WatchStream::new(self.state.subscribe());
        // After the news that it stops, the stream ends: with a status that says to look elsewhere.
        let news = states.filter_map(move |state| {
            let status = state.status();
            (before.replace(status) != Some(status) || state == State::Stopping).then_some((state, status))
        });
        Ok(Response::new(Box::pin(Until { news: Box::pin(news), end: false })))
    }
}

/// What a watcher gets in the end.
fn stopped() -> Status {
    Status::unavailable("the server is stopping; watch another")
}

/// Passes on the news; after that of stopping it fails, which ends the call.
struct Until<S> {
    news: Pin<Box<S>>,
    end: bool,
}

impl<S: Stream<Item = (State, ServingStatus)>> Stream for Until<S> {
    type Item = Result<HealthCheckResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<Option<Self::Item>> {
        use std::task::Poll;
        if self.end {
            return Poll::Ready(Some(Err(stopped())));
        }
        self.news.as_mut().poll_next(cx).map(|news| {
            news.map(|(state, status)| {
                self.end = state == State::Stopping;
                Ok(answer(status))
            })
        })
    }
}
