//! `grpc.health.v1`, following what is so: SERVING from when the store is loaded and connections are served, NOT_SERVING
//! before, once a part of the data was found damaged, and while stopping. Watchers hear of it at once, and their streams end
//! when the server stops.
//!
//! Not tonic-health's own service: that fails a watch of an unknown service, where the protocol wants SERVICE_UNKNOWN, and
//! its streams never end, which would hold up every shutdown.

use std::{collections::BTreeSet, pin::Pin, sync::Arc};

use http::Request;
use tokio::sync::watch;
use tokio_stream::{Stream, StreamExt as _, once, wrappers::WatchStream};
use tonic::{Code, Status, body::Body};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus};

use crate::{
    api::{
        error::{self, Error},
        wire,
    },
    pb::ErrorReason,
};

/// The longest question, in bytes: it holds a name alone. Whoever asks need not say who they are, so it must not cost much.
const LONGEST: usize = 1 << 10;

/// Whether the server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Starting,
    Serving,
    /// A part of the data cannot be read: calls that do not need it are answered, and probes lead new ones elsewhere.
    Damaged,
    /// It goes on for a while, so that probes and balancers hear that it will not for long.
    Leaving,
    Stopping,
}

impl State {
    fn status(self) -> ServingStatus {
        match self {
            State::Serving => ServingStatus::Serving,
            State::Starting | State::Damaged | State::Leaving | State::Stopping => ServingStatus::NotServing,
        }
    }
}

/// How the server is: set by the server, told to callers.
#[derive(Debug, Clone)]
pub(super) struct Health {
    state: Arc<watch::Sender<State>>,
    services: Arc<BTreeSet<String>>,
}

/// What a watcher is told.
type News = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

impl Health {
    /// Not serving yet. `services` are the names asked for beside the empty one.
    pub(super) fn new(services: BTreeSet<String>) -> Health {
        Health { state: Arc::new(watch::Sender::new(State::Starting)), services: Arc::new(services) }
    }

    /// From now on it answers.
    pub(super) fn set_serving(&self) {
        self.state.send_replace(State::Serving);
    }

    /// A part of the data cannot be read: from now on the server is not ready, though it goes on answering.
    pub(super) fn set_damaged(&self) {
        if self.turn(State::Serving, State::Damaged) {
            tracing::error!(
                "a part of the data is damaged: no longer ready; load whole data (SIGHUP), or restart with it"
            );
        }
    }

    /// Other data was loaded, of which nothing is known to be damaged.
    pub(super) fn set_loaded(&self) {
        if self.turn(State::Damaged, State::Serving) {
            tracing::info!("ready again");
        }
    }

    /// Goes from one state to another, if it is in the first one. Answers whether it was.
    fn turn(&self, from: State, to: State) -> bool {
        self.state.send_if_modified(|state| {
            let turns = *state == from;
            if turns {
                *state = to;
            }
            turns
        })
    }

    /// Whether probes are told that it serves.
    pub(super) fn is_serving(&self) -> bool {
        *self.state.borrow() == State::Serving
    }

    /// From now on new callers should go elsewhere, though they are still answered.
    pub(super) fn set_leaving(&self) {
        self.state.send_replace(State::Leaving);
    }

    /// From now on it takes no new callers.
    pub(super) fn set_stopping(&self) {
        self.state.send_replace(State::Stopping);
    }

    /// Answers `Check`.
    pub(super) async fn check(self, request: Request<Body>) -> http::Response<Body> {
        let known = match asked(request).await {
            Ok(service) if self.knows(&service) => Ok(answer(self.state.borrow().status())),
            Ok(_) => {
                let text = "no such service; ask for the empty name or one that reflection lists";
                Err(error::status(Code::NotFound, ErrorReason::UnknownName, text.to_owned(), vec![]))
            }
            Err(error) => Err(error.into_status()),
        };
        wire::stream(once(known))
    }

    /// Answers `Watch`.
    pub(super) async fn watch(self, request: Request<Body>) -> http::Response<Body> {
        match asked(request).await {
            Ok(service) => wire::stream(self.news(&service)),
            Err(error) => wire::stream(once(Err::<HealthCheckResponse, _>(error.into_status()))),
        }
    }

    fn knows(&self, service: &str) -> bool {
        service.is_empty() || self.services.contains(service)
    }

    fn news(&self, service: &str) -> News {
        let states = WatchStream::new(self.state.subscribe());
        if !self.knows(service) {
            // The protocol: never fail, the service may come. Ours are fixed, so the stream only waits for the end.
            let stopping = states.filter(|state| *state == State::Stopping);
            return Box::pin(once(Ok(answer(ServingStatus::ServiceUnknown))).chain(stopping.map(|_| Err(stopped()))));
        }
        let mut before = None;
        // After the news that it stops, the stream ends: with a status that says to look elsewhere.
        let news = states.filter_map(move |state| {
            let status = state.status();
            let news = (before.replace(status) != Some(status)).then_some(status);
            (news.is_some() || state == State::Stopping).then_some((state, news))
        });
        Box::pin(Until { news: Box::pin(news), end: false })
    }
}

/// The name of the service that is asked about.
async fn asked(request: Request<Body>) -> Result<String, Error> {
    let message = wire::Messages::of(request, LONGEST).only().await?;
    wire::decode(&message, "HealthCheckRequest").map(|HealthCheckRequest { service }| service)
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}

/// What a watcher gets in the end.
fn stopped() -> Status {
    let text = "the server is stopping; watch another";
    error::status(Code::Unavailable, ErrorReason::ShuttingDown, text.to_owned(), vec![])
}

/// Passes on the news; after that of stopping it fails, which ends the call.
struct Until<S> {
    news: Pin<Box<S>>,
    end: bool,
}

impl<S: Stream<Item = (State, Option<ServingStatus>)>> Stream for Until<S> {
    type Item = Result<HealthCheckResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<Option<Self::Item>> {
        use std::task::Poll;
        if self.end {
            return Poll::Ready(Some(Err(stopped())));
        }
        self.news.as_mut().poll_next(cx).map(|news| {
            news.map(|(state, status)| {
                self.end = state == State::Stopping;
                status.map(answer).ok_or_else(stopped)
            })
        })
    }
}
